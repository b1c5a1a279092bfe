/// A closure that an executor will run at some time, once or again and again.
///
/// A handle: the timer goes on when this value is let go; only ``cancel()`` ends it, and the shutdown of its executor.
public struct ScheduledTimer: Sendable {
  let timer: Timer

  /// Ends it. What it has already handed to the executor still runs.
  ///
  /// - Returns: whether this ended it: false when a one-shot timer has been due, or when it had been cancelled before. Any number of calls, from any thread.
  @discardableResult
  public func cancel() -> Bool { timer.cancel() }
}

extension WorkStealingExecutor {
  /// Runs a closure once, later.
  ///
  /// ```swift
  /// let reminder = executor.schedule(after: .seconds(5)) { print("still here") }
  /// reminder.cancel()
  /// ```
  ///
  /// - Parameters:
  ///   - delay: it is never run earlier. An executor that has been shut down by then does not run it.
  ///   - tolerance: how much later is as good.
  /// - Complexity: O(1). It allocates nothing but what `body` captures; a timer's 128 bytes are used again by later ones, and kept for them.
  @discardableResult
  public func schedule(
    after delay: Duration, tolerance: Duration = .zero, priority: TaskPriority = .medium,
    _ body: @escaping @Sendable () -> Void
  ) -> ScheduledTimer {
    ScheduledTimer(
      timer: Timer(
        after: delay.wholeNanosecondsAhead, every: 0, tolerance: tolerance.wholeNanosecondsAhead, submits: body,
        to: scheduler, JobUrgency(priority)))
  }

  /// Runs a closure every `period`, first after one period, each time as a job of its own. It does not drift: the nth run is due n periods after the call. Runs that have
  /// been missed, because the machine was too busy, are left out; runs that take longer than a period overlap.
  ///
  /// - Precondition: `period` is positive.
  @discardableResult
  public func schedule(
    every period: Duration, tolerance: Duration = .zero, priority: TaskPriority = .medium,
    _ body: @escaping @Sendable () -> Void
  ) -> ScheduledTimer {
    precondition(
      period.wholeNanoseconds > 0, "schedule(every:): the period is expected to be positive; found \(period)")
    let nanoseconds = period.wholeNanosecondsAhead
    return ScheduledTimer(
      timer: Timer(
        after: nanoseconds, every: nanoseconds, tolerance: tolerance.wholeNanosecondsAhead, submits: body,
        to: scheduler,
        JobUrgency(priority)))
  }
}
