import Foundation
import MillraceTesting
import Synchronization
import Testing

@testable import MillraceWorkflow

@Suite struct TriggerEventTests {
  private let clock = ManualWallClock()
  private let store = MemoryRunStore()
  private let starter = RecordingStarter()
  private let stream = MemoryEventStream()

  private func withRunner(
    _ source: TriggerDefinition.Source, input: Template = ["e": "${event}"],
    report: (@Sendable (TriggerReport) -> Void)? = nil,
    metric: @escaping @Sendable () -> Double = { 0 },
    _ body: () async throws -> Void
  ) async throws {
    var configuration = TriggerRunner.Configuration()
    configuration.wallClock = clock
    configuration.stream = stream
    configuration.metrics = ["load": metric]
    configuration.report = report
    let runner = TriggerRunner(starter: starter, store: store, configuration: configuration)
    var trigger = TriggerDefinition(name: "t", source: source)
    trigger.input = input
    try runner.add(trigger, of: "w")
    let task = Task { try await runner.run() }
    do { try await body() } catch {
      task.cancel()
      _ = await task.result
      throw error
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(clock.nextWake == nil)
  }

  private func append(_ id: String, topic: String = "orders", _ payload: String) async throws {
    _ = try await stream.append(
      [OutboxEvent(id: id, topic: topic, key: "k", payload: Payload(Array(payload.utf8)))], whenFull: .error)
  }

  @Test func eventsStartRunsOnce() async throws {
    let source = TriggerDefinition.Source.event(topic: "orders", when: try Expression("event.payload.n > 1"))
    try await append("a", #"{"n": 2}"#)
    try await append("b", #"{"n": 1}"#)
    try await withRunner(source) {
      await starter.wait(forCalls: 1)
      try await append("c", #"{"n": 3}"#)
      await starter.wait(forCalls: 2)
    }
    try await append("d", #"{"n": 4}"#)
    try await withRunner(source) { await starter.wait(forCalls: 3) }
    #expect(await starter.occasions == ["t@a", "t@c", "t@d"])
    #expect(
      await starter.requests[1].input == ["e": ["id": "c", "topic": "orders", "key": "k", "payload": ["n": 3]]])
  }

  @Test func eventThatMakesNoSenseIsReportedAndPassedOver() async throws {
    let reports = Mutex<[TriggerReport]>([])
    let source = TriggerDefinition.Source.event(topic: "orders", when: try Expression("event.payload.n > 1"))
    try await append("bad", "{")
    try await append("worse", #"{"m": 1}"#)
    try await append("good", #"{"n": 2}"#)
    let remember: @Sendable (TriggerReport) -> Void = { report in reports.withLock { $0.append(report) } }
    try await withRunner(source, report: remember) {
      await starter.wait(forCalls: 1)
      // Acknowledged after the report.
      while try await stream.consumers(of: "orders")[0].lag > 0 { await Task.yield() }
    }
    #expect(await starter.occasions == ["t@good"])
    let refused = reports.withLock { $0.compactMap { if case .refused(let id, _) = $0.kind { id } else { nil } } }
    #expect(refused == ["bad", "worse"])
  }

  @Test func anotherWorkflowsEnd() async throws {
    func end(_ workflow: String, _ state: RunState, _ number: UInt64) async throws {
      var record = RunRecord(
        id: RunID(high: 0, low: number), workflow: workflow, definition: ContentHash(of: []), state: state,
        createdAt: clock.now, deadline: .distantFuture)
      record.result = Payload(["rows": 5])
      _ = try await stream.append([RunEnd.event(record)], whenFull: .error)
    }
    try await end("extract", .failed, 1)
    try await end("other", .completed, 2)
    try await end("extract", .completed, 3)
    try await withRunner(
      .workflow(name: "extract", states: [.completed]), input: ["rows": "${event.payload.result.rows}"]
    ) {
      await starter.wait(forCalls: 1)
    }
    #expect(await starter.occasions == ["t@\(RunID(high: 0, low: 3))/1"])
    #expect(await starter.requests[0].input == ["rows": 5])
  }

  @Test func workflowThatStartsItselfIsRefused() {
    var configuration = TriggerRunner.Configuration()
    configuration.stream = stream
    let runner = TriggerRunner(starter: starter, store: store, configuration: configuration)
    let trigger = TriggerDefinition(name: "t", source: .workflow(name: "w", states: []))
    #expect(throws: WorkflowError.self) { try runner.add(trigger, of: "w") }
  }

  /// Each would be asked for without end.
  @Test func settingsThatMakeNoSenseAreRefused() {
    let threshold = TriggerDefinition.Source.threshold(metric: "load", above: 1, below: nil)
    let file = TriggerDefinition.Source.file(folder: "/in", pattern: "*")
    let cases: [(TriggerDefinition.Source, String, (inout TriggerRunner.Configuration) -> Void)] = [
      (threshold, "samplePeriod to be a microsecond or more; found 0.0 seconds", { $0.samplePeriod = .zero }),
      (threshold, "samplePeriod to be a microsecond or more; found -1.0 seconds", { $0.samplePeriod = .seconds(-1) }),
      (threshold, "hysteresis to be a fraction of 0 or more; found -0.5", { $0.hysteresis = -0.5 }),
      (threshold, "hysteresis to be a fraction of 0 or more; found nan", { $0.hysteresis = .nan }),
      (file, "folderPeriod to be a microsecond or more; found 0.0 seconds", { $0.folderPeriod = .zero }),
      (file, "settlingTime to be 0 or more; found -1.0 seconds", { $0.settlingTime = .seconds(-1) }),
    ]
    for (source, message, change) in cases {
      var configuration = TriggerRunner.Configuration()
      configuration.metrics = ["load": { 0 }]
      change(&configuration)
      let runner = TriggerRunner(starter: starter, store: store, configuration: configuration)
      let error = #expect(throws: WorkflowError.self) {
        try runner.add(TriggerDefinition(name: "t", source: source), of: "w")
      }
      #expect(error?.place == "w.triggers.t")
      #expect(error?.message.hasSuffix(message) == true, "\(error?.message ?? "")")
    }
  }

  // MARK: Thresholds

  @Test func eachCrossingStartsOneRun() async throws {
    let samples: [Double] = [50, 91, 95, 89, 91, 80, 92, .nan, 99]
    let next = Mutex(samples[...])
    let source = TriggerDefinition.Source.threshold(metric: "load", above: 90, below: nil)
    let metric: @Sendable () -> Double = { next.withLock { $0.popFirst() ?? 99 } }
    try await withRunner(source, metric: metric) {
      for _ in samples {
        await clock.waitForSleepers(2)
        clock.advance(by: .seconds(15))
      }
      await clock.waitForSleepers(2)
    }
    // Still above when it begins anew: no crossing.
    try await withRunner(source, metric: metric) { await clock.waitForSleepers(2) }
    #expect(await starter.occasions == ["t@crossing 1", "t@crossing 2"])
  }

  /// The process ends at a write around a crossing, and the metric is back before the next one begins: what crosses then is another occasion.
  @Test(arguments: [FaultyRunStore.Fault.endBefore, .endAfter], 0...2)
  func aCrossingAfterACrashHasANumberOfItsOwn(_ fault: FaultyRunStore.Fault, at point: Int) async throws {
    let samples: [Double] = [50, 91, 80, 80, 95, 80, 80]
    let next = Mutex(samples[...])
    var trigger = TriggerDefinition(name: "t", source: .threshold(metric: "load", above: 90, below: nil))
    trigger.input = ["value": "${event.value}"]
    for base in [FaultyRunStore(store, at: point, fault) as any RunStore, store] {
      var configuration = TriggerRunner.Configuration()
      configuration.wallClock = clock
      configuration.metrics = ["load": { next.withLock { $0.popFirst() ?? 0 } }]
      let runner = TriggerRunner(starter: starter, store: base, configuration: configuration)
      try runner.add(trigger, of: "w")
      let task = Task { try await runner.run() }
      // The first process sees the first crossing, and what comes of it.
      while next.withLock({ $0.count }) > (base is MemoryRunStore ? 0 : 5) {
        if let wake = clock.nextWake { clock.set(to: wake) }
        await Task.yield()
      }
      if let faulty = base as? FaultyRunStore, point < 2 { await faulty.waitForFault() }
      task.cancel()
      _ = await task.result
    }
    let values = await starter.requests.map(\.input)
    #expect(values.contains(["value": 95.0]), "\(values)")
    #expect(values.count <= 2)
  }

  @Test func thresholdsHaveMargins() {
    var watch = ThresholdWatch()
    func sample(_ value: Double, _ margin: Double = 0.1) -> Bool {
      watch.sample(value, above: 100, below: -100, margin: margin)
    }
    #expect([99, 100, 101, 120, 95, 101].map { sample($0) } == [false, false, true, false, false, false])
    // Back by a tenth, then out on the other side, and straight back to this one.
    #expect([89, 101, -101, -95, -89, 150].map { sample($0) } == [false, true, true, false, false, true])
    #expect(watch.crossings == 4)
    // Without a margin the threshold itself is back.
    #expect([100, 101].map { sample($0, 0) } == [false, true])
  }
}
