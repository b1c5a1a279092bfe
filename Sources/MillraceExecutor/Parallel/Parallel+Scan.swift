extension Parallel {
  /// The running combination of `array`: element `i` of the result combines elements `0...i`.
  ///
  /// ```swift
  /// let offsets = Parallel.scan(lengths, identity: 0, combine: +)
  /// ```
  ///
  /// Blocks are cut by the number of elements alone, so the result does not depend on the number of workers, not even in its last digit.
  ///
  /// - Parameters:
  ///   - identity: leaves what it is combined with as it is.
  ///   - combine: associative; it need not be commutative.
  /// - Complexity: O(n) combinations, twice: one pass for the blocks' totals, one for the elements. Short arrays take one.
  @inlinable
  public static func scan<T: Sendable>(
    _ array: [T], identity: T, combine: @Sendable (T, T) -> T
  ) -> [T] {
    let count = array.count
    let block = max(4096, (count + 1023) / 1024)
    let blocks = (count + block - 1) / block
    let totals = map(0..<max(0, blocks - 1)) { index in
      var total = array[index * block]
      for position in index * block + 1..<(index + 1) * block { total = combine(total, array[position]) }
      return total
    }
    var starts: [T] = []
    starts.reserveCapacity(blocks)
    var running = identity
    for total in totals {
      starts.append(running)
      running = combine(running, total)
    }
    if blocks > 0 { starts.append(running) }
    let before = starts
    return unsafe uninitialized(count) { place in
      let elements = unsafe Elements(UnsafeMutableBufferPointer(start: place, count: count))
      overRanges(0..<blocks) { part in
        for index in part {
          var running = before[index]
          for position in index * block..<min(count, (index + 1) * block) {
            running = combine(running, array[position])
            // SAFETY: blocks are disjoint and within the new array's storage.
            unsafe (elements.base + position).initialize(to: running)
          }
        }
      }
    }
  }
}
