/// What a change of a run must survive once it has been acknowledged.
public enum Durability: String, Sendable, Hashable, Codable, Comparable, CaseIterable {
  /// Nothing: a run of this kind ends with the process.
  case memory
  /// The end of the process by any signal, not of the machine.
  case processCrash
  /// Loss of power: acknowledged after the disk has said that it holds it.
  case powerLoss

  public static func < (a: Durability, b: Durability) -> Bool { a.rank < b.rank }

  private var rank: Int {
    switch self {
    case .memory: 0
    case .processCrash: 1
    case .powerLoss: 2
    }
  }
}

/// The right to change the runs of a role, for a time: see ``RunStore/acquireLease(role:owner:duration:)``.
public struct Lease: Sendable, Hashable {
  /// `{workflow}-{status}-{process}-{shard}-of-{total}`
  public var role: String
  public var owner: String
  /// Grows with each new owner of the role: a change with an older one is refused.
  public var token: Int64
  /// By the store's clock.
  public var expires: Timestamp

  public init(role: String, owner: String, token: Int64, expires: Timestamp) {
    self.role = role
    self.owner = owner
    self.token = token
    self.expires = expires
  }
}

/// All that changes of one run at once: plain data, stored as a whole or not at all.
public struct RunChange: Sendable {
  /// The run's record after the change. Its ``RunRecord/revision`` is `expected.next`, or ``Revision/first`` for a new run. Workflow, idempotency key, depth and time of creation stay as they were first stored.
  public var record: RunRecord
  /// The revision that the change was computed from; nil for a new run.
  public var expected: Revision?
  /// The lease under which it is made; nil where one process owns the store.
  public var lease: Lease?
  public var durability: Durability
  /// Replace those of the same name.
  public var steps: [StepRecord] = []
  /// Appended.
  public var history: [HistoryEntry] = []
  /// Replace those of the same name.
  public var timers: [TimerRecord] = []
  /// Names of timers that are no more. Removed before ``timers`` are set; those that are not there are ignored.
  public var removedTimers: [String] = []
  /// Ids of events in the inbox that the run has taken. Their ids stay known, so that duplicates are recognised.
  public var takenEvents: [String] = []
  /// Events that the change itself puts into the run's inbox (a new run that an event started).
  public var inbox: [InboxEvent] = []
  /// Appended, in this order, with ascending sequence numbers.
  public var outbox: [OutboxEvent] = []
  /// Steps, timers and unread events are removed before the rest of the change is made: a run that begins anew. The events' ids stay known.
  public var clearsSteps = false

  public init(record: RunRecord, expected: Revision?, durability: Durability = .processCrash) {
    self.record = record
    self.expected = expected
    self.durability = durability
  }
}

/// What became of one change of a commit.
public enum CommitVerdict: Sendable, Hashable {
  case committed
  /// The run is at another revision: somebody else has changed it.
  case conflict(Revision)
  /// No such run.
  case unknownRun
  /// A new run, but this id is taken.
  case exists
  /// A new run whose ``RunRecord/idempotencyKey`` was used by this run of the workflow.
  case duplicate(RunID)
  /// A run that wants to hold a key which this run of the workflow holds.
  case keyHeld(RunID)
  /// The lease's role has a newer owner, or the lease has ended.
  case fenced
  /// A payload, or the whole change, is larger than the store takes.
  case tooLarge(String)
}
