import MillraceWorkflow

/// Clause 10.
extension RunStoreConformance {
  static let readingCases = [
    Case(clause: 10, name: "runs to resume, in pages", body: runsToResume),
    Case(clause: 10, name: "due runs, earliest first", body: dueRuns),
    Case(clause: 10, name: "runs of some shards", body: shards),
    Case(clause: 10, name: "runs, newest first, in pages", body: pages),
    Case(clause: 10, name: "runs by what is asked for", body: queries),
    Case(clause: 10, name: "what is not there", body: nothing),
    Case(clause: 10, name: "reading sees what was acknowledged", body: readingSeesCommits),
  ]

  private static func runsToResume(_ trial: Trial) async throws {
    var expected: [StoredRun] = []
    for round in 0..<40 {
      let state = RunState.allCases[round % 7]
      let record = try await trial.start(trial.record(state: state)) {
        $0.steps = [StepRecord(name: "a"), StepRecord(name: "b")]
        $0.timers = [TimerRecord(name: "t", due: trial.clock.now)]
      }
      var events: [InboxEvent] = []
      if round % 2 == 0, !state.isFinal {
        events = [InboxEvent(id: "e", name: "n", payload: Payload([UInt8(round)]))]
        _ = try await trial.deliver(events[0], to: record.id)
      }
      if state == .initiated || state == .running || state == .waiting && !events.isEmpty {
        expected.append(
          StoredRun(
            record: record, steps: [StepRecord(name: "a"), StepRecord(name: "b")],
            timers: [TimerRecord(name: "t", due: trial.clock.now)], inbox: events))
      }
    }
    try await trial.reopen()
    trial.expectEqual(
      try await trial.store.runsToResume(after: nil, limit: 1000).map(\.sorted), expected, "all runs to resume")
    for limit in [1, 3, 7] {
      var found: [StoredRun] = []
      while true {
        let page = try await trial.store.runsToResume(after: found.last?.record.id, limit: limit)
        trial.expect(page.count <= limit, "at most \(limit) runs on a page, not \(page.count)")
        if page.isEmpty || found.count > expected.count { break }
        found += page.map(\.sorted)
      }
      trial.expectEqual(found, expected, "runs to resume, in pages of \(limit)")
    }
    // The run has taken its event: it waits for nothing that is there.
    if let waiting = expected.first(where: { $0.record.state == .waiting }) {
      try await trial.advance(waiting.record) { $0.takenEvents = ["e"] }
      let ids = try await trial.store.runsToResume(after: nil, limit: 1000).map(\.record.id)
      trial.expect(!ids.contains(waiting.record.id), "a waiting run without events not among those to resume")
    }
  }

  private static func dueRuns(_ trial: Trial) async throws {
    let time = trial.clock.now
    func later(_ seconds: Int) -> Timestamp { time.advanced(by: .seconds(seconds)) }
    trial.expectEqual(try await trial.store.earliestTimer(), nil, "the earliest of no timers")
    var a = try await trial.start(trial.record(state: .waiting)) {
      $0.timers = [
        TimerRecord(name: "x", due: later(5)), TimerRecord(name: "y", due: later(1)),
        TimerRecord(name: "z", due: later(9)),
      ]
    }
    var b = try await trial.start(trial.record(state: .running)) { $0.timers = [TimerRecord(name: "x", due: later(3))] }
    let c = try await trial.start(trial.record(state: .paused)) { $0.timers = [TimerRecord(name: "x", due: later(0))] }
    let d = try await trial.start(trial.record(state: .completed)) {
      $0.timers = [TimerRecord(name: "x", due: later(0))]
    }
    let e = try await trial.start(trial.record(state: .initiated)) {
      $0.timers = [TimerRecord(name: "x", due: later(3))]
    }
    try await trial.reopen()
    func expectDue(_ seconds: Int, _ runs: [RunRecord], limit: Int = 100, _ what: String) async throws {
      let found = try await trial.store.dueRuns(at: later(seconds), limit: limit)
      trial.expectEqual(found, runs.map(\.id), "due runs \(what)")
    }
    trial.expectEqual(try await trial.store.earliestTimer(), later(1), "the earliest timer")
    try await expectDue(0, [], "before the earliest")
    try await expectDue(1, [a], "at the earliest")
    try await expectDue(10, [a, b, e], "when all are due, those of one time in order of ids")
    try await expectDue(10, [a, b], limit: 2, "two of them")
    b = try await trial.advance(b, to: .paused)
    try await expectDue(10, [a, e], "without one that was paused")
    a = try await trial.advance(a) { $0.removedTimers = ["y"] }
    try await expectDue(10, [e, a], "when the earliest timer was removed")
    trial.expectEqual(try await trial.store.earliestTimer(), later(3), "the earliest timer when one was removed")
    b = try await trial.advance(b, to: .running)
    let resumed = try await trial.advance(c, to: .waiting)
    try await expectDue(10, [c, b, e, a], "when two were resumed")
    a = try await trial.advance(a) { $0.timers = [TimerRecord(name: "x", due: later(-7))] }
    try await expectDue(-7, [a], "when a timer was set anew")
    try await trial.advance(a, to: .failed)
    try await expectDue(10, [c, b, e], "without one that has ended")
    let again = try await trial.advance(d, to: .running)
    try await expectDue(0, [c, d], "with one that was begun again")
    try await endOfPause(trial, [resumed, again])
  }

