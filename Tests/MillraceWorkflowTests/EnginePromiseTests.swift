import Millrace
import MillraceTesting
import MillraceWorkflow
import Synchronization
import Testing

/// What the engine promises of policies: each with the definition that asks for it, and a clock that moves when the test says so.
@Suite struct EnginePromiseTests {
  private let clock = ManualWallClock()

  private func engine(
    _ store: any RunStore, stream: any EventStream = MemoryEventStream(), drives: Bool = true,
    _ functions: [String: SwiftFunctions.Function] = [:]
  ) -> WorkflowEngine {
    var configuration = WorkflowEngine.Configuration()
    configuration.beginsAttempts = drives
    configuration.wallClock = clock
    configuration.stream = stream
    var all: [String: SwiftFunctions.Function] = [
      "echo": { input, _ in input }, "fail": { _, _ in throw TaskFailure(code: "broken", "as asked") },
    ]
    all.merge(functions) { $1 }
    configuration.handlers = [SwiftFunctions(all)]
    return WorkflowEngine(store: store, configuration: configuration)
  }

  private func flow(_ tasks: TaskDefinition..., change: (inout WorkflowDefinition) -> Void = { _ in })
    -> WorkflowDefinition
  {
    var definition = WorkflowDefinition(name: "flow")
    definition.tasks = tasks
    definition.deadline = .seconds(30 * 86_400)
    change(&definition)
    return definition
  }

  private func start(_ engine: WorkflowEngine, _ definition: WorkflowDefinition) async throws -> RunID {
    try engine.register(definition)
    return try await engine.start(StartRequest(workflow: "flow")).run
  }

  // MARK: No polling

  /// Time stands still, and a run goes on nevertheless: nothing waits for a poll. And a step's outcome and the next one's intent share a commit.
  @Test func stepsFollowWithoutATimerAndWithOneCommitEach() async throws {
    let counted = FaultyRunStore(MemoryRunStore(clock: clock), at: .max, .refuse)
    let stream = MemoryEventStream()
    let engine = engine(counted, stream: stream)
    var definition = flow()
    definition.tasks = (0..<10).map {
      Bench.task("t\($0)", needs: $0 == 0 ? [] : ["t\($0 - 1)"], ["n": .int(Int64($0))])
    }
    try engine.register(definition)
    let request = StartRequest(workflow: "flow")
    try await engine.wait(for: try await engine.start(request).run)
    // One of them is the definition's. The outbox is acknowledged whenever the relay has come so far.
    await engine.shutdown()
    let writes = counted.writeCount
    #expect((11...14).contains(writes), "\(writes) writes for 10 steps in a row")
    #expect(clock.now == ManualWallClock().now)
  }

  @Test func waitingForARunThatHasEndedReturnsAtOnce() async throws {
    let engine = engine(MemoryRunStore(clock: clock))
    let run = try await start(engine, flow(Bench.task("a")))
    try await engine.wait(for: run)
    // Time stands still: it could not return by waiting.
    #expect(try await engine.wait(for: run, timeout: .seconds(3600)).state == .completed)
    await engine.shutdown()
  }

  // MARK: Retries

  private func attempts(_ change: (inout TaskDefinition) -> Void) async throws -> (Int, RunRecord) {
    let calls = Mutex(0)
    let engine = engine(
      MemoryRunStore(clock: clock),
      [
        "try": { _, context in
          calls.withLock { $0 += 1 }
          throw TaskFailure(code: "code \(context.attempt)", "no", isRetryable: context.attempt < 5)
        }
      ])
    let run = try await start(
      engine,
      flow(
        Bench.task("a", "try") {
          $0.retry.attempts = 10
          $0.retry.backoff = .seconds(1)
          change(&$0)
        }))
    var ended: RunRecord?
    while ended == nil {
      clock.advance(by: .seconds(60))
      ended = try? await engine.wait(for: run, timeout: .milliseconds(1)) { $0.state.isFinal }
    }
    await engine.shutdown()
    return (calls.withLock { $0 }, ended!)
  }

