import MillraceWorkflow

/// Clauses 4 and 13.
extension RunStoreConformance {
  static let lifeCases = [
    Case(clause: 4, name: "what was acknowledged is there when the store is opened again", body: acknowledgedIsDurable),
    Case(clause: 13, name: "a closed store says so", body: closedStore),
  ]

  private static func acknowledgedIsDurable(_ trial: Trial) async throws {
    guard trial.canReopen else { return }
    for durability in [Durability.processCrash, .powerLoss] where durability <= trial.store.durability {
      var record = try await trial.start(trial.record()) { $0.durability = durability }
      for round in 0..<4 {
        record = try await trial.advance(record) {
          $0.durability = durability
          $0.steps = [StepRecord(name: "\(round)")]
          $0.timers = [TimerRecord(name: "\(round)", due: trial.clock.now)]
          $0.history = [HistoryEntry(at: trial.clock.now, kind: "\(round)")]
          $0.inbox = [InboxEvent(id: "i\(round)", name: "n")]
          $0.outbox = [OutboxEvent(id: "\(durability) \(round)", topic: "t", key: "")]
        }
        try await trial.reopen()
        let stored = try await trial.look(record.id)
        trial.expectEqual(stored?.record, record, "the record")
        trial.expectEqual(stored?.steps.count, round + 1, "steps")
        trial.expectEqual(stored?.timers.count, round + 1, "timers")
        trial.expectEqual(stored?.inbox.count, round + 1, "events of the inbox")
        trial.expectEqual(try await trial.store.history(of: record.id).count, round + 1, "entries of the history")
        trial.expectEqual(
          try await trial.store.outbox(after: 0, limit: 99).last?.event.id, "\(durability) \(round)", "the last event")
      }
      _ = try await trial.store.deliver([(record.id, InboxEvent(id: "e", name: "n"))], durability: durability)
      let name = DocumentName("c", durability.rawValue)
      _ = try await trial.store.setDocument(name, to: Payload([1]), expected: nil, durability: durability)
      let lease = try await trial.store.acquireLease(role: durability.rawValue, owner: "a", duration: .seconds(9))
      try await trial.reopen()
      trial.expectEqual(try await trial.look(record.id)?.inbox.last?.id, "e", "the last event of the inbox")
      trial.expectEqual(try await trial.store.document(name)?.value, Payload([1]), "a document")
      trial.expect(try await trial.store.leases().contains { $0 == lease }, "the lease of \(durability.rawValue)")
    }
  }

  private static func closedStore(_ trial: Trial) async throws {
    let store = trial.store
    let record = try await trial.start(trial.record())
    try await store.close()
    func expect(_ what: String, _ body: () async throws -> Void) async {
      await trial.expectThrows([.storeUnavailable], "\(what) of a closed store", body)
    }
    await expect("commit") { _ = try await store.commit([trial.change(record)]) }
    await expect("now") { _ = try await store.now() }
    await expect("load") { _ = try await store.load(record.id) }
    await expect("runsToResume") { _ = try await store.runsToResume(after: nil, limit: 1) }
    await expect("dueRuns") { _ = try await store.dueRuns(at: .distantFuture, limit: 1) }
    await expect("earliestTimer") { _ = try await store.earliestTimer() }
    await expect("runs") { _ = try await store.runs(RunQuery()) }
    await expect("count") { _ = try await store.count(RunQuery()) }
    await expect("history") { _ = try await store.history(of: record.id) }
    await expect("deliver") {
      _ = try await store.deliver([(record.id, InboxEvent(id: "e", name: "n"))], durability: .memory)
    }
    await expect("outbox") { _ = try await store.outbox(after: 0, limit: 1) }
    await expect("acknowledgeOutbox") { try await store.acknowledgeOutbox(through: 1) }
    await expect("acquireLease") { _ = try await store.acquireLease(role: "r", owner: "o", duration: .seconds(1)) }
    await expect("leases") { _ = try await store.leases() }
    await expect("document") { _ = try await store.document(DocumentName("c", "k")) }
    await expect("documents") { _ = try await store.documents(in: "c", after: nil, limit: 1) }
    await expect("setDocument") {
      _ = try await store.setDocument(DocumentName("c", "k"), to: .empty, expected: nil, durability: .memory)
    }
    await expect("eraseData") { _ = try await store.eraseData(of: record.id) }
    await expect("purge") { _ = try await store.purge(finishedBefore: .distantFuture, workflow: nil, limit: 1) }
  }
}
