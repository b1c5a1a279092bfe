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
        if outcome == .ran, node.hasValue { #expect(record.value(node.id) == expected[position].value, "node \(node.id)") }
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
    let record = Record(unit: .seconds(600))
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
}
