import MillraceWfFormat

/// How a value of a definition is read, written and described: the one truth of the format.
struct Shape<Value>: Sendable {
  /// JSON Schema.
  let schema: JSONValue
  /// nil: what is wrong has been said.
  let read: @Sendable (DocumentNode, inout DefinitionReader) -> Value?
  let write: @Sendable (Value, WritingStyle) -> DocumentNode
}

/// Two ways to write the same definition.
enum WritingStyle: Sendable {
  /// For storing and hashing: all fields, also those that have their default, so that another default in a later version changes no stored definition.
  case canonical
  /// For people: fields with their default are left out, and lists of named things are objects.
  case short
}

extension Shape {
  /// The same in another type.
  func map<Other>(
    _ convert: @escaping @Sendable (Value, DocumentNode, inout DefinitionReader) -> Other?,
    back: @escaping @Sendable (Other) -> Value
  ) -> Shape<Other> {
    Shape<Other>(
      schema: schema,
      read: { node, reader in read(node, &reader).flatMap { convert($0, node, &reader) } },
      write: { value, style in write(back(value), style) })
  }

  func describing(_ schema: JSONValue) -> Shape {
    Shape(schema: schema, read: read, write: write)
  }
}

// MARK: Simple values

extension Shape<String> {
  static let text = Shape(
    schema: ["type": "string"],
    read: { node, reader in
      if case .string(let text) = node.content { return text }
      reader.expected("a text", at: node)
      return nil
    },
    write: { text, _ in DocumentNode(.string(text)) })

  /// Of a task, a parameter, a resource ….
  static let name = Shape.text.map(
    { text, node, reader in
      if let message = Self.complaint(aboutName: text) {
        reader.fail(message, at: node.place)
        return nil
      }
      return text
    }, back: { $0 }
  ).describing(["type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_-]*$", "maxLength": 100])

  static func complaint(aboutName name: String) -> String? {
    if let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first),
      first != UInt8(ascii: "-"),
      name.utf8.count <= 100, Expression.isName("_" + name.replacing("-", with: "_"))
    {
      return nil
    }
    return
      "expected a name of at most 100 letters, digits, _ and -, which begins with a letter or _, found \(quoted(name))"
  }
}

extension Shape<Bool> {
  static let bool = Shape(
    schema: ["type": "boolean"],
    read: { node, reader in
      if case .bool(let value) = node.content { return value }
      reader.expected("true or false", at: node)
      return nil
    },
    write: { value, _ in DocumentNode(.bool(value)) })
}

extension Shape where Value: FixedWidthInteger & Sendable {
  static func integer(_ range: ClosedRange<Value>) -> Shape {
    var schema: [String: JSONValue] = ["type": "integer", "minimum": .int(Int64(range.lowerBound))]
    let isBounded = range.upperBound < .max
    if isBounded { schema["maximum"] = .int(Int64(range.upperBound)) }
    return Shape(
      schema: .object(schema),
      read: { node, reader in
        if case .int(let number) = node.content, let value = Value(exactly: number), range.contains(value) {
          return value
        }
        reader.expected(
          isBounded
            ? "an integer from \(range.lowerBound) to \(range.upperBound)" : "an integer ≥ \(range.lowerBound)",
          at: node)
        return nil
      },
      write: { value, _ in DocumentNode(.int(Int64(clamping: value))) })
  }
}

extension Shape<Double> {
  /// - Parameter bounds: nil is unbounded.
  static func number(least: Double? = nil, most: Double? = nil) -> Shape {
    var schema: [String: JSONValue] = ["type": "number"]
    schema["minimum"] = least.map { .double($0) }
    schema["maximum"] = most.map { .double($0) }
    let range = [least.map { "≥ \($0)" }, most.map { "≤ \($0)" }].compactMap { $0 }.joined(separator: " and ")
    return Shape(
      schema: .object(schema),
      read: { node, reader in
        if let number = node.value.number, number.isFinite, number >= least ?? number, number <= most ?? number {
          return number
        }
        reader.expected(range.isEmpty ? "a finite number" : "a number \(range)", at: node)
        return nil
      },
      write: { value, _ in DocumentNode(.double(value)) })
  }
}

extension Shape where Value: RawRepresentable<String> & CaseIterable & Sendable {
  /// One of the cases' names.
  static func choice(_ type: Value.Type) -> Shape {
    let names = Value.allCases.map(\.rawValue)
    return Shape(
      schema: ["enum": .array(names.map { .string($0) })],
      read: { node, reader in
        if case .string(let text) = node.content {
          if let value = Value(rawValue: text) { return value }
          reader.fail(
            "expected one of \(names.joined(separator: ", ")), found \(quoted(text))"
              + suggestion(for: text, among: names, orAll: false), at: node.place)
        } else {
          reader.expected("one of \(names.joined(separator: ", "))", at: node)
        }
        return nil
      },
      write: { value, _ in DocumentNode(.string(value.rawValue)) })
  }
}

extension Shape<JSONValue> {
  static let any = Shape(
    schema: true, read: { node, _ in node.value }, write: { value, _ in DocumentNode(value) })
}

// MARK: Collections

extension Shape {
  static func list<Element>(_ element: Shape<Element>, isUnique: Bool = false) -> Shape where Value == [Element] {
    Shape(
      schema: ["type": "array", "items": element.schema],
      read: { node, reader in
        guard case .array(let nodes) = node.content else {
          reader.expected("a list", at: node)
          return nil
        }
        var elements: [Element] = []
        for (index, node) in nodes.enumerated() {
          if let value = reader.inside(.item(index), at: node.place, { element.read(node, &$0) }) {
            elements.append(value)
          }
        }
        return elements
      },
      write: { elements, style in DocumentNode(.array(elements.map { element.write($0, style) })) })
  }

  /// In alphabetical order.
  static func set<Element: Comparable & SendableMetatype>(_ element: Shape<Element>) -> Shape
  where Value == Set<Element> {
    Shape<[Element]>.list(element).map({ list, _, _ in Set(list) }, back: { $0.sorted() })
  }

  static func dictionary<Element>(
    _ key: Shape<String>, _ element: Shape<Element>
  ) -> Shape where Value == [String: Element] {
    Shape(
      schema: ["type": "object", "propertyNames": key.schema, "additionalProperties": element.schema],
      read: { node, reader in
        guard case .object(let members) = node.content else {
          reader.expected("an object", at: node)
          return nil
        }
        var elements: [String: Element] = [:]
        for member in members {
          reader.inside(.member(member.name), at: member.place ?? member.value.place) { reader in
            let name = key.read(DocumentNode(.string(member.name), at: member.place), &reader)
            let value = element.read(member.value, &reader)
            if let name, let value { elements[name] = value }
          }
        }
        return elements
      },
      write: { elements, style in
        DocumentNode(
          .object(
            elements.sorted { $0.key < $1.key }.map { DocumentNode.Member($0.key, element.write($0.value, style)) }))
      })
  }
}

/// - Parameter orAll: also when no known name is near.
func suggestion(for name: String, among names: some Collection<String>, orAll: Bool) -> String {
  let text = suggestion(for: name, among: names)
  return orAll || text.hasPrefix("; did") ? text : ""
}
