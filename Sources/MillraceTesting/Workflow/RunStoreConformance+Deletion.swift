import MillraceWorkflow

/// Clause 12, and what is kept no longer.
extension RunStoreConformance {
  static let deletionCases = [
    Case(clause: 12, name: "deleted data is gone", body: deletedDataIsGone),
    Case(clause: 12, name: "only data of final runs is deleted", body: onlyFinalRuns),
    Case(clause: 12, name: "old runs are purged, oldest first", body: purging),
  ]

  private static func deletedDataIsGone(_ trial: Trial) async throws {
    let secret = "Rumpelstiltskin"
    func payload(_ name: String) -> Payload { Payload(["name": .string(name)]) }
    func plant(_ record: RunRecord, _ name: String) async throws -> RunRecord {
      let payload = payload(name)
      var record = record
      record.payload = payload
      record.reason = name
      record.traceparent = name
      record = try await trial.start(record) {
        var step = StepRecord(name: name, state: .succeeded)
        step.output = payload
        step.reason = name
        $0.steps = [step]
        $0.timers = [TimerRecord(name: name, due: trial.clock.now)]
        $0.history = [HistoryEntry(at: trial.clock.now, kind: name, step: name, reason: name)]
        $0.inbox = [InboxEvent(id: name, name: name, payload: payload), InboxEvent(id: name + "2", name: name)]
        $0.outbox = [OutboxEvent(id: name, topic: name, key: name, payload: payload)]
      }
      var change = trial.change(record, to: .completed) { $0.takenEvents = [name] }
      change.record.result = payload
      _ = try await trial.commit(change)
      return change.record
    }
    let run = try await plant(trial.record(key: secret, holdsKey: true, idempotencyKey: secret), secret)
    let other = try await plant(trial.record(key: "other"), "other")
    let before = try await trial.look(other.id)
    trial.expect(try await trial.readAll().contains(secret), "the planted text, before it is deleted")

    guard let report = try await trial.store.eraseData(of: run.id) else {
      return trial.expect(false, "a report of what was deleted")
    }
    trial.expectEqual(report.run, run.id, "the run of the report")
    trial.expectEqual(report.steps, 1, "deleted steps")
    trial.expectEqual(report.historyEntries, 1, "deleted entries of the history")
    trial.expectEqual(report.inboxEvents, 2, "deleted events of the inbox")
    trial.expectEqual(report.outboxEvents, 1, "deleted events of the outbox")
    trial.expect(
      report.payloadBytes >= 4 * payload(secret).bytes.count,
      "at least \(4 * payload(secret).bytes.count) deleted bytes, not \(report.payloadBytes)")
    try await trial.reopen()
    let text = try await trial.readAll()
    trial.expect(!text.contains(secret), "nothing of the planted text, not \(text.first(after: secret))")
    let left = try await trial.look(run.id)
    trial.expectEqual(left?.record, run.expectedAfterErasure(at: trial.clock.now), "what is left of the record")
    trial.expectEqual(left.map { [$0.steps.count, $0.timers.count, $0.inbox.count] }, [0, 0, 0], "rows that are left")
    trial.expectEqual(try await trial.look(other.id), before, "another run")
    trial.expectEqual(try await trial.store.history(of: other.id).count, 1, "another run's history")
    trial.expectEqual(
      try await trial.store.outbox(after: 0, limit: 9).map(\.run), [other.id], "another run's events in the outbox")
    // Whoever still has the data cannot bring it back.
    trial.expectEqual(
      try await trial.commit(trial.change(run)), .conflict(run.revision.next), "verdict of a change from before")
    let again = try await trial.store.eraseData(of: run.id)
    trial.expectEqual(
      again.map { [$0.payloadBytes, $0.steps, $0.historyEntries, $0.inboxEvents, $0.outboxEvents] }, [0, 0, 0, 0, 0],
      "what is deleted the second time")
  }

  private static func onlyFinalRuns(_ trial: Trial) async throws {
    for state in RunState.allCases where state != .dataDeleted {
      let record = try await trial.start(trial.record(state: state)) { $0.steps = [StepRecord(name: "a")] }
      let report = try await trial.store.eraseData(of: record.id)
      trial.expectEqual(report != nil, state.isFinal, "whether data of a run that is \(state) is deleted")
      trial.expectEqual(
        try await trial.look(record.id)?.steps.count, state.isFinal ? 0 : 1, "steps of a run that is \(state)")
    }
  }

