import Dispatch
import MillraceExecutor
import MillraceGraph
import MillracePrimitives
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

private struct Planned: Error, Equatable { let index: Int }

/// What one run has seen; plain words where the graph's edges are what orders them, so that the thread sanitizer judges the edges too.
// SAFETY: `sums[i]` is written by node `i` and read by those after it and by whoever has waited for the run; one run at a time has the board.
@safe
private final class Board: @unchecked Sendable {
  private let sums: UnsafeMutableBufferPointer<UInt64>
  private let runs: UnsafeMutableBufferPointer<UInt64>
  let failing = Atomic<Int>(-1)
  let cancelling = Atomic<Int>(-1)
  let token = Lock(CancellationToken())

  init(_ count: Int) {
    unsafe sums = .allocate(capacity: count)
    unsafe sums.initialize(repeating: 0)
    unsafe runs = .allocate(capacity: count)
    unsafe runs.initialize(repeating: 0)
  }

  deinit {
    unsafe sums.deallocate()
    unsafe runs.deallocate()
  }

  func clear() {
    unsafe sums.update(repeating: 0)
    unsafe runs.update(repeating: 0)
  }

  /// What node `index` computes: of its number and of what its predecessors computed.
  static func sum(_ index: Int, of predecessors: [Int], _ value: (Int) -> UInt64) -> UInt64 {
    predecessors.reduce(UInt64(index) &+ 1) { SplitMix64.mix($0 &+ value($1)) }
  }

  func run(_ index: Int, after predecessors: [Int]) throws {
    unsafe runs[index] += 1
    // Relaxed here and below: set before the run.
    if cancelling.load(ordering: .relaxed) == index { token.withLock { $0.cancel() } }
    if failing.load(ordering: .relaxed) == index { throw Planned(index: index) }
    unsafe sums[index] = Self.sum(index, of: predecessors) { unsafe sums[$0] }
    if index % 512 == 511 { sched_yield() }
  }

  func sum(_ index: Int) -> UInt64 { unsafe sums[index] }
  func runs(_ index: Int) -> UInt64 { unsafe runs[index] }
}

/// A random graph, kept beside it as plain lists of predecessors.
private struct Drawn {
  let count: Int
  let predecessors: [[Int]]

  init(_ random: inout Random, mostNodes: Int) {
    count = 1 + Int(random.next() % UInt64(mostNodes))
    let density = random.next() % 4
    // How far edges reach: chains, bands, anything.
    let reach = [2, 16, count][Int(random.next() % 3)]
    predecessors = (0..<count).map { node in
      guard node > 0, density > 0 else { return [] }
      return (0..<random.next() % (density * 2)).map { _ in
        node - 1 - Int(random.next() % UInt64(min(reach, node)))
      }
    }
  }

  /// Node `i` of the graph runs `body(i)`. A part of the nodes has a closure of its own, the others share one.
  func plan(_ body: @escaping @Sendable (Int) throws -> Void) throws -> Plan {
    var graph = TaskGraph()
    let bulk = count / 2
    graph.addNodes(count: bulk, body)
    for node in bulk..<count {
      let tracked = Tracked(node)
      graph.addNode { try body(tracked.value) }
    }
    var pairs: [(source: UInt32, target: UInt32)] = []
    for node in 0..<count { for other in predecessors[node] { pairs.append((UInt32(other), UInt32(node))) } }
    graph.addEdges(pairs.span)
    return try graph.finalize()
  }

  /// What every node computes when all run.
  var sums: [UInt64] {
    var all: [UInt64] = []
    for node in 0..<count { all.append(Board.sum(node, of: predecessors[node]) { all[$0] }) }
    return all
  }
}

/// Random graphs, run again and again with the same plan: to their end, with a node that throws, with one that cancels; overlapping, and from within a node.
func graphs(_ workers: Int, _ seed: UInt64) -> Int {
  var random = Random(seed)
  let executor = WorkStealingExecutor(
    .init(workerCount: workers, spinBudget: .microseconds(Int(seed % 3) * 20)))
  let other = WorkStealingExecutor(.init(workerCount: 2))
  var ran = 0
  for _ in 0..<4 {
    let drawn = Drawn(&random, mostNodes: [20, 300, 3_000][Int(random.next() % 3)])
    ran += wholeRuns(drawn, [executor, other], &random)
    ran += overlappingRuns(drawn, [executor, other], &random)
  }
  ran += nestedRuns(executor, &random)
  executor.shutdownBlocking()
  other.shutdownBlocking()
  return ran
}

