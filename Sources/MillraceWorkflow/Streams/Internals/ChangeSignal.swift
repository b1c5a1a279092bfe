import Synchronization

/// Says that something has changed, to tasks that wait for it.
///
/// Read ``version``, look at what may change, and if it is not yet as you want it, wait for a change after that version: one that came between is not missed.
package final class ChangeSignal: Sendable {
  private let state = Mutex(State())

  private struct State {
    var version = 0
    var lastWaiter = 0
    var waiters: [Int: CheckedContinuation<Void, any Error>] = [:]
  }

  package init() {}

  package var version: Int { state.withLock { $0.version } }

  package func raise() {
    let waiters = state.withLock { state in
      state.version += 1
      defer { state.waiters = [:] }
      return state.waiters.values
    }
    for waiter in waiters { waiter.resume() }
  }

  /// Suspends the task until the signal has been raised after `version` was read.
  ///
  /// - Throws: `CancellationError`, as soon as the task is cancelled.
  package func wait(after version: Int) async throws {
    let number = state.withLock { state in
      state.lastWaiter += 1
      return state.lastWaiter
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        let result = state.withLock { state -> Result<Void, any Error>? in
          if Task.isCancelled { return .failure(CancellationError()) }
          if state.version != version { return .success(()) }
          state.waiters[number] = continuation
          return nil
        }
        if let result { continuation.resume(with: result) }
      }
    } onCancel: {
      state.withLock { $0.waiters.removeValue(forKey: number) }?.resume(throwing: CancellationError())
    }
  }

  /// As ``wait(after:)``, but no longer than for a time, whatever the clock is set to.
  package func wait(after version: Int, atMost duration: Duration, by clock: any WallClock) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await self.wait(after: version) }
      group.addTask { try await clock.sleep(for: duration) }
      defer { group.cancelAll() }
      try await group.next()
    }
  }
}
