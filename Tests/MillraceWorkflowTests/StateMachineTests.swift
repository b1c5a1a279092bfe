import Millrace
import MillraceWorkflow
import Synchronization
import Testing

@Suite struct StateMachineTests {
  struct Order: Codable, Sendable, Equatable {
    var item: String
    var log: [String] = []
  }

  enum Status: String, CaseIterable {
    case placed, charged, shipped, expired
  }

  /// placed —step→ charged —callback "parcel"→ shipped, or —timeout→ expired.
  static func orders(
    timeout: Duration = .seconds(3600),
    charge: @escaping StateMachine<Order, Status>.Step = { order, _ in
      order.log.append("charged")
      return .charged
    }
  ) -> StateMachine<Order, Status> {
    var machine = StateMachine<Order, Status>("orders", initial: .placed)
    var options = StepOptions()
    options.retry.attempts = 3
    options.retry.backoff = .milliseconds(1)
    machine.addStep(at: .placed, to: .charged, options: options, charge)
    machine.addCallback("parcel", at: .charged, to: .shipped) { (order, parcel: String, _) in
      order.log.append("shipped \(parcel)")
      return .shipped
    }
    machine.addTimeout(at: .charged, after: timeout, to: .expired)
    return machine
  }

  static let request = StartRequest(workflow: "orders", input: ["item": "anvil", "log": []])

  private func engine(_ machine: StateMachine<Order, Status>) throws -> (WorkflowEngine, MemoryRunStore) {
    let store = MemoryRunStore()
    let engine = WorkflowEngine(store: store)
    try engine.register(machine)
    return (engine, store)
  }

  @Test func aRunGoesFromStepToCallbackToItsEnd() async throws {
    let (engine, store) = try engine(Self.orders())
    let run = try await engine.start(Self.request).run
    try await engine.wait(for: run) { $0.status == "charged" && $0.state == .waiting }
    #expect(try await engine.send(InboxEvent(id: "1", name: "parcel", payload: Payload("P7")), to: run) == .accepted)
    let record = try await engine.wait(for: run)
    #expect(record.state == .completed)
    #expect(record.status == "shipped")
    #expect(try StateMachine<Order, Status>.decode(record.payload).log == ["charged", "shipped P7"])
    #expect(try await engine.send(InboxEvent(id: "2", name: "parcel"), to: run) == .late(.completed))
    let kinds = try await store.history(of: run).map(\.kind)
    #expect(kinds.first == "started")
    #expect(kinds.last == "completed")
    await engine.shutdown()
  }