  @Test func aFailureThatIsFinalIsNotTriedAgain() async throws {
    let (count, record) = try await attempts { _ in }
    #expect(count == 5 && record.state == .failed && record.reason.contains("code 5"), "\(count) \(record.reason)")
    let (listed, _) = try await attempts { $0.retry.nonRetryable = ["code 3"] }
    #expect(listed == 3)
  }

  /// Each advance is a minute: after the second attempt the third would begin too late.
  @Test func retriesEndWithTheirDeadline() async throws {
    let (count, record) = try await attempts {
      $0.retry.deadline = .seconds(30)
    }
    #expect((1...2).contains(count) && record.state == .failed, "\(count)")
  }

  // MARK: Deadlines

  @Test func anAttemptThatIsSilentOrLateIsCancelled() async throws {
    let engine = engine(
      MemoryRunStore(clock: clock),
      [
        "hang": { _, _ in
          let (stream, continuation) = AsyncStream<Never>.makeStream()
          for await _ in stream {}
          withExtendedLifetime(continuation) {}
          throw CancellationError()
        }
      ])
    let silent = try await start(engine, flow(Bench.task("a", "hang") { $0.heartbeat = .milliseconds(1) }))
    let record = try await engine.wait(for: silent)
    #expect(record.state == .failed && record.reason.contains("heartbeat: nothing was heard"), "\(record.reason)")
    let late = try await start(engine, flow(Bench.task("a", "hang") { $0.timeout = .milliseconds(1) }))
    #expect(try await engine.wait(for: late).reason.contains("timeout"))
    await engine.shutdown()
  }

  /// What the caller of `start` has by way of deadlines and task-local values is over when the run is at work.
  @Test func anAttemptHasNothingOfWhoeverStartedTheRun() async throws {
    enum Caller {
      @TaskLocal static var name: String?
    }
    let seen = Mutex<[(deadline: Deadline?, caller: String?)]>([])
    let engine = engine(
      MemoryRunStore(clock: clock),
      [
        "look": { input, _ in
          seen.withLock { $0.append((Deadline.current, Caller.name)) }
          return input
        }
      ])
    try engine.register(
      flow(Bench.task("a", "look") { $0.timeout = .seconds(7200) }, Bench.task("b", "look", needs: ["a"])))
    let callers = Deadline.now + .seconds(3600)
    let run = try await Caller.$name.withValue("somebody") {
      try await withDeadline(callers) { try await engine.start(StartRequest(workflow: "flow")).run }
    }
    try await engine.wait(for: run)
    await engine.shutdown()
    let attempts = seen.withLock { $0 }
    #expect(attempts.count == 2 && attempts.allSatisfy { $0.caller == nil && $0.deadline != callers })
    #expect(attempts[0].deadline! > callers)
  }

  @Test func aRunEndsAtItsDeadline() async throws {
    let engine = engine(MemoryRunStore(clock: clock))
    try engine.register(flow(Bench.task("ask", kind: .wait, ["event": "never"]) { $0.timeout = .seconds(3600) }))
    var request = StartRequest(workflow: "flow")
    request.deadline = clock.now.advanced(by: .seconds(1800))
    let run = try await engine.start(request).run
    try await engine.wait(for: run) { $0.state == .waiting }
    clock.advance(by: .seconds(1800))
    let record = try await engine.wait(for: run)
    #expect(record.state == .failed && record.reason == "the run's deadline has passed", "\(record.reason)")
    await engine.shutdown()
  }

  enum Status: String, CaseIterable { case asked, reminded, ended, late }

