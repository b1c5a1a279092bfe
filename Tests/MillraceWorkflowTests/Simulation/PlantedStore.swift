import MillraceWorkflow

/// A store in memory with something wrong.
struct PlantedStore: RunStore {
  let base: MemoryRunStore
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

  // MARK: RunStore

  var durability: Durability { base.durability }
  func commit(_ changes: [RunChange]) async throws -> [CommitVerdict] { try await committing(changes) }
  func now() async throws -> Timestamp { try await base.now() }
  func load(_ id: RunID) async throws -> StoredRun? { try await base.load(id) }
  func runsToResume(after id: RunID?, limit: Int, in shards: ShardSelection?) async throws -> [StoredRun] {
    try await base.runsToResume(after: id, limit: limit, in: shards)
  }
  func dueRuns(at time: Timestamp, limit: Int, in shards: ShardSelection?) async throws -> [RunID] {
    try await base.dueRuns(at: time, limit: limit, in: shards)
  }
  func earliestTimer(after time: Timestamp?) async throws -> Timestamp? {
    forgetsTimers ? nil : try await base.earliestTimer(after: time)
  }
  func runs(_ query: RunQuery) async throws -> [RunRecord] { try await base.runs(query) }
  func count(_ query: RunQuery) async throws -> Int { try await base.count(query) }
  func history(of id: RunID) async throws -> [HistoryEntry] { try await base.history(of: id) }
  func deliver(
    _ events: [(run: RunID, event: InboxEvent)], durability: Durability
  ) async throws -> [DeliveryVerdict] { try await base.deliver(events, durability: durability) }
  func outbox(after sequence: Int64, limit: Int) async throws -> [SequencedEvent] {
    try await base.outbox(after: sequence, limit: limit)
  }
  func acknowledgeOutbox(through sequence: Int64) async throws {
    try await base.acknowledgeOutbox(through: sequence)
  }
  func acquireLease(role: String, owner: String, duration: Duration) async throws -> Lease? {
    try await base.acquireLease(role: role, owner: owner, duration: duration)
  }
  func releaseLease(_ lease: Lease) async throws { try await base.releaseLease(lease) }
  func leases() async throws -> [Lease] { try await base.leases() }
  func document(_ name: DocumentName) async throws -> Document? { try await base.document(name) }
  func documents(in collection: String, after key: String?, limit: Int) async throws -> [Document] {
    try await base.documents(in: collection, after: key, limit: limit)
  }
  func setDocument(
    _ name: DocumentName, to value: Payload?, expected: Revision?, durability: Durability
  ) async throws -> Bool {
    try await base.setDocument(name, to: value, expected: expected, durability: durability)
  }
  func eraseData(of id: RunID) async throws -> ErasureReport? { try await base.eraseData(of: id) }
  func purge(finishedBefore time: Timestamp, workflow: String?, limit: Int) async throws -> Int {
    try await base.purge(finishedBefore: time, workflow: workflow, limit: limit)
  }
  func close() async throws { try await base.close() }
}
