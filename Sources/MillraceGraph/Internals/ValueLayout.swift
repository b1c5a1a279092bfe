import MillracePrimitives

/// Where the values of typed nodes lie in the memory of a run.
struct ValueLayout {
  /// One value: its place, and how it is destroyed.
  @safe
  struct Value {
    let offset: Int
    let node: UInt32
    let destroy: @Sendable (UnsafeMutableRawPointer) -> Void
  }

  private(set) var bytes = 0
  private(set) var values: [Value] = []

  /// Makes room for a value of `type`, and returns its number. The value's address is `offset` bytes from a multiple of 16; larger alignments are refused.
  mutating func add<T>(_ type: T.Type, of node: Int) -> ValuePlace<T> {
    let alignment = max(1, MemoryLayout<T>.alignment)
    precondition(
      alignment <= 16, "a node's output of type \(type) is aligned to \(alignment) bytes; at most 16 are possible")
    let offset = (bytes + alignment - 1) & ~(alignment - 1)
    bytes = offset + MemoryLayout<T>.size
    values.append(
      unsafe Value(offset: offset, node: UInt32(node)) {
        unsafe $0.assumingMemoryBound(to: T.self).deinitialize(count: 1)
      })
    return ValuePlace(number: Int32(values.count - 1), offset: UInt32(offset))
  }
}

/// Where one typed node's value lies in the memory of a run.
struct ValuePlace<T>: Hashable, Sendable {
  /// Negative: there is no value, which only nodes without an output have.
  let number: Int32
  let offset: UInt32
}

extension ValuePlace<Void> {
  static var none: ValuePlace<Void> { ValuePlace(number: -1, offset: 0) }
}

/// The values of one run.
@safe
struct ValueMemory: ~Copyable {
  private let base: UnsafeMutableRawPointer
  /// For each value: it is there. Written by its node, read after it.
  private let isThere: UnsafeMutablePointer<Bool>
  private let bytes: Int
  private let count: Int

  init(_ layout: ValueLayout) {
    bytes = max(16, layout.bytes)
    count = max(1, layout.values.count)
    unsafe base = Memory.allocate(bytes: bytes, alignment: 16)
    unsafe isThere = .allocate(capacity: count)
    unsafe isThere.initialize(repeating: false, count: count)
  }

  deinit {
    unsafe Memory.deallocate(base, bytes: bytes, alignment: 16)
    unsafe isThere.deallocate()
  }

  /// The value must not be there.
  func store<T>(_ value: consuming T, at place: ValuePlace<T>) {
    unsafe (base + Int(place.offset)).initializeMemory(as: T.self, to: value)
    unsafe isThere[Int(place.number)] = true
  }

  subscript<T>(place: ValuePlace<T>) -> T? {
    if place.number < 0 { return () as? T }
    guard unsafe isThere[Int(place.number)] else { return nil }
    return unsafe (base + Int(place.offset)).assumingMemoryBound(to: T.self).pointee
  }

  /// The output of a node that has run.
  func input<T>(_ place: ValuePlace<T>) -> T { self[place]! }

  /// Destroys what is there.
  func clear(_ layout: ValueLayout, where isToGo: (_ node: UInt32) -> Bool) {
    for (number, value) in layout.values.enumerated() where unsafe isThere[number] && isToGo(value.node) {
      unsafe value.destroy(base + value.offset)
      unsafe isThere[number] = false
    }
  }
}
