import Foundation
import MillraceWorkflow
import Testing

@Suite struct SchemaTests {
  private let schema = SchemaValidator(WorkflowDefinition.jsonSchema)

  @Test func goodDefinitionsAreValid() throws {
    #expect(schema.complaint(about: try JSONValue(json: Definitions.report.utf8)) == nil)
    for seed in 0..<100 {
      let definition = DrawnDefinition.draw(UInt64(seed))
      #expect(schema.complaint(about: definition.value) == nil, "seed \(seed)")
    }
  }

  /// What the reader refuses by name, type or range the schema refuses as well, at the same place.
  @Test(arguments: [
    (#"{"kind": 1}"#, "kind"), (#"{"kind": "http", "retry": {"attempts": "three"}}"#, "retry.attempts"),
    (#"{"kind": "http", "retry": {"attempts": 0}}"#, "retry.attempts"), (#"{"kind": "http", "retyr": {}}"#, "retyr"),
    (#"{"kind": "http", "timeout": "5 m"}"#, "timeout"), (#"{"kind": "http", "timeout": 5}"#, "timeout"),
    (#"{"kind": "http", "skipPolicy": "x"}"#, "skipPolicy"), (#"{"kind": "http", "needs": "b"}"#, "needs"),
    (#"{"kind": "http", "foreach": {"limit": 3}}"#, "foreach"), (#"{"summary": "x"}"#, ""),
    (#"{"kind": "http", "resources": {"r": 0}}"#, "resources.r"),
    (#"{"kind": "http", "limits": {"memory": "x"}}"#, "limits.memory"),
    (#"{"kind": "http", "outputs": {"x": "txt"}}"#, "outputs.x"),
  ])
  func badDefinitionsAreNot(task: String, path: String) throws {
    let value = try JSONValue(json: #"{"name": "x", "tasks": [{"name": "a", \#(task.dropFirst())]}"#.utf8)
    #expect(throws: WorkflowError.self) { _ = try WorkflowDefinition(value) }
    let complaint = try #require(schema.complaint(about: value))
    #expect(complaint.hasPrefix("tasks"))
    // Alternatives are told as a whole, so the place within a task is looked at with the task's own schema.
    let own = SchemaValidator(["$ref": "#/$defs/task", "$defs": WorkflowDefinition.jsonSchema["$defs"]!])
    #expect(own.complaint(about: try JSONValue(json: task.utf8))?.hasPrefix(path + ":") == true)
  }

  /// The article's tables are made of the schema. To make them anew: run this test, and take what it expects.
  @Test func articleTellsEveryField() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let path = "Sources/MillraceWorkflow/MillraceWorkflow.docc/WorkflowFiles.md"
    let article = try String(contentsOf: root.appending(path: path), encoding: .utf8)
    for (title, table) in Self.tables {
      #expect(article.contains("### \(title)\n\n\(table)\n"), "### \(title)\n\n\(table)")
    }
    for function in ExpressionFunction.allCases { #expect(article.contains("`\(function.usage)`")) }
  }

  private static var tables: [(title: String, table: String)] {
    let schema = WorkflowDefinition.jsonSchema
    let parts = schema["$defs"]!
    func member(_ path: String..., in value: JSONValue) -> JSONValue { path.reduce(value) { $0[$1]! } }
    let task = parts["task"]!
    let trigger = parts["trigger"]!
    return [
      ("A workflow", schema), ("A task", task), ("retry", member("properties", "retry", in: task)),
      ("foreach", member("properties", "foreach", in: task)),
      ("cases", member("properties", "cases", "items", in: task)),
      ("cache", member("properties", "cache", in: task)), ("limits", member("properties", "limits", in: task)),
      ("retention", member("properties", "retention", in: schema)), ("A parameter", parts["parameter"]!),
      ("A function", parts["function"]!),
      ("A queue", member("properties", "queues", "additionalProperties", in: schema)),
      ("A circuit", member("properties", "circuits", "additionalProperties", in: schema)), ("A trigger", trigger),
      ("cron", member("properties", "cron", in: trigger)), ("event", member("properties", "event", in: trigger)),
      ("file", member("properties", "file", in: trigger)),
      ("threshold", member("properties", "threshold", in: trigger)),
      ("workflow", member("properties", "workflow", in: trigger)),
      ("lines", member("properties", "lines", in: trigger)), ("table", member("properties", "table", in: trigger)),
      ("queue", member("properties", "queue", in: trigger)),
      ("webhook", member("properties", "webhook", in: trigger)),
      ("nats", member("properties", "nats", in: trigger)), ("kafka", member("properties", "kafka", in: trigger)),
    ].map { ($0, table($1)) }
  }

  private static func table(_ schema: JSONValue) -> String {
    guard case .object(let properties)? = schema["properties"] else { return "" }
    var required: [JSONValue] = []
    if case .array(let names)? = schema["required"] { required = names }
    let rows = properties.sorted { $0.key < $1.key }.map { name, property in
      var value = ""
      if required.contains(.string(name)) {
        value = "required"
      } else if let text = property["default"]?.description, text.count <= 20 {
        value = "`\(text)`"
      }
      guard case .string(let summary)? = property["description"] else { return "" }
      return "| `\(name)` | \(summary) | \(value) |"
    }
    return "| field | what | default |\n|---|---|---|\n" + rows.joined(separator: "\n")
  }
}

/// As much of JSON Schema as the definitions' needs.
struct SchemaValidator {
  private let root: JSONValue

  init(_ root: JSONValue) { self.root = root }

  /// nil: valid.
  func complaint(about value: JSONValue) -> String? { complaint(value, root, "") }

  private func complaint(_ value: JSONValue, _ schema: JSONValue, _ path: String) -> String? {
    guard case .object(let rules) = schema else { return schema == true ? nil : "\(path): nothing is expected" }
    for (rule, argument) in rules.sorted(by: { $0.key < $1.key }) {
      if let message = complaint(value, rule, argument, rules, path) { return message }
    }
    return nil
  }

  private func complaint(
    _ value: JSONValue, _ rule: String, _ argument: JSONValue, _ rules: [String: JSONValue], _ path: String
  ) -> String? {
    func inner(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
    switch (rule, argument, value) {
    case ("$ref", .string(let reference), _):
      let target = reference.dropFirst(2).split(separator: "/").reduce(root) { $0[String($1)]! }
      return complaint(value, target, path)
    case ("type", _, _):
      let types: [JSONValue] = if case .array(let types) = argument { types } else { [argument] }
      return types.contains { has(value, type: $0) } ? nil : "\(path): expected \(argument), found \(value)"
    case ("enum", .array(let values), _): return values.contains(value) ? nil : "\(path): not one of \(argument)"
    case ("pattern", .string(let pattern), .string(let text)):
      let range = text.range(of: pattern, options: .regularExpression)
      return range == nil ? "\(path): \(text) does not match \(pattern)" : nil
    case ("maxLength", .int(let length), .string(let text)): return text.count <= length ? nil : "\(path): too long"
    case ("minimum", _, .int), ("minimum", _, .double):
      return number(value) >= number(argument) ? nil : "\(path): too small"
    case ("maximum", _, .int), ("maximum", _, .double):
      return number(value) <= number(argument) ? nil : "\(path): too large"
    case ("required", .array(let names), .object(let members)):
      for case .string(let name) in names where members[name] == nil { return "\(path): \(name) is missing" }
    case ("properties", .object(let properties), .object(let members)):
      for (name, property) in properties.sorted(by: { $0.key < $1.key }) {
        if let member = members[name], let message = complaint(member, property, inner(name)) { return message }
      }
    case ("additionalProperties", _, .object(let members)):
      var known: Set<String> = []
      if case .object(let properties)? = rules["properties"] { known = Set(properties.keys) }
      for (name, member) in members.sorted(by: { $0.key < $1.key }) where !known.contains(name) {
        if let message = complaint(member, argument, inner(name)) { return message }
      }
    case ("propertyNames", _, .object(let members)):
      return members.keys.sorted().lazy.compactMap { complaint(.string($0), argument, path) }.first
    case ("items", _, .array(let elements)):
      for (index, element) in elements.enumerated() {
        if let message = complaint(element, argument, "\(path)[\(index)]") { return message }
      }
    case ("minItems", .int(let count), .array(let elements)): return elements.count >= count ? nil : "\(path): too few"
    case ("oneOf", .array(let schemas), _):
      let count = schemas.count { complaint(value, $0, path) == nil }
      return count == 1 ? nil : "\(path): \(count) alternatives fit"
    default: break
    }
    return nil
  }

  private func has(_ value: JSONValue, type: JSONValue) -> Bool {
    switch (type, value) {
    case ("object", .object), ("array", .array), ("string", .string), ("boolean", .bool), ("integer", .int),
      ("number", .int), ("number", .double):
      true
    default: false
    }
  }

  private func number(_ value: JSONValue) -> Double {
    switch value {
    case .int(let number): Double(number)
    case .double(let number): number
    default: .nan
    }
  }
}
