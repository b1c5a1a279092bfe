/// Arithmetic of two batches, or of a batch and a number.
extension Batch {
  // MARK: Two batches

  /// The sum of each two elements. `Int32` wraps, `UInt8` saturates.
  ///
  /// ```swift
  /// Batch.add(x, y, into: &z)
  /// ```
  ///
  /// - Throws: `CancellationError` on the workers.
  @inlinable @inline(__always)
  public static func add<
    X: Source & ~Copyable & ~Escapable, Y: Source & ~Copyable & ~Escapable, Z: Target & ~Copyable & ~Escapable,
    E: Batch.Failure
  >(
    _ x: borrowing X, _ y: borrowing Y, into z: inout Z, on place: Place<E> = .caller
  ) throws(E) where X.Element: Scalar, Y.Element == X.Element, Z.Element == X.Element {
    unsafe try map("add", x, y, &z, place, Grain.streaming) { unsafe X.Element._Kernels.add($0, $1, $2, $3) }
  }

  /// ``add(_:_:into:on:)-(_,Y,_,_)``: `x` is changed.
  @inlinable @inline(__always)
  public static func add<X: Target & ~Copyable & ~Escapable, Y: Source & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: inout X, _ y: borrowing Y, on place: Place<E> = .caller
  ) throws(E) where X.Element: Scalar, Y.Element == X.Element {
    unsafe try map("add", &x, y, place, Grain.streaming) { unsafe X.Element._Kernels.add($0, $1, $2, $3) }
  }

  /// Each element of `x` less that of `y`. `Int32` wraps, `UInt8` saturates.
  ///
  /// - Throws: `CancellationError` on the workers.
  @inlinable @inline(__always)
  public static func subtract<
    X: Source & ~Copyable & ~Escapable, Y: Source & ~Copyable & ~Escapable, Z: Target & ~Copyable & ~Escapable,
    E: Batch.Failure
  >(
    _ x: borrowing X, _ y: borrowing Y, into z: inout Z, on place: Place<E> = .caller
  ) throws(E) where X.Element: Scalar, Y.Element == X.Element, Z.Element == X.Element {
    unsafe try map("subtract", x, y, &z, place, Grain.streaming) { unsafe X.Element._Kernels.sub($0, $1, $2, $3) }
  }

  /// ``subtract(_:_:into:on:)-(_,Y,_,_)``: `x` is changed.
  @inlinable @inline(__always)
  public static func subtract<X: Target & ~Copyable & ~Escapable, Y: Source & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: inout X, _ y: borrowing Y, on place: Place<E> = .caller
  ) throws(E) where X.Element: Scalar, Y.Element == X.Element {
    unsafe try map("subtract", &x, y, place, Grain.streaming) { unsafe X.Element._Kernels.sub($0, $1, $2, $3) }
  }

  /// The product of each two elements. `Int32` wraps.
  ///
  /// - Throws: `CancellationError` on the workers.
  @inlinable @inline(__always)
  public static func multiply<
    X: Source & ~Copyable & ~Escapable, Y: Source & ~Copyable & ~Escapable, Z: Target & ~Copyable & ~Escapable,
    E: Batch.Failure
  >(
    _ x: borrowing X, _ y: borrowing Y, into z: inout Z, on place: Place<E> = .caller
  ) throws(E) where X.Element: Number, Y.Element == X.Element, Z.Element == X.Element {
    unsafe try map("multiply", x, y, &z, place, Grain.streaming) { unsafe X.Element._Kernels.mul($0, $1, $2, $3) }
  }

  /// ``multiply(_:_:into:on:)-(_,Y,_,_)``: `x` is changed.
  @inlinable @inline(__always)
  public static func multiply<X: Target & ~Copyable & ~Escapable, Y: Source & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: inout X, _ y: borrowing Y, on place: Place<E> = .caller
  ) throws(E) where X.Element: Number, Y.Element == X.Element {
    unsafe try map("multiply", &x, y, place, Grain.streaming) { unsafe X.Element._Kernels.mul($0, $1, $2, $3) }
  }

  /// Each element of `x` divided by that of `y`.
  ///
  /// - Throws: `CancellationError` on the workers.
  @inlinable @inline(__always)
  public static func divide<
    X: Source & ~Copyable & ~Escapable, Y: Source & ~Copyable & ~Escapable, Z: Target & ~Copyable & ~Escapable,
    E: Batch.Failure
  >(
    _ x: borrowing X, _ y: borrowing Y, into z: inout Z, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real, Y.Element == X.Element, Z.Element == X.Element {
    unsafe try map("divide", x, y, &z, place, Grain.streaming) { unsafe X.Element._Kernels.div($0, $1, $2, $3) }
  }

  /// ``divide(_:_:into:on:)-(_,Y,_,_)``: `x` is changed.
  @inlinable @inline(__always)
  public static func divide<X: Target & ~Copyable & ~Escapable, Y: Source & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: inout X, _ y: borrowing Y, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real, Y.Element == X.Element {
    unsafe try map("divide", &x, y, place, Grain.streaming) { unsafe X.Element._Kernels.div($0, $1, $2, $3) }
  }

  /// The lesser of each two elements, as Swift's `min`; that of `x` where one is not a number.
  ///
  /// - Throws: `CancellationError` on the workers.
  @inlinable @inline(__always)
  public static func minimum<
    X: Source & ~Copyable & ~Escapable, Y: Source & ~Copyable & ~Escapable, Z: Target & ~Copyable & ~Escapable,
    E: Batch.Failure
  >(
    _ x: borrowing X, _ y: borrowing Y, into z: inout Z, on place: Place<E> = .caller
  ) throws(E) where X.Element: Scalar, Y.Element == X.Element, Z.Element == X.Element {
    unsafe try map("minimum", x, y, &z, place, Grain.streaming) { unsafe X.Element._Kernels.min($0, $1, $2, $3) }
  }

  /// ``minimum(_:_:into:on:)-(_,Y,_,_)``: `x` is changed.
  @inlinable @inline(__always)
  public static func minimum<X: Target & ~Copyable & ~Escapable, Y: Source & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: inout X, _ y: borrowing Y, on place: Place<E> = .caller
  ) throws(E) where X.Element: Scalar, Y.Element == X.Element {
    unsafe try map("minimum", &x, y, place, Grain.streaming) { unsafe X.Element._Kernels.min($0, $1, $2, $3) }
  }

  /// The greater of each two elements, as Swift's `max`; that of `x` where one is not a number.
  ///
  /// - Throws: `CancellationError` on the workers.
  @inlinable @inline(__always)
  public static func maximum<
    X: Source & ~Copyable & ~Escapable, Y: Source & ~Copyable & ~Escapable, Z: Target & ~Copyable & ~Escapable,
    E: Batch.Failure
  >(
    _ x: borrowing X, _ y: borrowing Y, into z: inout Z, on place: Place<E> = .caller
  ) throws(E) where X.Element: Scalar, Y.Element == X.Element, Z.Element == X.Element {
    unsafe try map("maximum", x, y, &z, place, Grain.streaming) { unsafe X.Element._Kernels.max($0, $1, $2, $3) }
  }

  /// ``maximum(_:_:into:on:)-(_,Y,_,_)``: `x` is changed.
  @inlinable @inline(__always)
  public static func maximum<X: Target & ~Copyable & ~Escapable, Y: Source & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: inout X, _ y: borrowing Y, on place: Place<E> = .caller
  ) throws(E) where X.Element: Scalar, Y.Element == X.Element {
    unsafe try map("maximum", &x, y, place, Grain.streaming) { unsafe X.Element._Kernels.max($0, $1, $2, $3) }
  }
}
