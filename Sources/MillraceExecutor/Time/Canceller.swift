import CMillrace
import MillracePrimitives

/// The thread that cancels the tasks whose deadlines have passed. It exists from the first one on.
///
/// Cancelling a task runs the cancellation handlers of it and of its children at once, which is anybody's code: it may take its time, or wait for a timer. So it is not done on the timekeeper's thread.
// SAFETY: the parker is made for sharing and is never freed.
@safe
final class Canceller: @unchecked Sendable {
  static let shared = Canceller()

  private let late = Lock<[DeadlineTask]>([])
  private let parker: UnsafeMutablePointer<Parker>

  private init() {
    unsafe parker = .allocate(capacity: 1)
    unsafe parker.initialize(to: Parker())
    var thread: UInt = 0
    let error = unsafe millrace_thread_start(
      &thread, "millrace-cancel", 8 << 20, { _ in Canceller.shared.main() }, parker)
    precondition(error == 0, "Millrace could not start the thread that cancels late tasks: error \(error)")
    millrace_thread_detach(thread)
  }

  /// Cancels a task soon.
  func cancel(_ task: DeadlineTask) {
    late.withLock { $0.append(task) }
    unsafe parker.pointee.unpark()
  }

  private func main() {
    while true {
      unsafe parker.pointee.park()
      let tasks = late.withLock { late in
        defer { late = [] }
        return late
      }
      for task in tasks { task.cancel() }
    }
  }
}
