/// The loops into which users' closures are inlined.
///
/// The closure has one place where it is called: a second one, for the last few elements, would have the compiler make it a function, called for every vector. So those
/// elements go through the same loop once more, padded to a vector of their own.
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
    _ x: UnsafePointer<V.Scalar>, _ count: Int, _ identity: A, _ lanes: (A, V) -> A, _ combine: (A, A) -> A
  ) -> A {
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
      return join(a, b, c, d, combine)
    }
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
  static func join<A>(_ a: A, _ b: A, _ c: A, _ d: A, _ combine: (A, A) -> A) -> A {
    combine(combine(a, b), combine(c, d))
  }
}
