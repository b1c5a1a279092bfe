/// The address of a Swift task, without a reference to it.
///
/// An `UnsafeCurrentTask` is a counted reference. One that is kept until after the task's end is released then, and a child task may lie in its parent's memory, which is gone by that time.
/// So whoever keeps a task keeps its address, and says why the task is alive whenever it is asked.
@safe
@usableFromInline
struct LiveTask: Sendable {
  /// 0: none, so that zeroed memory is valid.
  private let address: UInt

  private init(address: UInt) { self.address = address }

  /// No task: its `isCancelled` is false.
  static let none = LiveTask(address: 0)

  /// Of the calling code.
  static var current: LiveTask {
    unsafe withUnsafeCurrentTask { task in
      // SAFETY: an `UnsafeCurrentTask` is one reference; its bits are copied, not its ownership.
      LiveTask(address: unsafe task.map { unsafe unsafeBitCast($0, to: UInt.self) } ?? 0)
    }
  }

  var isNone: Bool { address == 0 }

  /// - Precondition: the task is alive.
  @unsafe
  var isCancelled: Bool { unsafe isNone ? false : task?.isCancelled ?? false }

  /// - Precondition: the task is alive.
  @unsafe
  func cancel() { unsafe task?.cancel() }

  // SAFETY: the bits of an `UnsafeCurrentTask`; the optional of a reference is 0 when it is nil.
  private var task: UnsafeCurrentTask? { unsafe unsafeBitCast(address, to: UnsafeCurrentTask?.self) }
}