  /// Two of one status: at the first one's time only the first fires, and the other goes with the status.
  @Test func eachTimeoutOfAStatusHasItsOwnTime() async throws {
    let fired = Mutex<[String]>([])
    var machine = StateMachine<[String], Status>("flow", initial: .asked)
    machine.deadline = .seconds(30 * 86_400)
    machine.addTimeout(at: .asked, after: .seconds(86_400), to: .late) { _, _ in
      fired.withLock { $0.append("day") }
      return .late
    }
    machine.addTimeout(at: .asked, after: .seconds(3600), to: .reminded) { _, _ in
      fired.withLock { $0.append("hour") }
      return .reminded
    }
    machine.addTimeout(at: .reminded, after: .seconds(30 * 3600), to: .ended)
    let store = MemoryRunStore(clock: clock)
    let engine = engine(store)
    try engine.register(machine)
    let run = try await engine.start(StartRequest(workflow: "flow", input: [])).run
    try await engine.wait(for: run) { $0.state == .waiting }
    clock.advance(by: .seconds(3600))
    try await engine.wait(for: run) { $0.status == "reminded" && $0.state == .waiting }
    // The day's time passes, too: it was the other status's.
    clock.advance(by: .seconds(86_400))
    clock.advance(by: .seconds(7 * 3600))
    #expect(try await engine.wait(for: run).status == "ended")
    #expect(fired.withLock { $0 } == ["hour"])
    await engine.shutdown()
  }

  // MARK: Errors

  @Test func aRunThatFailsAgainAndAgainIsPausedAndGoesOnByItself() async throws {
    let isBroken = Mutex(true)
    let engine = engine(
      MemoryRunStore(clock: clock),
      [
        "try": { input, _ in
          if isBroken.withLock({ $0 }) { throw TaskFailure(code: "broken", "still") }
          return input
        }
      ])
    let run = try await start(
      engine,
      flow(
        Bench.task("a", "try") {
          $0.retry.attempts = 10
          $0.retry.backoff = .zero
        },
        change: {
          $0.pauseAfterErrors = 2
          $0.resumeAfter = .seconds(3600)
        }))
    let paused = try await engine.wait(for: run) { $0.state == .paused }
    #expect(paused.reason == "2 errors in a row, the last: broken: still")
    isBroken.withLock { $0 = false }
    clock.advance(by: .seconds(3600))
    #expect(try await engine.wait(for: run).state == .completed)
    await engine.shutdown()
  }

  @Test func everyHookIsCalled() async throws {
    let calls = Mutex<[String]>([])
    let functions: [String: SwiftFunctions.Function] = [
      "tell": { input, _ in
        calls.withLock { $0.append(input["event"]?.text ?? "?") }
        return .null
      }
    ]
    let engine = engine(MemoryRunStore(clock: clock), functions)
    func definition(_ first: TaskDefinition) -> WorkflowDefinition {
      var definition = flow(first)
      for event in HookEvent.allCases {
        definition.hooks[event] = "on-\(event.rawValue)"
        definition.tasks.append(Bench.task("on-\(event.rawValue)", "tell", ["event": .string(event.rawValue)]))
      }
      return definition
    }
    try await engine.wait(for: try await start(engine, definition(Bench.task("a"))))
    #expect(calls.withLock { $0 } == ["completed"])
    calls.withLock { $0 = [] }
    try await engine.wait(for: try await start(engine, definition(Bench.task("a", "fail"))))
    #expect(calls.withLock { $0 } == ["stepFailed", "failed"])
    calls.withLock { $0 = [] }
    let run = try await start(engine, definition(Bench.task("a", kind: .wait, ["event": "go"])))
    try await engine.wait(for: run) { $0.state == .waiting }
    try await engine.control(run, .pause(reason: ""))
    try await engine.wait(for: run) { $0.state == .paused }
    try await engine.control(run, .cancel(reason: ""))
    try await engine.wait(for: run)
    #expect(calls.withLock { $0 } == ["paused", "cancelled"])
    await engine.shutdown()
  }

  /// What the engine does by itself can stand for another task, as well.
  @Test func valuesAndEventsStandForOthers() async throws {
    let stream = MemoryEventStream()
    let engine = engine(MemoryRunStore(clock: clock), stream: stream)
    let run = try await start(
      engine,
      flow(
        Bench.task("a", "fail") { $0.fallback = "instead" },
        Bench.task("instead", kind: .values, ["why": "${event.reason}"]),
        Bench.task("b", ["why": "${tasks.a.why}"]) { $0.compensation = "undo" },
        Bench.task("undo", kind: .emit, ["topic": "undone", "payload": "${event.output.why}"]),
        Bench.task("c", "fail", needs: ["b"]), Bench.task("tell", kind: .emit, ["topic": "failed"]),
        change: { $0.hooks = [.failed: "tell"] }))
    #expect(try await engine.wait(for: run).state == .failed)
    await engine.shutdown()
    let undone = try await stream.read("undone", by: StreamConsumer("test"), after: 0, limit: 10).events
    #expect(undone.map(\.event.payload) == [Payload("broken: as asked")])
    #expect(try await stream.read("failed", by: StreamConsumer("test"), after: 0, limit: 10).events.count == 1)
  }

