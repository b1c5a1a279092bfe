import MillraceExecutor
import MillracePrimitives

/// When the nodes of one run began and ended. A run has them only if it was asked to.
// SAFETY: what is said of a node is written by whoever has the node at that time (G1, or the mailbox's lock, lie between two of them), and read when the run has ended (G2).
@safe
final class NodeTimes: @unchecked Sendable {
  struct Entry: BitwiseCopyable {
    /// In nanoseconds since the run began; negative: it has not.
    var start: Int64
    var end: Int64
    /// Negative: none.
    var worker: Int32
  }

  let count: Int
  private let entries: UnsafeMutablePointer<Entry>
  private let origin = Deadline.now
  /// How long the run took; set when it has ended.
  var duration: Int64 = 0

  init(count: Int) {
    self.count = count
    unsafe entries = .allocate(capacity: max(1, count))
    unsafe entries.initialize(repeating: Entry(start: -1, end: -1, worker: -1), count: count)
  }

  deinit { unsafe entries.deallocate() }

  private var now: Int64 { Int64(Deadline.now.nanoseconds - origin.nanoseconds) }

  /// - Parameter worker: nil: none is held.
  func begin(_ node: UInt32, worker: Int?) {
    unsafe entries[Int(node)] = Entry(start: now, end: -1, worker: Int32(worker ?? -1))
  }

  func end(_ node: UInt32) { unsafe entries[Int(node)].end = now }

  /// For a node that may never have begun, or whose end was seen elsewhere.
  func endIfOpen(_ node: UInt32) {
    if unsafe entries[Int(node)].start >= 0 && entries[Int(node)].end < 0 { end(node) }
  }

  /// The run has ended.
  func finish() { duration = now }

  /// Nil: the node has not run.
  subscript(node: Int) -> Entry? {
    get {
      let entry = unsafe entries[node]
      return entry.start >= 0 && entry.end >= 0 ? entry : nil
    }
    set { unsafe entries[node] = newValue ?? Entry(start: -1, end: -1, worker: -1) }
  }
}
