import Synchronization

/// A change that is to be stored. A class, because it is long, and all that wait for it to be stored hold it.
final class PendingChange: Sendable {
  let change: RunChange

  init(_ change: RunChange, under lease: Lease?) {
    var change = change
    change.lease = lease
    self.change = change
  }
}

/// Commits changes of many runs together: what arrives while a commit is under way goes into the next.
///
/// So a lone change is committed at once, and a thousand that come at the same time share one synchronisation of the disk.
final class GroupCommitter: Sendable {
  private let store: any RunStore
  private let executor: any TaskExecutor
  /// The most changes of one commit.
  private let limit: Int
  private let observers: [any RunObserver]
  private let state = Mutex(State())

  private struct State {
    var waiting: [(change: PendingChange, continuation: CheckedContinuation<CommitVerdict, any Error>)] = []
    var isCommitting = false
  }

  /// Changes in each commit so far, for metrics.
  private let sizes = Mutex((commits: 0, changes: 0))

  init(store: any RunStore, executor: any TaskExecutor, limit: Int = 1000, observers: [any RunObserver] = []) {
    self.store = store
    self.executor = executor
    self.limit = limit
    self.observers = observers
  }

  /// Returns when the change is stored as its durability says, or refused.
  func commit(_ change: PendingChange) async throws -> CommitVerdict {
    let isFirst = state.withLock { state in
      defer { state.isCommitting = true }
      return !state.isCommitting
    }
    if isFirst {
      // Nobody commits: in place, without a task.
      defer { goOn() }
      return try await commit([change.change])[0]
    }
    return try await withCheckedThrowingContinuation { continuation in
      state.withLock { $0.waiting.append((change, continuation)) }
      // Who committed may have ended just before.
      let begins = state.withLock { state in
        defer { state.isCommitting = true }
        return !state.isCommitting
      }
      if begins { goOn() }
    }
  }

  /// Commits what has come meanwhile.
  private func goOn() {
    let isMore = state.withLock { state in
      state.isCommitting = !state.waiting.isEmpty
      return state.isCommitting
    }
    if isMore { Task.detached(executorPreference: executor) { [self] in await commitAll() } }
  }

  private func commitAll() async {
    let batch = state.withLock { state in
      let batch = Array(state.waiting.prefix(limit))
      state.waiting.removeFirst(batch.count)
      return batch
    }
    do {
      let verdicts = try await commit(batch.map(\.change.change))
      for (index, verdict) in verdicts.enumerated() { batch[index].continuation.resume(returning: verdict) }
    } catch {
      for entry in batch { entry.continuation.resume(throwing: error) }
    }
    goOn()
  }

  private func commit(_ changes: [RunChange]) async throws -> [CommitVerdict] {
    let verdicts = observers.isEmpty ? try await store.commit(changes) : try await commitTimed(changes)
    sizes.withLock { $0 = ($0.commits + 1, $0.changes + verdicts.count) }
    return verdicts
  }

  private func commitTimed(_ changes: [RunChange]) async throws -> [CommitVerdict] {
    func tell(_ figure: EngineFigure) { for observer in observers { observer.observe(figure) } }
    // The strongest that is asked for is what the whole commit waits for.
    let durability = min(store.durability, changes.lazy.map(\.durability).max() ?? .memory)
    let start = ContinuousClock.now
    do {
      let verdicts = try await store.commit(changes)
      tell(.committed(changes: verdicts.count, took: ContinuousClock.now - start, durability))
      return verdicts
    } catch {
      tell(.commitFailed(changes: changes.count, durability))
      throw error
    }
  }

  /// Commits made, and changes in them.
  var counts: (commits: Int, changes: Int) { sizes.withLock { $0 } }
}
