import Dispatch
import Foundation
import Millrace
import MillracePrimitives
import Testing

@testable import MillraceExecutor

@Suite struct ExecutorTests {
  @Test func runReturnsAndThrows() async throws {
    let executor = WorkStealingExecutor(.init(workerCount: 2))
    #expect(try await executor.run { 42 } == 42)
    await #expect(throws: Planned(number: 1)) { try await executor.run { throw Planned(number: 1) } }
    #expect(try executor.runBlocking { 43 } == 43)
    #expect(throws: Planned(number: 2)) { try executor.runBlocking { throw Planned(number: 2) } }
    await executor.shutdown()
  }

  @Test func aCallFromOutsideIsAParkedWorker() {
    let executor = WorkStealingExecutor(.init(workerCount: 1))
    while executor.metrics().workers[0].idle == .zero { sched_yield() }
    #expect(onNewThread { try! executor.runBlocking { pthread_self() } == pthread_self() })
    let workers = executor.metrics().workers
    #expect(workers[0].jobsRun == 1)
    executor.shutdownBlocking()
  }

  @Test func aCallFromOutsideWaitsForABusyWorker() throws {
    let executor = WorkStealingExecutor(.init(workerCount: 1))
    let (started, gate) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    try executor.submit {
      started.signal()
      gate.wait()
    }
    started.wait()
    DispatchQueue.global().async {
      while executor.metrics().injectorDepth == 0 { sched_yield() }
      gate.signal()
    }
    #expect(onNewThread { try! executor.runBlocking { pthread_self() } != pthread_self() })
    executor.shutdownBlocking()
  }

  @Test func aGuestsDeepJoinsGoOnOnTheWorkersStack() {
    @Sendable func depth(_ n: Int) -> (Int, Set<pthread_t>) {
      if n == 0 { return (0, [pthread_self()]) }
      let (a, b) = join({ depth(n - 1) }, { 1 })
      return (a.0 + b, n % 1000 == 0 ? a.1.union([pthread_self()]) : a.1)
    }
    let executor = WorkStealingExecutor(.init(workerCount: 1))
    while executor.metrics().workers[0].idle == .zero { sched_yield() }
    let (levels, threads) = onNewThread { try! executor.runBlocking { depth(100_000) } }
    #expect(levels == 100_000)
    #expect(threads.count == 2)
    executor.shutdownBlocking()
  }

  @Test func whatAGuestLeavesBehindIsRun() {
    let ran = Counter()
    let executor = WorkStealingExecutor(.init(workerCount: 1))
    while executor.metrics().workers[0].idle == .zero { sched_yield() }
    for _ in 0..<100 { try! executor.runBlocking { try! executor.submit { ran.add() } } }
    while ran.value < 100 { sched_yield() }
    executor.shutdownBlocking()
  }

  @Test func acceptedWorkRunsBeforeShutdownReturns() async throws {
    let ran = Counter()
    let executor = WorkStealingExecutor(.init(workerCount: 2))
    for _ in 0..<1000 { try executor.submit { ran.add() } }
    await executor.shutdown()
    #expect(ran.value == 1000)
    await executor.shutdown()
    executor.shutdownBlocking()
  }

  @Test func workAfterShutdownIsRefusedWithAnError() async {
    let tally = Tracked.Tally()
    let executor = WorkStealingExecutor(.init(workerCount: 1, name: "closed"))
    await executor.shutdown()
    let tracked = Tracked(1, tally)
    #expect(throws: ExecutorError.self) { try executor.submit { [tracked] in _ = tracked.value } }
    #expect(throws: ExecutorError.self) { try executor.runBlocking { 1 } }
    let error = await #expect(throws: ExecutorError.self) { try await executor.run { 1 } }
    #expect(error?.code == .shutDown)
    #expect(error?.description == "executor \"closed\" has been shut down and accepts no more work")
  }

  @Test func aTaskSuspendedAcrossShutdownCompletes() async {
    let executor = WorkStealingExecutor(.init(workerCount: 2))
    let (stream, gate) = AsyncStream.makeStream(of: Int.self)
    let started = Counter()
    let task = Task(executorPreference: executor) {
      started.add()
      var sum = 0
      for await number in stream { sum += number }
      return sum
    }
    while started.value == 0 { await Task.yield() }
    await executor.shutdown()
    gate.yield(3)
    gate.yield(4)
    gate.finish()
    #expect(await task.value == 7)
  }