  /// Of a paused run the timer that ends the pause counts, whether it was set before, with, or after the change that pauses; no other.
  private static func endOfPause(_ trial: Trial, _ others: [RunRecord]) async throws {
    let due = trial.clock.now.advanced(by: .seconds(1))
    func timers() -> [TimerRecord] {
      [TimerRecord(name: TimerRecord.resume, due: due), TimerRecord(name: "x", due: due)]
    }
    for other in others { try await trial.advance(other, to: .completed) }
    func dueRuns() async throws -> Set<RunID> {
      Set(try await trial.store.dueRuns(at: due.advanced(by: .seconds(3600)), limit: 100))
    }
    let before = try await dueRuns()
    var paused: [RunRecord] = []
    let early = try await trial.start(trial.record(state: .running)) { $0.timers = timers() }
    paused.append(try await trial.advance(early, to: .paused))
    paused.append(try await trial.start(trial.record(state: .paused)) { $0.timers = timers() })
    let late = try await trial.start(trial.record(state: .paused)) {
      $0.timers = [TimerRecord(name: "x", due: due)]
    }
    trial.expectEqual(try await dueRuns().subtracting(before), Set(paused.map(\.id)), "runs whose pause ends")
    paused.append(try await trial.advance(late) { $0.timers = timers() })
    try await trial.reopen()
    trial.expectEqual(try await dueRuns().subtracting(before), Set(paused.map(\.id)), "runs whose pause ends")
    trial.expectEqual(
      try await trial.store.dueRuns(at: due.advanced(by: .seconds(-1)), limit: 100).filter { !before.contains($0) }, [],
      "runs whose pause has not ended")
    // Resumed, all of them count; ended, none.
    paused[0] = try await trial.advance(paused[0], to: .running) { $0.removedTimers = [TimerRecord.resume] }
    paused[1] = try await trial.advance(paused[1], to: .cancelled)
    trial.expectEqual(
      try await dueRuns().subtracting(before), [paused[0].id, paused[2].id], "those of a run that goes on count")
  }