/// One board and one plan, with executors that take turns: an invitation to one run may be found in the next.
private func wholeRuns(_ drawn: Drawn, _ executors: [WorkStealingExecutor], _ random: inout Random) -> Int {
  let board = Board(drawn.count)
  let sums = drawn.sums
  let place = Lock(executors[0])
  let plan = try! drawn.plan { [predecessors = drawn.predecessors] index in
    let expected = place.withLock { $0 }
    expect(WorkStealingExecutor.current === expected, "node \(index) runs on another executor than the run's")
    try board.run(index, after: predecessors[index])
  }
  var ran = 0
  for _ in 0..<12 {
    board.clear()
    let bad = Int(random.next() % UInt64(drawn.count))
    let kind = random.next() % 4
    let token = CancellationToken()
    board.token.withLock { $0 = token }
    // Relaxed: before the run.
    board.failing.store(kind == 0 ? bad : -1, ordering: .relaxed)
    board.cancelling.store(kind == 1 ? bad : -1, ordering: .relaxed)
    let executor = executors[Int(random.next() % 2)]
    place.withLock { $0 = executor }
    do {
      try executor.runBlocking { try withCancellation(token) { () throws -> Void in _ = try plan.run(on: executor) } }
      expect(kind != 0, "node \(bad) threw, and the run did not")
      for node in 0..<drawn.count {
        expect(board.runs(node) == 1, "node \(node) ran \(board.runs(node)) times")
        expect(board.sum(node) == sums[node], "node \(node) computed \(board.sum(node)) instead of \(sums[node])")
      }
    } catch let failure as NodeFailure {
      expect(kind == 0 && Int(failure.index) == bad, "expected the failure of node \(bad), found \(failure)")
      expect(failure.underlying as? Planned == Planned(index: bad), "found \(failure.underlying)")
      expect(failure.report.count(.failed) == 1, "one node failed, the report says \(failure.report)")
      checkStopped(drawn, board, sums, bad: bad, failure.report)
    } catch {
      expect(kind == 1 && error is CancellationError, "expected no error or a cancellation, found \(error)")
      checkStopped(drawn, board, sums, bad: -1, nil)
    }
    ran += (0..<drawn.count).reduce(0) { $0 + Int(board.runs($1)) }
  }
  return ran
}

/// After a run that was stopped: what ran, ran once, and after its predecessors, which had not failed.
private func checkStopped(_ drawn: Drawn, _ board: Board, _ sums: [UInt64], bad: Int, _ report: RunReport?) {
  for node in 0..<drawn.count {
    expect(board.runs(node) <= 1, "node \(node) ran \(board.runs(node)) times")
    if let report {
      let expected: NodeOutcome = node == bad ? .failed : board.runs(node) == 1 ? .ran : .notRun
      expect(
        report.outcomes[node] == expected,
        "node \(node): expected \(expected), the report says \(report.outcomes[node])")
    }
    guard board.runs(node) == 1, node != bad else { continue }
    expect(board.sum(node) == sums[node], "node \(node) computed \(board.sum(node)) instead of \(sums[node])")
  }
}

/// Threads that run one plan at the same time.
private func overlappingRuns(_ drawn: Drawn, _ executors: [WorkStealingExecutor], _ random: inout Random) -> Int {
  let times = (0..<drawn.count).map { _ in Counter() }
  let plan = try! drawn.plan { times[$0].add() }
  let threads = 4
  let rounds = 5
  withThreads(threads) { thread in
    for round in 0..<rounds {
      let results = try! plan.run(on: executors[(thread + round) % 2])
      expect(results.report.count(.ran) == drawn.count, "the report says \(results.report)")
    }
  }
  for node in 0..<drawn.count {
    expect(times[node].value == threads * rounds, "node \(node) ran \(times[node].value) times")
  }
  return drawn.count * threads * rounds
}

/// Nodes that run plans: another one, and the one that they are of, to some depth; and joins.
private func nestedRuns(_ executor: WorkStealingExecutor, _ random: inout Random) -> Int {
  let ran = Counter()
  let inner = Drawn(&random, mostNodes: 60)
  let innerPlan = try! inner.plan { _ in
    ran.add()
    let (a, b) = join({ 1 }, { 2 })
    expect(a + b == 3, "a join within a node")
  }
  let itself = Lock<Plan?>(nil)
  let depth = Lock(0)
  @Sendable func isTurn() -> Bool {
    depth.withLock {
      $0 += 1
      return $0 < 4
    }
  }
  let outer = Drawn(&random, mostNodes: 60)
  let plan = try! outer.plan { index in
    ran.add()
    if index % 8 == 0 { try innerPlan.run() }
    if index == outer.count - 1, isTurn() { try itself.withLock { $0 }!.run() }
  }
  itself.withLock { $0 = plan }
  try! executor.runBlocking { _ = try plan.run() }
  itself.withLock { $0 = nil }
  let outerRuns = 4
  let innerRuns = outerRuns * ((outer.count + 7) / 8)
  let expected = outerRuns * outer.count + innerRuns * inner.count
  expect(ran.value == expected, "nested runs: expected \(expected) nodes, found \(ran.value)")
  return expected
}
