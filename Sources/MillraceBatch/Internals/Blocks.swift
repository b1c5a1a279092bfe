/// Reductions in blocks that only the number of elements decides, so that their results do not depend on who computes which.
@usableFromInline
enum Blocks {
  /// Combines the values of `body` for blocks of `0..<count`, from the first to the last.
  @inlinable @inline(__always)
  static func fold<T, E: Batch.Failure>(
    _ count: Int, _ block: Int, on place: Batch.Place<E>, _ identity: T, _ body: (Range<Int>) -> T,
    _ combine: (T, T) -> T
  ) throws(E) -> T {
    let blocks = (count + block - 1) / block
    var value = identity
    let isKept = place.isShared && blocks > 1
    let values = isKept ? UnsafeMutablePointer<T>.allocate(capacity: blocks) : nil
    unsafe values?.initialize(repeating: identity, count: blocks)
    defer {
      unsafe values?.deinitialize(count: blocks)
      unsafe values?.deallocate()
    }
    // One call of `body`, so that it is inlined here with the user's closure inside it.
    try place.overGrains(blocks, 1) { part in
      for index in part {
        let next = body(index * block..<min(count, (index + 1) * block))
        // SAFETY: each block has its place.
        if let values = unsafe values { unsafe values[index] = next } else { value = combine(value, next) }
      }
    }
    if let values = unsafe values {
      for index in 0..<blocks { value = unsafe combine(value, values[index]) }
    }
    return value
  }
}
