import Millrace
import Testing

@testable import MillraceGraph

/// A report of a run that never was, with times by hand.
func report(
  _ plan: Plan, _ times: [(start: Int64, end: Int64, worker: Int32)?], of duration: Int64,
  outcomes: [UInt32: NodeOutcome] = [:]
) -> RunReport {
  let list = NodeTimes(count: plan.count)
  for (node, time) in times.enumerated() {
    list[node] = time.map { .init(start: $0.start, end: $0.end, worker: $0.worker) }
  }
  list.duration = duration
  return RunReport(
    plan.storage, (0..<UInt32(plan.count)).map { outcomes[$0] ?? .ran }, RunTimeline(list, of: plan.storage))
}

@Suite struct RunTimelineTests {
  private func timeline(of results: borrowing Results) throws -> RunTimeline {
    let found = results.timeline
    return try #require(found)
  }

  @Test(arguments: [1, 3])
  func everyNodeOfATimedRunHasItsTime(workers: Int) throws {
    try onWorkers(workers) { executor in
      var graph = TaskGraph()
      let nodes = graph.addNodes(count: 2_000) { _ in }
      for index in 1..<nodes.count { graph.addEdge(from: nodes[(index - 1) / 2].untyped, to: nodes[index].untyped) }
      let sum = graph.addNode("sum") { 7 }
      graph.succeed(sum, nodes[1_999])
      let plan = try graph.finalize()
      #expect(plan.storage.isPlain)
      let results = try plan.run(on: executor, isTimed: true)
      #expect(results[sum] == 7)
      let timeline = try self.timeline(of: results)
      #expect(timeline.nodes.count == plan.count)
      #expect(timeline[sum]?.name == "sum" && timeline.nodes.last?.end ?? .zero <= timeline.duration)
      for index in 0..<nodes.count {
        let time = try #require(timeline[nodes[index]])
        #expect(time.start >= .zero && time.start <= time.end && time.end <= timeline.duration)
        #expect((0..<workers).contains(time.worker ?? -1))
        if index > 0 { #expect(try #require(timeline[nodes[(index - 1) / 2]]).end <= time.start) }
      }
      let starts = timeline.nodes.map(\.start)
      #expect(starts == starts.sorted())
      if workers == 1 { #expect(timeline.parallelism().maximum <= 1) }
    }
  }

  @Test func onlyARunThatWasAskedToIsTimed() throws {
    var graph = TaskGraph()
    let node = graph.addNode("a") {}
    let plan = try graph.finalize()
    do { #expect(try plan.run().timeline == nil) }
    do { #expect(try plan.run(isTimed: true).timeline?[node] != nil) }
    // The same block, used again.
    do { #expect(try plan.run().timeline == nil) }
  }

  @Test func nodesWithoutAWorkerAreTimed() async throws {
    var inner = TaskGraph()
    inner.addNode {}
    let part = try inner.finalize()
    let rounds = Tally()
    var graph = TaskGraph()
    let task = graph.addAsyncNode("task") { await Task.yield() }
    let loop = graph.addLoop("loop", running: part, atMost: 5) { _ in rounds.add() == 3 }
    let after = graph.addNode("after") {}
    graph.succeed(after, task, loop)
    let results = try await graph.finalize().run(isTimed: true)
    let timeline = try self.timeline(of: results)
    let (first, second, last) = try (
      #require(timeline[task]), #require(timeline[loop]), #require(timeline[after])
    )
    #expect(first.worker == nil && second.worker == nil && last.worker != nil)
    #expect(first.end <= last.start && second.end <= last.start && rounds.value == 3)
  }

  @Test func skippedNodesHaveNoTimeAndFailedOnesDo() throws {
    let attempts = Tally()
    var graph = TaskGraph()
    graph.errorPolicy = .continue
    let bad = graph.addNode("bad") {
      attempts.add()
      throw Broken()
    }
    graph.configure(bad) { $0.retry = .init(attempts: 2) }
    let after = graph.addNode("after") {}
    graph.precede(bad, after)
    let results = try graph.finalize().run(isTimed: true)
    let timeline = try self.timeline(of: results)
    #expect(attempts.value == 2 && timeline[bad] != nil && timeline[after] == nil)
    #expect(timeline.criticalPath().nodes.map(\.name) == ["bad"])
  }

  @Test func failureTellsTheTimes() throws {
    var graph = TaskGraph()
    let bad = graph.addNode("bad") { throw Broken() }
    let plan = try graph.finalize()
    let failure = try #require(throws: NodeFailure.self) { try plan.run(isTimed: true) }
    #expect(failure.report.timeline?[bad] != nil)
  }

  @Test func partsOfAPlanAreTimed() throws {
    var graph = TaskGraph()
    let (a, b, c) = (graph.addNode("a") { 1 }, graph.addNode("b") { 2 }, graph.addNode("c") { 3 })
    graph.precede(a, b)
    let plan = try graph.finalize()
    let results = try plan.run(plan.selection(toReach: [b]), isTimed: true)
    do {
      let timeline = try self.timeline(of: results)
      #expect(timeline[a] != nil && timeline[b] != nil && timeline[c] == nil)
    }
    let again = try results.rerun([b], isTimed: true)
    let timeline = try self.timeline(of: again)
    #expect(timeline[a] == nil && timeline[b] != nil)
  }

  /// a (10) and b (30) before c (20), which d (5) and e (40, of its own) wait for or not.
  @Test func criticalPathAndParallelismByHand() throws {
    var graph = TaskGraph()
    let (a, b, c) = (graph.addNode("a") {}, graph.addNode("b") {}, graph.addNode("c") {})
    let d = graph.addNode("d") {}
    graph.addNode("e") {}
    graph.succeed(c, a, b)
    graph.precede(c, d)
    let plan = try graph.finalize()
    let timeline = try #require(
      report(plan, [(0, 10, 0), (0, 30, 1), (30, 50, 0), (55, 60, 0), (10, 50, 1)], of: 60).timeline)
    let path = timeline.criticalPath()
    #expect(path.nodes.map(\.name) == ["b", "c", "d"] && path.length == .nanoseconds(55))
    let parallelism = timeline.parallelism()
    #expect(parallelism.maximum == 2 && parallelism.average == 105.0 / 60)
    #expect(parallelism.steps.map(\.time) == [0, 50, 55, 60].map { .nanoseconds($0) })
    #expect(parallelism.steps.map(\.running) == [2, 0, 1, 0])
  }

  @Test func criticalPathGoesThroughSkippedNodes() throws {
    var graph = TaskGraph()
    let (a, b, c) = (graph.addNode("a") {}, graph.addNode("b") {}, graph.addNode("c") {})
    graph.precede(a, b)
    graph.precede(b, c)
    let plan = try graph.finalize()
    let timeline = try #require(report(plan, [(0, 10, 0), nil, (10, 12, 0)], of: 12).timeline)
    #expect(timeline.criticalPath().nodes.map(\.name) == ["a", "c"])
    #expect(timeline.criticalPath().length == .nanoseconds(12))
  }

  @Test func nothingTakesNoTime() throws {
    let results = try TaskGraph().finalize().run(isTimed: true)
    let timeline = try self.timeline(of: results)
    #expect(timeline.nodes.isEmpty && timeline.criticalPath().nodes.isEmpty)
    #expect(timeline.parallelism().maximum == 0 && timeline.parallelism().steps.isEmpty)
  }
}
