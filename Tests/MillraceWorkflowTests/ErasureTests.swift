import Millrace
import MillraceTesting
import MillraceWorkflow
import Synchronization
import Testing

/// What deleting a run's data reaches besides the run: see also `SQLiteErasureTests`.
@Suite struct ErasureTests {
  private static func engine(_ store: any RunStore, _ stream: any EventStream) throws -> WorkflowEngine {
    var configuration = WorkflowEngine.Configuration()
    configuration.handlers = [SwiftFunctions(["echo": { input, _ in input }])]
    configuration.stream = stream
    let engine = WorkflowEngine(store: store, configuration: configuration)
    var flow = WorkflowDefinition(name: "flow")
    flow.parameters = [ParameterDefinition(name: "name", type: .string)]
    flow.tasks = [
      Bench.task("keep", ["name": "${parameters.name}"]) { $0.cache = CachePolicy() },
      Bench.task("say", kind: .emit, ["topic": "names", "payload": "${tasks.keep.name}"]),
    ]
    try engine.register(flow)
    return engine
  }

  private static func run(_ name: String, _ engine: WorkflowEngine) async throws -> RunID {
    let run = try await engine.start(StartRequest(workflow: "flow", input: ["name": .string(name)])).run
    try await engine.wait(for: run)
    return run
  }

  /// One that another run has used belongs to who has made it.
  @Test func aKeptResultGoesWithTheRunThatHasMadeIt() async throws {
    let store = MemoryRunStore()
    let engine = try Self.engine(store, MemoryEventStream())
    let (maker, user) = (try await Self.run("Ada", engine), try await Self.run("Ada", engine))
    #expect(try await engine.erase(user).cachedResults == 0)
    #expect(try await store.documents(in: "results", after: nil, limit: 10).count == 1)
    #expect(try await engine.erase(maker).cachedResults == 1)
    #expect(try await store.documents(in: "results", after: nil, limit: 10).isEmpty)
    await engine.shutdown()
  }

  /// Events that have not been relayed yet are deleted in the outbox, and are never relayed.
  @Test func whatIsOnItsWayIsDeletedToo() async throws {
    let store = MemoryRunStore()
    let stream = MemoryEventStream(capacity: 1)
    // Nobody ever reads on: all but the first event stay in the outbox.
    _ = try await stream.read("names", by: StreamConsumer("dead"), after: nil, limit: 1)
    let engine = try Self.engine(store, stream)
    let runs = [try await Self.run("Ada", engine), try await Self.run("Grace", engine)]
    var told = 0
    for run in runs {
      let report = try await engine.erase(run)
      told += report.streamEvents + report.runs[0].outboxEvents
    }
    // The names; of the ends the stream keeps one.
    #expect((2...4).contains(told))
    #expect(try await store.outbox(after: 0, limit: 10).isEmpty)
    await engine.shutdown()
    #expect(try await stream.read("names", by: StreamConsumer("test"), after: 0, limit: 10).events.isEmpty)
  }

  /// Cut short at any write, and done again: all is gone.
  @Test(arguments: [FaultyRunStore.Fault.endBefore, .endAfter, .refuse, .lose])
  func cutShortItCanBeDoneAgain(_ fault: FaultyRunStore.Fault) async throws {
    for point in 0... {
      let store = MemoryRunStore()
      let stream = MemoryEventStream()
      let first = try Self.engine(store, stream)
      let run = try await Self.run("Ada", first)
      await first.shutdown()
      let faulty = FaultyRunStore(store, at: point, fault)
      let second = try Self.engine(faulty, stream)
      _ = try? await second.erase(run)
      await second.shutdown()
      let third = try Self.engine(store, stream)
      _ = try await third.erase(run)
      #expect(try await third.erase(run).isNothing)
      #expect(try await store.load(run)?.record.state == .dataDeleted, "\(fault) at write \(point)")
      #expect(try await store.documents(in: "results", after: nil, limit: 10).isEmpty)
      #expect(try await stream.read("names", by: StreamConsumer("c"), after: 0, limit: 10).events.isEmpty)
      await third.shutdown()
      if !faulty.hasHappened {
        #expect(point > 1)
        break
      }
    }
  }

  // MARK: Several engines

