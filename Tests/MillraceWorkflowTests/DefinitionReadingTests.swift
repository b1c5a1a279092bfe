import MillraceWorkflow
import Testing

@Suite struct DefinitionReadingTests {
  private func faults(_ json: String) -> [String] {
    do {
      _ = try WorkflowDefinition(json: json.utf8)
      return []
    } catch {
      return (error.underlying as? DefinitionFaults)?.faults.map { "\($0.path): \($0.message)" } ?? ["\(error)"]
    }
  }

  @Test func everythingIsRead() throws {
    let report = try WorkflowDefinition(json: Definitions.report.utf8)
    #expect(report.tasks.map(\.name).prefix(4) == ["fetch", "cached", "clean", "remove"])
    #expect(report.tasks[0].retry.attempts == 3)
    #expect(report.tasks[0].retry.backoff == .milliseconds(500))
    #expect(report.tasks[0].foreach?.elements == "parameters.sources")
    #expect(report.tasks[2].compensation == "remove")
    #expect(report.tasks[5].limits.memoryBytes == 512 << 20)
    #expect(report.tasks[5].limits.cpuSeconds == 60)
    #expect(report.parameters[2].type == .array(.object(["url": .string])))
    #expect(report.triggers.count == 6)
    #expect(report.triggers[5].catchUpWindow == .seconds(7200))
    #expect(report.hooks == [.failed: "alarm"])
    #expect(report.queues["downloads"]?.whenFull == .error)
  }

  @Test func canonicalFormReadsBack() throws {
    let report = try WorkflowDefinition(json: Definitions.report.utf8)
    let again = try WorkflowDefinition(json: report.json)
    #expect(again == report)
    #expect(again.json == report.json)
    #expect(again.hash == report.hash)
    #expect(try WorkflowDefinition(report.value) == report)
    var other = report
    other.tasks[0].timeout = .seconds(31)
    #expect(other.hash != report.hash)
  }

