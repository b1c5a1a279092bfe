#if Workflow
  import Foundation
  import Millrace
  import MillraceSQLite
  import MillraceWorkflow

  /// An engine on a database, with all built-in kinds of task.
  struct Session {
    let opened: OpenDatabase
    let engine: WorkflowEngine
    let stream: any EventStream
    let tasks: BuiltInTasks

    var store: SQLiteRunStore { opened.store }

    /// Opens the database, or complains.
    ///
    /// - Parameters:
    ///   - drives: it makes attempts. Without, changes are stored only.
    ///   - isMade: a missing database is made.
    ///   - sweeps: runs that ended long ago are deleted now and then.
    ///   - watch: adds observers, when the database is open.
    init(
      _ database: Database, _ tasks: BuiltInTasks, drives: Bool, isMade: Bool = false, sweeps: Bool = false,
      observers: [any RunObserver] = [],
      watch: (OpenDatabase, inout WorkflowEngine.Configuration) async throws -> Void = { _, _ in }
    ) async throws {
      self.tasks = tasks
      opened = try await database.open(drives ? .leased : .exclusive, isMade: isMade)
      let events = try SQLiteEventStream(path: database.path)
      stream = opened.codec.map { EncodedEventStream(events, codec: $0) } ?? events
      var configuration = WorkflowEngine.Configuration()
      configuration.stream = stream
      configuration.executor = tasks.executor
      configuration.handlers = tasks.kinds
      configuration.observers = observers
      do {
        try await watch(opened, &configuration)
      } catch {
        try? await stream.close()
        try? await opened.close()
        throw error
      }
      configuration.beginsAttempts = drives
      configuration.leasing = opened.store.engineName.map { Leasing(owner: $0) }
      if !sweeps { configuration.retention.period = nil }
      configuration.vault = opened.vault
      configuration.codec = opened.codec
      engine = WorkflowEngine(store: opened.store, memoryStore: MemoryRunStore(), configuration: configuration)
    }

    /// Lets what is under way come to its end for so long, and leaves the rest to the next start.
    func close(grace: Duration) async throws {
      await engine.shutdown(grace: grace)
      try await closeFiles()
      await tasks.executor.shutdown()
    }

    /// Does something, and ends the engine then, also when that fails: what is under way would look for the engine.
    func whileOpen<Result>(_ body: () async throws -> Result) async throws -> Result {
      do {
        let result = try await body()
        await engine.shutdown(grace: .zero)
        try await closeFiles()
        return result
      } catch {
        await engine.shutdown(grace: .zero)
        try? await closeFiles()
        throw error
      }
    }

    /// After the engine has been shut down: somebody else may drive the runs.
    func closeFiles() async throws {
      try await stream.close()
      try await store.close()
    }

    /// The definition with which a run was started; or nil.
    func definition(of record: RunRecord) async throws -> CheckedDefinition? {
      try await CheckedDefinition.stored(for: record, in: store, tasks)
    }
  }

  extension CheckedDefinition {
    /// The definition with which a run was started; nil if it is not there, or is none of these kinds.
    static func stored(
      for record: RunRecord, in store: any RunStore, _ tasks: BuiltInTasks
    ) async throws -> CheckedDefinition? {
      guard let document = try await store.document(DocumentName("definitions", "\(record.definition)")) else {
        return nil
      }
      return try? WorkflowDefinition(json: document.value.bytes).check(kinds: tasks.byName)
    }
  }
#endif
