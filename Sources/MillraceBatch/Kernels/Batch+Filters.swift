import CMillraceKernels

/// Elements that are kept, in their order.
extension Batch {
  /// Writes the elements of which the comparison with `n` holds to the beginning of `y`.
  ///
  /// ```swift
  /// let count = Batch.filter(x, .greater, 0, into: &positive)
  /// ```
  ///
  /// - Parameter y: has room for all of them: a shorter one than `x` traps when it is too short. What is behind the last of them may be overwritten.
  /// - Returns: how many there are.
  /// - Throws: `CancellationError` on the workers.
  /// - Complexity: O(n); on the workers two passes.
  @inlinable @inline(__always)
  public static func filter<X: Source & ~Copyable & ~Escapable, Y: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, _ comparison: Comparison, _ n: X.Element, into y: inout Y, on place: Place<E> = .caller
  ) throws(E) -> Int where X.Element: Number, Y.Element == X.Element {
    unsafe try x.withElements { (x) throws(E) in
      unsafe try y.withMutableElements { (y) throws(E) in
        guard let from = x.baseAddress else { return 0 }
        return unsafe try keep("filter", from, x.count, y, on: place) {
          unsafe X.Element._Kernels.countScalar(comparison.kernel, from + $0.lowerBound, n, $0.count)
        } _: { out, capacity, part in
          unsafe X.Element._Kernels.filterScalar(
            comparison.kernel, out, capacity, from + part.lowerBound, n, part.count)
        }
      }
    }
  }

  /// The elements of which the comparison with `n` holds.
  ///
  /// ```swift
  /// let positive = Batch.filter(x, .greater, 0)
  /// ```
  @inlinable
  public static func filter<X: Source & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, _ comparison: Comparison, _ n: X.Element, on place: Place<E> = .caller
  ) throws(E) -> [X.Element] where X.Element: Number {
    let kept = try count(x, comparison, n, on: place)
    var failure: E? = nil
    let result = unsafe [X.Element](unsafeUninitializedCapacity: kept) { buffer, initialized in
      do throws(E) {
        unsafe initialized = try filter(x, comparison, n, into: &buffer, on: place)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return result
  }

  /// Writes the elements of which the mask's byte is not 0 to the beginning of `y`.
  ///
  /// See ``filter(_:_:_:into:on:)``.
  @inlinable @inline(__always)
  public static func compact<
    X: Source & ~Copyable & ~Escapable, M: Source & ~Copyable & ~Escapable, Y: Target & ~Copyable & ~Escapable,
    E: Batch.Failure
  >(
    _ x: borrowing X, where mask: borrowing M, into y: inout Y, on place: Place<E> = .caller
  ) throws(E) -> Int where X.Element: Number, M.Element == UInt8, Y.Element == X.Element {
    unsafe try x.withElements { (x) throws(E) in
      unsafe try mask.withElements { (mask) throws(E) in
        unsafe try y.withMutableElements { (y) throws(E) in
          if mask.count != x.count { Complaint.lengths("compact", "the input", x.count, "the mask", mask.count) }
          guard let from = x.baseAddress, let bytes = mask.baseAddress else { return 0 }
          if let to = y.baseAddress { unsafe requireApart("compact", bytes, mask.count, to, y.count) }
          return unsafe try keep("compact", from, x.count, y, on: place) {
            unsafe UInt8._Kernels.countScalar(.notEqual, bytes + $0.lowerBound, 0, $0.count)
          } _: { out, capacity, part in
            unsafe X.Element._Kernels.compact(
              out, capacity, from + part.lowerBound, bytes + part.lowerBound, part.count)
          }
        }
      }
    }
  }

  /// Counts what each block keeps, then has every block write to where the ones before it end.
  @inlinable @inline(__always)
  static func keep<T, E: Batch.Failure>(
    _ name: StaticString, _ x: UnsafePointer<T>, _ count: Int, _ y: UnsafeMutableBufferPointer<T>, on place: Place<E>,
    _ countKept: (Range<Int>) -> Int, _ write: (UnsafeMutablePointer<T>, Int, Range<Int>) -> Int
  ) throws(E) -> Int {
    // The kernels need room that suffices.
    if y.count < count {
      let kept = countKept(0..<count)
      if kept > y.count { Complaint.room(name, kept, y.count) }
    }
    guard let to = y.baseAddress, count > 0 else { return 0 }
    let block = Grain.streaming
    let blocks = (count + block - 1) / block
    if !place.isShared || blocks < Grain.sharedFrom {
      if unsafe UnsafePointer(to) != x { unsafe requireApart(name, x, count, to, y.count) }
      var kept = 0
      try place.overGrains(1, 1) { _ in unsafe kept = write(to, y.count, 0..<count) }
      return kept
    }
    unsafe requireApart(name, x, count, to, y.count)
    var starts = [Int](repeating: 0, count: blocks + 1)
    unsafe try starts.withMutableElements { (starts) throws(E) in
      let counts = unsafe starts.baseAddress.unsafelyUnwrapped
      try place.overGrains(blocks, 1) { part in
        for index in part {
          // SAFETY: each block has its place.
          unsafe counts[index + 1] = countKept(index * block..<Swift.min(count, (index + 1) * block))
        }
      }
    }
    for index in 0..<blocks { starts[index + 1] += starts[index] }
    let ends = starts
    try place.overGrains(blocks, 1) { part in
      for index in part {
        let room = ends[index + 1] - ends[index]
        if room > 0 { unsafe _ = write(to + ends[index], room, index * block..<Swift.min(count, (index + 1) * block)) }
      }
    }
    return ends[blocks]
  }
}
