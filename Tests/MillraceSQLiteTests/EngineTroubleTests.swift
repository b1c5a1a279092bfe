#if Workflow
  import Foundation
  import GRDB
  import MillraceSQLite
  import MillraceTesting
  import MillraceWorkflow
  import Synchronization
  import Testing

  /// What becomes of an engine's runs while their database cannot be written: they wait, and it says why; nothing is lost.
  @Suite struct EngineTroubleTests {
    /// Is told of trouble.
    private final class Troubles: RunObserver, Sendable {
      private let state = Mutex((reasons: [String](), waiters: [CheckedContinuation<Void, Never>]()))

      func observe(_ observation: RunObservation) {
        guard case .entry(let entry) = observation.kind, entry.kind == "store trouble" else { return }
        let waiters = state.withLock { state in
          state.reasons.append(entry.reason)
          defer { state.waiters = [] }
          return state.waiters
        }
        for waiter in waiters { waiter.resume() }
      }

      /// The first.
      func wait() async -> String {
        await withCheckedContinuation { continuation in
          let isThere = state.withLock { state in
            if state.reasons.isEmpty { state.waiters.append(continuation) }
            return !state.reasons.isEmpty
          }
          if isThere { continuation.resume() }
        }
        return state.withLock { $0.reasons[0] }
      }
    }

    private static func engine(_ store: SQLiteRunStore, _ troubles: Troubles) throws -> WorkflowEngine {
      var configuration = WorkflowEngine.Configuration()
      configuration.observers = [troubles]
      configuration.handlers = [
        SwiftFunctions(["long": { _, _ in .string(String(repeating: "x", count: 100_000)) }])
      ]
      let engine = WorkflowEngine(store: store, configuration: configuration)
      var flow = WorkflowDefinition(name: "flow")
      for index in 0..<5 {
        var task = TaskDefinition(name: "t\(index)", kind: "swift")
        task.input = ["function": "long"]
        if index > 0 { task.needs = ["t\(index - 1)"] }
        flow.tasks.append(task)
      }
      try engine.register(flow)
      return engine
    }

    /// Stands for a full disk, and for one that has space again.
    @Test func aFullDatabaseHoldsRunsUpAndLosesNothing() async throws {
      let folder = try Folder()
      let troubles = Troubles()
      let full = try SQLiteRunStore(path: folder.database, maximumPages: 100)
      let first = try Self.engine(full, troubles)
      let run = try await first.start(StartRequest(workflow: "flow")).run
      #expect(await troubles.wait().contains("no space is left for the database: free some"))
      let before = try #require(try await full.load(run))
      #expect(before.record.state == .running)
      await first.shutdown(grace: .zero)
      try await full.close()

      let store = try SQLiteRunStore(path: folder.database)
      #expect(try await store.load(run)?.record.revision == before.record.revision)
      let second = try Self.engine(store, troubles)
      try await second.resumeRuns()
      #expect(try await second.wait(for: run).state == .completed)
      let ends = try await store.history(of: run).filter { $0.kind == "step succeeded" }.map(\.step)
      #expect(ends == ["t0", "t1", "t2", "t3", "t4"])
      await second.shutdown()
      try await store.close()
    }

    @Test func aLockedDatabaseHoldsRunsUpUntilItIsFree() async throws {
      let folder = try Folder()
      let troubles = Troubles()
      let store = try SQLiteRunStore(path: folder.database, busyTimeout: .milliseconds(1))
      let engine = try Self.engine(store, troubles)
      var configuration = Configuration()
      configuration.allowsUnsafeTransactions = true
      let other = try DatabaseQueue(path: folder.database, configuration: configuration)
      let run = try await engine.start(StartRequest(workflow: "flow")).run
      try await other.writeWithoutTransaction { db in
        // Somebody else's turn comes at last.
        while true {
          do { return try db.execute(sql: "BEGIN IMMEDIATE") } catch let error as DatabaseError {
            guard error.resultCode == .SQLITE_BUSY else { throw error }
          }
        }
      }
      if try await store.load(run)?.record.state != .completed {
        #expect(await troubles.wait().contains("another process keeps the database locked"))
      }
      try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
      #expect(try await engine.wait(for: run).state == .completed)
      await engine.shutdown()
      try await store.close()
      try other.close()
    }
  }
#endif
