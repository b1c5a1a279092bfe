import Dispatch
import Foundation
import Millrace
import Synchronization
import Testing

@testable import MillraceExecutor

@Suite struct DeadlineTests {
  @Test func arithmeticSaturates() {
    let now = Deadline.now
    #expect(now + .seconds(2) - .seconds(2) == now)
    #expect(now.duration(to: now + .milliseconds(3)) == .milliseconds(3))
    #expect((now + .milliseconds(3)).duration(to: now) == .milliseconds(-3))
    #expect(Deadline.distantFuture + .seconds(1) == .distantFuture)
    #expect(now + .seconds(Int64.max) == .distantFuture)
    #expect((now - .seconds(Int64.max)).hasPassed)
  }

  @Test func loopsStopWhenItPasses() throws {
    let steps = Atomic<Int>(0)
    let deadline = Deadline.now + .milliseconds(20)
    #expect(throws: DeadlineExceeded(deadline: deadline)) {
      try onExecutor(workers: 2) {
        try withDeadline(deadline) {
          while true {
            try Parallel.forEach(0..<1_000_000) { (_) throws in steps.wrappingAdd(1, ordering: .relaxed) }
          }
        }
      }
    }
    #expect(deadline.hasPassed)
    #expect(steps.load(ordering: .relaxed) > 0)
  }

  @Test func itIsInheritedByWhatIsStolen() throws {
    let deadline = Deadline.now + .seconds(3600)
    try onExecutor(workers: 2) {
      try withDeadline(deadline) {
        let stolen = DispatchSemaphore(value: 0)
        let (a, b) = join(
          { () -> Deadline? in
            // Goes on when the other closure runs, so on another worker.
            stolen.wait()
            return Deadline.current
          },
          { () -> Deadline? in
            defer { stolen.signal() }
            let (inner, _) = join({ Deadline.current }, { 1 })
            return inner == Deadline.current ? inner : nil
          })
        #expect(a == deadline)
        #expect(b == deadline)
      }
      #expect(Deadline.current == nil)
    }
  }

  @Test func aChildCanOnlyShortenIt() throws {
    let (early, late) = (Deadline.now + .seconds(3000), Deadline.now + .seconds(3600))
    try onExecutor {
      try withDeadline(early) {
        try withDeadline(late) { #expect(Deadline.current == early) }
        try withDeadline(.now + .seconds(1)) { #expect(Deadline.current! < early) }
        #expect(Deadline.current == early)
      }
    }
  }

  @Test func aDeadlineThatHasPassedStartsNothing() async throws {
    let past = Deadline.now - .seconds(1)
    #expect(throws: DeadlineExceeded(deadline: past)) { try onExecutor { try withDeadline(past) { Issue.record() } } }
    await #expect(throws: DeadlineExceeded(deadline: past)) {
      try await withDeadline(past) { () async throws in Issue.record() }
    }
  }

  @Test func resultsAndOtherErrorsPassThrough() async throws {
    #expect(try onExecutor { try withTimeout(.seconds(3600)) { 42 } } == 42)
    #expect(throws: Planned(number: 3)) {
      try onExecutor { try withTimeout(.seconds(3600)) { throw Planned(number: 3) } }
    }
    #expect(try await withTimeout(.seconds(3600)) { () async in 43 } == 43)
    await #expect(throws: Planned(number: 4)) {
      try await withTimeout(.seconds(3600)) { () async throws in throw Planned(number: 4) }
    }
    // A cancellation that is not the deadline's stays one.
    #expect(throws: CancellationError.self) {
      try onExecutor { try withTimeout(.seconds(3600)) { throw CancellationError() } }
    }
  }

  @Test func aLateTaskIsCancelledAndItsCallerIsNot() async throws {
    let clock = TimerClock()
    let deadline = Deadline.now + .milliseconds(10)
    await #expect(throws: DeadlineExceeded(deadline: deadline)) {
      try await withDeadline(deadline) { try await clock.sleep(for: .seconds(3600)) }
    }
    #expect(!Task.isCancelled)
  }

  @Test func aTaskThatOutlivesADeadlineHasTimeoutsOfItsOwn() async throws {
    let task = try await withTimeout(.milliseconds(20)) {
      Task { try await withTimeout(.seconds(3600)) { try await TimerClock().sleep(for: .seconds(3600)) } }
    }
    await #expect(throws: DeadlineExceeded.self) { try await task.value }
  }

  @Test func anActorOfItsOwnExecutorHasIt() async throws {
    actor Pinned {
      let executor: SerialWorkStealingExecutor
      init(_ executor: WorkStealingExecutor) { self.executor = SerialWorkStealingExecutor(on: executor) }
      nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }
      func deadline() -> Deadline? { Deadline.current }
    }
    let executor = WorkStealingExecutor(.init(workerCount: 1))
    let deadline = Deadline.now + .seconds(3600)
    let actor = Pinned(executor)
    #expect(try await withDeadline(deadline) { await actor.deadline() } == deadline)
    await executor.shutdown()
  }

  @Test func anyOutermostScopeTakesItOver() async throws {
    let executor = WorkStealingExecutor(.init(workerCount: 1))
    let deadline = Deadline.now + .seconds(3600)
    let seen = try await withDeadline(deadline) {
      await Task(executorPreference: executor) { withCancellation(CancellationToken()) { Deadline.current } }.value
    }
    #expect(seen == deadline)
    await executor.shutdown()
  }

  @Test func theOverloadsAreToldApart() async throws {
    // Without an await, and with more than one statement, in asynchronous code: the asynchronous one.
    let sum = try await withTimeout(.seconds(3600)) {
      let a = 1
      let b = 2
      return a + b
    }
    #expect(sum == 3)
  }

  @Test func cancellationFromOutsideIsNoDeadline() async throws {
    let (started, starting) = AsyncStream.makeStream(of: Void.self)
    let task = Task {
      try await withTimeout(.seconds(3600)) {
        starting.yield()
        try await TimerClock().sleep(for: .seconds(3600))
      }
    }
    for await _ in started { break }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func aTaskOfItsOwnIsCancelledWithoutAChild() async throws {
    // On a busy machine the deadline may have passed before the call: then the body has not run, and nothing is cancelled.
    var timeout = Duration.milliseconds(10)
    var hasBegun = false
    while !hasBegun {
      let begun = Atomic(false)
      let limit = timeout
      let late = Task {
        await #expect(throws: DeadlineExceeded.self) {
          try await withTaskDeadline(.now + limit) {
            begun.store(true, ordering: .relaxed)
            try await TimerClock().sleep(for: .seconds(3600))
          }
        }
        return Task.isCancelled
      }
      let isCancelled = await late.value
      hasBegun = begun.load(ordering: .relaxed)
      #expect(isCancelled == hasBegun)
      timeout *= 2
    }

    // What takes no notice has its result; what was cancelled from outside says so.
    let deaf = Task {
      while true {
        do {
          return try await withTaskDeadline(.now + .milliseconds(1)) {
            while !Task.isCancelled { await Task.yield() }
            return Deadline.current != nil
          }
        } catch is DeadlineExceeded {}
      }
    }
    #expect(try await deaf.value)
    let (started, starting) = AsyncStream.makeStream(of: Void.self)
    let stopped = Task {
      try await withTaskDeadline(.now + .seconds(3600)) {
        starting.yield()
        try await TimerClock().sleep(for: .seconds(3600))
      }
    }
    for await _ in started { break }
    stopped.cancel()
    await #expect(throws: CancellationError.self) { try await stopped.value }

    let inTime = Task {
      let number = try await withTaskDeadline(.now + .seconds(3600)) { 42 }
      return (number, Task.isCancelled)
    }
    #expect(try await inTime.value == (42, false))
    let before = Task {
      await #expect(throws: DeadlineExceeded.self) {
        try await withTaskDeadline(.now - .seconds(1)) { Issue.record("it has run") }
      }
      return Task.isCancelled
    }
    #expect(await !before.value)
  }

  @Test func asynchronousCodeHandsItDown() async throws {
    let deadline = Deadline.now + .seconds(3600)
    let executor = WorkStealingExecutor(.init(workerCount: 2))
    try await withDeadline(deadline) {
      #expect(Deadline.current == deadline)
      async let child = Deadline.current
      #expect(await child == deadline)
      #expect(try await executor.run { Deadline.current } == deadline)
      try await withDeadline(.now + .seconds(5400)) { () async in #expect(Deadline.current == deadline) }
    }
    #expect(Deadline.current == nil)
    await executor.shutdown()
  }
}

