#if Workflow
  import Foundation
  import GRDB
  import MillraceSQLite
  import MillraceTesting
  import MillraceWorkflow
  import Testing

  /// Databases that cannot be used, for a time or for good.
  @Suite struct SQLiteTroubleTests {
    private let clock = ManualWallClock()

    private func makeRecord(_ number: UInt64, payload: Int = 10) -> RunRecord {
      var record = RunRecord(
        id: RunID(high: number, low: 1), workflow: "w", definition: ContentHash(of: []), createdAt: clock.now,
        deadline: .distantFuture)
      record.payload = Payload([UInt8](repeating: UInt8(truncatingIfNeeded: number), count: payload))
      return record
    }

    private func start(_ number: UInt64, in store: SQLiteRunStore, payload: Int = 10) async throws -> CommitVerdict {
      try await store.commit([RunChange(record: makeRecord(number, payload: payload), expected: nil)])[0]
    }

    private func code(_ body: () async throws -> Void) async -> WorkflowError.Code? {
      do {
        try await body()
        return nil
      } catch let error as WorkflowError {
        // It says what to do, and where.
        #expect(error.message.count > 20)
        #expect(error.place?.hasSuffix("runs.db") == true)
        return error.code
      } catch {
        Issue.record("\(error)")
        return nil
      }
    }

    // MARK: Who may use it

    @Test func secondEngineIsRefused() async throws {
      let folder = try Folder()
      let first = try SQLiteRunStore(path: folder.database)
      #expect(await code { _ = try SQLiteRunStore(path: folder.database) } == .storeUnavailable)
      #expect(await code { _ = try SQLiteRunStore(path: folder.database, sharing: .leased) } == .storeUnavailable)
      try await first.close()
      let second = try SQLiteRunStore(path: folder.database, sharing: .leased)
      let third = try SQLiteRunStore(path: folder.database, sharing: .leased)
      #expect(await code { _ = try SQLiteRunStore(path: folder.database) } == .storeUnavailable)
      try await second.close()
      try await third.close()
      try await SQLiteRunStore(path: folder.database).close()
    }

    /// Two stores on one file, as two processes would have them.
    @Test func sharedDatabaseComparesAndSwaps() async throws {
      let folder = try Folder()
      let engine = try SQLiteRunStore(path: folder.database)
      let visitor = try SQLiteRunStore(path: folder.database, sharing: .visitor)
      let record = makeRecord(1)
      #expect(try await start(1, in: engine) == .committed)
      #expect(try await visitor.load(record.id)?.record == record)
      #expect(try await start(1, in: visitor) == .exists)
      var changes: [RunChange] = []
      for status in ["engine", "visitor"] {
        var next = record
        next.revision = record.revision.next
        next.status = status
        changes.append(RunChange(record: next, expected: record.revision))
      }
      async let first = engine.commit([changes[0]])
      async let second = visitor.commit([changes[1]])
      let verdicts = try await [first[0], second[0]]
      #expect(Set(verdicts) == [.committed, .conflict(record.revision.next)])
      let event = InboxEvent(id: "e", name: "n")
      #expect(try await visitor.deliver([(record.id, event)], durability: .processCrash) == [.accepted])
      #expect(try await engine.load(record.id)?.inbox == [event])
      try await visitor.close()
      #expect(try await start(2, in: engine) == .committed)
      try await engine.close()
    }

    @Test func lockedDatabaseIsSaidAndGoesOn() async throws {
      let folder = try Folder()
      let store = try SQLiteRunStore(path: folder.database, busyTimeout: .milliseconds(1))
      #expect(try await start(1, in: store) == .committed)
      var configuration = Configuration()
      configuration.allowsUnsafeTransactions = true
      let other = try DatabaseQueue(path: folder.database, configuration: configuration)
      try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
      #expect(await code { _ = try await start(2, in: store) } == .storeUnavailable)
      // Reading goes on.
      #expect(try await store.load(makeRecord(1).id) != nil)
      try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
      #expect(try await start(2, in: store) == .committed)
      #expect(try await store.count(RunQuery()) == 2)
      try await store.close()
      try other.close()
    }

    // MARK: Files that are not what they should be

    @Test(arguments: ["not a database, but long enough to be looked at: \(String(repeating: "x", count: 200))"])
    func fileOfAnotherKindIsRefused(text: String) async throws {
      let folder = try Folder()
      try text.write(toFile: folder.database, atomically: false, encoding: .utf8)
      #expect(await code { _ = try SQLiteRunStore(path: folder.database) } == .storeDamaged)
      #expect(try String(contentsOfFile: folder.database, encoding: .utf8) == text)
    }

    @Test func databaseOfSomethingElseIsRefused() async throws {
      let folder = try Folder()
      let other = try DatabaseQueue(path: folder.database)
      try await other.write { try $0.execute(sql: "CREATE TABLE runs (a)") }
      try other.close()
      #expect(await code { _ = try SQLiteRunStore(path: folder.database) } == .storeDamaged)
    }

    @Test func newerVersionIsRefused() async throws {
      let folder = try Folder()
      try await SQLiteRunStore(path: folder.database).close()
      let other = try DatabaseQueue(path: folder.database)
      try await other.write { try $0.execute(sql: "PRAGMA user_version = 1000") }
      try other.close()
      #expect(await code { _ = try SQLiteRunStore(path: folder.database) } == .storeDamaged)
    }

    @Test func aDatabaseOfTheFirstVersionIsBroughtUpToDate() async throws {
      let folder = try Folder()
      let new = try SQLiteRunStore(path: folder.database)
      #expect(try await start(1, in: new) == .committed)
      try await new.close()
      let old = try DatabaseQueue(path: folder.database)
      try await old.write {
        try $0.execute(
          sql: "DROP INDEX runs_kept; ALTER TABLE runs DROP COLUMN depth; PRAGMA user_version = 1")
      }
      try old.close()
      let store = try SQLiteRunStore(path: folder.database)
      #expect(try await store.load(makeRecord(1).id)?.record.depth == 0)
      #expect(try await start(2, in: store) == .committed)
      #expect(try await store.purge(finishedBefore: .distantFuture, workflow: "w", limit: 10) == 0)
      try await store.close()
    }

    @Test func missingFolderIsSaid() async throws {
      let folder = try Folder()
      #expect(
        await code { _ = try SQLiteRunStore(path: folder.path + "/no/runs.db") } == .storeUnavailable)
      #expect(
        await code { _ = try SQLiteRunStore(path: folder.path + "/no/runs.db", sharing: .visitor) }
          == .storeUnavailable)
    }

    @Test(.enabled(if: geteuid() != 0, "whom nothing is read-only for"))
    func readOnlyDatabaseIsSaidAndGoesOn() async throws {
      let folder = try Folder()
      let first = try SQLiteRunStore(path: folder.database)
      #expect(try await start(1, in: first) == .committed)
      try await first.close()
      unsafe chmod(folder.database, 0o444)
      #expect(await code { _ = try SQLiteRunStore(path: folder.database) } == .storeUnavailable)
      unsafe chmod(folder.database, 0o644)
      let second = try SQLiteRunStore(path: folder.database)
      #expect(try await second.load(makeRecord(1).id) != nil)
      #expect(try await start(2, in: second) == .committed)
      try await second.close()
    }

    /// Pages in the middle are overwritten: what is read of them is an error, not a crash; what can be read still can.
    @Test func damageIsSaid() async throws {
      let folder = try Folder()
      let store = try SQLiteRunStore(path: folder.database)
      for number in 1...200 { _ = try await start(UInt64(number), in: store, payload: 1000) }
      try await store.close()
      let file = try #require(FileHandle(forUpdatingAtPath: folder.database))
      let size = try file.seekToEnd()
      // All but the pages of the schema.
      for page in stride(from: 20 * 4096, to: size, by: 4096) {
        try file.seek(toOffset: page)
        try file.write(contentsOf: Data(repeating: 0x5A, count: 4096))
      }
      try file.close()
      let damaged = try SQLiteRunStore(path: folder.database)
      let codes = await [
        code { _ = try await damaged.runs(RunQuery()) }, code { _ = try await damaged.load(makeRecord(150).id) },
        code { _ = try await damaged.runsToResume(after: nil, limit: 1000) },
      ]
      #expect(codes == [.storeDamaged, .storeDamaged, .storeDamaged])
      try? await damaged.close()
    }

    // MARK: Space

    /// A page limit stands for a full disk: SQLite meets both in the same way.
    @Test func fullDatabaseIsSaidAndGoesOn() async throws {
      let folder = try Folder()
      let store = try SQLiteRunStore(path: folder.database, maximumPages: 100)
      var stored: [UInt64] = []
      var number: UInt64 = 0
      var found: WorkflowError.Code?
      while found == nil, number < 1000 {
        number += 1
        found = await code {
          if try await start(number, in: store, payload: 5000) == .committed { stored.append(number) }
        }
      }
      #expect(found == .storeUnavailable)
      // Nothing that was acknowledged is lost, and nothing else is there.
      #expect(try await store.count(RunQuery()) == stored.count)
      for number in stored { #expect(try await store.load(makeRecord(number).id) != nil) }
      // Space is free again: it goes on.
      var last = makeRecord(1, payload: 5000)
      last.revision = last.revision.next
      last.state = .completed
      last.finishedAt = clock.now
      last.payload = .empty
      #expect(try await store.commit([RunChange(record: last, expected: .first)]) == [.committed])
      #expect(try await start(2000, in: store) == .committed)
      try await store.close()
    }

    /// One of several calls that share a transaction fails: the others do not.
    @Test func oneFailureLeavesTheOthers() async throws {
      let folder = try Folder()
      let store = try SQLiteRunStore(path: folder.database, maximumPages: 100)
      let verdicts = await withTaskGroup(of: Bool.self) { group in
        for number in 0..<20 {
          // Every other one cannot fit.
          group.addTask {
            let payload = number % 2 == 0 ? 10 : 1_000_000
            return (try? await start(UInt64(number), in: store, payload: payload)) == .committed
          }
        }
        return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      #expect(verdicts == 10)
      #expect(try await store.count(RunQuery()) == 10)
      try await store.close()
    }

    // MARK: Deleted data

    /// Many runs, whose pages are split, joined and freed: then none of the files has the text.
    @Test func deletedDataIsInNoFile() async throws {
      let folder = try Folder()
      let secret = Array("Rumpelstiltskin".utf8)
      let store = try SQLiteRunStore(path: folder.database, clock: clock)
      var generator = SystemRandomNumberGenerator()
      var erased: [RunID] = []
      for number in 0..<120 {
        let hasSecret = number % 3 == 0
        let text = hasSecret ? String(decoding: secret, as: UTF8.self) : "innocent"
        var record = makeRecord(UInt64.random(in: .min ... .max, using: &generator))
        record.key = "\(text) \(number)"
        record.idempotencyKey = "\(text) \(number)"
        for step in 0..<6 {
          record.payload = Payload(Array(String(repeating: text, count: Int.random(in: 1...300)).utf8))
          record.reason = text
          var change = RunChange(record: record, expected: step == 0 ? nil : Revision(record.revision.number - 1))
          var stored = StepRecord(name: "\(text) \(step % 3)")
          stored.output = record.payload
          change.steps = [stored]
          change.history = [HistoryEntry(at: clock.now, kind: text, step: text, reason: text)]
          change.timers = [TimerRecord(name: "\(text) \(step)", due: clock.now)]
          change.inbox = [InboxEvent(id: "\(text) \(step)", name: text, payload: record.payload)]
          change.outbox = [OutboxEvent(id: text, topic: text, key: text, payload: record.payload)]
          if step > 2 { change.takenEvents = ["\(text) \(step - 2)"] }
          if step == 5 {
            change.record.state = .completed
            change.record.finishedAt = clock.now
          }
          #expect(try await store.commit([change]) == [.committed])
          record.revision = record.revision.next
        }
        if hasSecret { erased.append(record.id) }
      }
      func filesWithSecret() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { name in
          let data = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/" + name))
          return data.range(of: Data(secret)) != nil
        }
      }
      #expect(try !filesWithSecret().isEmpty)
      for id in erased { #expect(try await store.eraseData(of: id) != nil) }
      #expect(try filesWithSecret() == [])
      #expect(try await store.count(RunQuery()) == 120)
      try await store.close()
      #expect(try filesWithSecret() == [])
    }
  }
#endif
