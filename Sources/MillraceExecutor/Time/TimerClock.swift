/// The clock of an executor's timers. Its instants are ``Deadline``s.
///
/// ```swift
/// try await executor.clock.sleep(for: .milliseconds(5))
/// ```
///
/// A sleep costs a few hundred nanoseconds when it is cancelled, and then leaves nothing behind. It never ends early, and up to 65 µs late by its own doing.
public struct TimerClock: Clock, Sendable {
  public typealias Instant = Deadline

  public init() {}

  public var now: Deadline { .now }

  /// 2¹⁶ ns: sleeps end at multiples of it.
  public var minimumResolution: Duration { .nanoseconds(1 << 16) }

  /// Suspends the calling task until `deadline`.
  ///
  /// - Parameter tolerance: how much later is as good. From 4 ms on it makes the timer cheaper.
  /// - Throws: `CancellationError`, as soon as the task is cancelled.
  public func sleep(until deadline: Deadline, tolerance: Duration? = nil) async throws {
    try Task.checkCancellation()
    let timer = Timer.reserve()
    try await withTaskCancellationHandler {
      // SAFETY: whoever makes the timer's step out of `pending` resumes it, once.
      unsafe try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Void, any Error>) in
        unsafe timer.start(
          at: deadline.nanoseconds, tolerance: tolerance?.wholeNanosecondsAhead ?? 0, .resume(continuation))
      }
    } onCancel: {
      timer.cancel()
    }
  }
}

extension WorkStealingExecutor {
  /// The clock of timers. The same for all executors: it says when, and the sleeping task continues where it ran.
  public var clock: TimerClock { TimerClock() }
}
