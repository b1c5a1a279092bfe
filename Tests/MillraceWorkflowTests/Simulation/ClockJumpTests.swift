import Millrace
import MillraceTesting
import MillraceWorkflow
import Synchronization
import Testing

/// The wall clock is set, forward or back by days, while runs wait: durable times are times of this clock, all else goes on as it would have.
@Suite struct ClockJumpTests {
  private static let day = Duration.seconds(86_400)

  private static func engine(
    _ simulator: SimulatedExecutor, _ clock: SimulatedWallClock, stream: any EventStream = MemoryEventStream()
  ) throws -> WorkflowEngine {
    var configuration = WorkflowEngine.Configuration()
    configuration.executor = simulator
    configuration.wallClock = clock
    configuration.random = clock.random
    configuration.stream = stream
    configuration.handlers = [SwiftFunctions(["echo": { input, _ in input }])]
    let engine = WorkflowEngine(store: MemoryRunStore(clock: clock), configuration: configuration)
    var flow = WorkflowDefinition(name: "flow")
    flow.durability = .memory
    flow.deadline = day * 30
    flow.tasks = [
      Bench.task("before"), Bench.task("hour", kind: .wait, needs: ["before"], ["duration": "1h"]),
      Bench.task("event", kind: .wait, needs: ["before"], ["event": "go"]) {
        $0.timeout = .seconds(7200)
        $0.fallback = "nobody"
      }, Bench.task("nobody"), Bench.task("last", needs: ["hour", "event"]),
      Bench.task("say", kind: .emit, needs: ["last"], ["topic": "said"]),
    ]
    try engine.register(flow)
    return engine
  }

  /// Real time from the start to the end, and what the clock shows then.
  private static func run(jumpingBy jump: Duration, after pause: Duration) throws -> (took: Duration, shown: Duration) {
    let result = Mutex<(took: Duration, shown: Duration)?>(nil)
    try SimulatedExecutor.run(seed: 1, stepLimit: 5_000_000) { simulator in
      let clock = SimulatedWallClock(simulator)
      let engine = try engine(simulator, clock)
      let (begin, shown) = (simulator.clock.now, clock.now)
      let run = try await engine.start(StartRequest(workflow: "flow")).run
      try await clock.wait(pause)
      clock.jump(by: jump)
      let record = try await engine.wait(for: run, timeout: day * 100)
      #expect(record.state == .completed, "\(record.reason)")
      result.withLock { $0 = (begin.duration(to: simulator.clock.now), clock.now.duration(since: shown)) }
      await engine.shutdown()
    }
    return result.withLock { $0! }
  }

  @Test func withoutAJumpWaitsEndInTime() throws {
    let (took, shown) = try Self.run(jumpingBy: .zero, after: .seconds(600))
    #expect(took >= .seconds(7200) && took < .seconds(7202))
    #expect(shown == took)
  }

  /// What is due by the clock's new time is done within half a minute.
  @Test func afterAJumpForwardWhatIsDueIsDone() throws {
    let (took, shown) = try Self.run(jumpingBy: Self.day * 3, after: .seconds(600))
    #expect(took >= .seconds(600) && took <= .seconds(632))
    #expect(shown > Self.day * 3)
  }

  /// What was to be done at a time is done at that time, however long that takes now.
  @Test func afterAJumpBackItWaitsForTheTimeAgain() throws {
    let (took, shown) = try Self.run(jumpingBy: Self.day * -2, after: .seconds(600))
    #expect(shown >= .seconds(7200) && shown < .seconds(7202))
    #expect(took == shown + Self.day * 2)
  }

  /// A relay that pauses after trouble pauses no longer because the clock is set back.
  @Test func aPauseOfTheRelayIsNotMadeLonger() throws {
    try SimulatedExecutor.run(seed: 1, stepLimit: 1_000_000) { simulator in
      let clock = SimulatedWallClock(simulator)
      let stream = MemoryEventStream()
      let store = MemoryRunStore(clock: clock)
      var record = RunRecord(
        id: RunID(high: 1, low: 1), workflow: "w", definition: ContentHash(of: []), createdAt: clock.now,
        deadline: .distantFuture)
      record.state = .running
      var change = RunChange(record: record, expected: nil, durability: .memory)
      change.outbox = [OutboxEvent(id: "1", topic: "t", key: "k")]
      _ = try await store.commit([change])
      var configuration = OutboxRelay.Configuration()
      configuration.wallClock = clock
      configuration.random = clock.random
      let failures = Mutex(3)
      configuration.divert = { _ in
        let fails = failures.withLock { left in
          left -= 1
          return left >= 0
        }
        // Just before it pauses.
        clock.jump(by: Self.day * -1)
        if fails { throw WorkflowError(.storeUnavailable, "not now") }
        return false
      }
      let relay = OutboxRelay(store: store, stream: stream, configuration: configuration)
      let begin = simulator.clock.now
      let relaying = Task(executorPreference: simulator) { try await relay.run() }
      try await stream.waitForEvents("t", after: 0)
      #expect(begin.duration(to: simulator.clock.now) < .seconds(60))
      relaying.cancel()
      _ = await relaying.result
    }
  }

  /// Engines that share a store go on looking for what is for them, and renew their leases by the new time: who ends then leaves nothing for an hour.
  @Test func enginesGoOnLookingAfterAJumpBack() throws {
    try SimulatedExecutor.run(seed: 1, stepLimit: 5_000_000) { simulator in
      let clock = SimulatedWallClock(simulator)
      let store = MemoryRunStore(clock: clock)
      var flow = WorkflowDefinition(name: "flow")
      flow.tasks = [Bench.task("event", kind: .wait, ["event": "go"]) { $0.timeout = Self.day }]
      flow.deadline = Self.day
      flow.durability = .processCrash
      let engines = try ["a", "b"].map { name in
        var configuration = WorkflowEngine.Configuration()
        configuration.executor = simulator
        configuration.wallClock = clock
        configuration.random = clock.random
        configuration.leasing = Leasing(owner: name)
        let engine = WorkflowEngine(store: store, configuration: configuration)
        try engine.register(flow)
        return engine
      }
      for engine in engines { try await engine.resumeRuns() }
      try await clock.wait(.seconds(10))
      let run = try await engines[0].start(StartRequest(workflow: "flow")).run
      try await engines[0].wait(for: run) { $0.state == .waiting }
      let (begin, shown) = (simulator.clock.now, clock.now)
      clock.jump(by: .seconds(-3600))
      #expect(try await engines[1].send(InboxEvent(id: "1", name: "go"), to: run) == .accepted)
      #expect(try await engines[0].wait(for: run).state == .completed)
      #expect(begin.duration(to: simulator.clock.now) < .seconds(5))
      try await clock.wait(.seconds(10))
      #expect(clock.now < shown)
      for lease in try await store.leases() {
        #expect(lease.expires < clock.now.advanced(by: .seconds(11)), "\(lease.role)")
      }
      for engine in engines { await engine.shutdown() }
    }
  }
}
