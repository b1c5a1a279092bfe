/// The loops into which users' closures are inlined.
///
/// The closure has one place in a loop where it is called: a second one, for the last few elements, would have the compiler make it a function, called for every vector. So those
/// elements go through the same loop once more, padded to a vector of their own.
///
/// For the workers a loop is written twice: where the user's call is, and as a closure for the other workers. That one holds the user's closure and nothing else, and is told the addresses: then the compiler
/// inlines the user's closure, if it has no captures, into it too. If it has, the other workers call it through a pointer for every vector.
@usableFromInline
enum LaneLoop {
  /// Elements that one participant computes at a time, at least, whatever the closure costs.
  @inlinable static var grain: Int { 8192 }

  // SAFETY of these: callers give memory for `count` elements each; vectors are read and written within it, or in a local one.

  @inlinable @inline(__always)
  static func transform<V: SIMD, W: SIMD>(
    _ x: UnsafePointer<V.Scalar>, _ y: UnsafeMutablePointer<W.Scalar>, _ count: Int, _ lanes: (V) -> W
  ) {
    let rest = count % V.scalarCount
    var (lastInput, lastOutput) = (V(), W())
    unsafe _withUnprotectedUnsafeMutablePointer(to: &lastInput) { lastInput in
      unsafe _withUnprotectedUnsafeMutablePointer(to: &lastOutput) { lastOutput in
        var (from, to) = unsafe (UnsafeRawPointer(x), UnsafeMutableRawPointer(y))
        var vectors = count / V.scalarCount
        var isLast = false
        while true {
          var index = 0
          while index < vectors {
            unsafe to.storeBytes(of: lanes(from.loadUnaligned(as: V.self)), as: W.self)
            unsafe from += MemoryLayout<V>.size
            unsafe to += MemoryLayout<W>.size
            index &+= 1
          }
          if isLast || rest == 0 { break }
          isLast = true
          vectors = 1
          unsafe pad(from, rest, lastInput)
          unsafe from = UnsafeRawPointer(lastInput)
          unsafe to = UnsafeMutableRawPointer(lastOutput)
        }
        if rest > 0 { unsafe unpad(lastOutput, rest, y + (count &- rest)) }
      }
    }
  }

  @inlinable @inline(__always)
  static func zip<U: SIMD, V: SIMD, W: SIMD>(
    _ x: UnsafePointer<U.Scalar>, _ y: UnsafePointer<V.Scalar>, _ z: UnsafeMutablePointer<W.Scalar>, _ count: Int,
    _ lanes: (U, V) -> W
  ) {
    let rest = count % U.scalarCount
    var (lastX, lastY, lastZ) = (U(), V(), W())
    unsafe _withUnprotectedUnsafeMutablePointer(to: &lastX) { lastX in
      unsafe _withUnprotectedUnsafeMutablePointer(to: &lastY) { lastY in
        unsafe _withUnprotectedUnsafeMutablePointer(to: &lastZ) { lastZ in
          var (fromX, fromY) = unsafe (UnsafeRawPointer(x), UnsafeRawPointer(y))
          var to = UnsafeMutableRawPointer(z)
          var vectors = count / U.scalarCount
          var isLast = false
          while true {
            var index = 0
            while index < vectors {
              unsafe to.storeBytes(
                of: lanes(fromX.loadUnaligned(as: U.self), fromY.loadUnaligned(as: V.self)), as: W.self)
              unsafe fromX += MemoryLayout<U>.size
              unsafe fromY += MemoryLayout<V>.size
              unsafe to += MemoryLayout<W>.size
              index &+= 1
            }
            if isLast || rest == 0 { break }
            isLast = true
            vectors = 1
            unsafe pad(fromX, rest, lastX)
            unsafe pad(fromY, rest, lastY)
            unsafe (fromX, fromY, to) = (
              UnsafeRawPointer(lastX), UnsafeRawPointer(lastY), UnsafeMutableRawPointer(lastZ)
            )
          }
          if rest > 0 { unsafe unpad(lastZ, rest, z + (count &- rest)) }
        }
      }
    }
  }

  /// Four vectors gather in turn, so that one need not wait for what the one before it has come to.
  @inlinable @inline(__always)
  static func reduce<V: SIMD, A: SIMD>(
    _ x: UnsafePointer<V.Scalar>, _ count: Int, _ identity: A, _ lanes: (A, V) -> A
  ) -> (A, A, A, A) {
    let rest = count % V.scalarCount
    var lastInput = V()
    return unsafe _withUnprotectedUnsafeMutablePointer(to: &lastInput) { lastInput in
      var (a, b, c, d) = (identity, identity, identity, identity)
      var kept = identity
      var from = unsafe UnsafeRawPointer(x)
      var vectors = count / V.scalarCount
      var isLast = false
      while true {
        var index = 0
        while index < vectors {
          let next = unsafe lanes(a, from.loadUnaligned(as: V.self))
          (a, b, c, d) = (b, c, d, next)
          unsafe from += MemoryLayout<V>.size
          index &+= 1
        }
        if isLast || rest == 0 { break }
        isLast = true
        vectors = 1
        kept = a
        unsafe pad(from, rest, lastInput)
        unsafe from = UnsafeRawPointer(lastInput)
      }
      if rest > 0 { d = keep(kept, from: rest, in: d) }
      return (a, b, c, d)
    }
  }

