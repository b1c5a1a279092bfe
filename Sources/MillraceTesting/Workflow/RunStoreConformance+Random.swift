import MillracePrimitives
import MillraceWorkflow

/// All clauses, in random order, against ``ModelStore``.
extension RunStoreConformance {
  static let randomCases = (0..<4).map { part in
    Case(clause: 3, name: "random operations, part \(part + 1)") { trial in
      trial.random = SplitMix64(seed: trial.seed &* 16 &+ UInt64(part))
      var walk = RandomWalk(trial)
      for step in 0..<250 where trial.complaints.isEmpty { try await walk.step(step) }
    }
  }
}

/// A few runs, keys and names, so that they meet often.
private struct RandomWalk {
  private let trial: Trial
  private var model: ModelStore
  private let ids: [RunID]
  private let start: Timestamp
  /// Old ones too.
  private var leases: [Lease] = []
  private var acknowledged: Int64 = 0
  private var number = 0

  init(_ trial: Trial) {
    self.trial = trial
    model = ModelStore(limits: Trial.limits)
    ids = (0..<7).map { _ in trial.makeID() }
    start = trial.clock.now
  }

  mutating func step(_ step: Int) async throws {
    let what = try await act()
    if trial.random.index(below: 4) == 0 || !trial.complaints.isEmpty {
      try await compare("step \(step), after \(what)")
    }
  }

