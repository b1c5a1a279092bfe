import Millrace
import MillraceTesting
import MillraceWorkflow
import Synchronization
import Testing

/// Kept results, breakers and heartbeats where they meet.
@Suite struct KeptResultTests {
  private let clock = ManualWallClock()

  private func engine(
    _ store: any RunStore, _ functions: [String: SwiftFunctions.Function] = [:]
  ) -> WorkflowEngine {
    var configuration = WorkflowEngine.Configuration()
    configuration.wallClock = clock
    var all: [String: SwiftFunctions.Function] = [
      "echo": { input, _ in input }, "fail": { _, _ in throw TaskFailure(code: "broken", "as asked") },
    ]
    all.merge(functions) { $1 }
    configuration.handlers = [SwiftFunctions(all)]
    return WorkflowEngine(store: store, configuration: configuration)
  }

  private static func flow(_ name: String = "flow", _ tasks: TaskDefinition...) -> WorkflowDefinition {
    var flow = WorkflowDefinition(name: name)
    flow.tasks = tasks
    flow.deadline = .seconds(30 * 86_400)
    return flow
  }

  private static var circuit: CircuitPolicy {
    var policy = CircuitPolicy()
    (policy.failures, policy.probes, policy.open) = (1, 1, .seconds(3600))
    return policy
  }

  private func state(of circuit: String, _ store: any RunStore) async throws -> CircuitBreaker.State? {
    let name = DocumentName(CircuitBreaker.collection, circuit)
    return try await store.document(name)?.value.decoded(as: CircuitBreaker.Snapshot.self, from: name).state
  }

  /// Of a definition that nobody registers in the next process, but finds with a run.
  @Test func anOpenCircuitOfAStoredDefinitionStaysOpen() async throws {
    let store = MemoryRunStore(clock: clock)
    let first = engine(store)
    var flow = Self.flow(
      "flow", Bench.task("wait", kind: .wait, ["event": "go"]) { $0.timeout = .seconds(86_400) },
      Bench.task("call", "fail", needs: ["wait"]) { $0.circuit = "server" })
    flow.circuits = ["server": Self.circuit]
    try first.register(flow)
    var runs: [RunID] = []
    for _ in 0..<2 { runs.append(try await first.start(StartRequest(workflow: "flow")).run) }
    #expect(try await first.send(InboxEvent(id: "1", name: "go"), to: runs[0]) == .accepted)
    #expect(try await first.wait(for: runs[0]).reason.contains("as asked"))
    while try await state(of: "server", store) != .open { await Task.yield() }
    try await first.wait(for: runs[1]) { $0.state == .waiting }
    await first.shutdown()

    let calls = Mutex(0)
    let second = engine(
      store,
      [
        "fail": { input, _ in
          calls.withLock { $0 += 1 }
          return input
        }
      ])
    try await second.resumeRuns()
    #expect(try await second.send(InboxEvent(id: "1", name: "go"), to: runs[1]) == .accepted)
    let record = try await second.wait(for: runs[1]) { $0.state.isFinal || $0.errorCount > 0 }
    #expect(record.state != .completed)
    #expect(calls.withLock { $0 } == 0)
    #expect(try await state(of: "server", store) == .open)
    await second.shutdown()
  }

  /// It has not been called: whether it works again, nobody knows.
  @Test func aKeptResultClosesNoCircuit() async throws {
    let store = MemoryRunStore(clock: clock)
    let engine = engine(store)
    var kept = Bench.task("kept", ["n": 1]) { $0.circuit = "server" }
    kept.cache = CachePolicy()
    var good = Self.flow("good", kept)
    var bad = Self.flow("bad", Bench.task("call", "fail") { ($0.circuit, $0.retry.attempts) = ("server", 1) })
    good.circuits = ["server": Self.circuit]
    bad.circuits = ["server": Self.circuit]
    try engine.register(good)
    try engine.register(bad)
    func run(_ workflow: String) async throws -> RunRecord {
      try await engine.wait(for: try await engine.start(StartRequest(workflow: workflow)).run)
    }
    #expect(try await run("good").state == .completed)
    #expect(try await run("bad").state == .failed)
    clock.advance(by: .seconds(3601))
    #expect(try await run("good").state == .completed)
    // A probe may pass, and opens it again.
    #expect(try await run("bad").reason.contains("as asked"))
    await engine.shutdown()
    #expect(try await state(of: "server", store) == .open)
  }

  /// A store whose reads end with the task that makes them, as a database's do.
  private struct CancellableStore: ForwardingRunStore {
    let base: any RunStore

    func read<R>(_ body: () async throws -> R) async throws -> R {
      try Task.checkCancellation()
      return try await body()
    }
  }

  /// What an attempt returns after it was told to end counts, with a heartbeat as without, and is kept in the place of what has expired.
  @Test(arguments: [nil, Duration.seconds(3600)])
  func aLateSuccessCountsAndIsKept(heartbeat: Duration?) async throws {
    let base = MemoryRunStore(clock: clock)
    let isLate = Mutex(false)
    let calls = Mutex(0)
    let engine = engine(
      CancellableStore(base: base),
      [
        "late": { _, _ in
          let number = calls.withLock { calls in
            calls += 1
            return calls
          }
          if isLate.withLock({ $0 }) { while !Task.isCancelled { await Task.yield() } }
          return ["n": .int(Int64(number))]
        }
      ])
    var flow = Self.flow(
      "flow",
      Bench.task("a", "late") {
        $0.timeout = .milliseconds(100)
        $0.heartbeat = heartbeat
        $0.retry.attempts = 1
        $0.cache = CachePolicy()
      })
    flow.outputs = ["n": "${tasks.a.n}"]
    try engine.register(flow)
    func run() async throws -> RunRecord {
      try await engine.wait(for: try await engine.start(StartRequest(workflow: "flow")).run)
    }
    isLate.withLock { $0 = true }
    for number in 1...2 {
      let record = try await run()
      #expect(record.state == .completed, "\(record.reason)")
      #expect(try record.result.value() == ["n": .int(Int64(number))])
      // Kept, also in the place of an older one.
      let kept = try await base.documents(in: "results", after: nil, limit: 9)
      #expect(kept.count == 1)
      #expect(try kept[0].value.value()["output"] == ["n": .int(Int64(number))])
      clock.advance(by: CachePolicy().lifetime + .seconds(1))
    }
    await engine.shutdown()
  }
}