  @Test(arguments: [
    (
      #"{"kind": "http", "retry": {"attempts": "three"}}"#,
      #"tasks.a.retry.attempts: expected an integer from 1 to 10000, found "three""#
    ),
    (
      #"{"kind": "http", "retry": {"attempts": 0}}"#,
      "tasks.a.retry.attempts: expected an integer from 1 to 10000, found 0"
    ),
    (#"{"kind": "http", "retyr": {}}"#, "tasks.a.retyr: there is no such field; did you mean retry?"),
    (
      #"{"kind": "http", "timeout": 5}"#,
      "tasks.a.timeout: expected a duration such as 90s, 5m, 1h30m, 2d or PT1H30M, found 5"
    ),
    (#"{"kind": "http", "timeout": "0s"}"#, "tasks.a.timeout: expected a duration from 1ms to 3650d, found 0s"),
    (#"{"kind": "http", "timeout": "4000d"}"#, "tasks.a.timeout: expected a duration from 1ms to 3650d, found 4000d"),
    (
      #"{"kind": "http", "skipPolicy": "skpi"}"#,
      "tasks.a.skipPolicy: expected one of skip, any, found \"skpi\"; did you mean skip?"
    ),
    (#"{"kind": "http", "needs": "b"}"#, "tasks.a.needs: expected a list, found \"b\""),
    (#"{"kind": "http", "when": "a >"}"#, "tasks.a.when, column 4: expected a value, found the end"),
    (
      #"{"kind": "http", "when": "${a}"}"#,
      "tasks.a.when, column 1: expected a value, found $ (an expression stands here without ${ and })"
    ),
    (#"{"kind": "http", "input": {"x": ["${1 +}"]}}"#, "tasks.a.input.x[0], column 6: expected a value, found }"),
    (
      #"{"kind": "http", "outputs": {"x": "txt"}}"#,
      "tasks.a.outputs.x: expected a type: any, bool, integer, number, string, {array: TYPE}, {object: {NAME: TYPE}} or {oneOf: [TEXT]}, found \"txt\""
    ),
    (
      #"{"kind": "http", "outputs": {"x": {"array": "strin"}}}"#,
      "tasks.a.outputs.x.array: expected a type: any, bool, integer, number, string, {array: TYPE}, {object: {NAME: TYPE}} or {oneOf: [TEXT]}, found \"strin\"; did you mean string?"
    ),
    (
      #"{"kind": "http", "limits": {"memory": "5 apples"}}"#,
      "tasks.a.limits.memory: expected a number of bytes ≥ 1, such as 1000000, 512MiB or 2GB, found \"5 apples\""
    ),
    (#"{"kind": "http", "foreach": {"limit": 3}}"#, "tasks.a.foreach: expected a field elements"),
    (#"{"input": {}}"#, "tasks.a: expected a field kind"),
    (#"7"#, "tasks.a: expected an object, found 7"),
    (#"{"kind": "http", "summary": null}"#, "tasks.a.summary: expected a text, found nothing"),
  ])
  func faultsNameTheirPath(task: String, message: String) {
    #expect(faults(#"{"name": "x", "tasks": {"a": \#(task)}}"#) == [message])
  }

  @Test(arguments: [
    (
      #"{"interval": "5m", "cron": {"expression": "x"}}"#,
      "triggers.t: expected one of cron, interval, event, file, threshold, workflow, lines, table, queue, webhook, nats and kafka, found 2"
    ),
    (
      #"{}"#,
      "triggers.t: expected one of cron, interval, event, file, threshold, workflow, lines, table, queue, webhook, nats and kafka, found 0"
    ),
    (#"{"threshold": {"metric": "m"}}"#, "triggers.t: expected a threshold with above or below"),
    (
      #"{"interval": "5m", "catchUp": "lastest"}"#,
      "triggers.t.catchUp: expected one of skip, latest, all, found \"lastest\"; did you mean latest?"
    ),
  ])
  func triggersHaveOneSource(trigger: String, message: String) {
    #expect(
      faults(#"{"name": "x", "tasks": {"a": {"kind": "http"}}, "triggers": {"t": \#(trigger)}}"#).contains(message))
  }

  @Test func allFaultsAreTold() throws {
    let json = #"""
      {"name": "1x", "tsaks": {},
       "tasks": [{"name": "a", "kind": 1}, {"kind": "http"}, {"name": "a", "kind": "http"}, {"name": "a", "kind": "x"}],
       "hooks": {"fialed": "a"}, "queues": {"q": {"concurrency": 0}}}
      """#
    #expect(
      faults(json) == [
        "name: expected a name of at most 100 letters, digits, _ and -, which begins with a letter or _, found \"1x\"",
        "tsaks: there is no such field; did you mean tasks?",
        "tasks.a.kind: expected a text, found 1",
        "tasks[1]: expected a field name",
        "tasks.a: expected every name once, found \"a\" once more",
        "tasks.a: expected every name once, found \"a\" once more",
        "hooks.fialed: expected one of paused, cancelled, completed, failed, stepFailed, found \"fialed\"; did you mean failed?",
        "queues.q.concurrency: expected an integer from 1 to 1000000, found 0",
      ])
    let error = #expect(throws: WorkflowError.self) { _ = try DefinitionSource(json: json.utf8, file: "x.json") }
    #expect(error?.code == .invalidDefinition)
    #expect(error?.message.contains("8 faults:\nx.json:1:10: name: expected a name") == true)
    #expect(error?.message.contains("\nx.json:2:38: tasks[1]: expected a field name\n") == true, "\(error!)")
  }

  @Test(arguments: [
    ("{", "1:2: the end of the file, which may have been cut; a member's name in quotes is expected"),
    ("{\"a\": 1,\n \"a\": 2}", "2:7: \"a\" once more; every name once is expected in an object"),
    ("[1, ü]", "1:5: the byte 0xc3; a value is expected"),
    (#"{"a": "\ud800"}"#, "1:8: half of a surrogate pair; both are expected"),
  ])
  func brokenJSONHasAPlace(json: String, message: String) {
    let error = #expect(throws: WorkflowError.self) { _ = try WorkflowDefinition(json: json.utf8) }
    #expect(error?.code == .invalidJSON)
    #expect(error?.description == message)
  }

  @Test func deepAndLargeFilesAreRefused() {
    let deep = String(repeating: "[", count: 1_000_000)
    #expect(throws: WorkflowError.self) { _ = try WorkflowDefinition(json: deep.utf8) }
    let wide = "[" + String(repeating: "1,", count: 300_000) + "1]"
    #expect(throws: WorkflowError.self) { _ = try WorkflowDefinition(json: wide.utf8) }
    let long = String(repeating: " ", count: 5_000_000)
    #expect(throws: WorkflowError.self) { _ = try WorkflowDefinition(json: long.utf8) }
  }

  @Test(
    arguments: [
      ("90s", 90_000), ("1h30m", 5_400_000), ("2d", 172_800_000), ("500ms", 500), ("1.5s", 1500), ("0s", 0),
      ("1m500ms", 60_500), ("PT1H30M", 5_400_000), ("P1D", 86_400_000), ("P1W", 604_800_000), ("PT0.25S", 250),
      ("P1DT12H", 129_600_000), ("", nil), ("5", nil), ("s", nil), ("5 m", nil), ("-5s", nil), ("1.s", nil), ("P", nil),
      ("PT", nil), ("P1DT", nil), ("PT1M1H", nil), ("PT1M1M", nil), ("P1M", nil), ("PT1.5H", nil), ("1e3s", nil),
      ("99999999999999999999d", nil), ("9223372036854775807d", nil),
      ("9223372036854775807ns9223372036854775807ns", nil),
    ] as [(String, Int64?)])
  func durationsAreRead(text: String, milliseconds: Int64?) throws {
    let json = #"{"name": "x", "deadline": "1d", "tasks": {"a": {"kind": "x", "retry": {"backoff": "\#(text)"}}}}"#
    guard let milliseconds else { return #expect(faults(json).count == 1) }
    let definition = try WorkflowDefinition(json: json.utf8)
    #expect(definition.tasks[0].retry.backoff == .milliseconds(milliseconds))
    #expect(try WorkflowDefinition(json: definition.json) == definition)
  }
}
