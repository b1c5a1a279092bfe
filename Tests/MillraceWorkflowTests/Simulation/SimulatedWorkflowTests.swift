import Foundation
import MillraceTesting
import MillraceWorkflow
import Testing

/// Whole workflows in simulations: drawn definitions, every schedule the seed's, hours of waiting in no time, with and without faults of the store.
///
/// A failing test prints the seed and the line that replays it. More seeds: `MILLRACE_SEEDS=100000 swift test --traits Workflow --filter SimulatedWorkflowTests`.
@Suite struct SimulatedWorkflowTests {
  private static let seeds = ProcessInfo.processInfo.environment["MILLRACE_SEEDS"].flatMap { UInt64($0) } ?? 150
  private static let stepLimit = 1_000_000

  @Test func everyScheduleGivesWhatTheDefinitionSays() throws {
    try SimulatedExecutor.explore(seeds: 0..<Self.seeds, stepLimit: Self.stepLimit) { try await SimulatedRun($0).run() }
  }

  @Test func aFaultAtAnyWriteChangesNothingOfIt() throws {
    try SimulatedExecutor.explore(seeds: 0..<Self.seeds, stepLimit: Self.stepLimit) {
      try await SimulatedRun($0).runWithFault()
    }
  }

  @Test func theSeedDecidesEverything() throws {
    for seed in UInt64(0)..<10 {
      var hashes: Set<UInt64> = []
      for _ in 0..<2 {
        let simulator = SimulatedExecutor(seed: seed, stepLimit: Self.stepLimit)
        try simulator.run { try await SimulatedRun($0).runWithFault() }
        hashes.insert(simulator.traceHash)
      }
      #expect(hashes.count == 1, "seed \(seed)")
    }
  }

  @Test(arguments: [
    SimulatedRun.Bug.earlyAcknowledgement, .lostWakeup,
  ])
  func aPlantedBugIsFoundAndReplayed(bug: SimulatedRun.Bug) throws {
    let found = try #require(throws: SimulationError.self) {
      try SimulatedExecutor.explore(seeds: 0..<200, stepLimit: Self.stepLimit) {
        try await SimulatedRun($0, bug: bug).run()
      }
    }
    let replayed = #expect(throws: (any Error).self) {
      try SimulatedExecutor.run(seed: found.seed, stepLimit: Self.stepLimit) {
        try await SimulatedRun($0, bug: bug).run()
      }
    }
    #expect("\(try #require(replayed))" == "\(try #require(found.underlying))")
  }
}
