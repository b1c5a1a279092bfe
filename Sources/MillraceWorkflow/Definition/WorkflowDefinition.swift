/// A graph of tasks, as it is written in YAML or JSON, or built in Swift: plain data, checked when it is registered.
public struct WorkflowDefinition: Sendable, Hashable {
  public var name: String
  public var summary = ""
  public var durability = Durability.processCrash
  /// In the order written.
  public var parameters: [ParameterDefinition] = []
  /// Of a whole run. Never without.
  public var deadline = Duration.seconds(86_400)
  /// In the order written, which is the order of tasks that are ready at the same time.
  public var tasks: [TaskDefinition] = []
  /// Fragments of a graph that tasks of kind `call` stand for.
  public var functions: [FunctionDefinition] = []
  /// Units of something scarce that tasks of one process share, by name.
  public var resources: [String: Int] = [:]
  public var circuits: [String: CircuitPolicy] = [:]
  public var queues: [String: QueuePolicy] = [:]
  public var triggers: [TriggerDefinition] = []
  /// What a run gives in the end, by name.
  public var outputs: [String: Template] = [:]
  /// Tasks that are run, at least once each, when a run has come to this.
  public var hooks: [HookEvent: String] = [:]
  /// A run is paused when so many attempts have failed without one between them that succeeded; nil: never.
  public var pauseAfterErrors: Int?
  /// With `pauseAfterErrors`: the run is resumed by itself after this time; nil: by somebody.
  public var resumeAfter: Duration?
  /// At most one live run for each value of it; nil: as many as are started.
  public var exclusiveKey: Template?
  /// Which of its runs that have ended are deleted; nil: the engine's ``Retention/standard``.
  public var retention: RetentionPolicy?

  public init(name: String) {
    self.name = name
  }
}

/// A vertex of the graph.
public struct TaskDefinition: Sendable, Hashable {
  public var name: String
  public var summary = ""
  /// `process`, `http`, `sql`, `file`, `csv`, `batch`, `chart`, `report`, `swift`: see ``TaskHandler``. `wait`, `emit`, `switch`, `workflow`, `call`, `values`: the engine's own, see ``EngineKind``.
  public var kind: String
  /// Tasks that must have ended well (or been skipped, see ``skipPolicy``) before this one begins. Tasks that ``input``, ``when`` or ``foreach`` refer to are needed too, without being named here.
  public var needs: [String] = []
  /// What the task is given, with expressions in it.
  public var input = Template(.object([:]))
  /// What it gives, by name; checked when it has ended. Empty: not checked.
  public var outputs: [String: ValueType] = [:]
  /// Skipped when this is false.
  public var when: Expression?
  /// What becomes of it when something that it needs was skipped.
  public var skipPolicy = SkipPolicy.skip
  /// Of kind `switch`: the first case that holds lets its tasks run; those of the others are skipped.
  public var cases: [SwitchCase] = []
  public var foreach: ForeachDefinition?
  /// Run in its place, with its input, when all attempts have failed. Runs for nothing else.
  public var fallback: String?
  /// Run with its output when the run fails or is cancelled after it has succeeded. Runs for nothing else.
  public var compensation: String?
  /// Of one attempt. Never without.
  public var timeout = Duration.seconds(300)
  public var retry = RetryPolicy()
  /// The dependency whose breaker it asks.
  public var circuit: String?
  public var queue: String?
  /// Units that an attempt holds.
  public var resources: [String: Int] = [:]
  public var cache: CachePolicy?
  /// An attempt that is silent for so long has failed; nil: only ``timeout`` counts.
  public var heartbeat: Duration?
  /// Limits of a `process`.
  public var limits = ProcessLimits()

  public init(name: String, kind: String) {
    self.name = name
    self.kind = kind
  }
}

public enum SkipPolicy: String, Sendable, Hashable, Codable, CaseIterable {
  /// Skipped as well.
  case skip
  /// Runs when at least one of what it needs has succeeded and the others have succeeded or were skipped: fan-in after branches.
  case any
}

public struct SwitchCase: Sendable, Hashable {
  /// nil: otherwise. Only the last.
  public var when: Expression?
  public var tasks: [String]

  public init(when: Expression?, tasks: [String]) {
    self.when = when
    self.tasks = tasks
  }
}

/// One attempt series for each element of an array; the outputs, in the array's order, are the task's output.
public struct ForeachDefinition: Sendable, Hashable {
  /// Must give an array.
  public var elements: Expression
  /// In ``TaskDefinition/input``: the element.
  public var variable = "item"
  /// The most elements; more are an error. Never without.
  public var limit = 1000
  /// The most at a time.
  public var parallel = 16

  public init(elements: Expression) {
    self.elements = elements
  }
}

