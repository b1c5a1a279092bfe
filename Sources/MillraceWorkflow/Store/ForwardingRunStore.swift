/// A store that stands before another, and does some things itself: counts, delays, translates, refuses.
///
/// ```swift
/// struct SlowStore: ForwardingRunStore {
///   let base: any RunStore
///   func write<R>(_ body: () async throws -> R) async throws -> R {
///     try await TimerClock().sleep(for: .milliseconds(10))
///     return try await body()
///   }
/// }
/// ```
///
/// Whatever a conforming type does not have, is forwarded: through ``read(_:)`` what changes nothing, through ``write(_:)`` the rest, but for ``RunStore/close()``.
public protocol ForwardingRunStore: RunStore {
  /// Where calls go.
  var base: any RunStore { get }
  /// Makes a call that changes nothing.
  func read<R>(_ body: () async throws -> R) async throws -> R
  /// Makes a call that changes something, or may.
  func write<R>(_ body: () async throws -> R) async throws -> R
}

extension ForwardingRunStore {
  public func read<R>(_ body: () async throws -> R) async throws -> R { try await body() }
  public func write<R>(_ body: () async throws -> R) async throws -> R { try await body() }

  public var durability: Durability { base.durability }
  public func now() async throws -> Timestamp { try await read { try await base.now() } }

  public func commit(_ changes: [RunChange]) async throws -> [CommitVerdict] {
    try await write { try await base.commit(changes) }
  }

  // MARK: Runs

  public func load(_ id: RunID) async throws -> StoredRun? { try await read { try await base.load(id) } }

  public func runsToResume(after id: RunID?, limit: Int, in shards: ShardSelection?) async throws -> [StoredRun] {
    try await read { try await base.runsToResume(after: id, limit: limit, in: shards) }
  }

  public func dueRuns(at time: Timestamp, limit: Int, in shards: ShardSelection?) async throws -> [RunID] {
    try await read { try await base.dueRuns(at: time, limit: limit, in: shards) }
  }

  public func earliestTimer(after time: Timestamp?) async throws -> Timestamp? {
    try await read { try await base.earliestTimer(after: time) }
  }

  public func runs(_ query: RunQuery) async throws -> [RunRecord] { try await read { try await base.runs(query) } }
  public func count(_ query: RunQuery) async throws -> Int { try await read { try await base.count(query) } }
  public func history(of id: RunID) async throws -> [HistoryEntry] { try await read { try await base.history(of: id) } }

  // MARK: Events

  public func deliver(
    _ events: [(run: RunID, event: InboxEvent)], durability: Durability
  ) async throws -> [DeliveryVerdict] {
    try await write { try await base.deliver(events, durability: durability) }
  }

  public func outbox(after sequence: Int64, limit: Int) async throws -> [SequencedEvent] {
    try await read { try await base.outbox(after: sequence, limit: limit) }
  }

  public func acknowledgeOutbox(through sequence: Int64) async throws {
    try await write { try await base.acknowledgeOutbox(through: sequence) }
  }

  // MARK: Leases

  public func acquireLease(role: String, owner: String, duration: Duration) async throws -> Lease? {
    try await write { try await base.acquireLease(role: role, owner: owner, duration: duration) }
  }

  public func releaseLease(_ lease: Lease) async throws { try await write { try await base.releaseLease(lease) } }
  public func leases() async throws -> [Lease] { try await read { try await base.leases() } }

  // MARK: Documents

  public func document(_ name: DocumentName) async throws -> Document? {
    try await read { try await base.document(name) }
  }

  public func documents(in collection: String, after key: String?, limit: Int) async throws -> [Document] {
    try await read { try await base.documents(in: collection, after: key, limit: limit) }
  }

  public func setDocument(
    _ name: DocumentName, to value: Payload?, expected: Revision?, durability: Durability
  ) async throws -> Bool {
    try await write { try await base.setDocument(name, to: value, expected: expected, durability: durability) }
  }

  // MARK: Keeping and deleting

  public func eraseData(of id: RunID) async throws -> ErasureReport? {
    try await write { try await base.eraseData(of: id) }
  }

  public func purge(finishedBefore time: Timestamp, workflow: String?, limit: Int) async throws -> Int {
    try await write { try await base.purge(finishedBefore: time, workflow: workflow, limit: limit) }
  }

  public func close() async throws { try await base.close() }
}
