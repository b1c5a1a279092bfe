#if Workflow
  import Foundation
  import GRDB
  import MillraceSQLite
  import MillraceWorkflow
  import Testing

  /// A copy that was made while an engine drove the runs is a database like any: what the operator's guide says.
  @Suite struct SQLiteBackupTests {
    private static func definition() -> WorkflowDefinition {
      var definition = WorkflowDefinition(name: "ask")
      var ask = TaskDefinition(name: "ask", kind: "wait")
      ask.input = ["event": "answer"]
      definition.tasks = [ask]
      return definition
    }

    @Test func aCopyOfALivingDatabaseGoesOn() async throws {
      let folder = try Folder()
      let (path, copy) = (folder.path + "/runs.db", folder.path + "/copy.db")
      let store = try SQLiteRunStore(path: path)
      let engine = WorkflowEngine(store: store)
      try engine.register(Self.definition())
      try await engine.resumeRuns()
      let run = try await engine.start(StartRequest(workflow: "ask")).run
      try await engine.wait(for: run) { $0.state == .waiting }
      // As `sqlite3 runs.db "VACUUM INTO 'copy.db'"` does, in another connection.
      try await DatabaseQueue(path: path).writeWithoutTransaction { database in
        try database.execute(sql: "VACUUM INTO ?", arguments: [copy])
      }
      #expect(try await engine.send(InboxEvent(id: "1", name: "answer"), to: run) == .accepted)
      #expect(try await engine.wait(for: run).state == .completed)
      await engine.shutdown()
      try await store.close()

      // The copy is as things were then, and the run is gone on with from there.
      let restored = try SQLiteRunStore(path: copy)
      let second = WorkflowEngine(store: restored)
      try second.register(Self.definition())
      try await second.resumeRuns()
      #expect(try await second.record(of: run)?.state == .waiting)
      #expect(try await second.send(InboxEvent(id: "1", name: "answer"), to: run) == .accepted)
      #expect(try await second.wait(for: run).state == .completed)
      await second.shutdown()
      try await restored.close()
    }
  }
#endif
