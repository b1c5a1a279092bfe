import Millrace
import Testing

@Suite struct PartialRunTests {
  @Test func onlyWhatTheTargetsNeedRuns() throws {
    var graph = TaskGraph()
    let a = graph.addNode("a") { 1 }
    let b = graph.addNode("b", from: a) { $0 + 1 }
    let c = graph.addNode("c", from: a) { $0 + 10 }
    let d = graph.addNode("d", from: b, c) { $0 + $1 }
    let plan = try graph.finalize()
    let selection = plan.selection(toReach: [b])
    #expect(selection.count == 2)
    for _ in 0..<2 {
      let results = try plan.run(selection)
      #expect(results[b] == 2)
      #expect(results.outcome(of: c) == .notRun)
      #expect(results.value(of: d) == nil)
    }
    #expect(try plan.run()[d] == 13)
  }

  @Test func rerunComputesWhatDependsOnTheChange() throws {
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
    let c = graph.addNode("c", from: a, b) {
      ran.add("c")
      return $0 + $1
    }
    let d = graph.addNode("d", from: b) {
      ran.add("d")
      return $0 + 1
    }
    let plan = try graph.finalize()
    let first = try plan.run()
    #expect(first[c] == 100)
    input.add(5)
    let second = try first.rerun([a])
    #expect(second[c] == 105)
    #expect(second[d] == 101)
    #expect(second.outcome(of: d) == .ran)
    #expect(ran.all.count { $0 == "b" } == 1)
    #expect(ran.all.count { $0 == "c" } == 2)
  }
}

@Suite struct RunOverlapTests {
  @Test func runsOfOnePlanOverlap() throws {
    let executor = WorkStealingExecutor(.init(workerCount: 3))
    var graph = TaskGraph()
    let first = graph.addNode { 1 }
    let middle = (0..<50).map { number in graph.addNode(from: first) { $0 + number } }
    let sum = graph.addNode(fromAll: middle) { $0.reduce(0, +) }
    let plan = try graph.finalize()
    let right = Tally()
    onThreads(4) { _ in
      for _ in 0..<200 {
        let results = try! plan.run(on: executor)
        if results[sum] == 1275 { right.add() }
      }
    }
    executor.shutdownBlocking()
    #expect(right.value == 800)
  }

  @Test(arguments: [1, 2])
  func nodeRunsAPlan(workers: Int) throws {
    try onWorkers(workers) { executor in
      var inner = TaskGraph()
      let leaves = (0..<30).map { number in inner.addNode { number } }
      let sum = inner.addNode(fromAll: leaves) { $0.reduce(0, +) }
      let plan = try inner.finalize()
      var graph = TaskGraph()
      let outer = (0..<30).map { _ in graph.addNode { try plan.run()[sum] } }
      let total = graph.addNode(fromAll: outer) { $0.reduce(0, +) }
      let results = try graph.finalize().run(on: executor)
      #expect(results[total] == 30 * 435)
    }
  }

  @Test func valuesAreReleased() throws {
    final class Counted: Sendable {
      let tally: Tally
      init(_ tally: Tally) {
        self.tally = tally
        tally.add()
      }
      deinit { tally.add(-1) }
    }
    let alive = Tally()
    do {
      var graph = TaskGraph()
      let capture = Counted(alive)
      let value = graph.addNode { Counted(alive) }
      let used = graph.addNode(from: value) { _ in _ = capture }
      let failing = graph.addNode { throw Broken() }
      graph.precede(used, failing)
      let plan = try graph.finalize()
      for _ in 0..<3 { #expect(throws: NodeFailure.self) { try plan.run() } }
      #expect(alive.value == 1)
    }
    #expect(alive.value == 0)
  }
}
