import MillraceTesting
import Synchronization
import Testing

@testable import MillraceWorkflow

/// What becomes of an event between being stored and being taken.
@Suite struct StoredEventTests {
  /// Three gates, one key.
  private static func gates(_ bench: Bench) throws {
    try bench.register(
      (1...3).map { number in
        Bench.task("w\(number)", kind: .wait, needs: number == 1 ? [] : ["w\(number - 1)"], ["event": "go"]) {
          $0.timeout = .seconds(3600)
        }
      })
  }

  /// However late a run is told of it.
  @Test func oneEventOpensOneGate() async throws {
    let bench = Bench()
    try Self.gates(bench)
    let run = try await bench.engine.start(StartRequest(workflow: "flow")).run
    for number in 1...2 {
      let event = InboxEvent(id: "\(number)", name: "go")
      #expect(try await bench.engine.send(event, to: run) == .accepted)
      await bench.engine.waitUntilIdle()
      // Others say so again: a letter that was long under way, a sender that was told nothing.
      try await bench.engine.bringAll(to: run)
      #expect(try await bench.engine.send(event, to: run) == .duplicate)
      await bench.engine.waitUntilIdle()
      while try await bench.states(run)["w\(number)"] != .succeeded { await Task.yield() }
      #expect(try await bench.states(run)["w\(number + 1)"] == .waiting)
    }
    await bench.engine.shutdown()
  }

  /// A store that cannot read for a moment, whenever something has been delivered.
  private final class Forgetful: ForwardingRunStore {
    let base: any RunStore
    private let failures = Mutex(0)
    let failed = Mutex(0)

    init(_ base: any RunStore) { self.base = base }

    func deliver(
      _ events: [(run: RunID, event: InboxEvent)], durability: Durability
    ) async throws -> [DeliveryVerdict] {
      let verdicts = try await base.deliver(events, durability: durability)
      failures.withLock { $0 = 3 }
      return verdicts
    }

    func load(_ id: RunID) async throws -> StoredRun? {
      let fails = failures.withLock { failures in
        defer { failures = max(0, failures - 1) }
        return failures > 0
      }
      if fails {
        failed.withLock { $0 += 1 }
        throw WorkflowError(.storeUnavailable, "as asked")
      }
      return try await base.load(id)
    }
  }

  @Test func anAcknowledgedEventIsActedUponWhenTheStoreCanBeReadAgain() async throws {
    let store = Forgetful(MemoryRunStore())
    let engine = WorkflowEngine(store: store)
    var definition = WorkflowDefinition(name: "flow")
    definition.tasks = [Bench.task("w", kind: .wait, ["event": "go"]) { $0.timeout = .seconds(3600) }]
    try engine.register(definition)
    let run = try await engine.start(StartRequest(workflow: "flow")).run
    await engine.waitUntilIdle()
    #expect(try await engine.send(InboxEvent(id: "1", name: "go"), to: run) == .accepted)
    var state = RunState.waiting
    while state != .completed {
      if let record = try? await engine.record(of: run) { state = record.state }
      await Task.yield()
    }
    #expect(store.failed.withLock { $0 } == 3)
    await engine.shutdown()
  }
}
