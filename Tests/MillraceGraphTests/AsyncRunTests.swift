import Millrace
import Synchronization
import Testing

/// The `async` twins of everything that runs a plan.
@Suite(.timeLimit(.minutes(60))) struct AsyncRunTests {
  /// The ways to run a plan from a task.
  enum Way: CaseIterable { case whole, selection, times, until, rerun }

  /// Runs `plan`, one node of which is `node`, on `executor`, in the given way.
  static func run(
    _ plan: Plan, reaching node: any NodeHandle, _ way: Way, on executor: WorkStealingExecutor,
    deadline: Deadline? = nil
  ) async throws {
    switch way {
    case .whole: try await plan.run(on: executor, deadline: deadline)
    case .selection: try await plan.run(plan.selection(toReach: [node]), on: executor, deadline: deadline)
    case .times: try await plan.run(times: 1_000, on: executor, deadline: deadline)
    case .until: try await plan.run(until: { _ in false }, on: executor, deadline: deadline)
    case .rerun:
      let results = try await plan.run(on: executor)
      _ = try await results.rerun([node], on: executor, deadline: deadline)
    }
  }

  @Test func selectionRunsWhatItsTargetsNeed() async throws {
    var graph = TaskGraph()
    let a = graph.addNode("a") { 1 }
    let b = graph.addAsyncNode("b", from: a) { $0 + 1 }
    let c = graph.addNode("c", from: a) { $0 + 10 }
    let d = graph.addNode("d", from: b, c) { $0 + $1 }
    let plan = try graph.finalize()
    let selection = plan.selection(toReach: [b])
    for _ in 0..<3 {
      let results = try await plan.run(selection, isTimed: true)
      #expect(results[b] == 2)
      #expect(results.outcome(of: c) == .notRun)
      #expect(results.value(of: d) == nil)
      #expect(results.timeline?[b] != nil && results.timeline?[c] == nil)
    }
    #expect(try await plan.run()[d] == 13)
  }

  @Test func rerunKeepsWhatTheChangeDoesNotTouch() async throws {
    let input = Tally()
    let ran = Log()
    var graph = TaskGraph()
    let a = graph.addNode("a") {
      ran.add("a")
      return input.value
    }
    let b = graph.addNode("b") {
      ran.add("b")
      return 100
    }
    let c = graph.addAsyncNode("c", from: a, b) { a, b in
      ran.add("c")
      return a + b
    }
    let d = graph.addNode("d", from: b) { $0 + 1 }
    var results = try await graph.finalize().run()
    #expect(results[c] == 100)
    for round in 1...3 {
      input.add(5)
      results = try await results.rerun([a])
      #expect(results[c] == 100 + 5 * round)
      #expect(results[d] == 101 && results.outcome(of: d) == .ran)
    }
    #expect(ran.all.count { $0 == "b" } == 1)
    #expect(ran.all.count { $0 == "c" } == 4)
  }

  @Test func timesCountsRuns() async throws {
    let ran = Tally()
    var graph = TaskGraph()
    graph.addNodes(count: 10) { _ in ran.add() }
    let plan = try graph.finalize()
    try await plan.run(times: 7)
    try await plan.run(times: 0)
    #expect(ran.value == 70)
  }

  /// The condition is the actor's own code: it may touch what the actor owns, and may wait.
  @Test func conditionIsCalledWhereTheCallerIs() async throws {
    actor Watcher {
      private var seen: [Int] = []
      func watch(_ plan: Plan, _ node: TaskGraph.Node<Int>) async throws -> [Int] {
        let last = try await plan.run(until: { results in
          seen.append(results[node])
          await Task.yield()
          return results[node] == 4
        })
        #expect(last[node] == 4)
        return seen
      }
    }
    let round = Tally()
    var graph = TaskGraph()
    let node = graph.addNode("round") { round.add() }
    let plan = try graph.finalize()
    #expect(try await Watcher().watch(plan, node) == [1, 2, 3, 4])
    await #expect(throws: Broken.self) { try await plan.run(until: { _ in throw Broken() }) }
    // The condition's error gives the block of its run back.
    #expect(try await plan.run()[node] == 6)
  }

  /// While a run is suspended the caller's actor is free: the node below would wait for it for ever otherwise.
  @Test(arguments: Way.allCases)
  func callerIsSuspendedAndNotBlocked(way: Way) async throws {
    struct Enough: Error {}
    actor Caller {
      private var visits = 0
      func visit() throws {
        visits += 1
        if visits == 3 { throw Enough() }
      }
      func run(_ plan: Plan, _ node: any NodeHandle, _ way: Way, on executor: WorkStealingExecutor) async throws {
        for _ in 0..<3 { try await AsyncRunTests.run(plan, reaching: node, way, on: executor) }
      }
    }
    let executor = WorkStealingExecutor(.init(workerCount: 1))
    let caller = Caller()
    var graph = TaskGraph()
    let node = graph.addAsyncNode("visit") { try await caller.visit() }
    let plan = try graph.finalize()
    let error = await #expect(throws: NodeFailure.self) { try await caller.run(plan, node, way, on: executor) }
    #expect(error?.node == "visit" && error?.underlying is Enough)
    await executor.shutdown()
  }

  /// The task is cancelled while a node waits; then the run ends, and no other begins.
  @Test(arguments: Way.allCases.filter { $0 != .rerun })
  func cancellingTheTaskStopsTheRun(way: Way) async throws {
    let executor = WorkStealingExecutor(.init(workerCount: 2))
    let (ran, after, isOpen) = (Tally(), Tally(), Tally())
    let (waiting, isWaiting) = AsyncStream<Void>.makeStream()
    var graph = TaskGraph()
    let gate = graph.addAsyncNode("gate") {
      ran.add()
      if isOpen.value > 0 { return }
      isWaiting.yield()
      try await untilCancelled()
    }
    let last = graph.addNode("last") { after.add() }
    graph.precede(gate, last)
    let plan = try graph.finalize()
    let task = Task { try await Self.run(plan, reaching: last, way, on: executor) }
    for await _ in waiting { break }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(ran.value == 1 && after.value == 0)
    // The plan can run again.
    isOpen.add()
    #expect(try await plan.run(on: executor).outcome(of: last) == .ran)
    await executor.shutdown()
  }

  @Test func cancellingTheTaskStopsARerun() async throws {
    let (isOpen, after) = (Tally(), Tally())
    let (waiting, isWaiting) = AsyncStream<Void>.makeStream()
    isOpen.add()
    var graph = TaskGraph()
    let first = graph.addNode("first") { 1 }
    let gate = graph.addAsyncNode("gate", from: first) { _ in
      if isOpen.value > 0 { return }
      isWaiting.yield()
      try await untilCancelled()
    }
    let last = graph.addNode("last") { after.add() }
    graph.precede(gate, last)
    let plan = try graph.finalize()
    let task = Task {
      let results = try await plan.run()
      isOpen.add(-1)
      _ = try await results.rerun([gate])
    }
    for await _ in waiting { break }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(after.value == 1)
    isOpen.add()
    #expect(try await plan.run().outcome(of: last) == .ran)
  }

  @Test(arguments: Way.allCases)
  func nothingRunsInACancelledTask(way: Way) async throws {
    let ran = Tally()
    var graph = TaskGraph()
    let node = graph.addNode("node") { ran.add() }
    let plan = try graph.finalize()
    let task = Task {
      unsafe withUnsafeCurrentTask { unsafe $0!.cancel() }
      try await Self.run(plan, reaching: node, way, on: .shared)
    }
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(ran.value == 0)
  }

  @Test(arguments: Way.allCases)
  func deadlineOfTheSurroundingsIsInherited(way: Way) async throws {
    let seen = Mutex<[Deadline?]>([])
    let outer = Deadline.now + .seconds(3_600)
    var graph = TaskGraph()
    let node = graph.addNode("node") {
      let count = seen.withLock {
        $0.append(Deadline.current)
        return $0.count
      }
      // So that those end which go on and on.
      if count % 2 == 0 { throw Broken() }
    }
    let plan = try graph.finalize()
    try? await withDeadline(outer) { try await Self.run(plan, reaching: node, way, on: .shared) }
    let inherited = seen.withLock { $0 }
    #expect(!inherited.isEmpty && inherited.allSatisfy { $0 == outer })
    // Its own, when that is earlier.
    let early = outer - .seconds(1)
    try? await withDeadline(outer) { try await Self.run(plan, reaching: node, way, on: .shared, deadline: early) }
    let last = seen.withLock { $0.last }
    #expect(last == early)
  }

  @Test(arguments: Way.allCases)
  func deadlineStopsTheRun(way: Way) async throws {
    let after = Tally()
    let isOpen = Tally()
    var graph = TaskGraph()
    let gate = graph.addAsyncNode("gate") { if isOpen.value == 0 { try await untilCancelled() } }
    let last = graph.addNode("last") { after.add() }
    graph.precede(gate, last)
    let plan = try graph.finalize()
    if way == .rerun { isOpen.add() }
    await #expect(throws: DeadlineExceeded.self) {
      let deadline = Deadline.now + .milliseconds(5)
      if way == .rerun {
        let results = try await plan.run()
        isOpen.add(-1)
        _ = try await results.rerun([gate], deadline: deadline)
      } else {
        try await Self.run(plan, reaching: last, way, on: .shared, deadline: deadline)
      }
    }
    #expect(after.value == (way == .rerun ? 1 : 0))
  }

  @Test(arguments: Way.allCases)
  func executorThatWasShutDownRunsNothing(way: Way) async throws {
    let executor = WorkStealingExecutor(.init(workerCount: 1))
    await executor.shutdown()
    let ran = Tally()
    var graph = TaskGraph()
    let node = graph.addNode("node") { ran.add() }
    let plan = try graph.finalize()
    await #expect(throws: ExecutorError.self) { try await Self.run(plan, reaching: node, way, on: executor) }
    #expect(ran.value == 0)
    #expect(try await plan.run().outcome(of: node) == .ran)
  }
}
