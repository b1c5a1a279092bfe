import MillracePrimitives

/// A closure that an executor will run at some time, once or again and again.
///
/// The timer goes on when this value is let go; only ``cancel()`` ends it, and the shutdown of its executor.
// SAFETY: what changes is behind the lock.
public final class ScheduledTimer: Sendable {
  private struct State {
    var timer: Timer?
    var isCancelled = false
    var firings = 0
  }

  private let state: Lock<State>
  private let scheduler: Scheduler
  private let period: Duration?
  private let tolerance: Duration
  private let urgency: JobUrgency
  private let body: @Sendable () -> Void

  init(
    _ scheduler: Scheduler, at deadline: Deadline, every period: Duration?, tolerance: Duration, _ urgency: JobUrgency,
    _ body: @escaping @Sendable () -> Void
  ) {
    self.scheduler = scheduler
    self.period = period
    self.tolerance = tolerance
    self.urgency = urgency
    self.body = body
    state = Lock(State())
    file(at: deadline)
  }

  /// How often it has been handed to the executor.
  public var firings: Int { state.withLock { $0.firings } }

  /// Ends it. What it has already handed to the executor still runs.
  ///
  /// - Returns: whether this ended it: false when a one-shot timer has been due, or when it had been cancelled before. Any number of calls, from any thread.
  @discardableResult
  public func cancel() -> Bool {
    state.withLock { state in
      // A one-shot timer that is just being handed to the executor is too late to cancel.
      guard !state.isCancelled, let timer = state.timer, timer.cancel() || period != nil else { return false }
      state.isCancelled = true
      state.timer = nil
      return true
    }
  }

  private func file(at deadline: Deadline) {
    let timer = Timer(deadline, tolerance: tolerance)
    let isWanted = state.withLock { state in
      if !state.isCancelled { state.timer = timer }
      return !state.isCancelled
    }
    if isWanted { timer.start(.call { self.isDue(deadline) }) }
  }

  private func isDue(_ deadline: Deadline) {
    let late = max(0, deadline.duration(to: .now).wholeNanoseconds)
    scheduler.noteTimerFired(id: UInt64(UInt(bitPattern: ObjectIdentifier(self))), late: UInt64(late))
    let goesOn = state.withLock { state in
      if state.isCancelled { return false }
      let isTaken = scheduler.submit({ JobWord(SubmittedJob(body)) }, urgency)
      if isTaken { state.firings += 1 }
      if period == nil || !isTaken { state.timer = nil }
      return isTaken
    }
    guard goesOn, let period = period?.wholeNanoseconds else { return }
    // From when it was to be, not from when it was: no drift. What has been missed is left out.
    file(at: deadline + .nanoseconds(period * (late / period + 1)))
  }
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
  /// - Complexity: O(1), three allocations.
  @discardableResult
  public func schedule(
    after delay: Duration, tolerance: Duration = .zero, priority: TaskPriority = .medium,
    _ body: @escaping @Sendable () -> Void
  ) -> ScheduledTimer {
    ScheduledTimer(scheduler, at: .now + delay, every: nil, tolerance: tolerance, JobUrgency(priority), body)
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
    return ScheduledTimer(scheduler, at: .now + period, every: period, tolerance: tolerance, JobUrgency(priority), body)
  }
}