  /// Each run is in one shard of its workflow, whatever its hash; others' runs take no place on a page.
  private static func shards(_ trial: Trial) async throws {
    let due = trial.clock.now
    var all: [RunRecord] = []
    for hash in [0, 1, 2, 7, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFE, 0xFFFF_FFFF] as [UInt32] {
      for workflow in ["orders", "bills o'clock"] {
        var record = trial.record(workflow, state: hash % 2 == 0 ? .running : .waiting)
        record.shardHash = hash
        all.append(
          try await trial.start(record) {
            $0.timers = [TimerRecord(name: "t", due: due)]
            $0.inbox = [InboxEvent(id: "e", name: "n")]
          })
      }
    }
    try await trial.reopen()
    func found(_ shards: ShardSelection, limit: Int) async throws -> (resumed: [RunID], due: [RunID]) {
      var resumed: [RunID] = []
      while true {
        let page = try await trial.store.runsToResume(after: resumed.last, limit: limit, in: shards)
        if page.isEmpty || resumed.count > all.count { break }
        resumed += page.map(\.record.id)
      }
      return (resumed, try await trial.store.dueRuns(at: due, limit: limit, in: shards))
    }
    for total in [1, 2, 3, 8] {
      var seen: [RunID] = []
      for workflow in ["orders", "bills o'clock"] {
        for shard in 0..<total {
          let shards = ShardSelection(of: total, [workflow: [shard]])
          let expected = all.filter { $0.workflow == workflow && Int($0.shardHash) % total == shard }.map(\.id)
          for limit in [1, 2, 100] {
            let (resumed, due) = try await found(shards, limit: limit)
            trial.expectEqual(resumed, expected, "runs to resume of shard \(shard) of \(total), in pages of \(limit)")
            trial.expectEqual(due, Array(expected.prefix(limit)), "\(limit) due runs of shard \(shard) of \(total)")
          }
          seen += expected
        }
      }
      trial.expectEqual(seen.sorted(), all.map(\.id).sorted(), "runs of all \(total) shards together")
    }
    let several = ShardSelection(of: 8, ["orders": [0, 7], "bills o'clock": [1], "others": [0]])
    let expected = all.filter { several.contains(workflow: $0.workflow, shardHash: $0.shardHash) }.map(\.id)
    trial.expectEqual(try await found(several, limit: 100).resumed, expected, "runs to resume of several workflows")
    trial.expectEqual(try await found(several, limit: 100).due, expected, "due runs of several workflows")
    for none in [ShardSelection(of: 3), ShardSelection(of: 3, ["orders": []])] {
      let (resumed, due) = try await found(none, limit: 100)
      trial.expectEqual(resumed + due, [], "runs of no shards")
    }
    trial.expectEqual(
      try await trial.store.earliestTimer(after: due.advanced(by: .microseconds(-1))), due,
      "the earliest timer, if it is later")
    trial.expectEqual(
      try await trial.store.earliestTimer(after: due), nil, "the earliest timer after the last")
    try await trial.advance(all[0]) { $0.timers = [TimerRecord(name: "u", due: due.advanced(by: .seconds(1)))] }
    trial.expectEqual(
      try await trial.store.earliestTimer(after: due), due.advanced(by: .seconds(1)), "the next timer after the first")
  }

  private static func pages(_ trial: Trial) async throws {
    var all: [RunRecord] = []
    for round in 0..<30 { all.append(try await trial.start(trial.record(round % 3 == 0 ? "orders" : "bills"))) }
    all.reverse()
    for limit in [1, 4, 100] {
      for workflow in [nil, "orders", "bills"] as [String?] {
        var query = RunQuery()
        query.workflow = workflow
        query.limit = limit
        var found: [RunRecord] = []
        while found.count <= all.count {
          query.before = found.last?.id
          let page = try await trial.store.runs(query)
          trial.expect(page.count <= limit, "at most \(limit) runs on a page, not \(page.count)")
          if page.isEmpty { break }
          found += page
        }
        let expected = all.filter { workflow == nil || $0.workflow == workflow }
        trial.expectEqual(found.map(\.id), expected.map(\.id), "runs in pages of \(limit)")
        trial.expectEqual(found, expected, "records in pages of \(limit)")
        trial.expectEqual(try await trial.store.count(query), expected.count, "runs on all pages")
      }
    }
  }

