import MillracePrimitives

extension Parallel {
  /// Calls `body` with every index of `range`, in no particular order.
  ///
  /// ```swift
  /// Parallel.forEach(0..<files.count) { index in process(files[index]) }
  /// ```
  ///
  /// - Throws: One of the errors of `body`, or `CancellationError`, see ``Parallel``.
  /// - Complexity: O(n / workers) when balanced; O(log n) forks on one worker; no allocation.
  @inlinable @inline(__always)
  public static func forEach<E: Error>(
    _ range: Range<Int>, _ body: @Sendable (Int) throws(E) -> Void
  ) throws(E) {
    try overRanges(range) { (part) throws(E) in
      for index in part { try body(index) }
    }
  }

  /// Calls `body` with every element of `array`, to be changed in place, and its index.
  ///
  /// ```swift
  /// Parallel.forEach(in: &pixels) { index, pixel in pixel = shade(index) }
  /// ```
  ///
  /// - Throws: One of the errors of `body`, or `CancellationError`, see ``Parallel``.
  /// - Complexity: As for a range; the array is made unique first.
  @inlinable @inline(__always)
  public static func forEach<T: Sendable, E: Error>(
    in array: inout [T], _ body: @Sendable (Int, inout T) throws(E) -> Void
  ) throws(E) {
    var span = array.mutableSpan
    try forEach(in: &span, body)
  }

  /// Calls `body` with every element of `span`, to be changed in place, and its index.
  @inlinable @inline(__always)
  public static func forEach<T: Sendable, E: Error>(
    in span: inout MutableSpan<T>, _ body: @Sendable (Int, inout T) throws(E) -> Void
  ) throws(E) {
    try withElements(of: &span) { (elements) throws(E) in
      try overRanges(0..<elements.count) { (part) throws(E) in
        // SAFETY: parts are disjoint and within bounds, and the span is borrowed exclusively until all have ended.
        // That no index is negative is said once, so that the compiler need not ask it of each (and can then use vectors).
        var index = part.lowerBound
        precondition(index >= 0)
        while index < part.upperBound {
          unsafe try body(index, &elements.base[index])
          index &+= 1
        }
      }
    }
  }

  /// Cuts `array` into slices of `size` elements, the last one shorter, and calls `body` with each and its offset.
  ///
  /// ```swift
  /// Parallel.forEachSlice(of: &image, size: width) { offset, row in blur(&row) }
  /// ```
  ///
  /// - Precondition: `size > 0`.
  /// - Throws: One of the errors of `body`, or `CancellationError`, see ``Parallel``.
  @inlinable @inline(__always)
  public static func forEachSlice<T: Sendable, E: Error>(
    of array: inout [T], size: Int, _ body: @Sendable (Int, inout MutableSpan<T>) throws(E) -> Void
  ) throws(E) {
    var span = array.mutableSpan
    try forEachSlice(of: &span, size: size, body)
  }

  /// Cuts `span` into slices of `size` elements, the last one shorter, and calls `body` with each and its offset.
  @inlinable @inline(__always)
  public static func forEachSlice<T: Sendable, E: Error>(
    of span: inout MutableSpan<T>, size: Int, _ body: @Sendable (Int, inout MutableSpan<T>) throws(E) -> Void
  ) throws(E) {
    precondition(size > 0, "forEachSlice: the size is expected to be positive; found \(size)")
    try withElements(of: &span) { (elements) throws(E) in
      try overRanges(0..<(elements.count + size - 1) / size) { (part) throws(E) in
        for slice in part {
          // SAFETY: as in `forEach(in:)`.
          let offset = slice * size
          let buffer = unsafe UnsafeMutableBufferPointer(
            start: elements.base + offset, count: min(size, elements.count - offset))
          var slice = unsafe MutableSpan(_unsafeElements: buffer)
          try body(offset, &slice)
        }
      }
    }
  }

  // MARK: Mechanism

  /// The place and number of a span's elements. Its users keep the span borrowed, and touch disjoint parts.
  @safe
  @usableFromInline
  struct Elements<T> {
    @usableFromInline let base: UnsafeMutablePointer<T>
    @usableFromInline let count: Int

    @inlinable
    init(_ buffer: UnsafeMutableBufferPointer<T>) {
      unsafe base = buffer.baseAddress ?? UnsafeMutablePointer(bitPattern: MemoryLayout<T>.alignment)!
      count = buffer.count
    }
  }

  @inlinable @inline(__always)
  static func withElements<T, R, E: Error>(
    of span: inout MutableSpan<T>, _ body: (Elements<T>) throws(E) -> R
  ) throws(E) -> R {
    unsafe try span.withUnsafeMutableBufferPointer { (buffer) throws(E) in unsafe try body(Elements(buffer)) }
  }
}
