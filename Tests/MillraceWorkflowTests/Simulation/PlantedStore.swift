import MillraceWorkflow

/// A store in memory with something wrong.
struct PlantedStore: ForwardingRunStore {
  let base: any RunStore
  var forgetsTimers = false
  let committing: @Sendable ([RunChange]) async throws -> [CommitVerdict]

  /// Acknowledges first, and stores then.
  static func early(_ base: MemoryRunStore, _ executor: any TaskExecutor) -> PlantedStore {
    PlantedStore(base: base) { changes in
      guard changes.allSatisfy({ $0.expected != nil }) else { return try await base.commit(changes) }
      Task(executorPreference: executor) {
        await Task.yield()
        _ = try await base.commit(changes)
      }
      return changes.map { _ in .committed }
    }
  }

  /// Knows of no timers.
  static func forgetful(_ base: MemoryRunStore) -> PlantedStore {
    PlantedStore(base: base, forgetsTimers: true) { try await base.commit($0) }
  }

  func commit(_ changes: [RunChange]) async throws -> [CommitVerdict] { try await committing(changes) }
  func earliestTimer(after time: Timestamp?) async throws -> Timestamp? {
    forgetsTimers ? nil : try await base.earliestTimer(after: time)
  }
}
