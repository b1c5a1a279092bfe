import Millrace
import Synchronization
import Testing

struct Broken: Error, Equatable { var number = 0 }

/// Counts, from any thread.
final class Tally: Sendable {
  private let count = Atomic<Int>(0)
  private let most = Atomic<Int>(0)
  @discardableResult
  func add(_ amount: Int = 1) -> Int {
    let new = count.wrappingAdd(amount, ordering: .sequentiallyConsistent).newValue
    most.max(new, ordering: .sequentiallyConsistent)
    return new
  }
  var value: Int { count.load(ordering: .sequentiallyConsistent) }
  var peak: Int { most.load(ordering: .sequentiallyConsistent) }
}

/// The names of nodes, in the order in which they ran.
final class Log: Sendable {
  private let names = Mutex<[String]>([])
  func add(_ name: String) { names.withLock { $0.append(name) } }
  var all: [String] { names.withLock { $0 } }
}

/// A run on workers of its own.
func onWorkers<R>(_ count: Int, _ body: (WorkStealingExecutor) throws -> R) rethrows -> R {
  let executor = WorkStealingExecutor(.init(workerCount: count))
  defer { executor.shutdownBlocking() }
  return try body(executor)
}

@Suite struct GraphErrorTests {
  @Test func cycleIsNamed() throws {
    var graph = TaskGraph()
    let a = graph.addNode("a") {}
    let b = graph.addNode("b") {}
    let c = graph.addNode("c") {}
    let d = graph.addNode("d") {}
    graph.precede(a, b)
    graph.precede(b, c)
    graph.precede(c, b, d)
    do {
      _ = try graph.finalize()
      Issue.record("a graph with a cycle was finalized")
    } catch {
      #expect(error.code == .cycle)
      #expect(Set(error.nodes) == ["b", "c"])
      #expect(error.description == "the graph has a cycle: \(error.nodes[0]) → \(error.nodes[1]) → \(error.nodes[0])")
    }
  }

  @Test func nodeOfItselfIsACycle() {
    var graph = TaskGraph()
    let a = graph.addNode("a") {}
    graph.precede(a, a)
    do {
      _ = try graph.finalize()
      Issue.record("a graph with a cycle was finalized")
    } catch {
      #expect(error.nodes == ["a"])
    }
  }

  @Test(arguments: [1, 3])
  func errorStopsTheRunAndNamesTheNode(workers: Int) throws {
    try onWorkers(workers) { executor in
      let ran = Tally()
      let isBroken = Tally()
      var graph = TaskGraph()
      let first = graph.addNode("first") { ran.add() }
      let bad = graph.addNode("bad") { if isBroken.value == 0 { throw Broken(number: 7) } }
      let after = graph.addNode("after") { ran.add() }
      let last = graph.addNode("last") { ran.add() }
      graph.precede(first, bad)
      graph.precede(bad, after)
      graph.precede(after, last)
      let plan = try graph.finalize()
      do {
        try plan.run(on: executor)
        Issue.record("the error was lost")
      } catch let failure as NodeFailure {
        #expect(failure.node == "bad")
        #expect(failure.underlying as? Broken == Broken(number: 7))
        #expect(failure.report.names(.notRun) == ["after", "last"])
        #expect(failure.report.names(.ran) == ["first"])
        #expect("\(failure)" == "bad failed: Broken(number: 7) (1 ran, 1 failed, 2 not run)")
      }
      #expect(ran.value == 1)
      isBroken.add()
      let results = try plan.run(on: executor)
      #expect(results.report.count(.ran) == 4)
      #expect(ran.value == 4)
    }
  }

  @Test func othersGoOnWhenThePolicySaysSo() throws {
    try onWorkers(2) { executor in
      var graph = TaskGraph()
      graph.errorPolicy = .continue
      let bad = graph.addNode("bad") { () throws -> Int in throw Broken() }
      let child = graph.addNode("child", from: bad) { $0 + 1 }
      let grandchild = graph.addNode("grandchild", from: child) { $0 + 1 }
      let other = graph.addNode("other") { 5 }
      let cleaner = graph.addNode("cleaner") {}
      graph.succeed(cleaner, grandchild, other)
      graph.configure(cleaner) { $0.trigger = .always }
      let results = try graph.finalize().run(on: executor)
      #expect(results.outcome(of: bad) == .failed)
      #expect(results.outcome(of: child) == .skipped)
      #expect(results.outcome(of: grandchild) == .skipped)
      #expect(results.value(of: child) == nil)
      #expect(results[other] == 5)
      #expect(results.outcome(of: cleaner) == .ran)
      #expect(results.failures.map(\.node) == ["bad"])
    }
  }

