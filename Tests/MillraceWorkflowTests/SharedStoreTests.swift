import Millrace
import MillraceTesting
import MillraceWorkflow
import Synchronization
import Testing

/// Several engines on one store.
@Suite struct SharedStoreTests {
  private typealias Effects = FaultTests.Effects

  /// Runs of one task each, which notes who did it.
  private static func worker(
    _ name: String, _ fleet: Fleet, _ calls: Calls, workflow: String = "work", store: (any RunStore)? = nil,
    _ configure: (inout WorkflowEngine.Configuration) -> Void = { _ in },
    _ body: @escaping @Sendable (TaskContext) async throws -> Void = { _ in }
  ) async throws -> WorkflowEngine {
    var configuration = WorkflowEngine.Configuration()
    configuration.wallClock = fleet.clock
    configuration.leasing = fleet.leasing(name)
    configuration.handlers = [
      SwiftFunctions([
        "work": { input, context in
          calls.add("\(context.run)", name)
          try await body(context)
          return input
        }
      ])
    ]
    configure(&configuration)
    let engine = WorkflowEngine(store: store ?? fleet.store, configuration: configuration)
    var definition = WorkflowDefinition(name: workflow)
    definition.tasks = [
      Bench.task("one", "work"), Bench.task("wait", kind: .wait, needs: ["one"], ["event": "go"]),
      Bench.task("two", "work", needs: ["wait"]),
    ]
    try engine.register(definition)
    return engine
  }

  private final class Calls: Sendable {
    let made = Mutex<[String: [String]]>([:])
    func add(_ run: String, _ engine: String) { made.withLock { $0[run, default: []].append(engine) } }
    func engines(of run: RunID) -> [String] { made.withLock { $0["\(run)"] ?? [] } }
  }

  @Test func shardsFollowThoseWhoComeAndGo() async throws {
    let fleet = Fleet()
    let calls = Calls()
    let a = try await Self.worker("a", fleet, calls)
    try await fleet.add(a)
    #expect(try await fleet.shares(of: "work") == ["a": 8])
    let standing = StandingRunStore(fleet.store)
    let b = try await Self.worker("b", fleet, calls, store: standing)
    try await fleet.add(b)
    await fleet.pass()
    #expect(try await fleet.shares(of: "work") == ["a": 4, "b": 4])
    let c = try await Self.worker("c", fleet, calls)
    try await fleet.add(c)
    await fleet.pass()
    await fleet.pass()
    let three = try await fleet.shares(of: "work")
    #expect(three.values.sorted() == [2, 3, 3])
    #expect(try await a.otherEngines() == ["b", "c"])
    // One that ends gives back what it has, one that is killed does not.
    fleet.remove(c)
    await c.shutdown()
    await fleet.pass()
    #expect(try await fleet.shares(of: "work") == ["a": 4, "b": 4])
    fleet.remove(b)
    standing.standStill()
    await fleet.pass(.seconds(8))
    #expect(try await fleet.shares(of: "work")["a"] == 4)
    await fleet.pass(.seconds(2))
    #expect(try await fleet.shares(of: "work") == ["a": 8])
    await fleet.shutdown()
    #expect(try await fleet.store.leases().filter { $0.owner == "a" } == [])
    standing.goOn()
    await b.shutdown()
  }

  @Test(arguments: [2, 3]) func everyRunAndEveryEventReachesOneEngine(_ count: Int) async throws {
    let fleet = Fleet()
    let calls = Calls()
    var engines: [WorkflowEngine] = []
    for number in 0..<count {
      engines.append(try await Self.worker("e\(number)", fleet, calls))
      try await fleet.add(engines[number])
    }
    for _ in 0..<3 { await fleet.pass() }
    var runs: [RunID] = []
    for number in 0..<60 {
      var request = StartRequest(workflow: "work")
      // Of these most are for another engine than the one that is asked.
      if number % 2 == 0 { request.key = "key \(number)" }
      runs.append(try await engines[number % count].start(request).run)
    }
    for (number, run) in runs.enumerated() {
      let event = InboxEvent(id: "1", name: "go")
      #expect(try await engines[(number + 1) % count].send(event, to: run) == .accepted)
      let again = try await engines[(number + 2) % count].send(event, to: run)
      #expect(again == .duplicate || again == .late(.completed))
    }
    for run in runs { try await fleet.finish(run) }
    var byEngine: [String: Int] = [:]
    for run in runs {
      #expect(try await fleet.store.load(run)!.record.state == .completed)
      let made = calls.engines(of: run)
      #expect(made.count == 2, "\(made)")
      #expect(Set(made).count == 1, "\(made)")
      byEngine[made[0], default: 0] += 1
      #expect(try await fleet.store.history(of: run).filter { $0.kind == "step succeeded" }.count == 3)
    }
    #expect(byEngine.count == count, "\(byEngine)")
    await fleet.shutdown()
  }

