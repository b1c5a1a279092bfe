import MillracePrimitives

/// Timers of a simulation. No wheel: there are few, and they are due at the nanosecond.
package final class SimulatedTimers: Sendable {
  /// By deadline; equal ones in the order in which they came.
  private let waiting = Lock<[Timer]>([])

  /// Puts a timer in or takes it out, as its state says. Any thread: a task that has left the simulation may cancel one.
  func settle(_ timer: Timer) {
    waiting.withLock { waiting in
      if timer.isPending {
        let place = waiting.lastIndex { $0.deadline <= timer.deadline }.map { $0 + 1 } ?? 0
        waiting.insert(timer, at: place)
      } else {
        waiting.removeAll { $0 === timer }
      }
    }
  }

  /// When the first is due.
  package var next: Deadline? { waiting.withLock { $0.first.map { Deadline(nanoseconds: $0.deadline) } } }

  /// Fires those that are due.
  package func fire(until now: Deadline) {
    while let timer = take(where: { $0.deadline <= now.nanoseconds }) {
      if timer.becomeFired() { timer.fire() }
    }
  }

  /// Cancels all: who sleeps gets a `CancellationError`.
  package func cancelAll() {
    while let timer = take(where: { _ in true }) { timer.cancel() }
  }

  private func take(where isWanted: (Timer) -> Bool) -> Timer? {
    waiting.withLock { waiting in
      guard let first = waiting.first, isWanted(first) else { return nil }
      return waiting.removeFirst()
    }
  }
}
