import MillraceWorkflow

/// Runs that go on, one after the other.
struct Fleet {
  private var runs: [RunRecord]
  private var next = 0

  init(_ runs: [RunRecord]) {
    self.runs = runs
  }

  private static let start = Timestamp(microseconds: 1_767_225_600_000_000)

  static func record(_ number: Int) -> RunRecord {
    var record = RunRecord(
      id: RunID(high: UInt64(number + 1) << 16, low: UInt64(number) &* 0x9E37_79B9_7F4A_7C15), workflow: "orders",
      definition: ContentHash(of: "orders".utf8), key: "customer \(number)", idempotencyKey: "request \(number)",
      state: .running, createdAt: start, deadline: start.advanced(by: .seconds(86_400)))
    record.payload = Payload([UInt8](repeating: 65, count: 200))
    return record
  }

  /// A new run with a step, a deadline and the first entry of its history.
  static func start(_ number: Int) -> RunChange {
    var change = RunChange(record: record(number), expected: nil)
    change.steps = [StepRecord(name: "charge", state: .running)]
    change.timers = [TimerRecord(name: "deadline", due: change.record.deadline)]
    change.history = [HistoryEntry(at: start, kind: "started")]
    return change
  }

  /// The next transitions, each of another run.
  mutating func changes(_ count: Int, _ durability: Durability = .processCrash) -> [RunChange] {
    (0..<count).map { _ in
      let place = next % runs.count
      next += 1
      let expected = runs[place].revision
      runs[place].revision = expected.next
      runs[place].updatedAt = Self.start.advanced(by: .microseconds(next))
      runs[place].attemptCount += 1
      var change = RunChange(record: runs[place], expected: expected, durability: durability)
      var step = StepRecord(name: "charge[\(next % 4)]", state: .succeeded)
      step.attempt = 1
      step.output = Payload([UInt8](repeating: 66, count: 100))
      step.startedAt = change.record.updatedAt
      step.finishedAt = change.record.updatedAt
      change.steps = [step]
      change.history = [HistoryEntry(at: change.record.updatedAt, kind: "attempt ended", step: step.name, attempt: 1)]
      change.outbox = [
        OutboxEvent(id: "\(next)", topic: "orders.charged", key: change.record.key, payload: step.output)
      ]
      return change
    }
  }
}
