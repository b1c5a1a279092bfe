import CMillrace
import MillracePrimitives

/// What each node does, two words a node.
///
/// | low bits of `context` | function | context |
/// |---|---|---|
/// | 0 | of a closure `() throws -> Void`; 0: nothing to do | its captures: one retain |
/// | 1 | of a closure `(Int) throws -> Void` that many nodes share | a ``NodeGroup``'s record |
/// | 2 | | a ``SpecialNode``: one retain |
struct NodeBodies: ~Copyable {
  struct Words: BitwiseCopyable {
    var function: UInt
    var context: UInt
  }

  private(set) var words = GrowingArray<Words>()
  private var groups: [NodeGroup] = []

  deinit {
    for index in 0..<words.count { Self.release(words[index]) }
  }

  static func release(_ words: Words) {
    if words.context != 0, words.context & 3 != 1 { unsafe object(words.context & ~3).release() }
  }

  var count: Int { words.count }

  private static func object(_ bits: UInt) -> Unmanaged<AnyObject> {
    unsafe Unmanaged.fromOpaque(UnsafeRawPointer(bitPattern: bits)!)
  }

  mutating func append(_ body: consuming @escaping @Sendable () throws -> Void) {
    // In a struct, so that the closure's two words are stored as they are and not behind a thunk for generic code.
    struct Box { let body: @Sendable () throws -> Void }
    let count = words.count
    words.append(Words(function: 0, context: 0))
    // SAFETY: a closure is two words, and this place is now its owner.
    unsafe UnsafeMutableRawPointer(words.base + count).initializeMemory(as: Box.self, to: Box(body: body))
  }

  mutating func append(_ node: SpecialNode) {
    words.append(Words(function: 0, context: unsafe UInt(bitPattern: Unmanaged.passRetained(node).toOpaque()) | 2))
  }

  mutating func appendNothing() { words.append(Words(function: 0, context: 0)) }

  mutating func append(count: Int, _ body: @escaping @Sendable (Int) throws -> Void) {
    let group = NodeGroup(first: words.count, body)
    groups.append(group)
    words.append(repeating: group.words, count: count)
  }

  /// A node that is not special becomes so.
  mutating func changeOptions(of index: Int, _ change: (inout NodeOptions) -> Void) -> NodeOptions {
    let special = special(index) ?? SpecialNode(.plain(words[index]))
    if words[index].context & 3 != 2 {
      words[index] = Words(
        function: 0, context: unsafe UInt(bitPattern: Unmanaged.passRetained(special).toOpaque()) | 2)
    }
    change(&special.options)
    special.orderLimits()
    return special.options
  }

  /// The special node at `index`, if it is one.
  func special(_ index: Int) -> SpecialNode? {
    let context = words[index].context
    guard context & 3 == 2 else { return nil }
    return unsafe Unmanaged<SpecialNode>.fromOpaque(UnsafeRawPointer(bitPattern: context & ~3)!).takeUnretainedValue()
  }

  /// Calls a body that is not special. Returns the error, which the caller then owns, or 0.
  @inline(__always)
  static func call(_ words: Words, _ node: UInt32) -> UInt {
    if words.context & 3 == 0 {
      return words.function == 0 ? 0 : millrace_throwing_call(words.function, words.context)
    }
    let record = unsafe UnsafePointer<NodeGroup.Record>(bitPattern: words.context & ~3).unsafelyUnwrapped
    return unsafe millrace_throwing_indexed_call(
      words.function, record.pointee.context, Int(node) - record.pointee.first)
  }
}

/// Nodes that share one closure, which is told the index within the group.
@safe
final class NodeGroup {
  struct Record {
    let context: UInt
    let first: Int
  }

  private struct Box { let body: @Sendable (Int) throws -> Void }

  private let record: UnsafeMutablePointer<Record>
  private let box: UnsafeMutablePointer<Box>
  let words: NodeBodies.Words

  init(first: Int, _ body: @escaping @Sendable (Int) throws -> Void) {
    unsafe box = .allocate(capacity: 1)
    unsafe box.initialize(to: Box(body: body))
    // SAFETY: a closure is two words; the box owns it, and lives as long as the group.
    let parts = unsafe UnsafeRawPointer(box).load(as: NodeBodies.Words.self)
    unsafe record = .allocate(capacity: 1)
    unsafe record.initialize(to: Record(context: parts.context, first: first))
    words = unsafe NodeBodies.Words(function: parts.function, context: UInt(bitPattern: record) | 1)
  }

  deinit {
    unsafe record.deallocate()
    unsafe box.deinitialize(count: 1)
    unsafe box.deallocate()
  }
}

/// Takes over an error that a body threw.
func takeError(_ bits: UInt) -> any Error {
  struct Box { let error: any Error }
  var bits = bits
  // SAFETY: an error is one word, a reference; the body has given its retain away.
  return unsafe withUnsafeMutablePointer(to: &bits) {
    unsafe UnsafeMutableRawPointer($0).assumingMemoryBound(to: Box.self).move().error
  }
}
