#if Workflow
  import Crypto
  import Foundation
  import MillraceWorkflow

  /// Signs what webhooks carry, and verifies it, as the Standard Webhooks specification 1.0.0 says: so that other programs' libraries do, too.
  ///
  /// HMAC-SHA256 of `id.timestamp.body`, in base64, after `v1,`. A secret that begins with `whsec_` is base64; any other is taken as it is.
  struct WebhookSignature: Sendable {
    static let idHeader = "webhook-id"
    static let timestampHeader = "webhook-timestamp"
    static let signatureHeader = "webhook-signature"

    private let key: SymmetricKey

    init(_ secret: Secret) {
      let text = secret.revealed
      let prefix = "whsec_"
      let decoded = text.hasPrefix(prefix) ? Data(base64Encoded: String(text.dropFirst(prefix.count))) : nil
      key = SymmetricKey(data: decoded ?? Data(text.utf8))
    }

    private func signed(_ id: String, _ seconds: Int64, _ body: [UInt8]) -> Data {
      Data("\(id).\(seconds).".utf8) + Data(body)
    }

    func sign(id: String, seconds: Int64, _ body: [UInt8]) -> String {
      let code = HMAC<SHA256>.authenticationCode(for: signed(id, seconds, body), using: key)
      return "v1,\(Data(code).base64EncodedString())"
    }

    /// In a time that does not depend on where a wrong signature differs.
    ///
    /// - Parameter signatures: one or several with spaces between, as senders that change their secret send.
    func isValid(_ signatures: String, id: String, seconds: Int64, _ body: [UInt8]) -> Bool {
      let signed = signed(id, seconds, body)
      return signatures.split(separator: " ").prefix(8).contains { signature in
        guard signature.hasPrefix("v1,"), let code = Data(base64Encoded: String(signature.dropFirst(3))) else {
          return false
        }
        return HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: signed, using: key)
      }
    }
  }
#endif
