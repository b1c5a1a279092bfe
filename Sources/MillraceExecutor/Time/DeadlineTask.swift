import MillracePrimitives
import Synchronization

/// The task that a deadline cancels, while it is at what the deadline is for.
///
/// | state | `end` | `cancel` |
/// |---|---|---|
/// | running | → ended | → cancelling, cancels the task, → late |
/// | cancelling | → awaited, waits | |
/// | awaited | | when the task has been cancelled: wakes it |
/// | late | nothing | |
/// | ended | | nothing |
///
/// So the task is alive for as long as somebody else cancels it. `Z1`: each step out of a state; the task's end travels.
final class DeadlineTask: Sendable {
  private enum State {
    static let running: UInt8 = 0
    static let cancelling: UInt8 = 1
    static let awaited: UInt8 = 2
    static let late: UInt8 = 3
    static let ended: UInt8 = 4
  }

  private let state = Atomic<UInt8>(State.running)
  /// The one that has made this. It calls ``end()`` before it ends.
  private let task = LiveTask.current
  private let parker = Parker()

  /// The deadline has passed before the end.
  var isLate: Bool {
    // Relaxed: asked by the task after its end, whose step this is or comes after.
    let state = state.load(ordering: .relaxed)
    return state == State.late || state == State.awaited
  }

  /// From now on `cancel` does nothing; one that is under way is waited for. Once, by the task.
  func end() {
    if !step(from: State.running, to: State.ended), step(from: State.cancelling, to: State.awaited) { parker.park() }
  }

  func cancel() {
    guard step(from: State.running, to: State.cancelling) else { return }
    // SAFETY: the task does not get beyond `end` in this state.
    unsafe task.cancel()
    if !step(from: State.cancelling, to: State.late) { parker.unpark() }
  }

  private func step(from: UInt8, to: UInt8) -> Bool {
    // Z1: pairs with every other step.
    // Z1: both ends are this exchange.
    state.compareExchange(
      expected: from, desired: to, successOrdering: .acquiringAndReleasing, failureOrdering: .acquiring
    ).exchanged
  }
}
