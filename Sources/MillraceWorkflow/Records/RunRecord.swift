/// Counts the changes of a run: each commit adds one, and names the one that it saw. So of two changes that saw the same run one is refused.
public struct Revision: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
  public var number: Int64

  public init(_ number: Int64) {
    self.number = number
  }

  /// Of a run that has just been stored.
  public static let first = Revision(1)
  public var next: Revision { Revision(number + 1) }
  public static func < (a: Revision, b: Revision) -> Bool { a.number < b.number }
  public var description: String { "\(number)" }
}

/// A run's stored truth, but for its steps, timers, history and events, which are rows of their own.
public struct RunRecord: Sendable, Hashable {
  public var id: RunID
  public var workflow: String
  /// The definition that it was started with, and finishes on, unless it is migrated.
  public var definition: ContentHash
  /// Whom or what it is about; empty: nothing in particular.
  public var key: String
  /// While it is not final, no other run of the workflow with ``key`` is accepted.
  public var holdsKey: Bool
  /// Names the trigger that started it: a second start with the same text is answered with this run.
  public var idempotencyKey: String?
  public var state: RunState
  /// The state that it is on its way to, while compensations and hooks run; nil: none.
  public var closing: RunState?
  /// The status of a state machine; empty for a graph of tasks.
  public var status: String
  public var revision: Revision
  /// The state of a state machine; the parameters of a graph of tasks.
  public var payload: Payload
  /// What came of it: outputs, or why it failed.
  public var result: Payload
  /// Why it is paused, cancelled or failed.
  public var reason: String
  /// The run of which it is a part, and the step there that waits for it.
  public var parent: RunID?
  public var parentStep: String?
  /// Runs that this one descends from: as a fork, or as what an event of it started.
  public var origin: RunID?
  /// How many starts lie between this run and one that no run started: 0 for a start from outside. Stays as it was first stored.
  public var depth: Int
  /// From ``ContentHash``'s stable hash of the key, or of the id: which shard of any number it belongs to.
  public var shardHash: UInt32
  /// Higher first.
  public var priority: Int
  public var createdAt: Timestamp
  public var updatedAt: Timestamp
  public var finishedAt: Timestamp?
  /// Never without: the default is the definition's worst case.
  public var deadline: Timestamp
  /// The W3C `traceparent` that it was started under; with a ``WorkflowEngine/Configuration/tracer``, its own if there was none.
  public var traceparent: String?
  /// Attempts begun so far, of all steps: checked against the definition's worst case.
  public var attemptCount: Int
  /// Errors since a step last succeeded: for "pause after n errors".
  public var errorCount: Int

  public init(
    id: RunID, workflow: String, definition: ContentHash, key: String = "", holdsKey: Bool = false,
    idempotencyKey: String? = nil, state: RunState = .initiated, status: String = "", payload: Payload = .empty,
    shardHash: UInt32 = 0, priority: Int = 0, createdAt: Timestamp, deadline: Timestamp
  ) {
    self.id = id
    self.workflow = workflow
    self.definition = definition
    self.key = key
    self.holdsKey = holdsKey
    self.idempotencyKey = idempotencyKey
    self.state = state
    self.status = status
    revision = .first
    self.payload = payload
    result = .empty
    reason = ""
    self.shardHash = shardHash
    self.priority = priority
    self.createdAt = createdAt
    updatedAt = createdAt
    self.deadline = deadline
    depth = 0
    attemptCount = 0
    errorCount = 0
  }
}

/// A step of a run: a task of a graph, one item of a fan-out (`load[3]`), or a visit of a status (`charge#2`).
public struct StepRecord: Sendable, Hashable {
  /// Unique in the run.
  public var name: String
  public var state: StepState
  /// Attempts begun.
  public var attempt: Int
  /// Of what it was given; with the definition, names its result in a cache and in the lineage.
  public var inputHash: ContentHash?
  public var output: Payload
  /// Why it failed, was skipped or was cancelled.
  public var reason: String
  public var startedAt: Timestamp?
  public var finishedAt: Timestamp?
  /// 0 … 1, as the step says.
  public var progress: Double

  public init(name: String, state: StepState = .pending) {
    self.name = name
    self.state = state
    attempt = 0
    output = .empty
    reason = ""
    progress = 0
  }
}

/// At this time the run wants to be looked at.
public struct TimerRecord: Sendable, Hashable {
  /// Unique in the run: what it is for (`retry:load[3]`, `deadline`, `timeout:awaiting#1`).
  public var name: String
  public var due: Timestamp

  public init(name: String, due: Timestamp) {
    self.name = name
    self.due = due
  }

  /// The name of the timer that ends a pause.
  public static let resume = "resume"

  /// The name of a timer that is due at once: of a new run that was stored for another engine to find.
  public static let handover = "handover"
}

/// What happened, when, and why: the audit of a run, never changed, only deleted as a whole.
public struct HistoryEntry: Sendable, Hashable {
  public var at: Timestamp
  /// What happened: `started`, `attempt failed`, `paused` ….
  public var kind: String
  /// The step it is about; empty: the run.
  public var step: String
  public var attempt: Int
  public var reason: String
  /// Lineage: of what an attempt was given, and of what it gave.
  public var inputHash: ContentHash?
  public var outputHash: ContentHash?

  public init(
    at: Timestamp, kind: String, step: String = "", attempt: Int = 0, reason: String = "",
    inputHash: ContentHash? = nil, outputHash: ContentHash? = nil
  ) {
    self.at = at
    self.kind = kind
    self.step = step
    self.attempt = attempt
    self.reason = reason
    self.inputHash = inputHash
    self.outputHash = outputHash
  }
}
