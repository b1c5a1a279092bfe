import MillracePrimitives
import Synchronization

/// The task that a deadline cancels, while it is at what the deadline is for.
///
/// | state | `run` begins | `run` ends | `cancel` |
/// |---|---|---|---|
/// | new | → running | | → late: cancels itself when it begins |
/// | running | | → ended | → cancelling, cancels the task, → late |
/// | cancelling | | → awaited, waits | |
/// | awaited | | | when the task has been cancelled: wakes it |
/// | late | cancels itself | | |
/// | ended | | | nothing |
///
/// So the task is alive for as long as somebody else cancels it. `Z1`: each step out of a state; the task travels.
// SAFETY: `task` is written before the step to `running` and read after the step from there to `cancelling`.
@safe
final class DeadlineTask: @unchecked Sendable {
  private enum State {
    static let new: UInt8 = 0
    static let running: UInt8 = 1
    static let cancelling: UInt8 = 2
    static let awaited: UInt8 = 3
    static let late: UInt8 = 4
    static let ended: UInt8 = 5
  }

  private let state = Atomic<UInt8>(State.new)
  private var task = LiveTask.none
  private let parker = Parker()

  /// The deadline has passed before the end.
  var isLate: Bool {
    // Relaxed: the task, whose last step this is or comes after, has been awaited.
    let state = state.load(ordering: .relaxed)
    return state == State.late || state == State.awaited
  }

  /// Calls `body`, which `cancel` cancels meanwhile, with all of the calling task. Once.
  nonisolated(nonsending) func run<R>(_ body: nonisolated(nonsending) () async throws -> R) async throws -> R {
    task = .current
    if !step(from: State.new, to: State.running) { unsafe task.cancel() }
    defer {
      if !step(from: State.running, to: State.ended), step(from: State.cancelling, to: State.awaited) { parker.park() }
    }
    return try await body()
  }

  func cancel() {
    if step(from: State.new, to: State.late) { return }
    guard step(from: State.running, to: State.cancelling) else { return }
    // SAFETY: `run` does not end in this state.
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
