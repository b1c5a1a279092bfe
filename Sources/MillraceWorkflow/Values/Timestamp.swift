import Millrace

/// A wall-clock instant, in microseconds since 1970-01-01T00:00:00Z, without leap seconds.
///
/// Durable times are wall-clock times: they must mean the same after a restart, which an instant of a steady clock does not.
public struct Timestamp: Sendable, Hashable, Comparable {
  public var microseconds: Int64

  public init(microseconds: Int64) {
    self.microseconds = microseconds
  }

  /// Some 292,000 years from 1970: later than any deadline.
  public static let distantFuture = Timestamp(microseconds: .max)

  public static func < (a: Timestamp, b: Timestamp) -> Bool { a.microseconds < b.microseconds }

  /// The duration from `start` to this instant; negative if `start` is later.
  public func duration(since start: Timestamp) -> Duration {
    .microseconds(microseconds - start.microseconds)
  }

  /// Later by `duration`, rounded up to a microsecond, so that nothing is due early; saturates at ``distantFuture``.
  public func advanced(by duration: Duration) -> Timestamp {
    let (seconds, attoseconds) = duration.components
    let rounded = (attoseconds + (attoseconds > 0 ? 999_999_999_999 : 0)) / 1_000_000_000_000
    let (scaled, overflowed) = seconds.multipliedReportingOverflow(by: 1_000_000)
    let (sum, overflowedToo) = microseconds.addingReportingOverflow(overflowed ? .max : scaled)
    if overflowed || overflowedToo { return seconds < 0 ? Timestamp(microseconds: .min) : .distantFuture }
    let (whole, overflowedAgain) = sum.addingReportingOverflow(rounded)
    return overflowedAgain ? .distantFuture : Timestamp(microseconds: whole)
  }
}

extension Timestamp: Codable {
  public init(from decoder: any Decoder) throws {
    microseconds = try decoder.singleValueContainer().decode(Int64.self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(microseconds)
  }
}

/// Where wall-clock time comes from: the system, or a test.
public protocol WallClock: Sendable {
  /// May jump, backwards too.
  var now: Timestamp { get }

  /// Suspends the calling task until the clock shows `time` or more. Of a clock that is set, this is noticed within half a minute.
  ///
  /// - Throws: `CancellationError`, as soon as the task is cancelled.
  func sleep(until time: Timestamp) async throws

  /// Suspends the calling task for a time, whatever the clock is set to meanwhile: for pauses that nothing stored depends on.
  ///
  /// - Throws: `CancellationError`, as soon as the task is cancelled.
  func sleep(for duration: Duration) async throws
}

extension WallClock {
  /// By timers of the executor, none of them longer than half a minute, after which the clock is looked at again.
  public func sleep(until time: Timestamp) async throws {
    while true {
      let rest = time.duration(since: now)
      if rest <= .zero { return try Task.checkCancellation() }
      try await TimerClock().sleep(for: min(rest, .seconds(30)))
    }
  }

  /// By a timer of the executor.
  public func sleep(for duration: Duration) async throws { try await TimerClock().sleep(for: duration) }
}
