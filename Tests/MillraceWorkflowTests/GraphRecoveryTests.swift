import MillraceWorkflow
import Synchronization
import Testing

/// Graphs whose process ends in between.
@Suite struct GraphRecoveryTests {
  /// A second engine on the same store stands for the next process; the first one's attempts hang at a gate until it is over.
  @Test func aRunGoesOnAfterACrash() async throws {
    let gate = Gate()
    let store = MemoryRunStore()
    func bench(_ hangs: Bool) throws -> Bench {
      let bench = Bench(
        store: store,
        [
          "work": { input, context in
            if hangs, context.step == "b" { await gate.wait() }
            return ["step": .string(context.step), "by": hangs ? "first" : "second"]
          }
        ])
      try bench.register([
        Bench.task("a", "work"), Bench.task("b", "work", needs: ["a"]), Bench.task("c", "work", needs: ["b"]),
      ]) {
        $0.outputs = ["by": "${tasks.a.by} ${tasks.b.by} ${tasks.c.by}"]
      }
      return bench
    }
    let first = try bench(true)
    let run = try await first.engine.start(StartRequest(workflow: "flow")).run
    while try await first.states(run)["b"] != .running { await Task.yield() }
    let second = try bench(false)
    #expect(try await second.engine.resumeRuns().resumed == 1)
    let record = try await second.engine.wait(for: run)
    #expect(try record.result.value() == ["by": "first second second"])
    #expect(try await store.history(of: run).contains { $0.kind == "attempt interrupted" })
    // The first one finds that the run is not its own any more.
    gate.open()
    await first.engine.shutdown()
    #expect(try await second.states(run)["b"] == .succeeded)
    await second.engine.shutdown()
  }

  @Test func anInterruptedAttemptMayBeRefusedASecond() async throws {
    let gate = Gate()
    let store = MemoryRunStore()
    func bench(_ hangs: Bool) throws -> Bench {
      let bench = Bench(
        store: store,
        [
          "pay": { input, _ in
            if hangs { await gate.wait() }
            return input
          }
        ])
      try bench.register([Bench.task("pay", "pay") { $0.retry.interrupted = .fail }])
      return bench
    }
    let first = try bench(true)
    let run = try await first.engine.start(StartRequest(workflow: "flow")).run
    let second = try bench(false)
    try await second.engine.resumeRuns()
    let record = try await second.engine.wait(for: run)
    #expect(record.state == .failed)
    #expect(record.reason.contains("interrupted"))
    gate.open()
    await first.engine.shutdown()
    await second.engine.shutdown()
  }

  @Test func aDrainLeavesTheRestToTheNextStart() async throws {
    let gate = Gate()
    let calls = Mutex<[String]>([])
    let store = MemoryRunStore()
    let functions: [String: SwiftFunctions.Function] = [
      "work": { input, context in
        calls.withLock { $0.append(context.step) }
        if context.step == "a" { await gate.wait() }
        return input
      }
    ]
    func bench() throws -> Bench {
      let bench = Bench(store: store, functions)
      try bench.register([Bench.task("a", "work"), Bench.task("b", "work", needs: ["a"])])
      return bench
    }
    let first = try bench()
    let run = try await first.engine.start(StartRequest(workflow: "flow")).run
    async let ended: Void = first.engine.shutdown(grace: .seconds(3600))
    while !first.engine.isDraining { await Task.yield() }
    gate.open()
    await ended
    #expect(try await first.states(run) == ["a": .succeeded, "b": .queued])
    await #expect(throws: WorkflowError.self) { try await first.engine.start(StartRequest(workflow: "flow")) }
    let second = try bench()
    try await second.engine.resumeRuns()
    #expect(try await second.engine.wait(for: run).state == .completed)
    #expect(calls.withLock { $0 } == ["a", "b"])
    await second.engine.shutdown()
  }
}
