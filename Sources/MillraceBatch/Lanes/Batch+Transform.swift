extension Batch {
  /// Calls `lanes` with vectors of elements of `x`, and writes what it returns to `y`.
  ///
  /// ```swift
  /// Batch.transform(x, into: &y) { (v: SIMD8<Float>) in v * v + 1 }
  /// ```
  ///
  /// `lanes` is inlined into the loop; it is compiled for the processor that *your* module is compiled for: SSE2, unless your package says otherwise. A program (``program(_:_:)-(_,(Value<Float>)->Value<Float>)``) or a kernel runs at the best ``level`` in any build.
  /// With ``Place/workers`` the calling worker has it inlined; the others have it inlined too when it captures nothing, else they call it through a pointer for every vector.
  ///
  /// - Parameters:
  ///   - x: the elements, of the vectors' scalar type.
  ///   - y: as many; their type may be another one.
  ///   - place: see ``Place``.
  ///   - lanes: computes each lane of its result from the same lane of its argument alone. Which elements come together is not defined; the last vector is filled up with one of the others.
  ///     Input and output vectors have as many lanes.
  /// - Throws: `CancellationError` on the workers.
  /// - Complexity: O(n), no allocation.
  @inlinable @inline(__always)
  public static func transform<
    X: Source & ~Copyable & ~Escapable, Y: Target & ~Copyable & ~Escapable, V: SIMD, W: SIMD, E: Batch.Failure
  >(
    _ x: borrowing X, into y: inout Y, on place: Place<E> = .caller, lanes: @Sendable (V) -> W
  ) throws(E) where X.Element == V.Scalar, Y.Element == W.Scalar {
    precondition(
      V.scalarCount == W.scalarCount, "Batch.transform: the closure's vectors differ in their number of lanes")
    unsafe try withMemory("transform", x, &y) { (x, y, count) throws(E) in
      unsafe try LaneLoop.overGrains(
        x, y, count, place, inlined: { unsafe LaneLoop.transform($0, $1, $2, lanes) },
        strip: { unsafe LaneLoop.transform($0, $1, $2, lanes) })
    }
  }

  /// Replaces the elements of `x` by what `lanes` returns for vectors of them.
  ///
  /// ```swift
  /// Batch.transform(&x) { (v: SIMD8<Float>) in v * 2 }
  /// ```
  ///
  /// See ``transform(_:into:on:lanes:)``.
  @inlinable @inline(__always)
  public static func transform<X: Target & ~Copyable & ~Escapable, V: SIMD, E: Batch.Failure>(
    _ x: inout X, on place: Place<E> = .caller, lanes: @Sendable (V) -> V
  ) throws(E) where X.Element == V.Scalar {
    unsafe try x.withMutableElements { (x) throws(E) in
      guard let base = x.baseAddress else { return }
      unsafe try LaneLoop.overGrains(
        UnsafePointer(base), base, x.count, place, inlined: { unsafe LaneLoop.transform($0, $1, $2, lanes) },
        strip: { unsafe LaneLoop.transform($0, $1, $2, lanes) })
    }
  }

  /// Calls `lanes` with vectors of elements of `x` and of `y`, and writes what it returns to `z`.
  ///
  /// ```swift
  /// Batch.zip(x, y, into: &z) { (a: SIMD8<Float>, b: SIMD8<Float>) in a * b + 1 }
  /// ```
  ///
  /// See ``transform(_:into:on:lanes:)``.
  @inlinable @inline(__always)
  public static func zip<
    X: Source & ~Copyable & ~Escapable, Y: Source & ~Copyable & ~Escapable, Z: Target & ~Copyable & ~Escapable,
    U: SIMD, V: SIMD, W: SIMD, E: Batch.Failure
  >(
    _ x: borrowing X, _ y: borrowing Y, into z: inout Z, on place: Place<E> = .caller, lanes: @Sendable (U, V) -> W
  ) throws(E) where X.Element == U.Scalar, Y.Element == V.Scalar, Z.Element == W.Scalar {
    precondition(
      U.scalarCount == W.scalarCount && V.scalarCount == W.scalarCount,
      "Batch.zip: the closure's vectors differ in their number of lanes")
    unsafe try withMemory("zip", x, y, &z) { (x, y, z, count) throws(E) in
      unsafe try LaneLoop.overGrains(
        x, y, z, count, place, inlined: { unsafe LaneLoop.zip($0, $1, $2, $3, lanes) },
        strip: { unsafe LaneLoop.zip($0, $1, $2, $3, lanes) })
    }
  }

  /// Changes the elements of `x` to what `lanes` returns for vectors of them and of `y`.
  ///
  /// ```swift
  /// Batch.zip(&x, y) { (a: SIMD8<Float>, b: SIMD8<Float>) in a + b }
  /// ```
  ///
  /// See ``transform(_:into:on:lanes:)``.
  @inlinable @inline(__always)
  public static func zip<
    X: Target & ~Copyable & ~Escapable, Y: Source & ~Copyable & ~Escapable, U: SIMD, V: SIMD, E: Batch.Failure
  >(
    _ x: inout X, _ y: borrowing Y, on place: Place<E> = .caller, lanes: @Sendable (U, V) -> U
  ) throws(E) where X.Element == U.Scalar, Y.Element == V.Scalar {
    precondition(
      U.scalarCount == V.scalarCount, "Batch.zip: the closure's vectors differ in their number of lanes")
    unsafe try withMemory("zip", y, &x) { (y, x, count) throws(E) in
      unsafe try LaneLoop.overGrains(
        UnsafePointer(x), y, x, count, place, inlined: { unsafe LaneLoop.zip($0, $1, $2, $3, lanes) },
        strip: { unsafe LaneLoop.zip($0, $1, $2, $3, lanes) })
    }
  }
}
