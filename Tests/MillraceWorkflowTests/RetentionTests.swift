import Millrace
import MillraceTesting
import MillraceWorkflow
import Synchronization
import Testing

@Suite struct RetentionTests {
  private let clock = ManualWallClock()
  private let store: MemoryRunStore
  private let purged = Journal()

  init() { store = MemoryRunStore(clock: clock) }

  /// What the engine says that it has purged.
  private final class Journal: RunObserver {
    private let count = Mutex(0)
    var runs: Int { count.withLock { $0 } }

    func observe(_ observation: RunObservation) {
      guard case .entry(let entry) = observation.kind, entry.kind == "purged" else { return }
      // "2 old runs of c"
      count.withLock { $0 += Int(entry.reason.prefix { $0.isNumber })! }
    }
  }

  private func engine(
    _ store: (any RunStore)? = nil, _ change: (inout Retention) -> Void = { _ in }
  ) throws -> WorkflowEngine {
    var configuration = WorkflowEngine.Configuration()
    configuration.wallClock = clock
    configuration.handlers = [SwiftFunctions(["echo": { input, _ in input }])]
    configuration.observers = [purged]
    configuration.retention.period = nil
    configuration.retention.pause = .zero
    change(&configuration.retention)
    let engine = WorkflowEngine(store: store ?? self.store, configuration: configuration)
    for (name, retention) in [("a", nil), ("b", RetentionPolicy(count: 2)), ("c", RetentionPolicy(age: .seconds(60)))] {
      var definition = WorkflowDefinition(name: name)
      definition.tasks = [Bench.task("only", ["n": "${parameters.n}"]) { $0.cache = name == "c" ? CachePolicy() : nil }]
      definition.parameters = [ParameterDefinition(name: "n", type: .integer)]
      definition.retention = retention
      try engine.register(definition)
    }
    var waiting = WorkflowDefinition(name: "waiting")
    waiting.deadline = .seconds(100 * 86_400)
    waiting.tasks = [Bench.task("wait", kind: .wait, ["event": "go"]) { $0.timeout = .seconds(90 * 86_400) }]
    try engine.register(waiting)
    return engine
  }

  /// Runs that end ten seconds after each other.
  private func run(_ workflow: String, _ count: Int, _ engine: WorkflowEngine) async throws -> [RunID] {
    var runs: [RunID] = []
    for number in 0..<count {
      let run = try await engine.start(StartRequest(workflow: workflow, input: ["n": .int(Int64(number))])).run
      try await engine.wait(for: run)
      runs.append(run)
      clock.advance(by: .seconds(10))
    }
    return runs
  }

  private func left(_ workflow: String) async throws -> [RunID] {
    var query = RunQuery()
    query.workflow = workflow
    return try await store.runs(query).map(\.id).reversed()
  }

  @Test func byAgeAndByCountTheOldestGo() async throws {
    let engine = try engine { $0.standard = RetentionPolicy() }
    let (a, b, c) = (try await run("a", 5, engine), try await run("b", 5, engine), try await run("c", 10, engine))
    let waiting = try await engine.start(StartRequest(workflow: "waiting")).run
    try await engine.wait(for: waiting) { $0.state == .waiting }
    let report = try await engine.applyRetention()
    // The last of c has ended ten seconds ago, the last six within a minute; on the limit they stay.
    #expect(report.runs == ["b": 3, "c": 4])
    #expect(try await left("a") == a)
    #expect(try await left("b") == Array(b[3...]))
    #expect(try await left("c") == Array(c[4...]))
    #expect(try await engine.applyRetention() == RetentionReport())
    // However old, what has not ended stays; kept results go when their lifetime is over.
    clock.advance(by: .seconds(80 * 86_400))
    let later = try await engine.applyRetention()
    #expect(later.runs == ["c": 6])
    #expect(later.cachedResults == 10)
    #expect(try await left("waiting") == [waiting])
    #expect(try await store.documents(in: "results", after: nil, limit: 10).isEmpty)
    await engine.shutdown()
  }

  @Test func theStandardCountsForThoseThatSayNothing() async throws {
    let first = try engine()
    _ = try await run("a", 3, first)
    await first.shutdown()
    // Also for a workflow that is not registered any more.
    var configuration = WorkflowEngine.Configuration()
    configuration.wallClock = clock
    configuration.retention.standard = RetentionPolicy(count: 2)
    let second = WorkflowEngine(store: store, configuration: configuration)
    #expect(try await second.applyRetention().runs == ["a": 1])
    await second.shutdown()
    // The engine's word on one workflow is the last.
    let third = try engine { $0.workflows["b"] = RetentionPolicy() }
    _ = try await run("b", 4, third)
    #expect(try await third.applyRetention().runs == [:])
    await third.shutdown()
    #expect(Retention().standard == RetentionPolicy(age: .seconds(365 * 86_400), count: 1_000_000))
  }

  @Test func eachTransactionDeletesABatchAtMost() async throws {
    let writer = try engine()
    _ = try await run("b", 12, writer)
    await writer.shutdown()
    // Counts writes; no fault comes.
    let counting = FaultyRunStore(store, at: 1000, .refuse)
    let engine = try engine(counting) { $0.batch = 3 }
    #expect(try await engine.applyRetention().runs == ["b": 10])
    // 3 + 3 + 3 + 1 of b, and a look at the age of runs of each other workflow.
    let looks = 3
    #expect(counting.writeCount == 4 + looks, "\(counting.writeCount)")
    await engine.shutdown()
  }

  @Test func theEngineLooksAgainAndAgain() async throws {
    let engine = try engine { $0.period = .seconds(600) }
    try await engine.resumeRuns()
    for round in 1...2 {
      _ = try await run("c", 2, engine)
      while try await !left("c").isEmpty || purged.runs < 2 * round {
        clock.advance(by: .seconds(10))
        await Task.yield()
      }
    }
    #expect(purged.runs == 4)
    await engine.shutdown()
    #expect(clock.nextWake == nil)
  }
}