  private static func queries(_ trial: Trial) async throws {
    let store = trial.store
    let start = trial.clock.now
    var first = trial.record("Orders", key: "Émile 50%_", state: .waiting)
    first.status = "Awaiting payment"
    first = try await trial.start(first)
    trial.clock.advance(by: .seconds(10))
    var second = trial.record("bills", key: "x", state: .running)
    second.parent = first.id
    second = try await trial.start(second)
    var failed = trial.change(second, to: .failed)
    failed.record.reason = "No Money"
    _ = try await trial.commit(failed)
    trial.clock.advance(by: .seconds(10))
    let third = try await trial.start(trial.record("bills", key: "y", state: .initiated))
    func expect(_ runs: [RunRecord], _ what: String, _ set: (inout RunQuery) -> Void) async throws {
      var query = RunQuery()
      set(&query)
      let found = try await store.runs(query)
      trial.expectEqual(found.map(\.id), runs.map(\.id), "runs by \(what)")
      trial.expectEqual(try await store.count(query), runs.count, "number of runs by \(what)")
    }
    try await expect([third, second, first], "nothing") { _ in }
    try await expect([third, second], "workflow") { $0.workflow = "bills" }
    try await expect([second, first], "states") { $0.states = [.failed, .waiting, .cancelled] }
    try await expect([third], "key") { $0.key = "y" }
    try await expect([second], "parent") { $0.parent = first.id }
    try await expect([third, second], "a time before") { $0.createdAfter = start }
    try await expect([second, first], "a time after") { $0.createdBefore = third.createdAt }
    try await expect([second], "the time of the end") { $0.finishedBefore = third.createdAt }
    try await expect([], "an earlier time of the end") { $0.finishedBefore = failed.record.finishedAt }
    try await expect([first], "a part of the workflow's name") { $0.text = "ORD" }
    try await expect([first], "a part of the key") { $0.text = "émile 50%_" }
    try await expect([], "what would be a pattern") { $0.text = "5_%" }
    try await expect([first], "a part of the status") { $0.text = "PAYMENT" }
    try await expect([second], "a part of the reason") { $0.text = "no m" }
    try await expect([third], "the beginning of the id") { $0.text = String("\(third.id)".prefix(14)).uppercased() }
    try await expect([second], "all of it") {
      $0.workflow = "bills"
      $0.states = [.failed]
      $0.key = "x"
      $0.text = "money"
      $0.parent = first.id
    }
  }

  private static func nothing(_ trial: Trial) async throws {
    let store = trial.store
    let id = trial.makeID()
    trial.expectEqual(try await store.load(id), nil, "a run that is not there")
    trial.expectEqual(try await store.history(of: id), [], "its history")
    trial.expectEqual(try await store.runs(RunQuery()), [], "all runs")
    trial.expectEqual(try await store.runsToResume(after: nil, limit: 9), [], "runs to resume")
    trial.expectEqual(
      try await store.runsToResume(after: id, limit: 9), [], "runs to resume after one that is not there")
    trial.expectEqual(try await store.dueRuns(at: .distantFuture, limit: 9), [], "due runs")
    trial.expectEqual(try await store.outbox(after: 0, limit: 9), [], "the outbox")
    trial.expectEqual(try await store.leases(), [], "leases")
    trial.expectEqual(try await store.eraseData(of: id), nil, "what is deleted of a run that is not there")
    trial.expectEqual(try await store.purge(finishedBefore: .distantFuture, workflow: nil, limit: 9), 0, "purged runs")
    try await store.acknowledgeOutbox(through: 100)
    try await trial.start(trial.record()) { $0.outbox = [OutboxEvent(id: "a", topic: "t", key: "")] }
    var query = RunQuery()
    query.limit = 0
    trial.expectEqual(try await store.runs(query), [], "a page without places")
    trial.expectEqual(
      try await store.runsToResume(after: nil, limit: 0), [], "runs to resume, on a page without places")
  }

  private static func readingSeesCommits(_ trial: Trial) async throws {
    var record = try await trial.start(trial.record())
    for _ in 0..<50 {
      record = try await trial.advance(record) { $0.history = [HistoryEntry(at: trial.clock.now, kind: "x")] }
      let store = trial.store
      let id = record.id
      // Another task each time: perhaps another connection.
      let seen = try await Task { (try await store.load(id)?.record, try await store.history(of: id).count) }.value
      trial.expectEqual(seen.0, record, "the record, right after it was stored")
      trial.expectEqual(
        Int64(seen.1), record.revision.number - 1, "entries of the history, right after they were stored")
    }
  }
}
