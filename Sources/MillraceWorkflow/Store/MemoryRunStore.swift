import Synchronization

/// Runs in memory: for tests, and for workflows that need not outlive their process.
///
/// ```swift
/// let store = MemoryRunStore()
/// let verdicts = try await store.commit([RunChange(record: record, expected: nil)])
/// ```
///
/// Keeps every clause of ``RunStore`` but for durability: all ends with the process. Any thread may call; a call holds a lock for about a microsecond a change, and never waits for anything else.
///
/// Throws only after ``close()``: ``WorkflowError/Code/storeUnavailable``; and ``WorkflowError/Code/tooLarge`` for a document.
public final class MemoryRunStore: RunStore {
  private let state: Mutex<MemoryRuns>
  private let clock: any WallClock

  /// An empty store whose leases follow `clock`.
  public init(clock: any WallClock = SystemWallClock(), limits: StoreLimits = StoreLimits()) {
    self.clock = clock
    state = Mutex(MemoryRuns(limits: limits))
  }

  public var durability: Durability { .memory }

  public func commit(_ changes: [RunChange]) async throws -> [CommitVerdict] {
    let time = clock.now
    return try withRuns { runs in changes.map { runs.commit($0, at: time) } }
  }

  public func now() async throws -> Timestamp { try withRuns { _ in clock.now } }

  public func load(_ id: RunID) async throws -> StoredRun? { try withRuns { $0.load(id) } }

  public func runsToResume(after id: RunID?, limit: Int, in shards: ShardSelection?) async throws -> [StoredRun] {
    try withRuns { $0.runsToResume(after: id, limit: limit, in: shards) }
  }

  public func dueRuns(at time: Timestamp, limit: Int, in shards: ShardSelection?) async throws -> [RunID] {
    try withRuns { $0.dueRuns(at: time, limit: limit, in: shards) }
  }

  public func earliestTimer(after time: Timestamp?) async throws -> Timestamp? {
    try withRuns { $0.earliestTimer(after: time) }
  }

  public func runs(_ query: RunQuery) async throws -> [RunRecord] { try withRuns { $0.runs(query) } }

  public func count(_ query: RunQuery) async throws -> Int { try withRuns { $0.count(query) } }

  public func history(of id: RunID) async throws -> [HistoryEntry] { try withRuns { $0.history(of: id) } }

  public func deliver(
    _ events: [(run: RunID, event: InboxEvent)], durability: Durability
  ) async throws -> [DeliveryVerdict] {
    try withRuns { runs in events.map { runs.deliver($0.event, to: $0.run) } }
  }

  public func outbox(after sequence: Int64, limit: Int) async throws -> [SequencedEvent] {
    try withRuns { $0.outbox(after: sequence, limit: limit) }
  }

  public func acknowledgeOutbox(through sequence: Int64) async throws {
    try withRuns { $0.acknowledgeOutbox(through: sequence) }
  }

  public func acquireLease(role: String, owner: String, duration: Duration) async throws -> Lease? {
    let time = clock.now
    return try withRuns { $0.acquireLease(role: role, owner: owner, duration: duration, at: time) }
  }

  public func releaseLease(_ lease: Lease) async throws { try withRuns { $0.releaseLease(lease) } }

  public func leases() async throws -> [Lease] {
    let time = clock.now
    return try withRuns { $0.leases(at: time) }
  }

  public func document(_ name: DocumentName) async throws -> Document? { try withRuns { $0.document(name) } }

  public func documents(in collection: String, after key: String?, limit: Int) async throws -> [Document] {
    try withRuns { $0.documents(in: collection, after: key, limit: limit) }
  }

  public func setDocument(
    _ name: DocumentName, to value: Payload?, expected: Revision?, durability: Durability
  ) async throws -> Bool {
    try withRuns { try $0.setDocument(name, to: value, expected: expected) }
  }

  public func eraseData(of id: RunID) async throws -> ErasureReport? {
    let time = clock.now
    return try withRuns { $0.eraseData(of: id, at: time) }
  }

  public func purge(finishedBefore time: Timestamp, workflow: String?, limit: Int) async throws -> Int {
    try withRuns { $0.purge(finishedBefore: time, workflow: workflow, limit: limit) }
  }

  public func close() async throws { state.withLock { $0.close() } }

  private func withRuns<Result: Sendable>(_ body: (inout MemoryRuns) throws -> Result) throws -> Result {
    try state.withLock { runs in
      if runs.isClosed { throw WorkflowError(.storeUnavailable, "the store has been closed") }
      return try body(&runs)
    }
  }
}
