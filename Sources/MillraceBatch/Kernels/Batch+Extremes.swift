/// The least and the greatest elements. What is not a number is passed over.
extension Batch {
  /// The least element; nil when there is none. Not a number when nothing else is there.
  ///
  /// - Throws: `CancellationError` on the workers.
  @inlinable @inline(__always)
  public static func min<X: Source & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, on place: Place<E> = .caller
  ) throws(E) -> X.Element? where X.Element: Scalar {
    unsafe try extreme(x, on: place) { unsafe X.Element._Kernels.reduceMin($0, $1) }
  }

  /// The greatest element; nil when there is none. Not a number when nothing else is there.
  @inlinable @inline(__always)
  public static func max<X: Source & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, on place: Place<E> = .caller
  ) throws(E) -> X.Element? where X.Element: Scalar {
    unsafe try extreme(x, on: place) { unsafe X.Element._Kernels.reduceMax($0, $1) }
  }

  /// The least and the greatest element, in one pass; nil when there is none.
  @inlinable @inline(__always)
  public static func minAndMax<X: Source & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, on place: Place<E> = .caller
  ) throws(E) -> (min: X.Element, max: X.Element)? where X.Element: Number {
    typealias Kernels = X.Element._Kernels
    return unsafe try x.withElements { (x) throws(E) in
      guard let base = x.baseAddress, x.count > 0 else { return nil }
      var (low, high) = unsafe (base[0], base[0])
      if !place.isShared {
        unsafe Kernels.reduceMinMax(&low, &high, base, x.count)
        return (low, high)
      }
      // The extremes of the blocks' extremes are those of all: of lows and highs side by side, which have no others between them.
      let blocks = (x.count + Grain.reading - 1) / Grain.reading
      var extremes = [X.Element](repeating: low, count: 2 * blocks)
      unsafe try extremes.withMutableElements { (extremes) throws(E) in
        let ends = unsafe extremes.baseAddress.unsafelyUnwrapped
        try place.overGrains(blocks, 1) { part in
          for block in part {
            let first = block * Grain.reading
            // SAFETY: each block has its two places.
            unsafe Kernels.reduceMinMax(
              ends + block, ends + (blocks + block), base + first, Swift.min(Grain.reading, x.count - first))
          }
        }
        (low, high) = unsafe (Kernels.reduceMin(ends, blocks), Kernels.reduceMax(ends + blocks, blocks))
      }
      return (low, high)
    }
  }

  /// The first place of the least element; nil when there is none that is a number.
  @inlinable @inline(__always)
  public static func indexOfMin<X: Source & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, on place: Place<E> = .caller
  ) throws(E) -> Int? where X.Element: Number {
    unsafe try indexOfExtreme(x, on: place, { unsafe X.Element._Kernels.argmin($0, $1) }, { $0 < $1 })
  }

  /// The first place of the greatest element; nil when there is none that is a number.
  @inlinable @inline(__always)
  public static func indexOfMax<X: Source & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, on place: Place<E> = .caller
  ) throws(E) -> Int? where X.Element: Number {
    unsafe try indexOfExtreme(x, on: place, { unsafe X.Element._Kernels.argmax($0, $1) }, { $0 > $1 })
  }

  // MARK: Mechanism

  @inlinable @inline(__always)
  static func extreme<X: Source & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, on place: Place<E>, _ kernel: (UnsafePointer<X.Element>, Int) -> X.Element
  ) throws(E) -> X.Element? {
    unsafe try x.withElements { (x) throws(E) in
      guard let base = x.baseAddress, x.count > 0 else { return nil }
      if !place.isShared { return unsafe kernel(base, x.count) }
      // The extreme of the blocks' extremes.
      let blocks = (x.count + Grain.reading - 1) / Grain.reading
      var extremes = unsafe [X.Element](repeating: base[0], count: blocks)
      unsafe try extremes.withMutableElements { (extremes) throws(E) in
        let ends = unsafe extremes.baseAddress.unsafelyUnwrapped
        try place.overGrains(blocks, 1) { part in
          for block in part {
            let first = block * Grain.reading
            // SAFETY: each block has its place.
            unsafe ends[block] = unsafe kernel(base + first, Swift.min(Grain.reading, x.count - first))
          }
        }
      }
      return unsafe kernel(extremes, blocks)
    }
  }

  @inlinable @inline(__always)
  static func indexOfExtreme<X: Source & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, on place: Place<E>, _ kernel: (UnsafePointer<X.Element>, Int) -> Int,
    _ precedes: (X.Element, X.Element) -> Bool
  ) throws(E) -> Int? {
    unsafe try x.withElements { (x) throws(E) in
      guard let base = x.baseAddress else { return nil }
      let best = try Blocks.fold(x.count, place.isShared ? Grain.reading : Swift.max(1, x.count), on: place, -1) {
        part in
        let index = unsafe kernel(base + part.lowerBound, part.count)
        return index < 0 ? -1 : part.lowerBound + index
      } _: { best, next in
        if best < 0 { return next }
        return unsafe next >= 0 && precedes(base[next], base[best]) ? next : best
      }
      return best < 0 ? nil : best
    }
  }
}
