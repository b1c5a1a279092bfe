/// Functions of each element.
///
/// How near they come is in the article <doc:Batches>.
extension Batch {
  /// *e* to the power of each element.
  ///
  /// ```swift
  /// Batch.exp(x, into: &y)
  /// ```
  ///
  /// - Throws: `CancellationError` on the workers.
  @inlinable @inline(__always)
  public static func exp<X: Source & ~Copyable & ~Escapable, Y: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, into y: inout Y, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real, Y.Element == X.Element {
    unsafe try map("exp", x, &y, place, Grain.dear) { unsafe X.Element._Kernels.exp($0, $1, $2) }
  }

  /// ``exp(_:into:on:)``, in place.
  @inlinable @inline(__always)
  public static func exp<X: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: inout X, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real {
    unsafe try map(&x, place, Grain.dear) { unsafe X.Element._Kernels.exp($0, $1, $2) }
  }

  /// The natural logarithm of each element: of 0 negative infinity, below 0 not a number.
  ///
  /// - Throws: `CancellationError` on the workers.
  @inlinable @inline(__always)
  public static func log<X: Source & ~Copyable & ~Escapable, Y: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, into y: inout Y, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real, Y.Element == X.Element {
    unsafe try map("log", x, &y, place, Grain.dear) { unsafe X.Element._Kernels.log($0, $1, $2) }
  }

  /// ``log(_:into:on:)``, in place.
  @inlinable @inline(__always)
  public static func log<X: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: inout X, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real {
    unsafe try map(&x, place, Grain.dear) { unsafe X.Element._Kernels.log($0, $1, $2) }
  }

  /// The sine of each element, an angle in radians.
  ///
  /// - Throws: `CancellationError` on the workers.
  @inlinable @inline(__always)
  public static func sin<X: Source & ~Copyable & ~Escapable, Y: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, into y: inout Y, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real, Y.Element == X.Element {
    unsafe try map("sin", x, &y, place, Grain.dear) { unsafe X.Element._Kernels.sin($0, $1, $2) }
  }

  /// ``sin(_:into:on:)``, in place.
  @inlinable @inline(__always)
  public static func sin<X: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: inout X, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real {
    unsafe try map(&x, place, Grain.dear) { unsafe X.Element._Kernels.sin($0, $1, $2) }
  }

  /// The cosine of each element, an angle in radians.
  ///
  /// - Throws: `CancellationError` on the workers.
  @inlinable @inline(__always)
  public static func cos<X: Source & ~Copyable & ~Escapable, Y: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, into y: inout Y, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real, Y.Element == X.Element {
    unsafe try map("cos", x, &y, place, Grain.dear) { unsafe X.Element._Kernels.cos($0, $1, $2) }
  }

  /// ``cos(_:into:on:)``, in place.
  @inlinable @inline(__always)
  public static func cos<X: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: inout X, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real {
    unsafe try map(&x, place, Grain.dear) { unsafe X.Element._Kernels.cos($0, $1, $2) }
  }

  /// The hyperbolic tangent of each element.
  ///
  /// - Throws: `CancellationError` on the workers.
  @inlinable @inline(__always)
  public static func tanh<X: Source & ~Copyable & ~Escapable, Y: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, into y: inout Y, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real, Y.Element == X.Element {
    unsafe try map("tanh", x, &y, place, Grain.dear) { unsafe X.Element._Kernels.tanh($0, $1, $2) }
  }

  /// ``tanh(_:into:on:)``, in place.
  @inlinable @inline(__always)
  public static func tanh<X: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: inout X, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real {
    unsafe try map(&x, place, Grain.dear) { unsafe X.Element._Kernels.tanh($0, $1, $2) }
  }

  /// 1 / (1 + *e* to the power of minus each element).
  ///
  /// - Throws: `CancellationError` on the workers.
  @inlinable @inline(__always)
  public static func sigmoid<X: Source & ~Copyable & ~Escapable, Y: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, into y: inout Y, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real, Y.Element == X.Element {
    unsafe try map("sigmoid", x, &y, place, Grain.dear) { unsafe X.Element._Kernels.sigmoid($0, $1, $2) }
  }

  /// ``sigmoid(_:into:on:)``, in place.
  @inlinable @inline(__always)
  public static func sigmoid<X: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: inout X, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real {
    unsafe try map(&x, place, Grain.dear) { unsafe X.Element._Kernels.sigmoid($0, $1, $2) }
  }

  /// The square root of each element, correctly rounded; below 0 not a number.
  ///
  /// - Throws: `CancellationError` on the workers.
  @inlinable @inline(__always)
  public static func sqrt<X: Source & ~Copyable & ~Escapable, Y: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, into y: inout Y, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real, Y.Element == X.Element {
    unsafe try map("sqrt", x, &y, place, Grain.streaming) { unsafe X.Element._Kernels.sqrt($0, $1, $2) }
  }

  /// ``sqrt(_:into:on:)``, in place.
  @inlinable @inline(__always)
  public static func sqrt<X: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: inout X, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real {
    unsafe try map(&x, place, Grain.streaming) { unsafe X.Element._Kernels.sqrt($0, $1, $2) }
  }

  /// The absolute value of each element. That of the least `Int32` is itself.
  ///
  /// - Throws: `CancellationError` on the workers.
  @inlinable @inline(__always)
  public static func abs<X: Source & ~Copyable & ~Escapable, Y: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, into y: inout Y, on place: Place<E> = .caller
  ) throws(E) where X.Element: Number, Y.Element == X.Element {
    unsafe try map("abs", x, &y, place, Grain.streaming) { unsafe X.Element._Kernels.abs($0, $1, $2) }
  }

  /// ``abs(_:into:on:)``, in place.
  @inlinable @inline(__always)
  public static func abs<X: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: inout X, on place: Place<E> = .caller
  ) throws(E) where X.Element: Number {
    unsafe try map(&x, place, Grain.streaming) { unsafe X.Element._Kernels.abs($0, $1, $2) }
  }

  /// Each element with the other sign.
  ///
  /// - Throws: `CancellationError` on the workers.
  @inlinable @inline(__always)
  public static func negate<X: Source & ~Copyable & ~Escapable, Y: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, into y: inout Y, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real, Y.Element == X.Element {
    unsafe try map("negate", x, &y, place, Grain.streaming) { unsafe X.Element._Kernels.neg($0, $1, $2) }
  }

  /// ``negate(_:into:on:)``, in place.
  @inlinable @inline(__always)
  public static func negate<X: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: inout X, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real {
    unsafe try map(&x, place, Grain.streaming) { unsafe X.Element._Kernels.neg($0, $1, $2) }
  }
}
