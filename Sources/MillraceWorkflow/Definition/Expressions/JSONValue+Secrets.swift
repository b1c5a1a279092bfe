/// Placeholders for secrets in a resolved template.
///
/// Data must never be taken for a placeholder. So a text that contains `${secrets.`, wherever it comes from, has every `$` doubled that is not a placeholder's; a text without it is as it is.
extension JSONValue {
  private static let opening = "${secrets."

  static func placeholder(_ name: String) -> String { "\(opening)\(name)}" }

  /// In bytes, as all here: a combining character must not hide a brace.
  static func marking(_ text: String) -> String {
    String(decoding: Array(text.utf8).replacing("$".utf8, with: "$$".utf8), as: UTF8.self)
  }

  func markingPlaceholders() -> JSONValue {
    mapTexts { Self.mayHavePlaceholders($0) ? Self.marking($0) : nil }
  }

  private static func mayHavePlaceholders(_ text: String) -> Bool {
    // Most texts have no dollar.
    text.utf8.contains(UInt8(ascii: "$")) && Array(text.utf8).contains(opening.utf8)
  }

  /// Names of the secrets whose placeholders are in it.
  public var secretNames: Set<String> {
    var names: Set<String> = []
    _ = mapTexts { text in
      Self.replacing(text) {
        names.insert($0)
        return ""
      }
    }
    return names
  }

  /// The value of a resolved ``Template`` with its secrets in it: to be handed to a task at once, and never stored.
  ///
  /// - Parameter lookup: gives the secret of a name.
  /// - Throws: what `lookup` throws.
  public func resolvingSecrets<E: Error>(_ lookup: (String) throws(E) -> String) throws(E) -> JSONValue {
    var secrets: [String: String] = [:]
    for name in secretNames { secrets[name] = try lookup(name) }
    return mapTexts { text in Self.replacing(text) { secrets[$0]! } }
  }

  /// nil: there is nothing to replace.
  private static func replacing(_ text: String, _ secret: (String) -> String) -> String? {
    guard mayHavePlaceholders(text) else { return nil }
    let bytes = Array(text.utf8)
    let dollar = UInt8(ascii: "$")
    var result: [UInt8] = []
    var place = 0
    while place < bytes.count {
      if bytes[place...].starts(with: [dollar, dollar]) {
        result.append(dollar)
        place += 2
      } else if bytes[place...].starts(with: opening.utf8), let end = bytes[place...].firstIndex(of: UInt8(ascii: "}"))
      {
        result += Array(secret(String(decoding: bytes[(place + opening.utf8.count)..<end], as: UTF8.self)).utf8)
        place = end + 1
      } else {
        result.append(bytes[place])
        place += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// - Parameter change: nil leaves a text as it is.
  private func mapTexts(_ change: (String) -> String?) -> JSONValue {
    switch self {
    case .null, .bool, .int, .double: self
    case .string(let text): change(text).map { .string($0) } ?? self
    case .array(let elements): .array(elements.map { $0.mapTexts(change) })
    case .object(let members): .object(members.mapValues { $0.mapTexts(change) })
    }
  }
}
