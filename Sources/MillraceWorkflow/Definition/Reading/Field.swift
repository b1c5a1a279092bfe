import MillraceWfFormat

/// A member of an object in a definition.
struct Field<Owner: Sendable>: Sendable {
  let name: String
  /// For people, in the schema and the documentation.
  let summary: String
  let isRequired: Bool
  let schema: JSONValue
  let read: @Sendable (inout Owner, DocumentNode, inout DefinitionReader) -> Void
  /// nil: it is left out. The second one is an owner with all defaults.
  let write: @Sendable (Owner, Owner, WritingStyle) -> DocumentNode?

  init<Value: Equatable & SendableMetatype>(
    _ name: String, _ path: any WritableKeyPath<Owner, Value> & Sendable, _ shape: Shape<Value>,
    isRequired: Bool = false,
    _ summary: String
  ) {
    self.name = name
    self.summary = summary
    self.isRequired = isRequired
    schema = shape.schema
    read = { owner, node, reader in
      if let value = shape.read(node, &reader) { owner[keyPath: path] = value }
    }
    write = { owner, prototype, style in
      let value = owner[keyPath: path]
      if style == .short, !isRequired, value == prototype[keyPath: path] { return nil }
      return shape.write(value, style)
    }
  }

  /// One that may be nil, which is not written.
  init<Value: Equatable & SendableMetatype>(
    optional name: String, _ path: any WritableKeyPath<Owner, Value?> & Sendable, _ shape: Shape<Value>,
    _ summary: String
  ) {
    self.name = name
    self.summary = summary
    isRequired = false
    schema = shape.schema
    read = { owner, node, reader in
      if let value = shape.read(node, &reader) { owner[keyPath: path] = .some(value) }
    }
    write = { owner, _, style in owner[keyPath: path].map { shape.write($0, style) } }
  }
}

extension Shape where Value: Sendable {
  /// An object with these fields and no other.
  static func object(_ prototype: Value, _ fields: [Field<Value>]) -> Shape {
    Shape(
      schema: Self.schema(prototype, fields),
      read: { node, reader in Self.read(node, prototype, fields, skipping: nil, &reader) },
      write: { value, style in DocumentNode(.object(Self.members(of: value, prototype, fields, style))) })
  }

  /// A list of things with a name: an object by their names, or a list in which each has a `name`.
  static func named<Element: Sendable>(
    _ fields: [Field<Element>], name: any WritableKeyPath<Element, String> & Sendable,
    schemaName: String, prototype: Element
  ) -> Shape where Value == [Element] {
    @Sendable func make(_ text: String) -> Element {
      var element = prototype
      element[keyPath: name] = text
      return element
    }
    return Shape(
      schema: [
        "oneOf": [
          [
            "type": "object", "propertyNames": Shape<String>.name.schema,
            "additionalProperties": ["$ref": .string("#/$defs/\(schemaName)")],
          ],
          ["type": "array", "items": ["$ref": .string("#/$defs/named-\(schemaName)")]],
        ]
      ],
      read: { node, reader in
        var elements: [Element] = []
        switch node.content {
        case .object(let members):
          for member in members {
            reader.inside(.member(member.name), at: member.place ?? member.value.place) { reader in
              if let message = Shape<String>.complaint(aboutName: member.name) {
                reader.fail(message, at: member.place)
              }
              let element = Shape<Element>.read(member.value, make(member.name), fields, skipping: nil, &reader)
              if let element { elements.append(element) }
            }
          }
        case .array(let nodes):
          var names: Set<String> = []
          for (index, node) in nodes.enumerated() {
            let text = node.member("name")
            let step = text.flatMap { node -> PathStep? in
              if case .string(let text) = node.content, Shape<String>.complaint(aboutName: text) == nil {
                return .member(text)
              }
              return nil
            }
            reader.inside(step ?? .item(index), at: node.place) { reader in
              guard case .object = node.content else { return reader.expected("an object", at: node) }
              guard let text else { return reader.fail("expected a field name", at: node.place) }
              let name = reader.inside(.member("name"), at: text.place) { Shape<String>.name.read(text, &$0) }
              let element = Shape<Element>.read(node, make(name ?? ""), fields, skipping: "name", &reader)
              guard let name, let element else { return }
              if !names.insert(name).inserted {
                reader.fail("expected every name once, found \(quoted(name)) once more", at: text.place)
              }
              elements.append(element)
            }
          }
        default:
          reader.expected("an object, or a list of objects with names", at: node)
          return nil
        }
        return elements
      },
      write: { elements, style in
        let bodies = elements.map { Shape<Element>.members(of: $0, make($0[keyPath: name]), fields, style) }
        if style == .short {
          return DocumentNode(
            .object(
              zip(elements, bodies).map { DocumentNode.Member($0[keyPath: name], DocumentNode(.object($1))) }))
        }
        return DocumentNode(
          .array(
            zip(elements, bodies).map {
              DocumentNode(.object([.init("name", DocumentNode(.string($0[keyPath: name])))] + $1))
            }))
      })
  }

  static func schema(_ prototype: Value, _ fields: [Field<Value>], isNamed: Bool = false) -> JSONValue {
    var properties: [String: JSONValue] = [:]
    if isNamed { properties["name"] = Shape<String>.name.schema }
    for field in fields {
      guard case .object(var schema) = field.schema else {
        properties[field.name] = ["description": .string(field.summary)]
        continue
      }
      schema["description"] = .string(field.summary)
      if !field.isRequired { schema["default"] = field.write(prototype, prototype, .canonical)?.value }
      properties[field.name] = .object(schema)
    }
    let required = (isNamed ? ["name"] : []) + fields.filter(\.isRequired).map(\.name)
    var schema: [String: JSONValue] = [
      "type": "object", "properties": .object(properties), "additionalProperties": false,
    ]
    if !required.isEmpty { schema["required"] = .array(required.map { .string($0) }) }
    return .object(schema)
  }

  private static func read(
    _ node: DocumentNode, _ prototype: Value, _ fields: [Field<Value>], skipping skipped: String?,
    _ reader: inout DefinitionReader
  ) -> Value? {
    guard case .object(let members) = node.content else {
      // Of those with few fields: what somebody has meant to give is one of them.
      let names = fields.count <= 8 ? " of \(fields.map(\.name).joined(separator: ", "))" : ""
      reader.expected("an object\(names)", at: node)
      return nil
    }
    var value = prototype
    for member in members where member.name != skipped {
      let place = member.place ?? member.value.place
      reader.inside(.member(member.name), at: place) { reader in
        guard let field = fields.first(where: { $0.name == member.name }) else {
          let names = fields.map(\.name)
          return reader.fail(
            "there is no such field" + suggestion(for: member.name, among: names, orAll: true), at: place)
        }
        field.read(&value, member.value, &reader)
      }
    }
    for field in fields where field.isRequired && !members.contains(where: { $0.name == field.name }) {
      reader.fail("expected a field \(field.name)", at: node.place)
    }
    return value
  }

  private static func members(
    of value: Value, _ prototype: Value, _ fields: [Field<Value>], _ style: WritingStyle
  ) -> [DocumentNode.Member] {
    fields.compactMap { field in
      field.write(value, prototype, style).map { DocumentNode.Member(field.name, $0) }
    }
  }
}

extension DocumentNode {
  func member(_ name: String) -> DocumentNode? {
    guard case .object(let members) = content else { return nil }
    return members.first { $0.name == name }?.value
  }
}
