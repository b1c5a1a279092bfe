#if Workflow
  import Foundation
  import MillraceWorkflow
  import Synchronization

  #if canImport(FoundationNetworking)
    import FoundationNetworking
  #endif

  /// Somebody who is told of alerts.
  public struct AlertSink: Sendable {
    /// Unique among the sinks of a book.
    public let name: String
    let deliver: @Sendable (AlertMessage) async throws -> Void

    /// - Parameter deliver: throws if the message was not delivered; then it is tried again, see ``AlertBook/Configuration/attempts``.
    public init(_ name: String, deliver: @escaping @Sendable (AlertMessage) async throws -> Void) {
      self.name = name
      self.deliver = deliver
    }

    /// Posts each message as JSON.
    ///
    /// With a secret, the header `X-Millrace-Signature` is `sha256=` and the HMAC-SHA256, in hexadecimal digits, of the header `X-Millrace-Timestamp` (seconds since 1970), a full stop, and the body. A receiver computes it anew, compares all of it, and
    /// refuses times that are long past; `X-Millrace-Delivery` is the same for all attempts to deliver one message.
    ///
    /// - Parameter timeout: of one attempt.
    public static func webhook(
      _ url: URL, secret: String? = nil, name: String? = nil, timeout: Duration = .seconds(10)
    ) -> AlertSink {
      AlertSink(name ?? "webhook \(url.host ?? "")") { message in
        var request = URLRequest(url: url, timeoutInterval: timeout / .seconds(1))
        request.httpMethod = "POST"
        let body = Array("\(message.json)".utf8)
        request.httpBody = Data(body)
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        let delivery = ContentHash(of: "\(message.alert.id)/\(message.event)/\(message.alert.toldAt)".utf8)
        request.setValue("\(delivery)", forHTTPHeaderField: "X-Millrace-Delivery")
        if let secret {
          let time = "\(Int(Date().timeIntervalSince1970))"
          request.setValue(time, forHTTPHeaderField: "X-Millrace-Timestamp")
          request.setValue(
            "sha256=\(signature(of: Array("\(time).".utf8) + body, key: Array(secret.utf8)))",
            forHTTPHeaderField: "X-Millrace-Signature")
        }
        let (_, response) = try await HTTPClient.send(request)
        guard (200..<300).contains(response.statusCode) else {
          throw WorkflowError(.invalidInput, "\(url.host ?? "") has answered with status \(response.statusCode)")
        }
      }
    }

    /// Of a webhook; nil for what is none.
    package static func address(_ text: String) -> URL? {
      guard let url = URL(string: text), ["http", "https"].contains(url.scheme), url.host?.isEmpty == false else {
        return nil
      }
      return url
    }

    /// HMAC-SHA256 (RFC 2104), in hexadecimal digits: for receivers in Swift to compare with.
    public static func signature(of message: [UInt8], key: [UInt8]) -> String {
      var block = key.count > 64 ? ContentHash(of: key).bytes : key
      block += Array(repeating: 0, count: 64 - block.count)
      let inner = ContentHash(of: block.map { $0 ^ 0x36 } + message)
      return "\(ContentHash(of: block.map { $0 ^ 0x5c } + inner.bytes))"
    }
  }
#endif
