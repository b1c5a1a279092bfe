import MillraceWorkflow
import Synchronization

/// A store that counts commits, and keeps the first changes of each, so that a loop without an engine can make the same ones.
final class WatchedStore: RunStore {
  private let inner: any RunStore
  /// How many changes are kept.
  private let limit: Int
  private let seen = Mutex(Seen())

  struct Seen {
    var commits = 0
    var changes = 0
    /// What was committed together.
    var batches: [[RunChange]] = []
    fileprivate var kept = 0
  }

  init(_ inner: any RunStore, keeping limit: Int) {
    self.inner = inner
    self.limit = limit
  }

  var counts: Seen { seen.withLock { $0 } }

  func commit(_ changes: [RunChange]) async throws -> [CommitVerdict] {
    seen.withLock { seen in
      seen.commits += 1
      seen.changes += changes.count
      guard seen.kept < limit else { return }
      seen.kept += changes.count
      seen.batches.append(changes)
    }
    return try await inner.commit(changes)
  }

  var durability: Durability { inner.durability }
  func now() async throws -> Timestamp { try await inner.now() }
  func load(_ id: RunID) async throws -> StoredRun? { try await inner.load(id) }
  func runsToResume(after id: RunID?, limit: Int, in shards: ShardSelection?) async throws -> [StoredRun] {
    try await inner.runsToResume(after: id, limit: limit, in: shards)
  }
  func dueRuns(at time: Timestamp, limit: Int, in shards: ShardSelection?) async throws -> [RunID] {
    try await inner.dueRuns(at: time, limit: limit, in: shards)
  }
  func earliestTimer(after time: Timestamp?) async throws -> Timestamp? {
    try await inner.earliestTimer(after: time)
  }
  func runs(_ query: RunQuery) async throws -> [RunRecord] { try await inner.runs(query) }
  func count(_ query: RunQuery) async throws -> Int { try await inner.count(query) }
  func history(of id: RunID) async throws -> [HistoryEntry] { try await inner.history(of: id) }
  func deliver(
    _ events: [(run: RunID, event: InboxEvent)], durability: Durability
  ) async throws -> [DeliveryVerdict] {
    try await inner.deliver(events, durability: durability)
  }
  func outbox(after sequence: Int64, limit: Int) async throws -> [SequencedEvent] {
    try await inner.outbox(after: sequence, limit: limit)
  }
  func acknowledgeOutbox(through sequence: Int64) async throws { try await inner.acknowledgeOutbox(through: sequence) }
  func acquireLease(role: String, owner: String, duration: Duration) async throws -> Lease? {
    try await inner.acquireLease(role: role, owner: owner, duration: duration)
  }
  func releaseLease(_ lease: Lease) async throws { try await inner.releaseLease(lease) }
  func leases() async throws -> [Lease] { try await inner.leases() }
  func document(_ name: DocumentName) async throws -> Document? { try await inner.document(name) }
  func documents(in collection: String, after key: String?, limit: Int) async throws -> [Document] {
    try await inner.documents(in: collection, after: key, limit: limit)
  }
  func setDocument(
    _ name: DocumentName, to value: Payload?, expected: Revision?, durability: Durability
  ) async throws -> Bool {
    try await inner.setDocument(name, to: value, expected: expected, durability: durability)
  }
  func eraseData(of id: RunID) async throws -> ErasureReport? { try await inner.eraseData(of: id) }
  func purge(finishedBefore time: Timestamp, workflow: String?, limit: Int) async throws -> Int {
    try await inner.purge(finishedBefore: time, workflow: workflow, limit: limit)
  }
  func close() async throws { try await inner.close() }
}
