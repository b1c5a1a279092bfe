import Millrace
import MillraceTesting
import Synchronization
import Testing

@Suite struct SimulatedPipelineTests {
  private struct Seen {
    var visits = 0
    var underWay = 0
    var mostUnderWay = 0
  }

  /// Stages of every kind, drawn by the seed, against what must come of the elements.
  @Test func elementsComeToWhatTheyShould() throws {
    for seed in 0..<200 as Range<UInt64> {
      let seen = Mutex(Seen())
      let count = Int(seed % 7)
      let tokens = 1 + Int(seed % 4)
      let simulator = SimulatedExecutor(seed: seed)
      let results = try simulator.run { _ in
        var pipeline = Pipeline.source("numbers", state: 0) { next -> Int? in
          guard next < count else { return nil }
          seen.withLock { seen in
            seen.underWay += 1
            seen.mostUnderWay = max(seen.mostUnderWay, seen.underWay)
          }
          next += 1
          return next
        }
        for stage in 0..<3 {
          @Sendable func work(_ element: Int) -> Int {
            seen.withLock { $0.visits += 1 }
            return element + 100
          }
          switch (seed >> UInt64(2 * stage)) % 4 {
          case 0: pipeline = pipeline.serial("serial") { work($0) }
          case 1: pipeline = pipeline.exclusive("exclusive", state: 0) { _, element in work(element) }
          default: pipeline = pipeline.parallel("parallel") { work($0) }
          }
        }
        return try await pipeline.serial {
          seen.withLock { $0.underWay -= 1 }
          return $0
        }.collect(tokens: tokens)
      }
      #expect(results == (0..<count).map { $0 + 301 })
      let (visits, most) = seen.withLock { ($0.visits, $0.mostUnderWay) }
      #expect(visits == 3 * count)
      #expect(most <= tokens)
      #expect(simulator.escapeCount == 0)
    }
  }

  @Test func serialStagesKeepTheOrderAndOthersNeedNot() throws {
    var arrivals: Set<[Int]> = []
    for seed in 0..<100 as Range<UInt64> {
      let arrived = Mutex<[Int]>([])
      let left = Mutex<[Int]>([])
      try SimulatedExecutor.run(seed: seed) { _ in
        try await Pipeline.source(of: 0..<4)
          .parallel { $0 }
          .exclusive { number in
            arrived.withLock { $0.append(number) }
            return number
          }
          .serial { number in left.withLock { $0.append(number) } }
          .run(tokens: 4)
      }
      #expect(left.withLock { $0 } == [0, 1, 2, 3])
      arrivals.insert(arrived.withLock { $0 })
    }
    #expect(arrivals.count > 10)
  }

  @Test func errorNamesStageAndElement() throws {
    for seed in 0..<50 as Range<UInt64> {
      let failure = #expect(throws: PipelineFailure.self) {
        try SimulatedExecutor.run(seed: seed) { _ in
          try await Pipeline.source(of: 0..<10)
            .parallel("parse") { if $0 == 3 { throw Oops() } }
            .run(tokens: 3)
        }
      }
      #expect(failure?.stage == "parse")
      #expect(failure?.element == 3)
    }
  }

  @Test func cancelledPipelineStops() throws {
    for seed in 0..<50 as Range<UInt64> {
      try SimulatedExecutor.run(seed: seed) { simulator in
        let task = Task(executorPreference: simulator) {
          try await Pipeline.source { 1 }.parallel { _ in }.run(tokens: 2)
        }
        for _ in 0..<10 { await Task.yield() }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
      }
    }
  }
}
