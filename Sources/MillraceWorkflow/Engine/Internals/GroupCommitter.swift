import Synchronization

/// Commits changes of many runs together: what arrives while a commit is under way goes into the next.
///
/// So a lone change is committed at once, and a thousand that come at the same time share one synchronisation of the disk.
final class GroupCommitter: Sendable {
  private let store: any RunStore
  private let executor: any TaskExecutor
  /// The most changes of one commit.
  private let limit: Int
  private let state = Mutex(State())

  private struct State {
    var waiting: [(change: RunChange, continuation: CheckedContinuation<CommitVerdict, any Error>)] = []
    var isCommitting = false
  }

  /// Changes in each commit so far, for metrics.
  private let sizes = Mutex((commits: 0, changes: 0))

  init(store: any RunStore, executor: any TaskExecutor, limit: Int = 1000) {
    self.store = store
    self.executor = executor
    self.limit = limit
  }

  /// Returns when the change is stored as its durability says, or refused.
  func commit(_ change: RunChange) async throws -> CommitVerdict {
    try await withCheckedThrowingContinuation { continuation in
      let begins = state.withLock { state in
        state.waiting.append((change, continuation))
        return begin(&state)
      }
      if begins { Task(executorPreference: executor) { [self] in await commitAll() } }
    }
  }

  private func begin(_ state: inout State) -> Bool {
    guard !state.isCommitting else { return false }
    state.isCommitting = true
    return true
  }

  private func commitAll() async {
    while true {
      let batch = state.withLock { state in
        let batch = Array(state.waiting.prefix(limit))
        state.waiting.removeFirst(batch.count)
        if batch.isEmpty { state.isCommitting = false }
        return batch
      }
      guard !batch.isEmpty else { return }
      do {
        let verdicts = try await store.commit(batch.map(\.change))
        sizes.withLock { $0 = ($0.commits + 1, $0.changes + verdicts.count) }
        for (index, verdict) in verdicts.enumerated() { batch[index].continuation.resume(returning: verdict) }
      } catch {
        for index in batch.indices { batch[index].continuation.resume(throwing: error) }
      }
    }
  }

  /// Commits made, and changes in them.
  var counts: (commits: Int, changes: Int) { sizes.withLock { $0 } }
}
