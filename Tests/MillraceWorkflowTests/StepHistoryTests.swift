import Millrace
import MillraceTesting
import MillraceWorkflow
import Synchronization
import Testing

@Suite struct StepHistoryTests {
  private let store = MemoryRunStore()
  private static let start = Timestamp(microseconds: 1_767_225_600_000_000)

  /// A run that has taken place: each step's milliseconds and attempts.
  private func remember(
    _ number: UInt64, _ steps: [(name: String, milliseconds: Int, attempt: Int)], state: RunState = .completed
  ) async throws {
    var record = RunRecord(
      id: RunID(high: 1, low: number), workflow: "flow", definition: ContentHash(of: []), state: state,
      createdAt: Self.start, deadline: .distantFuture)
    record.finishedAt = Self.start.advanced(by: .milliseconds(Int(number)))
    var change = RunChange(record: record, expected: nil)
    change.steps = steps.map { name, milliseconds, attempt in
      var step = StepRecord(name: name, state: .succeeded)
      step.attempt = attempt
      step.startedAt = Self.start
      step.finishedAt = Self.start.advanced(by: .milliseconds(milliseconds))
      return step
    }
    #expect(try await store.commit([change]) == [.committed])
  }

  @Test func durationsAreThoseOfFirstAttemptsThatSucceeded() async throws {
    for number in 1...100 {
      try await remember(
        UInt64(number),
        [("load[0]", number, 1), ("load[1]", number, 1), ("placed#2/paid", 7, 1), ("slow", 9000, 2)])
    }
    try await remember(200, [("load[0]", 60_000, 1)], state: .failed)
    let history = try await StepHistory(of: "flow", in: store)
    #expect(Set(history.steps.keys) == ["load", "placed/paid"])
    let load = try #require(history.steps["load"])
    #expect(load.count == 200)
    #expect((load.p50, load.p99, load.longest) == (.milliseconds(50), .milliseconds(99), .milliseconds(100)))
    #expect(history.runs?.p99 == .milliseconds(99))
    let newest = try await StepHistory(of: "flow", in: store, limit: 10)
    #expect(newest.steps["load"]?.p50 == .milliseconds(95))
    #expect(try await StepHistory(of: "other", in: store).runs == nil)
  }

  @Test func timeoutsAreSuggestedWhereEnoughIsKnown() async throws {
    for number in 1...20 {
      try await remember(UInt64(number), [("work", 10, 1), ("wait", 5, 1)] + (number == 1 ? [("rare", 5, 1)] : []))
    }
    var definition = WorkflowDefinition(name: "flow")
    definition.tasks = [
      Bench.task("work") { $0.timeout = .seconds(60) }, Bench.task("rare"),
      Bench.task("wait", kind: .wait, ["event": "go"]) { $0.timeout = .seconds(60) },
    ]
    let checked = try definition.check(kinds: Bench().engine.kinds)
    let history = try await StepHistory(of: "flow", in: store)
    let hints = checked.timeoutHints(from: history)
    #expect(hints.map(\.task) == ["work"])
    #expect(hints[0].declared == .seconds(60))
    #expect(hints[0].suggested == .milliseconds(30))
    #expect(checked.timeoutHints(from: history, factor: 1.01)[0].suggested == .milliseconds(11))
    #expect(checked.timeoutHints(from: history, least: 1).map(\.task) == ["work", "rare"])
  }

  /// Begun one after the other, by a queue with one place.
  private func order(longestFirst: Bool) async throws -> [String] {
    let begun = Mutex<[String]>([])
    var configuration = WorkflowEngine.Configuration()
    configuration.executor = WorkStealingExecutor(.init(workerCount: 1))
    configuration.handlers = [
      SwiftFunctions([
        "note": { input, context in
          begun.withLock { $0.append(context.step) }
          return input
        }
      ])
    ]
    configuration.beginsLongestFirst = longestFirst
    let engine = WorkflowEngine(store: store, configuration: configuration)
    var definition = WorkflowDefinition(name: "flow")
    definition.tasks = ["a", "b", "unknown", "c", "d"].map { Bench.task($0, "note") }
    try engine.register(definition)
    try await engine.resumeRuns()
    let run = try await engine.start(StartRequest(workflow: "flow")).run
    try await engine.wait(for: run)
    await engine.shutdown()
    await (configuration.executor as? WorkStealingExecutor)?.shutdown()
    return begun.withLock { $0 }
  }

  @Test func theLongestBeginsFirstWhereThatIsAsked() async throws {
    try await remember(1, [("a", 10, 1), ("b", 300, 1), ("c", 20, 1), ("d", 300, 1)])
    #expect(try await order(longestFirst: true) == ["unknown", "b", "d", "c", "a"])
    #expect(try await order(longestFirst: false) == ["a", "b", "unknown", "c", "d"])
  }
}