  private static func purging(_ trial: Trial) async throws {
    var ended: [RunRecord] = []
    for round in 0..<12 {
      let record = try await trial.start(trial.record(round % 2 == 0 ? "orders" : "bills")) {
        $0.steps = [StepRecord(name: "a")]
        $0.history = [HistoryEntry(at: trial.clock.now, kind: "x")]
      }
      // Those that were started later end earlier.
      trial.clock.set(to: Timestamp(microseconds: Int64(1_000_000 * (100 - round))))
      ended.append(try await trial.advance(record, to: [.completed, .failed, .cancelled][round % 3]))
    }
    let live = try await trial.start(trial.record(state: .waiting))
    trial.expectEqual(
      try await trial.store.purge(finishedBefore: ended[10].finishedAt!, workflow: "orders", limit: 9), 0,
      "runs that ended before the first of the workflow")
    trial.expectEqual(
      try await trial.store.purge(finishedBefore: .distantFuture, workflow: "orders", limit: 2), 2, "two purged runs")
    try await trial.reopen()
    func expectLeft(_ places: [Int], _ what: String) async throws {
      let left = try await trial.store.runs(RunQuery()).map(\.id)
      trial.expectEqual(left, [live.id] + places.reversed().map { ended[$0].id }, "runs that are left \(what)")
    }
    try await expectLeft([0, 1, 2, 3, 4, 5, 6, 7, 9, 11], "when the oldest two of a workflow were purged")
    trial.expectEqual(
      try await trial.store.purge(finishedBefore: ended[5].finishedAt!, workflow: nil, limit: 9), 4,
      "runs that ended before")
    try await expectLeft([0, 1, 2, 3, 4, 5], "when those were purged that ended before a time")
    trial.expectEqual(try await trial.store.history(of: ended[11].id), [], "the history of a purged run")
    trial.expectEqual(try await trial.look(ended[11].id), nil, "a purged run")
    trial.expectEqual(
      try await trial.commit(trial.change(ended[11])), .unknownRun, "verdict of a change of a purged run")
    // The steps are gone, too: a run of the same id has none.
    let anew = try await trial.start(trial.record("bills", id: ended[11].id))
    trial.expectEqual(try await trial.look(anew.id), StoredRun(record: anew), "a new run with a purged one's id")
    trial.expectEqual(try await trial.store.history(of: anew.id), [], "its history")
    trial.expectEqual(
      try await trial.store.purge(finishedBefore: .distantFuture, workflow: nil, limit: 100), 6, "all that have ended")
    trial.expectEqual(try await trial.store.count(RunQuery()), 2, "runs that are left")
  }
}

extension Trial {
  /// All that can be read from the store, as text.
  func readAll() async throws -> String {
    var text = ""
    for record in try await store.runs(RunQuery()) {
      text += "\(record)\(String(decoding: record.payload.bytes, as: UTF8.self))"
      text += String(decoding: record.result.bytes, as: UTF8.self)
      text += "\(try await store.history(of: record.id))"
      guard let run = try await store.load(record.id) else { continue }
      text += "\(run.steps)\(run.timers)\(run.inbox)"
      for payload in run.steps.map(\.output) + run.inbox.map(\.payload) {
        text += String(decoding: payload.bytes, as: UTF8.self)
      }
    }
    for event in try await store.outbox(after: 0, limit: 10_000) {
      text += "\(event)\(String(decoding: event.event.payload.bytes, as: UTF8.self))"
    }
    return text
  }
}

extension String {
  /// What stands where a text is found, for a complaint.
  fileprivate func first(after text: String) -> String {
    guard let place = ranges(of: text).first else { return "" }
    return String(self[place.lowerBound...].prefix(60))
  }
}

extension RunRecord {
  /// What must be left of it.
  func expectedAfterErasure(at time: Timestamp) -> RunRecord {
    var left = RunRecord(id: id, workflow: workflow, definition: definition, createdAt: createdAt, deadline: deadline)
    left.state = .dataDeleted
    left.status = status
    left.revision = revision.next
    left.parent = parent
    left.parentStep = parentStep
    left.origin = origin
    left.priority = priority
    left.updatedAt = time
    left.finishedAt = finishedAt
    left.attemptCount = attemptCount
    left.errorCount = errorCount
    return left
  }
}
