import MillraceWorkflow
import Synchronization

/// A store at one of whose writes something goes wrong: to see what becomes of workflows when their process ends there, or the disk fails.
///
/// ```swift
/// let base = MemoryRunStore()
/// for point in 0... {
///   let store = FaultyRunStore(base, at: point, .endAfter)
///   let engine = WorkflowEngine(store: store)   // until store.hasHappened; then another on `base` goes on
///   …
///   if !store.hasHappened { break }   // every point has been tried
/// }
/// ```
///
/// Any thread may call.
public final class FaultyRunStore: RunStore {
  public enum Fault: Sendable, Hashable, CaseIterable {
    /// The write throws, and nothing is stored.
    case refuse
    /// The write is stored, and throws.
    case lose
    /// The process ends before the write: it, and all that follow, throw and store nothing.
    case endBefore
    /// The process ends after the write: it is stored, and throws, as do all that follow.
    case endAfter
  }

  private let base: any RunStore
  private let point: Int
  private let fault: Fault
  private let state = Mutex((writes: 0, waiters: [CheckedContinuation<Void, Never>]()))

  /// - Parameter point: the write at which it happens, from 0.
  public init(_ base: any RunStore, at point: Int, _ fault: Fault) {
    self.base = base
    self.point = point
    self.fault = fault
  }

  /// Writes begun so far.
  public var writeCount: Int { state.withLock { $0.writes } }

  public var hasHappened: Bool { writeCount > point }

  /// Returns when it has happened.
  public func waitForFault() async {
    await withCheckedContinuation { continuation in
      let isOver = state.withLock { state in
        if state.writes <= point { state.waiters.append(continuation) }
        return state.writes > point
      }
      if isOver { continuation.resume() }
    }
  }

  private static var trouble: WorkflowError {
    WorkflowError(.storeUnavailable, "a fault was asked for: try again, or start again")
  }

  private func write<R>(_ body: () async throws -> R) async throws -> R {
    let (number, waiters) = state.withLock { state in
      defer {
        state.writes += 1
        if state.writes > point { state.waiters = [] }
      }
      return (state.writes, state.writes >= point ? state.waiters : [])
    }
    defer { for waiter in waiters { waiter.resume() } }
    if number < point { return try await body() }
    let isNow = number == point
    switch fault {
    case .refuse where isNow, .endBefore: throw Self.trouble
    case .lose where isNow, .endAfter where isNow:
      _ = try await body()
      throw Self.trouble
    case .endAfter: throw Self.trouble
    case .refuse, .lose: return try await body()
    }
  }

  private func read<R>(_ body: () async throws -> R) async throws -> R {
    let hasEnded = hasHappened && (fault == .endBefore || fault == .endAfter)
    if hasEnded { throw Self.trouble }
    return try await body()
  }

  // MARK: RunStore

  public var durability: Durability { base.durability }
  public func now() async throws -> Timestamp { try await read { try await base.now() } }

  public func commit(_ changes: [RunChange]) async throws -> [CommitVerdict] {
    try await write { try await base.commit(changes) }
  }

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

  public func acquireLease(role: String, owner: String, duration: Duration) async throws -> Lease? {
    try await write { try await base.acquireLease(role: role, owner: owner, duration: duration) }
  }

  public func releaseLease(_ lease: Lease) async throws { try await write { try await base.releaseLease(lease) } }
  public func leases() async throws -> [Lease] { try await read { try await base.leases() } }

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

  public func eraseData(of id: RunID) async throws -> ErasureReport? {
    try await write { try await base.eraseData(of: id) }
  }

  public func purge(finishedBefore time: Timestamp, workflow: String?, limit: Int) async throws -> Int {
    try await write { try await base.purge(finishedBefore: time, workflow: workflow, limit: limit) }
  }

  public func close() async throws { try await base.close() }
}
