extension Shape<Expression> {
  static let expression = Shape(
    schema: ["type": ["string", "boolean", "number"]],
    read: { node, reader in
      let text: String
      switch node.content {
      case .string(let source): text = source
      case .bool, .int, .double: text = node.value.description
      default:
        reader.expected("an expression", at: node)
        return nil
      }
      do throws(WorkflowError) {
        return try Expression(text)
      } catch {
        let hint = text.hasPrefix("${") ? " (an expression stands here without ${ and })" : ""
        reader.fail(error.message + hint, at: node.place, below: error.place ?? "")
        return nil
      }
    },
    write: { expression, _ in DocumentNode(.string(expression.source)) })
}

extension Shape<Template> {
  /// Any value; texts in it may have expressions.
  static let template = Shape(
    schema: true,
    read: { node, reader in
      let template = Template(node.value)
      for fault in template.faults { reader.fail(fault.message, at: node.place, below: fault.place ?? "") }
      return template.faults.isEmpty ? template : nil
    },
    write: { template, _ in DocumentNode(template.source) })
}

extension Shape<ValueType> {
  private static let words: [(String, ValueType)] = [
    ("any", .any), ("bool", .bool), ("integer", .integer), ("number", .number), ("string", .string),
  ]

  /// For `$defs`: types contain types.
  static let typeSchema: JSONValue = [
    "oneOf": [
      ["enum": .array(words.map { .string($0.0) })],
      [
        "type": "object", "properties": ["array": ["$ref": "#/$defs/type"]], "required": ["array"],
        "additionalProperties": false,
      ],
      [
        "type": "object",
        "properties": ["object": ["type": "object", "additionalProperties": ["$ref": "#/$defs/type"]]],
        "required": ["object"], "additionalProperties": false,
      ],
      [
        "type": "object",
        "properties": ["oneOf": ["type": "array", "items": ["type": "string"], "minItems": 1, "uniqueItems": true]],
        "required": ["oneOf"], "additionalProperties": false,
      ],
    ]
  ]

  static let type = Shape(
    schema: ["$ref": "#/$defs/type"],
    read: { node, reader in read(node, &reader) },
    write: { type, _ in write(type) })

  private static func read(_ node: DocumentNode, _ reader: inout DefinitionReader) -> ValueType? {
    switch node.content {
    case .string(let text):
      if let type = words.first(where: { $0.0 == text })?.1 { return type }
      reader.fail(
        "expected a type: any, bool, integer, number, string, {array: TYPE}, {object: {NAME: TYPE}} or {oneOf: [TEXT]}, found \(node.summary)"
          + suggestion(for: text, among: words.map(\.0), orAll: false), at: node.place)
      return nil
    case .object(let members) where members.count == 1:
      let member = members[0]
      return reader.inside(.member(member.name), at: member.place) { reader in
        switch member.name {
        case "array": return read(member.value, &reader).map { .array($0) }
        case "object":
          let shape = Shape<[String: ValueType]>.dictionary(.text, .type)
          return shape.read(member.value, &reader).map { .object($0) }
        case "oneOf":
          guard let texts = Shape<[String]>.list(.text).read(member.value, &reader) else { return nil }
          guard !texts.isEmpty, Set(texts).count == texts.count else {
            reader.fail("expected at least one text, and each once", at: member.value.place)
            return nil
          }
          return .oneOf(texts)
        default:
          reader.fail("expected array, object or oneOf", at: member.place)
          return nil
        }
      }
    default:
      reader.expected(
        "a type: any, bool, integer, number, string, {array: TYPE}, {object: {NAME: TYPE}} or {oneOf: [TEXT]}", at: node
      )
      return nil
    }
  }

  private static func write(_ type: ValueType) -> DocumentNode {
    func object(_ name: String, _ value: DocumentNode) -> DocumentNode {
      DocumentNode(.object([.init(name, value)]))
    }
    switch type {
    case .any, .bool, .integer, .number, .string:
      return DocumentNode(.string(words.first { $0.1 == type }!.0))
    case .array(let element): return object("array", write(element))
    case .object(let members):
      return object(
        "object",
        DocumentNode(
          .object(members.sorted { $0.key < $1.key }.map { DocumentNode.Member($0.key, write($0.value)) })))
    case .oneOf(let texts): return object("oneOf", DocumentNode(.array(texts.map { DocumentNode(.string($0)) })))
    }
  }
}
