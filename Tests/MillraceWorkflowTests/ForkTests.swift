import Millrace
import MillraceTesting
import MillraceWorkflow
import Synchronization
import Testing

@Suite struct ForkTests {
  /// What it has from the other run it does not do again.
  @Test func forkDoesAStepAndWhatFollowsIt() async throws {
    let bench = Bench(counting: ["a", "b", "c", "side"])
    try bench.register([
      Bench.task("a", "a"), Bench.task("b", "b", needs: ["a"]), Bench.task("c", "c", needs: ["b"]),
      Bench.task("side", "side"),
    ])
    let source = try await bench.run()
    #expect(source.state == .completed)
    let fork = try await bench.engine.fork(source.id, from: "b", reason: "once more").run
    let record = try await bench.engine.wait(for: fork)
    #expect(record.state == .completed && record.origin == source.id && record.payload == source.payload)
    #expect(record.definition == source.definition && record.attemptCount == 2)
    #expect(bench.calls.withLock { $0 }.sorted() == ["a", "b", "b", "c", "c", "side"])
    let forked = try #require(try await bench.store.history(of: fork).first { $0.kind == "forked" })
    #expect(forked.step == "b" && forked.reason == "from run \(source.id): once more")
    // The other run stays as it was.
    #expect(try await bench.engine.record(of: source.id) == source)
  }

  /// What failed in the other run is done again, also beside the step.
  @Test func forkOfAFailedRun() async throws {
    let isBroken = Mutex(true)
    let bench = Bench(
      counting: ["a", "c"],
      [
        "b": { _, _ in
          if isBroken.withLock({ $0 }) { throw TaskFailure(code: "broken", "as asked", isRetryable: false) }
          return 1
        }
      ])
    try bench.register([
      Bench.task("a", "a"), Bench.task("b", "b"), Bench.task("c", "c", needs: ["a", "b"]),
    ])
    let source = try await bench.run()
    #expect(source.state == .failed)
    isBroken.withLock { $0 = false }
    let fork = try await bench.engine.fork(source.id, from: "c").run
    #expect(try await bench.engine.wait(for: fork).state == .completed)
    #expect(try await bench.states(fork) == ["a": .succeeded, "b": .succeeded, "c": .succeeded])
  }

  @Test func whatCannotBeForked() async throws {
    let bench = Bench()
    try bench.register([Bench.task("a")])
    let source = try await bench.run()
    await #expect(throws: WorkflowError.self) { try await bench.engine.fork(source.id, from: "none") }
    // Nothing is left of it.
    #expect(try await bench.store.count(RunQuery()) == 1)
    var generator = SystemRandomNumberGenerator()
    let nobody = RunID(at: source.createdAt, using: &generator)
    await #expect(throws: WorkflowError.self) { try await bench.engine.fork(nobody, from: "a") }
    _ = try await bench.store.eraseData(of: source.id)
    await #expect(throws: WorkflowError.self) { try await bench.engine.fork(source.id, from: "a") }
    #expect(try await bench.store.count(RunQuery()) == 1)
  }

  /// A start that is refused leaves no run behind.
  @Test func startAtATaskThatIsNotThere() async throws {
    let bench = Bench()
    try bench.register([Bench.task("a")])
    var request = StartRequest(workflow: "flow")
    request.startingAt = "none"
    await #expect(throws: WorkflowError.self) { try await bench.engine.start(request) }
    #expect(try await bench.store.count(RunQuery()) == 0)
    await bench.engine.shutdown()
  }
}

/// An engine that stores changes and makes no attempts.
@Suite struct HoldingEngineTests {
  private func holding(_ bench: Bench) -> WorkflowEngine {
    var configuration = WorkflowEngine.Configuration()
    configuration.handlers = [SwiftFunctions(["a": { _, _ in 1 }, "b": { _, _ in 2 }])]
    configuration.beginsAttempts = false
    return WorkflowEngine(store: bench.store, configuration: configuration)
  }

  private static var tasks: [TaskDefinition] { [Bench.task("a", "a"), Bench.task("b", "b", needs: ["a"])] }

  @Test func startIsStoredAndDoneByTheNextEngine() async throws {
    let bench = Bench(counting: ["a", "b"])
    let holding = holding(bench)
    var definition = WorkflowDefinition(name: "flow")
    definition.tasks = Self.tasks
    try holding.register(definition)
    let run = try await holding.start(StartRequest(workflow: "flow")).run
    await holding.shutdown()
    #expect(try await bench.states(run) == ["a": .queued])
    #expect(bench.calls.withLock { $0 }.isEmpty)
    try await bench.engine.resumeRuns()
    #expect(try await bench.engine.wait(for: run).state == .completed)
    #expect(try await bench.steps(run)["a"]?.attempt == 1)
  }

  /// A step that was under way when the process ended: pausing does not wait for it, and it keeps its number.
  @Test func interruptedRunIsPausedResumedAndCancelled() async throws {
    let bench = Bench(counting: ["a", "b"])
    try bench.register(Self.tasks)
    let run = try await bench.run()
    // As after a crash during `b`.
    var stored = try #require(try await bench.store.load(run.id))
    var change = RunChange(record: stored.record, expected: stored.record.revision)
    change.record.revision = stored.record.revision.next
    change.record.state = .running
    change.record.finishedAt = nil
    var step = try #require(stored.steps.first { $0.name == "b" })
    step.state = .running
    step.finishedAt = nil
    change.steps = [step]
    #expect(try await bench.store.commit([change]) == [.committed])

    let holding = holding(bench)
    let paused = try await holding.control(run.id, .pause(reason: "later"))
    #expect(paused.state == .paused && paused.reason == "later")
    stored = try #require(try await bench.store.load(run.id))
    #expect(stored.steps.first { $0.name == "b" }?.state == .queued)
    #expect(try await holding.control(run.id, .resume(reason: "now")).state != .paused)
    await holding.shutdown()

    let second = Bench(store: bench.store, counting: ["a", "b"])
    try await second.engine.resumeRuns()
    let done = try await second.engine.wait(for: run.id)
    #expect(done.state == .completed && done.attemptCount == 2)
    #expect(second.calls.withLock { $0 } == ["b"])
    #expect(try await second.steps(run.id)["b"]?.attempt == 1)
  }
}

extension Bench {
  /// Functions that note their names, and others.
  convenience init(
    store: MemoryRunStore = MemoryRunStore(), counting names: [String],
    _ functions: [String: SwiftFunctions.Function] = [:]
  ) {
    let calls = Calls()
    var all = functions
    for name in names {
      all[name] = { _, _ in
        calls.bench?.calls.withLock { $0.append(name) }
        return .string(name)
      }
    }
    self.init(store: store, all)
    calls.bench = self
  }

  /// The functions are made before the bench that they tell.
  private final class Calls: Sendable {
    private let state = Mutex(Weak())
    private struct Weak { weak var bench: Bench? }
    var bench: Bench? {
      get { state.withLock { $0.bench } }
      set { state.withLock { $0.bench = newValue } }
    }
  }
}
