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
}
