import MillraceWorkflow

/// Clauses 6 and 7.
extension RunStoreConformance {
  static let eventCases = [
    Case(clause: 6, name: "events are kept until they are taken", body: eventsAreKept),
    Case(clause: 6, name: "an event is stored once", body: eventsAreStoredOnce),
    Case(clause: 6, name: "late events and those of nobody are answered", body: lateEvents),
    Case(clause: 6, name: "a full inbox takes no more", body: fullInbox),
    Case(clause: 7, name: "the outbox is in order of commits", body: outboxOrder),
    Case(clause: 7, name: "events stay until they are acknowledged", body: acknowledgement),
  ]

  private static func eventsAreKept(_ trial: Trial) async throws {
    var record = try await trial.start(trial.record(state: .waiting))
    let other = try await trial.start(trial.record(state: .paused))
    let events = ["c", "a", "b"].map { InboxEvent(id: $0, name: "n\($0)", payload: Payload(Array($0.utf8))) }
    let verdicts = try await trial.store.deliver(
      events.map { (record.id, $0) } + [(other.id, events[0])], durability: .powerLoss)
    trial.expectEqual(verdicts, [.accepted, .accepted, .accepted, .accepted], "verdicts")
    try await trial.reopen()
    trial.expectEqual(try await trial.look(record.id)?.inbox, events, "the inbox, in order of arrival")
    trial.expectEqual(try await trial.look(record.id)?.record, record, "the record, which events do not change")
    record = try await trial.advance(record) { $0.takenEvents = ["c", "b"] }
    trial.expectEqual(try await trial.look(record.id)?.inbox, [events[1]], "the inbox after two were taken")
    trial.expectEqual(try await trial.look(other.id)?.inbox, [events[0]], "the inbox of another run")
  }

  private static func eventsAreStoredOnce(_ trial: Trial) async throws {
    let record = try await trial.start(trial.record())
    let other = try await trial.start(trial.record())
    let event = InboxEvent(id: "e", name: "n", payload: Payload([1]))
    let again = InboxEvent(id: "e", name: "other", payload: Payload([2]))
    let verdicts = try await trial.store.deliver(
      [(record.id, event), (record.id, again), (other.id, again)], durability: .processCrash)
    trial.expectEqual(verdicts, [.accepted, .duplicate, .accepted], "verdicts of one call")
    trial.expectEqual(try await trial.deliver(again, to: record.id), .duplicate, "verdict of a second event of this id")
    trial.expectEqual(try await trial.look(record.id)?.inbox, [event], "the inbox")
    let next = try await trial.advance(record) { $0.takenEvents = ["e"] }
    try await trial.reopen()
    trial.expectEqual(try await trial.deliver(again, to: record.id), .duplicate, "verdict when the first was taken")
    try await trial.advance(next) { $0.inbox = [again, InboxEvent(id: "f", name: "n")] }
    trial.expectEqual(try await trial.look(record.id)?.inbox.map(\.id), ["f"], "the inbox, put there by a change")
    trial.expectEqual(
      try await trial.deliver(InboxEvent(id: "f", name: "n"), to: record.id), .duplicate,
      "verdict of an event whose id a change has put there")
  }

  private static func lateEvents(_ trial: Trial) async throws {
    let event = InboxEvent(id: "e", name: "n")
    trial.expectEqual(
      try await trial.deliver(event, to: trial.makeID()), .unknownRun, "verdict for a run that is not there")
    for state in [RunState.completed, .failed, .cancelled] {
      let record = try await trial.start(trial.record())
      try await trial.advance(record, to: state)
      trial.expectEqual(
        try await trial.deliver(event, to: record.id), .late(state), "verdict for a run that is \(state)")
      trial.expectEqual(try await trial.look(record.id)?.inbox, [], "the inbox of a run that is \(state)")
      _ = try await trial.store.eraseData(of: record.id)
      trial.expectEqual(
        try await trial.deliver(event, to: record.id), .late(.dataDeleted), "verdict for a run whose data was deleted")
    }
  }

