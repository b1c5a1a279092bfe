/// Times at which a trigger starts runs.
enum TriggerSchedule: Sendable {
  case cron(CronSchedule)
  /// At `anchor` + n × `period`, in microseconds.
  case interval(anchor: Timestamp, period: Int64)

  func next(after instant: Timestamp) -> Timestamp? {
    switch self {
    case .cron(let schedule): return schedule.next(after: instant)
    case .interval(let anchor, let period):
      let time = anchor.advanced(by: .microseconds(period * (steps(to: instant, anchor, period) + 1)))
      return time == .distantFuture ? nil : time
    }
  }

  func previous(before instant: Timestamp) -> Timestamp? {
    switch self {
    case .cron(let schedule): return schedule.previous(before: instant)
    case .interval(let anchor, let period):
      let justBefore = Timestamp(microseconds: instant.microseconds - 1)
      return anchor.advanced(by: .microseconds(period * steps(to: justBefore, anchor, period)))
    }
  }

  /// Whole periods up to an instant.
  private func steps(to instant: Timestamp, _ anchor: Timestamp, _ period: Int64) -> Int64 {
    (instant.microseconds - anchor.microseconds).floorDivided(by: period)
  }

  /// No older than this is late, but not missed.
  static let grace = Duration.seconds(60)

  /// The time to start a run for; nil: none is due.
  ///
  /// - Parameter last: what came up to then has been dealt with.
  func due(after last: Timestamp, at now: Timestamp, _ policy: CatchUpPolicy, window: Duration) -> Timestamp? {
    let oldest = Timestamp(microseconds: now.microseconds - min(window.wholeMicroseconds, now.microseconds))
    if policy == .all {
      // The oldest that is within the window, that moment included.
      let start = max(last, Timestamp(microseconds: oldest.microseconds - 1))
      return next(after: start).flatMap { $0 <= now ? $0 : nil }
    }
    guard let latest = previous(before: Timestamp(microseconds: now.microseconds + 1)), latest > last, latest >= oldest
    else { return nil }
    return policy == .latest || now.duration(since: latest) <= Self.grace ? latest : nil
  }
}
