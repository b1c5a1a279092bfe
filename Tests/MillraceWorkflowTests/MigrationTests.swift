import Millrace
import MillraceTesting
import MillraceWorkflow
import Synchronization
import Testing

/// Runs under way when another definition of their workflow is registered.
@Suite struct MigrationTests {
  private let store = MemoryRunStore()
  private let troubles = Troubles()

  private final class Troubles: RunObserver {
    private let found = Mutex<[String]>([])
    var reasons: [String] { found.withLock { $0 } }

    func observe(_ observation: RunObservation) {
      if case .entry(let entry) = observation.kind, entry.kind == "migration trouble" {
        found.withLock { $0.append(entry.reason) }
      }
    }
  }

  private func engine(_ store: (any RunStore)? = nil) -> WorkflowEngine {
    var configuration = WorkflowEngine.Configuration()
    configuration.handlers = [SwiftFunctions(["echo": { input, _ in input }])]
    configuration.observers = [troubles]
    return WorkflowEngine(store: store ?? self.store, configuration: configuration)
  }

  // MARK: Graphs

  /// `first` → `wait` → `last`
  private static func flow(
    _ change: (inout WorkflowDefinition) -> Void = { _ in }
  ) -> WorkflowDefinition {
    var flow = WorkflowDefinition(name: "flow")
    flow.parameters = [ParameterDefinition(name: "n", type: .integer)]
    flow.tasks = [
      Bench.task("first", ["n": "${parameters.n}"]),
      Bench.task("wait", kind: .wait, needs: ["first"], ["event": "go"]) { $0.timeout = .seconds(3600) },
      Bench.task("last", needs: ["wait"], ["n": "${tasks.first.n}", "by": "one"]),
    ]
    flow.outputs = ["n": "${tasks.last.n}", "by": "${tasks.last.by}"]
    change(&flow)
    return flow
  }

  /// A run that waits.
  private func begin(_ engine: WorkflowEngine, _ workflow: String = "flow", _ input: JSONValue = ["n": 1])
    async throws -> RunID
  {
    let run = try await engine.start(StartRequest(workflow: workflow, input: input)).run
    try await engine.wait(for: run) { $0.state == .waiting }
    // It is read anew when it goes on.
    await engine.waitUntilIdle()
    return run
  }

  private func go(_ run: RunID, _ engine: WorkflowEngine) async throws -> RunRecord {
    #expect(try await engine.send(InboxEvent(id: "go", name: "go", payload: Payload(["x": 1])), to: run) == .accepted)
    return try await engine.wait(for: run)
  }

  @Test func withoutAMigrationRunsFinishOnTheirs() async throws {
    let engine = engine()
    try engine.register(Self.flow())
    let run = try await begin(engine)
    try engine.register(Self.flow { $0.tasks[2] = Bench.task("last", needs: ["wait"], ["n": 9, "by": "two"]) })
    let record = try await go(run, engine)
    #expect(try record.result.value() == ["n": 1, "by": "one"])
    let next = try await go(begin(engine), engine)
    #expect(try next.result.value() == ["n": 9, "by": "two"])
    #expect(next.definition != record.definition)
    await engine.shutdown()
  }

  @Test func aRunGoesOnWithACompatibleChange() async throws {
    let engine = engine()
    try engine.register(Self.flow())
    let run = try await begin(engine)
    let newer = Self.flow {
      $0.tasks[2] = Bench.task("last", needs: ["wait"], ["n": "${tasks.between.n}", "by": "two"])
      $0.tasks.append(Bench.task("between", needs: ["wait"], ["n": "${tasks.first.n * 10}"]))
    }
    let report = try await engine.register(newer, migrating: .asTheyAre)
    #expect(report.runs == 1)
    #expect(report.changes.values.first?.contains { $0.hasPrefix("tasks.between: added") } == true)
    // Not before it is woken.
    #expect(try await engine.record(of: run)?.definition != newer.hash)
    let record = try await go(run, engine)
    #expect(record.definition == newer.hash)
    #expect(try record.result.value() == ["n": 10, "by": "two"])
    let history = try await store.history(of: run)
    #expect(history.filter { $0.kind == "migrated" }.count == 1)
    #expect(history.filter { $0.kind == "step succeeded" && $0.step == "first" }.count == 1)
    await engine.shutdown()
  }

  @Test func anIncompatibleChangeIsRefusedWithWhatIsDifferent() async throws {
    let engine = engine()
    let old = Self.flow()
    try engine.register(old)
    let runs = [try await begin(engine), try await begin(engine)]
    let newer = Self.flow {
      $0.tasks[0] = Bench.task("first", kind: .values, ["n": 5])
      $0.parameters.append(ParameterDefinition(name: "m", type: .string))
    }
    let error = try await #require(throws: WorkflowError.self) {
      try await engine.register(newer, migrating: .asTheyAre)
    }
    #expect(error.code == .incompatibleDefinition)
    #expect(error.place == "flow")
    let lines = error.message.split(separator: "\n").map(String.init)
    #expect(lines[0].hasPrefix("2 of the 2 runs that an older definition has begun cannot go on with this one"))
    #expect(runs.contains { lines[0].contains("\($0)") })
    #expect(lines.contains { $0.hasPrefix("parameters.m: added") && $0.contains("they have no value of it") })
    #expect(lines.contains { $0.hasPrefix(#"tasks.first.kind: "swift" → "values""#) }, "\(lines)")
    // Nothing has been registered.
    let next = try await begin(engine)
    #expect(try await engine.record(of: next)?.definition == old.hash)
    for run in runs + [next] { #expect(try await go(run, engine).state == .completed) }
    // A definition that nobody is in the way of.
    #expect(try await engine.register(newer, migrating: .asTheyAre) == MigrationReport())
    await engine.shutdown()
  }

