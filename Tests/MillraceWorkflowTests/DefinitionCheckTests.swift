import MillraceWorkflow
import Testing

@Suite struct DefinitionCheckTests {
  private func faults(_ json: String, kinds: [String: any TaskHandler] = AnyHandler.kinds) throws -> [String] {
    let definition = try WorkflowDefinition(json: json.utf8)
    do {
      _ = try definition.check(kinds: kinds)
      return []
    } catch {
      return (error.underlying as? DefinitionFaults)?.faults.map { "\($0.path): \($0.message)" } ?? ["\(error)"]
    }
  }

  private func checked(_ json: String) throws -> CheckedDefinition {
    try WorkflowDefinition(json: json.utf8).check(kinds: AnyHandler.kinds)
  }

  @Test func goodDefinitionsPass() throws {
    let report = try checked(Definitions.report)
    let names = report.tasks.map(\.name)
    #expect(
      names == [
        "fetch", "cached", "clean", "remove", "size", "large", "small", "load/parameters", "load/insert", "load/count",
        "load", "approve", "tell", "alarm",
      ])
    func needs(_ name: String) -> [String] { report.tasks[report.index(of: name)!].needs.map { names[$0] } }
    #expect(needs("clean") == ["fetch"])
    #expect(needs("large") == ["size"])
    #expect(needs("load/parameters") == ["clean", "large", "small"])
    #expect(needs("load/insert") == ["load/parameters"])
    #expect(
      needs("load/count")
        == ["load/parameters", "load/insert"].sorted { names.firstIndex(of: $0)! < names.firstIndex(of: $1)! })
    #expect(needs("load") == ["load/parameters", "load/insert", "load/count"])
    #expect(needs("tell") == ["load", "approve"])
    #expect(needs("remove") == [])
    let roles = Dictionary(uniqueKeysWithValues: report.tasks.map { ($0.name, $0.role) })
    #expect(roles["cached"] == .fallback(of: 0))
    #expect(roles["remove"] == .compensation(of: 2))
    #expect(roles["alarm"] == .hook(.failed))
    #expect(report.tasks[0].fallback == 1)
    #expect(report.hooks == [.failed: 13])
    #expect(report.tasks[4].cases == [[5], [6]])
    // Each after what it needs.
    for (place, index) in report.order.enumerated() {
      for need in report.tasks[index].needs { #expect(report.order[..<place].contains(need)) }
      for next in report.tasks[index].successors { #expect(report.tasks[next].needs.contains(index)) }
    }
    #expect(Set(report.order) == Set(names.indices.filter { report.tasks[$0].role == .ordinary }))
    #expect(
      report.tasks[report.index(of: "load/count")!].definition.input.source
        == ["after": #"${tasks["load/insert"].id}"#, "expected": #"${tasks["load/parameters"].rows}"#])
  }

  /// In a definition with tasks `a` (outputs `rows`), `b` and what is given.
  @Test(arguments: [
    (#""c": {"kind": "http", "needs": ["aa"]}"#, "tasks.c.needs[0]: there is no task aa; did you mean a?"),
    (#""c": {"kind": "htpp"}"#, "tasks.c.kind: there is no kind htpp; did you mean http?"),
    (#""c": {"kind": "http", "needs": ["c"]}"#, "tasks.c.needs[0]: a task cannot need itself"),
    (#""c": {"kind": "http", "needs": ["a", "a"]}"#, "tasks.c.needs[1]: expected every name once, found a once more"),
    (
      #""c": {"kind": "http", "input": "${tasks.c}"}"#,
      "tasks.c.input: c refers to its own output, which is not there before it has ended"
    ),
    (
      #""c": {"kind": "http", "needs": ["d"]}, "d": {"kind": "http", "when": "tasks.e.x"}, "e": {"kind": "http", "needs": ["c"]}"#,
      "tasks.c: tasks wait for each other: c → e → d → c"
    ),
    (#""c": {"kind": "http", "circuit": "bank"}"#, "tasks.c.circuit: there is no circuit bank"),
    (#""c": {"kind": "http", "queue": "slwo"}"#, "tasks.c.queue: there is no queue slwo; did you mean slow?"),
    (
      #""c": {"kind": "http", "resources": {"gpu": 1}}"#,
      "tasks.c.resources.gpu: there is no resource gpu; there are memory"
    ),
    (
      #""c": {"kind": "http", "resources": {"memory": 9}}"#,
      "tasks.c.resources.memory: expected at most 4 units, which is all there are, found 9"
    ),
    (
      #""c": {"kind": "http", "input": "${parameters.dya}"}"#, "tasks.c.input: parameters has no dya; did you mean day?"
    ),
    (
      #""c": {"kind": "http", "input": "${tasks.a.rosw}"}"#,
      "tasks.c.input: tasks.a has no output rosw; did you mean rows?"
    ),
    (#""c": {"kind": "http", "input": "${tasks.aa.rows}"}"#, "tasks.c.input: tasks has no aa; did you mean a?"),
    (#""c": {"kind": "http", "input": "${task.a}"}"#, "tasks.c.input: there is no task; did you mean tasks?"),
    (
      #""c": {"kind": "http", "input": "${item}"}"#, "tasks.c.input: there is no item; there are parameters, run, tasks"
    ),
    (
      #""c": {"kind": "http", "input": "${tasks[parameters.day]}"}"#,
      "tasks.c.input: expected the name of a task after tasks in tasks[parameters.day]"
    ),
    (
      #""c": {"kind": "http", "when": "tasks.a.rows"}"#,
      "tasks.c.when: expected tasks.a.rows to be true or false, found an integer"
    ),
    (
      #""c": {"kind": "http", "when": "tasks.a.rows > 'x'"}"#,
      #"tasks.c.when: expected two numbers or two texts in tasks.a.rows > "x", found an integer and "x""#
    ),
    (
      #""c": {"kind": "http", "when": "parameters.mode == 'fulll'"}"#,
      #"tasks.c.when: parameters.mode == "fulll" never changes: it compares one of "full", "fast" with "fulll""#
    ),
    (
      #""c": {"kind": "http", "foreach": {"elements": "tasks.a.rows"}}"#,
      "tasks.c.foreach.elements: expected tasks.a.rows to be an array, found an integer"
    ),
    (
      #""c": {"kind": "http", "foreach": {"elements": "[1, 2, 3]", "limit": 2}}"#,
      "tasks.c.foreach.elements: expected at most 2 elements, found 3"
    ),
    (
      #""c": {"kind": "http", "foreach": {"elements": "[]", "variable": "tasks"}}"#,
      "tasks.c.foreach.variable: expected a name for the element that expressions can use and do not use otherwise, found tasks"
    ),
    (
      #""c": {"kind": "http", "fallback": "b"}, "d": {"kind": "http", "needs": ["b"]}"#,
      "tasks.d.needs[0]: b is the fallback of c, and runs for nothing else: nothing can need it"
    ),
    (
      #""c": {"kind": "http", "fallback": "b", "compensate": "b"}"#,
      "tasks.c.compensate: expected a task that is run for nothing else, found b, which is the fallback of c already"
    ),
    (
      #""c": {"kind": "http", "fallback": "d"}, "d": {"kind": "http", "needs": ["a"]}"#,
      "tasks.d.needs: d is the fallback of c, which has no needs of its own"
    ),
    (
      #""c": {"kind": "http", "input": "${tasks.b.x}", "fallback": "b"}"#,
      "tasks.c.input: b is the fallback of c, and runs for nothing else: its output is that of the task"
    ),
    (
      #""c": {"kind": "http", "cases": [{"tasks": ["a"]}]}"#,
      "tasks.c.cases: expected cases in a switch only, found them in a task of kind http"
    ),
    (#""c": {"kind": "switch"}"#, "tasks.c.cases: expected at least one case in a switch"),
    (
      #""c": {"kind": "switch", "cases": [{"tasks": ["a"]}, {"when": "true", "tasks": ["b"]}]}"#,
      "tasks.c.cases[0]: expected a condition in every case but the last"
    ),
    (
      #""c": {"kind": "switch", "cases": [{"when": "true", "tasks": ["a"]}, {"tasks": ["a"]}]}"#,
      "tasks.c.cases[1].tasks[0]: expected a task in one case only, found a, which is in a case of c already"
    ),
    (
      #""c": {"kind": "switch", "cases": [{"when": "true", "tasks": ["a"]}, {"tasks": ["b"]}]}, "d": {"kind": "http", "needs": ["a", "b"]}"#,
      "tasks.d: d never runs: it needs tasks of different cases of c, of which one runs; with skipPolicy any, one suffices"
    ),
    (#""c": {"kind": "wait"}"#, "tasks.c.input: expected one of event, approval, duration, until"),
    (
      #""c": {"kind": "wait", "input": {"duration": "soon"}}"#,
      #"tasks.c.input.duration: expected a duration such as 90s or 5m, found "soon""#
    ),
    (
      #""c": {"kind": "emit", "input": {"tpoic": "x"}}"#,
      "tasks.c.input.tpoic: there is no such field; did you mean topic?"
    ),
    (
      #""c": {"kind": "call", "input": {"function": "g"}}"#,
      "tasks.c.input.function: there is no function g; there are f"
    ),
    (
      #""c": {"kind": "call", "input": {"function": "f"}}"#,
      "tasks.c.input.parameters: expected a value of the parameter n, which has no default"
    ),
    (
      #""c": {"kind": "call", "input": {"function": "f", "parameters": {"n": "x"}}}"#,
      #"tasks.c.input.parameters.n: expected an integer, found "x""#
    ),
    (
      #""c": {"kind": "call", "input": {"function": "f", "parameters": {"n": 1, "m": 2}}}"#,
      "tasks.c.input.parameters.m: f has no such parameter; there are n"
    ),
    (
      #""c": {"kind": "call", "input": {"function": "f", "parameters": {"n": 1}}, "timeout": "5s"}"#,
      "tasks.c.timeout: a call has no timeout of its own: the function's tasks have"
    ),
    (#""c": {"kind": "http", "input": {"refused": 1}}"#, "tasks.c.input.refused: expected no such thing"),
  ])
  func partsMustFit(tasks: String, message: String) throws {
    let json = #"""
      {"name": "x", "deadline": "100d",
       "parameters": {"day": {"type": "string"}, "mode": {"type": {"oneOf": ["full", "fast"]}, "default": "full"}},
       "resources": {"memory": 4}, "queues": {"slow": {}},
       "functions": {"f": {"parameters": {"n": {"type": "integer"}}, "tasks": {"t": {"kind": "http"}}}},
       "tasks": {"a": {"kind": "http", "outputs": {"rows": "integer"}}, "b": {"kind": "http"}, \#(tasks)}}
      """#
    let found = try faults(json)
    #expect(found.contains(message), "\(found)")
  }

  @Test(arguments: [
    (
      #""parameters": {"n": {"type": "integer", "default": "x"}}"#,
      #"parameters.n.default: expected an integer, found "x""#
    ),
    (#""outputs": {"x": "${tasks.b}"}"#, "outputs.x: tasks has no b; there are a"),
    (
      #""outputs": {"x": "${secrets.KEY}"}"#,
      "outputs.x: expected no secret outside of a task's input, found secrets.KEY"
    ),
    (#""hooks": {"failed": "b"}"#, "hooks.failed: there is no task b; there are a"),
    (#""exclusiveKey": "${parameters.x}""#, "exclusiveKey: parameters has no x"),
    (#""resumeAfter": "5m""#, "resumeAfter: expected pauseAfterErrors besides resumeAfter"),
    (#""triggers": {"t": {"interval": "1h", "input": {"x": 1}}}"#, "triggers.t.input.x: x has no such parameter"),
    (
      #""triggers": {"t": {"event": {"topic": "e", "when": "1 + 1"}}}"#,
      "triggers.t.event.when: expected 1 + 1 to be true or false, found an integer"
    ),
    (
      #""functions": {"f": {"tasks": {"a": {"kind": "call", "input": {"function": "g"}}}}, "g": {"tasks": {"a": {"kind": "call", "input": {"function": "f"}}}}}"#,
      "functions.f: functions call each other in a circle: f → g → f"
    ),
    (
      #""functions": {"f": {"tasks": {"a": {"kind": "http", "input": "${parameters.x}"}}}}"#,
      "functions.f.tasks.a.input: parameters has no x"
    ),
    (#""functions": {"f": {"tasks": {}}}"#, "functions.f.tasks: expected at least one task"),
  ])
  func wholeMustFit(member: String, message: String) throws {
    let found = try faults(#"{"name": "x", "tasks": {"a": {"kind": "http"}}, \#(member)}"#)
    #expect(found.contains(message), "\(found)")
  }

  @Test func fanInOfBranchesPasses() throws {
    let json = #"""
      {"name": "x", "tasks": {
        "s": {"kind": "switch", "cases": [{"when": "true", "tasks": ["a"]}, {"tasks": ["b"]}]},
        "a": {"kind": "http"}, "b": {"kind": "http"}, "c": {"kind": "http", "needs": ["a", "b"], "skipPolicy": "any"}}}
      """#
    #expect(try faults(json) == [])
  }

  @Test func expansionIsBounded() throws {
    var functions = [#""f0": {"tasks": {"a": {"kind": "http"}}}"#]
    for level in 1...40 {
      functions.append(
        #""f\#(level)": {"tasks": {"a": {"kind": "call", "input": {"function": "f\#(level - 1)"}}, "b": {"kind": "call", "input": {"function": "f\#(level - 1)"}}}}"#
      )
    }
    let json =
      #"{"name": "x", "tasks": {"a": {"kind": "call", "input": {"function": "f40"}}}, "functions": {\#(functions.joined(separator: ","))}}"#
    #expect(try faults(json) == ["tasks: expected at most 10000 tasks after calls are expanded"])
  }

  /// What takes a time that grows with the square would not end while anybody waits.
  @Test func largeDefinitionsAreChecked() throws {
    var flow = WorkflowDefinition(name: "large")
    flow.deadline = .seconds(300_000_000)
    for index in 0..<5_000 {
      flow.addTask("t\(index)", kind: "http", input: index == 0 ? [:] : ["x": "${tasks.t\(index - 1).y}"])
    }
    flow.addTask("all", kind: "http") { $0.needs = (0..<5_000).map { "t\($0)" } }
    let checked = try flow.check(kinds: AnyHandler.kinds)
    #expect(checked.order.last == 5_000)
    #expect(checked.bounds.pathTasks.count == 5_001)
    var wrong = flow
    for index in wrong.tasks.indices { wrong.tasks[index].queue = "none" }
    let error = #expect(throws: WorkflowError.self) { _ = try wrong.check(kinds: AnyHandler.kinds) }
    #expect((error?.underlying as? DefinitionFaults)?.faults.count == 100)
  }

  @Test func builtDefinitionsAreCheckedLikeFiles() {
    var definition = WorkflowDefinition(name: "built")
    var task = TaskDefinition(name: "a b", kind: "http")
    task.retry.attempts = 0
    task.timeout = .seconds(-1)
    task.input = "${1 +}"
    definition.tasks = [task]
    let error = #expect(throws: WorkflowError.self) { _ = try definition.check(kinds: AnyHandler.kinds) }
    let faults = (error?.underlying as? DefinitionFaults)?.faults.map { "\($0.path): \($0.message)" }
    #expect(
      faults
        == [
          #"tasks[0].input, column 6: expected a value, found }"#,
          "tasks[0].timeout: expected a duration such as 90s, 5m, 1h30m, 2d or PT1H30M, found \"-1s\"",
          "tasks[0].retry.attempts: expected an integer from 1 to 10000, found 0",
          "tasks[0].name: expected a name of at most 100 letters, digits, _ and -, which begins with a letter or _, found \"a b\"",
        ].sorted { a, b in a < b } || faults?.count == 4)
  }

  @Test func parametersAreCompleted() throws {
    let report = try WorkflowDefinition(json: Definitions.report.utf8)
    #expect(
      try report.parameters(from: ["day": "monday"])
        == ["day": "monday", "mode": "full", "sources": [["url": "http://a"]]])
    for (input, message) in [
      ([:], "parameters.day: expected a value (a text): there is no default"),
      (["day": 1], "parameters.day: expected a text, found 1"),
      (["day": "x", "mdoe": "full"], #"parameters.mdoe: report has no parameter "mdoe"; did you mean mode?"#),
      (["day": "x", "mode": "slow"], #"parameters.mode: expected one of "full", "fast", found "slow""#),
      (
        ["day": "x", "sources": [["url": "a"], [:]]], "parameters.sources[1].url: expected a value (a text), found none"
      ),
      ([], "expected an object of parameters, found an array of 0"),
    ] as [(JSONValue, String)] {
      let error = #expect(throws: WorkflowError.self) { _ = try report.parameters(from: input) }
      #expect(error?.description == message)
    }
  }

  // MARK: Bounds

  @Test func worstCaseOfAStep() throws {
    let checked = try checked(
      #"""
      {"name": "x", "deadline": "100d", "queues": {"q": {"timeout": "10s"}}, "circuits": {"c": {"open": "5s"}}, "resources": {"r": 3},
       "tasks": {
        "plain": {"kind": "http", "timeout": "7s"},
        "retried": {"kind": "http", "timeout": "10s", "retry": {"attempts": 5, "backoff": "1s", "factor": 3, "cap": "8s"}},
        "bounded": {"kind": "http", "timeout": "10s", "retry": {"attempts": 5, "deadline": "20s"}},
        "queued": {"kind": "http", "timeout": "10s", "queue": "q", "circuit": "c", "retry": {"attempts": 2, "backoff": "1s"}},
        "each": {"kind": "http", "timeout": "10s", "foreach": {"elements": "[]", "limit": 10, "parallel": 4}},
        "eachHeld": {"kind": "http", "timeout": "10s", "foreach": {"elements": "[]", "limit": 10, "parallel": 4}, "resources": {"r": 2}},
        "saved": {"kind": "http", "timeout": "10s", "fallback": "saver"}, "saver": {"kind": "http", "timeout": "3s", "retry": {"attempts": 2, "backoff": "1s"}},
        "eachSaved": {"kind": "http", "timeout": "10s", "fallback": "eachSaver", "foreach": {"elements": "[]", "limit": 4, "parallel": 2}}, "eachSaver": {"kind": "http", "timeout": "3s"},
        "chosen": {"kind": "switch", "cases": [{"tasks": ["plain"]}]}, "waited": {"kind": "wait", "input": {"event": "e"}, "timeout": "1h"}
      }}
      """#)
    func bounds(_ name: String) -> StepBounds { checked.tasks[checked.index(of: name)!].bounds }
    #expect(bounds("plain") == StepBounds(attempts: 1, wall: .seconds(7)))
    // 5 × 10 and delays of 1, 3, 8, 8.
    #expect(bounds("retried") == StepBounds(attempts: 5, wall: .seconds(70)))
    #expect(bounds("bounded") == StepBounds(attempts: 5, wall: .seconds(20)))
    #expect(bounds("queued") == StepBounds(attempts: 2, wall: .seconds(2 * 25 + 1)))
    #expect(bounds("each") == StepBounds(attempts: 10, wall: .seconds(30)))
    // One at a time: 3 units, 2 each.
    #expect(bounds("eachHeld") == StepBounds(attempts: 10, wall: .seconds(100)))
    #expect(bounds("saved") == StepBounds(attempts: 3, wall: .seconds(10 + 7)))
    #expect(bounds("eachSaved") == StepBounds(attempts: 8, wall: .seconds(26)))
    #expect(bounds("chosen") == StepBounds(attempts: 1, wall: .zero))
    #expect(bounds("waited") == StepBounds(attempts: 1, wall: .seconds(3600)))
  }

  @Test func worstCaseOfARun() throws {
    let json = #"""
      {"name": "x", "deadline": "DEADLINE", "pauseAfterErrors": 2, "resumeAfter": "1s", "resources": {"r": 1},
       "hooks": {"failed": "tell", "completed": "cheer", "stepFailed": "note"},
       "tasks": {
        "a": {"kind": "http", "timeout": "10s", "compensate": "undo"}, "undo": {"kind": "http", "timeout": "4s"},
        "b": {"kind": "http", "timeout": "20s", "needs": ["a"], "resources": {"r": 1}},
        "c": {"kind": "http", "timeout": "30s", "resources": {"r": 1}},
        "d": {"kind": "http", "timeout": "5s", "needs": ["b", "c"]},
        "tell": {"kind": "http", "timeout": "3s"}, "cheer": {"kind": "http", "timeout": "2s"}, "note": {"kind": "http", "timeout": "1s"}
      }}
      """#
    let bounds = try checked(json.replacing("DEADLINE", with: "64s")).bounds
    #expect(bounds.path == .seconds(35))
    #expect(bounds.pathTasks == ["a", "b", "d"] || bounds.pathTasks == ["c", "d"])
    // b waits for c, or c for b.
    #expect(bounds.resources == .seconds(20))
    #expect(bounds.pauses == .seconds(2))
    #expect(bounds.compensations == .seconds(4))
    #expect(bounds.hooks == .seconds(3))
    #expect(bounds.wall == .seconds(64))
    // 4 tasks, 1 compensation, 4 notes and the longer of two hooks at the end, with one attempt each.
    #expect(bounds.attempts == 4 + 1 + 4 + 1)
    let found = try faults(json.replacing("DEADLINE", with: "63s"))
    #expect(
      found == [
        "deadline: expected a deadline of at least the worst case, 1m4s = a 10s + b 20s + d 5s + shared resources 20s + pauses 2s + compensations 4s + hooks 3s, found 1m3s"
      ])
  }

  /// Products of the largest numbers neither trap nor pass.
  @Test func hugeBoundsSaturate() throws {
    let task =
      #"{"kind": "http", "timeout": "3650d", "queue": "q", "retry": {"attempts": 10000, "backoff": "3650d", "cap": "3650d", "factor": 1000}, "foreach": {"elements": "[]", "limit": 1000000, "parallel": 1}}"#
    let tasks = (0..<200).map { #""t\#($0)": \#(task.dropLast()), "needs": [\#($0 == 0 ? "" : "\"t\($0 - 1)\"")]}"# }
    let json =
      #"{"name": "x", "queues": {"q": {"timeout": "3650d"}}, "pauseAfterErrors": 1, "resumeAfter": "3650d", "tasks": {\#(tasks.joined(separator: ","))}}"#
    #expect(try faults(json).first?.hasPrefix("deadline: expected a deadline of at least the worst case") == true)
  }
}
