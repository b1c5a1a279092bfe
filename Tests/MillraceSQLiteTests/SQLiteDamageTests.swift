#if Workflow
  import Foundation
  import MillracePrimitives
  import MillraceSQLite
  import MillraceTesting
  import MillraceWorkflow
  import Testing

  /// Databases in which bytes have changed, at random places and in several ways: whatever is done with them is an answer or a `WorkflowError`, never the end of the process.
  ///
  /// The long form: `MILLRACE_DAMAGES=5000 swift test --traits Workflow --filter SQLiteDamageTests`.
  @Suite struct SQLiteDamageTests {
    private static let damages =
      ProcessInfo.processInfo.environment["MILLRACE_DAMAGES"].flatMap { UInt64($0) } ?? 60

    private static func fill(_ path: String) async throws -> [RunID] {
      let store = try SQLiteRunStore(path: path)
      var ids: [RunID] = []
      for number in UInt64(0)..<40 {
        let time = Timestamp(microseconds: Int64(number) * 1_000_000)
        var record = RunRecord(
          id: RunID(high: number, low: 1), workflow: "w\(number % 3)", definition: ContentHash(of: []),
          key: "k\(number)",
          idempotencyKey: "i\(number)", payload: Payload(.string(String(repeating: "p", count: Int(number) * 50))),
          createdAt: time, deadline: .distantFuture)
        record.state = number % 4 == 0 ? .completed : .waiting
        if number % 4 == 0 { record.finishedAt = time }
        var change = RunChange(record: record, expected: nil)
        change.steps = [StepRecord(name: "a", state: .succeeded), StepRecord(name: "b", state: .running)]
        change.history = [HistoryEntry(at: time, kind: "started"), HistoryEntry(at: time, kind: "x", step: "a")]
        change.timers = [TimerRecord(name: "deadline", due: time)]
        change.inbox = [InboxEvent(id: "e", name: "n", payload: Payload(1))]
        change.outbox = [OutboxEvent(id: "o", topic: "t", key: "k", payload: Payload(2))]
        #expect(try await store.commit([change]) == [.committed])
        ids.append(record.id)
      }
      _ = try await store.setDocument(DocumentName("c", "k"), to: Payload(3), expected: nil, durability: .processCrash)
      try await store.close()
      return ids
    }

    private static func damage(_ bytes: inout [UInt8], _ random: inout SplitMix64) {
      switch random.index(below: 5) {
      case 0:
        for _ in 0...random.index(below: 4) { bytes[random.index(below: bytes.count)] ^= 1 << random.index(below: 8) }
      case 1:
        for _ in 0..<50 + random.index(below: 1000) {
          bytes[random.index(below: bytes.count)] = UInt8(truncatingIfNeeded: random.next())
        }
      case 2: bytes.removeLast(random.index(below: bytes.count))
      case 3:
        let start = random.index(below: bytes.count)
        for place in start..<min(bytes.count, start + 20_000) { bytes[place] = 0 }
      default:
        let (from, to) = (random.index(below: bytes.count / 4096), random.index(below: bytes.count / 4096))
        bytes.replaceSubrange(to * 4096..<(to + 1) * 4096, with: bytes[from * 4096..<(from + 1) * 4096])
      }
    }

    @Test func damagedDatabasesAreAnsweredOrRefused() async throws {
      let folder = try Folder()
      let ids = try await Self.fill(folder.database)
      let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.database)))
      var (answers, refusals) = (0, 0)
      for seed in 0..<Self.damages {
        var random = SplitMix64(seed: seed)
        var bytes = whole
        Self.damage(&bytes, &random)
        let damaged = try Folder()
        try Data(bytes).write(to: URL(fileURLWithPath: damaged.database))
        let id = ids[random.index(below: ids.count)]
        func attempt(_ body: () async throws -> Void) async {
          do {
            try await body()
            answers += 1
          } catch let error as WorkflowError {
            refusals += 1
            // It says what is wrong, and where.
            #expect(error.message.count > 20 && error.place != nil, "seed \(seed): \(error)")
          } catch {
            Issue.record("seed \(seed): \(error)")
          }
        }
        await attempt {
          let store = try SQLiteRunStore(path: damaged.database)
          await attempt { _ = try await store.runs(RunQuery()) }
          await attempt { _ = try await store.load(id) }
          await attempt { _ = try await store.history(of: id) }
          await attempt { _ = try await store.runsToResume(after: nil, limit: 100) }
          await attempt { _ = try await store.dueRuns(at: .distantFuture, limit: 100) }
          await attempt { _ = try await store.earliestTimer() }
          await attempt { _ = try await store.outbox(after: 0, limit: 100) }
          await attempt { _ = try await store.document(DocumentName("c", "k")) }
          await attempt {
            _ = try await store.deliver([(run: id, event: InboxEvent(id: "f", name: "n"))], durability: .powerLoss)
          }
          await attempt {
            guard var record = try await store.load(id)?.record else { return }
            let expected = record.revision
            record.revision = expected.next
            _ = try await store.commit([RunChange(record: record, expected: expected)])
          }
          await attempt { _ = try await store.eraseData(of: id) }
          await attempt { _ = try await store.purge(finishedBefore: .distantFuture, workflow: nil, limit: 10) }
          try await store.close()
        }
      }
      #expect(answers > 0 && refusals > 0)
      if Self.damages > 60 { print("\(Self.damages) damaged databases: \(answers) answers, \(refusals) refusals") }
    }
  }
#endif
