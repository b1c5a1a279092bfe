#if Workflow
  import Crypto
  import Foundation
  import MillraceWorkflow

  /// Payloads that only the holder of a key reads, and nobody changes unnoticed: AES-GCM with 256 bits.
  ///
  /// ```swift
  /// let codec = try EncryptedPayloadCodec(writing: "2027", keys: [
  ///   "2027": try await vault.secret(named: "payload-key-2027"),
  ///   "2026": try await vault.secret(named: "payload-key-2026"),   // what was written under it is still read
  /// ])
  /// ```
  ///
  /// A payload says by which key it was written. To change keys, add a new one and write under it; drop the old one when no run is left that has used it.
  ///
  /// What is stored: `MRE1`, the length of the key's id, the id, then 12 bytes of nonce, the text and 16 bytes of tag. The id is authenticated with the text. An empty payload stays empty. Which run and place a payload
  /// belongs to is not authenticated: somebody who writes to the store can exchange two of them.
  public struct EncryptedPayloadCodec: PayloadCodec {
    private static let mark = Array("MRE1".utf8)

    private let keys: [String: SymmetricKey]
    private let writing: String

    /// - Parameters:
    ///   - writing: the id of the key that payloads are written under from now on.
    ///   - keys: by id; each the base64 of 32 bytes, as `openssl rand -base64 32` makes them.
    /// - Throws: ``WorkflowError/Code/invalidInput`` for a key that is none, an id that is empty or longer than 255 bytes, and a `writing` without a key.
    public init(writing: String, keys: [String: Secret]) throws(WorkflowError) {
      var symmetric: [String: SymmetricKey] = [:]
      for (id, secret) in keys {
        guard (1...255).contains(id.utf8.count) else {
          throw WorkflowError(.invalidInput, "a key's id of 1 to 255 bytes is expected, not \"\(id)\"")
        }
        guard let bytes = Data(base64Encoded: secret.revealed), bytes.count == 32 else {
          throw WorkflowError(.invalidInput, "the key \"\(id)\" is not the base64 of 32 bytes")
        }
        symmetric[id] = SymmetricKey(data: bytes)
      }
      guard symmetric[writing] != nil else {
        throw WorkflowError(.invalidInput, "there is no key \"\(writing)\" to write under")
      }
      self.keys = symmetric
      self.writing = writing
    }

    public func encode(_ payload: Payload) throws -> Payload {
      if payload.bytes.isEmpty { return payload }
      let header = Self.header(writing)
      // The nonce is 96 random bits: one key is good for some 2³² payloads.
      let box = try AES.GCM.seal(payload.bytes, using: keys[writing]!, authenticating: header)
      return Payload(header + box.combined!)
    }

    /// - Throws: ``WorkflowError/Code/storeDamaged`` for what was not written by this codec, was changed since, or was written under another key of the same id; ``WorkflowError/Code/invalidInput`` for a key that is
    ///   not there.
    public func decode(_ payload: Payload) throws -> Payload {
      let bytes = payload.bytes
      if bytes.isEmpty { return payload }
      guard bytes.starts(with: Self.mark), bytes.count > Self.mark.count,
        case let end = Self.mark.count + 1 + Int(bytes[Self.mark.count]), end + 28 <= bytes.count
      else {
        throw WorkflowError(.storeDamaged, "an encrypted payload is expected; this one was stored in clear, or was cut")
      }
      let id = String(decoding: bytes[(Self.mark.count + 1)..<end], as: UTF8.self)
      guard let key = keys[id] else {
        throw WorkflowError(.invalidInput, "a payload was written under the key \"\(id)\", which is not among the keys")
      }
      do {
        let box = try AES.GCM.SealedBox(combined: bytes[end...])
        return Payload([UInt8](try AES.GCM.open(box, using: key, authenticating: bytes[..<end])))
      } catch {
        throw WorkflowError(
          .storeDamaged,
          "a payload was changed after it was written under the key \"\(id)\", or that was another key of this id",
          underlying: error)
      }
    }

    private static func header(_ id: String) -> [UInt8] { mark + [UInt8(id.utf8.count)] + id.utf8 }
  }
#endif
