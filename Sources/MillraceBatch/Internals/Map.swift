/// What elementwise kernels have in common: their memory is found and checked, and cut in grains.
extension Batch {
  @inlinable @inline(__always)
  static func map<X: Source & ~Copyable & ~Escapable, Y: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ name: StaticString, _ x: borrowing X, _ y: inout Y, _ place: Place<E>, _ grain: Int,
    _ kernel: (UnsafeMutablePointer<Y.Element>, UnsafePointer<X.Element>, Int) -> Void
  ) throws(E) {
    unsafe try withMemory(name, x, &y) { (x, y, count) throws(E) in
      try place.overGrains(count, grain) { part in
        unsafe kernel(y + part.lowerBound, x + part.lowerBound, part.count)
      }
    }
  }

  @inlinable @inline(__always)
  static func map<X: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: inout X, _ place: Place<E>, _ grain: Int,
    _ kernel: (UnsafeMutablePointer<X.Element>, UnsafePointer<X.Element>, Int) -> Void
  ) throws(E) {
    unsafe try x.withMutableElements { (x) throws(E) in
      guard let base = x.baseAddress else { return }
      try place.overGrains(x.count, grain) { part in
        let first = unsafe base + part.lowerBound
        unsafe kernel(first, UnsafePointer(first), part.count)
      }
    }
  }

  @inlinable @inline(__always)
  static func map<
    X: Source & ~Copyable & ~Escapable, Y: Source & ~Copyable & ~Escapable, Z: Target & ~Copyable & ~Escapable,
    E: Batch.Failure
  >(
    _ name: StaticString, _ x: borrowing X, _ y: borrowing Y, _ z: inout Z, _ place: Place<E>, _ grain: Int,
    _ kernel: (UnsafeMutablePointer<Z.Element>, UnsafePointer<X.Element>, UnsafePointer<Y.Element>, Int) -> Void
  ) throws(E) {
    unsafe try withMemory(name, x, y, &z) { (x, y, z, count) throws(E) in
      try place.overGrains(count, grain) { part in
        unsafe kernel(z + part.lowerBound, x + part.lowerBound, y + part.lowerBound, part.count)
      }
    }
  }

  /// The first argument is changed.
  @inlinable @inline(__always)
  static func map<X: Target & ~Copyable & ~Escapable, Y: Source & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ name: StaticString, _ x: inout X, _ y: borrowing Y, _ place: Place<E>, _ grain: Int,
    _ kernel: (UnsafeMutablePointer<X.Element>, UnsafePointer<X.Element>, UnsafePointer<Y.Element>, Int) -> Void
  ) throws(E) {
    unsafe try withMemory(name, y, &x) { (y, x, count) throws(E) in
      try place.overGrains(count, grain) { part in
        let first = unsafe x + part.lowerBound
        unsafe kernel(first, UnsafePointer(first), y + part.lowerBound, part.count)
      }
    }
  }
}
