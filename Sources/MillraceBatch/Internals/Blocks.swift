/// Reductions in blocks that only the number of elements decides, so that their results do not depend on who computes which.
@usableFromInline
enum Blocks {
  /// Combines the values of `body` for blocks of `0..<count`, from the first to the last.
  @inlinable @inline(__always)
  static func fold<T, E: Batch.Failure>(
    _ count: Int, _ block: Int, on place: Batch.Place<E>, _ identity: T, _ body: (Range<Int>) -> T,
    _ combine: (T, T) -> T
  ) throws(E) -> T {
    try BlockValues.gather(count, block, on: place, identity, combine) { (values, value) throws(E) in
      try place.overGrains(values.blocks, 1) { part in
        for index in part {
          let next = body(values.elements(of: index))
          if !values.keep(next, index) { value = combine(value, next) }
        }
      }
    }
  }

  /// The same for a body that a user's closure is inlined into, see `Batch.Place.overGrains(_:_:inlined:elsewhere:)`.
  @inlinable @inline(__always)
  static func fold<T, E: Batch.Failure>(
    _ count: Int, _ block: Int, on place: Batch.Place<E>, _ identity: T, inlined body: (Range<Int>) -> T,
    elsewhere other: (Range<Int>) -> T, _ combine: (T, T) -> T
  ) throws(E) -> T {
    try BlockValues.gather(count, block, on: place, identity, combine) { (values, value) throws(E) in
      try place.overGrains(
        values.blocks, 1,
        inlined: { part in
          for index in part {
            let next = body(values.elements(of: index))
            if !values.keep(next, index) { value = combine(value, next) }
          }
        },
        elsewhere: { part in
          for index in part {
            let next = other(values.elements(of: index))
            if !values.keep(next, index) { value = combine(value, next) }
          }
        })
    }
  }
}

/// Where the values of blocks go: each to a place of its own while several compute, else they are combined as they come.
@safe
@usableFromInline
struct BlockValues<T> {
  @usableFromInline let count: Int
  @usableFromInline let block: Int
  @usableFromInline let blocks: Int
  @usableFromInline let places: UnsafeMutablePointer<T>?

  @inlinable @inline(__always)
  init(_ count: Int, _ block: Int, _ identity: T, isShared: Bool) {
    self.count = count
    self.block = block
    blocks = (count + block - 1) / block
    unsafe places = isShared && blocks > 1 ? UnsafeMutablePointer<T>.allocate(capacity: blocks) : nil
    unsafe places?.initialize(repeating: identity, count: blocks)
  }

  /// Calls `body`, which is to put a value for each block, and combines them.
  @inlinable @inline(__always)
  static func gather<E: Batch.Failure>(
    _ count: Int, _ block: Int, on place: Batch.Place<E>, _ identity: T, _ combine: (T, T) -> T,
    _ body: (BlockValues, inout T) throws(E) -> Void
  ) throws(E) -> T {
    let values = BlockValues(count, block, identity, isShared: place.isShared)
    defer {
      unsafe values.places?.deinitialize(count: values.blocks)
      unsafe values.places?.deallocate()
    }
    var value = identity
    try body(values, &value)
    if let places = unsafe values.places {
      for index in 0..<values.blocks { value = unsafe combine(value, places[index]) }
    }
    return value
  }

  @inlinable @inline(__always)
  func elements(of index: Int) -> Range<Int> { index * block..<min(count, (index + 1) * block) }

  /// False: there are no places; one thread computes all blocks, in order.
  @inlinable @inline(__always)
  func keep(_ next: T, _ index: Int) -> Bool {
    guard let places = unsafe places else { return false }
    // SAFETY: each block has its place.
    unsafe places[index] = next
    return true
  }
}
