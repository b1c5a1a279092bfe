extension Batch {
  /// Something whose elements lie side by side in memory and can be read: arrays, their slices, spans, ``AlignedBuffer``, unsafe buffers.
  ///
  /// Not to be conformed to: kernels take the memory as it is.
  public protocol Source<Element>: ~Copyable, ~Escapable {
    associatedtype Element

    /// Calls `body` with the elements, which stay where they are until it returns.
    func withElements<R, E: Error>(_ body: (UnsafeBufferPointer<Element>) throws(E) -> R) throws(E) -> R
  }

  /// A ``Source`` that can be written: arrays, mutable spans, ``AlignedBuffer``, unsafe mutable buffers.
  public protocol Target<Element>: Source, ~Copyable, ~Escapable {
    /// Calls `body` with the elements, which stay where they are until it returns and are nobody else's meanwhile.
    mutating func withMutableElements<R, E: Error>(
      _ body: (UnsafeMutableBufferPointer<Element>) throws(E) -> R
    ) throws(E) -> R
  }
}

extension Array: Batch.Target {
  @inlinable @inline(__always)
  public func withElements<R, E: Error>(_ body: (UnsafeBufferPointer<Element>) throws(E) -> R) throws(E) -> R {
    unsafe try span.withUnsafeBufferPointer(body)
  }

  @inlinable @inline(__always)
  public mutating func withMutableElements<R, E: Error>(
    _ body: (UnsafeMutableBufferPointer<Element>) throws(E) -> R
  ) throws(E) -> R {
    var span = mutableSpan
    return unsafe try span.withUnsafeMutableBufferPointer(body)
  }
}

extension ContiguousArray: Batch.Target {
  @inlinable @inline(__always)
  public func withElements<R, E: Error>(_ body: (UnsafeBufferPointer<Element>) throws(E) -> R) throws(E) -> R {
    unsafe try span.withUnsafeBufferPointer(body)
  }

  @inlinable @inline(__always)
  public mutating func withMutableElements<R, E: Error>(
    _ body: (UnsafeMutableBufferPointer<Element>) throws(E) -> R
  ) throws(E) -> R {
    var span = mutableSpan
    return unsafe try span.withUnsafeMutableBufferPointer(body)
  }
}

/// For reading alone: an array's slice that is to be written would be copied first. Take a part of the array's `mutableSpan`.
extension ArraySlice: Batch.Source {
  @inlinable @inline(__always)
  public func withElements<R, E: Error>(_ body: (UnsafeBufferPointer<Element>) throws(E) -> R) throws(E) -> R {
    unsafe try span.withUnsafeBufferPointer(body)
  }
}

extension Span: Batch.Source {
  @inlinable @inline(__always)
  public func withElements<R, E: Error>(_ body: (UnsafeBufferPointer<Element>) throws(E) -> R) throws(E) -> R {
    unsafe try withUnsafeBufferPointer(body)
  }
}

extension MutableSpan: Batch.Target {
  @inlinable @inline(__always)
  public func withElements<R, E: Error>(_ body: (UnsafeBufferPointer<Element>) throws(E) -> R) throws(E) -> R {
    unsafe try withUnsafeBufferPointer(body)
  }

  @inlinable @inline(__always)
  public mutating func withMutableElements<R, E: Error>(
    _ body: (UnsafeMutableBufferPointer<Element>) throws(E) -> R
  ) throws(E) -> R {
    unsafe try withUnsafeMutableBufferPointer(body)
  }
}

// SAFETY of the two: whoever made the buffer keeps its memory, and keeps it to the one call when it is written.
extension UnsafeBufferPointer: @unsafe Batch.Source {
  @inlinable @inline(__always)
  public func withElements<R, E: Error>(_ body: (UnsafeBufferPointer<Element>) throws(E) -> R) throws(E) -> R {
    unsafe try body(self)
  }
}

extension UnsafeMutableBufferPointer: @unsafe Batch.Target {
  @inlinable @inline(__always)
  public func withElements<R, E: Error>(_ body: (UnsafeBufferPointer<Element>) throws(E) -> R) throws(E) -> R {
    unsafe try body(UnsafeBufferPointer(self))
  }

  @inlinable @inline(__always)
  public mutating func withMutableElements<R, E: Error>(
    _ body: (UnsafeMutableBufferPointer<Element>) throws(E) -> R
  ) throws(E) -> R {
    unsafe try body(self)
  }
}
