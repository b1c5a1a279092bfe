import Millrace
import MillraceConnectors
import MillraceTesting
import MillraceWorkflow
import Synchronization
import Testing

@Suite struct ConnectorRunnerTests {
  private let stream = MemoryEventStream()
  private let store = MemoryRunStore()
  private let reports: AsyncStream<ConnectorReport>
  private let configuration: ConnectorRunner.Configuration

  init() {
    let (reports, continuation) = AsyncStream.makeStream(of: ConnectorReport.self)
    self.reports = reports
    var configuration = ConnectorRunner.Configuration()
    configuration.retry.attempts = 3
    configuration.retry.backoff = .zero
    configuration.report = { continuation.yield($0) }
    self.configuration = configuration
  }

  private var letters: DeadLetters { DeadLetters(of: "c", store: store) }

  private func append(_ ids: Range<Int>, key: (Int) -> String = { "k\($0)" }) async throws {
    _ = try await stream.append(
      ids.map {
        OutboxEvent(id: "\($0)", topic: "t", key: key($0), payload: Payload(["number": .int(Int64($0))]))
      }, whenFull: .error)
  }

  private func runner(_ target: EventTarget, _ change: (inout ConnectorRunner.Configuration) -> Void = { _ in })
    -> ConnectorRunner
  {
    var configuration = configuration
    change(&configuration)
    return ConnectorRunner(
      "c", StreamSource(stream, topic: "t"), target: target, deadLetters: letters, configuration: configuration)
  }

  /// Runs until so many events are accepted or dead.
  private func run(_ runner: ConnectorRunner, until count: Int) async throws {
    let task = Task { try await runner.run() }
    var done = 0
    for await report in reports {
      switch report.kind {
      case .accepted, .died: done += 1
      case .waits, .troubled: break
      }
      if done == count { break }
    }
    // What is accepted is not yet acknowledged.
    while try await stream.consumers(of: "t").first?.lag != 0 { await Task.yield() }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  private func engine() throws -> WorkflowEngine {
    var configuration = WorkflowEngine.Configuration()
    configuration.handlers = [SwiftFunctions(["echo": { input, _ in input }])]
    let engine = WorkflowEngine(store: store, configuration: configuration)
    var definition = WorkflowDefinition(name: "w")
    definition.parameters = [ParameterDefinition(name: "number", type: .integer)]
    var task = TaskDefinition(name: "a", kind: "swift")
    task.input = ["function": "echo", "number": "${parameters.number}"]
    definition.tasks = [task]
    try engine.register(definition)
    return engine
  }

  private func numbers() async throws -> [Int] {
    var query = RunQuery()
    query.limit = 1000
    return try await store.runs(query).compactMap { run in
      guard case .int(let number)? = try run.payload.value()["number"] else { return nil }
      return Int(number)
    }.sorted()
  }

  @Test func eachEventStartsOneRunAlsoWhenItComesTwice() async throws {
    let engine = try engine()
    let target = EventTarget.runs(
      of: "w", input: ["number": "${event.payload.number}"], by: engine, connector: "c")
    try await append(0..<20)
    try await run(runner(target), until: 20)
    #expect(try await numbers() == Array(0..<20))
    try await stream.rewind("t", by: StreamConsumer("c"), to: 0)
    let again = runner(target)
    try await run(again, until: 20)
    #expect(again.status.accepted == 20)
    #expect(try await numbers() == Array(0..<20), "the same runs")
    await engine.shutdown(grace: .zero)
  }

  @Test func whatTheWorkflowRefusesIsADeadLetterAndOthersGoOn() async throws {
    let engine = try engine()
    try await append(0..<3)
    _ = try await stream.append(
      [
        OutboxEvent(id: "wrong", topic: "t", key: "k1", payload: Payload(["number": "seven"])),
        OutboxEvent(id: "broken", topic: "t", key: "k2", payload: Payload(Array("{".utf8))),
      ], whenFull: .error)
    try await append(3..<6, key: { "k\($0 % 3)" })
    let runner = runner(
      .runs(of: "w", input: ["number": "${event.payload.number}"], by: engine, connector: "c"))
    try await run(runner, until: 8)
    #expect(try await numbers() == Array(0..<6))
    #expect(runner.status.dead == 2)
    let dead = try await letters.letters()
    #expect(dead.map(\.event.id) == ["broken", "wrong"])
    #expect(dead[0].event.payload.bytes == Array("{".utf8))
    #expect(dead[1].reason.contains("number"), "\(dead[1].reason)")
    #expect(dead[1].place == "topic \"t\", offset 4")
    #expect(try await letters.remove("c@wrong"))
    #expect(try await letters.letters().map(\.event.id) == ["broken"])
    await engine.shutdown(grace: .zero)
  }

  @Test func anEventThatFailsIsTriedAsOftenAsThePolicySays() async throws {
    struct Broken: Error {}
    let attempts = Mutex<[String: Int]>([:])
    try await append(0..<6, key: { "k\($0 % 2)" })
    let order = Mutex<[String]>([])
    let runner = runner(
      EventTarget { event in
        attempts.withLock { $0[event.id, default: 0] += 1 }
        if event.id == "2" { throw Broken() }
        if event.id == "3", attempts.withLock({ $0["3"]! }) < 3 { throw TaskFailure(code: "HTTP 500", "no") }
        if event.id == "4" { throw TaskFailure(code: "HTTP 404", "no", isRetryable: false) }
        order.withLock { $0.append(event.id) }
      })
    try await run(runner, until: 6)
    #expect(attempts.withLock { $0 } == ["0": 1, "1": 1, "2": 3, "3": 3, "4": 1, "5": 1])
    #expect(try await letters.letters().map(\.event.id) == ["2", "4"])
    #expect(order.withLock { $0.filter { Int($0)! % 2 == 1 } } == ["1", "3", "5"], "the order of one key")
  }

  @Test func aDeadLetterIsOfferedAgainWhenSomebodyWantsIt() async throws {
    let isMended = Mutex(false)
    try await append(0..<3)
    let runner = runner(
      EventTarget { event in
        if event.id == "2" || !isMended.withLock({ $0 }) {
          throw TaskFailure(code: "HTTP 404", isMended.withLock { $0 } ? "still no" : "no", isRetryable: false)
        }
      }
    ) { $0.letterPeriod = .milliseconds(1) }
    try await run(runner, until: 3)
    #expect(try await letters.letters().map(\.event.id) == ["0", "1", "2"])
    isMended.withLock { $0 = true }
    for (name, isThere) in [("c@0", true), ("c@2", true), ("c@9", false)] {
      #expect(try await letters.retry(name) == isThere)
    }
    // Of another connector.
    let others = DeadLetters(of: "d", store: store)
    #expect(try await others.letters().isEmpty)
    let task = Task { try await runner.run() }
    while try await letters.letters().first(where: { $0.reason.contains("still no") }) == nil { await Task.yield() }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try await letters.letters().map(\.event.id) == ["1", "2"])
    #expect(runner.status.accepted == 1 && runner.status.dead == 3)
  }

