import Millrace
import MillraceTesting
import MillraceWorkflow
import Synchronization
import Testing

/// Runs that are parts of others, when those wait for them no more.
@Suite struct PartCancellationTests {
  private let clock = ManualWallClock()

  private func engine(
    _ store: any RunStore, _ functions: [String: SwiftFunctions.Function] = [:]
  ) throws -> WorkflowEngine {
    var configuration = WorkflowEngine.Configuration()
    configuration.wallClock = clock
    configuration.handlers = [SwiftFunctions(functions.merging(["echo": { input, _ in input }]) { $1 })]
    let engine = WorkflowEngine(store: store, configuration: configuration)
    var child = WorkflowDefinition(name: "child")
    child.tasks = [Bench.task("go", kind: .wait, ["event": "go"]) { $0.timeout = .seconds(86_400) }]
    child.deadline = .seconds(30 * 86_400)
    try engine.register(child)
    return engine
  }

  private static func part(_ name: String, _ change: (inout TaskDefinition) -> Void = { _ in }) -> TaskDefinition {
    Bench.task(name, kind: .workflow, ["workflow": "child", "key": .string(name)]) {
      $0.timeout = .seconds(7200)
      change(&$0)
    }
  }

  private func register(_ engine: WorkflowEngine, _ tasks: TaskDefinition...) throws {
    var flow = WorkflowDefinition(name: "flow")
    flow.tasks = tasks
    flow.deadline = .seconds(30 * 86_400)
    try engine.register(flow)
  }

  /// The part that a step has begun, as soon as it waits.
  private func part(_ step: String, of run: RunID, _ engine: WorkflowEngine, _ store: any RunStore) async throws
    -> RunID
  {
    var query = RunQuery()
    query.parent = run
    query.key = step
    while true {
      if let part = try await store.runs(query).first {
        try await engine.wait(for: part.id) { $0.state == .waiting }
        return part.id
      }
      await Task.yield()
    }
  }

  /// And what the part comes to after that is not a second failure of the step.
  @Test func aStepThatGivesUpCancelsItsOwnPartOnly() async throws {
    let fallbacks = Mutex(0)
    let gate = Gate()
    let store = MemoryRunStore(clock: clock)
    let engine = try engine(
      store,
      [
        "instead": { input, _ in
          fallbacks.withLock { $0 += 1 }
          await gate.wait()
          return input
        }
      ])
    try register(
      engine,
      Self.part("slow") {
        $0.timeout = .seconds(60)
        $0.fallback = "instead"
      }, Self.part("fine"), Bench.task("instead", "instead"))
    try await engine.resumeRuns()
    let run = try await engine.start(StartRequest(workflow: "flow")).run
    let (slow, fine) = (try await part("slow", of: run, engine, store), try await part("fine", of: run, engine, store))
    clock.advance(by: .seconds(61))
    #expect(try await engine.wait(for: slow).state == .cancelled)
    // The parent is told, and has nothing to do about it.
    while try await store.history(of: run).allSatisfy({ $0.kind != "step timedOut" }) { await Task.yield() }
    while try await !store.outbox(after: 0, limit: 1).isEmpty { await Task.yield() }
    #expect(try await engine.send(InboxEvent(id: "1", name: "go"), to: fine) == .accepted)
    #expect(try await engine.wait(for: fine).state == .completed)
    gate.open()
    let record = try await engine.wait(for: run)
    #expect(record.state == .completed, "\(record.reason)")
    #expect(fallbacks.withLock { $0 } == 1)
    await engine.shutdown()
  }

  /// Its process ends at any write while it is cancelled, with parts that wait and are paused.
  @Test(arguments: [FaultyRunStore.Fault.endBefore, .endAfter, .refuse, .lose])
  func aRunThatIsCancelledCancelsItsParts(_ fault: FaultyRunStore.Fault) async throws {
    for point in 0... {
      let store = MemoryRunStore(clock: clock)
      let tasks = [Self.part("a"), Self.part("b")]
      let first = try engine(store)
      try register(first, tasks[0], tasks[1])
      let run = try await first.start(StartRequest(workflow: "flow")).run
      let parts = [try await part("a", of: run, first, store), try await part("b", of: run, first, store)]
      try await first.control(parts[1], .pause(reason: ""))
      try await first.wait(for: parts[1]) { $0.state == .paused }
      await first.shutdown()

      let faulty = FaultyRunStore(store, at: point, fault)
      let second = try engine(faulty)
      try register(second, tasks[0], tasks[1])
      _ = try? await second.resumeRuns()
      let attempt = Task { try await second.control(run, .cancel(reason: "enough")) }
      let isOver = Task {
        await faulty.waitForFault()
        attempt.cancel()
      }
      let isStored = (try? await attempt.value) != nil
      await second.shutdown(grace: .zero)
      let hasHappened = faulty.hasHappened

      let third = try engine(store)
      try register(third, tasks[0], tasks[1])
      try await third.resumeRuns()
      if !isStored { try await third.control(run, .cancel(reason: "enough")) }
      for part in parts {
        let record = try await third.wait(for: part)
        #expect(record.state == .cancelled, "\(fault) at write \(point)")
        #expect(record.reason == "its parent has ended: enough")
      }
      await third.shutdown()
      if !hasHappened { for _ in 0...point { _ = try? await faulty.acknowledgeOutbox(through: 0) } }
      await isOver.value
      if !hasHappened {
        #expect(point > 3)
        break
      }
    }
  }

  /// A store in which a definition is not stored before it may be.
  private final class SlowStart: ForwardingRunStore {
    let base: any RunStore
    let asked = Gate()
    let gate = Gate()
    private let definition: ContentHash

    init(_ base: any RunStore, _ definition: WorkflowDefinition) throws {
      self.base = base
      self.definition = try definition.check(kinds: [:]).hash
    }

    func setDocument(
      _ name: DocumentName, to value: Payload?, expected: Revision?, durability: Durability
    ) async throws -> Bool {
      if name == DocumentName("definitions", "\(definition)") {
        asked.open()
        await gate.wait()
      }
      return try await base.setDocument(name, to: value, expected: expected, durability: durability)
    }
  }

  /// It is not there yet when its parent ends, and nobody finds it then.
  @Test func aPartThatBeginsAfterItsParentHasEndedIsCancelled() async throws {
    var child = WorkflowDefinition(name: "late")
    child.tasks = [Bench.task("go", kind: .wait, ["event": "go"]) { $0.timeout = .seconds(86_400) }]
    child.deadline = .seconds(30 * 86_400)
    let store = try SlowStart(MemoryRunStore(clock: clock), child)
    let engine = try engine(store)
    try engine.register(child)
    var part = Self.part("part")
    part.input = ["workflow": "late"]
    try register(engine, part)
    try await engine.resumeRuns()
    let run = try await engine.start(StartRequest(workflow: "flow")).run
    await store.asked.wait()
    try await engine.control(run, .cancel(reason: "enough"))
    try await engine.wait(for: run)
    while try await !store.outbox(after: 0, limit: 1).isEmpty { await Task.yield() }
    store.gate.open()
    var query = RunQuery()
    query.parent = run
    var found: RunID?
    while found == nil {
      found = try await store.runs(query).first?.id
      await Task.yield()
    }
    #expect(try await engine.wait(for: found!).state == .cancelled)
    await engine.shutdown()
  }
}
