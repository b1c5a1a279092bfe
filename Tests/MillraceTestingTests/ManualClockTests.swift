import MillraceTesting
import Synchronization
import Testing

@Suite struct ManualClockTests {
  let clock = ManualClock()

  @Test func timePassesOnlyWhenTold() {
    #expect(clock.now == .seconds(0))
    clock.advance(by: .seconds(2))
    #expect(clock.now == .seconds(2))
    clock.advance(to: .seconds(5))
    clock.advance(to: .seconds(1))
    #expect(clock.now == .seconds(5))
    #expect(ManualClock(now: .seconds(7)).now == .seconds(7))
  }

  @Test func pastIsNotWaitedFor() async throws {
    clock.advance(by: .seconds(1))
    try await clock.wait(until: .seconds(1))
    try await clock.wait(.zero)
    #expect(clock.sleeperCount == 0)
  }

  @Test func sleeperWakesAtItsDeadlineAndNotBefore() async throws {
    let sleeper = Task { try await clock.wait(.seconds(3600)) }
    await clock.waitForSleepers(1)
    clock.advance(by: .seconds(3599))
    #expect(clock.sleeperCount == 1)
    clock.advance(by: .seconds(1))
    #expect(clock.sleeperCount == 0)
    try await sleeper.value
  }

  /// On one thread tasks run in the order in which they are resumed, which is what is to be seen.
  @Test func sleepersWakeByDeadlineThenInOrderOfArrival() async throws {
    actor Diary {
      var entries: [String] = []
      func add(_ entry: String) { entries.append(entry) }
    }
    let diary = Diary()
    var tasks: [Task<Void, any Error>] = []
    for (name, seconds) in [("a", 2), ("b", 1), ("c", 2), ("d", 3), ("e", 1), ("f", 2)] {
      let before = clock.sleeperCount
      tasks.append(
        Task(executorPreference: InOrder.shared) {
          try await clock.wait(.seconds(seconds))
          await diary.add(name)
        })
      await clock.waitForSleepers(before + 1)
    }
    clock.advance(to: .seconds(2))
    #expect(clock.sleeperCount == 1)
    for index in [0, 1, 2, 4, 5] { try await tasks[index].value }
    #expect(await diary.entries == ["b", "e", "a", "c", "f"])
    clock.advance(to: .seconds(3))
    try await tasks[3].value
  }

  @Test func cancelledSleeperLeavesNothingBehind() async throws {
    let sleeper = Task { try await clock.wait(.seconds(1)) }
    let other = Task { try await clock.wait(.seconds(1)) }
    await clock.waitForSleepers(2)
    sleeper.cancel()
    await #expect(throws: CancellationError.self) { try await sleeper.value }
    #expect(clock.sleeperCount == 1)
    clock.advance(by: .seconds(1))
    try await other.value
    #expect(clock.sleeperCount == 0)
  }

  @Test func cancelledTaskDoesNotFallAsleep() async throws {
    let task = Task {
      unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
      try await clock.wait(.seconds(1))
    }
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(clock.sleeperCount == 0)
  }

  @Test func cancelledWatcherReturns() async {
    let watcher = Task { await clock.waitForSleepers(1) }
    watcher.cancel()
    await watcher.value
    await clock.waitForSleepers(0)
  }

  /// Cancellation races with the clock: whoever is first, each sleeper ends once.
  @Test func stampede() async {
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<1000 {
        group.addTask { [clock] in try? await clock.wait(.seconds(1)) }
      }
      group.addTask { [clock] in clock.advance(by: .seconds(1)) }
      group.cancelAll()
    }
    #expect(clock.sleeperCount == 0)
  }
}

/// Runs jobs in the order in which they come, on one thread at a time.
private final class InOrder: TaskExecutor, Sendable {
  static let shared = InOrder()
  private let jobs = Mutex<(queue: [UnownedJob], isRunning: Bool)>(([], false))

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let starts = jobs.withLock { state -> Bool in
      state.queue.append(job)
      defer { state.isRunning = true }
      return !state.isRunning
    }
    if starts { Task.detached { self.drain() } }
  }

  private func drain() {
    while let job = next() { unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
  }

  private func next() -> UnownedJob? {
    jobs.withLock {
      $0.isRunning = !$0.queue.isEmpty
      return $0.queue.isEmpty ? nil : $0.queue.removeFirst()
    }
  }
}
