extension Parallel {
  /// The values of `transform` over `range`, in order.
  ///
  /// ```swift
  /// let digests = Parallel.map(0..<blocks.count) { sha256(blocks[$0]) }
  /// ```
  ///
  /// - Throws: One of the errors of `transform`, or `CancellationError`, see ``Parallel``. What was made is released.
  /// - Complexity: O(n / workers) when balanced; one allocation.
  @inlinable @inline(__always)
  public static func map<T: Sendable, E: Error>(
    _ range: Range<Int>, _ transform: @Sendable (Int) throws(E) -> T
  ) throws(E) -> [T] {
    if E.self != Never.self, !_isPOD(T.self) {
      // Values that own something must be released when an error cuts the loop short: know which were made.
      var made = [T?](repeating: nil, count: range.count)
      let lower = range.lowerBound
      try forEach(in: &made) { (offset, place) throws(E) in place = try transform(lower + offset) }
      return made.map { $0! }
    }
    return unsafe try uninitialized(range.count) { (place) throws(E) in
      let lower = range.lowerBound
      let elements = unsafe Elements(UnsafeMutableBufferPointer(start: place, count: range.count))
      try overRanges(range) { (part) throws(E) in
        // SAFETY: parts are disjoint and within the new array's storage.
        for index in part { unsafe (elements.base + (index - lower)).initialize(to: try transform(index)) }
      }
    }
  }

  /// The values of `transform` over the elements of `array`, in order. See ``map(_:_:)-(Range<Int>,_)``.
  @inlinable @inline(__always)
  public static func map<Element: Sendable, T: Sendable, E: Error>(
    _ array: [Element], _ transform: @Sendable (Element) throws(E) -> T
  ) throws(E) -> [T] {
    try map(0..<array.count) { (index) throws(E) in try transform(array[index]) }
  }

  /// An array of `count` elements that `initialize` makes, all or none.
  @inlinable @inline(__always)
  static func uninitialized<T, E: Error>(
    _ count: Int, _ initialize: (UnsafeMutablePointer<T>?) throws(E) -> Void
  ) throws(E) -> [T] {
    var failure: E? = nil
    let array = unsafe [T](unsafeUninitializedCapacity: count) { buffer, initialized in
      do throws(E) {
        unsafe try initialize(buffer.baseAddress)
        initialized = count
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return array
  }
}
