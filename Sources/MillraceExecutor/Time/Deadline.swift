import CMillrace

/// An instant by which something is to be done, on a clock that never goes back (on Linux it stands still while the machine sleeps).
///
/// ```swift
/// let answer = try withDeadline(.now + .milliseconds(50)) { try search(tree) }
/// ```
///
/// Deadlines are inherited: what runs under ``withDeadline(_:tolerance:_:)-(_,_,()->R)`` finds it in ``current``, wherever it is stolen to. A timeout, a duration, is turned
/// into a deadline once, at the top, and passed down as it is.
///
/// - Complexity: a value of eight bytes.
public struct Deadline: InstantProtocol, Sendable, Hashable {
  /// Nanoseconds of the system's monotonic clock, or of a simulation's.
  package let nanoseconds: UInt64

  init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

  /// This instant. Some 25 ns: a clock is read.
  public static var now: Deadline {
    SimulatedWorker.current?.simulation?.now ?? Deadline(nanoseconds: millrace_nanoseconds())
  }

  /// Never: 292 years, and whatever is beyond.
  public static let distantFuture = Deadline(nanoseconds: .max)

  /// The deadline that the code that calls this runs under: the earliest of all around it. Nil when there is none.
  ///
  /// In fork-join code this is a load or two, and also right in what has been stolen; elsewhere in a Swift task it is a task-local value (some 60 ns).
  public static var current: Deadline? {
    if let scope = unsafe Worker.current?.scope {
      let nanoseconds = unsafe scope.pointee.deadline
      return nanoseconds == 0 ? nil : Deadline(nanoseconds: nanoseconds)
    }
    return InheritedDeadline.value
  }

  /// Time left; negative when it has passed. Reads the clock.
  public var remaining: Duration { Deadline.now.duration(to: self) }

  /// It has passed. Reads the clock.
  public var hasPassed: Bool { self <= .now }

  /// - Returns: ``distantFuture`` when the sum is beyond it.
  public func advanced(by duration: Duration) -> Deadline {
    let offset = duration.wholeNanoseconds
    if offset == .max { return .distantFuture }
    let (sum, overflow) =
      offset >= 0
      ? nanoseconds.addingReportingOverflow(UInt64(offset)) : nanoseconds.subtractingReportingOverflow(offset.magnitude)
    return Deadline(nanoseconds: overflow ? (offset >= 0 ? .max : 0) : sum)
  }

  public func duration(to other: Deadline) -> Duration {
    other.nanoseconds >= nanoseconds
      ? .nanoseconds(Int64(clamping: other.nanoseconds - nanoseconds))
      : .zero - .nanoseconds(Int64(clamping: nanoseconds - other.nanoseconds))
  }

  public static func + (left: Deadline, right: Duration) -> Deadline { left.advanced(by: right) }
  public static func - (left: Deadline, right: Duration) -> Deadline { left.advanced(by: .zero - right) }

  public static func < (left: Deadline, right: Deadline) -> Bool { left.nanoseconds < right.nanoseconds }
}

/// The deadline of asynchronous code, for what it calls. Fork-join code has it in its scope, see ``Deadline/current``.
enum InheritedDeadline {
  @TaskLocal static var value: Deadline?
}

/// A deadline has passed, and what ran under it has been cancelled. Cancellation from elsewhere is a `CancellationError`.
public struct DeadlineExceeded: Error, Sendable, Hashable, CustomStringConvertible {
  /// The deadline that has passed.
  public let deadline: Deadline

  public var description: String { "the deadline has passed" }
}

extension Duration {
  /// Rounded towards zero; the nearest that there is when it is beyond 292 years.
  @inline(__always)
  var wholeNanoseconds: Int64 {
    // Below 2⁷³ attoseconds, two and a half hours, it is one division of 64 bits: 10⁹ = 2⁹ · 1953125.
    let attoseconds = attoseconds
    if attoseconds >> 73 == 0 { return Int64(UInt64(truncatingIfNeeded: attoseconds >> 9) / 1_953_125) }
    return wholeNanosecondsOfMuch
  }

  /// 0 when it is negative.
  var wholeNanosecondsAhead: UInt64 { UInt64(max(0, wholeNanoseconds)) }

  @inline(never)
  private var wholeNanosecondsOfMuch: Int64 {
    let (seconds, attoseconds) = components
    let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, overflows) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
    return overflow || overflows ? (seconds < 0 ? .min : .max) : sum
  }
}