  @Test func anyEngineWaitsForAndControlsAnyRun() async throws {
    let fleet = Fleet()
    let calls = Calls()
    let engines = [try await Self.worker("a", fleet, calls), try await Self.worker("b", fleet, calls)]
    for engine in engines { try await fleet.add(engine) }
    await fleet.pass()
    for (engine, other) in [(0, 1), (1, 0)] {
      let run = try await engines[engine].start(StartRequest(workflow: "work")).run
      try await fleet.settle { try await fleet.store.load(run)!.record.state == .waiting }
      #expect(try await engines[engine].holder(of: run) == nil)
      #expect(try await engines[other].holder(of: run) == ["a", "b"][engine])
      let asked = engines[other]
      let done = Calls()
      let waiting = Task {
        defer { done.add("done", "waiting") }
        return try await asked.wait(for: run)
      }
      let cancelling = Task {
        defer { done.add("done", "cancelling") }
        // What is not possible is said by the engine that knows.
        let error = await #expect(throws: WorkflowError.self) {
          try await asked.control(run, .resume(reason: ""))
        }
        #expect(error?.code == .impossible)
        return try await asked.control(run, .cancel(reason: "not wanted"))
      }
      await fleet.settle { done.made.withLock { $0["done"]?.count == 2 } }
      #expect(try await waiting.value.reason == "not wanted")
      #expect(try await cancelling.value.state == .cancelled)
      #expect(calls.engines(of: run) == [["a", "b"][engine]])
    }
    for collection in ["engine-letters", "engine-answers"] {
      #expect(try await fleet.store.documents(in: collection, after: nil, limit: 9) == [])
    }
    await fleet.shutdown()
  }

  @Test func anEngineThatEndsHandsOverAtOnce() async throws {
    let fleet = Fleet()
    let calls = Calls()
    let (a, b) = (try await Self.worker("a", fleet, calls), try await Self.worker("b", fleet, calls))
    try await fleet.add(a)
    let run = try await a.start(StartRequest(workflow: "work")).run
    try await a.wait(for: run) { $0.state == .waiting }
    try await fleet.add(b)
    fleet.remove(a)
    await a.shutdown()
    #expect(try await b.send(InboxEvent(id: "1", name: "go"), to: run) == .accepted)
    let before = fleet.clock.now
    try await fleet.finish(run)
    #expect(fleet.clock.now.duration(since: before) < .seconds(9))
    #expect(calls.engines(of: run) == ["a", "b"])
    await fleet.shutdown()
  }

  /// The name of an engine that was killed lets its successor go on without waiting for the end of any lease; a twin that still lives is fenced.
  @Test func theSameNameTakesOverAtOnce() async throws {
    let fleet = Fleet()
    let calls = Calls()
    let gate = Gate()
    let first = try await Self.worker("a", fleet, calls) { _ in
    } _: { _ in
      await gate.wait()
    }
    try await first.resumeRuns()
    let run = try await first.start(StartRequest(workflow: "work")).run
    // No time passes: nobody would renew the first one's leases.
    while calls.engines(of: run).count != 1 { await Task.yield() }
    let before = fleet.clock.now
    let second = try await Self.worker("a", fleet, calls)
    #expect(try await second.resumeRuns().resumed == 1)
    try await fleet.add(second)
    #expect(try await second.send(InboxEvent(id: "1", name: "go"), to: run) == .accepted)
    try await second.wait(for: run)
    #expect(fleet.clock.now == before)
    gate.open()
    await first.shutdown()
    #expect(calls.engines(of: run).count == 3)
    let ends = try await fleet.store.history(of: run).filter { $0.kind == "step succeeded" }
    #expect(ends.map(\.step).sorted() == ["one", "two", "wait"])
    await fleet.shutdown()
  }

  /// What is under way when another engine joins is not cut short.
  @Test func noAttemptIsCutShortByWhoJoins() async throws {
    let fleet = Fleet()
    let calls = Calls()
    let gate = Gate()
    let a = try await Self.worker("a", fleet, calls) { _ in
    } _: { _ in
      await gate.wait()
    }
    try await fleet.add(a)
    var runs: [RunID] = []
    for number in 0..<40 {
      var request = StartRequest(workflow: "work")
      request.key = "key \(number)"
      runs.append(try await a.start(request).run)
    }
    await fleet.settle { calls.made.withLock { $0.count } == runs.count }
    let b = try await Self.worker("b", fleet, calls)
    try await fleet.add(b)
    await fleet.pass(.seconds(25))
    #expect(try await fleet.shares(of: "work") == ["a": 8])
    gate.open()
    try await fleet.settle { try await fleet.shares(of: "work") == ["a": 4, "b": 4] }
    for run in runs { #expect(try await b.send(InboxEvent(id: "1", name: "go"), to: run) == .accepted) }
    for run in runs { try await fleet.finish(run) }
    for run in runs { #expect(calls.engines(of: run).count == 2) }
    #expect(runs.contains { calls.engines(of: $0) == ["a", "b"] })
    await fleet.shutdown()
  }

  /// What was left for the engine that was to have its shard is done here, if that engine goes away.
  @Test func whatWasLeftForAnEngineThatDoesNotComeIsDone() async throws {
    let fleet = Fleet()
    let calls = Calls()
    let gate = Gate()
    let areLong = Mutex(true)
    func worker(_ name: String) async throws -> WorkflowEngine {
      try await Self.worker(name, fleet, calls) { _ in
      } _: { _ in
        if areLong.withLock({ $0 }) { await gate.wait() }
      }
    }
    func start(_ what: String, on engine: WorkflowEngine) async throws -> [RunID] {
      var runs: [RunID] = []
      for number in 0..<40 {
        var request = StartRequest(workflow: "work")
        request.key = "\(what) \(number)"
        runs.append(try await engine.start(request).run)
      }
      return runs
    }
    let a = try await worker("a")
    try await fleet.add(a)
    // In every shard an attempt goes on and on.
    let long = try await start("long", on: a)
    await fleet.settle { calls.made.withLock { $0.count } == long.count }
    areLong.withLock { $0 = false }
    let b = try await worker("b")
    try await fleet.add(b)
    await fleet.pass(.seconds(3))
    // Begun while some shards are about to be given away.
    let late = try await start("late", on: a)
    await fleet.settle { calls.made.withLock { $0.count } > long.count }
    var held = 0
    for run in late where try await fleet.store.load(run)?.steps.map(\.state) == [.queued] { held += 1 }
    #expect(held > 0 && held < late.count)
    fleet.remove(b)
    await b.shutdown()
    await fleet.settle { calls.made.withLock { $0.count } == long.count + late.count }
    for run in long + late { #expect(calls.engines(of: run) == ["a"]) }
    gate.open()
    for run in long + late {
      #expect(try await a.send(InboxEvent(id: "1", name: "go"), to: run) == .accepted)
      try await fleet.finish(run)
    }
    await fleet.shutdown()
  }

  @Test func anotherNumberOfShardsIsRefused() async throws {
    let fleet = Fleet()
    let calls = Calls()
    try await fleet.add(try await Self.worker("a", fleet, calls))
    let other = try await Self.worker("b", fleet, calls) { $0.leasing!.shardCount = 4 }
    let error = await #expect(throws: WorkflowError.self) { try await other.resumeRuns() }
    #expect(error?.code == .impossible)
    #expect(try await fleet.shares(of: "work") == ["a": 8])
    #expect(try await fleet.store.leases().allSatisfy { $0.owner == "a" })
    await fleet.shutdown()
    // Nobody is left who minds.
    try await other.resumeRuns()
    #expect(try await fleet.shares(of: "work") == ["b": 4])
    await other.shutdown()
  }

  @Test func anEngineDrivesTheWorkflowsThatItIsFor() async throws {
    let fleet = Fleet()
    let calls = Calls()
    let orders = try await Self.worker("o", fleet, calls, workflow: "orders") { $0.leasing!.workflows = ["orders"] }
    let all = try await Self.worker("b", fleet, calls, workflow: "bills")
    try await fleet.add(orders)
    try await fleet.add(all)
    let run = try await all.start(StartRequest(workflow: "bills")).run
    // Its definition is in the store now, so the other could drive it, too.
    _ = try await orders.start(StartRequest(workflow: "orders"))
    for _ in 0..<3 { await fleet.pass() }
    #expect(try await fleet.shares(of: "bills") == ["b": 8])
    #expect(try await fleet.shares(of: "orders") == ["b": 4, "o": 4])
    #expect(calls.engines(of: run) == ["b"])
    await fleet.shutdown()
  }

  // MARK: Faults

  @Test(arguments: [FaultyRunStore.Fault.endBefore, .endAfter])
  func anEngineThatEndsAtAnyWriteIsTakenOver(_ fault: FaultyRunStore.Fault) async throws {
    for point in 0... {
      let fleet = Fleet()
      let effects = Effects()
      let faulty = FaultyRunStore(fleet.store, at: point, fault)
      let first = try FaultTests.bench(faulty, effects) {
        $0.leasing = fleet.leasing("first")
        $0.wallClock = fleet.clock
      }
      let second = try FaultTests.bench(fleet.store, effects) {
        $0.leasing = fleet.leasing("second")
        $0.wallClock = fleet.clock
      }
      try? await fleet.add(first)
      try await fleet.add(second)
      _ = try? await FaultTests.start(first)
      let run = try await FaultTests.start(second)
      try await fleet.settle {
        if faulty.hasHappened { return true }
        return try await fleet.store.load(run)!.record.state.isFinal
      }
      if faulty.hasHappened { await fleet.pass(.seconds(10)) }
      try await fleet.finish(run)
      let hasHappened = faulty.hasHappened
      fleet.remove(first)
      await first.shutdown(grace: .zero)
      await fleet.pass(.seconds(12))
      await fleet.shutdown()
      try await FaultTests.check(fleet.store, run, effects, crashes: 1, "\(fault) at write \(point)")
      if !hasHappened {
        #expect(point > 40)
        break
      }
    }
  }

  /// It goes on when its runs are another's, believing what it knew.
  @Test(arguments: StandingRunStore.Place.allCases)
  func anEngineThatStandsStillAtAnyWriteChangesNothingLater(_ place: StandingRunStore.Place) async throws {
    for point in 0... {
      let fleet = Fleet()
      let effects = Effects()
      let standing = StandingRunStore(fleet.store, at: point, place)
      let first = try FaultTests.bench(standing, effects) {
        $0.leasing = fleet.leasing("first")
        $0.wallClock = fleet.clock
      }
      let second = try FaultTests.bench(fleet.store, effects) {
        $0.leasing = fleet.leasing("second")
        $0.wallClock = fleet.clock
      }
      // Not one that ``Fleet/pass(_:)`` waits for.
      let attempt = Task {
        try await first.resumeRuns()
        return try await FaultTests.start(first)
      }
      // Time passes as it looks: until it stands still it loses no lease.
      let looking = Task {
        while !Task.isCancelled {
          await first.look()
          fleet.clock.advance(by: .milliseconds(10))
          await Task.yield()
        }
      }
      let ended = Mutex(false)
      let watcher = Task {
        await standing.waitForStandstill()
        ended.withLock { $0 = true }
      }
      var query = RunQuery()
      query.workflow = "flow"
      while !ended.withLock({ $0 }), try await fleet.store.runs(query).first?.state != .completed {
        await Task.yield()
      }
      let hasHappened = standing.hasHappened
      if hasHappened {
        try await fleet.add(second)
        await fleet.pass(.seconds(10))
        let run = try await FaultTests.start(second)
        try await fleet.finish(run)
      }
      standing.goOn()
      looking.cancel()
      let run = try await attempt.value
      await watcher.value
      await looking.value
      await first.look()
      await first.shutdown(grace: .zero)
      await fleet.pass(.seconds(12))
      await fleet.shutdown()
      try await FaultTests.check(fleet.store, run, effects, crashes: 1, "standing \(place) write \(point)")
      if !hasHappened { break }
    }
  }
}
