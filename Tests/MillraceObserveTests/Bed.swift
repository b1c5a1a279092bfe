#if Workflow
  import MillraceObserve
  import MillraceTesting
  import MillraceWorkflow
  import Synchronization
  import Testing

  /// Engines for tests that watch them.
  enum Bed {
    /// Ends when the task is cancelled.
    static func hang() async throws -> JSONValue {
      let (never, continuation) = AsyncStream<Never>.makeStream()
      for await _ in never {}
      withExtendedLifetime(continuation) {}
      throw CancellationError()
    }

    static func engine(
      _ store: any RunStore = MemoryRunStore(), stream: any EventStream = MemoryEventStream(),
      observers: [any RunObserver] = [], _ functions: [String: SwiftFunctions.Function] = [:],
      change: (inout WorkflowEngine.Configuration) -> Void = { _ in }
    ) -> WorkflowEngine {
      var configuration = WorkflowEngine.Configuration()
      configuration.stream = stream
      configuration.observers = observers
      var all: [String: SwiftFunctions.Function] = [
        "echo": { input, _ in input }, "fail": { _, _ in throw TaskFailure(code: "broken", "as asked") },
      ]
      all.merge(functions) { $1 }
      configuration.handlers = [SwiftFunctions(all)]
      change(&configuration)
      return WorkflowEngine(store: store, configuration: configuration)
    }

    static func task(
      _ name: String, _ function: String = "echo", needs: [String] = [],
      _ change: (inout TaskDefinition) -> Void = { _ in }
    ) -> TaskDefinition {
      var task = TaskDefinition(name: name, kind: "swift")
      task.needs = needs
      task.input = Template(.object(["function": .string(function)]))
      task.retry.backoff = .milliseconds(1)
      change(&task)
      return task
    }

    static func flow(
      _ name: String, _ tasks: TaskDefinition..., change: (inout WorkflowDefinition) -> Void = { _ in }
    ) -> WorkflowDefinition {
      var definition = WorkflowDefinition(name: name)
      definition.tasks = tasks
      definition.deadline = .seconds(30 * 86_400)
      change(&definition)
      return definition
    }

    /// Starts a run, and waits for its end.
    @discardableResult
    static func run(_ engine: WorkflowEngine, _ definition: WorkflowDefinition) async throws -> RunRecord {
      try engine.register(definition)
      return try await engine.wait(for: try await engine.start(StartRequest(workflow: definition.name)).run)
    }
  }

  /// Closed, and then open for all.
  final class Gate: Sendable {
    private let state = Mutex((isOpen: false, waiters: [CheckedContinuation<Void, Never>]()))

    func open() {
      let waiters = state.withLock { state in
        defer { state = (true, []) }
        return state.waiters
      }
      for waiter in waiters { waiter.resume() }
    }

    func wait() async {
      await withCheckedContinuation { continuation in
        let isOpen = state.withLock { state in
          if !state.isOpen { state.waiters.append(continuation) }
          return state.isOpen
        }
        if isOpen { continuation.resume() }
      }
    }
  }

  /// Prometheus' text, read as strictly as Prometheus does.
  struct Readings {
    /// By the series, as it stands there: `name{label="value"}`.
    private(set) var values: [String: Double] = [:]
    private(set) var types: [String: String] = [:]
    private(set) var helps: [String: String] = [:]

    init(_ text: String) throws {
      try #require(text.isEmpty || text.hasSuffix("\n"))
      for line in text.split(separator: "\n") {
        if let match = line.wholeMatch(of: /# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)/) {
          #expect(helps.updateValue(String(match.2), forKey: String(match.1)) == nil, "\(line)")
        } else if let match = line.wholeMatch(of: /# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)/) {
          #expect(types.updateValue(String(match.2), forKey: String(match.1)) == nil, "\(line)")
        } else {
          let match = try #require(
            line.wholeMatch(
              of: /((?:[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\[\\"n])*",?)*\})?) (\S+)/),
            "\(line)")
          let value = try #require(match.2 == "+Inf" ? .infinity : match.2 == "NaN" ? .nan : Double(match.2), "\(line)")
          #expect(values.updateValue(value, forKey: String(match.1)) == nil, "twice: \(line)")
        }
      }
    }

    subscript(series: String) -> Double? { values[series] }

    /// Of all series of a metric, histograms by their counts.
    func sum(_ name: String) -> Double {
      values.filter { $0.key == name || $0.key.hasPrefix(name + "{") || $0.key.hasPrefix(name + "_count") }
        .values.reduce(0, +)
    }
  }
#endif
