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
    try fold(
      range, identity: identity,
      { (value, part) throws(E) in for index in part { value = try combine(value, map(index)) } },
      combine: { (value, next) throws(E) in value = try combine(value, next) })
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
