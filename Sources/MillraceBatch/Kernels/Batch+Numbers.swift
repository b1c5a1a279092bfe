/// Arithmetic of a batch and a number.
extension Batch {
  /// Each element and `n`.
  @inlinable @inline(__always)
  public static func add<X: Source & ~Copyable & ~Escapable, Z: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, _ n: X.Element, into z: inout Z, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real, Z.Element == X.Element {
    unsafe try map("add", x, &z, place, Grain.streaming) { unsafe X.Element._Kernels.addScalar($0, $1, n, $2) }
  }

  /// Each element and `n`. `x` is changed.
  @inlinable @inline(__always)
  public static func add<X: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: inout X, _ n: X.Element, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real {
    unsafe try map(&x, place, Grain.streaming) { unsafe X.Element._Kernels.addScalar($0, $1, n, $2) }
  }

  /// Each element less `n`.
  @inlinable @inline(__always)
  public static func subtract<X: Source & ~Copyable & ~Escapable, Z: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, _ n: X.Element, into z: inout Z, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real, Z.Element == X.Element {
    unsafe try map("subtract", x, &z, place, Grain.streaming) { unsafe X.Element._Kernels.addScalar($0, $1, -n, $2) }
  }

  /// Each element less `n`. `x` is changed.
  @inlinable @inline(__always)
  public static func subtract<X: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: inout X, _ n: X.Element, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real {
    unsafe try map(&x, place, Grain.streaming) { unsafe X.Element._Kernels.addScalar($0, $1, -n, $2) }
  }

  /// `n` less each element.
  @inlinable @inline(__always)
  public static func subtract<X: Source & ~Copyable & ~Escapable, Z: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ n: X.Element, _ x: borrowing X, into z: inout Z, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real, Z.Element == X.Element {
    unsafe try map("subtract", x, &z, place, Grain.streaming) { unsafe X.Element._Kernels.fromScalar($0, $1, n, $2) }
  }

  /// `n` less each element. `x` is changed.
  @inlinable @inline(__always)
  public static func subtract<X: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ n: X.Element, _ x: inout X, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real {
    unsafe try map(&x, place, Grain.streaming) { unsafe X.Element._Kernels.fromScalar($0, $1, n, $2) }
  }

  /// Each element times `n`.
  @inlinable @inline(__always)
  public static func multiply<X: Source & ~Copyable & ~Escapable, Z: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, _ n: X.Element, into z: inout Z, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real, Z.Element == X.Element {
    unsafe try map("multiply", x, &z, place, Grain.streaming) { unsafe X.Element._Kernels.mulScalar($0, $1, n, $2) }
  }

  /// Each element times `n`. `x` is changed.
  @inlinable @inline(__always)
  public static func multiply<X: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: inout X, _ n: X.Element, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real {
    unsafe try map(&x, place, Grain.streaming) { unsafe X.Element._Kernels.mulScalar($0, $1, n, $2) }
  }

  /// Each element divided by `n`.
  @inlinable @inline(__always)
  public static func divide<X: Source & ~Copyable & ~Escapable, Z: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, _ n: X.Element, into z: inout Z, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real, Z.Element == X.Element {
    unsafe try map("divide", x, &z, place, Grain.streaming) { unsafe X.Element._Kernels.divScalar($0, $1, n, $2) }
  }

  /// Each element divided by `n`. `x` is changed.
  @inlinable @inline(__always)
  public static func divide<X: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: inout X, _ n: X.Element, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real {
    unsafe try map(&x, place, Grain.streaming) { unsafe X.Element._Kernels.divScalar($0, $1, n, $2) }
  }

  /// `n` divided by each element.
  @inlinable @inline(__always)
  public static func divide<X: Source & ~Copyable & ~Escapable, Z: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ n: X.Element, _ x: borrowing X, into z: inout Z, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real, Z.Element == X.Element {
    unsafe try map("divide", x, &z, place, Grain.streaming) { unsafe X.Element._Kernels.intoScalar($0, $1, n, $2) }
  }

  /// `n` divided by each element. `x` is changed.
  @inlinable @inline(__always)
  public static func divide<X: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ n: X.Element, _ x: inout X, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real {
    unsafe try map(&x, place, Grain.streaming) { unsafe X.Element._Kernels.intoScalar($0, $1, n, $2) }
  }

  /// The lesser of each element and `n`; what is not a number stays.
  @inlinable @inline(__always)
  public static func minimum<X: Source & ~Copyable & ~Escapable, Z: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, _ n: X.Element, into z: inout Z, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real, Z.Element == X.Element {
    unsafe try map("minimum", x, &z, place, Grain.streaming) { unsafe X.Element._Kernels.minScalar($0, $1, n, $2) }
  }

  /// The lesser of each element and `n`; what is not a number stays. `x` is changed.
  @inlinable @inline(__always)
  public static func minimum<X: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: inout X, _ n: X.Element, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real {
    unsafe try map(&x, place, Grain.streaming) { unsafe X.Element._Kernels.minScalar($0, $1, n, $2) }
  }

  /// The greater of each element and `n`; what is not a number stays.
  @inlinable @inline(__always)
  public static func maximum<X: Source & ~Copyable & ~Escapable, Z: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, _ n: X.Element, into z: inout Z, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real, Z.Element == X.Element {
    unsafe try map("maximum", x, &z, place, Grain.streaming) { unsafe X.Element._Kernels.maxScalar($0, $1, n, $2) }
  }

  /// The greater of each element and `n`; what is not a number stays. `x` is changed.
  @inlinable @inline(__always)
  public static func maximum<X: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: inout X, _ n: X.Element, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real {
    unsafe try map(&x, place, Grain.streaming) { unsafe X.Element._Kernels.maxScalar($0, $1, n, $2) }
  }
}
