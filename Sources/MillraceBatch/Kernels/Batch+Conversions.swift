import CMillraceKernels

/// Elements of one type as those of another. Input and output have no memory in common.
extension Batch {
  /// The nearest `Float` of each integer.
  @inlinable @inline(__always)
  public static func convert<X: Source & ~Copyable & ~Escapable, Y: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, into y: inout Y, on place: Place<E> = .caller
  ) throws(E) where X.Element == Int32, Y.Element == Float {
    unsafe try convert(x, into: &y, on: place) { unsafe millrace_batch_to_f32_i32($0, $1, $2) }
  }

  /// Each integer as a `Double`.
  @inlinable @inline(__always)
  public static func convert<X: Source & ~Copyable & ~Escapable, Y: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, into y: inout Y, on place: Place<E> = .caller
  ) throws(E) where X.Element == Int32, Y.Element == Double {
    unsafe try convert(x, into: &y, on: place) { unsafe millrace_batch_to_f64_i32($0, $1, $2) }
  }

  /// Each number towards zero. What is beyond `Int32` becomes its nearest end, what is not a number 0.
  @inlinable @inline(__always)
  public static func convert<X: Source & ~Copyable & ~Escapable, Y: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, into y: inout Y, on place: Place<E> = .caller
  ) throws(E) where X.Element == Float, Y.Element == Int32 {
    unsafe try convert(x, into: &y, on: place) { unsafe millrace_batch_from_f32_i32($0, $1, $2) }
  }

  /// Each number towards zero. What is beyond `Int32` becomes its nearest end, what is not a number 0.
  @inlinable @inline(__always)
  public static func convert<X: Source & ~Copyable & ~Escapable, Y: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, into y: inout Y, on place: Place<E> = .caller
  ) throws(E) where X.Element == Double, Y.Element == Int32 {
    unsafe try convert(x, into: &y, on: place) { unsafe millrace_batch_from_f64_i32($0, $1, $2) }
  }

  /// Each byte as a `Float`.
  @inlinable @inline(__always)
  public static func convert<X: Source & ~Copyable & ~Escapable, Y: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, into y: inout Y, on place: Place<E> = .caller
  ) throws(E) where X.Element == UInt8, Y.Element == Float {
    unsafe try convert(x, into: &y, on: place) { unsafe millrace_batch_to_f32_u8($0, $1, $2) }
  }

  /// The nearest byte of each number, ties to even. What is beyond becomes 0 or 255, what is not a number 0.
  @inlinable @inline(__always)
  public static func convert<X: Source & ~Copyable & ~Escapable, Y: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, into y: inout Y, on place: Place<E> = .caller
  ) throws(E) where X.Element == Float, Y.Element == UInt8 {
    unsafe try convert(x, into: &y, on: place) { unsafe millrace_batch_from_f32_u8($0, $1, $2) }
  }

  /// Each `Float` as a `Double`.
  @inlinable @inline(__always)
  public static func convert<X: Source & ~Copyable & ~Escapable, Y: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, into y: inout Y, on place: Place<E> = .caller
  ) throws(E) where X.Element == Float, Y.Element == Double {
    unsafe try convert(x, into: &y, on: place) { unsafe millrace_batch_f32_to_f64_u8($0, $1, $2) }
  }

  /// The nearest `Float` of each number, ties to even.
  @inlinable @inline(__always)
  public static func convert<X: Source & ~Copyable & ~Escapable, Y: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, into y: inout Y, on place: Place<E> = .caller
  ) throws(E) where X.Element == Double, Y.Element == Float {
    unsafe try convert(x, into: &y, on: place) { unsafe millrace_batch_f64_to_f32_u8($0, $1, $2) }
  }

  #if !(os(macOS) && arch(x86_64))
    /// Each `Float16` as a `Float`.
    @inlinable @inline(__always)
    public static func convert<
      X: Source & ~Copyable & ~Escapable, Y: Target & ~Copyable & ~Escapable, E: Batch.Failure
    >(
      _ x: borrowing X, into y: inout Y, on place: Place<E> = .caller
    ) throws(E) where X.Element == Float16, Y.Element == Float {
      unsafe try convert(x, into: &y, on: place) {
        unsafe millrace_batch_f16_to_f32_u8($0, UnsafeRawPointer($1).assumingMemoryBound(to: UInt16.self), $2)
      }
    }

    /// The nearest `Float16` of each number, ties to even.
    @inlinable @inline(__always)
    public static func convert<
      X: Source & ~Copyable & ~Escapable, Y: Target & ~Copyable & ~Escapable, E: Batch.Failure
    >(
      _ x: borrowing X, into y: inout Y, on place: Place<E> = .caller
    ) throws(E) where X.Element == Float, Y.Element == Float16 {
      unsafe try convert(x, into: &y, on: place) {
        unsafe millrace_batch_f32_to_f16_u8(UnsafeMutableRawPointer($0).assumingMemoryBound(to: UInt16.self), $1, $2)
      }
    }
  #endif

  @inlinable @inline(__always)
  static func convert<X: Source & ~Copyable & ~Escapable, Y: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, into y: inout Y, on place: Place<E>,
    _ kernel: (UnsafeMutablePointer<Y.Element>, UnsafePointer<X.Element>, Int) -> Void
  ) throws(E) {
    unsafe try withMemory("convert", x, &y) { (x, y, count) throws(E) in
      unsafe requireApart("convert", x, count, y, count)
      try place.overGrains(count, Grain.streaming) { part in
        unsafe kernel(y + part.lowerBound, x + part.lowerBound, part.count)
      }
    }
  }
}