  @Test func anExecutorThatGoesAwayRunsWhatItHas() async {
    let ran = Counter()
    let (stream, gate) = AsyncStream.makeStream(of: Void.self)
    do {
      let executor = WorkStealingExecutor(.init(workerCount: 1))
      for _ in 0..<100 { try? executor.submit { if ran.add() == 100 { gate.finish() } } }
    }
    for await _ in stream {}
    #expect(ran.value == 100)
  }

  @Test func theScopedFormDrainsAndEnds() async throws {
    let ran = Counter()
    let escaped = try await withWorkStealingExecutor(.init(workerCount: 2)) { executor in
      for _ in 0..<100 { try executor.submit { ran.add() } }
      return executor
    }
    #expect(ran.value == 100)
    #expect(throws: ExecutorError.self) { try escaped.submit {} }
  }

  @Test func resizingKeepsEveryJob() throws {
    let ran = Counter()
    let executor = WorkStealingExecutor(.init(workerCount: 1))
    for size in [4, 1, 8, 2, 3] {
      try executor.resize(workerCount: size)
      #expect(executor.workerCount == size)
      for _ in 0..<500 { try executor.submit { ran.add() } }
      #expect(try executor.runBlocking { Parallel.reduce(0..<1000, identity: 0, { $0 }, combine: +) } == 499_500)
    }
    executor.shutdownBlocking()
    #expect(ran.value == 2500)
  }

  @Test func otherWorkProceedsWhileWorkersBlock() throws {
    let gate = DispatchSemaphore(value: 0)
    let executor = WorkStealingExecutor(.init(workerCount: 1, maximumBlockingThreads: 2))
    for _ in 0..<2 { try executor.submit { blocking { gate.wait() } } }
    // Runs on the second extra thread although the only worker and the first extra one are blocked; it is what frees them.
    try executor.runBlocking { for _ in 0..<2 { gate.signal() } }
    executor.shutdownBlocking()
  }

  @Test func highOvertakesAndLowIsNotStarved() throws {
    let executor = WorkStealingExecutor(.init(workerCount: 1))
    let order = Order()
    let gate = DispatchSemaphore(value: 0)
    // While the only worker waits, the queues fill.
    try executor.submit { gate.wait() }
    for index in 0..<200 { try executor.submit(priority: .medium) { order.add("medium \(index)") } }
    try executor.submit(priority: .low) { order.add("low") }
    try executor.submit(priority: .high) { order.add("high") }
    gate.signal()
    executor.shutdownBlocking()
    let found = order.names
    #expect(found.count == 202)
    // One turn may go to whoever has waited longest; the next is the urgent one's.
    #expect(found.prefix(2).contains("high"))
    #expect(found.firstIndex(of: "low")! <= 3 * Int(Fairness.levelInterval))
  }

  @Test func injectedJobsDoNotWaitForLocalOnes() async throws {
    let executor = WorkStealingExecutor(.init(workerCount: 1))
    let rounds = Counter()
    let stop = Counter()
    // A job that queues itself again and again keeps the worker's own queue from ever being empty.
    @Sendable func again() {
      rounds.add()
      if stop.value == 0 { try? executor.submit { again() } }
    }
    try executor.submit { for _ in 0..<100 { again() } }
    while rounds.value < 1000 { await Task.yield() }
    try executor.runBlocking { _ = stop.add() }
    await executor.shutdown()
    #expect(stop.value == 1)
  }

  @Test func metricsCountWhatWasDone() throws {
    let executor = WorkStealingExecutor(.init(workerCount: 2))
    _ = try executor.runBlocking { JoinTests.fibonacci(20) }
    for _ in 0..<10 { try executor.runBlocking {} }
    let metrics = executor.metrics()
    executor.shutdownBlocking()
    #expect(metrics.workers.count == 2)
    #expect(metrics.forks == 10_945)
    #expect(metrics.jobsRun >= 11)
    #expect(metrics.injected == 11)
    #expect(metrics.busy > .zero)
  }

