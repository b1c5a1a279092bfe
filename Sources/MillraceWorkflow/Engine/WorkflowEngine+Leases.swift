import Millrace

/// Sharing a store with other engines.
extension WorkflowEngine {
  /// Under what a run may be changed.
  enum Grant {
    /// Nobody else changes it.
    case free
    /// While this lease is held. Leaving: no attempt begins any more.
    case held(Lease, isLeaving: Bool)
    /// It is for another engine.
    case elsewhere

    var lease: Lease? {
      if case .held(let lease, _) = self { return lease }
      return nil
    }
  }

  func grant(of record: RunRecord, in store: any RunStore) -> Grant {
    guard let keeper, isShared(store) else { return .free }
    return keeper.lease(of: record).map { .held($0.lease, isLeaving: $0.isLeaving) } ?? .elsewhere
  }

  /// What was granted is so still: the engine has not stood still for too long meanwhile.
  func isValid(_ grant: Grant, of record: RunRecord) -> Bool {
    guard let lease = grant.lease else { return true }
    return keeper?.lease(of: record)?.lease.token == lease.token
  }

  /// A store in memory beside the one that is shared is the engine's own.
  func isShared(_ store: any RunStore) -> Bool { (store as AnyObject) === (self.store as AnyObject) }

  /// Runs whose timers are this engine's matter; nil: all.
  func selection(in store: any RunStore) -> ShardSelection? {
    isShared(store) ? keeper.map(\.selection) : nil
  }

  /// The name of the engine that drives a run, if that is another one; nil if it is this one, or none does at the moment.
  public func holder(of id: RunID) async throws -> String? {
    guard let keeper, let record = try await store.load(id)?.record else { return nil }
    let shard = ShardSelection.shard(of: record.shardHash, keeper.leasing.shardCount)
    let role = "\(keeper.leasing.role(record.workflow, shard))"
    let owner = try await store.leases().first { $0.role == role }?.owner
    return owner == keeper.leasing.owner ? nil : owner
  }

  /// Names of the other engines that drive runs of the store.
  public func otherEngines() async throws -> [String] {
    guard let keeper else { return [] }
    return Set(try await store.leases().map(\.owner)).subtracting([keeper.leasing.owner]).sorted()
  }

  /// Whether this is the one engine of the store that hands on what runs tell the world; true without leases.
  package var relaysOutbox: Bool { keeper?.holdsOutbox ?? true }

  /// A new run's id and shard. One without a key is nobody's in particular: its id is chosen so that this engine may drive it, if there is such a shard.
  func makeID(key: String, _ program: any RunProgram, at now: Timestamp) -> (id: RunID, shardHash: UInt32) {
    var generator = configuration.random()
    func draw() -> (RunID, UInt32) {
      let id = RunID(at: now, using: &generator)
      return (id, ContentHash(of: (key.isEmpty ? "\(id)" : key).utf8).shardHash)
    }
    var drawn = draw()
    guard key.isEmpty, let keeper, isShared(store(of: program)) else { return drawn }
    let selection = keeper.selection
    guard selection.shards[program.name]?.isEmpty == false else { return drawn }
    // With one shard of 8 it is missed in 64 draws once in 5,000 times; then the run goes to another engine.
    for _ in 0..<64 where !selection.contains(workflow: program.name, shardHash: drawn.1) { drawn = draw() }
    return drawn
  }

  // MARK: Covering workflows

  /// Takes a share of a workflow's shards, unless it has been done. Not before ``resumeRuns()``.
  ///
  /// - Parameter resumes: false: the caller reads the runs that are under way.
  func cover(_ workflows: [String], resumes: Bool = true) async throws {
    guard let keeper, state.withLock({ $0.lookers != nil }), !isDraining else { return }
    let new = workflows.filter { name in
      !keeper.covers(name) && keeper.leasing.workflows?.contains(name) ?? true
    }
    if new.isEmpty { return }
    let change = try await keeper.cover(new)
    if resumes { try await follow(change) } else { drop(change.lost) }
  }

  /// Workflows of which others have stored definitions that this engine can follow, too.
  ///
  /// - Parameter isStart: reads the definitions themselves, too: those of an engine without leases have no names beside them.
  private func discover(isStart: Bool = false) async throws {
    guard let keeper else { return }
    var found: Set<String> = []
    var seen: Set<ContentHash> = []
    for document in try await store.documents(in: Self.knownWorkflows, after: nil, limit: 10_000) {
      let name = document.name.key
      guard !keeper.covers(name), let text = try? document.value.value(), case .string(let digits) = text,
        let hash = ContentHash(digits), !state.withLock({ $0.foreign.contains(hash) })
      else { continue }
      if try await canFollow(name, hash) { found.insert(name) }
      seen.insert(hash)
    }
    if isStart {
      for document in try await store.documents(in: "definitions", after: nil, limit: 10_000) {
        guard let hash = ContentHash(document.name.key),
          let name = try? WorkflowDefinition(json: document.value.bytes).name, !keeper.covers(name),
          !found.contains(name)
        else { continue }
        if try await canFollow(name, hash) { found.insert(name) }
      }
    }
    do {
      try await cover(Array(found), resumes: !isStart)
    } catch let error as WorkflowError where error.code == .impossible {
      // Others divide it otherwise: not asked about at each look.
      state.withLock { $0.foreign.formUnion(seen) }
      throw error
    }
    // Not before all of it is done: what has failed is tried again at the next look.
    state.withLock { $0.foreign.formUnion(seen) }
  }