  @Test func anEarlyEventIsKept() async throws {
    let gate = Gate()
    let (engine, _) = try engine(
      Self.orders { order, _ in
        await gate.wait()
        return .charged
      })
    let run = try await engine.start(Self.request).run
    #expect(try await engine.send(InboxEvent(id: "1", name: "parcel", payload: Payload("early")), to: run) == .accepted)
    #expect(
      try await engine.send(InboxEvent(id: "1", name: "parcel", payload: Payload("again")), to: run) == .duplicate)
    #expect(try await engine.send(InboxEvent(id: "2", name: "letter"), to: run) == .unknownEvent)
    gate.open()
    let record = try await engine.wait(for: run)
    #expect(try StateMachine<Order, Status>.decode(record.payload).log == ["shipped early"])
    await engine.shutdown()
  }

  @Test func aTimeoutTakesTheRunAway() async throws {
    let (engine, _) = try engine(Self.orders(timeout: .milliseconds(1)))
    let run = try await engine.start(Self.request).run
    #expect(try await engine.wait(for: run).status == "expired")
    await engine.shutdown()
  }

  @Test func aFailedStepIsTriedAgainAndThenTheRunFails() async throws {
    let attempts = Mutex<[Int]>([])
    let (engine, store) = try engine(
      Self.orders { _, context in
        attempts.withLock { $0.append(context.attempt) }
        throw TaskFailure(code: "broken", "no money")
      })
    let run = try await engine.start(Self.request).run
    let record = try await engine.wait(for: run)
    #expect(record.state == .failed)
    #expect(record.reason.contains("no money"))
    #expect(attempts.withLock { $0 } == [1, 2, 3])
    #expect(try await store.history(of: run).filter { $0.kind == "attempt failed" }.count == 3)
    await engine.shutdown()
  }

  @Test func aPausedRunHoldsItsNextStepAndGoesOn() async throws {
    let gate = Gate()
    let (engine, _) = try engine(
      Self.orders { _, _ in
        await gate.wait()
        return .charged
      })
    let run = try await engine.start(Self.request).run
    #expect(try await engine.control(run, .pause(reason: "lunch")).state == .paused)
    gate.open()
    let paused = try await engine.wait(for: run) { $0.status == "charged" }
    #expect(paused.state == .paused)
    #expect(paused.reason == "lunch")
    #expect(try await engine.send(InboxEvent(id: "1", name: "parcel", payload: Payload("P7")), to: run) == .accepted)
    #expect(try await engine.control(run, .resume(reason: "back")).state != .paused)
    #expect(try await engine.wait(for: run).status == "shipped")
    await #expect(throws: WorkflowError.self) { try await engine.control(run, .pause(reason: "late")) }
    await engine.shutdown()
  }

  @Test func aCancelledRunCallsItsHookAndIsRetried() async throws {
    let gate = Gate()
    let hooks = Mutex(0)
    var machine = Self.orders { _, _ in
      await gate.wait()
      try Task.checkCancellation()
      return .charged
    }
    machine.addHook(on: .cancelled) { _, _ in hooks.withLock { $0 += 1 } }
    let (engine, _) = try engine(machine)
    let run = try await engine.start(Self.request).run
    try await engine.control(run, .cancel(reason: "changed my mind"))
    gate.open()
    let record = try await engine.wait(for: run)
    #expect(record.state == .cancelled)
    #expect(record.reason == "changed my mind")
    #expect(hooks.withLock { $0 } == 1)
    try await engine.control(run, .retry(reason: "again"))
    try await engine.wait(for: run) { $0.status == "charged" }
    await engine.shutdown()
  }

  @Test func whatIsDeclaredIsChecked() throws {
    let engine = WorkflowEngine(store: MemoryRunStore())
    func fault(_ change: (inout StateMachine<Order, Status>) -> Void) -> String {
      var machine = StateMachine<Order, Status>("orders", initial: .placed)
      change(&machine)
      do {
        try engine.register(machine)
        return ""
      } catch {
        return "\(error)"
      }
    }
    #expect(fault { _ in } == "orders.charged: no step leads to it from placed")
    #expect(
      fault {
        $0.addStep(at: .placed, to: .charged, .expired) { _, _ in .charged }
        $0.addCallback("parcel", at: .charged, to: .shipped) { (_, _: String, _) in .shipped }
      } == "orders.charged: waits for parcel without a timeout")
    #expect(
      fault {
        $0.addStep(at: .placed, to: .charged, .expired) { _, _ in .charged }
        $0.addStep(at: .charged, to: .shipped, .placed) { _, _ in .shipped }
      }
        == "orders: statuses lead in a circle (placed → charged → placed): set visitLimit to the most visits of one status"
    )
  }

  @Test func theWorstCaseIsKnownAtRegistration() throws {
    let engine = WorkflowEngine(store: MemoryRunStore())
    let bounds = try engine.register(Self.orders(timeout: .seconds(60)))
    // placed: three attempts of 300 s with delays of 1 and 2 ms; charged: callback and timeout action, one attempt each.
    #expect(bounds.attempts == 3 + 1 + 1)
    #expect(bounds.duration == .seconds(900) + .milliseconds(3) + .seconds(300) + .seconds(60) + .seconds(300))
  }

  @Test func aHookThatNoMachineCallsIsRefused() async throws {
    let outcome = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var machine = StateMachineTests.orders()
      machine.addHook(on: .stepFailed) { _, _ in }
    }
    let message = String(decoding: try #require(outcome).standardErrorContent, as: UTF8.self)
    #expect(message.contains("orders has a hook for stepFailed"), "\(message)")
  }
}