/// How often, and how soon, a step that has failed is tried again.
///
/// The delay before attempt n + 1 is random, even in 0 … min(``cap``, ``backoff`` × ``factor``ⁿ⁻¹): full jitter.
public struct RetryPolicy: Sendable, Hashable {
  /// All attempts, the first included.
  public var attempts = 1
  public var backoff = Duration.seconds(1)
  public var factor = 2.0
  public var cap = Duration.seconds(60)
  /// Of all attempts and delays together; nil: that of the run.
  public var deadline: Duration?
  /// Codes of failures that are final at once.
  public var nonRetryable: Set<String> = []
  /// What becomes of an attempt during which the process ended, so that nobody knows what it has done.
  public var interrupted = InterruptionPolicy.again

  public init() {}
}

/// When a dependency counts as broken, and how it is tried again.
public struct CircuitPolicy: Sendable, Hashable {
  /// So many failures in ``window`` open it.
  public var failures = 5
  public var window = Duration.seconds(60)
  /// So long it stays open; then probes are let through.
  public var open = Duration.seconds(30)
  /// So many probes at a time while it is half open, and so many must succeed to close it.
  public var probes = 1
  /// Retries are at most this fraction of attempts, in ``window``: beyond it a failure is final. 1: no budget.
  public var retryBudget = 1.0

  public init() {}
}

public enum InterruptionPolicy: String, Sendable, Hashable, Codable, CaseIterable {
  /// Another attempt is made, beyond ``RetryPolicy/attempts``: at least once.
  case again
  /// The step has failed: at most once.
  case fail
}

public struct QueuePolicy: Sendable, Hashable {
  /// Attempts at a time.
  public var concurrency = 16
  /// At most so many begin in ``ratePeriod``; nil: any.
  public var rate: Int?
  public var ratePeriod = Duration.seconds(1)
  /// The most that wait.
  public var bound = 10_000
  public var whenFull = FullPolicy.wait
  /// Runs take turns by their key, so that one key with many does not hold up the others.
  public var isFair = true
  /// The longest wait. Never without.
  public var timeout = Duration.seconds(3600)

  public init() {}
}

public enum FullPolicy: String, Sendable, Hashable, Codable, CaseIterable {
  /// The step fails with ``WorkflowError/Code/full``, to be retried as its policy says.
  case error
  /// The step waits outside of the queue, and starts of new runs are refused.
  case wait
}

public struct CachePolicy: Sendable, Hashable {
  /// How long a result may be used again.
  public var lifetime = Duration.seconds(86_400)

  public init() {}
}

/// Enforced limits of a child process. nil: none.
public struct ProcessLimits: Sendable, Hashable {
  public var memoryBytes: Int64?
  public var cpuSeconds: Int64?

  public init() {}
}

public struct ParameterDefinition: Sendable, Hashable {
  public var name: String
  public var type: ValueType
  /// nil: it must be given.
  public var defaultValue: JSONValue?
  public var summary = ""

  public init(name: String, type: ValueType, default defaultValue: JSONValue? = nil) {
    self.name = name
    self.type = type
    self.defaultValue = defaultValue
  }
}

/// A part of a graph with parameters. A task of kind `call` is replaced by it when the definition is registered.
public struct FunctionDefinition: Sendable, Hashable {
  public var name: String
  public var parameters: [ParameterDefinition] = []
  public var tasks: [TaskDefinition] = []
  public var outputs: [String: Template] = [:]

  public init(name: String) {
    self.name = name
  }
}

public enum HookEvent: String, Sendable, Hashable, Codable, CaseIterable {
  case paused, cancelled, completed, failed, stepFailed
}

/// What starts runs by itself.
public struct TriggerDefinition: Sendable, Hashable {
  public enum Source: Sendable, Hashable {
    case cron(expression: String, timeZone: String)
    case interval(Duration)
    case event(topic: String, when: Expression?)
    /// `pattern` is a glob for names in `folder`.
    case file(folder: String, pattern: String)
    /// When a metric crosses a threshold, once for each crossing.
    case threshold(metric: String, above: Double?, below: Double?)
    case workflow(name: String, states: Set<RunState>)
    /// For events from outside.
    case connector(ConnectorDefinition)
  }

  public var name: String
  public var source: Source
  /// Parameters of the run; `${event}` is what triggered it.
  public var input = Template(.object([:]))
  public var catchUp = CatchUpPolicy.latest
  /// A scheduled time older than this is never caught up with.
  public var catchUpWindow = Duration.seconds(86_400)

  public init(name: String, source: Source) {
    self.name = name
    self.source = source
  }
}

/// What becomes of scheduled times that passed while nothing ran.
public enum CatchUpPolicy: String, Sendable, Hashable, Codable, CaseIterable {
  /// Nothing.
  case skip
  /// One run, for the latest.
  case latest
  /// A run for each.
  case all
}

/// The type of a parameter, an input or an output.
public indirect enum ValueType: Sendable, Hashable {
  case any, bool, integer, number, string
  case array(ValueType)
  /// Members that must be there; others may.
  case object([String: ValueType])
  /// One of these texts.
  case oneOf([String])
}
