import MillraceExecutor
import MillracePrimitives
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// How many timers live at the same time.
let liveTimers = Lock(20_000)

/// What must happen to one timer: it fires once, not early, or it is cancelled.
private final class Due: Sendable {
  let deadline: Deadline
  private let hasFired = Atomic<Bool>(false)
  private let tracked = Tracked(1)

  init(_ deadline: Deadline) { self.deadline = deadline }

  func fire() {
    expect(deadline.hasPassed, "a timer fired \(deadline.remaining) early")
    // Relaxed: a count; the executor's shutdown orders the rest.
    expect(!hasFired.exchange(true, ordering: .relaxed), "a timer fired twice")
  }
}

/// Timers that four threads schedule and cancel while others fire: none is lost, early, doubled or leaked.
func timers(_ workers: Int, _ seed: UInt64) -> Int {
  let executor = WorkStealingExecutor(.init(workerCount: workers))
  let (scheduled, cancelled, fired) = (Counter(), Counter(), Counter())
  let live = liveTimers.withLock { $0 }
  withThreads(4) { thread in
    var random = Random(seed &* 4 &+ UInt64(thread))
    func schedule() -> ScheduledTimer {
      // Half of them soon, half of them much later: those are cancelled before.
      let delay = random.next() % 2 == 0 ? Int(random.next() % 20_000) : 10_000_000 + Int(random.next() % 50_000_000)
      let due = Due(.now + .microseconds(delay))
      scheduled.add()
      return executor.schedule(
        after: .microseconds(delay), tolerance: random.next() % 4 == 0 ? .milliseconds(5) : .zero
      ) {
        due.fire()
        fired.add()
      }
    }
    var timers = (0..<live / 4).map { _ in schedule() }
    for _ in 0..<2 * timers.count {
      let index = Int(random.next() % UInt64(timers.count))
      if timers[index].cancel() { cancelled.add() }
      expect(!timers[index].cancel(), "a timer was cancelled twice")
      timers[index] = schedule()
    }
    for timer in timers where timer.cancel() { cancelled.add() }
  }
  // Those that were due have been submitted, or are just being so by the timers' thread.
  while fired.value + cancelled.value < scheduled.value { sched_yield() }
  executor.shutdownBlocking()
  expect(
    fired.value + cancelled.value == scheduled.value,
    "\(scheduled.value) timers, of which \(fired.value) fired and \(cancelled.value) were cancelled")
  return scheduled.value
}

/// Deadlines around joins and around tasks, some of which pass.
func deadlines(_ workers: Int, _ seed: UInt64) -> Int {
  let executor = WorkStealingExecutor(.init(workerCount: workers))
  let ended = Counter()
  @Sendable func search(_ depth: Int) throws -> Int {
    if depth == 0 { return 1 }
    let (a, b) = try join({ try search(depth - 1) }, { try search(depth - 1) })
    return a + b
  }
  withThreads(2) { thread in
    var random = Random(seed &* 2 &+ UInt64(thread))
    for _ in 0..<40 {
      let deadline = Deadline.now + .microseconds(Int(random.next() % 3_000))
      let depth = 8 + Int(random.next() % 6)
      do {
        let leaves = try executor.runBlocking { try withDeadline(deadline) { try search(depth) } }
        expect(leaves == 1 << depth, "expected \(1 << depth) leaves, found \(leaves)")
      } catch {
        expect((error as? DeadlineExceeded)?.deadline == deadline, "expected a deadline, found \(error)")
        expect(deadline.hasPassed, "a deadline passed early")
      }
      ended.add()
    }
  }
  let seeds = (0..<200).map { seed &+ $0 }
  awaitHere {
    await withTaskGroup(of: Void.self) { group in
      for seed in seeds {
        group.addTask(executorPreference: executor) {
          var random = Random(seed)
          let deadline = Deadline.now + .microseconds(Int(random.next() % 2_000))
          let nap = Duration.microseconds(Int(random.next() % 2_000))
          do {
            try await withDeadline(deadline) { try await TimerClock().sleep(for: nap) }
          } catch {
            expect(
              (error as? DeadlineExceeded)?.deadline == deadline, "expected a deadline, found \(error)")
            expect(deadline.hasPassed, "a deadline passed early")
          }
          // Children that lie in this task's memory, which is reused when they end.
          for depth in 4..<8 {
            async let here = withTimeout(.seconds(60)) { () async throws in try search(depth) }
            async let there = executor.run { try search(depth) }
            async let neither = { @Sendable () async throws in try search(depth) }()
            let leaves = try! await (here, there, neither)
            expect(leaves == (1 << depth, 1 << depth, 1 << depth), "a child of a task found \(leaves) leaves")
          }
          ended.add()
        }
      }
    }
  }
  executor.shutdownBlocking()
  return ended.value
}
