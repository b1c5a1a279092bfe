import MillraceExecutor
import MillraceGraph
import MillraceObserve
import Synchronization
import Testing

/// Nodes of graphs in the trace.
@Suite(.timeLimit(.minutes(60))) struct GraphTraceTests {
  private struct Planned: Error {}

  /// How often each name occurs among the boxes of one category in the trace of what `body` does, which is whole.
  private func boxes(
    _ category: String = "node", on executor: WorkStealingExecutor, _ body: () async throws -> Void
  ) async throws -> [String: Int] {
    let session = executor.startProfile()
    try await body()
    await executor.shutdown()
    let timeline = ProfileTimeline(session.stop())
    let trace = try ReadTrace(ChromeTrace(timeline).json)
    #expect(trace.complaints() == [])
    #expect(try trace.shapeComplaints() == [])
    let found = trace.of("X").filter { $0["cat"] as? String == category }
    return Dictionary(found.map { ($0["name"] as! String, 1) }, uniquingKeysWith: +)
  }

  @Test(arguments: [1, 3])
  func plainNodesShowByName(workers: Int) async throws {
    let executor = WorkStealingExecutor(.init(workerCount: workers))
    var graph = TaskGraph()
    let first = graph.addNode("first") {}
    graph.addNodes(count: 10) { _ in }
    let empty = graph.addNode("") {}
    graph.succeed(empty, first)
    for number in 0..<200 {
      let node = graph.addNode(number % 2 == 0 ? "leaf \(number)" : nil) {}
      graph.succeed(node, first)
    }
    let plan = try graph.finalize()
    let boxes = try await boxes(on: executor) { try await plan.run(times: 3, on: executor) }
    var expected = ["first": 3]
    for number in stride(from: 0, to: 200, by: 2) { expected["leaf \(number)"] = 3 }
    #expect(boxes == expected)
  }

  @Test func nodesOfEveryKindShow() async throws {
    let executor = WorkStealingExecutor(.init(workerCount: 2))
    var inner = TaskGraph()
    let value = inner.addNode("inner") { 1 }
    let innerPlan = try inner.finalize()

    let attempts = Atomic(0)
    var graph = TaskGraph()
    let source = graph.addNode("source") { 4 }
    let way = graph.addCondition("way", branches: 2) { 1 }
    graph.succeed(way, source)
    let left = graph.addNode("left") {}
    let right = graph.addNode("right") {
      // Relaxed: one attempt after the other.
      if attempts.wrappingAdd(1, ordering: .relaxed).newValue == 1 { throw Planned() }
    }
    graph.configure(right) { $0.retry = .init(attempts: 2) }
    graph.addBranch(0, of: way, to: left)
    graph.addBranch(1, of: way, to: right)
    let composed = graph.addNode("composed", running: innerPlan) { $0[value] }
    graph.succeed(composed, right)
    let slow = graph.addNode("blocking") {}
    graph.configure(slow) { $0.isBlocking = true }
    let plan = try graph.finalize()
    let boxes = try await boxes(on: executor) { try await plan.run(on: executor) }
    // The left branch was skipped, and the right one tried twice.
    #expect(boxes == ["source": 1, "way": 1, "right": 2, "composed": 1, "inner": 1, "blocking": 1])
  }

  /// A task's jobs have the node's name; what it waits for is in none of them.
  @Test func asyncNodesNameTheirJobs() async throws {
    let executor = WorkStealingExecutor(.init(workerCount: 2))
    var graph = TaskGraph()
    graph.addAsyncNode("fetch") { await Task.yield() }
    let late = graph.addAsyncNode("late") { await Task.yield() }
    graph.configure(late) { $0.timeout = .seconds(3_600) }
    let plan = try graph.finalize()
    let boxes = try await boxes("Swift job", on: executor) { try await plan.run(on: executor) }
    #expect(boxes["fetch", default: 0] >= 2)
    #expect(boxes["late", default: 0] >= 2)
  }

  @Test func nodeThatThrowsHasAnEnd() async throws {
    let executor = WorkStealingExecutor(.init(workerCount: 1))
    var graph = TaskGraph()
    let bad = graph.addNode("bad") { throw Planned() }
    let after = graph.addNode("after") {}
    graph.succeed(after, bad)
    let plan = try graph.finalize()
    let session = executor.startProfile()
    await #expect(throws: NodeFailure.self) { try await plan.run(on: executor) }
    await executor.shutdown()
    let slices = ProfileTimeline(session.stop()).slices.filter { $0.kind == .node }
    #expect(slices.map { "\($0.name?.description ?? "-") \($0.hasEnded)" } == ["bad true"])
  }

  /// A session that begins while a run of plain nodes is under way is noticed within 64 nodes.
  @Test func profileIsNoticedInTheMiddleOfARun() async throws {
    let executor = WorkStealingExecutor(.init(workerCount: 1))
    let session = Mutex<ProfileSession?>(nil)
    var graph = TaskGraph()
    var last = graph.addNode("0") {}
    for number in 1..<400 {
      let node = graph.addNode("\(number)") {
        if number == 100 { session.withLock { $0 = executor.startProfile() } }
      }
      graph.precede(last, node)
      last = node
    }
    let plan = try graph.finalize()
    try await plan.run(on: executor)
    let recording = session.withLock { $0!.stop() }
    // The run's job began before the session, so nothing but nodes is known of it.
    let names = Set(ProfileTimeline(recording).slices.filter { $0.kind == .node }.map(\.name!.description))
    #expect(names.isSuperset(of: (164..<400).map(String.init)))
    #expect(names.isDisjoint(with: (0..<100).map(String.init)))
    await executor.shutdown()
  }

  @Test func tableHasOneRowForAllNodes() async throws {
    let executor = WorkStealingExecutor(.init(workerCount: 1))
    var graph = TaskGraph()
    for number in 0..<20 { graph.addNode("row \(number)") {} }
    let plan = try graph.finalize()
    let session = executor.startProfile()
    try await plan.run(on: executor)
    await executor.shutdown()
    let report = LatencyReport(ProfileTimeline(session.stop()))
    #expect(report.row(.named, "node")?.count == 20)
    #expect(report.rows.count { $0.measure == .named } == 1)
  }
}
