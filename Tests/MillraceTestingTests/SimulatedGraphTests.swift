import Millrace
import MillraceTesting
import Synchronization
import Testing

/// What is particular to graphs in a simulation. That they come to the right results, `DrawnGraphTests` say.
@Suite struct SimulatedGraphTests {
  // MARK: Where and in what order

  @Test func everyOrderThatTheEdgesAllowComesAbout() throws {
    var orders: Set<[String]> = []
    for seed in 0..<400 as Range<UInt64> {
      let log = Log()
      try SimulatedExecutor.run(seed: seed) { _ in
        var graph = TaskGraph()
        let first = graph.addNode("first") { log.add("first") }
        for name in ["a", "b", "c"] { graph.precede(first, graph.addNode(name) { log.add(name) }) }
        graph.addNode("x") { log.add("x") }
        try await graph.finalize().run()
      }
      orders.insert(log.entries)
    }
    // `x` anywhere among five, times the orders of three.
    #expect(orders.count == 5 * 6)
  }

  @Test func tasksComeBetweenNodes() throws {
    var wasBetween = false
    for seed in 0..<100 as Range<UInt64> where !wasBetween {
      let log = Log()
      try SimulatedExecutor.run(seed: seed) { _ in
        async let other: Void = {
          await Task.yield()
          log.add("task")
        }()
        var graph = TaskGraph()
        graph.precede(graph.addNode { log.add("node") }, graph.addNode { log.add("node") })
        try await graph.finalize().run()
        await other
      }
      wasBetween = log.entries == ["node", "task", "node"]
    }
    #expect(wasBetween)
  }

  @Test func everythingIsOnTheOneThread() throws {
    let executor = WorkStealingExecutor(.init(workerCount: 2))
    defer { executor.shutdownBlocking() }
    for seed in 0..<20 as Range<UInt64> {
      let thread = ThreadID()
      let simulator = SimulatedExecutor(seed: seed)
      try simulator.run { _ in
        var graph = TaskGraph()
        @Sendable func check() { #expect(ThreadID() == thread) }
        let sums = graph.addNode("parallel") {
          check()
          _ = join({ check() }, { check() })
          try withScope { scope in for _ in 0..<3 { scope.spawn { check() } } }
          return Parallel.reduce(
            0..<1000, identity: 0,
            {
              check()
              return $0
            }, combine: +)
        }
        let task = graph.addAsyncNode("task") {
          check()
          await Task.yield()
          check()
        }
        var inner = TaskGraph()
        let value = inner.addNode("value") {
          check()
          return 21
        }
        let innerPlan = try inner.finalize()
        // Runs a plan of its own, and waits for it.
        let nested = graph.addNode("nested") { try innerPlan.run()[value] }
        let blocked = graph.addNode("blocked") { check() }
        graph.configure(blocked) { $0.isBlocking = true }
        graph.succeed(blocked, task, sums)
        let plan = try graph.finalize()
        // An executor that is named is not used.
        let results = try await plan.run(on: executor)
        #expect(results[sums] == 499_500)
        #expect(results[nested] == 21)
        try await Pipeline.source(of: 0..<10).parallel { _ in check() }.run(on: executor, tokens: 3)
      }
      #expect(simulator.escapeCount == 0)
    }
  }

  @Test func aNodeThatLeavesIsReported() async throws {
    let error = try await onThread {
      #expect(throws: SimulationError.self) {
        try SimulatedExecutor.run(seed: 1) { _ in
          var graph = TaskGraph()
          graph.addAsyncNode("away") {
            let (stream, values) = AsyncStream<Void>.makeStream()
            async let value: Void? = {
              for await value in stream { return value }
              return nil
            }()
            await Task.yield()
            resumeElsewhere(values)
            _ = await value
          }
          try await graph.finalize().run()
        }
      }
    }
    #expect(error?.code == .leftSimulator)
  }

  // MARK: Time

  @Test func anHourOfTimeoutTakesNoTime() throws {
    let simulator = SimulatedExecutor(seed: 1)
    try simulator.run { _ in
      var graph = TaskGraph()
      graph.errorPolicy = .continue
      let late = graph.addAsyncNode("late") { try await TimerClock().wait(.seconds(86_400)) }
      graph.configure(late) { $0.timeout = .seconds(3600) }
      let intime = graph.addAsyncNode("in time") { try await TimerClock().wait(.seconds(3599)) }
      graph.configure(intime) { $0.timeout = .seconds(3600) }
      let results = try await graph.finalize().run()
      #expect(results.outcome(of: late) == .timedOut)
      #expect(results.outcome(of: intime) == .ran)
    }
    #expect(simulator.clock.now.offset == .seconds(3600))
  }

