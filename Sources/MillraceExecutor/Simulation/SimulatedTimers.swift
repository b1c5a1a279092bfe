import MillracePrimitives

/// Timers of a simulation. No wheel: they are due at the nanosecond, and those that are due at the same one are so in the order in which they came.
///
/// A timer is in the slot of some wheel's shard, as all are, but not in the wheel. Who cancels one does not come here: it is left out when it would be next.
package final class SimulatedTimers: Sendable {
  private struct State {
    /// By deadline; equal ones in the order in which they came.
    var waiting: [(deadline: UInt64, timer: Timer)] = []
    /// With so many, cancelled ones are thrown out.
    var limit = 64
  }

  private let state = Lock(State())

  func add(_ timer: Timer, at deadline: UInt64) {
    state.withLock { state in
      if state.waiting.count >= state.limit {
        state.waiting.removeAll { !$0.timer.isPending }
        state.limit = max(64, 2 * state.waiting.count)
      }
      let place = state.waiting.lastIndex { $0.deadline <= deadline }.map { $0 + 1 } ?? 0
      state.waiting.insert((deadline, timer), at: place)
    }
  }

  /// When the first is due; nil: none is, ever.
  package var next: Deadline? {
    let first = state.withLock { state in
      let cancelled = state.waiting.prefix { !$0.timer.isPending }
      state.waiting.removeFirst(cancelled.count)
      return state.waiting.first
    }
    return first.map { Deadline(nanoseconds: $0.deadline) }.flatMap { $0 == .distantFuture ? nil : $0 }
  }

  /// Fires those that are due.
  package func fire(until now: Deadline) {
    while let (deadline, timer) = take(until: now.nanoseconds) { timer.fire(due: deadline) }
  }

  /// Cancels all: who sleeps gets a `CancellationError`.
  package func cancelAll() {
    while let (_, timer) = take(until: .max) { timer.cancel() }
  }

  private func take(until last: UInt64) -> (deadline: UInt64, timer: Timer)? {
    state.withLock { state in
      guard let first = state.waiting.first, first.deadline <= last else { return nil }
      return state.waiting.removeFirst()
    }
  }
}