  // MARK: In grains

  /// Runs one of two equal loops over the elements, in grains: `inlined` where this is called, `strip` elsewhere.
  @inlinable @inline(__always)
  static func overGrains<X, Y, E: Batch.Failure>(
    _ x: UnsafePointer<X>, _ y: UnsafeMutablePointer<Y>, _ count: Int, _ place: Batch.Place<E>,
    inlined: (UnsafePointer<X>, UnsafeMutablePointer<Y>, Int) -> Void,
    strip: (UnsafePointer<X>, UnsafeMutablePointer<Y>, Int) -> Void
  ) throws(E) {
    try place.overGrains(
      count, grain,
      inlined: { part in unsafe inlined(x + part.lowerBound, y + part.lowerBound, part.count) },
      elsewhere: { part in unsafe strip(x + part.lowerBound, y + part.lowerBound, part.count) })
  }

  @inlinable @inline(__always)
  static func overGrains<X, Y, Z, E: Batch.Failure>(
    _ x: UnsafePointer<X>, _ y: UnsafePointer<Y>, _ z: UnsafeMutablePointer<Z>, _ count: Int, _ place: Batch.Place<E>,
    inlined: (UnsafePointer<X>, UnsafePointer<Y>, UnsafeMutablePointer<Z>, Int) -> Void,
    strip: (UnsafePointer<X>, UnsafePointer<Y>, UnsafeMutablePointer<Z>, Int) -> Void
  ) throws(E) {
    try place.overGrains(
      count, grain,
      inlined: { part in
        unsafe inlined(x + part.lowerBound, y + part.lowerBound, z + part.lowerBound, part.count)
      },
      elsewhere: { part in
        unsafe strip(x + part.lowerBound, y + part.lowerBound, z + part.lowerBound, part.count)
      })
  }

  /// Reduces blocks, and combines what they have come to in their order.
  @inlinable @inline(__always)
  static func fold<X, A, E: Batch.Failure>(
    _ x: UnsafePointer<X>, _ count: Int, _ place: Batch.Place<E>, _ identity: A, _ combine: (A, A) -> A,
    inlined: (UnsafePointer<X>, Int, A) -> (A, A, A, A), strip: (UnsafePointer<X>, Int, A) -> (A, A, A, A)
  ) throws(E) -> A {
    try Blocks.fold(
      count, grain, on: place, identity,
      inlined: { block in join(unsafe inlined(x + block.lowerBound, block.count, identity), combine) },
      elsewhere: { block in join(unsafe strip(x + block.lowerBound, block.count, identity), combine) }, combine)
  }

  // MARK: The last few elements

  /// The first `count` lanes of `vector` are those at `x`, and the others the first of them: so they show the closure nothing that it does not see anyway.
  @inlinable
  @inline(never)
  static func pad<V: SIMD>(_ x: UnsafeRawPointer, _ count: Int, _ vector: UnsafeMutablePointer<V>) {
    unsafe vector.pointee = V(repeating: x.loadUnaligned(as: V.Scalar.self))
    unsafe UnsafeMutableRawPointer(vector).copyMemory(
      from: x, byteCount: count &* MemoryLayout<V.Scalar>.stride)
  }

  @inlinable
  @inline(never)
  static func unpad<V: SIMD>(_ vector: UnsafeMutablePointer<V>, _ count: Int, _ x: UnsafeMutablePointer<V.Scalar>) {
    unsafe UnsafeMutableRawPointer(x).copyMemory(from: vector, byteCount: count &* MemoryLayout<V.Scalar>.stride)
  }

  /// `vector`, but for lanes from `first` on, which are those of `kept`.
  @inlinable
  @inline(never)
  static func keep<V: SIMD>(_ kept: V, from first: Int, in vector: V) -> V {
    var vector = vector
    for lane in first..<V.scalarCount { vector[lane] = kept[lane] }
    return vector
  }

  @inlinable
  @inline(never)
  static func join<A>(_ four: (A, A, A, A), _ combine: (A, A) -> A) -> A {
    combine(combine(four.0, four.1), combine(four.2, four.3))
  }
}
