import Millrace
import MillracePrimitives
import Synchronization
import Testing

@Suite struct PipelineTests {
  @Test(arguments: [1, 2, 4], [1, 2, 7, 64])
  func serialStagesKeepTheOrder(workers: Int, tokens: Int) throws {
    try onWorkers(workers) { executor in
      let seen = try Pipeline.source(of: 0..<2_000)
        .parallel { number in
          sum(to: number % 7 * 50)
          return "\(number)"
        }
        .serial(state: [Int]()) { seen, text in
          seen.append(Int(text)!)
          return seen.count
        }
        .parallel { count in
          sum(to: count % 5 * 50)
          return count
        }
        .collect(on: executor, tokens: tokens)
      #expect(seen == Array(1...2_000))
    }
  }

  @Test(arguments: [1, 2, 4])
  func noMoreAreUnderWayThanThereAreTokens(workers: Int) throws {
    try onWorkers(workers) { executor in
      let (underWay, inSerial, inExclusive, inSource) = (Tally(), Tally(), Tally(), Tally())
      let pipeline = Pipeline.source(state: 0) { next -> Int? in
        inSource.add()
        defer { inSource.add(-1) }
        if next == 1_000 { return nil }
        underWay.add()
        next += 1
        return next
      }
      .serial { number in
        inSerial.add()
        sum(to: 100)
        inSerial.add(-1)
        return number
      }
      .parallel { number in
        sum(to: number % 11 * 40)
        return number
      }
      .exclusive { _ in
        inExclusive.add()
        sum(to: 100)
        inExclusive.add(-1)
        underWay.add(-1)
      }
      for _ in 0..<3 { try pipeline.run(on: executor, tokens: 3) }
      #expect(underWay.value == 0)
      #expect(underWay.peak <= 3)
      #expect([inSerial.peak, inExclusive.peak, inSource.peak] == [1, 1, 1])
    }
  }

  @Test(arguments: 0..<40)
  func randomStagesDoWhatALoopDoes(number: Int) throws {
    var random = SplitMix64(seed: UInt64(number))
    func below(_ limit: Int) -> Int { Int(random.next() % UInt64(limit)) }
    let (workers, tokens, count) = ([1, 2, 4][below(3)], 1 + below(9), below(600))
    var pipeline = Pipeline.source(of: 0..<count)
    var expected = Array(0..<count)
    for stage in 0..<below(6) {
      let work = below(300)
      switch below(4) {
      case 0:
        pipeline = pipeline.parallel {
          sum(to: ($0 & 3) * work)
          return $0 &* 3 &+ stage
        }
        expected = expected.map { $0 &* 3 &+ stage }
      case 1:
        pipeline = pipeline.serial {
          sum(to: work)
          return $0 ^ stage
        }
        expected = expected.map { $0 ^ stage }
      case 2:
        // Depends on the order.
        pipeline = pipeline.serial(state: stage) { state, element in
          state = state &* 31 &+ element
          return state
        }
        var state = stage
        expected = expected.map { element in
          state = state &* 31 &+ element
          return state
        }
      default:
        pipeline = pipeline.exclusive { $0 &- stage }
        expected = expected.map { $0 &- stage }
      }
    }
    try onWorkers(workers) { executor in
      for _ in 0..<2 {
        let became = try pipeline.collect(on: executor, tokens: tokens)
        #expect(became == expected)
      }
    }
  }

  @Test(arguments: [1, 3])
  func exclusiveStageSeesEveryElementOnce(workers: Int) throws {
    try onWorkers(workers) { executor in
      let total = Mutex(0)
      let counts = try Pipeline.source(of: 1...1_000)
        .parallel { number in
          sum(to: number % 13 * 30)
          return number
        }
        .exclusive(state: 0) { count, number in
          count += 1
          total.withLock { $0 += number }
          return count
        }
        .collect(on: executor, tokens: 5)
      #expect(counts.sorted() == Array(1...1_000))
      #expect(total.withLock { $0 } == 500_500)
    }
  }

  @Test(arguments: [1, 2, 4])
  func errorStopsTheRunAndNamesTheStage(workers: Int) throws {
    try onWorkers(workers) { executor in
      let written = Tally()
      let pipeline = Pipeline.source(of: 0..<1_000_000)
        .parallel("parse") { number throws -> Int in
          if number == 500 { throw Broken(number: number) }
          return number
        }
        .serial("write") { _ in _ = written.add() }
      do {
        try pipeline.run(on: executor, tokens: 4)
        Issue.record("the error was lost")
      } catch let failure as PipelineFailure {
        #expect("\(failure)" == "parse failed at element 500: Broken(number: 500)")
      }
      #expect(written.value <= 500)
    }
  }