  /// Whether a stored definition is whole, and needs nothing that this engine has not: a kind of task, a type.
  private func canFollow(_ name: String, _ hash: ContentHash) async throws -> Bool {
    do {
      return try await findProgram(named: name, hash, in: store) != nil
    } catch let error as WorkflowError where error.code == .invalidDefinition {
      return false
    } catch let error as WorkflowError where error.code == .storeDamaged {
      observeTrouble("lease trouble", error)
      return false
    }
  }

  /// Beside the definitions: the name of each workflow, and the definition that was stored last under it.
  static var knownWorkflows: String { "workflows" }

  func storeName(of program: any RunProgram) async throws {
    guard keeper != nil, isShared(store(of: program)) else { return }
    let name = DocumentName(Self.knownWorkflows, program.name)
    let value = Payload(.string("\(program.hash)"))
    let old = try await store.document(name)
    if old?.value == value { return }
    // Another engine's may have come between: either will do.
    _ = try await store.setDocument(name, to: value, expected: old?.revision, durability: .processCrash)
  }

  // MARK: Looking

  /// Begins to take leases, and to look for what others leave to this engine.
  func beginLooking() async throws {
    guard let keeper else { return }
    state.withLock { state in
      if state.lookers != nil { return }
      let (clock, period) = (wallClock, keeper.leasing.lookPeriod)
      let looker = Task.detached(executorPreference: executor) { [weak self] in
        while !Task.isCancelled {
          do { try await clock.sleep(for: period) } catch { return }
          await self?.look()
        }
      }
      state.lookers = looker
    }
    do {
      try await cover(state.withLock { Array($0.current.keys) }, resumes: false)
      try await discover(isStart: true)
    } catch {
      let looker = state.withLock { state in
        defer { state.lookers = nil }
        return state.lookers
      }
      looker?.cancel()
      throw error
    }
  }

  /// Hands its runs over: whoever looks next takes them.
  func endLooking() async {
    await keeper?.stop()
    let looker = state.withLock { $0.lookers }
    looker?.cancel()
    await looker?.value
  }

  /// Once in each ``Leasing/lookPeriod``; tests call it themselves.
  package func look() async {
    guard let keeper else { return }
    // First of all: without it all leases end.
    let change = await keeper.look(takes: !isDraining) { [weak self] in self?.busyShards(of: $0) ?? [] }
    for error in change.trouble { observeTrouble("lease trouble", error) }
    // What fails keeps nothing after it from being done.
    func trying(_ body: () async throws -> Void) async {
      do { try await body() } catch { observeTrouble("lease trouble", error) }
    }
    await trying { try await follow(change) }
    await trying {
      try await lookAtWaited { !keeper.selection.contains(workflow: $0.workflow, shardHash: $0.shardHash) }
    }
    if isDraining { return }
    await trying { try await discover() }
    await trying { try await readLetters() }
    // In a task of its own: what a run waits for must not keep leases from being renewed.
    if !isDraining { wake(at: wallClock.now) }
  }

  /// Drops what is lost, and goes on with what was taken. What cannot be read now is tried again at the next look.
  func follow(_ change: LeaseKeeper.Change) async throws {
    drop(change.lost)
    let taken = state.withLock { state in
      for (workflow, shards) in change.taken.shards { state.taken[workflow, default: []].formUnion(shards) }
      defer { state.taken = [:] }
      return state.taken
    }
    guard !taken.isEmpty, !isDraining else { return }
    let selection = ShardSelection(of: change.taken.total, taken)
    do {
      _ = try await resume(in: selection)
      try await lookAtWaited { selection.contains(workflow: $0.workflow, shardHash: $0.shardHash) }
      wake(at: wallClock.now)
    } catch {
      state.withLock { state in
        for (workflow, shards) in taken { state.taken[workflow, default: []].formUnion(shards) }
      }
      throw error
    }
  }

  /// Gives up the runs of some shards, without effects.
  func drop(_ shards: ShardSelection) {
    if shards.isEmpty { return }
    let drivers = state.withLock { state in
      state.drivers.values.filter {
        shards.contains(workflow: $0.program.name, shardHash: $0.shardHash) && isShared(store(of: $0.program))
      }
    }
    for driver in drivers {
      driver.drop()
      // At once: if the shard is taken again, its runs get other drivers.
      retire(driver)
    }
  }

  /// The store has said that a lease has ended.
  func fenced(_ lease: Lease) {
    if let keeper { drop(keeper.fenced(lease)) }
  }

  private func busyShards(of workflow: String) -> Set<Int> {
    guard let keeper else { return [] }
    return state.withLock { state in
      Set(
        state.drivers.values.filter { $0.program.name == workflow }.map {
          ShardSelection.shard(of: $0.shardHash, keeper.leasing.shardCount)
        })
    }
  }

  /// Tells those who wait for runs that other engines drive.
  private func lookAtWaited(_ condition: (RunWaiter.Place) -> Bool) async throws {
    let waited = state.withLock { state in
      state.waiters.filter { $0.value.values.contains { $0.place.map(condition) ?? false } }.mapValues {
        Array($0.values)
      }
    }
    var trouble: (any Error)?
    for (id, waiters) in waited {
      do {
        guard let record = try await record(of: id) else { continue }
        for waiter in waiters { waiter.look(at: record) }
      } catch {
        // One that cannot be read, by a newer key say, hides no other.
        trouble = error
      }
    }
    if let trouble { throw trouble }
  }
}

/// A run that is not this engine's at the moment.
struct HeldElsewhere: Error {
  let record: RunRecord
}
