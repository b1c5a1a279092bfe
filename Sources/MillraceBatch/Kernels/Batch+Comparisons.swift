/// Comparing, counting and choosing elements. Masks are bytes: 1 where something holds, else 0.
extension Batch {
  /// Writes 1 for each element of `x` of which the comparison with that of `y` holds, else 0.
  ///
  /// ```swift
  /// var isCold = [UInt8](repeating: 0, count: temperatures.count)
  /// Batch.compare(temperatures, .less, limits, into: &isCold)
  /// ```
  ///
  /// - Throws: `CancellationError` on the workers.
  @inlinable @inline(__always)
  public static func compare<
    X: Source & ~Copyable & ~Escapable, Y: Source & ~Copyable & ~Escapable, M: Target & ~Copyable & ~Escapable,
    E: Batch.Failure
  >(
    _ x: borrowing X, _ comparison: Comparison, _ y: borrowing Y, into mask: inout M, on place: Place<E> = .caller
  ) throws(E) where X.Element: Scalar, Y.Element == X.Element, M.Element == UInt8 {
    unsafe try map("compare", x, y, &mask, place, Grain.streaming) {
      unsafe X.Element._Kernels.compare(comparison.kernel, $0, $1, $2, $3)
    }
  }

  /// Writes 1 for each element of which the comparison with `n` holds, else 0.
  @inlinable @inline(__always)
  public static func compare<X: Source & ~Copyable & ~Escapable, M: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, _ comparison: Comparison, _ n: X.Element, into mask: inout M, on place: Place<E> = .caller
  ) throws(E) where X.Element: Scalar, M.Element == UInt8 {
    unsafe try map("compare", x, &mask, place, Grain.streaming) {
      unsafe X.Element._Kernels.compareScalar(comparison.kernel, $0, $1, n, $2)
    }
  }

  /// How many elements there are of which the comparison with `n` holds.
  @inlinable @inline(__always)
  public static func count<X: Source & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, _ comparison: Comparison, _ n: X.Element, on place: Place<E> = .caller
  ) throws(E) -> Int where X.Element: Scalar {
    unsafe try foldInteger(x, on: place) { unsafe X.Element._Kernels.countScalar(comparison.kernel, $0, n, $1) }
  }

  /// Each element of `x` where the mask's byte is not 0, else that of `y`.
  ///
  /// ```swift
  /// Batch.select(x, y, where: mask, into: &z)
  /// ```
  @inlinable @inline(__always)
  public static func select<
    X: Source & ~Copyable & ~Escapable, Y: Source & ~Copyable & ~Escapable, M: Source & ~Copyable & ~Escapable,
    Z: Target & ~Copyable & ~Escapable, E: Batch.Failure
  >(
    _ x: borrowing X, _ y: borrowing Y, where mask: borrowing M, into z: inout Z, on place: Place<E> = .caller
  ) throws(E) where X.Element: Scalar, Y.Element == X.Element, M.Element == UInt8, Z.Element == X.Element {
    unsafe try mask.withElements { (mask) throws(E) in
      unsafe try withMemory("select", x, y, &z) { (x, y, z, count) throws(E) in
        if mask.count != count { Complaint.lengths("select", "the first input", count, "the mask", mask.count) }
        let bytes = unsafe mask.baseAddress.unsafelyUnwrapped
        unsafe requireElementwise("select", bytes, z, count)
        try place.overGrains(count, Grain.streaming) { part in
          let first = part.lowerBound
          unsafe X.Element._Kernels.select(z + first, bytes + first, x + first, y + first, part.count)
        }
      }
    }
  }

  /// Each element, or the bound that it is beyond. What is not a number stays so.
  ///
  /// ```swift
  /// Batch.clamp(x, to: 0...1, into: &y)
  /// ```
  @inlinable @inline(__always)
  public static func clamp<X: Source & ~Copyable & ~Escapable, Y: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, to bounds: ClosedRange<X.Element>, into y: inout Y, on place: Place<E> = .caller
  ) throws(E) where X.Element: Scalar, Y.Element == X.Element {
    unsafe try map("clamp", x, &y, place, Grain.streaming) {
      unsafe X.Element._Kernels.clamp($0, $1, bounds.lowerBound, bounds.upperBound, $2)
    }
  }

  /// ``clamp(_:to:into:on:)``, in place.
  @inlinable @inline(__always)
  public static func clamp<X: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: inout X, to bounds: ClosedRange<X.Element>, on place: Place<E> = .caller
  ) throws(E) where X.Element: Scalar {
    unsafe try map(&x, place, Grain.streaming) {
      unsafe X.Element._Kernels.clamp($0, $1, bounds.lowerBound, bounds.upperBound, $2)
    }
  }
}
