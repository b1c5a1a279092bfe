/// Splits a span in two and runs a closure on each half, potentially in parallel.
///
/// ```swift
/// func increment(_ numbers: inout MutableSpan<Int>) {
///   if numbers.count < 1000 { for i in numbers.indices { numbers[i] += 1 } } else {
///     join(splitting: &numbers, at: numbers.count / 2, { increment(&$0) }, { increment(&$0) })
///   }
/// }
/// ```
///
/// The halves cannot leave their closures, and are whole again when `join` returns.
///
/// - Parameter index: where the second half begins, `0...span.count`.
/// - Throws: As ``join(_:_:)``.
@discardableResult
@inlinable @inline(__always)
public func join<T: Sendable, A: Sendable, B: Sendable, E: Error>(
  splitting span: inout MutableSpan<T>, at index: Int,
  _ left: @Sendable (inout MutableSpan<T>) throws(E) -> A, _ right: @Sendable (inout MutableSpan<T>) throws(E) -> B
) throws(E) -> (A, B) {
  precondition(
    index >= 0 && index <= span.count,
    "join(splitting:): split a span of \(span.count) at 0...\(span.count); found \(index)")
  return try Parallel.withElements(of: &span) { (elements) throws(E) in
    try join(
      { () throws(E) -> A in try elements.withSlice(0..<index, left) },
      { () throws(E) -> B in try elements.withSlice(index..<elements.count, right) })
  }
}

/// Splits two spans in two each and runs a closure on the first halves and one on the second halves, potentially in parallel.
///
/// - Throws: As ``join(_:_:)``.
@discardableResult
@inlinable @inline(__always)
public func join<T: Sendable, U: Sendable, A: Sendable, B: Sendable, E: Error>(
  splitting first: inout MutableSpan<T>, at firstIndex: Int, and second: inout MutableSpan<U>, at secondIndex: Int,
  _ left: @Sendable (inout MutableSpan<T>, inout MutableSpan<U>) throws(E) -> A,
  _ right: @Sendable (inout MutableSpan<T>, inout MutableSpan<U>) throws(E) -> B
) throws(E) -> (A, B) {
  precondition(
    firstIndex >= 0 && firstIndex <= first.count && secondIndex >= 0 && secondIndex <= second.count,
    "join(splitting:and:): split spans of \(first.count) and \(second.count) within them; found \(firstIndex) and \(secondIndex)"
  )
  return try Parallel.withElements(of: &first) { (first) throws(E) in
    try Parallel.withElements(of: &second) { (second) throws(E) in
      try join(
        { () throws(E) -> A in
          try first.withSlice(0..<firstIndex) { (a) throws(E) in
            try second.withSlice(0..<secondIndex) { (b) throws(E) in try left(&a, &b) }
          }
        },
        { () throws(E) -> B in
          try first.withSlice(firstIndex..<first.count) { (a) throws(E) in
            try second.withSlice(secondIndex..<second.count) { (b) throws(E) in try right(&a, &b) }
          }
        })
    }
  }
}

extension Parallel.Elements {
  /// Calls `body` with a span of some of the elements.
  @inlinable @inline(__always)
  func withSlice<R, E: Error>(_ range: Range<Int>, _ body: (inout MutableSpan<T>) throws(E) -> R) throws(E) -> R {
    // SAFETY: callers give disjoint ranges to closures that run at the same time, and keep the whole borrowed.
    var slice = unsafe MutableSpan(
      _unsafeElements: UnsafeMutableBufferPointer(start: base + range.lowerBound, count: range.count))
    return try body(&slice)
  }
}

// SAFETY: a place and a number; those who use it from several threads touch disjoint parts.
extension Parallel.Elements: @unchecked Sendable where T: Sendable {}
