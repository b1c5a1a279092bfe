#if Workflow
  import GRDB
  import MillraceWorkflow

  /// What is done on the one connection that writes, inside the writer's transaction.
  ///
  /// A change is checked first and written then: what is refused has written nothing, so no savepoint is needed.
  struct StoreSession {
    let database: Database
    let limits: StoreLimits
    let statements: StoreStatements
    /// One time for all of a transaction.
    let time: Timestamp

    // MARK: Changes

    func commit(_ change: RunChange) throws -> CommitVerdict {
      change.checkRevision()
      if let complaint = limits.complaint(about: change) { return .tooLarge(complaint) }
      if let lease = change.lease, try !holds(lease) { return .fenced }
      let old = try find(change.record.id)
      return if let expected = change.expected { try update(change, old, from: expected) } else {
        try insert(change, old)
      }
    }

    /// Of a stored run, what a change must be checked against.
    struct Found {
      var run: Int64
      var revision: Revision
      var state: RunState
      var workflow: String
      var key: String
      var holdsKey: Bool
      var finishedAt: Timestamp?
      var parent: RunID?

      var armed: ArmedTimers { state.armedTimers }
    }

    func find(_ id: RunID) throws -> Found? {
      let find = statements.find
      find.bind(1, id)
      return try find.first { row in
        Found(
          run: row.int64(0), revision: Revision(row.int64(1)), state: try row.named(2, RunState.self),
          workflow: row.text(3), key: row.text(4), holdsKey: row.bool(5), finishedAt: row.timeIfAny(6),
          parent: try row.runIfAny(7))
      }
    }

    private func insert(_ change: RunChange, _ old: Found?) throws -> CommitVerdict {
      let record = change.record
      if old != nil { return .exists }
      if let key = record.idempotencyKey {
        let first = statements.findByIdempotencyKey
        first.bind(1, record.workflow)
        first.bind(2, key)
        first.bind(3, RunRecord.idempotencyHash(workflow: record.workflow, key: key))
        if let first = try first.first({ try $0.run(0) }) { return .duplicate(first) }
      }
      if let holder = try holder(of: record, workflow: record.workflow) { return .keyHeld(holder) }
      let insert = statements.insertRun
      insert.bindHot(record)
      insert.bind(StoreStatements.hotCount + 1, record.state.rawValue)
      insert.bindCold(record)
      insert.bind(StoreStatements.coldEnd + 1, record.id)
      insert.bind(StoreStatements.coldEnd + 2, record.workflow)
      insert.bind(StoreStatements.coldEnd + 3, record.idempotencyKey)
      insert.bind(StoreStatements.coldEnd + 4, record.createdAt)
      insert.bind(StoreStatements.coldEnd + 5, record.depth)
      try insert.run()
      try write(change, run: database.lastInsertedRowID, before: record.state.armedTimers)
      return .committed
    }

    private func update(_ change: RunChange, _ old: Found?, from expected: Revision) throws -> CommitVerdict {
      let record = change.record
      guard let old else { return .unknownRun }
      guard old.revision == expected else { return .conflict(old.revision) }
      let isSameKey = old.key == record.key && old.holdsKey == record.holdsKey
      if !isSameKey || old.state.isFinal, let holder = try holder(of: record, workflow: old.workflow) {
        return .keyHeld(holder)
      }
      // Columns that indexes look at are written only when they change: each costs an index.
      let isSame = isSameKey && old.finishedAt == record.finishedAt && old.parent == record.parent
      let update =
        isSame
        ? old.state == record.state ? statements.updateHot : statements.updateState : statements.updateAll
      update.bindHot(record)
      if old.state != record.state || !isSame { update.bind(StoreStatements.hotCount + 1, record.state.rawValue) }
      if !isSame { update.bindCold(record) }
      update.bind(StoreStatements.coldEnd + 1, old.run)
      try update.run()
      try write(change, run: old.run, before: old.armed)
      return .committed
    }

    /// Who holds the key that a run wants to hold; nil if nobody else does.
    private func holder(of record: RunRecord, workflow: String) throws -> RunID? {
      guard record.holdsKey, !record.state.isFinal else { return nil }
      let holder = statements.findHolder
      holder.bind(1, workflow)
      holder.bind(2, record.key)
      let id = try holder.first { try $0.run(0) }
      return id == record.id ? nil : id
    }

    /// All but the record.
    private func write(_ change: RunChange, run: Int64, before: ArmedTimers) throws {
      let record = change.record
      let armed = record.state.armedTimers
      if change.clearsSteps {
        try statements.run(statements.deleteSteps, run)
        statements.deleteTimers.bind(1, record.id)
        try statements.deleteTimers.run()
        try statements.run(statements.takeAll, run)
      } else if armed != before {
        statements.armTimers.bind(1, record.id)
        statements.armTimers.bind(2, armed == .all)
        statements.armTimers.bind(3, armed == .resume)
        try statements.armTimers.run()
      }
      for event in change.takenEvents {
        statements.take.bind(1, run)
        statements.take.bind(2, event)
        try statements.take.run()
      }
      for event in change.inbox where try !knows(event.id, run) { try receive(event, run) }
      for step in change.steps { try statements.setStep.run(step, of: run) }
      for name in change.removedTimers {
        statements.removeTimer.bind(1, record.id)
        statements.removeTimer.bind(2, name)
        try statements.removeTimer.run()
      }
      for timer in change.timers {
        statements.setTimer.bind(1, record.id)
        statements.setTimer.bind(2, timer.name)
        statements.setTimer.bind(3, timer.due)
        statements.setTimer.bind(4, armed.contain(timer.name))
        try statements.setTimer.run()
      }
      for (place, entry) in change.history.enumerated() {
        try statements.addHistory.run(entry, of: run, at: record.revision, place: place)
      }
      for event in change.outbox { try statements.addOutbox.run(event, of: record.id) }
    }

    // MARK: Events

    func deliver(_ event: InboxEvent, to id: RunID) throws -> DeliveryVerdict {
      if let complaint = limits.complaint(about: event) { return .tooLarge(complaint) }
      guard let found = try find(id) else { return .unknownRun }
      if found.state.isFinal { return .late(found.state) }
      if try knows(event.id, found.run) { return .duplicate }
      statements.countUnread.bind(1, found.run)
      statements.countUnread.bind(2, limits.unreadEvents)
      let unread = try statements.countUnread.first { $0.int(0) } ?? 0
      guard limits.takes(event, unread: unread) else { return .full }
      try receive(event, found.run)
      return .accepted
    }

    private func knows(_ event: String, _ run: Int64) throws -> Bool {
      statements.findEvent.bind(1, run)
      statements.findEvent.bind(2, event)
      return try statements.findEvent.first { _ in true } ?? false
    }

    private func receive(_ event: InboxEvent, _ run: Int64) throws {
      let insert = statements.addEvent
      insert.bind(1, run)
      insert.bind(2, event.id)
      insert.bind(3, event.name)
      insert.bind(4, event.payload)
      try insert.run()
    }

    func acknowledgeOutbox(through sequence: Int64) throws {
      try statements.run(statements.acknowledge, sequence)
    }

    // MARK: Leases

    private func lease(_ role: String) throws -> Lease? {
      statements.findLease.bind(1, role)
      return try statements.findLease.first { row in
        Lease(role: role, owner: row.text(0), token: row.int64(1), expires: row.time(2))
      }
    }

    private func holds(_ lease: Lease) throws -> Bool {
      guard let held = try self.lease(lease.role) else { return false }
      return held.token == lease.token && held.owner == lease.owner && time < held.expires
    }

    private func set(_ lease: Lease) throws {
      let set = statements.setLease
      set.bind(1, lease.role)
      set.bind(2, lease.owner)
      set.bind(3, lease.token)
      set.bind(4, lease.expires)
      try set.run()
    }

    func acquireLease(role: String, owner: String, duration: Duration) throws -> Lease? {
      var lease = Lease(role: role, owner: owner, token: 1, expires: time.advanced(by: duration))
      if let held = try self.lease(role) {
        let isLive = time < held.expires
        if isLive, held.owner != owner { return nil }
        lease.token = isLive ? held.token : held.token + 1
      }
      try set(lease)
      return lease
    }

    func releaseLease(_ lease: Lease) throws {
      guard var held = try self.lease(lease.role), held.token == lease.token, held.owner == lease.owner else { return }
      // The token stays known, so that the next one is greater.
      held.expires = Timestamp(microseconds: .min)
      try set(held)
    }

    // MARK: Documents

    func setDocument(_ name: DocumentName, to value: Payload?, expected: Revision?) throws -> Bool {
      let found = try StoreReader(database).document(name)
      guard found?.revision == expected else { return false }
      let change = value == nil ? statements.removeDocument : statements.setDocument
      change.bind(1, name.collection)
      change.bind(2, name.key)
      if let value {
        change.bind(3, (expected?.next ?? .first).number)
        change.bind(4, value)
      }
      try change.run()
      return true
    }
  }

  /// Which timers of a run count.
  enum ArmedTimers {
    case all
    /// That which ends a pause.
    case resume
    case none

    func contain(_ name: String) -> Bool { self == .all || self == .resume && name == TimerRecord.resume }
  }

  extension RunState {
    var armedTimers: ArmedTimers { self == .paused ? .resume : isFinal ? .none : .all }
  }
#endif
