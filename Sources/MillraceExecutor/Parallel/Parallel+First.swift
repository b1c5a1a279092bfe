import Synchronization

extension Parallel {
  /// The least index in `range` that satisfies `predicate`, or nil.
  ///
  /// ```swift
  /// let firstBad = Parallel.first(in: 0..<rows.count) { !rows[$0].isValid }
  /// ```
  ///
  /// Grains above an index that was found are not begun any more; those below are.
  ///
  /// - Throws: One of the errors of `predicate`, or `CancellationError`, see ``Parallel``.
  @inlinable @inline(__always)
  public static func first<E: Error>(
    in range: Range<Int>, where predicate: @Sendable (Int) throws(E) -> Bool
  ) throws(E) -> Int? {
    let best = Atomic<Int>(range.upperBound)
    unsafe try withUnsafePointer(to: best) { (best) throws(E) in
      // SAFETY: an atomic, which outlives the loop.
      try overRanges(range) { (part) throws(E) in
        // Relaxed: only the index itself matters, and the loop's end orders the last read.
        guard unsafe part.lowerBound < best.pointee.load(ordering: .relaxed) else { return }
        for index in part where try predicate(index) {
          // Relaxed: see above.
          unsafe best.pointee.min(index, ordering: .relaxed)
          return
        }
      }
    }
    // Relaxed: see above.
    let found = best.load(ordering: .relaxed)
    return found < range.upperBound ? found : nil
  }

  /// The least index whose element satisfies `predicate`, or nil.
  @inlinable @inline(__always)
  public static func first<Element: Sendable, E: Error>(
    in array: [Element], where predicate: @Sendable (Element) throws(E) -> Bool
  ) throws(E) -> Int? {
    try first(in: 0..<array.count) { (index) throws(E) in try predicate(array[index]) }
  }
}