@Suite struct TimerClockTests {
  @Test func sleepsAreNeverShort() async throws {
    let clock = TimerClock()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 0..<200 {
        group.addTask {
          let deadline = Deadline.now + .microseconds(index * 37)
          try await clock.sleep(until: deadline, tolerance: index % 3 == 0 ? .milliseconds(5) : nil)
          #expect(deadline.hasPassed)
        }
      }
      try await group.waitForAll()
    }
  }

  @Test func aCancelledSleepEndsAtOnceAndLeavesNothing() async throws {
    for _ in 0..<2_000 {
      let task = Task { try await TimerClock().sleep(for: .seconds(3600)) }
      await Task.yield()
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
    }
    // Those of other tests are fewer.
    #expect(Timekeeper.shared.timers < 1_000)
  }

  @Test func timersFireWhileEveryWorkerComputes() throws {
    let executor = WorkStealingExecutor(.init(workerCount: 1))
    #expect(throws: DeadlineExceeded.self) {
      try executor.runBlocking {
        try withTimeout(.milliseconds(5)) { while true { _ = try join({ () throws in 1 }, { () throws in 2 }) } }
      }
    }
    executor.shutdownBlocking()
  }

  @Test func aTaskAsleepAcrossShutdownWakesUp() async throws {
    let executor = WorkStealingExecutor(.init(workerCount: 1))
    let task = Task(executorPreference: executor) { try await TimerClock().sleep(for: .milliseconds(30)) }
    await executor.shutdown()
    try await task.value
  }
}