  private static func member(
    _ name: String, _ fleet: Fleet, _ stream: any EventStream, store: (any RunStore)? = nil
  ) throws -> WorkflowEngine {
    var configuration = WorkflowEngine.Configuration()
    configuration.handlers = [SwiftFunctions(["echo": { input, _ in input }])]
    configuration.stream = stream
    configuration.wallClock = fleet.clock
    configuration.leasing = fleet.leasing(name)
    let engine = WorkflowEngine(store: store ?? fleet.store, configuration: configuration)
    var child = WorkflowDefinition(name: "child")
    child.tasks = [Bench.task("say", kind: .emit, ["topic": "names", "payload": "Ada"])]
    child.outputs = ["name": "Ada"]
    var flow = WorkflowDefinition(name: "flow")
    flow.tasks = [Bench.task("part", kind: .workflow, ["workflow": "child"]) { $0.timeout = .seconds(86_400) }]
    flow.outputs = ["part": "${tasks.part}"]
    flow.deadline = .seconds(30 * 86_400)
    try engine.register(child)
    try engine.register(flow)
    return engine
  }

  /// Ended, and not yet handed on: the engine that does that looks when time passes.
  @Test func whoWaitsForTheEndOfARunIsToldBeforeItIsDeleted() async throws {
    let fleet = Fleet()
    let stream = MemoryEventStream()
    let (a, b) = (try Self.member("a", fleet, stream), try Self.member("b", fleet, stream))
    try await fleet.add(a)
    try await fleet.add(b)
    for _ in 0..<3 { await fleet.pass() }
    #expect(a.relaysOutbox && !b.relaysOutbox)
    let run = try await b.start(StartRequest(workflow: "flow")).run
    var query = RunQuery()
    query.parent = run
    query.states = [.completed]
    var child: RunID?
    while child == nil {
      child = try await fleet.store.runs(query).first?.id
      await Task.yield()
    }
    #expect(try await !fleet.store.outbox(after: 0, limit: 9).isEmpty)
    let report = try await b.erase(child!)
    #expect(report.runs.count == 1)
    try await fleet.finish(run)
    let record = try #require(try await fleet.store.load(run)?.record)
    #expect(try record.result.value() == ["part": ["name": "Ada"]], "\(record.reason)")
    #expect(try await stream.read("names", by: StreamConsumer("c"), after: 0, limit: 9).events.isEmpty)
    await fleet.shutdown()
  }

  /// A store whose outbox, once it holds a topic, is given out only when it may be.
  private final class StandingOutbox: ForwardingRunStore {
    let base: any RunStore
    let read = Gate()
    let goOn = Gate()
    let acknowledged = Gate()

    init(_ base: any RunStore) { self.base = base }

    func outbox(after sequence: Int64, limit: Int) async throws -> [SequencedEvent] {
      let events = try await base.outbox(after: sequence, limit: limit)
      if events.contains(where: { $0.event.topic == "names" }) {
        read.open()
        await goOn.wait()
      }
      return events
    }

    func acknowledgeOutbox(through sequence: Int64) async throws {
      try await base.acknowledgeOutbox(through: sequence)
      acknowledged.open()
    }
  }

  /// The other engine has read the events, and tells the world after they have been deleted.
  @Test func whatAnotherEngineIsAboutToTellIsDeletedToo() async throws {
    let fleet = Fleet()
    let stream = MemoryEventStream()
    let standing = StandingOutbox(fleet.store)
    let a = try Self.member("a", fleet, stream, store: standing)
    let b = try Self.member("b", fleet, stream)
    try await fleet.add(a)
    try await fleet.add(b)
    for _ in 0..<3 { await fleet.pass() }
    #expect(a.relaysOutbox && !b.relaysOutbox)
    let run = try await b.start(StartRequest(workflow: "child")).run
    while try await fleet.store.load(run)?.record.state.isFinal != true { await fleet.pass(.milliseconds(10)) }
    while try await fleet.store.outbox(after: 0, limit: 9).isEmpty { await Task.yield() }
    let passing = Task {
      while !Task.isCancelled {
        fleet.clock.advance(by: .milliseconds(10))
        await Task.yield()
      }
    }
    await standing.read.wait()
    passing.cancel()
    await passing.value
    _ = try await b.erase(run)
    standing.goOn.open()
    await standing.acknowledged.wait()
    for topic in ["names", "millrace.run-ended"] {
      #expect(try await stream.read(topic, by: StreamConsumer("c"), after: 0, limit: 9).events.isEmpty)
    }
    await fleet.shutdown()
  }
}