  @Test func configurationIsApplied() throws {
    let executor = WorkStealingExecutor(
      .init(workerCount: 3, name: "named", stackSize: 1 << 20, isPinned: true, topology: Topology(nodes: [[0], [1]])))
    #expect(executor.workerCount == 3 && executor.configuration.name == "named")
    #expect(try executor.runBlocking { 1 } == 1)
    executor.shutdownBlocking()
  }

  private final class Order: Sendable {
    private let list = Lock<[String]>([])
    func add(_ name: String) { list.withLock { $0.append(name) } }
    var names: [String] { list.withLock { $0 } }
  }
}

@Suite struct RegressionTests {
  @Test func aTokenIsSeenOffTheWorkersToo() {
    let token = CancellationToken()
    token.cancel()
    let visited = Counter()
    #expect(throws: CancellationError.self) {
      try withCancellation(token) { try Parallel.forEach(0..<1000) { (_) throws in visited.add() } }
    }
    #expect(visited.value == 0)
  }

  @Test func aCancelledTasksLoopStopsOffTheWorkersToo() async {
    let visited = Counter()
    let task = Task {
      unsafe withUnsafeCurrentTask { unsafe $0!.cancel() }
      try Parallel.forEach(0..<1000) { (_) throws in visited.add() }
    }
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(visited.value == 0)
  }

  /// A task lives no longer than its last reference: a child task lies in memory that its parent reuses afterwards.
  @Test func noTaskIsKeptBeyondItsEnd() async throws {
    let executor = WorkStealingExecutor(.init(workerCount: 2))
    let tally = Tracked.Tally()
    for way in 0..<4 {
      // A task owns its result.
      _ = try await Task(executorPreference: way == 1 ? nil : executor) {
        switch way {
        case 0: _ = try join({ () throws in 1 }, { () throws in 2 })
        case 1: _ = try await executor.run { try join({ () throws in 1 }, { () throws in 2 }) }
        case 2: try await withTimeout(.seconds(3600)) { await Task.yield() }
        default: try withScope { scope in scope.spawn {} }
        }
        return Tracked(way, tally)
      }.value
    }
    await executor.shutdown()
    #expect(tally.count == 0)
  }

  /// Others that always have jobs of their own never look at the queue of a worker that is blocked.
  @Test func whatABlockedWorkerHasQueuedIsRun() throws {
    let executor = WorkStealingExecutor(.init(workerCount: 1, maximumBlockingThreads: 1))
    let (hasRun, stop) = (Counter(), Counter())
    @Sendable func again() { if stop.value == 0 { try? executor.submit { again() } } }
    try executor.runBlocking {
      try executor.submit { again() }
      try executor.submit { again() }
      try executor.submit { hasRun.add() }
      blocking { while hasRun.value == 0 { sched_yield() } }
      stop.add()
    }
    executor.shutdownBlocking()
    #expect(hasRun.value == 1)
  }

  @Test func mediumIsNotStarvedByHighAndLow() throws {
    let executor = WorkStealingExecutor(.init(workerCount: 1))
    let stop = Counter()
    @Sendable func again(_ priority: TaskPriority) {
      if stop.value == 0 { try? executor.submit(priority: priority) { again(priority) } }
    }
    try executor.submit {
      again(.high)
      again(.low)
      try? executor.submit(priority: .medium) { stop.add() }
    }
    executor.shutdownBlocking()
    #expect(stop.value == 1)
  }

  @Test func everyShutdownWaitsForTheEnd() throws {
    let executor = WorkStealingExecutor(.init(workerCount: 1))
    let (started, ended, callers) = (Counter(), Counter(), Counter())
    try executor.submit {
      started.add()
      // Ends only when both callers are on their way.
      while callers.value < 2 {}
      ended.add()
    }
    while started.value == 0 {}
    DispatchQueue.concurrentPerform(iterations: 2) { _ in
      callers.add()
      executor.shutdownBlocking()
      if ended.value != 1 { Issue.record("a shutdown returned before the work had ended") }
    }
  }

  @Test func refusedSubmissionsAreNotCounted() throws {
    let executor = WorkStealingExecutor(.init(workerCount: 1))
    try executor.submit {}
    executor.shutdownBlocking()
    for _ in 0..<10 { #expect(throws: ExecutorError.self) { try executor.submit {} } }
    #expect(executor.metrics().injected == 1)
  }
}
