import MillraceWorkflow

/// Clauses 1, 2 and 3.
extension RunStoreConformance {
  static let changeCases = [
    Case(clause: 1, name: "everything of a change is stored", body: everythingIsStored),
    Case(clause: 1, name: "every field of a record is stored", body: everyFieldIsStored),
    Case(clause: 1, name: "rows replace, append and are removed", body: rowsReplaceAppendAndAreRemoved),
    Case(clause: 1, name: "a run that begins anew has no steps", body: beginningAnew),
    Case(clause: 2, name: "each change has its verdict", body: eachChangeHasItsVerdict),
    Case(clause: 2, name: "changes of one run in a commit", body: changesOfOneRun),
    Case(clause: 2, name: "what is too large takes nothing with it", body: tooLarge),
    Case(clause: 3, name: "compare and swap", body: compareAndSwap),
  ]

  private static func everythingIsStored(_ trial: Trial) async throws {
    var record = trial.record(key: "k")
    record.result = Payload([1, 2, 3])
    let time = trial.clock.now
    var step = StepRecord(name: "load", state: .succeeded)
    step.attempt = 2
    step.inputHash = ContentHash(of: [1])
    step.output = Payload([4, 0, 255])
    step.reason = "was slow"
    step.startedAt = time
    step.finishedAt = time.advanced(by: .milliseconds(3))
    step.progress = 0.25
    let timer = TimerRecord(name: "deadline", due: time.advanced(by: .seconds(5)))
    let entries = [
      HistoryEntry(
        at: time, kind: "attempt ended", step: "load", attempt: 2, reason: "fine", inputHash: ContentHash(of: [1]),
        outputHash: ContentHash(of: [2])),
      HistoryEntry(at: time, kind: "ended"),
    ]
    let event = InboxEvent(id: "e", name: "approval", payload: Payload([9]))
    let told = OutboxEvent(id: "o", topic: "t", key: "k", payload: Payload([7]))
    try await trial.start(record) {
      $0.steps = [step]
      $0.timers = [timer]
      $0.history = entries
      $0.inbox = [event]
      $0.outbox = [told]
    }
    try await trial.reopen()
    let stored = try await trial.look(record.id)
    trial.expectEqual(stored?.record, record, "the record")
    trial.expectEqual(stored?.steps, [step], "the steps")
    trial.expectEqual(stored?.timers, [timer], "the timers")
    trial.expectEqual(stored?.inbox, [event], "the inbox")
    trial.expectEqual(try await trial.store.history(of: record.id), entries, "the history")
    let outbox = try await trial.store.outbox(after: 0, limit: 10)
    trial.expectEqual(outbox.map(\.event), [told], "the outbox")
    trial.expectEqual(outbox.map(\.run), [record.id], "the run of an event in the outbox")
  }

  private static func everyFieldIsStored(_ trial: Trial) async throws {
    var record = trial.record("w", key: "k é", holdsKey: true, idempotencyKey: "i", state: .waiting)
    record.status = "awaiting"
    record.payload = Payload((0...255).map { UInt8($0) })
    record.result = Payload([0])
    record.closing = .cancelled
    record.reason = "because of \"'\\ \u{1F642}"
    record.parent = trial.makeID()
    record.parentStep = "call"
    record.origin = RunID(high: .max, low: .max)
    record.depth = 3
    record.shardHash = .max
    record.priority = -3
    record.updatedAt = Timestamp(microseconds: -1)
    record.finishedAt = .distantFuture
    record.deadline = Timestamp(microseconds: .min)
    record.traceparent = "00-1"
    record.attemptCount = 4
    record.errorCount = 2
    try await trial.start(record)
    trial.expectEqual(try await trial.look(record.id)?.record, record, "a new record")

    var next = record
    next.revision = record.revision.next
    next.definition = ContentHash(of: [3])
    next.key = "other"
    next.holdsKey = false
    next.state = .failed
    next.status = ""
    next.payload = .empty
    next.result = Payload([8])
    next.closing = nil
    next.reason = ""
    next.parent = nil
    next.parentStep = nil
    next.origin = nil
    next.shardHash = 0
    next.priority = 5
    next.updatedAt = trial.clock.now
    next.finishedAt = nil
    next.deadline = trial.clock.now
    next.traceparent = nil
    next.attemptCount = 7
    next.errorCount = 0
    trial.expectEqual(
      try await trial.commit(RunChange(record: next, expected: record.revision)), .committed, "verdict of a change")
    trial.expectEqual(try await trial.look(record.id)?.record, next, "a changed record")

    // These stay.
    var third = next
    third.revision = next.revision.next
    third.workflow = "another"
    third.idempotencyKey = nil
    third.createdAt = .distantFuture
    third.depth = 9
    _ = try await trial.commit(RunChange(record: third, expected: next.revision))
    let stored = try await trial.look(record.id)?.record
    trial.expectEqual(stored?.workflow, "w", "the workflow after a change of it")
    trial.expectEqual(stored?.idempotencyKey, "i", "the idempotency key after a change of it")
    trial.expectEqual(stored?.createdAt, record.createdAt, "the time of creation after a change of it")
    trial.expectEqual(stored?.depth, 3, "the depth after a change of it")
  }

