import Millrace
import MillraceTesting
import MillraceWorkflow
import Synchronization
import Testing

/// What becomes of runs when something goes wrong at each of the store's writes, one after the other.
@Suite struct FaultTests {
  /// Two children, a fan-out, a retry, a wait with an event that comes early, and an end with a hook.
  static func bench(
    _ store: any RunStore, _ effects: Effects, _ configure: (inout WorkflowEngine.Configuration) -> Void = { _ in }
  ) throws -> WorkflowEngine {
    var configuration = WorkflowEngine.Configuration()
    configuration.handlers = [
      SwiftFunctions([
        "work": { input, context in
          effects.add(context)
          return input
        },
        "shaky": { input, context in
          effects.add(context)
          if context.attempt == 1 { throw TaskFailure(code: "shaky", "the first attempt") }
          return input
        },
      ])
    ]
    configuration.stream = effects.stream
    configure(&configuration)
    let engine = WorkflowEngine(store: store, configuration: configuration)
    var child = WorkflowDefinition(name: "child")
    child.tasks = [Bench.task("only", "work", ["n": "${parameters.n}"])]
    child.parameters = [ParameterDefinition(name: "n", type: .integer)]
    child.outputs = ["n": "${tasks.only.n}"]
    try engine.register(child)
    var flow = WorkflowDefinition(name: "flow")
    flow.tasks = [
      Bench.task("first", "shaky", ["n": 1]) { $0.retry.attempts = 2 },
      Bench.task("each", "work", needs: ["first"], ["n": "${item}"]) {
        $0.foreach = ForeachDefinition(elements: "[1, 2, 3]")
        $0.foreach!.limit = 3
      },
      Bench.task("parts", kind: .workflow, needs: ["first"], ["workflow": "child", "parameters": ["n": "${item}"]]) {
        $0.foreach = ForeachDefinition(elements: "[10, 20]")
        $0.foreach!.limit = 2
      },
      Bench.task("say", kind: .emit, needs: ["each", "parts"], ["topic": "said", "payload": "${tasks.parts}"]),
      Bench.task("wait", kind: .wait, needs: ["say"], ["event": "go"]) { $0.outputs = ["by": .string] },
      Bench.task("last", "work", ["by": "${tasks.wait.by}"]),
      Bench.task("hook", "work", ["name": "${event.name}"]),
    ]
    // Where time is the test's, much of it may pass.
    for place in flow.tasks.indices { flow.tasks[place].timeout = .seconds(10_000) }
    flow.outputs = ["each": "${tasks.each}", "parts": "${tasks.parts}", "by": "${tasks.last.by}"]
    flow.hooks = [.completed: "hook"]
    try engine.register(flow)
    return engine
  }

  /// What the outside has seen.
  final class Effects: Sendable {
    let calls = Mutex<[String: Int]>([:])
    let stream = MemoryEventStream()

    func add(_ context: TaskContext) {
      calls.withLock { $0["\(context.run)/\(context.step)/\(context.attempt)", default: 0] += 1 }
    }

    var published: [String] {
      get async throws {
        try await stream.read("said", by: StreamConsumer("test"), after: 0, limit: 100).events.map(\.event.id)
      }
    }
  }

  static func start(_ engine: WorkflowEngine) async throws -> RunID {
    var request = StartRequest(workflow: "flow")
    request.idempotencyKey = "once"
    let run = try await engine.start(request).run
    let event = InboxEvent(id: "go-1", name: "go", payload: Payload(["by": "Ada"]))
    let verdict = try await engine.send(event, to: run)
    #expect([.accepted, .duplicate].contains(verdict) || verdict == .late(.completed), "\(verdict)")
    return run
  }

  static func check(_ store: MemoryRunStore, _ run: RunID, _ effects: Effects, crashes: Int, _ label: String)
    async throws
  {
    let record = try #require(try await store.load(run)?.record)
    #expect(record.state == .completed, "\(label): \(record.reason)")
    let result = try record.result.value()
    #expect(
      result == [
        "each": [["n": 1], ["n": 2], ["n": 3]], "parts": [["n": 10], ["n": 20]], "by": "Ada",
      ], "\(label)")
    #expect(try await store.count(RunQuery()) == 3, "\(label): a child was started twice")
    let history = try await store.history(of: run)
    let ends = Dictionary(grouping: history.filter { $0.kind == "step succeeded" }, by: \.step).mapValues(\.count)
    #expect(ends.values.allSatisfy { $0 == 1 }, "\(label): a step succeeded twice: \(ends)")
    #expect(history.filter { $0.kind == "completed" }.count == 1, "\(label)")
    // An effect may come again after a crash; without one it does not.
    for (call, count) in effects.calls.withLock({ $0 }) {
      #expect((1...1 + crashes).contains(count), "\(label): \(call) made \(count) times")
    }
    #expect(try await effects.published == ["\(run)/say"], "\(label)")
    #expect(try await store.outbox(after: 0, limit: 10).isEmpty, "\(label)")
  }

  @Test(arguments: [FaultyRunStore.Fault.endBefore, .endAfter])
  func aCrashAtAnyWriteLosesAndDoublesNothing(_ fault: FaultyRunStore.Fault) async throws {
    for point in 0... {
      let base = MemoryRunStore()
      let effects = Effects()
      let faulty = FaultyRunStore(base, at: point, fault)
      let first = try Self.bench(faulty, effects)
      let attempt = Task {
        let run = try await Self.start(first)
        try await first.wait(for: run)
      }
      let isOver = Task {
        await faulty.waitForFault()
        attempt.cancel()
      }
      _ = await attempt.result
      // What it still has in hand is lost, as in the end of a process.
      await first.shutdown(grace: .zero)
      let hasHappened = faulty.hasHappened
      isOver.cancel()

      let second = try Self.bench(base, effects)
      try await second.resumeRuns()
      let run = try await Self.start(second)
      try await second.wait(for: run)
      await second.shutdown()
      try await Self.check(base, run, effects, crashes: 1, "\(fault) at write \(point)")
      if !hasHappened {
        #expect(point > 15)
        // Nobody waits for a fault that never comes.
        for _ in 0...point { _ = try? await faulty.acknowledgeOutbox(through: 0) }
        await isOver.value
        break
      }
      await isOver.value
    }
  }

  @Test(arguments: [FaultyRunStore.Fault.refuse, .lose])
  func aFailedWriteIsMadeGood(_ fault: FaultyRunStore.Fault) async throws {
    for point in 0... {
      let base = MemoryRunStore()
      let effects = Effects()
      let faulty = FaultyRunStore(base, at: point, fault)
      let engine = try Self.bench(faulty, effects)
      var run: RunID?
      // Who starts is told, and asks again.
      while run == nil { run = try? await Self.start(engine) }
      try await engine.wait(for: run!)
      await engine.shutdown()
      // What was to be told when the write failed, may have been left to the next start.
      let next = try Self.bench(base, effects)
      try await next.resumeRuns()
      await next.shutdown()
      try await Self.check(base, run!, effects, crashes: 0, "\(fault) at write \(point)")
      if !faulty.hasHappened {
        #expect(point > 15)
        break
      }
    }
  }
}
