import MillraceWfFormat

extension ValueType {
  /// What is wrong with a value: where in it, as a suffix to its path, and what was expected; nil: nothing.
  public func complaint(about value: JSONValue) -> (path: String, message: String)? {
    switch (self, value) {
    case (.any, _), (.bool, .bool), (.integer, .int), (.number, .int), (.number, .double), (.string, .string):
      return nil
    case (.integer, .double(let number)) where Int64(exactly: number) != nil: return nil
    case (.oneOf(let texts), .string(let text)) where texts.contains(text): return nil
    case (.array(let type), .array(let elements)):
      for (index, element) in elements.enumerated() {
        if let complaint = type.complaint(about: element) { return ("[\(index)]" + complaint.path, complaint.message) }
      }
      return nil
    case (.object(let types), .object(let members)):
      for (name, type) in types.sorted(by: { $0.key < $1.key }) {
        let step = Expression.Accessor.member(name).description
        guard let member = members[name] else { return (step, "expected a value (\(type)), found none") }
        if let complaint = type.complaint(about: member) { return (step + complaint.path, complaint.message) }
      }
      return nil
    default: return ("", "expected \(self), found \(value.summary)")
    }
  }

  /// Whether no value of `other` can be right here. Types that are not known may be.
  func excludes(_ other: ValueType) -> Bool {
    switch (self, other) {
    case (.any, _), (_, .any), (.bool, .bool), (.string, .string), (.string, .oneOf), (.oneOf, .string): false
    case (.integer, .integer), (.integer, .number), (.number, .integer), (.number, .number): false
    case (.oneOf(let a), .oneOf(let b)): Set(a).isDisjoint(with: b)
    case (.array(let a), .array(let b)): a.excludes(b)
    case (.object(let a), .object(let b)): a.contains { name, type in b[name].map { type.excludes($0) } ?? false }
    default: true
    }
  }

  /// Of a value that is known.
  init(of value: JSONValue) {
    switch value {
    case .null: self = .any
    case .bool: self = .bool
    case .int: self = .integer
    case .double: self = .number
    case .string(let text): self = .oneOf([text])
    case .array(let elements): self = .array(Self.union(elements.map { ValueType(of: $0) }))
    case .object(let members): self = .object(members.mapValues { ValueType(of: $0) })
    }
  }

  /// What can be said of a value that is of one of these types.
  static func union(_ types: [ValueType]) -> ValueType {
    guard let first = types.first else { return .any }
    if types.allSatisfy({ $0 == first }) { return first }
    if types.allSatisfy({ $0 == .integer || $0 == .number }) { return .number }
    if types.allSatisfy(\.isText) { return .string }
    return .any
  }

  var isText: Bool {
    switch self {
    case .string, .oneOf: true
    default: false
    }
  }
}

extension ValueType: CustomStringConvertible {
  public var description: String {
    switch self {
    case .any: "any value"
    case .bool: "true or false"
    case .integer: "an integer"
    case .number: "a number"
    case .string: "a text"
    case .array(let type): type == .any ? "an array" : "an array of (\(type))"
    case .object(let members):
      members.isEmpty ? "an object" : "an object with \(members.keys.sorted().joined(separator: ", "))"
    case .oneOf(let texts): texts.count == 1 ? quoted(texts[0]) : "one of \(texts.map(quoted).joined(separator: ", "))"
    }
  }
}