  @Test func retriesAreAsFarApartAsTheyShould() throws {
    for seed in 0..<20 as Range<UInt64> {
      let times = Mutex<[Duration]>([])
      try SimulatedExecutor.run(seed: seed) { simulator in
        var graph = TaskGraph()
        let flaky = graph.addNode("flaky") {
          times.withLock { $0.append(simulator.clock.now.offset) }
          throw Oops()
        }
        graph.configure(flaky) {
          $0.retry = .init(attempts: 5, delay: .seconds(10), longestDelay: .seconds(30))
        }
        let plan = try graph.finalize()
        await #expect(throws: NodeFailure.self) { try await plan.run() }
      }
      #expect(times.withLock { $0 } == [.zero, .seconds(10), .seconds(30), .seconds(60), .seconds(90)])
    }
  }

  @Test func aRunsDeadlineStopsIt() throws {
    for seed in 0..<50 as Range<UInt64> {
      let simulator = SimulatedExecutor(seed: seed)
      try simulator.run { _ in
        let limit = ResourceLimit("one", count: 1)
        var inner = TaskGraph()
        inner.addAsyncNode("inner") { try await TimerClock().wait(.seconds(86_400)) }
        let innerPlan = try inner.finalize()
        var graph = TaskGraph()
        let holder = graph.addNode("holder", running: innerPlan)
        let waiter = graph.addNode("waiter") {}
        for node in [holder, waiter] { graph.configure(node) { $0.limits = [limit] } }
        let flaky = graph.addNode("flaky") { throw Oops() }
        graph.configure(flaky) {
          $0.retry = .init(attempts: 2, delay: .seconds(86_400), longestDelay: .seconds(86_400))
        }
        let plan = try graph.finalize()
        await #expect(throws: DeadlineExceeded.self) { try await plan.run(deadline: .now + .seconds(3600)) }
      }
      #expect(simulator.clock.now.offset == .seconds(3600))
      #expect(simulator.escapeCount == 0)
    }
  }

  @Test func cancellingTheTaskStopsTheRun() throws {
    for seed in 0..<50 as Range<UInt64> {
      try SimulatedExecutor.run(seed: seed) { simulator in
        var graph = TaskGraph()
        let first = graph.addAsyncNode("first") { try await simulator.clock.wait(.seconds(60)) }
        graph.precede(first, graph.addNode("second") { Issue.record("a cancelled run went on") })
        let plan = try graph.finalize()
        let task = Task(executorPreference: simulator) { _ = try await plan.run() }
        await Task.yield()
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(simulator.clock.now.offset == .zero)
      }
    }
  }

  @Test func timelineIsInTheSimulationsTime() throws {
    try SimulatedExecutor.run(seed: 1) { simulator in
      var graph = TaskGraph()
      let nap = graph.addAsyncNode("nap") { try await simulator.clock.wait(.seconds(60)) }
      let last = graph.addNode("last") {}
      graph.precede(nap, last)
      let results = try await graph.finalize().run(isTimed: true)
      let timeline = results.timeline!
      #expect(timeline.duration == .seconds(60))
      #expect(timeline[nap]?.duration == .seconds(60))
      #expect(timeline[last]?.start == .seconds(60))
    }
  }

  // MARK: Blocking runs

  @Test func aBlockingRunIsOrderedByTheSeed() throws {
    var orders: Set<[String]> = []
    for seed in 0..<50 as Range<UInt64> {
      let log = Log()
      try SimulatedExecutor.run(seed: seed) { _ in
        try blockingRun(log)
      }
      orders.insert(log.entries)
    }
    #expect(orders.count > 10)
  }

  @Test func aBlockingRunThatWaitsForATaskTraps() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try SimulatedExecutor.run(seed: 1) { _ in
        var graph = TaskGraph()
        graph.addAsyncNode("sleeper") { await Task.yield() }
        try runBlocking(try graph.finalize())
      }
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("waits for what only others could do: sleeper. Run it with `await`"))
  }
}

/// All that needs nobody else, in code that is not asynchronous.
private func blockingRun(_ log: Log) throws {
  let limit = ResourceLimit("one", count: 1)
  var graph = TaskGraph()
  let nodes = (0..<4).map { number in
    graph.addNode("\(number)") {
      log.add("\(number)")
      return number
    }
  }
  for node in nodes { graph.configure(node) { $0.limits = [limit] } }
  let parts = graph.addSubgraph("parts") { (graph: inout TaskGraph) in
    let (a, b) = (graph.addNode { 1 }, graph.addNode { 2 })
    return graph.addNode(from: a, b) { $0 + $1 }
  }
  let flaky = graph.addNode("flaky") { if log.entries.count < 2 { throw Oops() } }
  graph.configure(flaky) { $0.retry = .init(attempts: 10) }
  graph.succeed(flaky, nodes[0], nodes[1])
  let sum = graph.addNode("sum", fromAll: nodes + [parts]) { $0.reduce(0, +) }
  let plan = try graph.finalize()
  let results = try plan.run()
  #expect(results[sum] == 9)
  let elements = try Pipeline.source(of: 0..<5).parallel { $0 + 1 }.collect(tokens: 3)
  #expect(elements == [1, 2, 3, 4, 5])
}

private func runBlocking(_ plan: Plan) throws { try plan.run() }
