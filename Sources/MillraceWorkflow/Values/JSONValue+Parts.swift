extension JSONValue {
  package var text: String? { if case .string(let text) = self { text } else { nil } }
  package var integer: Int? { if case .int(let value) = self { Int(value) } else { nil } }
  package var elements: [JSONValue]? { if case .array(let values) = self { values } else { nil } }

  package var number: Double? {
    switch self {
    case .int(let value): Double(value)
    case .double(let value): value
    default: nil
    }
  }

  /// For messages; the value itself may be a secret.
  package var kindOfValue: String {
    switch self {
    case .null: "null"
    case .bool: "true or false"
    case .int, .double: "a number"
    case .string: "this text"
    case .array: "a list"
    case .object: "an object"
    }
  }
}
