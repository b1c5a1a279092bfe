#if Workflow
  import Foundation
  import MillraceSQLite
  import MillraceTesting
  import MillraceWorkflow
  import Testing

  /// Deletes the data of runs with all that the engine has made of it, and looks for it in the files.
  @Suite struct SQLiteErasureTests {
    private let folder: Folder
    private let store: SQLiteRunStore
    private let stream: SQLiteEventStream
    private let engine: WorkflowEngine
    private let clock = ManualWallClock(now: SystemWallClock().now)

    init() throws {
      folder = try Folder()
      store = try SQLiteRunStore(path: folder.database, clock: clock)
      stream = try SQLiteEventStream(path: folder.database)
      var configuration = WorkflowEngine.Configuration()
      configuration.handlers = [SwiftFunctions(["echo": { input, _ in input }])]
      configuration.stream = stream
      engine = WorkflowEngine(store: store, configuration: configuration)
      try engine.register(Self.workflow("part"))
      var whole = Self.workflow("whole")
      var wait = TaskDefinition(name: "wait", kind: "wait")
      wait.input = ["event": "word"]
      var part = TaskDefinition(name: "part", kind: "workflow")
      part.input = ["workflow": "part", "parameters": ["name": "${parameters.name}"]]
      part.needs = ["wait"]
      whole.tasks += [wait, part]
      try engine.register(whole)
    }

    /// Keeps a result for others, and tells the world.
    private static func workflow(_ name: String) -> WorkflowDefinition {
      var definition = WorkflowDefinition(name: name)
      definition.parameters = [ParameterDefinition(name: "name", type: .string)]
      var echo = TaskDefinition(name: "echo", kind: "swift")
      echo.input = ["function": "echo", "name": "${parameters.name}"]
      echo.cache = CachePolicy()
      var tell = TaskDefinition(name: "tell", kind: "emit")
      tell.input = ["topic": "names", "key": "${parameters.name}", "payload": "${tasks.echo.name}"]
      definition.tasks = [echo, tell]
      definition.outputs = ["name": "${tasks.echo.name}"]
      return definition
    }

    private static let secret = "Rumpelstiltskin"

    private func run(_ name: String) async throws -> RunID {
      var request = StartRequest(workflow: "whole", input: ["name": .string(name)])
      request.key = name
      request.idempotencyKey = "for \(name)"
      let run = try await engine.start(request).run
      let word = InboxEvent(id: "word of \(name)", name: "word", payload: Payload(["said": .string(name)]))
      #expect(try await engine.send(word, to: run) == .accepted)
      #expect(try await engine.wait(for: run).state == .completed)
      return run
    }

    /// Until all that runs have told has reached the stream.
    private func waitForRelay() async throws {
      while try await !store.outbox(after: 0, limit: 1).isEmpty { await Task.yield() }
    }

    private func filesWithSecret() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { name in
        let data = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/" + name))
        return data.range(of: Data(Self.secret.utf8)) != nil
      }
    }

    private func names() async throws -> Set<String> {
      let page = try await stream.read("names", by: StreamConsumer("test"), after: 0, limit: 1000)
      return Set(page.events.map(\.event.key))
    }

    @Test func whatWasDeletedIsInNoFile() async throws {
      var secrets: [RunID] = []
      for number in 0..<12 {
        let run = try await run(number % 3 == 0 ? "\(Self.secret) \(number)" : "innocent \(number)")
        if number % 3 == 0 { secrets.append(run) }
      }
      try await waitForRelay()
      #expect(try !filesWithSecret().isEmpty)

      for run in secrets {
        let report = try await engine.erase(run, includingParts: true)
        #expect(report.runs.count == 2)
        #expect(report.runs[0].run == run)
        for part in report.runs {
          #expect(part.payloadBytes > 0)
          #expect(part.steps >= 2)
          #expect(part.historyEntries > 2)
        }
        // The word, and the end of the part.
        #expect(report.runs[0].inboxEvents == 2)
        // Each has kept a result, and told its name and its end.
        #expect(report.cachedResults == 2)
        #expect(report.cachedResultBytes > 2 * Self.secret.utf8.count)
        #expect(report.streamEvents == 4)
        #expect(!report.isNothing)
        #expect(try await engine.erase(run, includingParts: true).isNothing)
        #expect(try await engine.record(of: run)?.state == .dataDeleted)
      }
      #expect(try filesWithSecret() == [])

      // Nothing of the others is missing.
      #expect(try await names().count == 8)
      #expect(try await store.documents(in: "results", after: nil, limit: 100).count == 16)
      var query = RunQuery()
      query.states = [.completed]
      #expect(try await store.count(query) == 16)
      await engine.shutdown()
      try await stream.close()
      try await store.close()
      #expect(try filesWithSecret() == [])
    }

    @Test func partsAreDeletedOnlyWhenThatIsAsked() async throws {
      let run = try await run(Self.secret)
      try await waitForRelay()
      let report = try await engine.erase(run)
      #expect(report.runs.map(\.run) == [run])
      #expect(report.cachedResults == 1)
      #expect(report.streamEvents == 2)
      var query = RunQuery()
      query.parent = run
      let part = try #require(try await store.runs(query).first)
      #expect(try part.result.value() == ["name": .string(Self.secret)])
      // Later the rest.
      #expect(try await engine.erase(run, includingParts: true).runs.count == 2)
      await engine.shutdown()
      #expect(try filesWithSecret() == [])
      try await stream.close()
      try await store.close()
    }

    @Test func aRunThatHasNotEndedKeepsItsData() async throws {
      var request = StartRequest(workflow: "whole", input: ["name": "Ada"])
      request.key = "Ada"
      let run = try await engine.start(request).run
      try await engine.wait(for: run) { $0.state == .waiting }
      let error = await #expect(throws: WorkflowError.self) { try await engine.erase(run) }
      #expect(error?.code == .impossible)
      #expect(error?.message.contains("cancel it first") == true)
      #expect(try await engine.record(of: run)?.key == "Ada")
      #expect(try await store.documents(in: "results", after: nil, limit: 100).count == 1)
      let unknown = await #expect(throws: WorkflowError.self) { try await engine.erase(RunID(high: 1, low: 1)) }
      #expect(unknown?.code == .unknownRun)
      await engine.shutdown()
      try await stream.close()
      try await store.close()
    }

    /// Nobody could renew a lease meanwhile. The data is gone for whoever reads, and from the files when nobody shares them any more.
    @Test func filesAreNotWrittenAnewUntilLeasesEnd() async throws {
      let run = try await run(Self.secret)
      try await waitForRelay()
      let lease = try #require(try await store.acquireLease(role: "r", owner: "o", duration: .microseconds(1_000_000)))
      for number in 0..<200 {
        let name = DocumentName("many", "\(number)")
        _ = try await store.setDocument(name, to: Payload(["n": "\(number)"]), expected: nil, durability: .processCrash)
      }
      // As long as it is about to end: there is no time for even the smallest database.
      clock.set(to: lease.expires.advanced(by: .microseconds(-1)))
      let error = await #expect(throws: WorkflowError.self) { try await store.eraseData(of: run) }
      #expect(error?.code == .storeUnavailable)
      #expect(error?.message.contains("longer than the leases last") == true, "\(error?.message ?? "")")
      #expect(try await store.load(run)?.record.state == .dataDeleted)
      try await store.releaseLease(lease)
      #expect(try await engine.erase(run, includingParts: true).runs.count == 2)
      #expect(try filesWithSecret() == [])
      await engine.shutdown()
      try await stream.close()
      try await store.close()
    }
  }
#endif
