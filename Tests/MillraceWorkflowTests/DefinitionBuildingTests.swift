import MillraceWorkflow
import Testing

@Suite struct DefinitionBuildingTests {
  @Test func builtIsAsRead() throws {
    var flow = WorkflowDefinition(name: "report")
    let day = flow.addParameter("day", .string)
    let mode = flow.addParameter("mode", .oneOf(["full", "fast"]), default: "full", summary: "How much")
    let fetch = flow.addTask("fetch", kind: "http", input: ["url": "http://a/\(day)", "all": "\(mode)"]) {
      $0.foreach = ForeachDefinition(elements: "[1, 2]")
      $0.outputs = ["rows": .integer]
      $0.fallback = "cached"
    }
    flow.addTask("cached", kind: "file")
    let large = flow.addTask("large-one", kind: "process", input: ["first": "\(fetch[0].rows)"])
    let small = flow.addTask("small", kind: "swift")
    let size = flow.addSwitch(
      "size", cases: [(try Expression("sum(\(fetch.each.rows.expression)) > 5"), [large])], otherwise: [small])
    flow.addFunction("load") { function in
      let table = function.addParameter("table", .string)
      function.addTask("insert", kind: "sql", input: ["table": "\(table)"])
    }
    flow.addCall("load", of: "load", needs: [size], parameters: ["table": "x"])
    flow.addTrigger("nightly", .interval(.seconds(60)), input: ["day": "x"])
    #expect("\(large["odd name"])" == #"${tasks["large-one"]["odd name"]}"#)

    let json = #"""
      {"name": "report",
       "parameters": [{"name": "day", "type": "string"}, {"name": "mode", "type": {"oneOf": ["full", "fast"]}, "default": "full", "summary": "How much"}],
       "tasks": [
         {"name": "fetch", "kind": "http", "input": {"url": "http://a/${parameters.day}", "all": "${parameters.mode}"},
          "foreach": {"elements": "[1, 2]"}, "outputs": {"rows": "integer"}, "fallback": "cached"},
         {"name": "cached", "kind": "file"},
         {"name": "large-one", "kind": "process", "input": {"first": "${tasks.fetch[0].rows}"}},
         {"name": "small", "kind": "swift"},
         {"name": "size", "kind": "switch", "cases": [{"when": "sum(tasks.fetch[*].rows) > 5", "tasks": ["large-one"]}, {"tasks": ["small"]}]},
         {"name": "load", "kind": "call", "needs": ["size"], "input": {"function": "load", "parameters": {"table": "x"}}}],
       "functions": {"load": {"parameters": {"table": {"type": "string"}}, "tasks": {"insert": {"kind": "sql", "input": {"table": "${parameters.table}"}}}}},
       "triggers": {"nightly": {"interval": "1m", "input": {"day": "x"}}}}
      """#
    #expect(try WorkflowDefinition(json: json.utf8) == flow)
    _ = try flow.check(kinds: AnyHandler.kinds)
  }

  /// Swift → JSON → Swift, and the same bytes again.
  @Test(arguments: 0..<200)
  func randomDefinitionsReadBack(seed: UInt64) throws {
    let definition = DrawnDefinition.draw(seed)
    let again = try WorkflowDefinition(json: definition.json)
    #expect(again == definition, "seed \(seed)")
    #expect(again.hash == definition.hash)
  }

  @Test func drawingsShowWhatRunsWhen() throws {
    var flow = WorkflowDefinition(name: "x")
    let a = flow.addTask("a", kind: "http") { $0.fallback = "b" }
    flow.addTask("b", kind: "file")
    let c = flow.addTask("c", kind: "http")
    flow.addSwitch("s", needs: [a], cases: [("true", [c])])
    let checked = try flow.check(kinds: AnyHandler.kinds)
    #expect(
      checked.mermaid == """
        flowchart TD
          n0["a<br/>http"]
          n1["b<br/>file"]
          n2["c<br/>http"]
          n3{"s<br/>switch"}
          n0 --> n3
          n0 -.->|fallback| n1
          n3 -->|case 0| n2

        """)
    #expect(
      checked.dot == #"""
        digraph {
          node [shape=box, fontname="sans-serif"];
          edge [fontname="sans-serif"];
          n0 [label="a\nhttp"];
          n1 [label="b\nfile"];
          n2 [label="c\nhttp"];
          n3 [label="s\nswitch", shape=diamond];
          n0 -> n3;
          n0 -> n1 [label="fallback", style=dashed];
          n3 -> n2 [label="case 0"];
        }

        """#)
  }

  // MARK: Changes

  private func checked(_ change: (inout WorkflowDefinition) -> Void = { _ in }) throws -> CheckedDefinition {
    var flow = WorkflowDefinition(name: "x")
    flow.addParameter("n", .integer, default: 1)
    flow.addTask("a", kind: "http")
    flow.addTask("b", kind: "http", input: ["x": "${tasks.a.y}"])
    flow.addTask("c", kind: "file")
    change(&flow)
    return try flow.check(kinds: AnyHandler.kinds)
  }

  @Test func changesAreTold() throws {
    let old = try checked()
    #expect(old.changes(since: old) == [])
    let new = try checked { flow in
      flow.deadline = .seconds(86_401)
      flow.tasks[0].timeout = .seconds(5)
      flow.tasks[1].input = ["x": 1]
      flow.tasks[2].kind = "sql"
      flow.addTask("d", kind: "http", input: ["text": .string(String(repeating: "x", count: 100))])
      flow.parameters[0].type = .string
      flow.parameters[0].defaultValue = "1"
      flow.addParameter("m", .any)
    }
    let changes = new.changes(since: old)
    #expect(
      changes.map(\.path) == [
        "deadline", "parameters.n.type", "parameters.n.default", "parameters.m", "tasks.a.timeout", "tasks.b.input",
        "tasks.b.needs", "tasks.c.kind", "tasks.d",
      ])
    #expect(changes[4].description == #"tasks.a.timeout: "5m" → "5s""#)
    #expect(
      changes[7].description
        == #"tasks.c.kind: "file" → "sql" (not for runs in which c has begun: its output is that of another kind of task)"#
    )
    #expect(changes[3].description.hasSuffix("(not for runs that have begun: they have no value of it)"))
    #expect(changes[8].description.hasSuffix("…"))
  }

  @Test func runsMoveWhenWhatHasBegunIsTheSame() throws {
    let old = try checked()
    func obstacles(_ steps: [String: StepState], _ change: (inout WorkflowDefinition) -> Void) throws -> [String] {
      try checked(change).obstacles(toMovingFrom: old, steps: steps).map(\.path)
    }
    let kind = { (flow: inout WorkflowDefinition) in flow.tasks[2].kind = "sql" }
    #expect(try obstacles(["a": .succeeded, "c": .pending], kind) == [])
    #expect(try obstacles(["c": .succeeded], kind) == ["tasks.c.kind"])
    #expect(try obstacles(["c[3]": .succeeded], kind) == ["tasks.c.kind"])
    let removal = { (flow: inout WorkflowDefinition) in _ = flow.tasks.removeLast() }
    #expect(try obstacles(["a": .running], removal) == [])
    #expect(try obstacles(["c": .skipped], removal) == ["tasks.c"])
    let input = { (flow: inout WorkflowDefinition) in flow.tasks[2].input = ["z": 1] }
    #expect(try obstacles(["c": .succeeded], input) == [])
    #expect(try obstacles(["c": .running], input) == ["tasks.c.input"])
    #expect(try obstacles(["c": .queued], { $0.tasks[2].timeout = .seconds(1) }) == [])
    #expect(try obstacles([:], { $0.addParameter("m", .any) }) == ["parameters.m"])
    #expect(try obstacles([:], { $0.name = "y" }) == ["name"])
    #expect(try obstacles(["b": .succeeded], { $0.tasks[1].needs = ["c"] }) == ["tasks.b.needs"])
    // A function's tasks are the run's.
    let call = { (flow: inout WorkflowDefinition) in
      flow.addFunction("f") { $0.addTask("t", kind: "http") }
      flow.addCall("call", of: "f")
    }
    let calling = try checked(call)
    let other = try checked { flow in
      call(&flow)
      flow.functions[0].tasks[0].kind = "file"
    }
    #expect(
      other.obstacles(toMovingFrom: calling, steps: ["call/t": .succeeded]).map(\.path) == [#"tasks["call/t"].kind"#])
  }
}
