import Synchronization

/// Stores breakers' snapshots, the latest of each, one at a time: a restarted process must not call what was known to be broken.
final class BreakerKeeper: Sendable {
  private let store: any RunStore
  private let executor: any TaskExecutor
  private let state = Mutex((latest: [String: CircuitBreaker.Snapshot](), isAtWork: false))

  init(store: any RunStore, executor: any TaskExecutor) {
    self.store = store
    self.executor = executor
  }

  func keep(_ circuit: String, _ snapshot: CircuitBreaker.Snapshot) {
    let begins = state.withLock { state in
      state.latest[circuit] = snapshot
      defer { state.isAtWork = true }
      return !state.isAtWork
    }
    guard begins else { return }
    Task.detached(executorPreference: executor) { [self] in
      while let (circuit, snapshot) = next() {
        // A breaker that cannot be stored still works; the next change tries again.
        try? await store(circuit, snapshot)
      }
    }
  }

  private func next() -> (String, CircuitBreaker.Snapshot)? {
    state.withLock { state in
      guard let circuit = state.latest.keys.min() else {
        state.isAtWork = false
        return nil
      }
      return (circuit, state.latest.removeValue(forKey: circuit)!)
    }
  }

  private func store(_ circuit: String, _ snapshot: CircuitBreaker.Snapshot) async throws {
    let name = DocumentName(CircuitBreaker.collection, circuit)
    let payload = Payload(encoding: snapshot)
    while true {
      let old = try await store.document(name)
      if try await store.setDocument(
        name, to: payload, expected: old?.revision, durability: min(.processCrash, store.durability))
      {
        return
      }
    }
  }
}