  /// However often it is refused: it is not the event's fault.
  @Test func whatWillPassIsWaitedFor() async throws {
    let calls = Mutex(0)
    try await append(0..<1)
    let runner = runner(
      EventTarget { _ in
        let call = calls.withLock { calls in
          calls += 1
          return calls
        }
        if call < 50 {
          throw WorkflowError([.full, .unreachable, .storeUnavailable][call % 3], "not now")
        }
      })
    try await run(runner, until: 1)
    #expect(calls.withLock { $0 } == 50)
    var expected = ConnectorStatus()
    expected.accepted = 1
    #expect(runner.status == expected)
  }

  /// The process is between the start of the run and the acknowledgement.
  @Test func nothingIsLostOrDoneTwiceWhenAcknowledgingFails() async throws {
    let engine = try engine()
    try await append(0..<10)
    let source = ForgetfulSource(source: StreamSource(stream, topic: "t"))
    let runner = ConnectorRunner(
      "c", source,
      target: .runs(of: "w", input: ["number": "${event.payload.number}"], by: engine, connector: "c"),
      deadLetters: letters, configuration: configuration)
    try await run(runner, until: 20)
    #expect(source.failures.withLock { $0 } == 1)
    #expect(runner.status.accepted == 20)
    #expect(runner.status.troubles == 1)
    #expect(try await numbers() == Array(0..<10))
    await engine.shutdown(grace: .zero)
  }

  @Test func noMoreEventsThanTheLimitAreInHand() async throws {
    try await append(0..<40)
    let inHand = Mutex((now: 0, most: 0))
    let runner = runner(
      EventTarget { _ in
        inHand.withLock { inHand in
          inHand.now += 1
          inHand.most = max(inHand.most, inHand.now)
        }
        for _ in 0..<20 { await Task.yield() }
        inHand.withLock { $0.now -= 1 }
      }
    ) { $0.limit = 4 }
    try await run(runner, until: 40)
    #expect((1...4).contains(inHand.withLock { $0.most }))
  }

  @Test func eventsAreToldToRuns() async throws {
    let engine = WorkflowEngine(store: store)
    var definition = WorkflowDefinition(name: "w")
    var task = TaskDefinition(name: "a", kind: "wait")
    task.input = ["event": "paid"]
    definition.tasks = [task]
    try engine.register(definition)
    let id = try await engine.start(StartRequest(workflow: "w")).run
    _ = try await stream.append(
      [
        OutboxEvent(id: "1", topic: "t", key: "a", payload: Payload(["run": .string("\(id)")])),
        OutboxEvent(id: "2", topic: "t", key: "b", payload: Payload(["run": "none"])),
      ], whenFull: .error)
    try await run(
      runner(.letters("paid", to: Expression("event.payload.run"), by: engine)), until: 2)
    #expect(try await engine.wait(for: id).state == .completed)
    #expect(try await letters.letters().map(\.event.id) == ["2"])
    await engine.shutdown(grace: .zero)
  }

  @Test func theEndOfTheEngineEndsIt() async throws {
    let engine = try engine()
    await engine.shutdown(grace: .zero)
    try await append(0..<1)
    let runner = runner(
      .runs(of: "w", input: ["number": "${event.payload.number}"], by: engine, connector: "c"))
    await #expect { try await runner.run() } throws: { ($0 as? WorkflowError)?.code == .shutDown }
    #expect(try await letters.letters().isEmpty)
    #expect(try await stream.consumers(of: "t").map(\.lag) == [1], "it is still there")
  }
}

/// Fails to acknowledge once.
private final class ForgetfulSource: EventSource {
  let failures = Mutex(0)
  private let source: any EventSource

  init(source: any EventSource) { self.source = source }

  func subscribe(_ consumer: StreamConsumer) async throws -> any EventSubscription {
    Subscription(inner: try await source.subscribe(consumer), source: self)
  }

  struct Subscription: EventSubscription {
    let inner: any EventSubscription
    let source: ForgetfulSource

    func next(limit: Int) async throws -> [SourceEvent] { try await inner.next(limit: limit) }

    func acknowledge(_ count: Int) async throws {
      let isFirst = source.failures.withLock { failures in
        defer { failures = 1 }
        return failures == 0
      }
      if isFirst { throw WorkflowError(.unreachable, "gone") }
      try await inner.acknowledge(count)
    }

    func lag() async throws -> Int? { try await inner.lag() }
    func close() async { await inner.close() }
  }
}
