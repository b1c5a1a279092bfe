import CMillrace
import MillracePrimitives

/// A fixed number of plain values, of which the first lies on a cache line's boundary.
///
/// ```swift
/// var samples = try AlignedBuffer<Float>(repeating: 0, count: 1 << 26, on: .workers)
/// try Batch.exp(samples, into: &samples2, on: .workers)
/// ```
///
/// Against an array it saves the reads and writes across two lines that arrays have (they begin 32 bytes into a block), and it is neither copied by accident nor reference counted. From 4 MiB on it asks the system
/// for huge pages.
///
/// A page of memory is where the thread is that first writes it; so fill it on the workers when they are to compute with it: the initialisers take the same `on:` as the kernels.
///
/// With the trait `Jemalloc` its memory is of jemalloc's arena for this package, see `WorkStealingExecutor.metrics()`.
@safe
public struct AlignedBuffer<Element: BitwiseCopyable>: ~Copyable {
  @usableFromInline let base: UnsafeMutablePointer<Element>
  /// How many elements it has.
  public let count: Int

  /// Of the first element's address, in bytes.
  public static var alignment: Int { max(64, MemoryLayout<Element>.alignment) }

  /// Room for `count` elements, which `initialize` makes; it is told where.
  ///
  /// - Precondition: `count` is not negative. Running out of memory traps.
  @unsafe
  public init(unsafeUninitializedCount count: Int) {
    precondition(count >= 0, "AlignedBuffer: a count is not negative; found \(count)")
    let (bytes, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    precondition(!overflow, "AlignedBuffer: \(count) elements are more than memory can hold")
    self.count = count
    let memory = unsafe Memory.allocate(
      bytes: Swift.max(bytes, 1), alignment: AlignedMemory.alignment(bytes, Self.alignment))
    if bytes >= AlignedMemory.hugeFrom { unsafe millrace_pages_prefer_huge(memory, bytes) }
    unsafe base = memory.bindMemory(to: Element.self, capacity: count)
  }

  deinit {
    let bytes = count * MemoryLayout<Element>.stride
    unsafe Memory.deallocate(
      base, bytes: Swift.max(bytes, 1), alignment: AlignedMemory.alignment(bytes, Self.alignment))
  }
}

extension AlignedBuffer {
  /// `count` times the same value, written by those who are to compute with it.
  ///
  /// - Throws: `CancellationError` on the workers; then there is no buffer.
  @inlinable
  public init<E: Batch.Failure>(repeating value: Element, count: Int, on place: Batch.Place<E> = .caller) throws(E) {
    unsafe self.init(unsafeUninitializedCount: count)
    let base = unsafe base
    try place.overGrains(count, AlignedMemory.grain(MemoryLayout<Element>.stride), least: 2) { part in
      // SAFETY: parts are disjoint and within the new memory.
      unsafe (base + part.lowerBound).initialize(repeating: value, count: part.count)
    }
  }

  /// A copy of `source`, made by those who are to compute with it.
  ///
  /// - Throws: `CancellationError` on the workers; then there is no buffer.
  @inlinable
  public init<S: Batch.Source & ~Copyable & ~Escapable, E: Batch.Failure>(
    copying source: borrowing S, on place: Batch.Place<E> = .caller
  ) throws(E) where S.Element == Element {
    unsafe self.init(unsafeUninitializedCount: source.withElements { $0.count })
    let base = unsafe base
    unsafe try source.withElements { (source) throws(E) in
      guard let from = source.baseAddress else { return }
      try place.overGrains(source.count, AlignedMemory.grain(MemoryLayout<Element>.stride), least: 2) { part in
        // SAFETY: parts are disjoint and within both.
        unsafe (base + part.lowerBound).initialize(from: from + part.lowerBound, count: part.count)
      }
    }
  }

  /// The elements, for reading.
  @inlinable
  public var span: Span<Element> {
    @_lifetime(borrow self)
    get {
      // SAFETY: the memory is this buffer's, which is borrowed for as long as the span is.
      let span = unsafe Span(_unsafeElements: UnsafeBufferPointer(start: base, count: count))
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// The elements, for reading and writing.
  @inlinable
  public var mutableSpan: MutableSpan<Element> {
    @_lifetime(&self)
    mutating get {
      // SAFETY: as in `span`, borrowed exclusively.
      let span = unsafe MutableSpan(_unsafeElements: UnsafeMutableBufferPointer(start: base, count: count))
      return unsafe _overrideLifetime(span, mutating: &self)
    }
  }

  /// - Precondition: `index` is in `0..<count`.
  @inlinable
  public subscript(index: Int) -> Element {
    get {
      precondition(index >= 0 && index < count, "index \(index) is outside 0..<\(count)")
      return unsafe base[index]
    }
    set {
      precondition(index >= 0 && index < count, "index \(index) is outside 0..<\(count)")
      unsafe base[index] = newValue
    }
  }
}

extension AlignedBuffer: Batch.Target {
  @inlinable @inline(__always)
  public func withElements<R, E: Error>(_ body: (UnsafeBufferPointer<Element>) throws(E) -> R) throws(E) -> R {
    unsafe try body(UnsafeBufferPointer(start: base, count: count))
  }

  @inlinable @inline(__always)
  public mutating func withMutableElements<R, E: Error>(
    _ body: (UnsafeMutableBufferPointer<Element>) throws(E) -> R
  ) throws(E) -> R {
    unsafe try body(UnsafeMutableBufferPointer(start: base, count: count))
  }
}

// SAFETY: it owns its memory alone, and its elements are sent with it.
extension AlignedBuffer: @unchecked Sendable where Element: Sendable {}

@usableFromInline
enum AlignedMemory {
  /// Bytes of a buffer that begins with a huge page.
  static var hugeFrom: Int { 4 << 20 }

  static func alignment(_ bytes: Int, _ least: Int) -> Int { bytes >= hugeFrom ? 2 << 20 : least }

  /// Elements that one participant writes at a time, at least: whole huge pages, so that each is first touched by one.
  @usableFromInline
  static func grain(_ stride: Int) -> Int { Swift.max(1, (2 << 20) / stride) }
}
