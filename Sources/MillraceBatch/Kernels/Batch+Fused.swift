/// Multiplications and additions together: rounded once where the ``level`` has such an instruction (not `sse2`), so that results differ between levels in the last bit.
extension Batch {
  /// `a` times each element of `x`, plus that of `y`.
  ///
  /// ```swift
  /// Batch.axpy(2, x, y, into: &z)
  /// ```
  ///
  /// - Throws: `CancellationError` on the workers.
  @inlinable @inline(__always)
  public static func axpy<
    X: Source & ~Copyable & ~Escapable, Y: Source & ~Copyable & ~Escapable, Z: Target & ~Copyable & ~Escapable,
    E: Batch.Failure
  >(
    _ a: X.Element, _ x: borrowing X, _ y: borrowing Y, into z: inout Z, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real, Y.Element == X.Element, Z.Element == X.Element {
    unsafe try map("axpy", x, y, &z, place, Grain.streaming) { unsafe X.Element._Kernels.axpy($0, a, $1, $2, $3) }
  }

  /// Adds `a` times each element of `x` to that of `y`.
  ///
  /// ```swift
  /// Batch.axpy(2, x, &y)
  /// ```
  @inlinable @inline(__always)
  public static func axpy<X: Source & ~Copyable & ~Escapable, Y: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ a: X.Element, _ x: borrowing X, _ y: inout Y, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real, Y.Element == X.Element {
    unsafe try map("axpy", &y, x, place, Grain.streaming) { unsafe X.Element._Kernels.axpy($0, a, $2, $1, $3) }
  }

  /// Each element of `x` times that of `y`, plus that of `z`.
  @inlinable @inline(__always)
  public static func multiplyAdd<
    X: Source & ~Copyable & ~Escapable, Y: Source & ~Copyable & ~Escapable, Z: Source & ~Copyable & ~Escapable,
    W: Target & ~Copyable & ~Escapable, E: Batch.Failure
  >(
    _ x: borrowing X, _ y: borrowing Y, _ z: borrowing Z, into w: inout W, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real, Y.Element == X.Element, Z.Element == X.Element, W.Element == X.Element {
    unsafe try z.withElements { (z) throws(E) in
      unsafe try withMemory("multiplyAdd", x, y, &w) { (x, y, w, count) throws(E) in
        if z.count != count { Complaint.lengths("multiplyAdd", "the first input", count, "the third", z.count) }
        let third = unsafe z.baseAddress.unsafelyUnwrapped
        unsafe requireElementwise("multiplyAdd", third, w, count)
        try place.overGrains(count, Grain.streaming) { part in
          let first = part.lowerBound
          unsafe X.Element._Kernels.fma(w + first, x + first, y + first, third + first, part.count)
        }
      }
    }
  }

  /// Each element times `scale`, plus `offset`. `Int32` wraps.
  ///
  /// ```swift
  /// Batch.affine(celsius, scale: 1.8, offset: 32, into: &fahrenheit)
  /// ```
  @inlinable @inline(__always)
  public static func affine<X: Source & ~Copyable & ~Escapable, Y: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, scale: X.Element, offset: X.Element, into y: inout Y, on place: Place<E> = .caller
  ) throws(E) where X.Element: Number, Y.Element == X.Element {
    unsafe try map("affine", x, &y, place, Grain.streaming) {
      unsafe X.Element._Kernels.affine($0, $1, scale, offset, $2)
    }
  }

  /// ``affine(_:scale:offset:into:on:)``, in place.
  @inlinable @inline(__always)
  public static func affine<X: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: inout X, scale: X.Element, offset: X.Element, on place: Place<E> = .caller
  ) throws(E) where X.Element: Number {
    unsafe try map(&x, place, Grain.streaming) { unsafe X.Element._Kernels.affine($0, $1, scale, offset, $2) }
  }

  /// The polynomial of each element: `coefficients[0] + coefficients[1] * x + …`, by Horner's rule.
  ///
  /// ```swift
  /// Batch.polynomial(x, coefficients: [1, 0, -0.5], into: &y)  // 1 - x²/2
  /// ```
  @inlinable @inline(__always)
  public static func polynomial<
    X: Source & ~Copyable & ~Escapable, Y: Target & ~Copyable & ~Escapable, E: Batch.Failure
  >(
    _ x: borrowing X, coefficients: [X.Element], into y: inout Y, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real, Y.Element == X.Element {
    unsafe try map("polynomial", x, &y, place, Grain.streaming) {
      unsafe X.Element._Kernels.polynomial($0, $1, coefficients, coefficients.count, $2)
    }
  }

  /// ``polynomial(_:coefficients:into:on:)``, in place.
  @inlinable @inline(__always)
  public static func polynomial<X: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: inout X, coefficients: [X.Element], on place: Place<E> = .caller
  ) throws(E) where X.Element: Real {
    unsafe try map(&x, place, Grain.streaming) {
      unsafe X.Element._Kernels.polynomial($0, $1, coefficients, coefficients.count, $2)
    }
  }
}
