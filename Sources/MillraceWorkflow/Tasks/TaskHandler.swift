/// A kind of task: what it wants to be given, and how one attempt of it is made.
public protocol TaskHandler: Sendable {
  /// As in ``TaskDefinition/kind``.
  var kind: String { get }

  /// Looks at a task's input when its workflow is registered. Parts that are expressions are not known yet: ``Template/constant`` tells.
  ///
  /// - Throws: ``WorkflowError/Code/invalidDefinition``, with the place in `task`'s input, and what was expected there.
  func check(_ task: TaskDefinition, at place: String) throws(WorkflowError)

  /// Makes one attempt. May be called again for the same step after a crash, a timeout or a failure: what it does should be the same when done twice, or be told apart by ``TaskContext/idempotencyKey``.
  ///
  /// - Returns: the task's output.
  /// - Throws: ``TaskFailure``, to say whether another attempt may help; any other error counts as one that may. `CancellationError` when the surrounding task was cancelled, as it is when the attempt's deadline passes, the run is cancelled,
  ///   or the engine drains.
  func run(_ input: JSONValue, _ context: TaskContext) async throws -> JSONValue
}

/// Why an attempt failed, and whether another may help.
public struct TaskFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// A short name for policies and metrics: `timeout`, `exit 2`, `HTTP 503`.
  public var code: String
  /// For people; secrets are replaced before it is stored.
  public var message: String
  public var isRetryable: Bool
  /// Not before this time has passed, as the other side has asked.
  public var retryAfter: Duration?

  public init(code: String, _ message: String, isRetryable: Bool = true, retryAfter: Duration? = nil) {
    self.code = code
    self.message = message
    self.isRetryable = isRetryable
    self.retryAfter = retryAfter
  }

  public var description: String { "\(code): \(message)" }
}

/// What an attempt may know, and may say while it goes on.
public struct TaskContext: Sendable {
  public let run: RunID
  public let workflow: String
  public let step: String
  /// From 1.
  public let attempt: Int
  /// The same for all attempts of the step: for whom it calls, to recognise what is done twice.
  public var idempotencyKey: String { "\(run)/\(step)" }
  /// When the attempt is cancelled.
  public let deadline: Timestamp
  /// To be passed on to what is called.
  public let traceparent: String?
  public let limits: ProcessLimits
  let tracer: (any RunTracer)?
  private let report: @Sendable (TaskReport) -> Void

  public init(
    run: RunID, workflow: String, step: String, attempt: Int, deadline: Timestamp, traceparent: String? = nil,
    limits: ProcessLimits = ProcessLimits(), tracer: (any RunTracer)? = nil,
    report: @escaping @Sendable (TaskReport) -> Void
  ) {
    self.run = run
    self.workflow = workflow
    self.step = step
    self.attempt = attempt
    self.deadline = deadline
    self.traceparent = traceparent
    self.limits = limits
    self.tracer = tracer
    self.report = report
  }

  /// Says that the attempt is alive, and how far it is (0 … 1). Cheap; call it as often as you like.
  public func heartbeat(progress: Double? = nil) { report(.heartbeat(progress: progress)) }

  /// Adds a line to the run's log.
  public func log(_ message: String) { report(.log(message)) }
}

/// What an attempt says while it goes on.
public enum TaskReport: Sendable, Hashable {
  case heartbeat(progress: Double?)
  case log(String)
}