  @Test func cancelledTokenStopsARun() throws {
    try onWorkers(2) { executor in
      let token = CancellationToken()
      let ran = Tally()
      var graph = TaskGraph()
      var last: TaskGraph.Node<Void> = graph.addNode { if ran.add() == 1 { token.cancel() } }
      for _ in 0..<10_000 {
        let next: TaskGraph.Node<Void> = graph.addNode { ran.add() }
        graph.precede(last, next)
        last = next
      }
      let plan = try graph.finalize()
      #expect(throws: CancellationError.self) {
        try executor.runBlocking { try withCancellation(token) { _ = try plan.run() } }
      }
      #expect(ran.value < 10_000)
      let before = ran.value
      try plan.run(on: executor)
      #expect(ran.value == before + 10_001)
    }
  }

  @Test func deadlineStopsARun() throws {
    try onWorkers(2) { executor in
      var graph = TaskGraph()
      let endless = graph.addNode("endless") {
        try Parallel.forEach(0..<Int.max) { (_) throws in }
      }
      let after = graph.addNode("after") {}
      graph.precede(endless, after)
      let plan = try graph.finalize()
      #expect(throws: DeadlineExceeded.self) { try plan.run(on: executor, deadline: .now + .milliseconds(5)) }
    }
  }
}

@Suite struct GraphFlowTests {
  @Test(arguments: [1, 2, 4])
  func conditionRunsItsBranchOnly(workers: Int) throws {
    try onWorkers(workers) { executor in
      for choice in 0..<3 {
        var graph = TaskGraph()
        let kind = graph.addCondition("kind", branches: 3) { choice }
        let zero = graph.addNode("zero") {}
        let one = graph.addNode("one") { 1 }
        let behindOne = graph.addNode("behind one", from: one) { $0 + 10 }
        let oneOrTwo = graph.addNode("one or two") {}
        let end = graph.addNode("end") {}
        graph.addBranch(0, of: kind, to: zero)
        graph.addBranch(1, of: kind, to: one)
        graph.addBranch(1, of: kind, to: oneOrTwo)
        graph.addBranch(2, of: kind, to: oneOrTwo)
        graph.succeed(end, zero, behindOne, oneOrTwo)
        graph.configure(end) { $0.trigger = .anyRan }
        let results = try graph.finalize().run(on: executor)
        #expect(results[kind] == choice)
        #expect(results.outcome(of: zero) == (choice == 0 ? .ran : .skipped))
        #expect(results.outcome(of: one) == (choice == 1 ? .ran : .skipped))
        #expect(results.value(of: behindOne) == (choice == 1 ? 11 : nil))
        #expect(results.outcome(of: oneOrTwo) == (choice == 0 ? .skipped : .ran))
        #expect(results.outcome(of: end) == .ran)
      }
    }
  }

  @Test func branchThatIsNotThereIsAnError() throws {
    var graph = TaskGraph()
    graph.addCondition("kind", branches: 2) { 2 }
    let plan = try graph.finalize()
    do {
      try plan.run()
      Issue.record("branch 2 of 2 was taken")
    } catch let failure as NodeFailure {
      #expect("\(failure.underlying)" == "condition kind chose branch 2; it has 2, numbered from 0")
    }
  }

  @Test(arguments: [Duration.zero, .milliseconds(1)])
  func retriesUntilItSucceeds(delay: Duration) throws {
    try onWorkers(1) { executor in
      let attempts = Tally()
      var graph = TaskGraph()
      let flaky = graph.addNode("flaky") { () throws -> Int in
        let number = attempts.add()
        if number < 3 { throw Broken(number: number) }
        return number
      }
      graph.configure(flaky) { $0.retry = .init(attempts: 3, delay: delay) }
      let plan = try graph.finalize()
      let results = try plan.run(on: executor)
      #expect(results[flaky] == 3)
    }
  }

