import Synchronization

/// Takes, renews and gives back an engine's leases: a share of the shards of each workflow that it drives.
///
/// One thing at a time; what it holds may be asked at any time, by anybody.
actor LeaseKeeper {
  nonisolated let leasing: Leasing
  private let store: any RunStore
  private let wallClock: any WallClock
  private nonisolated let table: Mutex<LeaseTable>
  /// What is done before the next thing.
  private var last: Task<Void, Never>?
  private var renews = Timestamp(microseconds: .min)
  private var isStopped = false

  /// Shards that are the engine's now, and those that are not any more.
  struct Change {
    var taken: ShardSelection
    var lost: ShardSelection
    var trouble: [any Error] = []

    init(total: Int) { (taken, lost) = (ShardSelection(of: total), ShardSelection(of: total)) }

    mutating func lose(_ roles: [LeaseRole]) {
      for role in roles where role.process == LeaseRole.drive {
        lost.shards[role.workflow, default: []].insert(role.shard)
      }
    }
  }

  init(_ leasing: Leasing, store: any RunStore, wallClock: any WallClock) {
    leasing.check()
    self.leasing = leasing
    self.store = store
    self.wallClock = wallClock
    table = Mutex(LeaseTable(total: leasing.shardCount))
  }

  // MARK: What it holds

  nonisolated func covers(_ workflow: String) -> Bool { table.withLock { $0.covers(workflow) } }

  /// The lease under which a run may be changed, if it is held; and whether no attempt is to begin under it.
  nonisolated func lease(of record: RunRecord) -> (lease: Lease, isLeaving: Bool)? {
    let shard = ShardSelection.shard(of: record.shardHash, leasing.shardCount)
    let now = wallClock.now
    return table.withLock { table in
      guard let holding = table.holding(record.workflow, shard, at: now) else { return nil }
      return (holding.lease, table.isLeaving(record.workflow, shard))
    }
  }

  nonisolated var selection: ShardSelection {
    let now = wallClock.now
    return table.withLock { $0.selection(at: now) }
  }

  nonisolated var holdsOutbox: Bool {
    let now = wallClock.now
    return table.withLock { $0.outbox.map { now < $0.ends } ?? false }
  }

  /// Those that have not ended, in order of their roles.
  nonisolated var held: [EngineLoad.HeldLease] {
    let now = wallClock.now
    return table.withLock(\.holdings).filter { now < $0.value.ends }.sorted { "\($0.key)" < "\($1.key)" }.map {
      EngineLoad.HeldLease(
        role: $0.key, renewed: $0.value.ends.advanced(by: .zero - leasing.duration), ends: $0.value.ends)
    }
  }

  /// The store has said that a lease is somebody else's.
  nonisolated func fenced(_ lease: Lease) -> ShardSelection {
    let role = LeaseRole(lease.role)!
    return table.withLock { table in
      guard table.holdings[role]?.lease.token == lease.token else { return ShardSelection(of: table.total) }
      table.set(role, nil)
      return ShardSelection(of: table.total, [role.workflow: [role.shard]])
    }
  }

  // MARK: Turns

  /// Begins to drive workflows.
  ///
  /// - Throws: ``WorkflowError/Code/impossible`` if other engines divide their runs into another number of shards; what the store throws.
  func cover(_ workflows: [String]) async throws -> Change {
    try await inTurn { keeper in try await keeper.join(workflows) }
  }

  /// Renews what is due, and takes or gives up shards. Leases are lost if that fails for too long.
  ///
  /// - Parameters:
  ///   - takes: whether anything new is taken.
  ///   - busy: shards of a workflow in which something is under way.
  func look(takes: Bool, busy: @escaping @Sendable (String) -> Set<Int>) async -> Change {
    do {
      return try await inTurn { keeper in await keeper.lookNow(takes: takes, busy: busy) }
    } catch {
      // Nothing that it calls throws.
      return Change(total: leasing.shardCount)
    }
  }

  /// Gives all back. Nothing is taken any more.
  func stop() async {
    _ = try? await inTurn { keeper in
      await keeper.stopNow()
      return Change(total: keeper.leasing.shardCount)
    }
  }

  private func inTurn(_ body: @escaping @Sendable (LeaseKeeper) async throws -> Change) async throws -> Change {
    let before = last
    let task = Task.detached {
      await before?.value
      return try await body(self)
    }
    last = Task.detached { _ = await task.result }
    return try await task.value
  }

  private func stopNow() async {
    isStopped = true
    let leases = table.withLock { table in
      defer { table.clear() }
      return table.holdings.values.map(\.lease)
    }
    await release(leases)
  }

  // MARK: Joining

  private func join(_ workflows: [String]) async throws -> Change {
    var change = Change(total: leasing.shardCount)
    let new = workflows.filter { !covers($0) }
    if isStopped || new.isEmpty { return change }
    let before = try await liveLeases()
    let memberships = Dictionary(uniqueKeysWithValues: new.map { (leasing.membership($0), $0) })
    let members = try await acquire(Array(memberships.keys), before)
    // Looked at after it can be seen itself: of two that join at the same time, at least one sees the other.
    let live = try await liveLeases()
    for (role, lease) in live
    where role.total != leasing.shardCount && new.contains(role.workflow) && lease.owner != leasing.owner
      && role != Leasing.outbox
    {
      await release(members.values.map(\.lease))
      throw WorkflowError(
        .impossible,
        "\(lease.owner) divides its runs into \(role.total) shards, this engine into \(leasing.shardCount): all engines of a store need the same number",
        at: role.workflow)
    }
    table.withLock { table in
      for (role, workflow) in memberships { if let member = members[role] { table.cover(workflow, member) } }
    }
    await take(new.filter { covers($0) }, live, &change)
    return change
  }

  // MARK: Looking

  private func lookNow(takes: Bool, busy: @Sendable (String) -> Set<Int>) async -> Change {
    var change = Change(total: leasing.shardCount)
    if isStopped { return change }
    let now = wallClock.now
    change.lose(table.withLock { $0.expire(at: now) })
    do {
      // Also when the clock was set back: nobody would have them for so long if the engine ended.
      if now >= renews || now < renews.advanced(by: .zero - leasing.duration / 3) { try await renew(&change) }
      let live = try await liveLeases()
      let workflows = table.withLock { Array($0.workflows.keys) }
      if takes { await take(workflows, live, &change) }
      for workflow in workflows { await giveUp(workflow, live, busy(workflow), &change) }
    } catch {
      change.trouble.append(error)
    }
    let after = wallClock.now
    change.lose(table.withLock { $0.expire(at: after) })
    return change
  }

  private func renew(_ change: inout Change) async throws {
    let old = table.withLock { $0.holdings }
    let new = try await acquire(Array(old.keys), [:])
    let now = wallClock.now
    for (role, holding) in old {
      let renewed = new[role]
      // If it has ended meanwhile, changes may have been given up.
      if renewed?.lease.token == holding.lease.token, now < holding.ends {
        table.withLock { $0.set(role, renewed) }
        continue
      }
      // Somebody else's; or one under which the runs are read anew. A membership has no runs.
      let isShard = role.process == LeaseRole.drive
      table.withLock { $0.set(role, isShard ? nil : renewed) }
      change.lose([role])
      if let renewed, isShard { await release([renewed.lease]) }
    }
    let missing = table.withLock { $0.workflows.filter { $0.value.member == nil }.map(\.key) }
    if !missing.isEmpty {
      let members = try await acquire(missing.map(leasing.membership), [:])
      table.withLock { table in
        for workflow in missing {
          if let member = members[leasing.membership(workflow)] { table.cover(workflow, member) }
        }
      }
    }
    renews = wallClock.now.advanced(by: leasing.duration / 3)
  }

  private func take(_ workflows: [String], _ live: [LeaseRole: Lease], _ change: inout Change) async {
    let first = Int(ContentHash(of: leasing.owner.utf8).shardHash)
    var roles: [LeaseRole] = []
    if table.withLock({ $0.outbox == nil }), live[Leasing.outbox]?.owner ?? leasing.owner == leasing.owner {
      roles.append(Leasing.outbox)
    }
    for workflow in workflows {
      let share = table.withLock { $0.share(of: workflow, owner: leasing.owner, live: live, first: first) }
      roles += share.takes.map { leasing.role(workflow, $0) }
    }
    if roles.isEmpty { return }
    do {
      let taken = try await acquire(roles, live)
      table.withLock { table in for (role, holding) in taken { table.set(role, holding) } }
      for role in taken.keys where role.process == LeaseRole.drive {
        change.taken.shards[role.workflow, default: []].insert(role.shard)
      }
    } catch {
      // What was stored all the same is its own, and is found so at the next look.
      change.trouble.append(error)
    }
  }

  private func giveUp(
    _ workflow: String, _ live: [LeaseRole: Lease], _ busy: Set<Int>, _ change: inout Change
  ) async {
    let now = wallClock.now
    /// Shards that were to be given away, and are kept: their runs go on with what was left for the next engine.
    var kept: Set<Int> = []
    let leases = table.withLock { table -> [Lease] in
      let excess = table.share(of: workflow, owner: leasing.owner, live: live, first: 0).excess
      guard let state = table.workflows[workflow], excess > 0 else {
        kept = table.stay(workflow, until: table.workflows[workflow]?.stays)
        return []
      }
      if let stays = state.stays, now < stays { return [] }
      if state.leaving.isEmpty {
        let idle = state.shards.keys.sorted { (busy.contains($0) ? 1 : 0, $0) < (busy.contains($1) ? 1 : 0, $1) }
        table.leave(workflow, Array(idle.prefix(excess)), until: now.advanced(by: leasing.handoverGrace))
      }
      let leaving = table.workflows[workflow]!.leaving
      let done = leaving.keys.filter { !busy.contains($0) }.sorted().prefix(excess)
      let leases = done.compactMap { state.shards[$0]?.lease }
      for shard in done { table.set(leasing.role(workflow, shard), nil) }
      if done.isEmpty, leaving.values.allSatisfy({ $0 <= now }) {
        kept = table.stay(workflow, until: now.advanced(by: leasing.handoverGrace * 3))
      }
      return leases
    }
    if !kept.isEmpty { change.taken.shards[workflow, default: []].formUnion(kept) }
    change.lose(leases.map { LeaseRole($0.role)! })
    await release(leases)
  }

  // MARK: The store

  private func liveLeases() async throws -> [LeaseRole: Lease] {
    // Others may keep leases of their own in the store.
    Dictionary(try await store.leases().compactMap { lease in LeaseRole(lease.role).map { ($0, lease) } }) { $1 }
  }

  /// Takes or renews, all at once so that they share a transaction; those that others have are left out.
  ///
  /// - Parameter live: a lease that is there under the own name, and is not held, is from before this engine was started: it is given back first, so that the new one has a greater token.
  private func acquire(_ roles: [LeaseRole], _ live: [LeaseRole: Lease]) async throws -> [LeaseRole: LeaseTable.Holding]
  {
    let (held, owner, duration, store) = (table.withLock { $0.holdings }, leasing.owner, leasing.duration, store)
    let ends = wallClock.now.advanced(by: duration)
    return try await withThrowingTaskGroup(of: (LeaseRole, Lease?).self) { group in
      for role in roles {
        let old = held[role] == nil && live[role]?.owner == owner ? live[role] : nil
        group.addTask {
          if let old { try await store.releaseLease(old) }
          return (role, try await store.acquireLease(role: "\(role)", owner: owner, duration: duration))
        }
      }
      var taken: [LeaseRole: LeaseTable.Holding] = [:]
      for try await (role, lease) in group {
        if let lease { taken[role] = LeaseTable.Holding(lease: lease, ends: ends) }
      }
      return taken
    }
  }

  /// What cannot be given back ends by itself.
  private func release(_ leases: [Lease]) async {
    let store = store
    await withTaskGroup { group in
      for lease in leases { group.addTask { try? await store.releaseLease(lease) } }
    }
  }
}
