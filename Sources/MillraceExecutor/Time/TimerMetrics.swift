import Synchronization

/// What the timers of the process have done so far.
public struct TimerMetrics: Sendable, Hashable {
  /// Timers that wait; those of a wheel that is in use at this moment are left out.
  public var pending: Int
  public var fired: UInt64
  /// By how much those were late, together.
  public var lateness: Duration

  /// Reads the counters: each figure is right by itself, together they are of about the same moment.
  ///
  /// - Complexity: O(processors + timers that were begun since somebody looked).
  public static var current: TimerMetrics {
    let shards = Timekeeper.shared.shards
    return TimerMetrics(
      pending: Timekeeper.shared.timers,
      // Relaxed: figures.
      fired: shards.reduce(0) { $0 + $1.firedCount.load(ordering: .relaxed) },
      // Relaxed: figures.
      lateness: .nanoseconds(shards.reduce(0) { $0 + $1.firedLate.load(ordering: .relaxed) }))
  }
}
