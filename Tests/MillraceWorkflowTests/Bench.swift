import Millrace
import MillraceWorkflow
import Synchronization

/// Functions for tasks of tests, what they were given, and an engine that knows them.
final class Bench: Sendable {
  let store: MemoryRunStore
  let engine: WorkflowEngine
  let calls = Mutex<[String]>([])

  /// - Parameter functions: beside `echo`, which gives what it is given, and `fail`.
  init(
    store: MemoryRunStore = MemoryRunStore(), vault: Vault = Vault(),
    _ functions: [String: SwiftFunctions.Function] = [:]
  ) {
    self.store = store
    var all: [String: SwiftFunctions.Function] = [
      "echo": { input, _ in input },
      "fail": { input, _ in throw TaskFailure(code: input["code"]?.text ?? "broken", "as asked") },
    ]
    all.merge(functions) { $1 }
    var configuration = WorkflowEngine.Configuration()
    configuration.handlers = [SwiftFunctions(all)]
    configuration.vault = vault
    engine = WorkflowEngine(store: store, configuration: configuration)
  }

  static func task(
    _ name: String, _ function: String = "echo", needs: [String] = [], _ input: [String: JSONValue] = [:],
    _ change: (inout TaskDefinition) -> Void = { _ in }
  ) -> TaskDefinition {
    var task = TaskDefinition(name: name, kind: "swift")
    task.needs = needs
    task.input = Template(.object(input.merging(["function": .string(function)]) { $1 }))
    task.retry.backoff = .milliseconds(1)
    change(&task)
    return task
  }

  static func task(
    _ name: String, needs: [String] = [], _ input: [String: JSONValue],
    _ change: (inout TaskDefinition) -> Void = { _ in }
  ) -> TaskDefinition {
    task(name, "echo", needs: needs, input, change)
  }

  static func task(
    _ name: String, kind: EngineKind, needs: [String] = [], _ input: [String: JSONValue] = [:],
    _ change: (inout TaskDefinition) -> Void = { _ in }
  ) -> TaskDefinition {
    var task = TaskDefinition(name: name, kind: kind.rawValue)
    task.needs = needs
    task.input = Template(.object(input))
    change(&task)
    return task
  }

  func register(
    _ tasks: [TaskDefinition], name: String = "flow", _ change: (inout WorkflowDefinition) -> Void = { _ in }
  ) throws {
    var definition = WorkflowDefinition(name: name)
    definition.tasks = tasks
    change(&definition)
    // Tests begin at once, and then wait for processors: the usual timeouts are too short for that.
    let usual = TaskDefinition(name: "", kind: "").timeout
    for index in definition.tasks.indices where definition.tasks[index].timeout == usual {
      definition.tasks[index].timeout = .seconds(1200)
    }
    try engine.register(definition)
  }

  func run(_ input: JSONValue = [:]) async throws -> RunRecord {
    let run = try await engine.start(StartRequest(workflow: "flow", input: input)).run
    return try await engine.wait(for: run)
  }

  func steps(_ run: RunID) async throws -> [String: StepRecord] {
    let steps = try await store.load(run)?.steps ?? []
    return Dictionary(uniqueKeysWithValues: steps.map { ($0.name, $0) })
  }

  func states(_ run: RunID) async throws -> [String: StepState] { try await steps(run).mapValues(\.state) }
}

/// Opened once; waiting for it ends when it is.
final class Gate: Sendable {
  private let state = Mutex<(isOpen: Bool, waiters: [CheckedContinuation<Void, Never>])>((false, []))

  func wait() async {
    await withCheckedContinuation { continuation in
      let isOpen = state.withLock { state in
        if !state.isOpen { state.waiters.append(continuation) }
        return state.isOpen
      }
      if isOpen { continuation.resume() }
    }
  }

  func open() {
    let waiters = state.withLock { state in
      state.isOpen = true
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }
}