  @Test func errorOfTheSourceHasItsNumber() throws {
    let pipeline = Pipeline.source("file", state: 0) { next throws -> Int? in
      if next == 7 { throw Broken(number: next) }
      next += 1
      return next
    }
    do {
      try pipeline.run(tokens: 2)
      Issue.record("the error was lost")
    } catch let failure as PipelineFailure {
      #expect(failure.stage == "file")
      #expect(failure.element == 7)
    }
  }

  @Test(arguments: [1, 2, 4])
  func elementsAreReleased(workers: Int) throws {
    final class Counted: Sendable {
      let tally: Tally
      init(_ tally: Tally) {
        self.tally = tally
        tally.add()
      }
      deinit { tally.add(-1) }
    }
    let alive = Tally()
    for failing in [40, 1_000] {
      try onWorkers(workers) { executor in
        let pipeline = Pipeline.source(of: 0..<200)
          .parallel { (number: $0, object: Counted(alive)) }
          .serial { element throws in
            if element.number == failing { throw Broken() }
            return element.object
          }
          .parallel { [$0, Counted(alive)] }
        do {
          try pipeline.run(on: executor, tokens: 6)
          #expect(failing == 1_000)
        } catch is PipelineFailure {
          #expect(failing == 40)
        }
      }
      #expect(alive.value == 0)
    }
  }

  @Test(arguments: [1, 2, 4])
  func cancelledTokenStopsARun(workers: Int) {
    onWorkers(workers) { executor in
      let token = CancellationToken()
      let pipeline = Pipeline.source(state: 0) { next -> Int? in
        next += 1
        return next
      }
      .serial { if $0 == 100 { token.cancel() } }
      #expect(throws: CancellationError.self) {
        try executor.runBlocking { try withCancellation(token) { try pipeline.run(tokens: 4) } }
      }
    }
  }

  @Test(arguments: [1, 2, 4])
  func deadlineStopsLoopsInStages(workers: Int) {
    onWorkers(workers) { executor in
      let pipeline = Pipeline.source(of: 0..<10)
        .parallel { _ in try Parallel.forEach(0..<Int.max) { (_) throws in } }
      #expect(throws: DeadlineExceeded.self) {
        try pipeline.run(on: executor, tokens: 4, deadline: .now + .milliseconds(5))
      }
    }
  }

  @Test func asyncRunSuspendsItsTask() async throws {
    let executor = WorkStealingExecutor(.init(workerCount: 1))
    let pipeline = Pipeline.source(of: 0..<100).parallel { $0 * 2 }.serial { $0 + 1 }
    for _ in 0..<20 {
      let became = try await pipeline.collect(on: executor, tokens: 3)
      #expect(became == (0..<100).map { $0 * 2 + 1 })
    }
    await executor.shutdown()
    await #expect(throws: ExecutorError.self) { try await pipeline.run(on: executor, tokens: 3) }
  }

  @Test func cancellingTheTaskStopsAnAsyncRun() async throws {
    let executor = WorkStealingExecutor(.init(workerCount: 2))
    let seen = Tally()
    let pipeline = Pipeline.source { 1 as Int? }.parallel { _ in _ = seen.add() }
    let task = Task { try await pipeline.run(on: executor, tokens: 3) }
    while seen.value == 0 { await Task.yield() }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    await #expect(throws: DeadlineExceeded.self) {
      try await pipeline.run(on: executor, tokens: 3, deadline: .now + .milliseconds(5))
    }
    await executor.shutdown()
  }

  /// The first element keeps its worker until others, which overtake it, have come to the stage where they wait for it.
  @Test func whoWaitsForItsTurnHoldsNoWorker() throws {
    try onWorkers(2) { executor in
      let parsed = Tally()
      let seen = try Pipeline.source(of: 0..<8)
        .parallel { number in
          parsed.add()
          while number == 0 && parsed.value < 8 {}
          return number
        }
        .serial { $0 }
        .collect(on: executor, tokens: 8)
      #expect(seen == Array(0..<8))
    }
  }

  @Test func runsOfOnePipelineOverlap() throws {
    let executor = WorkStealingExecutor(.init(workerCount: 4))
    let pipeline = Pipeline.source(of: 0..<300).parallel { $0 }.serial(state: 0) { total, number in
      total += number
      return total
    }
    let right = Tally()
    onThreads(3) { _ in
      for _ in 0..<20 { if try! pipeline.collect(on: executor, tokens: 4).last == 44_850 { right.add() } }
    }
    executor.shutdownBlocking()
    #expect(right.value == 60)
  }

  @Test func pipelineRunsInAStage() throws {
    let inner = Pipeline.source(of: 0..<50).parallel { $0 }
    let sums = try Pipeline.source(of: 0..<20)
      .parallel { number in try inner.collect(tokens: 3).reduce(number, +) }
      .collect(tokens: 4)
    #expect(sums == (0..<20).map { $0 + 1225 })
  }
}
