import Millrace
import MillraceTesting
import Synchronization
import Testing

@testable import MillraceWorkflow

/// Runs that start others by their ends and by what they tell, with the engine, its outbox and a stream.
@Suite struct OutcomeTriggerTests {
  /// An engine with triggers that run, and what these have done.
  private final class Scene: Sendable {
    let engine: WorkflowEngine
    private let runner: TriggerRunner
    private let running = Mutex<Task<Void, any Error>?>(nil)
    private let reports: AsyncStream<TriggerReport>

    init(
      _ store: any RunStore, _ stream: any EventStream,
      _ functions: [String: SwiftFunctions.Function] = [:], depthLimit: Int = 32
    ) {
      var configuration = WorkflowEngine.Configuration()
      let echo: SwiftFunctions.Function = { input, _ in input }
      configuration.handlers = [SwiftFunctions(functions.merging(["echo": echo]) { a, _ in a })]
      configuration.stream = stream
      configuration.depthLimit = depthLimit
      engine = WorkflowEngine(store: store, configuration: configuration)
      let (reports, continuation) = AsyncStream.makeStream(of: TriggerReport.self)
      self.reports = reports
      var triggers = TriggerRunner.Configuration()
      triggers.stream = stream
      triggers.report = { continuation.yield($0) }
      runner = TriggerRunner(starter: engine, store: store, configuration: triggers)
    }

    func register(
      _ name: String, _ tasks: [TaskDefinition], trigger: TriggerDefinition.Source? = nil, input: Template = [:],
      _ change: (inout WorkflowDefinition) -> Void = { _ in }
    ) throws {
      var definition = WorkflowDefinition(name: name)
      definition.tasks = tasks
      change(&definition)
      try engine.register(definition)
      guard let trigger else { return }
      var declared = TriggerDefinition(name: "after", source: trigger)
      declared.input = input
      try runner.add(declared, of: name)
    }

    func run() {
      let task = Task { [runner] in try await runner.run() }
      running.withLock { $0 = task }
    }

    /// The next that a trigger has done, but for troubles that it tries again after.
    func nextReport() async -> TriggerReport.Kind? {
      for await report in reports {
        if case .failed = report.kind { continue }
        return report.kind
      }
      return nil
    }

    func end(grace: Duration = .seconds(10)) async {
      let task = running.withLock { $0 }
      task?.cancel()
      _ = await task?.result
      await engine.shutdown(grace: grace)
    }
  }

  /// `extract` gives a number of rows, and its end starts `report` with it.
  private static func pipeline(_ store: any RunStore, _ stream: any EventStream) throws -> Scene {
    let scene = Scene(store, stream)
    try scene.register("extract", [Bench.task("read", ["rows": 5])]) { $0.outputs = ["rows": "${tasks.read.rows}"] }
    try scene.register(
      "report", [Bench.task("write", ["rows": "${parameters.rows}"])],
      trigger: .workflow(name: "extract", states: [.completed]), input: ["rows": "${event.payload.result.rows}"]
    ) {
      $0.parameters = [ParameterDefinition(name: "rows", type: .integer)]
      $0.outputs = ["rows": "${tasks.write.rows}"]
    }
    return scene
  }

  private static var extraction: StartRequest {
    var request = StartRequest(workflow: "extract")
    request.idempotencyKey = "once"
    return request
  }

  @Test func theEndOfARunStartsAnother() async throws {
    let scene = try Self.pipeline(MemoryRunStore(), MemoryEventStream())
    scene.run()
    let first = try await scene.engine.start(Self.extraction).run
    guard case .answered(let occasion, .started(let second))? = await scene.nextReport() else {
      Issue.record("no run was started")
      return
    }
    let record = try await scene.engine.wait(for: second)
    #expect(try record.result.value() == ["rows": 5])
    #expect(record.origin == first)
    #expect(record.depth == 1)
    // The event's id is that of the revision which ended the run.
    let end = try #require(try await scene.engine.record(of: first))
    #expect(occasion == "\(first)/\(end.revision)")
    await scene.end()
  }

