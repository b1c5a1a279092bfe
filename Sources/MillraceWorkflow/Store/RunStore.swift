/// Where runs live. Every store must pass `RunStoreConformance` of `MillraceTesting`, whose cases name the clauses below.
///
/// 1. **A change is one transaction.** Record, steps, timers, history, inbox and outbox of a ``RunChange`` are all stored, or none.
/// 2. **Each change of a commit has a verdict of its own**, in the order given. One that is refused takes nothing with it. Two changes of one run in a commit are taken in order, each seeing the one before.
/// 3. **Compare and swap.** A change is made only if the run's revision is the expected one; a new run only if its id is new.
/// 4. **Acknowledged is durable**, as the change's ``Durability`` says, when `commit` returns. A commit that throws may or may not have been stored; the caller finds out by reading the revision.
/// 5. **Keys.** An idempotency key names at most one run of a workflow, until the run is purged: when its data is deleted, a hash of the key remains; a held key at most one run of the workflow that is not final.
/// 6. **Inbox.** An event is stored at most once for each id, taken ones included; not for a run that is final or unknown. Order of arrival is kept. At most as many wait as ``StoreLimits/takes(_:unread:)`` says.
/// 7. **Outbox.** Sequence numbers ascend in the order of commits, without a later commit's event showing before an earlier one's. Events stay until they are acknowledged, also those of a run that is purged meanwhile.
/// 8. **Leases.** A role has at most one owner at a time by the store's clock; each new owner has a greater token; a change under an older token, or under a lease that has ended, is refused. Who has let a lease end is a new owner, too.
/// 9. **Time is the store's**: ``now()``; leases are judged by it.
/// 10. **Reading sees what was acknowledged** before it began. A page's order is total, so that pages neither repeat nor omit a run that does not change meanwhile.
/// 11. **Documents** change by compare and swap.
/// 12. **Deleted data is gone**: after ``eraseData(of:)`` no payload, reason, key, history or event of the run can be read back, nor found in the store's files.
/// 13. **Trouble is thrown** as a ``WorkflowError`` with ``WorkflowError/Code/storeUnavailable`` or ``WorkflowError/Code/storeDamaged`` that says what to do; the store goes on when the trouble ends.
///
/// Any thread or task may call; calls run on threads of the store, never block a worker of an executor, and may overlap.
public protocol RunStore: Sendable {
  /// The strongest promise that this store can keep.
  var durability: Durability { get }

  /// - Throws: clause 13. Nothing else: what is wrong with one change is its verdict.
  func commit(_ changes: [RunChange]) async throws -> [CommitVerdict]

  /// The store's time.
  func now() async throws -> Timestamp

  // MARK: Runs

  /// Everything that drives the run on; nil for one that is not there.
  func load(_ id: RunID) async throws -> StoredRun?

  /// Runs in ``RunState/initiated`` or ``RunState/running``, and those in ``RunState/waiting`` with events that they have not taken, in order of their ids, after `id`: what to go on with after a start.
  ///
  /// - Parameter shards: only runs of these; nil: all.
  func runsToResume(after id: RunID?, limit: Int, in shards: ShardSelection?) async throws -> [StoredRun]

  /// Ids of runs with a timer that is due, earliest first, each once. Final runs are left out, here and in ``earliestTimer()``; of paused runs only the timer ``TimerRecord/resume`` counts.
  ///
  /// - Parameter shards: only runs of these; nil: all. The limit is for those, so that others' due runs hide none of them.
  func dueRuns(at time: Timestamp, limit: Int, in shards: ShardSelection?) async throws -> [RunID]

  /// When the earliest timer is due; nil without any.
  ///
  /// - Parameter time: only timers that are due later than this; nil: all.
  func earliestTimer(after time: Timestamp?) async throws -> Timestamp?

  func runs(_ query: RunQuery) async throws -> [RunRecord]

  /// How many runs there are on all pages together.
  func count(_ query: RunQuery) async throws -> Int

  /// Oldest first.
  func history(of id: RunID) async throws -> [HistoryEntry]

  // MARK: Events

  /// Puts events into inboxes; a verdict for each, in the order given.
  func deliver(_ events: [(run: RunID, event: InboxEvent)], durability: Durability) async throws -> [DeliveryVerdict]

  /// Events after a sequence number, in its order.
  func outbox(after sequence: Int64, limit: Int) async throws -> [SequencedEvent]

  /// Removes events up to and including a sequence number.
  func acknowledgeOutbox(through sequence: Int64) async throws

  // MARK: Leases

  /// Takes a role that is free, or whose lease has ended; renews it for its owner, whose token stays.
  ///
  /// - Returns: nil if somebody else has it.
  func acquireLease(role: String, owner: String, duration: Duration) async throws -> Lease?

  /// Gives a role back before its time. Without effect under an older token.
  func releaseLease(_ lease: Lease) async throws

