import Dispatch
import MillraceExecutor
import MillracePrimitives
import Synchronization
import Testing

@testable import MillraceGraph

/// What surrounds a run: cancellation, the executor it is on, runs within runs, graphs of odd sizes.
@Suite struct RunTests {
  private struct Planned: Error {}

  @Test func nothingRunsInACancelledScope() throws {
    let ran = Times()
    var graph = TaskGraph()
    graph.addNodes(count: 10) { _ in ran.add() }
    let plan = try graph.finalize()
    let token = CancellationToken()
    token.cancel()
    #expect(throws: CancellationError.self) {
      try withCancellation(token) { () throws -> Void in try plan.run() }
    }
    #expect(ran.value == 0)
    try plan.run()
    #expect(ran.value == 10)
  }

  /// A worker that was asked to help with an earlier run, on its executor, comes when the next one is on another.
  @Test func helpersOfAnotherExecutorDoNotTakePart() throws {
    let home = WorkStealingExecutor(.init(workerCount: 1))
    let stranger = WorkStealingExecutor(.init(workerCount: 1))
    defer {
      home.shutdownBlocking()
      stranger.shutdownBlocking()
    }
    let run = Lock<GraphRun?>(nil)
    let atHome = Times()
    let away = Times()
    var graph = TaskGraph()
    let first = graph.addNode {
      atHome.add()
      // The late helper, while the run goes on and has work for it.
      try stranger.runBlocking { run.withLock { $0 }!.takePart(CurrentWorker.withStack!) }
    }
    for _ in 0..<100 {
      let other = graph.addNode { if WorkStealingExecutor.current === home { atHome.add() } else { away.add() } }
      graph.precede(first, other)
    }
    // Sources that nobody has taken when the first one runs.
    for _ in 0..<100 { graph.addNode { if WorkStealingExecutor.current === home { atHome.add() } else { away.add() } } }
    let plan = try graph.finalize()
    let block = plan.storage.takeRun()
    run.withLock { $0 = block }
    plan.storage.giveBack(block)
    try plan.run(on: home)
    run.withLock { $0 = nil }
    #expect(away.value == 0)
    #expect(atHome.value == 201)
  }

  /// Workers that help see that the task which waits for the run has been cancelled.
  @Test func helpersAreInTheCallersTask() async throws {
    let executor = WorkStealingExecutor(.init(workerCount: 2))
    let run = Lock<GraphRun?>(nil)
    let seen = Times()
    // The other worker is kept away until then.
    let isBusy = DispatchSemaphore(value: 0)
    let gate = DispatchSemaphore(value: 0)
    try executor.submit {
      isBusy.signal()
      gate.wait()
    }
    Self.wait(isBusy)
    var graph = TaskGraph()
    graph.addNode {
      unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
      gate.signal()
      let helped = DispatchSemaphore(value: 0)
      let block = run.withLock { $0 }!
      try executor.submit {
        block.takePart(CurrentWorker.withStack!)
        helped.signal()
      }
      helped.wait()
    }
    for _ in 0..<3 { graph.addNode { seen.add() } }
    let plan = try graph.finalize()
    let block = plan.storage.takeRun()
    run.withLock { $0 = block }
    plan.storage.giveBack(block)
    // Timed: others may join from the start, and not only when the caller has asked somebody.
    let task = Task(executorPreference: executor) { _ = try plan.run(isTimed: true) }
    await #expect(throws: CancellationError.self) { try await task.value }
    // The helper came when the task had been cancelled: it started none of them.
    #expect(seen.value == 0)
    run.withLock { $0 = nil }
    await executor.shutdown()
  }

  @Test func emptyGraphRuns() throws {
    let plan = try TaskGraph().finalize()
    for _ in 0..<3 {
      let results = try plan.run()
      #expect(results.report.outcomes.isEmpty)
    }
  }

  @Test func nodeRunsItsOwnPlan() throws {
    let itself = Lock<Plan?>(nil)
    let depth = Times()
    var graph = TaskGraph()
    let first = graph.addNode {
      depth.add()
      if depth.value < 10 { try itself.withLock { $0 }!.run() }
    }
    let last = graph.addNode { depth.add() }
    graph.precede(first, last)
    let plan = try graph.finalize()
    itself.withLock { $0 = plan }
    defer { itself.withLock { $0 = nil } }
    try plan.run()
    // Nine runs within runs; of each, the last node follows.
    #expect(depth.value == 20)
  }

  /// Values, captures and errors are released: of runs that end, that throw, and of results that outlive the plan.
  @Test func everythingIsReleased() throws {
    let alive = Alive()
    do {
      let isBad = Atomic2(false)
      var graph = TaskGraph()
      let capture = Alive.Member(alive)
      let first = graph.addNode { Alive.Member(alive) }
      let second = graph.addNode(from: first) { ($0, Alive.Member(alive)) }
      let third = graph.addNode(from: second) { _ -> Alive.Member in
        if isBad.value { throw Failing(member: Alive.Member(alive)) }
        return capture
      }
      graph.addNodes(count: 3) { _ in _ = capture }
      let handle = third
      var plan: Plan? = try graph.finalize()
      for round in 0..<10 {
        isBad.value = round % 2 == 1
        do {
          try plan!.run()
          #expect(round % 2 == 0)
        } catch {
          #expect(error is NodeFailure && round % 2 == 1)
        }
      }
      isBad.value = false
      let results = try plan!.run()
      plan = nil
      #expect(results[handle].isAlive)
    }
    #expect(alive.count == 0)
  }

  private static func wait(_ semaphore: DispatchSemaphore) { semaphore.wait() }

  private struct Failing: Error { let member: Alive.Member }

  private final class Times: Sendable {
    private let count = Atomic<Int>(0)
    // Relaxed: a count.
    func add() { count.wrappingAdd(1, ordering: .relaxed) }
    var value: Int { count.load(ordering: .relaxed) }
  }

  private final class Atomic2: Sendable {
    private let flag: Atomic<Bool>
    init(_ value: Bool) { flag = Atomic(value) }
    // Relaxed: set between runs.
    var value: Bool {
      get { flag.load(ordering: .relaxed) }
      set { flag.store(newValue, ordering: .relaxed) }
    }
  }

  private final class Alive: Sendable {
    private let members = Atomic<Int>(0)
    // Relaxed: a count.
    var count: Int { members.load(ordering: .relaxed) }

    final class Member: Sendable {
      private let group: Alive
      let isAlive = true
      // Relaxed: a count.
      init(_ group: Alive) {
        self.group = group
        group.members.wrappingAdd(1, ordering: .relaxed)
      }
      deinit { group.members.wrappingSubtract(1, ordering: .relaxed) }
    }
  }
}