  private static func rowsReplaceAppendAndAreRemoved(_ trial: Trial) async throws {
    let time = trial.clock.now
    let names = (0..<20).map { "s[\($0)]" }
    var record = try await trial.start(trial.record()) {
      $0.steps = names.map { StepRecord(name: $0) }
      $0.timers = [TimerRecord(name: "a", due: time), TimerRecord(name: "b", due: time)]
      $0.history = [HistoryEntry(at: time, kind: "1")]
      $0.inbox = [InboxEvent(id: "1", name: "x"), InboxEvent(id: "2", name: "x"), InboxEvent(id: "3", name: "x")]
    }
    let later = time.advanced(by: .seconds(1))
    record = try await trial.advance(record) {
      $0.steps = [StepRecord(name: "s[7]", state: .failed), StepRecord(name: "s[20]", state: .skipped)]
      $0.removedTimers = ["b", "not there", "a"]
      $0.timers = [TimerRecord(name: "a", due: later), TimerRecord(name: "c", due: time)]
      $0.history = [HistoryEntry(at: later, kind: "2"), HistoryEntry(at: time, kind: "3")]
      $0.takenEvents = ["2", "not there"]
    }
    let stored = try await trial.look(record.id)
    let expected = names.map { StepRecord(name: $0, state: $0 == "s[7]" ? .failed : .pending) }
    trial.expectEqual(
      stored?.steps, (expected + [StepRecord(name: "s[20]", state: .skipped)]).sorted { $0.name < $1.name }, "the steps"
    )
    trial.expectEqual(
      stored?.timers, [TimerRecord(name: "a", due: later), TimerRecord(name: "c", due: time)],
      "timers that were removed, set again and set")
    trial.expectEqual(try await trial.store.history(of: record.id).map(\.kind), ["1", "2", "3"], "the history's order")
    trial.expectEqual(stored?.inbox.map(\.id), ["1", "3"], "events that are left in the inbox")
  }

  private static func beginningAnew(_ trial: Trial) async throws {
    let time = trial.clock.now
    let record = try await trial.start(trial.record()) {
      $0.steps = [StepRecord(name: "a"), StepRecord(name: "b")]
      $0.timers = [TimerRecord(name: "a", due: time)]
      $0.history = [HistoryEntry(at: time, kind: "1")]
      $0.inbox = [InboxEvent(id: "1", name: "x")]
    }
    try await trial.advance(record) {
      $0.clearsSteps = true
      $0.steps = [StepRecord(name: "b", state: .queued)]
      $0.timers = [TimerRecord(name: "b", due: time)]
      $0.inbox = [InboxEvent(id: "1", name: "x"), InboxEvent(id: "2", name: "x")]
    }
    let stored = try await trial.look(record.id)
    trial.expectEqual(stored?.steps, [StepRecord(name: "b", state: .queued)], "the steps")
    trial.expectEqual(stored?.timers, [TimerRecord(name: "b", due: time)], "the timers")
    trial.expectEqual(stored?.inbox.map(\.id), ["2"], "the inbox; the id of a removed event stays known")
    trial.expectEqual(try await trial.store.history(of: record.id).count, 1, "entries of the history, which stay")
    trial.expectEqual(try await trial.store.dueRuns(at: time, limit: 9), [record.id], "due runs")
  }

