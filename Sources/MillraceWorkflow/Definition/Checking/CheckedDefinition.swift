/// A definition whose parts fit together, in the form that runs are driven by: made by ``WorkflowDefinition/check(kinds:)``.
public struct CheckedDefinition: Sendable {
  public let definition: WorkflowDefinition
  /// ``WorkflowDefinition/hash``
  public let hash: ContentHash
  /// In the order written, calls of functions expanded.
  public let tasks: [CheckedTask]
  /// Indices of tasks that are run by the graph (not for another task), each after all that it needs.
  public let order: [Int]
  /// By event, indices.
  public let hooks: [HookEvent: Int]
  public let bounds: WorkflowBounds
  private let indices: [String: Int]

  init(
    _ definition: WorkflowDefinition, tasks: [CheckedTask], order: [Int], hooks: [HookEvent: Int],
    bounds: WorkflowBounds
  ) {
    self.definition = definition
    hash = definition.hash
    self.tasks = tasks
    self.order = order
    self.hooks = hooks
    self.bounds = bounds
    indices = Dictionary(uniqueKeysWithValues: tasks.map { ($0.name, $0.index) })
  }

  /// The index of a task; nil if there is none of this name.
  public func index(of name: String) -> Int? { indices[name] }
}

/// A task of a ``CheckedDefinition``.
public struct CheckedTask: Sendable, Hashable {
  /// Why a task is run.
  public enum Role: Sendable, Hashable {
    /// What it needs has ended.
    case ordinary
    /// All attempts of this task have failed. Without an input of its own it is given that of the task.
    case fallback(of: Int)
    /// This task has succeeded, and the run fails or is cancelled.
    case compensation(of: Int)
    case hook(HookEvent)
  }

  /// In ``CheckedDefinition/tasks``.
  public let index: Int
  /// Names and expressions are those of the expanded graph: a function's task `parse` that `fetch` calls is `fetch/parse`.
  public let definition: TaskDefinition
  /// Where it stands in the definition as written.
  public let path: String
  public let role: Role
  /// Indices of tasks that must have ended before, also those that its expressions refer to and the switch that chooses it. Ascending, each once.
  public let needs: [Int]
  /// Indices of tasks that need it. Ascending, each once.
  public let successors: [Int]
  public let fallback: Int?
  public let compensation: Int?
  /// Of a switch: indices of each case's tasks.
  public let cases: [[Int]]
  public let bounds: StepBounds

  public var name: String { definition.name }
}

/// The worst case of one step with all its attempts, its fallback's included.
public struct StepBounds: Sendable, Hashable {
  public var attempts: Int
  /// Waits in the queue, for the circuit, attempts, delays, and all elements of a fan-out.
  public var wall: Duration

  public init(attempts: Int, wall: Duration) {
    self.attempts = attempts
    self.wall = wall
  }
}

/// The worst case of a run: what is not within it does not happen, but for attempts that are made again after a crash (``InterruptionPolicy/again``), and for waits for units of ``WorkflowDefinition/resources`` that other runs hold.
public struct WorkflowBounds: Sendable, Hashable {
  /// Of all steps, compensations and hooks.
  public var attempts: Int
  /// From the beginning to the end of the longest path.
  public var path: Duration
  /// Names of the tasks on it.
  public var pathTasks: [String]
  /// Tasks that hold the same resource wait for each other.
  public var resources: Duration
  /// Pauses after errors that end by themselves.
  public var pauses: Duration
  /// All of them, one after the other.
  public var compensations: Duration
  /// The hook of the run's end.
  public var hooks: Duration

  /// Of a whole run.
  public var wall: Duration { path + resources + pauses + compensations + hooks }
}

/// Kinds of task that the engine does by itself.
public enum EngineKind: String, Sendable, Hashable, CaseIterable {
  /// Until an event, an approval or a time: `event`, `approval`, `duration` or `until`.
  case wait
  /// An event on a `topic`, with a `key` and a `payload`.
  case emit
  /// Lets the tasks of one case run.
  case `switch`
  /// Runs another `workflow` with `parameters`, and waits for its end.
  case workflow
  /// Stands for the tasks of a `function`, with `parameters`. Not in a ``CheckedDefinition``.
  case call
  /// Gives its input as its output, at once.
  case values
}
