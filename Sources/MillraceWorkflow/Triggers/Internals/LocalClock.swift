import Foundation

/// What clocks of a place show, in seconds as if they showed universal time.
struct LocalClock: Sendable, Hashable {
  private let zone: TimeZone

  /// - Throws: ``WorkflowError/Code/invalidDefinition``.
  init(_ identifier: String) throws(WorkflowError) {
    guard let zone = TimeZone(identifier: identifier) else {
      throw WorkflowError(
        .invalidDefinition,
        "expected a time zone of the IANA's database, such as UTC or Europe/Berlin; found \"\(identifier)\"",
        at: "time zone")
    }
    self.zone = zone
  }

  /// How far clocks are ahead of universal time.
  func offset(at instant: Int64) -> Int64 {
    Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(instant))))
  }

  /// When clocks first show `local`; the first moment after the gap for what they never show.
  func instant(of local: Int64) -> Int64 {
    // More than any clock is ahead or behind, or put forward or back, in one step; the calendars that left out a day included.
    let reach: Int64 = 26 * 3600
    let (before, after) = (offset(at: local - reach), offset(at: local + reach))
    // The greater offset is the earlier moment.
    for offset in [max(before, after), min(before, after)] where self.offset(at: local - offset) == offset {
      return local - offset
    }
    // The first moment at which they show more.
    var (low, high) = (local - reach, local + reach)
    while low + 1 < high {
      let middle = low + (high - low) / 2
      if middle + offset(at: middle) > local { high = middle } else { low = middle }
    }
    return high
  }
}