  private static func eachChangeHasItsVerdict(_ trial: Trial) async throws {
    let a = try await trial.start(trial.record(key: "a", holdsKey: true, idempotencyKey: "once"))
    let b = try await trial.start(trial.record())
    var stale = trial.change(b) {
      $0.history = [HistoryEntry(at: trial.clock.now, kind: "stale")]
      $0.steps = [StepRecord(name: "stale")]
      $0.outbox = [OutboxEvent(id: "stale", topic: "t", key: "")]
      $0.timers = [TimerRecord(name: "stale", due: trial.clock.now)]
      $0.inbox = [InboxEvent(id: "stale", name: "stale")]
    }
    stale.expected = Revision(7)
    stale.record.revision = Revision(8)
    var fenced = trial.change(a)
    fenced.lease = Lease(role: "nobody's", owner: "me", token: 1, expires: .distantFuture)
    let new = trial.record()
    let changes = [
      stale, trial.change(trial.record()), RunChange(record: trial.record("orders", id: a.id), expected: nil),
      RunChange(record: trial.record(idempotencyKey: "once"), expected: nil),
      RunChange(record: trial.record(key: "a", holdsKey: true), expected: nil), fenced,
      RunChange(record: new, expected: nil),
      trial.change(a) { $0.outbox = [OutboxEvent(id: "good", topic: "t", key: "")] },
    ]
    trial.expectEqual(
      try await trial.store.commit(changes),
      [
        .conflict(b.revision), .unknownRun, .exists, .duplicate(a.id), .keyHeld(a.id), .fenced, .committed, .committed,
      ], "verdicts of a commit")
    trial.expectEqual(try await trial.look(b.id), StoredRun(record: b), "a run whose change was refused")
    trial.expectEqual(try await trial.store.history(of: b.id), [], "the history of a run whose change was refused")
    trial.expectEqual(
      try await trial.store.outbox(after: 0, limit: 9).map(\.event.id), ["good"], "the outbox after refused changes")
    trial.expectEqual(try await trial.store.count(RunQuery()), 3, "runs")
    trial.expectEqual(try await trial.look(a.id)?.record.revision, a.revision.next, "the revision of a changed run")
    trial.expectEqual(try await trial.store.commit([]), [], "verdicts of an empty commit")
  }

  private static func changesOfOneRun(_ trial: Trial) async throws {
    let first = trial.record()
    let second = trial.change(first, to: .waiting) { $0.steps = [StepRecord(name: "a", state: .running)] }
    let third = trial.change(second.record, to: .running) { $0.steps = [StepRecord(name: "a", state: .failed)] }
    trial.expectEqual(
      try await trial.store.commit([RunChange(record: first, expected: nil), second, third, second]),
      [.committed, .committed, .committed, .conflict(third.record.revision)], "verdicts of changes of one run")
    let stored = try await trial.look(first.id)
    trial.expectEqual(stored?.record, third.record, "the record after three changes")
    trial.expectEqual(stored?.steps, [StepRecord(name: "a", state: .failed)], "the step after three changes")
  }

  private static func tooLarge(_ trial: Trial) async throws {
    let limits = Trial.limits
    let large = Payload([UInt8](repeating: 65, count: limits.payloadBytes + 1))
    let full = Payload([UInt8](repeating: 65, count: limits.payloadBytes - 100))
    let record = try await trial.start(trial.record())
    var inRecord = trial.change(record)
    inRecord.record.result = large
    let inStep = trial.change(record) {
      var step = StepRecord(name: "a")
      step.output = large
      $0.steps = [step]
    }
    let inOutbox = trial.change(record) { $0.outbox = [OutboxEvent(id: "a", topic: "t", key: "", payload: large)] }
    let altogether = trial.change(record) {
      $0.outbox = (0..<5).map { OutboxEvent(id: "\($0)", topic: "t", key: "", payload: full) }
    }
    let fits = trial.change(record) { $0.outbox = [OutboxEvent(id: "fits", topic: "t", key: "", payload: full)] }
    let verdicts = try await trial.store.commit([inRecord, inStep, inOutbox, altogether, fits])
    trial.expectEqual(
      verdicts.map(\.kind), [.tooLarge(""), .tooLarge(""), .tooLarge(""), .tooLarge(""), .committed],
      "verdicts of changes that are too large, and one that is not")
    for case .tooLarge(let message) in verdicts {
      trial.expect(!message.isEmpty, "a message that says what is too large")
    }
    trial.expectEqual(try await trial.store.outbox(after: 0, limit: 9).map(\.event.id), ["fits"], "the outbox")
    trial.expectEqual(try await trial.look(record.id)?.steps, [], "the steps")
    trial.expectEqual(
      try await trial.deliver(InboxEvent(id: "a", name: "a", payload: large), to: record.id).kind, .tooLarge(""),
      "verdict of an event that is too large")
    trial.expectEqual(try await trial.look(record.id)?.inbox, [], "the inbox")
  }

  private static func compareAndSwap(_ trial: Trial) async throws {
    let first = try await trial.start(trial.record())
    trial.expectEqual(
      try await trial.commit(RunChange(record: first, expected: nil)), .exists, "verdict of a second start")
    let change = trial.change(first)
    trial.expectEqual(try await trial.commit(change), .committed, "verdict of a change")
    trial.expectEqual(
      try await trial.commit(change), .conflict(change.record.revision), "verdict of the same change again")
    var ahead = trial.change(change.record)
    ahead.expected = ahead.record.revision
    ahead.record.revision = ahead.record.revision.next
    trial.expectEqual(
      try await trial.commit(ahead), .conflict(change.record.revision), "verdict of a change from the future")
    trial.expectEqual(
      try await trial.commit(trial.change(trial.record())), .unknownRun,
      "verdict of a change of a run that is not there")
    trial.expectEqual(try await trial.look(first.id)?.record, change.record, "the record")
  }
}