  /// Another parameter, another result of a task that has run, another graph.
  private static let second = flow {
    $0.parameters = [ParameterDefinition(name: "text", type: .string)]
    $0.tasks = [
      Bench.task("read", ["text": "${parameters.text}"]),
      Bench.task("wait", kind: .wait, needs: ["read"], ["event": "go"]) { $0.timeout = .seconds(3600) },
      Bench.task("last", needs: ["wait"], ["n": "${tasks.read.text}", "by": "two"]),
    ]
  }

  private static let toSecond = RunMigration.by { run in
    guard case .int(let n)? = run.payload["n"] else { throw TaskFailure(code: "odd", "no number") }
    if n == 13 { throw TaskFailure(code: "superstition", "not this one") }
    run.payload = ["text": .string("parameter \(n)")]
    if let first = run.outputs.removeValue(forKey: "first") {
      run.outputs["read"] = ["text": .string("migrated \(first["n"] ?? .null)")]
    }
  }

  @Test func aMigrationChangesParametersAndResults() async throws {
    let engine = engine()
    try engine.register(Self.flow())
    let (run, unlucky) = (try await begin(engine), try await begin(engine, "flow", ["n": 13]))
    #expect(try await engine.register(Self.second, migrating: Self.toSecond).runs == 2)
    let record = try await go(run, engine)
    #expect(try record.result.value() == ["n": "migrated 1", "by": "two"])
    #expect(try record.payload.value() == ["text": "parameter 1"])
    #expect(try await store.load(run)?.steps.first { $0.name == "first" }?.state != .succeeded)
    // One for which the migration throws stays as it was.
    let stays = try await go(unlucky, engine)
    #expect(try stays.result.value() == ["n": 13, "by": "one"])
    #expect(troubles.reasons.contains { $0.contains("not this one") })
    await engine.shutdown()
  }

  @Test func whatAMigrationGivesMustFit() async throws {
    let engine = engine()
    try engine.register(Self.flow())
    let run = try await begin(engine)
    try await engine.register(Self.second, migrating: .by { $0.outputs["nowhere"] = 1 })
    #expect(try await go(run, engine).state == .completed)
    #expect(troubles.reasons.contains { $0.contains("parameters.n") }, "\(troubles.reasons)")
    await engine.shutdown()
  }

  /// The process ends at each write, while a run is being moved: it is on the one definition or on the other.
  @Test(arguments: [FaultyRunStore.Fault.endBefore, .endAfter])
  func aMoveIsWholeOrNotAtAll(_ fault: FaultyRunStore.Fault) async throws {
    for point in 0... {
      let store = MemoryRunStore()
      let first = engine(store)
      try first.register(Self.flow())
      let run = try await begin(first)
      await first.shutdown()

      let faulty = FaultyRunStore(store, at: point, fault)
      let second = engine(faulty)
      let attempt = Task {
        try await second.register(Self.second, migrating: Self.toSecond)
        try await second.resumeRuns()
        _ = try await second.send(InboxEvent(id: "go", name: "go", payload: Payload(["x": 1])), to: run)
        try await second.wait(for: run)
      }
      let ending = Task {
        await faulty.waitForFault()
        attempt.cancel()
      }
      _ = await attempt.result
      await second.shutdown(grace: .zero)
      let hasHappened = faulty.hasHappened
      // Between: all of it is of one definition.
      let between = try #require(try await store.load(run))
      let isMoved = between.record.definition == Self.second.hash
      #expect(try between.record.payload.value() == (isMoved ? ["text": "parameter 1"] : ["n": 1]))
      let read = between.steps.first { $0.name == "read" }
      #expect((read?.state == .succeeded) == isMoved, "\(fault) at write \(point)")

      let third = engine(store)
      try await third.register(Self.second, migrating: Self.toSecond)
      try await third.resumeRuns()
      _ = try await third.send(InboxEvent(id: "go", name: "go", payload: Payload(["x": 1])), to: run)
      let record = try await third.wait(for: run)
      #expect(try record.result.value() == ["n": "migrated 1", "by": "two"], "\(fault) at write \(point)")
      #expect(try await store.history(of: run).filter { $0.kind == "migrated" }.count == 1)
      await third.shutdown()
      if !hasHappened {
        #expect(point > 3)
        for _ in 0...point { _ = try? await faulty.acknowledgeOutbox(through: 0) }
        await ending.value
        break
      }
      await ending.value
    }
  }

  // MARK: State machines

