import MillraceWorkflow
import Synchronization

/// A wall clock that shows what it is told to, and jumps as a system's may: forward and backward.
///
/// ```swift
/// let clock = ManualWallClock()
/// let store = MemoryRunStore(clock: clock)
/// clock.advance(by: .seconds(86_400))
/// ```
///
/// Any thread may call it.
public final class ManualWallClock: WallClock, Sendable {
  private let time: Mutex<Timestamp>

  /// By default it is 2026-01-01T00:00:00Z.
  public init(now: Timestamp = Timestamp(microseconds: 1_767_225_600_000_000)) {
    time = Mutex(now)
  }

  public var now: Timestamp { time.withLock { $0 } }

  /// By a negative duration it goes back.
  public func advance(by duration: Duration) { time.withLock { $0 = $0.advanced(by: duration) } }

  public func set(to now: Timestamp) { time.withLock { $0 = now } }
}
