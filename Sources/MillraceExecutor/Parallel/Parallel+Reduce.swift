import CMillrace
import MillracePrimitives

extension Parallel {
  /// Combines the values of `map` over `range`.
  ///
  /// ```swift
  /// let longest = Parallel.reduce(0..<lines.count, identity: 0, { lines[$0].count }, combine: max)
  /// ```
  ///
  /// - Parameters:
  ///   - identity: leaves what it is combined with as it is. It is used once for each part.
  ///   - combine: associative; the values keep their order, so it need not be commutative. Where it is associative only nearly (floating-point
  ///     sums), results differ in their last digits from run to run; fold fixed blocks with ``map(_:_:)-(Range<Int>,_)`` where they must not.
  /// - Throws: One of the errors of the closures, or `CancellationError`, see ``Parallel``.
  @inlinable @inline(__always)
  public static func reduce<T: Sendable, E: Error>(
    _ range: Range<Int>, identity: T, _ map: @Sendable (Int) throws(E) -> T,
    combine: @Sendable (T, T) throws(E) -> T
  ) throws(E) -> T {
    func fold(_ start: T, _ part: Range<Int>) throws(E) -> T {
      var value = start
      for index in part { value = try combine(value, map(index)) }
      return value
    }
    guard let worker = unsafe Worker.current else {
      return try onShared { () throws(E) -> T in
        unsafe try Worker.current.unsafelyUnwrapped.reduce(range, Grain(), identity, fold, combine)
      }
    }
    return unsafe try worker.reduce(range, Grain(), identity, fold, combine)
  }

  /// Combines the values of `map` over the elements of `array`. See ``reduce(_:identity:_:combine:)-(Range<Int>,_,_,_)``.
  @inlinable @inline(__always)
  public static func reduce<Element: Sendable, T: Sendable, E: Error>(
    _ array: [Element], identity: T, _ map: @Sendable (Element) throws(E) -> T,
    combine: @Sendable (T, T) throws(E) -> T
  ) throws(E) -> T {
    try reduce(0..<array.count, identity: identity, { (index) throws(E) in try map(array[index]) }, combine: combine)
  }
}

extension UnsafeMutablePointer where Pointee == Worker {
  @inlinable
  func reduce<T, E: Error>(
    _ range: Range<Int>, _ grain: Grain, _ identity: T, _ fold: (T, Range<Int>) throws(E) -> T,
    _ combine: (T, T) throws(E) -> T
  ) throws(E) -> T {
    var value = identity
    var low = range.lowerBound
    let high = range.upperBound
    var grain = grain
    while low < high {
      if high &- low > grain.count, unsafe pointee.forks.isDrained {
        let middle = low &+ (high &- low) / 2
        let (first, second) = unsafe try forkBoth(
          { [low] (worker) throws(E) in unsafe try worker.reduce(low..<middle, grain, identity, fold, combine) },
          { (worker) throws(E) in unsafe try worker.reduce(middle..<high, grain, identity, fold, combine) })
        return try combine(value, combine(first, second))
      }
      if let error = unsafe cancellation(E.self) { throw error }
      let end = high &- low > grain.count ? low &+ grain.count : high
      let start = millrace_ticks()
      value = try fold(value, low..<end)
      grain.adapt(millrace_ticks() &- start)
      low = end
    }
    return value
  }
}
