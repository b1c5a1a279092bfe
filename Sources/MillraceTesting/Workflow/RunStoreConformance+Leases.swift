import MillraceWorkflow

/// Clauses 8 and 9.
extension RunStoreConformance {
  static let leaseCases = [
    Case(clause: 8, name: "one owner at a time", body: oneOwnerAtATime),
    Case(clause: 8, name: "tokens grow with owners", body: tokensGrow),
    Case(clause: 8, name: "changes under an old lease are refused", body: fencing),
    Case(clause: 9, name: "time is the store's", body: storeTime),
  ]

  private static let role = "orders-awaiting-relay-0-of-2"

  private static func oneOwnerAtATime(_ trial: Trial) async throws {
    let store = trial.store
    let first = try await store.acquireLease(role: role, owner: "a", duration: .seconds(10))
    trial.expectEqual(first?.expires, trial.clock.now.advanced(by: .seconds(10)), "when a lease ends")
    trial.expectEqual(first?.owner, "a", "the owner")
    trial.expectEqual(first?.role, role, "the role")
    trial.expectEqual(
      try await store.acquireLease(role: role, owner: "b", duration: .seconds(10)), nil, "a lease that somebody has")
    let other = try await store.acquireLease(role: "a role", owner: "b", duration: .seconds(30))
    trial.expect(other != nil, "a lease of another role, for another owner")
    trial.clock.advance(by: .microseconds(9_999_999))
    trial.expectEqual(
      try await store.acquireLease(role: role, owner: "b", duration: .seconds(10)), nil,
      "a lease that has a microsecond left")
    trial.expectEqual(try await store.leases(), [other, first].compactMap { $0 }, "leases, in order of their roles")
    let renewed = try await store.acquireLease(role: role, owner: "a", duration: .seconds(10))
    trial.expectEqual(renewed?.token, first?.token, "the token of a renewed lease")
    trial.expectEqual(renewed?.expires, trial.clock.now.advanced(by: .seconds(10)), "when a renewed lease ends")
    trial.clock.advance(by: .seconds(10))
    trial.expectEqual(try await store.leases().map(\.role), ["a role"], "leases that have not ended")
    let second = try await store.acquireLease(role: role, owner: "b", duration: .seconds(10))
    trial.expectEqual(second?.owner, "b", "the owner of a lease that had ended")
    trial.expectEqual(
      try await store.acquireLease(role: role, owner: "a", duration: .seconds(10)), nil,
      "the lease, for its first owner")
  }

  private static func tokensGrow(_ trial: Trial) async throws {
    var token: Int64 = .min
    for owner in ["a", "b", "a", "a", "b"] {
      // Ended by time, or given back.
      guard let lease = try await trial.store.acquireLease(role: role, owner: owner, duration: .seconds(1)) else {
        return trial.expect(false, "a lease for \(owner), when the one before has ended")
      }
      trial.expect(lease.token > token, "a greater token than \(token) for a new owner, not \(lease.token)")
      token = lease.token
      if trial.random.index(below: 2) == 0 {
        trial.clock.advance(by: .seconds(1))
      } else {
        var older = lease
        older.token -= 1
        try await trial.store.releaseLease(older)
        trial.expectEqual(
          try await trial.store.acquireLease(role: role, owner: "c", duration: .seconds(1)), nil,
          "a lease that was given back under an older token")
        try await trial.store.releaseLease(lease)
        trial.expectEqual(try await trial.store.leases(), [], "leases when the only one was given back")
      }
      try await trial.reopen()
    }
  }

  private static func fencing(_ trial: Trial) async throws {
    let store = trial.store
    guard let first = try await store.acquireLease(role: role, owner: "a", duration: .seconds(10)) else {
      return trial.expect(false, "a lease of a free role")
    }
    var record = try await trial.start(trial.record()) { $0.lease = first }
    record = try await trial.advance(record) { $0.lease = first }
    func verdict(_ lease: Lease) async throws -> CommitVerdict {
      try await trial.commit(
        trial.change(record) {
          $0.lease = lease
          $0.steps = [StepRecord(name: "fenced")]
        })
    }
    var forged = first
    forged.token += 1
    trial.expectEqual(try await verdict(forged), .fenced, "verdict under a token that nobody has")
    forged = first
    forged.role = "another"
    trial.expectEqual(try await verdict(forged), .fenced, "verdict under a role that nobody has")
    trial.clock.advance(by: .seconds(10))
    trial.expectEqual(try await verdict(first), .fenced, "verdict under a lease that has ended")
    // What the caller believes of its end does not count.
    forged = first
    forged.expires = .distantFuture
    trial.expectEqual(try await verdict(forged), .fenced, "verdict under a lease that has ended, in another's time")
    let second = try await store.acquireLease(role: role, owner: "b", duration: .seconds(10))
    trial.expectEqual(try await verdict(first), .fenced, "verdict under a lease that has a newer owner")
    trial.expectEqual(
      try await trial.commit(
        RunChange(record: trial.record(), expected: nil).under(first)), .fenced,
      "verdict of a start under an older lease")
    trial.expectEqual(try await trial.look(record.id), StoredRun(record: record), "the run after fenced changes")
    if let second {
      record = try await trial.advance(record) { $0.lease = second }
      try await store.releaseLease(second)
      trial.expectEqual(try await verdict(second), .fenced, "verdict under a lease that was given back")
    }
    record = try await trial.advance(record)
  }

  private static func storeTime(_ trial: Trial) async throws {
    trial.expectEqual(try await trial.store.now(), trial.clock.now, "the store's time")
    trial.clock.advance(by: .seconds(-100))
    trial.expectEqual(try await trial.store.now(), trial.clock.now, "the store's time after a jump back")
    let lease = try await trial.store.acquireLease(role: role, owner: "a", duration: .seconds(10))
    trial.expectEqual(lease?.expires, trial.clock.now.advanced(by: .seconds(10)), "when a lease ends after a jump back")
  }
}

extension RunChange {
  fileprivate func under(_ lease: Lease) -> RunChange {
    var change = self
    change.lease = lease
    return change
  }
}
