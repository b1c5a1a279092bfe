#if Workflow
  import Foundation
  import MillracePrimitives
  import MillraceSQLite
  import MillraceWorkflow
  import Synchronization
  import Testing

  /// Two processes drive the runs of one database; one of them is killed.
  ///
  /// The long form: `MILLRACE_CRASHES=50 swift test --traits Workflow --filter SQLiteSharingTests`.
  @Suite(.serialized) struct SQLiteSharingTests {
    private static let crashes = ProcessInfo.processInfo.environment["MILLRACE_CRASHES"].flatMap { Int($0) } ?? 2

    @Test func whatAKilledProcessLeavesIsTakenOver() async throws {
      for round in 0..<Self.crashes {
        let folder = try Folder()
        var random = SplitMix64(seed: UInt64.random(in: .min ... .max))
        let seed = random
        let limit = 1 + random.index(below: 40)
        let survivor = try Sharer(folder.path, name: "survivor")
        try await survivor.engine.resumeRuns()
        let isOver = Mutex(false)
        let path = folder.path
        var runs: [RunID] = [try await survivor.start("first")]
        let first = runs[0].description
        let victim = Task {
          await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = path as String, limit = limit as Int, first = first as String] in
            let victim = try Sharer(path, name: "victim", effectLimit: limit)
            try await victim.engine.resumeRuns()
            // Ended by its own hand, in the midst of something.
            try await victim.engine.wait(for: RunID(first)!) { _ in false }
          }
          isOver.withLock { $0 = true }
        }
        while !isOver.withLock({ $0 }) {
          let run = try await survivor.start("key \(runs.count)")
          runs.append(run)
          // As many as are ended: the victim has something to do for as long as it lives, and nobody is flooded.
          if runs.count % 20 == 0 { try await survivor.engine.wait(for: runs[runs.count / 2]) }
        }
        await victim.value
        for run in runs {
          let record = try await survivor.engine.wait(for: run)
          #expect(record.state == .completed, "\(record.reason)")
          let ends = try await survivor.store.history(of: run).filter { $0.kind == "step succeeded" }.map(\.step)
          #expect(ends.sorted() == ["one", "three", "two"], "crash \(round), \(seed)")
        }
        let effects = try survivor.effects()
        #expect(effects.count { $0.hasPrefix("victim") } >= limit)
        #expect(effects.contains { $0.hasPrefix("survivor") })
        // An attempt that was under way is made once more, and no other.
        let counts = Dictionary(grouping: effects.map { $0.drop { $0 != " " } }) { $0 }.mapValues(\.count)
        #expect(counts.count == runs.count * 3)
        #expect(counts.values.allSatisfy { $0 <= 2 })
        await survivor.engine.shutdown()
        try await survivor.store.close()
      }
    }

    @Test func aNameIsForOneLiveProcess() async throws {
      let folder = try Folder()
      let path = folder.path + "/runs.db"
      let first = try SQLiteRunStore(path: path, sharing: .leased)
      let second = try SQLiteRunStore(path: path, sharing: .leased)
      let names = [first.engineName, second.engineName]
      #expect(Set(names).count == 2)
      #expect(!names.contains(nil))
      try await first.close()
      let again = try SQLiteRunStore(path: path, sharing: .leased)
      #expect(again.engineName == names[0])
      #expect(try SQLiteRunStore(path: path, sharing: .visitor).engineName == nil)
      #expect(throws: WorkflowError.self) { try SQLiteRunStore(path: path, sharing: .exclusive) }
      try await again.close()
      try await second.close()
      let alone = try SQLiteRunStore(path: path, sharing: .exclusive)
      #expect(alone.engineName == nil)
      #expect(throws: WorkflowError.self) { try SQLiteRunStore(path: path, sharing: .leased) }
      try await alone.close()
    }
  }

  /// A process's engine, whose tasks write down that they were done.
  private struct Sharer {
    let store: SQLiteRunStore
    let engine: WorkflowEngine
    private let path: String

    init(_ path: String, name: String, effectLimit: Int = .max) throws {
      self.path = path
      store = try SQLiteRunStore(path: path + "/runs.db", sharing: .leased)
      let file = unsafe open(path + "/effects", O_WRONLY | O_CREAT | O_APPEND, 0o644)
      precondition(file >= 0, "no file for effects in \(path)")
      let made = Mutex(0)
      var configuration = WorkflowEngine.Configuration()
      var leasing = Leasing(owner: store.engineName)
      leasing.duration = .seconds(2)
      leasing.lookPeriod = .milliseconds(50)
      configuration.leasing = leasing
      configuration.handlers = [
        SwiftFunctions([
          "work": { input, context in
            let line = Array("\(name) \(context.run) \(context.step)\n".utf8)
            let count = unsafe line.withUnsafeBytes { unsafe write(file, $0.baseAddress, $0.count) }
            precondition(count == line.count, "an effect was not written")
            let number = made.withLock { made in
              made += 1
              return made
            }
            if number == effectLimit { kill(getpid(), SIGKILL) }
            return input
          }
        ])
      ]
      engine = WorkflowEngine(store: store, configuration: configuration)
      var definition = WorkflowDefinition(name: "work")
      definition.tasks = [Self.task("one", []), Self.task("two", ["one"]), Self.task("three", ["two"])]
      try engine.register(definition)
    }

    private static func task(_ name: String, _ needs: [String]) -> TaskDefinition {
      var task = TaskDefinition(name: name, kind: "swift")
      task.needs = needs
      task.input = Template(["function": "work"])
      return task
    }

    func start(_ key: String) async throws -> RunID {
      var request = StartRequest(workflow: "work")
      request.key = key
      return try await engine.start(request).run
    }

    func effects() throws -> [String] {
      try String(contentsOfFile: path + "/effects", encoding: .utf8).split(separator: "\n").map(String.init)
    }
  }
#endif
