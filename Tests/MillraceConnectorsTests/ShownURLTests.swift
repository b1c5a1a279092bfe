import Testing

@testable import MillraceConnectors

@Suite struct ShownURLTests {
  @Test(arguments: [
    ("nats://a:4222,nats://b:4222", "nats://a:4222,nats://b:4222"),
    ("nats://me:planted@a:4222,nats://me:planted@b:4222", "nats://a:4222,nats://b:4222"),
    ("nats://planted@a:4222", "nats://a:4222"),
    ("https://me:planted@host/path?token=planted#planted", "https://host/path"),
    // Nothing that a password may be breaks out.
    ("nats://me:pla/nted@a", "nats://a"), ("nats://me:pla?nted@a", "nats://a"), ("nats://me:pla@nted@a", "nats://a"),
    ("nats://me:pla,nted@a", "nats://a"), ("me:planted@a:1", "a:1"), ("localhost:9092,b:9092", "localhost:9092,b:9092"),
    ("", ""),
  ])
  func whatMayBeSecretIsLeftOut(url: String, expected: String) {
    #expect(ShownURL.text(url) == expected)
  }
}