  @Test func lastAttemptsErrorIsTheNodes() throws {
    try onWorkers(2) { executor in
      let attempts = Tally()
      var graph = TaskGraph()
      let flaky = graph.addNode("flaky") { throw Broken(number: attempts.add()) }
      graph.configure(flaky) { $0.retry = .init(attempts: 3) { ($0 as? Broken)?.number != 2 } }
      let plan = try graph.finalize()
      do {
        try plan.run(on: executor)
        Issue.record("the error was lost")
      } catch let failure as NodeFailure {
        #expect(failure.underlying as? Broken == Broken(number: 2))
      }
    }
  }

  @Test(arguments: [1, 4])
  func limitIsNeverExceeded(workers: Int) throws {
    try onWorkers(workers) { executor in
      let (both, one) = (ResourceLimit("both", count: 2), ResourceLimit("one", count: 1))
      let (inBoth, inOne, ran) = (Tally(), Tally(), Tally())
      var graph = TaskGraph()
      for number in 0..<60 {
        let node = graph.addNode("\(number)") {
          inBoth.add()
          if number % 3 == 0 { inOne.add() }
          sum(to: 2_000)
          if number % 3 == 0 { inOne.add(-1) }
          inBoth.add(-1)
          ran.add()
        }
        graph.configure(node) { $0.limits = number % 3 == 0 ? (number % 2 == 0 ? [one, both] : [both, one]) : [both] }
      }
      let plan = try graph.finalize()
      try plan.run(times: 5, on: executor)
      #expect(ran.value == 300)
      #expect(inBoth.peak <= 2)
      #expect(inOne.peak == 1)
    }
  }

  @Test func limitHoldsAcrossOverlappingRuns() throws {
    let executor = WorkStealingExecutor(.init(workerCount: 4))
    let limit = ResourceLimit("one", count: 1)
    let inside = Tally()
    var graph = TaskGraph()
    for _ in 0..<20 {
      let node = graph.addNode {
        inside.add()
        sum(to: 1_000)
        inside.add(-1)
      }
      graph.configure(node) { $0.limits = [limit] }
    }
    let plan = try graph.finalize()
    onThreads(3) { _ in for _ in 0..<10 { try! plan.run(on: executor) } }
    executor.shutdownBlocking()
    #expect(inside.peak == 1)
  }

  @Test func stoppedRunGivesUpWaitingForUnits() throws {
    try onWorkers(2) { executor in
      let limit = ResourceLimit("one", count: 1)
      var graph = TaskGraph()
      let holder = graph.addAsyncNode("holder") { try await untilCancelled() }
      let waiter = graph.addNode("waiter") {}
      for node in [holder, waiter] { graph.configure(node) { $0.limits = [limit] } }
      let plan = try graph.finalize()
      #expect(throws: DeadlineExceeded.self) { try plan.run(on: executor, deadline: .now + .milliseconds(20)) }
    }
  }

  @Test func priorityOrdersReadyNodes() throws {
    try onWorkers(1) { executor in
      let log = Log()
      var graph = TaskGraph()
      let start = graph.addNode("start") {}
      for (name, priority) in [("low", NodeOptions.Priority.low), ("medium", .medium), ("high", .high)] {
        let node = graph.addNode(name) { log.add(name) }
        graph.configure(node) { $0.priority = priority }
        graph.precede(start, node)
      }
      try graph.finalize().run(on: executor)
      #expect(log.all == ["high", "medium", "low"])
    }
  }

  @Test(arguments: [1, 2])
  func asyncNodesHoldNoWorker(workers: Int) throws {
    try onWorkers(workers) { executor in
      // Each waits for the next one to have begun: they must all be under way at the same time.
      let begun = Tally()
      var graph = TaskGraph()
      let numbers = (0..<20).map { number in
        graph.addAsyncNode("\(number)") { () async throws -> Int in
          begun.add()
          while begun.value < 20 { await Task.yield() }
          return number
        }
      }
      let sum = graph.addNode("sum", fromAll: numbers) { $0.reduce(0, +) }
      let plan = try graph.finalize()
      let results = try plan.run(on: executor)
      #expect(results[sum] == 190)
    }
  }

  @Test func asyncRunSuspendsItsTask() async throws {
    let executor = WorkStealingExecutor(.init(workerCount: 2))
    var graph = TaskGraph()
    let one = graph.addAsyncNode("one") { 1 }
    let two = graph.addNode("two", from: one) { $0 + 1 }
    let plan = try graph.finalize()
    for _ in 0..<50 {
      let results = try await plan.run(on: executor)
      #expect(results[two] == 2)
    }
    await executor.shutdown()
    await #expect(throws: ExecutorError.self) { _ = try await plan.run(on: executor) }
  }