  private static func fullInbox(_ trial: Trial) async throws {
    let limit = Trial.limits.unreadEvents
    let record = try await trial.start(trial.record())
    let events = (0...limit).map { (run: record.id, event: InboxEvent(id: "\($0)", name: "n")) }
    let accepted = [DeliveryVerdict](repeating: .accepted, count: limit)
    trial.expectEqual(
      try await trial.store.deliver(events, durability: .memory), accepted + [.full], "verdicts of one event too many")
    trial.expectEqual(try await trial.deliver(events[0].event, to: record.id), .duplicate, "verdict of a known event")
    try await trial.advance(record) { $0.takenEvents = ["0"] }
    trial.expectEqual(
      try await trial.deliver(events[limit].event, to: record.id), .accepted, "verdict when one was taken")
    trial.expectEqual(
      try await trial.deliver(InboxEvent(id: "more", name: "n"), to: record.id), .full, "verdict when it is full again")
    trial.expectEqual(
      try await trial.deliver(InboxEvent(id: "part", name: "child:part"), to: record.id), .accepted,
      "verdict for the end of a part when it is full")
  }

  private static func outboxOrder(_ trial: Trial) async throws {
    func event(_ id: Int) -> OutboxEvent {
      OutboxEvent(id: "\(id)", topic: "t", key: "\(id % 3)", payload: Payload([1]))
    }
    var records = [try await trial.start(trial.record()), try await trial.start(trial.record())]
    var expected: [Int] = []
    for round in 0..<10 {
      var changes: [RunChange] = []
      for place in records.indices {
        let ids = [round * 10 + place * 2, round * 10 + place * 2 + 1]
        expected += ids
        changes.append(trial.change(records[place]) { $0.outbox = ids.map(event) })
        records[place] = changes[place].record
      }
      _ = try await trial.store.commit(changes)
      if round == 5 { try await trial.reopen() }
    }
    let all = try await trial.store.outbox(after: 0, limit: 1000)
    trial.expectEqual(all.map(\.event), expected.map(event), "events, in order of commits")
    trial.expect(
      zip(all, all.dropFirst()).allSatisfy { $0.sequence < $1.sequence },
      "ascending sequence numbers, not \(all.map(\.sequence))")
    var paged: [SequencedEvent] = []
    while true {
      let page = try await trial.store.outbox(after: paged.last?.sequence ?? 0, limit: 7)
      trial.expect(page.count <= 7, "at most 7 events on a page, not \(page.count)")
      if page.isEmpty || paged.count > all.count { break }
      paged += page
    }
    trial.expectEqual(paged, all, "all pages")
    trial.expectEqual(try await trial.store.outbox(after: 0, limit: 0), [], "a page without places")
  }

  private static func acknowledgement(_ trial: Trial) async throws {
    var record = try await trial.start(trial.record()) {
      $0.outbox = (0..<4).map { OutboxEvent(id: "\($0)", topic: "t", key: "") }
    }
    let all = try await trial.store.outbox(after: 0, limit: 9)
    guard all.count == 4 else { return trial.expectEqual(all.count, 4, "events") }
    trial.expectEqual(try await trial.store.outbox(after: 0, limit: 9), all, "events when they are read again")
    try await trial.store.acknowledgeOutbox(through: all[1].sequence)
    try await trial.reopen()
    trial.expectEqual(
      try await trial.store.outbox(after: 0, limit: 9), Array(all[2...]), "events after two were acknowledged")
    try await trial.store.acknowledgeOutbox(through: all[0].sequence)
    trial.expectEqual(
      try await trial.store.outbox(after: 0, limit: 9), Array(all[2...]), "events after an older acknowledgement")
    record = try await trial.advance(record, to: .completed)
    trial.clock.advance(by: .seconds(1))
    trial.expectEqual(
      try await trial.store.purge(finishedBefore: trial.clock.now, workflow: nil, limit: 9), 1, "purged runs")
    trial.expectEqual(
      try await trial.store.outbox(after: 0, limit: 9), Array(all[2...]), "events of a run that was purged")
    try await trial.store.acknowledgeOutbox(through: all[3].sequence)
    try await trial.reopen()
    try await trial.start(trial.record()) { $0.outbox = [OutboxEvent(id: "next", topic: "t", key: "")] }
    let next = try await trial.store.outbox(after: all[3].sequence, limit: 9)
    trial.expectEqual(next.map(\.event.id), ["next"], "events after the last number, when all before were acknowledged")
  }
}