  /// The process ends at each write: also between the commit that ends the first run, and the relay of the event.
  @Test(arguments: [FaultyRunStore.Fault.endBefore, .endAfter])
  func aCrashAtAnyWriteLosesAndDoublesNoOutcome(_ fault: FaultyRunStore.Fault) async throws {
    for point in 0... {
      let base = MemoryRunStore()
      let stream = MemoryEventStream()
      let faulty = FaultyRunStore(base, at: point, fault)
      let first = try Self.pipeline(faulty, stream)
      first.run()
      let attempt = Task {
        _ = try await first.engine.start(Self.extraction)
        guard case .answered(_, let verdict)? = await first.nextReport() else { return }
        try await first.engine.wait(for: verdict.run)
      }
      let ending = Task {
        await faulty.waitForFault()
        attempt.cancel()
      }
      _ = await attempt.result
      await first.end(grace: .zero)
      let hasHappened = faulty.hasHappened

      let second = try Self.pipeline(base, stream)
      try await second.engine.resumeRuns()
      second.run()
      let run = try await second.engine.start(Self.extraction).run
      try await second.engine.wait(for: run)
      var query = RunQuery()
      query.workflow = "report"
      if try await base.count(query) == 0 { _ = await second.nextReport() }
      let report = try #require(try await base.runs(query).first)
      try await second.engine.wait(for: report.id)
      await second.end()
      let record = try #require(try await base.load(report.id)?.record)
      #expect(try record.result.value() == ["rows": 5], "\(fault) at write \(point)")
      #expect(try await base.count(RunQuery()) == 2, "\(fault) at write \(point): a run was started twice")
      let told = try await stream.read(RunEnd.topic, by: StreamConsumer("test"), after: 0, limit: 10)
      #expect(
        Set(told.events.map(\.event.key)) == ["extract", "report"] && told.events.count == 2,
        "\(fault) at write \(point): \(told.events.map(\.event.id))")
      #expect(try await base.outbox(after: 0, limit: 10).isEmpty)
      if !hasHappened {
        #expect(point > 5)
        // Nobody waits for a fault that never comes.
        for _ in 0...point { _ = try? await faulty.acknowledgeOutbox(through: 0) }
        await ending.value
        break
      }
      await ending.value
    }
  }

  @Test func eachEndOfARunIsAnEventOfItsOwn() async throws {
    let isMended = Mutex(false)
    let stream = MemoryEventStream()
    let store = MemoryRunStore()
    let scene = Scene(
      store, stream,
      [
        "shaky": { input, _ in
          if isMended.withLock({ $0 }) { return input }
          throw TaskFailure(code: "broken", "as asked")
        }
      ])
    try scene.register("w", [Bench.task("only", "shaky")])
    let run = try await scene.engine.start(StartRequest(workflow: "w")).run
    #expect(try await scene.engine.wait(for: run).state == .failed)
    isMended.withLock { $0 = true }
    try await scene.engine.control(run, .retry(reason: "mended"))
    #expect(try await scene.engine.wait(for: run).state == .completed)
    await scene.end()
    let told = try await stream.read(RunEnd.topic, by: StreamConsumer("test"), after: 0, limit: 10).events
    #expect(try told.map { try $0.event.payload.value()["state"] } == ["failed", "completed"])
    #expect(Set(told.map(\.event.id)).count == 2)
  }

  // MARK: Circles

  @Test func workflowsThatStartEachOtherInACircleAreRefused() throws {
    let scene = Scene(MemoryRunStore(), MemoryEventStream())
    let tasks = [Bench.task("only")]
    try scene.register("a", tasks, trigger: .workflow(name: "c", states: []))
    try scene.register("d", tasks, trigger: .workflow(name: "a", states: []))
    try scene.register("b", tasks, trigger: .workflow(name: "a", states: [.completed]))
    let error = #expect(throws: WorkflowError.self) {
      try scene.register("c", tasks, trigger: .workflow(name: "b", states: [.failed]))
    }
    #expect(error?.code == .invalidDefinition)
    #expect(error?.place == "c.triggers.after")
    #expect(error?.message.hasSuffix(": c → a → b → c") == true, "\(error?.message ?? "")")
    let itself = #expect(throws: WorkflowError.self) {
      try scene.register("e", tasks, trigger: .workflow(name: "e", states: []))
    }
    #expect(itself?.message.hasSuffix(": e → e") == true)
    // What was refused is forgotten.
    try scene.register("f", tasks, trigger: .workflow(name: "b", states: []))
  }

  @Test func aCircleOfEventsComesToRest() async throws {
    let store = MemoryRunStore()
    let scene = Scene(store, MemoryEventStream(), depthLimit: 4)
    try scene.register(
      "echo", [Bench.task("say", kind: .emit, ["topic": "shout", "payload": 1])],
      trigger: .event(topic: "shout", when: nil))
    scene.run()
    _ = try await scene.engine.start(StartRequest(workflow: "echo"))
    var starts = 0
    while true {
      let report = await scene.nextReport()
      if case .answered(_, .started) = report {
        starts += 1
        continue
      }
      guard case .refused(_, let why) = report else {
        Issue.record("\(String(describing: report))")
        break
      }
      #expect(why.contains("5 runs have started each other, the last of them of echo"), "\(why)")
      break
    }
    #expect(starts == 4)
    await scene.end()
    #expect(try await store.runs(RunQuery()).map(\.depth).sorted() == [0, 1, 2, 3, 4])
  }

  @Test func aWorkflowThatIsAPartOfItselfComesToRest() async throws {
    let store = MemoryRunStore()
    let scene = Scene(store, MemoryEventStream(), depthLimit: 3)
    try scene.register("deep", [Bench.task("again", kind: .workflow, ["workflow": "deep"])])
    let run = try await scene.engine.start(StartRequest(workflow: "deep")).run
    let record = try await scene.engine.wait(for: run)
    #expect(record.state == .failed)
    #expect(record.reason.contains("4 runs have started each other"), "\(record.reason)")
    await scene.end()
    #expect(try await store.count(RunQuery()) == 4)
  }
}