  @Test func cancellingTheTaskStopsAnAsyncRun() async throws {
    let executor = WorkStealingExecutor(.init(workerCount: 2))
    var graph = TaskGraph()
    let begun = Tally()
    let endless = graph.addAsyncNode("endless") {
      begun.add()
      try await untilCancelled()
    }
    let after = graph.addNode("after") {}
    graph.precede(endless, after)
    let plan = try graph.finalize()
    let task = Task { _ = try await plan.run(on: executor) }
    while begun.value == 0 { await Task.yield() }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    await executor.shutdown()
  }

  @Test func timedOutAttemptIsTriedAgain() throws {
    try onWorkers(2) { executor in
      let attempts = Tally()
      var graph = TaskGraph()
      graph.errorPolicy = .continue
      let slowOnce = graph.addAsyncNode("slow once") { () async throws -> Int in
        if attempts.add() == 1 { try await untilCancelled() }
        return attempts.value
      }
      let slowLoop = graph.addNode("slow loop") { try Parallel.forEach(0..<Int.max) { (_) throws in } }
      graph.configure(slowOnce) {
        $0.timeout = .milliseconds(10)
        $0.retry = .init(attempts: 2)
      }
      graph.configure(slowLoop) { $0.timeout = .milliseconds(10) }
      let results = try graph.finalize().run(on: executor)
      #expect(results[slowOnce] == 2)
      #expect(results.outcome(of: slowLoop) == .timedOut)
    }
  }

  @Test(arguments: [1, 3])
  func subgraphsNest(workers: Int) throws {
    try onWorkers(workers) { executor in
      @Sendable func build(_ graph: inout TaskGraph, _ depth: Int) -> TaskGraph.Node<Int> {
        if depth == 0 { return graph.addNode { 1 } }
        let children = (0..<3).map { child in
          graph.addSubgraph("\(depth).\(child)") { (graph: inout TaskGraph) in build(&graph, depth - 1) }
        }
        return graph.addNode("sum \(depth)", fromAll: children) { $0.reduce(0, +) }
      }
      var graph = TaskGraph()
      let total = build(&graph, 5)
      let plan = try graph.finalize()
      for _ in 0..<3 {
        let results = try plan.run(on: executor)
        #expect(results[total] == 243)
      }
    }
  }

  @Test func errorInASubgraphNamesBoth() throws {
    var graph = TaskGraph()
    graph.addSubgraph("outer") { (graph: inout TaskGraph) in
      graph.addNode("inner") { () throws -> Int in throw Broken() }
    }
    let plan = try graph.finalize()
    do {
      try plan.run()
      Issue.record("the error was lost")
    } catch let failure as NodeFailure {
      #expect(failure.node == "outer")
      #expect((failure.underlying as? NodeFailure)?.node == "inner")
    }
  }

  @Test func loopRunsUntilItsConditionHolds() throws {
    let counter = Tally()
    var inner = TaskGraph()
    let count = inner.addNode("count") { counter.add() }
    let step = try inner.finalize()
    var graph = TaskGraph()
    let loop = graph.addLoop("loop", running: step, atMost: 100, until: { $0[count] >= 7 }, output: { $0[count] })
    let bounded = graph.addLoop("bounded", running: step, atMost: 3, until: { _ in false }, output: { $0[count] })
    graph.precede(loop, bounded)
    let results = try graph.finalize().run()
    #expect(results[loop] == 7)
    #expect(results[bounded] == 10)
  }

  @Test func planIsANode() throws {
    var inner = TaskGraph()
    let value = inner.addNode("value") { 21 }
    let plan = try inner.finalize()
    var graph = TaskGraph()
    let first = graph.addNode("first", running: plan) { $0[value] }
    let second = graph.addNode("second", running: plan) { $0[value] }
    let both = graph.addNode("both", from: first, second) { $0 + $1 }
    let results = try graph.finalize().run()
    #expect(results[both] == 42)
  }
}

/// Keeps a thread busy.
func sum(to count: Int) {
  var sum = 0
  for index in 0..<count { sum &+= index &* index }
  withExtendedLifetime(sum) {}
}

/// Waits for the task's cancellation.
func untilCancelled() async throws {
  let (stream, continuation) = AsyncStream<Never>.makeStream()
  for await _ in stream {}
  withExtendedLifetime(continuation) {}
  throw CancellationError()
}