  /// Those that have not ended, in order of their roles.
  func leases() async throws -> [Lease]

  // MARK: Documents

  /// Small named values that are nobody's run: definitions, breakers, schedules, caches.
  func document(_ name: DocumentName) async throws -> Document?

  /// In order of their keys.
  func documents(in collection: String, after key: String?, limit: Int) async throws -> [Document]

  /// Stores a document if its revision is the expected one (nil: if there is none), and removes it when `value` is nil.
  ///
  /// - Returns: whether it was so. The revision is then ``Revision/first`` for a new document, `expected.next` for one that was there.
  /// - Throws: ``WorkflowError/Code/tooLarge``; clause 13.
  func setDocument(_ name: DocumentName, to value: Payload?, expected: Revision?, durability: Durability) async throws
    -> Bool

  // MARK: Keeping and deleting

  /// Deletes the payloads, keys, reasons, history, steps, events and outbox of a run that is final, and leaves a record in ``RunState/dataDeleted``.
  ///
  /// The record's revision is another one afterwards, so that a change that was computed before is refused.
  ///
  /// - Returns: how much was deleted; nil if there is no such run, or it is not final.
  func eraseData(of id: RunID) async throws -> ErasureReport?

  /// Deletes runs, whole, that ended before a time, oldest first.
  ///
  /// - Returns: how many; fewer than `limit` when there are no more.
  func purge(finishedBefore time: Timestamp, workflow: String?, limit: Int) async throws -> Int

  /// Waits for what is under way and closes files. Later calls throw ``WorkflowError/Code/storeUnavailable``.
  func close() async throws
}

extension RunStore {
  /// Of all shards: ``runsToResume(after:limit:in:)``.
  public func runsToResume(after id: RunID?, limit: Int) async throws -> [StoredRun] {
    try await runsToResume(after: id, limit: limit, in: nil)
  }

  /// Of all shards: ``dueRuns(at:limit:in:)``.
  public func dueRuns(at time: Timestamp, limit: Int) async throws -> [RunID] {
    try await dueRuns(at: time, limit: limit, in: nil)
  }

  /// Of all timers: ``earliestTimer(after:)``.
  public func earliestTimer() async throws -> Timestamp? { try await earliestTimer(after: nil) }
}

/// A run with all that is needed to go on with it.
public struct StoredRun: Sendable, Hashable {
  public var record: RunRecord
  public var steps: [StepRecord]
  public var timers: [TimerRecord]
  /// Not taken yet, in order of arrival.
  public var inbox: [InboxEvent]

  public init(
    record: RunRecord, steps: [StepRecord] = [], timers: [TimerRecord] = [], inbox: [InboxEvent] = []
  ) {
    self.record = record
    self.steps = steps
    self.timers = timers
    self.inbox = inbox
  }
}

/// Which runs, newest first: in descending order of their ids.
public struct RunQuery: Sendable, Hashable {
  public var workflow: String?
  /// Empty: any.
  public var states: Set<RunState> = []
  public var key: String?
  public var parent: RunID?
  /// A part of the workflow's name, the key, the status, the reason or the id's beginning; letters of either case.
  public var text: String?
  public var createdAfter: Timestamp?
  public var createdBefore: Timestamp?
  public var finishedBefore: Timestamp?
  /// The last run of the page before.
  public var before: RunID?
  public var limit = 100

  public init() {}
}

public struct SequencedEvent: Sendable, Hashable {
  public var sequence: Int64
  public var run: RunID
  public var event: OutboxEvent

  public init(sequence: Int64, run: RunID, event: OutboxEvent) {
    self.sequence = sequence
    self.run = run
    self.event = event
  }
}

public struct DocumentName: Sendable, Hashable {
  public var collection: String
  public var key: String

  public init(_ collection: String, _ key: String) {
    self.collection = collection
    self.key = key
  }
}

public struct Document: Sendable, Hashable {
  public var name: DocumentName
  public var value: Payload
  public var revision: Revision

  public init(name: DocumentName, value: Payload, revision: Revision) {
    self.name = name
    self.value = value
    self.revision = revision
  }
}

/// What was deleted of a run.
public struct ErasureReport: Sendable, Hashable {
  public var run: RunID
  public var payloadBytes: Int
  public var steps: Int
  public var historyEntries: Int
  /// Ids of those that had been taken count too.
  public var inboxEvents: Int
  public var outboxEvents: Int

  public init(
    run: RunID, payloadBytes: Int, steps: Int, historyEntries: Int, inboxEvents: Int, outboxEvents: Int
  ) {
    self.run = run
    self.payloadBytes = payloadBytes
    self.steps = steps
    self.historyEntries = historyEntries
    self.inboxEvents = inboxEvents
    self.outboxEvents = outboxEvents
  }
}
