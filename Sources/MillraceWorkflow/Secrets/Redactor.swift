import Foundation
import Synchronization

/// Replaces the secrets that it knows, wherever they have got into: outputs, errors, lines of logs.
///
/// ```swift
/// let redactor = Redactor()
/// redactor.learn(Secret("s3cr3t"))
/// redactor.redact("Authorization: s3cr3t")   // Authorization: •••
/// ```
///
/// A secret is known in clear, in base64 and percent-encoded; of one with several lines, each line too. Texts of less than ``shortest`` bytes are not replaced: they are in everything. What a task has
/// changed in another way is not recognised.
///
/// Any thread may call.
public final class Redactor: Sendable {
  /// Bytes of the shortest secret that is replaced.
  public static let shortest = 4

  private struct Patterns {
    var known: Set<[UInt8]> = []
    /// By first byte, the longest first: of two secrets one of which begins with the other all is replaced.
    var byFirst: [UInt8: [[UInt8]]] = [:]
  }

  private let patterns = Mutex(Patterns())

  public init() {}

  /// From now on it is replaced.
  public func learn(_ secret: Secret) {
    let text = secret.revealed
    var forms = [text, Data(text.utf8).base64EncodedString()]
    if let encoded = text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) { forms.append(encoded) }
    forms += text.split(whereSeparator: \.isNewline).map(String.init)
    patterns.withLock { patterns in
      for form in forms {
        let bytes = Array(form.utf8)
        guard bytes.count >= Self.shortest, patterns.known.insert(bytes).inserted else { continue }
        patterns.byFirst[bytes[0], default: []].append(bytes)
        patterns.byFirst[bytes[0]]!.sort { $0.count > $1.count }
      }
    }
  }

  /// - Complexity: O(length), and for each place where a secret could begin, its length.
  public func redact(_ text: String) -> String {
    let byFirst = patterns.withLock { $0.byFirst }
    return byFirst.isEmpty ? text : Self.redact(text, byFirst)
  }

  /// Names of members too.
  public func redact(_ value: JSONValue) -> JSONValue {
    let byFirst = patterns.withLock { $0.byFirst }
    return byFirst.isEmpty ? value : Self.redact(value, byFirst)
  }

  public func redact(_ failure: TaskFailure) -> TaskFailure {
    TaskFailure(
      code: redact(failure.code), redact(failure.message), isRetryable: failure.isRetryable,
      retryAfter: failure.retryAfter)
  }

  private static func redact(_ value: JSONValue, _ byFirst: [UInt8: [[UInt8]]]) -> JSONValue {
    switch value {
    case .null, .bool, .int, .double: return value
    case .string(let text): return .string(redact(text, byFirst))
    case .array(let values): return .array(values.map { redact($0, byFirst) })
    case .object(let members):
      return .object(
        Dictionary(members.map { (redact($0.key, byFirst), redact($0.value, byFirst)) }) { first, _ in first })
    }
  }

  private static func redact(_ text: String, _ byFirst: [UInt8: [[UInt8]]]) -> String {
    var mayBegin = [Bool](repeating: false, count: 256)
    for first in byFirst.keys { mayBegin[Int(first)] = true }
    var text = text
    let cleaned: [UInt8]? = text.withUTF8 { bytes in
      var cleaned: [UInt8] = []
      // What comes before has been copied, or replaced.
      var copied = 0
      var place = 0
      while place < bytes.count {
        guard unsafe mayBegin[Int(bytes[place])],
          let found = unsafe byFirst[bytes[place]]!.first(where: { unsafe bytes[place...].starts(with: $0) })
        else {
          place += 1
          continue
        }
        unsafe cleaned += bytes[copied..<place]
        cleaned += Secret.mask.utf8
        place += found.count
        copied = place
      }
      guard copied > 0 else { return nil }
      unsafe cleaned += bytes[copied...]
      return cleaned
    }
    return cleaned.map { String(decoding: $0, as: UTF8.self) } ?? text
  }
}
