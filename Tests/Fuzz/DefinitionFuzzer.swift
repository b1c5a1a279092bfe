import MillraceTasks
import MillraceWorkflow

/// What libFuzzer calls: the bytes are read as everything that people write. Nothing may trap, hang or take much memory, and what is read must be written and read again as the same. See `Tests/Fuzz/run`.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  for read in [{ try DefinitionSource(yaml: $0) }, { try DefinitionSource(json: $0) }]
    as [([UInt8]) throws -> DefinitionSource]
  {
    if let source = try? read(bytes) { check(source) }
  }
  if let text = String(validating: bytes, as: UTF8.self) {
    check(expression: text)
    check(template: text)
  }
  return 0
}

private func check(_ source: DefinitionSource) {
  let definition = source.definition
  for (form, again) in [
    ("JSON", try? WorkflowDefinition(json: definition.json)), ("YAML", try? WorkflowDefinition(yaml: definition.yaml)),
  ] {
    guard let again, again.json == definition.json else {
      fatalError("a definition is another one after it has been written as \(form):\n\(definition)\n\(definition.yaml)")
    }
  }
  // What has no kinds of task is refused mostly, after all else was looked at; kinds that are used are known, so that some pass.
  let kinds = Set((definition.tasks + definition.functions.flatMap(\.tasks)).map(\.kind))
  let handlers = Dictionary(uniqueKeysWithValues: kinds.map { ($0, AnyTask(kind: $0)) })
  guard let checked = try? source.check(kinds: handlers) else { return }
  precondition(checked.bounds.wall <= definition.deadline)
  precondition(checked.order.count <= checked.tasks.count)
  _ = (checked.dot, checked.mermaid)
  precondition(checked.changes(since: checked).isEmpty)
}

private func check(expression text: String) {
  guard let expression = try? Expression(text) else { return }
  let printed = expression.description
  // Brackets may make it longer than it may be.
  guard printed.utf8.count <= Expression.lengthMaximum, let again = try? Expression(printed) else {
    precondition(
      printed.utf8.count > text.utf8.count, "an expression cannot be read when it has been printed: \(printed)")
    return
  }
  precondition(again.description == printed, "an expression prints otherwise when it has been printed: \(printed)")
  precondition(again.references == expression.references)
  let (a, b) = (try? expression.value(in: bindings), try? again.value(in: bindings))
  precondition(a?.description == b?.description, "an expression has another value when it has been printed: \(printed)")
}

private func check(template text: String) {
  let template = Template(.string(text))
  guard let value = try? template.resolve(in: bindings) else { return }
  let names = value.secretNames
  precondition(names == template.secretNames, "a template with other secrets after it has been resolved: \(text)")
  _ = value.resolvingSecrets { $0 }
}

private let bindings = Bindings([
  "parameters": ["a": 1, "b": "text ${secrets.KEY}", "c": [1, 2.5, nil], "d": "$"],
  "tasks": ["t": ["rows": 7, "files": ["x", "y"]], "u": [["n": 1], ["n": 2]]],
])

private struct AnyTask: TaskHandler {
  var kind: String
  func check(_ task: TaskDefinition, at place: String) throws(WorkflowError) {}
  func run(_ input: JSONValue, _ context: TaskContext) async throws -> JSONValue { input }
}
