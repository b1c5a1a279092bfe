import Foundation
import Millrace
import MillraceTesting
import MillraceWorkflow
import Synchronization
import Testing

/// Values, events and clocks that no reasonable caller would give: each is answered, and harms nothing else.
@Suite struct HostileInputTests {
  private static let limits = {
    var limits = StoreLimits()
    limits.payloadBytes = 10_000
    limits.changeBytes = 30_000
    return limits
  }()

  private static func bench() -> Bench {
    Bench(
      store: MemoryRunStore(limits: limits),
      [
        "long": { input, _ in .string(String(repeating: "x", count: Int(input["n"]?.int ?? 0))) },
        "loud": { _, _ in throw TaskFailure(code: "loud", String(repeating: "x", count: 40_000), isRetryable: false) },
      ])
  }

  // MARK: Large values

  @Test func aLargeInputIsRefused() async throws {
    let bench = Self.bench()
    try bench.register([Bench.task("only", ["n": "${parameters.text}"])]) {
      $0.parameters = [ParameterDefinition(name: "text", type: .string)]
    }
    let error = await #expect(throws: WorkflowError.self) {
      try await bench.run(["text": .string(String(repeating: "x", count: 10_001))])
    }
    #expect(error?.code == .tooLarge)
    #expect(error?.message.contains("more than 10000") == true)
    #expect(try await bench.store.count(RunQuery()) == 0)
    #expect(try await bench.run(["text": "x"]).state == .completed)
    await bench.engine.shutdown()
  }

  @Test(arguments: ["output", "fan-out", "event for the world", "result", "reason"])
  func aLargeValueOfARunEndsIt(what: String) async throws {
    let bench = Self.bench()
    var tasks = [Bench.task("first", ["a": 1]) { $0.compensation = "undo" }, Bench.task("undo")]
    var outputs: [String: Template] = [:]
    switch what {
    case "output": tasks.append(Bench.task("large", "long", needs: ["first"], ["n": 10_001]))
    case "fan-out":
      tasks.append(
        Bench.task("large", "long", needs: ["first"], ["n": "${item}"]) {
          $0.foreach = ForeachDefinition(elements: "[6000, 6000]")
          $0.foreach!.limit = 2
        })
    case "event for the world":
      tasks += [
        Bench.task("half", "long", needs: ["first"], ["n": 6000]),
        Bench.task("say", kind: .emit, ["topic": "t", "payload": ["${tasks.half}", "${tasks.half}"]]),
      ]
    case "result":
      tasks.append(Bench.task("half", "long", needs: ["first"], ["n": 6000]))
      outputs = ["a": "${tasks.half}", "b": "${tasks.half}"]
    default: tasks.append(Bench.task("large", "loud", needs: ["first"]))
    }
    try bench.register(tasks) { $0.outputs = outputs }
    let record = try await bench.run()
    #expect(record.state == .failed)
    #expect(record.reason.contains("more than \(what == "reason" ? 30000 : 10000)"), "\(record.reason)")
    #expect(try await bench.states(record.id)["first"] == .compensated)
    await bench.engine.shutdown()
  }

  @Test func aLargeStateOfAMachineEndsItsRun() async throws {
    let store = MemoryRunStore(limits: Self.limits)
    let engine = WorkflowEngine(store: store)
    try engine.register(
      StateMachineTests.orders { order, _ in
        order.log = [String(repeating: "x", count: 20_000)]
        return .charged
      })
    let run = try await engine.start(StateMachineTests.request).run
    let record = try await engine.wait(for: run)
    #expect(record.state == .failed)
    #expect(record.reason.contains("more than 10000"), "\(record.reason)")
    await engine.shutdown()
  }

  @Test func aLargeEventIsRefused() async throws {
    let bench = Self.bench()
    try bench.register([Bench.task("wait", kind: .wait, ["event": "go"])])
    let run = try await bench.engine.start(StartRequest(workflow: "flow")).run
    let large = InboxEvent(id: "1", name: "go", payload: Payload(.string(String(repeating: "x", count: 10_000))))
    let verdict = try await bench.engine.send(large, to: run)
    guard case .tooLarge(let why) = verdict else {
      Issue.record("a large event was answered \(verdict)")
      return
    }
    #expect(why.contains("more than 10000"))
    #expect(try await bench.engine.send(InboxEvent(id: "1", name: "go"), to: run) == .accepted)
    #expect(try await bench.engine.wait(for: run).state == .completed)
    await bench.engine.shutdown()
  }

  /// Nested deeper than any reader may go: an error, not the end of the stack.
  @Test func aDeepValueIsRefused() async throws {
    let deep = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
    #expect(throws: WorkflowError.self) { try JSONValue(json: deep) }
    #expect(throws: WorkflowError.self) { try WorkflowDefinition(json: deep) }
    let bench = Self.bench()
    try bench.register([
      Bench.task("wait", kind: .wait, ["event": "go"]) { $0.outputs = ["by": .string] }
    ])
    let run = try await bench.engine.start(StartRequest(workflow: "flow")).run
    let event = InboxEvent(id: "deep", name: "go", payload: Payload(Array(deep.prefix(5000))))
    #expect(try await bench.engine.send(event, to: run) == .accepted)
    let right = InboxEvent(id: "right", name: "go", payload: Payload(["by": "Ada"]))
    #expect(try await bench.engine.send(right, to: run) == .accepted)
    #expect(try await bench.engine.wait(for: run).state == .completed)
    let refused = try await bench.store.history(of: run).filter { $0.kind == "event refused" }
    #expect(refused.count == 1)
    await bench.engine.shutdown()
  }

  // MARK: Many events

  /// The long form: `MILLRACE_EVENTS=1000000 swift test --traits Workflow --filter HostileInputTests`.
  @Test func aRunTakesNoMoreEventsThanItMayKeep() async throws {
    let count = ProcessInfo.processInfo.environment["MILLRACE_EVENTS"].flatMap { Int($0) } ?? 3000
    let bench = Bench()
    try bench.register([
      Bench.task("first", kind: .wait, ["event": "first"]),
      Bench.task("second", kind: .wait, needs: ["first"], ["event": "second"]),
    ])
    let run = try await bench.engine.start(StartRequest(workflow: "flow")).run
    let begin = ContinuousClock.now
    var verdicts: [DeliveryVerdict: Int] = [:]
    for number in 0..<count {
      verdicts[try await bench.engine.send(InboxEvent(id: "\(number)", name: "second"), to: run), default: 0] += 1
    }
    if count > 3000 { print("\(count) events took \(ContinuousClock.now - begin)") }
    let limit = StoreLimits().unreadEvents
    #expect(verdicts == [.accepted: limit, .full: count - limit])
    #expect(try await bench.engine.send(InboxEvent(id: "first", name: "first"), to: run) == .full)
    try await bench.engine.control(run, .cancel(reason: "full"))
    #expect(try await bench.engine.wait(for: run).state == .cancelled)
    await bench.engine.shutdown()
  }

  /// A run whose inbox others have filled hears of its own part nevertheless; and nobody else may say that the part has ended.
  @Test func aFullInboxDoesNotHideTheEndOfAPart() async throws {
    var limits = StoreLimits()
    limits.unreadEvents = 3
    let gate = Gate()
    let bench = Bench(
      store: MemoryRunStore(limits: limits),
      [
        "held": { input, _ in
          await gate.wait()
          return input
        }
      ])
    try bench.register([Bench.task("only", "held", ["n": 7])], name: "child") { $0.outputs = ["n": "${tasks.only.n}"] }
    try bench.register([
      Bench.task("part", kind: .workflow, ["workflow": "child"]),
      Bench.task("wait", kind: .wait, needs: ["part"], ["event": "go"]),
    ]) { $0.outputs = ["n": "${tasks.part.n}"] }
    let run = try await bench.engine.start(StartRequest(workflow: "flow")).run
    #expect(try await bench.engine.send(InboxEvent(id: "x", name: "child:part"), to: run) == .unknownEvent)
    for number in 0..<3 {
      #expect(try await bench.engine.send(InboxEvent(id: "\(number)", name: "go"), to: run) == .accepted)
    }
    #expect(try await bench.engine.send(InboxEvent(id: "3", name: "go"), to: run) == .full)
    gate.open()
    let record = try await bench.engine.wait(for: run)
    #expect(record.state == .completed)
    #expect(try record.result.value() == ["n": 7])
    await bench.engine.shutdown()
  }
}

extension JSONValue {
  fileprivate var int: Int64? { if case .int(let value) = self { value } else { nil } }
}
