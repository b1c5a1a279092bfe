import MillraceWorkflow

/// Clause 5.
extension RunStoreConformance {
  static let keyCases = [
    Case(clause: 5, name: "idempotency keys", body: idempotencyKeys),
    Case(clause: 5, name: "held keys", body: heldKeys),
    Case(clause: 5, name: "an idempotency key outlives the run's data", body: idempotencyKeyOutlivesData),
  ]

  private static func idempotencyKeys(_ trial: Trial) async throws {
    let first = try await trial.start(trial.record(idempotencyKey: "once"))
    func verdict(_ record: RunRecord) async throws -> CommitVerdict {
      try await trial.commit(RunChange(record: record, expected: nil))
    }
    trial.expectEqual(
      try await verdict(trial.record(idempotencyKey: "once")), .duplicate(first.id), "verdict of a second start")
    trial.expectEqual(
      try await verdict(trial.record("bills", idempotencyKey: "once")), .committed, "verdict for another workflow")
    trial.expectEqual(try await verdict(trial.record(idempotencyKey: "")), .committed, "verdict for an empty key")
    trial.expectEqual(try await verdict(trial.record()), .committed, "verdict without a key")
    trial.expectEqual(try await verdict(trial.record()), .committed, "verdict without a key again")
    try await trial.advance(first, to: .completed)
    try await trial.reopen()
    trial.expectEqual(
      try await verdict(trial.record(idempotencyKey: "once")), .duplicate(first.id), "verdict when the first has ended")
    trial.expectEqual(try await trial.store.count(RunQuery()), 5, "runs")
  }

  private static func heldKeys(_ trial: Trial) async throws {
    func verdict(_ record: RunRecord) async throws -> CommitVerdict {
      try await trial.commit(RunChange(record: record, expected: nil))
    }
    var first = try await trial.start(trial.record(key: "a", holdsKey: true))
    trial.expectEqual(
      try await verdict(trial.record(key: "a", holdsKey: true)), .keyHeld(first.id), "verdict for a held key")
    trial.expectEqual(try await verdict(trial.record(key: "a")), .committed, "verdict of a run that does not hold it")
    trial.expectEqual(
      try await verdict(trial.record("bills", key: "a", holdsKey: true)), .committed, "verdict for another workflow")
    for state in [RunState.paused, .waiting, .running] {
      first = try await trial.advance(first, to: state)
      trial.expectEqual(
        try await verdict(trial.record(key: "a", holdsKey: true)), .keyHeld(first.id),
        "verdict for a key whose holder is \(state)")
    }
    first = try await trial.advance(first, to: .failed)
    let second = try await trial.start(trial.record(key: "a", holdsKey: true))
    trial.expectEqual(
      try await trial.commit(trial.change(first, to: .running)), .keyHeld(second.id),
      "verdict of a retry of the first holder")
    trial.expectEqual(try await trial.look(first.id)?.record, first, "the first holder")
    // A change of the key lets go of the old one.
    var moved = trial.change(second)
    moved.record.key = "b"
    trial.expectEqual(try await trial.commit(moved), .committed, "verdict of a change of the key")
    trial.expectEqual(
      try await trial.commit(trial.change(first, to: .running)), .committed, "verdict of a retry when the key is free")
    trial.expectEqual(
      try await verdict(trial.record(key: "b", holdsKey: true)), .keyHeld(second.id), "verdict for the changed key")
    trial.expectEqual(
      try await verdict(trial.record(key: "a", holdsKey: true)), .keyHeld(first.id),
      "verdict for the key that was taken again")
  }

  private static func idempotencyKeyOutlivesData(_ trial: Trial) async throws {
    let first = try await trial.start(trial.record(idempotencyKey: "once", state: .running))
    let ended = try await trial.advance(first, to: .completed)
    _ = try await trial.store.eraseData(of: first.id)
    trial.expectEqual(
      try await trial.commit(RunChange(record: trial.record(idempotencyKey: "once"), expected: nil)),
      .duplicate(first.id), "verdict of a second start after the data was deleted")
    trial.clock.advance(by: .seconds(10))
    trial.expectEqual(
      try await trial.store.purge(finishedBefore: ended.updatedAt.advanced(by: .seconds(1)), workflow: nil, limit: 9),
      1,
      "purged runs")
    trial.expectEqual(
      try await trial.commit(RunChange(record: trial.record(idempotencyKey: "once"), expected: nil)), .committed,
      "verdict when the first run has been purged")
  }
}
