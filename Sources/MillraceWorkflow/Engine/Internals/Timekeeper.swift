import Synchronization

/// Wakes the engine when the earliest stored timer is due.
///
/// One sleep for all runs, however many, by the wall clock, which may jump.
final class Timekeeper: Sendable {
  private let wallClock: any WallClock
  private let executor: any TaskExecutor
  private let state = Mutex(State())

  private struct State {
    var due: Timestamp?
    var sleeper: Task<Void, Never>?
    var isStopped = false
  }

  init(wallClock: any WallClock, executor: any TaskExecutor) {
    self.wallClock = wallClock
    self.executor = executor
  }

  /// Sees to it that `action` is called at `due`, or before; it is called at most once for each sleep.
  func wake(at due: Timestamp, _ action: @escaping @Sendable () async -> Void) {
    state.withLock { state in
      guard !state.isStopped, due < state.due ?? .distantFuture else { return }
      state.sleeper?.cancel()
      state.due = due
      state.sleeper = Task.detached(executorPreference: executor) { [self] in
        do { try await wallClock.sleep(until: due) } catch { return }
        let isMine = self.state.withLock { state in
          guard state.due == due, !Task.isCancelled else { return false }
          state.due = nil
          state.sleeper = nil
          return true
        }
        if isMine { await action() }
      }
    }
  }

  func stop() {
    state.withLock { state in
      state.isStopped = true
      state.sleeper?.cancel()
      state.sleeper = nil
      state.due = nil
    }
  }
}
