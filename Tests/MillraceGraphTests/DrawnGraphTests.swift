import Millrace
import MillraceTesting
import Testing

/// Random graphs with everything in them against the model: in a simulation, and on workers.
@Suite struct DrawnGraphTests {
  /// Runs the graph, and compares.
  static func check(
    _ drawn: DrawnGraph, _ record: Record, run: (Plan) async throws -> Results
  ) async throws {
    let (plan, nodes) = try drawn.plan(record)
    var attempts: [Int: ClosedRange<Int>] = [:]
    let expected = drawn.expectations(&attempts)
    let failing = expected.indices.filter { expected[$0].outcome == .failed || expected[$0].outcome == .timedOut }
    do {
      let results = try await run(plan)
      #expect(drawn.policy == .continue || failing.isEmpty, "an error was lost")
      for (position, node) in drawn.nodes.enumerated() {
        let outcome = results.outcome(of: nodes[position])
        #expect(outcome == expected[position].outcome, "node \(node.id)")
        if outcome == .ran, node.hasValue {
          #expect(record.value(node.id) == expected[position].value, "node \(node.id)")
        }
      }
      #expect(results.failures.count == failing.count)
    } catch let failure as NodeFailure {
      #expect(drawn.policy == .cancel)
      #expect(failing.contains(Int(failure.index)), "node \(failure.node) failed: \(failure.underlying)")
      for (position, outcome) in failure.report.outcomes.enumerated() where outcome != .notRun {
        let node = drawn.nodes[position]
        // One that would have been tried again is not, once the run has been stopped.
        let isGivenUp = outcome == .failed && node.failures > 0
        #expect(isGivenUp || outcome == expected[position].outcome, "node \(node.id)")
      }
    }
    for id in drawn.ids {
      #expect((attempts[id] ?? 0...0).contains(record.attempts(id)), "node \(id), tried \(record.attempts(id)) times")
    }
    #expect(record.complaints == [])
  }

  static func simulate(_ drawn: DrawnGraph, seed: UInt64) throws -> (order: [String], hash: UInt64) {
    let record = Record(unit: .seconds(600), takesTime: true)
    let simulator = SimulatedExecutor(seed: seed)
    try simulator.run { _ in try await check(drawn, record) { try await $0.run() } }
    return (record.order, simulator.traceHash)
  }

  @Test(arguments: [TaskGraph.ErrorPolicy.cancel, .continue])
  func simulatedRunsComeToWhatTheModelSays(policy: TaskGraph.ErrorPolicy) throws {
    for seed in 0..<300 as Range<UInt64> {
      _ = try Self.simulate(DrawnGraph(seed: seed, policy: policy), seed: seed)
    }
  }

  @Test func replaysTakeTheSameOrderAndOtherSeedsOthers() throws {
    var graphsWithOrders = 0
    for graph in 0..<30 as Range<UInt64> {
      let drawn = DrawnGraph(seed: graph, mostNodes: 30, policy: .continue)
      var orders: Set<[String]> = []
      for seed in 0..<8 as Range<UInt64> {
        let (order, hash) = try Self.simulate(drawn, seed: seed)
        let (again, sameHash) = try Self.simulate(drawn, seed: seed)
        #expect(order == again && hash == sameHash, "graph \(graph), seed \(seed)")
        orders.insert(order)
      }
      if orders.count > 1 { graphsWithOrders += 1 }
    }
    // Some are chains, or a single node.
    #expect(graphsWithOrders > 20)
  }

  @Test(arguments: [1, 3])
  func runsOnWorkersComeToWhatTheModelSays(workers: Int) async throws {
    try await withWorkStealingExecutor(.init(workerCount: workers)) { executor in
      for seed in 0..<150 as Range<UInt64> {
        let record = Record(unit: .microseconds(50))
        let drawn = DrawnGraph(seed: seed, mostNodes: 30, policy: seed % 2 == 0 ? .cancel : .continue)
        try await Self.check(drawn, record) { try await $0.run(on: executor) }
      }
    }
  }

  // MARK: A part of a graph

  /// Runs what some nodes need, and compares; the others are not to be run.
  static func checkSelection(
    _ drawn: DrawnGraph, _ record: Record, targets: [Int], run: (Plan, Plan.Selection) async throws -> Results
  ) async throws {
    let (plan, nodes) = try drawn.plan(record)
    var attempts: [Int: ClosedRange<Int>] = [:]
    let expected = drawn.expectations(&attempts)
    let selected = drawn.reachable(from: targets) { drawn.nodes[$0].predecessors }
    let selection = plan.selection(toReach: targets.map { nodes[$0] })
    #expect(selection.count == selected.count)
    let results = try await run(plan, selection)
    for (position, node) in drawn.nodes.enumerated() {
      let outcome = results.outcome(of: nodes[position])
      #expect(outcome == (selected.contains(position) ? expected[position].outcome : .notRun), "node \(node.id)")
      if !selected.contains(position) { #expect(record.attempts(node.id) == 0) }
    }
    #expect(record.complaints == [])
  }

  @Test func aPartIsRunAloneInASimulationAndOnWorkers() async throws {
    try await withWorkStealingExecutor(.init(workerCount: 2)) { executor in
      for seed in 0..<100 as Range<UInt64> {
        let drawn = DrawnGraph(seed: seed, mostNodes: 20, policy: .continue)
        let targets = [Int(seed) % drawn.nodes.count, Int(seed) / 3 % drawn.nodes.count]
        try SimulatedExecutor.run(seed: seed) { _ in
          try await Self.checkSelection(drawn, Record(unit: .seconds(600), takesTime: true), targets: targets) {
            try await $0.run($1)
          }
        }
        try await Self.checkSelection(drawn, Record(unit: .microseconds(20)), targets: targets) {
          try await $0.run($1, on: executor)
        }
      }
    }
  }

  @Test func whatRunsAgainFaresAsBefore() throws {
    try onWorkers(2) { executor in
      for seed in 0..<200 as Range<UInt64> {
        let drawn = DrawnGraph(seed: seed, mostNodes: 20, policy: .continue)
        let record = Record(unit: .microseconds(20))
        let (plan, nodes) = try drawn.plan(record)
        var attempts: [Int: ClosedRange<Int>] = [:]
        let expected = drawn.expectations(&attempts)
        let changed = Int(seed) % drawn.nodes.count
        let again = drawn.reachable(from: [changed]) { position in
          drawn.nodes.indices.filter { drawn.nodes[$0].predecessors.contains(position) }
        }
        let first = try plan.run(on: executor)
        record.forget(again.flatMap { [drawn.nodes[$0].id] + (drawn.nodes[$0].inner?.ids ?? []) })
        let second = try first.rerun([nodes[changed]], on: executor)
        for (position, node) in drawn.nodes.enumerated() {
          #expect(second.outcome(of: nodes[position]) == expected[position].outcome, "seed \(seed), node \(node.id)")
        }
      }
    }
  }
}

extension DrawnGraph {
  /// Positions that can be reached, and `starts`.
  func reachable(from starts: [Int], _ neighbours: (Int) -> [Int]) -> Set<Int> {
    var (reached, stack) = (Set(starts), starts)
    while let position = stack.popLast() {
      for next in neighbours(position) where reached.insert(next).inserted { stack.append(next) }
    }
    return reached
  }
}
