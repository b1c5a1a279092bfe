/// The wheel's unit of time: 2¹⁶ ns, about 65.5 µs, counted from the monotonic clock's zero.
///
/// A power of two, so that neither direction of the conversion divides; 48 bits of it are all the nanoseconds of a `UInt64`.
public struct Tick: Comparable, Hashable, Sendable {
  public var number: UInt64

  @inlinable @inline(__always)
  public init(_ number: UInt64) { self.number = number }

  public static let nanosecondsLog2: UInt64 = 16

  /// The first tick that is not before `nanoseconds`: deadlines round up, so that nothing fires early.
  @inlinable @inline(__always)
  public init(roundingUp nanoseconds: UInt64) {
    // Not `(nanoseconds + 65535) >> 16`: that overflows for "never", which callers write as `.max`.
    number = (nanoseconds &>> 16) &+ (nanoseconds & 0xffff == 0 ? 0 : 1)
  }

  /// The tick that has begun at `nanoseconds`: clocks round down, for the same reason.
  @inlinable @inline(__always)
  public init(begunAt nanoseconds: UInt64) { number = nanoseconds &>> 16 }

  /// When it begins; `.max` for the one tick that begins after the clock's last nanosecond.
  @inlinable
  public var nanoseconds: UInt64 { number >> 48 == 0 ? number &<< 16 : .max }

  @inlinable @inline(__always)
  public static func < (left: Tick, right: Tick) -> Bool { left.number < right.number }

  /// The slot of `level` that this tick lies in, counted from the clock's zero.
  @inlinable @inline(__always)
  func slot(_ level: UInt64) -> UInt64 { number &>> (level &* 6) }
}
