extension Parallel {
  /// Sorts `array` in place. Not stable.
  ///
  /// - Complexity: O(n log n) comparisons, and a second array's memory. Up to 4,096 elements are sorted by the caller alone.
  @inlinable
  public static func sort<T: Comparable & Sendable>(_ array: inout [T]) {
    sort(&array) { $0 < $1 }
  }

  /// Sorts `array` in place by `precedes`, a strict weak ordering. Not stable.
  ///
  /// ```swift
  /// Parallel.sort(&people) { $0.age < $1.age }
  /// ```
  @inlinable
  public static func sort<T: Sendable>(_ array: inout [T], by precedes: @Sendable (T, T) -> Bool) {
    guard array.count > sortedSerially else { return array.sort(by: precedes) }
    unsafe array.withUnsafeMutableBufferPointer { buffer in
      let scratch = UnsafeMutablePointer<T>.allocate(capacity: buffer.count)
      defer { unsafe scratch.deallocate() }
      let base = unsafe Elements(buffer).base
      let count = buffer.count
      guard let worker = unsafe Worker.withStack else {
        return elsewhere {
          unsafe Worker.current.unsafelyUnwrapped.mergeSort(base, count, scratch, toScratch: false, precedes)
        }
      }
      unsafe worker.mergeSort(base, count, scratch, toScratch: false, precedes)
    }
  }

  @usableFromInline static var sortedSerially: Int { 4096 }
}

// SAFETY of this extension: ranges given to two forks are disjoint; elements are moved between the array and the scratch, each place holding a
// value in exactly one of the two at any time; the comparison cannot throw, so no move is left half done.
extension UnsafeMutablePointer where Pointee == Worker {
  /// Sorts `count` elements at `source`; leaves them there, or moved to `scratch`.
  @inlinable
  func mergeSort<T>(
    _ source: UnsafeMutablePointer<T>, _ count: Int, _ scratch: UnsafeMutablePointer<T>, toScratch: Bool,
    _ precedes: @Sendable (T, T) -> Bool
  ) {
    if count <= Parallel.sortedSerially {
      var buffer = unsafe UnsafeMutableBufferPointer(start: source, count: count)
      unsafe buffer.sort(by: precedes)
      if toScratch { unsafe scratch.moveInitialize(from: source, count: count) }
      return
    }
    let half = count / 2
    _ = unsafe forkBoth(
      { unsafe $0.mergeSort(source, half, scratch, toScratch: !toScratch, precedes) },
      { unsafe $0.mergeSort(source + half, count - half, scratch + half, toScratch: !toScratch, precedes) })
    let (from, to) = unsafe toScratch ? (source, scratch) : (scratch, source)
    unsafe merge(from, half, from + half, count - half, into: to, precedes)
  }

  /// Moves two sorted runs to one place.
  @inlinable
  func merge<T>(
    _ left: UnsafeMutablePointer<T>, _ leftCount: Int, _ right: UnsafeMutablePointer<T>, _ rightCount: Int,
    into target: UnsafeMutablePointer<T>, _ precedes: @Sendable (T, T) -> Bool
  ) {
    if leftCount + rightCount > 4 * Parallel.sortedSerially {
      // Cut the longer run in the middle and the other where that value belongs: two merges that touch nothing in common.
      let isLeftLonger = leftCount >= rightCount
      let leftCut: Int
      let rightCut: Int
      if isLeftLonger {
        leftCut = leftCount / 2
        rightCut = unsafe Parallel.partitionPoint(right, rightCount) { unsafe precedes($0, left[leftCut]) }
      } else {
        rightCut = rightCount / 2
        leftCut = unsafe Parallel.partitionPoint(left, leftCount) { unsafe !precedes(right[rightCut], $0) }
      }
      _ = unsafe forkBoth(
        { unsafe $0.merge(left, leftCut, right, rightCut, into: target, precedes) },
        {
          unsafe $0.merge(
            left + leftCut, leftCount - leftCut, right + rightCut, rightCount - rightCut,
            into: target + leftCut + rightCut, precedes)
        })
      return
    }
    var (l, r, t) = (0, 0, 0)
    while l < leftCount, r < rightCount {
      if unsafe precedes(right[r], left[l]) {
        unsafe (target + t).moveInitialize(from: right + r, count: 1)
        r += 1
      } else {
        unsafe (target + t).moveInitialize(from: left + l, count: 1)
        l += 1
      }
      t += 1
    }
    unsafe (target + t).moveInitialize(from: left + l, count: leftCount - l)
    unsafe (target + t + leftCount - l).moveInitialize(from: right + r, count: rightCount - r)
  }
}

extension Parallel {
  /// How many elements of a partitioned run come before the first that does not satisfy `belongs`.
  @inlinable
  static func partitionPoint<T>(_ run: UnsafeMutablePointer<T>, _ count: Int, _ belongs: (T) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if unsafe belongs(run[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
