import Foundation
import MillraceWorkflow
import Testing

@Suite struct SecretTests {
  private struct Holder {
    let name = "api"
    let secret = Secret("s3cr3t-value")
  }

  @Test func neverPrints() {
    let secret = Secret("s3cr3t-value")
    var dumped = ""
    dump(Holder(), to: &dumped)
    for shown in ["\(secret)", String(reflecting: secret), "\(Holder())", String(reflecting: [secret]), dumped] {
      #expect(!shown.contains("s3cr3t"))
      #expect(shown.contains("•••"))
    }
    #expect(secret.revealed == "s3cr3t-value")
  }

  // MARK: Redactor

  private func redactor(_ secrets: String...) -> Redactor {
    let redactor = Redactor()
    for secret in secrets { redactor.learn(Secret(secret)) }
    return redactor
  }

  @Test func redactsWhereverASecretStands() {
    let redactor = redactor("pässword/1", "token")
    #expect(redactor.redact("token") == "•••")
    #expect(redactor.redact("a token, and pässword/1.") == "a •••, and •••.")
    #expect(redactor.redact("tokentoken") == "••••••")
    #expect(redactor.redact("toke") == "toke")
    #expect(redactor.redact("") == "")
    #expect(
      redactor.redact(["token": ["x", "a token"], "n": 1] as JSONValue) == ["•••": ["x", "a •••"], "n": 1])
    let failure = redactor.redact(TaskFailure(code: "x", "401 for token", retryAfter: .seconds(1)))
    #expect(failure == TaskFailure(code: "x", "401 for •••", retryAfter: .seconds(1)))
  }

  @Test func redactsOtherSpellings() {
    let secret = "pässword/1+x"
    let redactor = redactor(secret)
    #expect(redactor.redact(Data(secret.utf8).base64EncodedString()) == "•••")
    #expect(redactor.redact("?key=p%C3%A4ssword%2F1%2Bx&b") == "?key=•••&b")
  }

  @Test func redactsLinesOfLongSecrets() {
    let redactor = redactor("-----BEGIN-----\nabcdef\nghijkl\n-----END-----\n")
    #expect(redactor.redact("found abcdef") == "found •••")
  }

  @Test func ofTwoSecretsTheLongerGoes() {
    #expect(redactor("pass", "password").redact("password pass") == "••• •••")
    #expect(redactor("password", "pass").redact("password pass") == "••• •••")
  }

  @Test func shortTextsAreNoSecrets() {
    #expect(redactor("", "a", "abc").redact("abc") == "abc")
  }

  // MARK: Providers

  @Test func providersAreAskedInOrder() async throws {
    let vault = Vault([
      FixedSecrets(["a": Secret("first")]), FixedSecrets(["a": Secret("second"), "b": Secret("third")]),
    ])
    #expect(try await vault.secret(named: "a").revealed == "first")
    #expect(vault.redactor.redact("first third") == "••• third")
    let both = try await vault.secrets(named: ["a", "b"])
    #expect(both.mapValues(\.revealed) == ["a": "first", "b": "third"])
    #expect(vault.redactor.redact("first third") == "••• •••")
  }

  @Test func unknownSecretIsFinal() async throws {
    let failure = await #expect(throws: TaskFailure.self) { try await Vault().secret(named: "none") }
    #expect(failure?.code == "unknown secret")
    #expect(failure?.isRetryable == false)
    #expect(failure?.message.contains("\"none\"") == true)
  }

  @Test func providerThatCannotTellIsNotFinal() async throws {
    struct Broken: SecretProvider {
      func secret(named name: String) throws -> Secret? { throw WorkflowError(.invalidInput, "no connection") }
    }
    let failure = await #expect(throws: TaskFailure.self) { try await Vault([Broken()]).secret(named: "a") }
    #expect(failure?.isRetryable == true)
    #expect(failure?.message.contains("no connection") == true)
  }

  @Test func environment() throws {
    unsafe setenv("MILLRACE_TEST_SECRET_token", "from the environment", 1)
    let provider = EnvironmentSecrets(prefix: "MILLRACE_TEST_SECRET_")
    #expect(provider.secret(named: "token")?.revealed == "from the environment")
    #expect(provider.secret(named: "other")?.revealed == nil)
  }

  @Test func files() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "millrace-secrets-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data("from a file\r\n".utf8).write(to: folder.appending(path: "token"))
    try Data([0xff, 0xfe]).write(to: folder.appending(path: "binary"))
    let provider = FileSecrets(folder: folder.path)
    #expect(try provider.secret(named: "token")?.revealed == "from a file")
    #expect(try provider.secret(named: "other")?.revealed == nil)
    for name in ["", ".", "..", "../token", "a/b", ".hidden", "binary"] {
      #expect(throws: WorkflowError.self) { _ = try provider.secret(named: name) }
    }
  }
}
