/// What a definition makes of a run: pure transitions of its ``RunImage``. Effects come after the commit.
///
/// Called by one driver at a time for each run.
protocol RunProgram: Sendable {
  var name: String { get }
  var hash: ContentHash { get }
  var durability: Durability { get }
  var bounds: RunBounds { get }
  /// Of a run that is started without one.
  var deadline: Duration { get }
  var pauseAfterErrors: Int? { get }
  var resumeAfter: Duration? { get }
  /// Names of events that a run may wait for.
  var eventNames: Set<String> { get }
  /// The definition as text, to be kept with its runs.
  var source: Payload { get }
  var circuits: [String: CircuitPolicy] { get }
  var queues: [String: QueuePolicy] { get }
  var resources: [String: Int] { get }
  var retention: RetentionPolicy? { get }

  /// The payload of a new run, and the key that it holds.
  ///
  /// - Throws: ``WorkflowError/Code/invalidInput``.
  func prepare(_ request: StartRequest) throws(WorkflowError) -> (payload: Payload, exclusiveKey: String?)

  /// Begins at the beginning, or at a status or task.
  ///
  /// - Throws: ``WorkflowError/Code/invalidInput`` for a place that is not there.
  func begin(_ run: inout RunImage, at place: String?, _ turn: inout Turn) throws(WorkflowError)

  /// Goes on with what is possible now: looks at finished steps, events and timers.
  func advance(_ run: inout RunImage, _ turn: inout Turn)

  /// An attempt that is not under way any more, by whatever it came to.
  func attemptEnded(_ step: String, _ outcome: AttemptOutcome, _ run: inout RunImage, _ turn: inout Turn)

  /// A timer of the program's own is due, and has been removed.
  func timerDue(_ name: String, _ run: inout RunImage, _ turn: inout Turn)

  /// Whether an attempt has been under way when the process ended, and may be made again.
  func interruptionPolicy(ofStep step: String) -> InterruptionPolicy

  func retryPolicy(ofStep step: String) -> RetryPolicy

  /// The attempt that the image says is to be made; nil for a step that runs nothing.
  func order(forStep step: String, _ run: RunImage) -> AttemptOrder?

  /// Whether the run is to be looked at when the engine starts, because of this step, although it waits: what it waits for may not have been begun.
  func needsStart(_ step: StepRecord) -> Bool

  /// The idempotency key of the run that a step waits for as a part of its own; nil for a step that waits for none.
  func childKey(ofStep step: StepRecord, of run: RunID) -> String?

  /// Begins anew what has effects outside of attempts, and may have been lost with the process.
  func reopen(_ run: inout RunImage, _ turn: inout Turn)

  /// Whether a step is a compensation or a hook, which run while the run is being closed.
  func isClosingStep(_ step: String) -> Bool

  /// Closes what is open, and lets compensations and hooks run, on the way to a final state.
  func close(_ run: inout RunImage, _ turn: inout Turn)

  /// What is different from an older definition, given by its ``source``.
  func comparison(with older: Payload) throws(WorkflowError) -> ProgramComparison

  /// Goes on with a run that another definition has begun: as it is, or with what a migration has made of it.
  ///
  /// - Throws: ``WorkflowError/Code/incompatibleDefinition``, ``WorkflowError/Code/invalidInput``. The run may be half changed then.
  func takeOver(_ run: inout RunImage, as migrated: MigratingRun?, _ turn: inout Turn) throws(WorkflowError)

  /// Sets steps back, so that they run again: failed ones for nil, else the named one and what follows it.
  ///
  /// - Throws: ``WorkflowError/Code/impossible``.
  func rewind(_ run: inout RunImage, to step: String?, _ turn: inout Turn) throws(WorkflowError)
}

/// What is different in a definition, and what of it is in the way of a run that the older one has begun.
struct ProgramComparison: Sendable {
  var changes: [String]
  var obstacles: @Sendable (StoredRun) -> [String]
}

/// The worst that a run can come to, computed when its workflow is registered.
public struct RunBounds: Sendable, Hashable {
  /// Attempts of all steps.
  public var attempts: Int
  /// From start to end, with every retry, wait and queue at its longest.
  public var duration: Duration

  public init(attempts: Int, duration: Duration) {
    self.attempts = attempts
    self.duration = duration
  }
}

/// One go of a program over a run: what time it is, and what is to be done after the commit.
struct Turn {
  let now: Timestamp
  /// The engine drains, or begins no attempts at all: they stay queued for the next start.
  let holds: Bool
  var effects: [RunEffect] = []
  /// Decides delays.
  var generator: any RandomNumberGenerator

  init(now: Timestamp, holds: Bool, generator: any RandomNumberGenerator) {
    self.now = now
    self.holds = holds
    self.generator = generator
  }
}

enum RunEffect {
  case attempt(AttemptOrder)
  case cancelAttempt(step: String)
  case startChild(StartRequest)
}

/// Everything that an attempt needs, without the run.
struct AttemptOrder: Sendable {
  var step: String
  var attempt: Int
  var timeout: Duration
  var heartbeat: Duration?
  var circuit: String?
  var queue: String?
  var resources: [String: Int]
  var limits: ProcessLimits
  var isRetry: Bool
  /// Under which a result may be found, and is kept.
  var cacheKey: ContentHash?
  var cacheLifetime = Duration.zero
  /// Does it. Off the driver; cancelled by its task.
  var body: @Sendable (TaskContext) async throws -> AttemptOutcome
}

/// An attempt that is being made, and the run for which it is.
///
/// A class: each of the asynchronous functions that make it holds a reference. Copies of order and record in their frames were a third of the memory of a live run.
final class AttemptJob: Sendable {
  let order: AttemptOrder
  private let sharedRecord: CopyOnWrite<RunRecord>
  /// When the first attempt of the step began.
  private let since: Timestamp
  let report: @Sendable (AttemptJob, TaskReport) -> Void
  var record: RunRecord { sharedRecord.value }
  /// Where the attempt stands in the run's trace, and its step.
  func place(by tracer: any RunTracer) -> (step: TraceContext, attempt: TraceContext) {
    let step = TraceContext(of: record, by: tracer).step(order.step, since: since)
    return (step, step.attempt(order.attempt))
  }

  init(
    _ order: AttemptOrder, of record: CopyOnWrite<RunRecord>, since: Timestamp,
    report: @escaping @Sendable (AttemptJob, TaskReport) -> Void
  ) {
    self.order = order
    self.since = since
    sharedRecord = record
    self.report = report
  }
}

/// What became of an attempt.
///
/// Indirect: each function that waits for one has a place for it in its frame.
indirect enum AttemptOutcome: Sendable {
  /// The output of a task.
  case succeeded(Payload)
  /// The status to which a state machine goes; nil: it stays.
  case moved(to: String?, state: Payload)
  case failed(TaskFailure)
  case timedOut
  /// By the run's own doing.
  case cancelled
  /// The engine drains; the attempt does not count.
  case interrupted
}

extension AttemptOutcome {
  /// Why it came to nothing; nil: it did not.
  func trouble(timeout: Duration) -> String? {
    switch self {
    case .cancelled: "cancelled"
    case .interrupted: "interrupted: the engine ends"
    default: failure(timeout: timeout)?.description
    }
  }

  /// The failure that it is, if it is one.
  func failure(timeout: Duration) -> TaskFailure? {
    switch self {
    case .failed(let failure): failure
    case .timedOut: TaskFailure(code: "timeout", "the attempt took longer than \(timeout)")
    case .succeeded, .moved, .cancelled, .interrupted: nil
    }
  }
}