  private struct OldOrder: Codable, Sendable { var item: String }
  private enum OldStatus: String, CaseIterable { case placed, done }
  private struct Order: Codable, Sendable, Equatable {
    var items: [String]
    var log: [String] = []
  }
  private enum Status: String, CaseIterable { case received, packed, done }

  /// Waits at `placed` for `go`.
  private static func oldOrders(
    timeout: Duration = .seconds(3600), version: Int = 1
  ) -> StateMachine<OldOrder, OldStatus> {
    var machine = StateMachine<OldOrder, OldStatus>("orders", initial: .placed)
    machine.version = version
    machine.addCallback("go", at: .placed, to: .done) { (order, _: [String: Int], _) in
      order.item += " by version \(version)"
      return .done
    }
    machine.addTimeout(at: .placed, after: timeout, to: .done)
    // Each version has limits of its own.
    machine.queues["stock"] = QueuePolicy()
    machine.queues["stock"]!.concurrency = version
    return machine
  }

  private static func orders() -> StateMachine<Order, Status> {
    var machine = StateMachine<Order, Status>("orders", initial: .received)
    machine.addStep(at: .received, to: .packed) { order, _ in
      order.log.append("packed")
      return .packed
    }
    machine.addCallback("go", at: .packed, to: .done) { (order, _: [String: Int], _) in
      order.log.append("sent")
      return .done
    }
    machine.addTimeout(at: .packed, after: .seconds(3600), to: .done)
    return machine
  }

  @Test func olderVersionsOfAMachineFinishTheirRuns() async throws {
    let first = engine()
    try first.register(Self.oldOrders())
    let run = try await begin(first, "orders", ["item": "anvil"])
    await first.shutdown()
    let second = engine()
    try second.register(Self.oldOrders(version: 2))
    try second.registerOlder(Self.oldOrders())
    try await second.resumeRuns()
    let record = try await go(run, second)
    #expect(try record.payload.value() == ["item": "anvil by version 1"])
    let next = try await go(begin(second, "orders", ["item": "rope"]), second)
    #expect(try next.payload.value() == ["item": "rope by version 2"])
    await second.shutdown()
  }

  @Test func aMachinesRunGoesOnWithANewerVersion() async throws {
    let first = engine()
    try first.register(Self.oldOrders())
    let run = try await begin(first, "orders", ["item": "anvil"])
    await first.shutdown()
    // The older version's code is gone.
    let second = engine()
    let report = try await second.register(Self.oldOrders(timeout: .seconds(60), version: 2), migrating: .asTheyAre)
    #expect(report.runs == 1)
    #expect(report.changes.values.first?.contains("version: 1 → 2") == true, "\(report)")
    try await second.resumeRuns()
    let record = try await go(run, second)
    #expect(try record.payload.value() == ["item": "anvil by version 2"])
    await second.shutdown()
  }

  @Test func aMachineThatHasNoPlaceForARunIsRefused() async throws {
    let engine = engine()
    try engine.register(Self.oldOrders())
    let run = try await begin(engine, "orders", ["item": "anvil"])
    let error = try await #require(throws: WorkflowError.self) {
      try await engine.register(Self.orders(), migrating: .asTheyAre)
    }
    #expect(error.code == .incompatibleDefinition)
    #expect(error.message.contains("\nstatuses.placed: removed"), "\(error)")
    #expect(error.message.contains("its state is not one of this version"), "\(error)")
    #expect(try await go(run, engine).state == .completed)
    await engine.shutdown()
  }

  @Test func aMigrationChangesStateAndStatus() async throws {
    let engine = engine()
    try engine.register(Self.oldOrders())
    let runs = [
      try await begin(engine, "orders", ["item": "anvil"]), try await begin(engine, "orders", ["item": "rope"]),
    ]
    let migration = RunMigration.states { (old: OldOrder, status) in
      // One is packed already, the other is not.
      status = old.item == "anvil" ? "packed" : "received"
      return Order(items: [old.item], log: ["moved"])
    }
    #expect(try await engine.register(Self.orders(), migrating: migration).runs == 2)
    for (run, log) in zip(runs, [["moved", "sent"], ["moved", "packed", "sent"]]) {
      let record = try await go(run, engine)
      #expect(record.state == .completed, "\(record.reason)")
      #expect(record.status == "done")
      let order = try StateMachine<Order, Status>.decode(record.payload)
      #expect(order.log == log)
      #expect(try await store.load(run)?.timers == [])
    }
    await engine.shutdown()
  }

  @Test func aStatusThatDoesNotExistLeavesTheRunWhereItIs() async throws {
    let engine = engine()
    try engine.register(Self.oldOrders())
    let run = try await begin(engine, "orders", ["item": "anvil"])
    let migration = RunMigration.states { (old: OldOrder, status) in
      status = "nowhere"
      return Order(items: [old.item])
    }
    try await engine.register(Self.orders(), migrating: migration)
    let record = try await go(run, engine)
    #expect(try record.payload.value() == ["item": "anvil by version 1"])
    #expect(troubles.reasons.contains { $0.contains(#"there is no status "nowhere""#) })
    await engine.shutdown()
  }
}
