import Millrace
import MillraceTesting
import Testing

/// Deadlines, timeouts and the executor's clock are the simulation's.
@Suite struct SimulatedTimeTests {
  @Test func deadlinesAreOfTheSimulationsClock() throws {
    for seed in 0..<20 as Range<UInt64> {
      let simulator = SimulatedExecutor(seed: seed)
      try simulator.run { simulator in
        let start = Deadline.now
        await #expect(throws: DeadlineExceeded.self) {
          try await withTimeout(.seconds(3600)) { try await simulator.clock.wait(.seconds(7200)) }
        }
        #expect(start.duration(to: .now) == .seconds(3600))
        let value = try await withDeadline(.now + .seconds(10)) {
          try await TimerClock().wait(.seconds(9))
          #expect(Deadline.current?.remaining == .seconds(1))
          return 42
        }
        #expect(value == 42)
        #expect(!(start + .seconds(3610)).hasPassed)
      }
      #expect(simulator.clock.now.offset == .seconds(3609))
      #expect(simulator.escapeCount == 0)
    }
  }

  @Test func sleepersOfBothClocksWakeInOrder() throws {
    let log = Log()
    try SimulatedExecutor.run(seed: 3) { simulator in
      await withTaskGroup(of: Void.self) { group in
        for second in 1...3 {
          group.addTask {
            try? await TimerClock().wait(.seconds(2 * second))
            log.add("\(2 * second)")
          }
          group.addTask {
            try? await simulator.clock.wait(.seconds(2 * second - 1))
            log.add("\(2 * second - 1)")
          }
        }
      }
    }
    #expect(log.entries == ["1", "2", "3", "4", "5", "6"])
  }

  @Test func aDeadlineOutsideIsNotInherited() async throws {
    try await withTimeout(.seconds(600)) {
      try SimulatedExecutor.run(seed: 1) { simulator in
        #expect(Deadline.current == nil)
        try await withTimeout(.seconds(86_400)) { try await simulator.clock.wait(.seconds(3600)) }
      }
      #expect(Deadline.current != nil)
    }
  }

  @Test func whoStillSleepsAtTheEndIsCancelled() throws {
    let log = Log()
    try SimulatedExecutor.run(seed: 1) { simulator in
      _ = Task(executorPreference: simulator) {
        do {
          try await TimerClock().wait(.seconds(60))
        } catch {
          log.add("\(type(of: error))")
        }
      }
    }
    #expect(log.entries == ["CancellationError"])
  }

  @Test func onWorkersAndWithinEachOtherSimulationsAreThemselves() async throws {
    try await withWorkStealingExecutor(.init(workerCount: 1)) { executor in
      try await executor.run {
        try SimulatedExecutor.run(seed: 1) { simulator in
          try await simulator.clock.wait(.seconds(60))
          let outer = Deadline.now
          try SimulatedExecutor.run(seed: 2) { inner in
            try await TimerClock().wait(.seconds(5))
            #expect(inner.clock.now.offset == .seconds(5))
          }
          #expect(Deadline.now == outer)
        }
        // The worker is a worker again.
        #expect(join({ 1 }, { 2 }) == (1, 2))
      }
    }
  }
}
