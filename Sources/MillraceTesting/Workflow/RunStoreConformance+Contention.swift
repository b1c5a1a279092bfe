import MillraceWorkflow
import Synchronization

/// Clauses 3, 5, 6, 7, 8 and 11, when many call at the same time.
extension RunStoreConformance {
  static let contentionCases = [
    Case(clause: 3, name: "one of many changes wins", body: oneChangeWins),
    Case(clause: 5, name: "one of many starts wins", body: oneStartWins),
    Case(clause: 6, name: "one of many deliveries wins", body: oneDeliveryWins),
    Case(clause: 7, name: "a reader of the outbox misses nothing", body: readerMissesNothing),
    Case(clause: 8, name: "one of many owners wins", body: oneOwnerWins),
    Case(clause: 11, name: "one of many writers of a document wins", body: oneWriterWins),
  ]

  private static let callers = 8

  /// What each of the callers gets.
  private static func all<Result: Sendable>(
    _ body: @escaping @Sendable (Int) async throws -> Result
  ) async throws -> [Result] {
    try await withThrowingTaskGroup(of: (Int, Result).self) { group in
      for caller in 0..<callers { group.addTask { (caller, try await body(caller)) } }
      var results: [Int: Result] = [:]
      for try await (caller, result) in group { results[caller] = result }
      return (0..<callers).map { results[$0]! }
    }
  }

  private static func oneChangeWins(_ trial: Trial) async throws {
    let store = trial.store
    var record = try await trial.start(trial.record())
    let rounds = 25
    for round in 0..<rounds {
      let changes = (0..<callers).map { caller in
        trial.change(record) {
          $0.record.status = "\(caller)"
          $0.history = [HistoryEntry(at: trial.clock.now, kind: "\(round)", step: "\(caller)")]
          $0.outbox = [OutboxEvent(id: "\(round)/\(caller)", topic: "t", key: "")]
        }
      }
      let verdicts = try await all { try await store.commit([changes[$0]])[0] }
      let winners = verdicts.indices.filter { verdicts[$0] == .committed }
      trial.expectEqual(winners.count, 1, "winners of round \(round), of which the verdicts are \(verdicts)")
      guard let winner = winners.first else { return }
      for (caller, verdict) in verdicts.enumerated() where caller != winner {
        trial.expectEqual(verdict, .conflict(record.revision.next), "verdict of a loser of round \(round)")
      }
      record = changes[winner].record
      trial.expectEqual(try await trial.look(record.id)?.record, record, "the record after round \(round)")
    }
    trial.expectEqual(
      try await store.history(of: record.id).map(\.kind), (0..<rounds).map { "\($0)" }, "the history, of winners only")
    trial.expectEqual(try await store.outbox(after: 0, limit: 1000).count, rounds, "events of winners in the outbox")
  }

  private static func oneStartWins(_ trial: Trial) async throws {
    let store = trial.store
    for round in 0..<10 {
      let records = (0..<callers).map { _ in
        round % 2 == 0
          ? trial.record(idempotencyKey: "\(round)") : trial.record(key: "\(round)", holdsKey: true)
      }
      let verdicts = try await all { try await store.commit([RunChange(record: records[$0], expected: nil)])[0] }
      let winners = verdicts.indices.filter { verdicts[$0] == .committed }
      trial.expectEqual(winners.count, 1, "winners of round \(round), of which the verdicts are \(verdicts)")
      guard let winner = winners.first else { return }
      let lost: CommitVerdict = round % 2 == 0 ? .duplicate(records[winner].id) : .keyHeld(records[winner].id)
      trial.expect(
        verdicts.filter { $0 == lost }.count == callers - 1, "all others to be answered with \(lost), not \(verdicts)")
      trial.expectEqual(try await store.count(RunQuery()), round + 1, "runs after round \(round)")
    }
  }

  private static func oneDeliveryWins(_ trial: Trial) async throws {
    let store = trial.store
    let run = try await trial.start(trial.record()).id
    for round in 0..<Trial.limits.unreadEvents {
      let verdicts = try await all { _ in
        try await store.deliver([(run, InboxEvent(id: "\(round)", name: "n"))], durability: .processCrash)[0]
      }
      trial.expectEqual(verdicts.filter { $0 == .accepted }.count, 1, "accepted events of one id")
      trial.expectEqual(verdicts.filter { $0 == .duplicate }.count, callers - 1, "duplicates of it")
    }
    trial.expectEqual(
      try await trial.look(run)?.inbox.map(\.id), (0..<Trial.limits.unreadEvents).map { "\($0)" }, "the inbox")
  }

  private static func readerMissesNothing(_ trial: Trial) async throws {
    let store = trial.store
    let rounds = 40
    let records = (0..<callers).map { _ in trial.record() }
    for record in records { try await trial.start(record) }
    let isOver = Flag()
    let reader = Task {
      var read: [SequencedEvent] = []
      while true {
        // Asked first: what is acknowledged by then shows.
        let isLast = isOver.isSet
        let page = try await store.outbox(after: read.last?.sequence ?? 0, limit: 5)
        read += page
        if page.isEmpty, isLast { return read }
        await Task.yield()
      }
    }
    _ = try await all { caller in
      var record = records[caller]
      for round in 0..<rounds {
        let expected = record.revision
        record.revision = expected.next
        var change = RunChange(record: record, expected: expected)
        change.outbox = [OutboxEvent(id: "\(round)", topic: "t", key: "\(caller)")]
        _ = try await store.commit([change])
      }
    }
    isOver.set()
    let all = try await store.outbox(after: 0, limit: 10_000)
    trial.expectEqual(all.count, rounds * callers, "events")
    trial.expectEqual(
      try await reader.value.map(\.sequence), all.map(\.sequence), "events that a reader saw meanwhile")
    for caller in 0..<callers {
      trial.expectEqual(
        all.filter { $0.event.key == "\(caller)" }.map(\.event.id), (0..<rounds).map { "\($0)" },
        "events of one run, in order")
    }
  }

  private static func oneOwnerWins(_ trial: Trial) async throws {
    let store = trial.store
    var token: Int64 = .min
    for round in 0..<15 {
      let leases = try await all {
        try await store.acquireLease(role: "r", owner: "\(round) \($0)", duration: .seconds(5))
      }
      let winners = leases.compactMap { $0 }
      trial.expectEqual(winners.count, 1, "owners of a role in round \(round)")
      guard let lease = winners.first else { return }
      trial.expect(lease.token > token, "a greater token than \(token), not \(lease.token)")
      token = lease.token
      trial.clock.advance(by: .seconds(5))
    }
  }

  private static func oneWriterWins(_ trial: Trial) async throws {
    let store = trial.store
    let name = DocumentName("c", "k")
    var expected: Revision?
    for round in 0..<15 {
      let seen = expected
      let verdicts = try await all {
        try await store.setDocument(name, to: Payload([UInt8($0)]), expected: seen, durability: .processCrash)
      }
      let winners = verdicts.indices.filter { verdicts[$0] }
      trial.expectEqual(winners.count, 1, "winners of round \(round)")
      let document = try await store.document(name)
      trial.expectEqual(
        document?.value, winners.first.map { Payload([UInt8($0)]) }, "the document after round \(round)")
      expected = document?.revision
    }
  }
}

private final class Flag: Sendable {
  private let value = Mutex(false)

  var isSet: Bool { value.withLock { $0 } }
  func set() { value.withLock { $0 = true } }
}
