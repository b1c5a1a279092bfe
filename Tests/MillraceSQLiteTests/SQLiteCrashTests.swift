#if Workflow
  import Foundation
  import MillracePrimitives
  import MillraceSQLite
  import MillraceTesting
  import MillraceWorkflow
  import Testing

  /// A process that commits is killed at a random moment: what it was told is stored, is; and no change is there in part.
  ///
  /// The long form: `MILLRACE_CRASHES=200 swift test --traits Workflow --filter 'SQLiteCrashTests|EngineCrashTests|PowerLossTests'`.
  @Suite struct SQLiteCrashTests {
    private static let crashes = ProcessInfo.processInfo.environment["MILLRACE_CRASHES"].flatMap { Int($0) } ?? 5

    @Test func acknowledgedChangesSurviveKill() async throws {
      var folder = try Folder()
      var stored = 0
      var total = 0
      for round in 0..<Self.crashes {
        // On one database several times: it recovers from what it has recovered from.
        if round % 10 == 0 {
          folder = try Folder()
          stored = 0
        }
        let path = folder.path
        let seed = UInt64.random(in: .min ... .max)
        await #expect(processExitsWith: .signal(SIGKILL)) {
          [path = path as String, round = round as Int, seed = seed as UInt64] in
          try await Victim(path: path, round: round, seed: seed).run()
        }
        let count = try await Acknowledgements(path: path).check()
        #expect(count >= stored, "after crash \(round), seed \(seed)")
        total += count - stored
        stored = count
      }
      // Crashes that all came before the first change would show nothing.
      #expect(total > 0)
    }
  }

  /// The process that dies.
  private struct Victim {
    let path: String
    let round: Int
    let seed: UInt64

    func run() async throws {
      let acknowledged = unsafe open(path + "/acknowledged", O_WRONLY | O_CREAT | O_APPEND, 0o644)
      precondition(acknowledged >= 0, "no file for acknowledgements in \(path)")
      let store = try SQLiteRunStore(path: path + "/runs.db")
      // The first may come before the first commit, the last after some thousands.
      var random = SplitMix64(seed: seed)
      let end = ContinuousClock.now.advanced(by: .microseconds(random.index(below: 150_000)))
      Thread {
        while ContinuousClock.now < end { sched_yield() }
        kill(getpid(), SIGKILL)
      }.start()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for (place, durability) in (Durability.allCases + Durability.allCases).enumerated() {
          group.addTask { try await commit(to: store, place, durability, acknowledged) }
        }
        try await group.waitForAll()
      }
    }

    /// Changes one run, and writes down each revision that was acknowledged.
    private func commit(
      to store: SQLiteRunStore, _ place: Int, _ durability: Durability, _ acknowledged: Int32
    ) async throws {
      var record = RunRecord(
        id: RunID(high: UInt64(round), low: UInt64(place)), workflow: "w", definition: ContentHash(of: []),
        createdAt: Timestamp(microseconds: 0), deadline: .distantFuture)
      var expected: Revision?
      while true {
        let time = Timestamp(microseconds: 0)
        var change = RunChange(record: record, expected: expected, durability: durability)
        let number = "\(record.revision)"
        change.steps = [StepRecord(name: number)]
        change.history = [HistoryEntry(at: time, kind: number)]
        change.timers = [TimerRecord(name: number, due: time)]
        change.inbox = [InboxEvent(id: number, name: "n")]
        change.outbox = [OutboxEvent(id: number, topic: "t", key: "\(record.id)")]
        let verdicts = try await store.commit([change])
        precondition(verdicts == [.committed], "\(verdicts)")
        let line = Array("\(record.id) \(number)\n".utf8)
        let count = unsafe line.withUnsafeBytes { unsafe write(acknowledged, $0.baseAddress, $0.count) }
        precondition(count == line.count, "an acknowledgement was not written")
        expected = record.revision
        record.revision = record.revision.next
      }
    }
  }

  /// What was written down before the process died, against what is stored.
  private struct Acknowledgements {
    let path: String

    /// - Returns: how many changes are stored.
    func check() async throws -> Int {
      var acknowledged: [RunID: Int] = [:]
      // No file: it died before its first line.
      let text = (try? String(contentsOfFile: path + "/acknowledged", encoding: .utf8)) ?? ""
      for line in text.split(separator: "\n") {
        let words = line.split(separator: " ")
        let run = try #require(RunID(String(words[0])))
        let revision: Int = try #require(Int(words[1]))
        acknowledged[run] = revision
      }
      let store = try SQLiteRunStore(path: path + "/runs.db")
      var query = RunQuery()
      query.limit = .max
      var stored: [RunID: Int] = [:]
      for record in try await store.runs(query) {
        let revision = Int(record.revision.number)
        stored[record.id] = revision
        let run = try #require(try await store.load(record.id))
        let history = try await store.history(of: record.id)
        let expected: [String] = (1...revision).map { "\($0)" }
        #expect(history.map(\.kind) == expected, "the history of \(record.id)")
        #expect(run.inbox.map(\.id) == expected, "the inbox of \(record.id)")
        #expect(run.steps.count == revision && run.timers.count == revision, "rows of \(record.id)")
      }
      for (run, revision) in acknowledged {
        // One change may have been stored whose acknowledgement did not come to paper.
        let found = stored[run] ?? 0
        #expect(found == revision || found == revision + 1, "\(run): \(revision) was acknowledged")
      }
      for (run, revision) in stored { #expect(revision <= (acknowledged[run] ?? 0) + 1, "\(run)") }
      let events = Dictionary(grouping: try await store.outbox(after: 0, limit: .max), by: \.run)
      for (run, revision) in stored {
        let told: [String] = events[run, default: []].map(\.event.id)
        let expected: [String] = (1...revision).map { "\($0)" }
        #expect(told == expected, "the outbox of \(run)")
      }
      try await store.close()
      return stored.values.reduce(0, +)
    }
  }
#endif