  private func below(_ count: Int) -> Int { trial.random.index(below: count) }
  private func oneIn(_ count: Int) -> Bool { below(count) == 0 }
  private func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }
  private mutating func next() -> Int {
    number += 1
    return number
  }

  // MARK: What is done

  private mutating func act() async throws -> String {
    switch below(20) {
    case 0..<9: return try await commit()
    case 9..<12: return try await deliver()
    case 12: return try await acquire()
    case 13: return try await release()
    case 14: return try await setDocument()
    case 15: return try await acknowledge()
    case 16 where oneIn(2): return try await erase()
    case 17 where oneIn(3): return try await purge()
    case 18 where oneIn(3):
      try await trial.reopen()
      return "reopening"
    default:
      // It may go back.
      trial.clock.advance(by: .seconds(below(6) - 1))
      return "a move of the clock to \(trial.clock.now)"
    }
  }

  private mutating func commit() async throws -> String {
    var changes: [RunChange] = []
    for _ in 0...below(4) {
      changes.append(randomChange())
      // Also one that was computed before the one before it.
      if oneIn(5) { changes.append(changes.last!) }
    }
    let time = trial.clock.now
    let expected = changes.map { model.commit($0, at: time) }
    trial.expectEqual(try await trial.store.commit(changes), expected, "verdicts of \(changes)")
    return "a commit with the verdicts \(expected)"
  }

  private mutating func randomChange() -> RunChange {
    let time = trial.clock.now
    let id = pick(ids)
    let current = model.place(id).map { model.runs[$0].stored.record }
    var record = trial.record(pick(["orders", "bills"]), id: id)
    var expected: Revision?
    if let current, !oneIn(8) {
      record = current
      expected = oneIn(10) ? Revision(Int64(1 + below(4))) : current.revision
    } else if oneIn(6) {
      expected = Revision(Int64(1 + below(3)))
    } else {
      record.idempotencyKey = oneIn(2) ? pick(["1", "2", "3", "4"]) : nil
    }
    record.revision = expected?.next ?? .first
    record.key = pick(["", "a", "b", "c"])
    record.holdsKey = oneIn(3)
    record.state = pick(RunState.allCases.filter { $0 != .dataDeleted } + [.running, .waiting])
    record.finishedAt = record.state.isFinal ? time : nil
    record.status = pick(["", "one", "two"])
    record.payload = Payload([UInt8](repeating: 7, count: below(40)))
    record.updatedAt = time
    var change = RunChange(record: record, expected: expected)
    change.durability = pick(Durability.allCases)
    if oneIn(4), !leases.isEmpty { change.lease = pick(leases) }
    let names = ["a", "b", "c", "d"]
    for _ in 0..<below(3) {
      var step = StepRecord(name: pick(names), state: pick(StepState.allCases))
      step.output = Payload([UInt8(below(256))])
      change.steps.append(step)
    }
    for _ in 0..<below(3) { change.history.append(HistoryEntry(at: time, kind: "\(next())")) }
    for _ in 0..<below(3) {
      change.timers.append(TimerRecord(name: pick(names), due: start.advanced(by: .seconds(below(40)))))
    }
    for _ in 0..<below(2) { change.removedTimers.append(pick(names)) }
    for _ in 0..<below(3) { change.takenEvents.append("e\(below(8))") }
    for _ in 0..<below(2) { change.inbox.append(InboxEvent(id: "e\(below(8))", name: "\(next())")) }
    for _ in 0..<below(2) { change.outbox.append(OutboxEvent(id: "\(next())", topic: "t", key: "\(id)")) }
    change.clearsSteps = oneIn(12)
    return change
  }

  private mutating func deliver() async throws -> String {
    var events: [(run: RunID, event: InboxEvent)] = []
    for _ in 0...below(3) {
      events.append((pick(ids), InboxEvent(id: "e\(below(14))", name: "\(next())", payload: Payload([1]))))
    }
    let expected = events.map { model.deliver($0.event, to: $0.run) }
    let verdicts = try await trial.store.deliver(events, durability: pick(Durability.allCases))
    trial.expectEqual(verdicts, expected, "verdicts of \(events)")
    return "deliveries with the verdicts \(expected)"
  }

  private mutating func acquire() async throws -> String {
    let (role, owner, duration) = (pick(["r", "s"]), pick(["me", "you"]), Duration.seconds(1 + below(8)))
    let expected = model.acquireLease(role, owner, duration, at: trial.clock.now)
    let found = try await trial.store.acquireLease(role: role, owner: owner, duration: duration)
    // Numbers are the store's; their order is not.
    trial.expectEqual(found, expected, "the lease of \(role) for \(owner)")
    if let found { leases.append(found) }
    return "a wish of \(owner) for the lease of \(role)"
  }

  private mutating func release() async throws -> String {
    guard !leases.isEmpty else { return "nothing" }
    let lease = pick(leases)
    model.releaseLease(lease)
    try await trial.store.releaseLease(lease)
    return "the return of \(lease)"
  }

  private mutating func setDocument() async throws -> String {
    let name = DocumentName("c", pick(["k", "l", "m"]))
    let current = model.documents.first { $0.name == name }?.revision
    let expected = oneIn(4) ? (oneIn(2) ? nil : Revision.first) : current
    let value = oneIn(4) ? nil : Payload([UInt8(below(256))])
    trial.expectEqual(
      try await trial.store.setDocument(name, to: value, expected: expected, durability: .processCrash),
      model.setDocument(name, to: value, expected: expected), "whether \(name.key) was set")
    return "setting \(name.key)"
  }

  private mutating func acknowledge() async throws -> String {
    let events = try await trial.store.outbox(after: 0, limit: 1000)
    guard !events.isEmpty else { return "nothing" }
    let count = below(events.count + 1)
    guard count > 0 else { return "nothing" }
    try await trial.store.acknowledgeOutbox(through: events[count - 1].sequence)
    acknowledged = max(acknowledged, events[count - 1].sequence)
    model.outbox.removeFirst(min(count, model.outbox.count))
    return "an acknowledgement of \(count) events"
  }

  private mutating func erase() async throws -> String {
    let id = pick(ids)
    let expected = model.eraseData(of: id, at: trial.clock.now)
    let report = try await trial.store.eraseData(of: id)
    trial.expectEqual(
      report.map { [$0.steps, $0.historyEntries, $0.inboxEvents, $0.outboxEvents] }, expected,
      "what was deleted of \(id)")
    return "a deletion of \(id)"
  }

  private mutating func purge() async throws -> String {
    let time = start.advanced(by: .seconds(below(60)))
    let workflow = pick([nil, "orders", "bills"] as [String?])
    let limit = 1 + below(3)
    trial.expectEqual(
      try await trial.store.purge(finishedBefore: time, workflow: workflow, limit: limit),
      model.purge(finishedBefore: time, workflow: workflow, limit: limit), "purged runs")
    return "a purge"
  }

  // MARK: What is seen

  private mutating func compare(_ what: String) async throws {
    let store = trial.store
    for id in ids {
      let run = model.place(id).map { model.runs[$0] }
      trial.expectEqual(try await trial.look(id), run?.stored.sorted, "a run, \(what)")
      trial.expectEqual(try await store.history(of: id), run?.history ?? [], "the history of \(id), \(what)")
    }
    let resumed = model.runsToResume
    let after = oneIn(2) ? pick(ids) : nil
    let limit = 1 + below(5)
    trial.expectEqual(
      try await store.runsToResume(after: after, limit: limit).map(\.sorted),
      Array(resumed.filter { run in after.map { run.record.id > $0 } ?? true }.prefix(limit)), "runs to resume, \(what)"
    )
    let time = start.advanced(by: .seconds(below(50) - 2))
    trial.expectEqual(
      try await store.dueRuns(at: time, limit: limit), Array(model.dueRuns(at: time).prefix(limit)), "due runs, \(what)"
    )
    trial.expectEqual(try await store.earliestTimer(), model.timers.first?.due, "the earliest timer, \(what)")
    var query = RunQuery()
    if oneIn(2) { query.workflow = "orders" }
    if oneIn(2) { query.states = [pick(RunState.allCases), .running] }
    if oneIn(3) { query.key = "a" }
    if oneIn(3) { query.text = pick(["o", "ORD", "b", "t"]) }
    trial.expectEqual(
      try await store.runs(query),
      model.runs.map(\.stored.record).filter { query.matches($0) }.sorted { $0.id > $1.id }, "runs of \(query), \(what)"
    )
    let events = try await store.outbox(after: 0, limit: 10_000)
    trial.expectEqual(events.map(\.event), model.outbox.map(\.event), "the outbox, \(what)")
    trial.expectEqual(events.map(\.run), model.outbox.map(\.run), "runs of the outbox, \(what)")
    trial.expect(
      events.allSatisfy { $0.sequence > acknowledged }, "no number in the outbox that was acknowledged, \(what)")
    let now = trial.clock.now
    trial.expectEqual(
      try await store.leases(), model.leases.filter { $0.expires > now }.sorted { $0.role < $1.role }, "leases, \(what)"
    )
    trial.expectEqual(
      try await store.documents(in: "c", after: nil, limit: 99), model.documents.sorted { $0.name.key < $1.name.key },
      "documents, \(what)")
  }
}
