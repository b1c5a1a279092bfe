/// A wish to start a run.
public struct StartRequest: Sendable, Hashable {
  public var workflow: String
  public var input: JSONValue = .object([:])
  public var key = ""
  /// A second request of the workflow with the same text is answered with the first one's run.
  public var idempotencyKey: String?
  public var priority = 0
  /// By default the definition's.
  public var deadline: Timestamp?
  /// A state machine begins at this status, a graph at this task with what it needs taken as done; nil: at the beginning.
  public var startingAt: String?
  public var traceparent: String?
  public var parent: RunID?
  public var parentStep: String?
  /// The run of which an event, or the end, is why this one is started.
  public var origin: RunID?
  /// Of the new run, see ``RunRecord/depth``; with an ``origin`` that the engine knows it is at least one more than the origin's.
  public var depth = 0

  public init(workflow: String, input: JSONValue = .object([:])) {
    self.workflow = workflow
    self.input = input
  }
}

/// What became of a wish to start a run. All of it is durable when it is returned.
public enum StartVerdict: Sendable, Hashable {
  case started(RunID)
  /// This run was started before with the same idempotency key.
  case duplicate(RunID)
  /// This run of the workflow is live, and holds the key.
  case keyHeld(RunID)

  public var run: RunID {
    switch self {
    case .started(let run), .duplicate(let run), .keyHeld(let run): run
    }
  }
}

/// Starts runs: the engine, or a stand-in in a test.
public protocol RunStarter: Sendable {
  /// - Throws: ``WorkflowError``: unknown workflow, invalid input, full queue, store unavailable, shut down.
  func start(_ request: StartRequest) async throws -> StartVerdict
}