@Suite struct ScheduledTimerTests {
  @Test func aOneShotRunsOnceAndTellsSo() async {
    let executor = WorkStealingExecutor(.init(workerCount: 1))
    let (ran, running) = AsyncStream.makeStream(of: Deadline.self)
    let due = Deadline.now + .milliseconds(2)
    let timer = executor.schedule(after: .milliseconds(2)) { running.yield(.now) }
    for await time in ran {
      #expect(time >= due)
      break
    }
    #expect(!timer.cancel())
    await executor.shutdown()
  }

  @Test func aCancelledOneNeverRuns() async {
    let executor = WorkStealingExecutor(.init(workerCount: 1))
    let tally = Tracked.Tally()
    for index in 0..<100 {
      let tracked = Tracked(index, tally)
      let timer = executor.schedule(after: .seconds(3600)) { Issue.record("ran \(tracked.value)") }
      #expect(timer.cancel())
      #expect(!timer.cancel())
    }
    await executor.shutdown()
    #expect(tally.count == 0)
  }

  @Test func aRecurringOneDoesNotDrift() async {
    let executor = WorkStealingExecutor(.init(workerCount: 1))
    let (ran, running) = AsyncStream.makeStream(of: Deadline.self)
    let start = Deadline.now
    let timer = executor.schedule(every: .milliseconds(1)) { running.yield(.now) }
    var count = 0
    for await time in ran {
      count += 1
      // The nth is not before n periods; what was missed makes it later, never earlier.
      #expect(time >= start + .milliseconds(count))
      if count == 20 { break }
    }
    #expect(timer.cancel())
    #expect(!timer.cancel())
    await executor.shutdown()
  }

  @Test func afterShutdownNothingRuns() async throws {
    let executor = WorkStealingExecutor(.init(workerCount: 1))
    let timer = executor.schedule(every: .milliseconds(1)) { Issue.record("ran after shutdown") }
    timer.cancel()
    await executor.shutdown()
    executor.schedule(after: .zero) { Issue.record("ran after shutdown") }
    // Due later, so when it runs the others would have.
    let other = WorkStealingExecutor(.init(workerCount: 1))
    let (ran, running) = AsyncStream.makeStream(of: Void.self)
    other.schedule(after: .milliseconds(2)) { running.yield() }
    for await _ in ran { break }
    await other.shutdown()
  }
}