  @Test(arguments: [EngineKind.wait, .switch, .workflow, .call])
  func whatTakesTimeStandsForNoOther(_ kind: EngineKind) throws {
    let engine = engine(MemoryRunStore(clock: clock))
    let error = #expect(throws: WorkflowError.self) {
      try engine.register(
        flow(Bench.task("a") { $0.fallback = "b" }, Bench.task("b", kind: kind, ["event": "go"])))
    }
    #expect(error?.description.contains("which cannot be a \(kind.rawValue)") == true, "\(error?.description ?? "")")
  }

  // MARK: Queues

  /// Who waits when the queue is full can be told, so he is.
  @Test(arguments: [FullPolicy.error, .wait])
  func aFullQueueTakesNoNewRun(_ policy: FullPolicy) async throws {
    let gate = Gate()
    let engine = engine(
      MemoryRunStore(clock: clock),
      [
        "hold": { input, _ in
          await gate.wait()
          return input
        }
      ])
    try engine.register(
      flow(
        Bench.task("a", "hold") { $0.queue = "narrow" },
        change: {
          var queue = QueuePolicy()
          queue.concurrency = 1
          queue.bound = 1
          queue.whenFull = policy
          $0.queues = ["narrow": queue]
        }))
    var refusal: WorkflowError?
    var runs: [RunID] = []
    // One runs, one waits; how soon the engine has got so far is its own affair.
    while refusal == nil, runs.count < 10_000 {
      do {
        runs.append(try await engine.start(StartRequest(workflow: "flow")).run)
      } catch let error as WorkflowError {
        refusal = error
      }
    }
    #expect(refusal?.code == .full)
    #expect(refusal?.description.contains("queue \"narrow\" is full: no run is started") == true)
    gate.open()
    // Of those that were taken in, none is lost: with `error` those that found it full have failed, and say so.
    for run in runs {
      let record = try await engine.wait(for: run)
      #expect(record.state == .completed || policy == .error && record.reason.contains("full"), "\(record.reason)")
    }
    await engine.shutdown()
  }

  /// The worst case that was computed is held, whatever a run has come to: here its record says so.
  @Test func aRunThatHasUsedUpItsWorstCaseFails() async throws {
    let store = MemoryRunStore(clock: clock)
    let definition = flow(Bench.task("a"), Bench.task("b", needs: ["a"]))
    let first = engine(store, drives: false)
    let bounds = try first.register(definition)
    let run = try await first.start(StartRequest(workflow: "flow")).run
    await first.shutdown()
    var record = try #require(try await first.record(of: run))
    let revision = record.revision
    record.revision = revision.next
    record.attemptCount = bounds.attempts
    #expect(try await store.commit([RunChange(record: record, expected: revision)]) == [.committed])
    let second = engine(store)
    try second.register(definition)
    try await second.resumeRuns()
    let ended = try await second.wait(for: run)
    #expect(ended.state == .failed && ended.reason.contains("more than \(bounds.attempts) attempts"), "\(ended.reason)")
    await second.shutdown()
  }

  // MARK: What outlives the process

  @Test func anOpenCircuitStaysOpenInTheNextProcess() async throws {
    let store = MemoryRunStore(clock: clock)
    let definition = flow(
      Bench.task("call", "fail") { $0.circuit = "server" },
      change: {
        var policy = CircuitPolicy()
        policy.failures = 1
        policy.open = .seconds(3600)
        $0.circuits = ["server": policy]
      })
    let first = engine(store)
    #expect(try await first.wait(for: try await start(first, definition)).reason.contains("as asked"))
    await first.shutdown()
    let second = engine(store)
    try second.register(definition)
    try await second.resumeRuns()
    let run = try await second.start(StartRequest(workflow: "flow")).run
    // It would be let through after an hour; its timeout is shorter, or the refusal is told at once.
    var ended: RunRecord?
    while ended == nil {
      clock.advance(by: .seconds(60))
      ended = try? await second.wait(for: run, timeout: .milliseconds(1)) { $0.state.isFinal }
    }
    #expect(ended!.reason.contains("circuit open"), "\(ended!.reason)")
    await second.shutdown()
  }

  /// Whoever stores the start of a run need not know the workflows of its parts.
  @Test func partsAreStartedByTheEngineThatDrives() async throws {
    let store = MemoryRunStore(clock: clock)
    let definition = flow(
      Bench.task("part", kind: .workflow, ["workflow": "child"]), change: { $0.outputs = ["n": "${tasks.part.n}"] })
    let first = engine(store, drives: false)
    let run = try await start(first, definition)
    #expect(try await first.record(of: run)?.state == .running)
    await first.shutdown()
    let second = engine(store)
    var child = flow(Bench.task("a", ["n": 7]), change: { $0.outputs = ["n": "${tasks.a.n}"] })
    child.name = "child"
    child.deadline = .seconds(86_400)
    try second.register(child)
    try second.register(definition)
    #expect(try await second.resumeRuns().resumed == 1)
    let record = try await second.wait(for: run)
    #expect(try record.result.value()["n"] == 7, "\(record.reason)")
    await second.shutdown()
  }

  @Test func aRunEndsOnTheDefinitionThatItBeganWith() async throws {
    let store = MemoryRunStore(clock: clock)
    func version(_ number: Int64) -> WorkflowDefinition {
      flow(
        Bench.task("ask", kind: .wait, ["event": "go"]), Bench.task("say", needs: ["ask"], ["version": .int(number)]),
        change: { $0.outputs = ["version": "${tasks.say.version}"] })
    }
    let first = engine(store)
    let old = try await start(first, version(1))
    try await first.wait(for: old) { $0.state == .waiting }
    await first.shutdown()
    // The next process knows the new one only; the old one is in the store.
    let second = engine(store)
    try second.register(version(2))
    try await second.resumeRuns()
    let new = try await second.start(StartRequest(workflow: "flow")).run
    for (run, expected) in [(old, 1), (new, 2)] as [(RunID, JSONValue)] {
      #expect(try await second.send(InboxEvent(id: "1", name: "go"), to: run) == .accepted)
      #expect(try await second.wait(for: run).result.value()["version"] == expected)
    }
    #expect(try await second.record(of: old)?.definition != second.record(of: new)?.definition)
    await second.shutdown()
  }

  // MARK: Lineage

  /// What a step was given, and what it gave, by hashes: two steps that are given the same have the same.
  @Test func historySaysWhatWasMadeOfWhat() async throws {
    let store = MemoryRunStore(clock: clock)
    let engine = engine(store)
    let run = try await start(
      engine,
      flow(
        Bench.task("a", ["n": 1]), Bench.task("b", ["n": 1]), Bench.task("c", ["n": "${tasks.a.n + 1}"])))
    try await engine.wait(for: run)
    let ends = try await store.history(of: run).filter { $0.kind == "step succeeded" }
    let made = Dictionary(uniqueKeysWithValues: ends.map { ($0.step, ($0.inputHash, $0.outputHash)) })
    #expect(made["a"]!.0 != nil && made["a"]!.0 == made["b"]!.0 && made["a"]!.1 == made["b"]!.1)
    #expect(made["c"]!.0 != nil && made["c"]!.0 != made["a"]!.0 && made["c"]!.1 != made["a"]!.1)
    let outputs = try await store.load(run)!.steps.map { ($0.name, $0.output) }
    for (name, output) in outputs { #expect(made[name]!.1 == ContentHash(of: output.bytes)) }
    await engine.shutdown()
  }
}
