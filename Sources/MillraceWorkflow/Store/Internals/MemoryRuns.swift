/// What a ``MemoryRunStore`` holds: plain transitions; time is an argument.
struct MemoryRuns {
  private let limits: StoreLimits
  private var runs: [RunID: MemoryRun] = [:]
  private var ids = SortedSet<RunID>()
  private var resumable = SortedSet<RunID>()
  /// Timers that count: see ``MemoryRun/counts(_:)``.
  private var due = SortedSet<DueTimer>()
  private var finished = SortedSet<TimedRun>()
  private var heldKeys: [RunKey: RunID] = [:]
  private var idempotencyKeys: [RunKey: RunID] = [:]
  /// Of runs whose data has been deleted.
  private var idempotencyHashes: [ContentHash: RunID] = [:]
  private var outbox: [SequencedEvent] = []
  private var lastSequence: Int64 = 0
  private var leases: [String: Lease] = [:]
  private var documents: [DocumentName: Document] = [:]
  private var documentKeys: [String: SortedSet<String>] = [:]
  private(set) var isClosed = false

  init(limits: StoreLimits) {
    self.limits = limits
  }

  mutating func close() { isClosed = true }

  // MARK: Changes

  mutating func commit(_ change: RunChange, at time: Timestamp) -> CommitVerdict {
    change.checkRevision()
    if let complaint = limits.complaint(about: change) { return .tooLarge(complaint) }
    if let lease = change.lease, !holds(lease, at: time) { return .fenced }
    return change.expected.map { update(change, from: $0) } ?? insert(change)
  }

  private mutating func insert(_ change: RunChange) -> CommitVerdict {
    let record = change.record
    guard runs[record.id] == nil else { return .exists }
    if let key = record.idempotencyKey, let first = firstRun(of: record.workflow, startedBy: key) {
      return .duplicate(first)
    }
    let run = MemoryRun(record)
    if let key = run.heldKey, let holder = heldKeys[key] { return .keyHeld(holder) }
    runs[record.id] = run
    ids.insert(record.id)
    if let key = record.idempotencyKey { idempotencyKeys[RunKey(record.workflow, key)] = record.id }
    file(run, from: nil) { runs in runs.apply(change, to: run) }
    return .committed
  }

  private mutating func update(_ change: RunChange, from expected: Revision) -> CommitVerdict {
    guard let run = runs[change.record.id] else { return .unknownRun }
    guard run.record.revision == expected else { return .conflict(run.record.revision) }
    let old = run.record
    var record = change.record
    record.workflow = old.workflow
    record.idempotencyKey = old.idempotencyKey
    record.createdAt = old.createdAt
    record.depth = old.depth
    if record.holdsKey, !record.state.isFinal, let holder = heldKeys[RunKey(record.workflow, record.key)],
      holder != record.id
    {
      return .keyHeld(holder)
    }
    file(run, from: run.places) { runs in
      let counted = run.timers.keys.filter(run.counts)
      run.record = record
      runs.count(run, instead: counted)
      runs.apply(change, to: run)
    }
    return .committed
  }

  /// All but the record.
  private mutating func apply(_ change: RunChange, to run: MemoryRun) {
    if change.clearsSteps {
      run.clearSteps()
      for name in Array(run.timers.keys) { setTimer(name, of: run, to: nil) }
    }
    run.take(change.takenEvents)
    for event in change.inbox { _ = run.receive(event) }
    for step in change.steps { run.set(step) }
    for name in change.removedTimers { setTimer(name, of: run, to: nil) }
    for timer in change.timers { setTimer(timer.name, of: run, to: timer.due) }
    run.history += change.history
    for event in change.outbox {
      lastSequence += 1
      outbox.append(SequencedEvent(sequence: lastSequence, run: run.record.id, event: event))
    }
  }

  private mutating func setTimer(_ name: String, of run: MemoryRun, to time: Timestamp?) {
    let old = run.timers[name]
    run.timers[name] = time
    guard run.counts(name) else { return }
    if let old { due.remove(DueTimer(due: old, run: run.record.id, name: name)) }
    if let time { due.insert(DueTimer(due: time, run: run.record.id, name: name)) }
  }

  /// Lets the timers of a run count that do so in its state, in place of those that did.
  private mutating func count(_ run: MemoryRun, instead old: [String]) {
    for name in old where !run.counts(name) {
      due.remove(DueTimer(due: run.timers[name]!, run: run.record.id, name: name))
    }
    for (name, time) in run.timers where run.counts(name) && !old.contains(name) {
      due.insert(DueTimer(due: time, run: run.record.id, name: name))
    }
  }

  private func firstRun(of workflow: String, startedBy key: String) -> RunID? {
    if let run = idempotencyKeys[RunKey(workflow, key)] { return run }
    if idempotencyHashes.isEmpty { return nil }
    return idempotencyHashes[RunRecord.idempotencyHash(workflow: workflow, key: key)]
  }

  /// Changes a run, and with it the indexes that hold it; nil: it is new.
  private mutating func file(_ run: MemoryRun, from old: MemoryRun.Places?, _ change: (inout MemoryRuns) -> Void) {
    change(&self)
    let new = run.places
    let id = run.record.id
    if old?.isResumable ?? false != new.isResumable {
      if new.isResumable { resumable.insert(id) } else { resumable.remove(id) }
    }
    if old?.heldKey != new.heldKey {
      if let key = old?.heldKey { heldKeys[key] = nil }
      if let key = new.heldKey { heldKeys[key] = id }
    }
    if old?.finishedAt != new.finishedAt {
      if let time = old?.finishedAt { finished.remove(TimedRun(time: time, run: id)) }
      if let time = new.finishedAt { finished.insert(TimedRun(time: time, run: id)) }
    }
  }

  mutating func deliver(_ event: InboxEvent, to id: RunID) -> DeliveryVerdict {
    if let complaint = limits.complaint(about: event) { return .tooLarge(complaint) }
    guard let run = runs[id] else { return .unknownRun }
    if run.record.state.isFinal { return .late(run.record.state) }
    if run.knows(event.id) { return .duplicate }
    guard limits.takes(event, unread: run.inbox.count) else { return .full }
    file(run, from: run.places) { _ in _ = run.receive(event) }
    return .accepted
  }

  // MARK: Reading

  func load(_ id: RunID) -> StoredRun? { runs[id]?.stored }

  func runsToResume(after id: RunID?, limit: Int, in shards: ShardSelection?) -> [StoredRun] {
    page(limit) { body in resumable.visit(after: id) { belongs(runs[$0]!, to: shards) ? body($0) : true } }
      .map { runs[$0]!.stored }
  }

  private func belongs(_ run: MemoryRun, to shards: ShardSelection?) -> Bool {
    shards?.contains(workflow: run.record.workflow, shardHash: run.record.shardHash) ?? true
  }

  func dueRuns(at time: Timestamp, limit: Int, in shards: ShardSelection?) -> [RunID] {
    var found: [RunID] = []
    var seen: Set<RunID> = []
    due.visit { timer in
      guard timer.due <= time, found.count < limit else { return false }
      guard belongs(runs[timer.run]!, to: shards) else { return true }
      if seen.insert(timer.run).inserted { found.append(timer.run) }
      return true
    }
    return found
  }

  func earliestTimer(after time: Timestamp?) -> Timestamp? {
    guard let time else { return due.first?.due }
    var found: Timestamp?
    due.visit(after: DueTimer(due: time, run: RunID(high: .max, low: .max), name: "")) { timer in
      guard timer.due > time else { return true }
      found = timer.due
      return false
    }
    return found
  }

  func runs(_ query: RunQuery) -> [RunRecord] {
    var found: [RunRecord] = []
    guard query.limit > 0 else { return [] }
    ids.visitDescending(before: query.before) { id in
      let record = runs[id]!.record
      if query.matches(record) { found.append(record) }
      return found.count < query.limit
    }
    return found
  }

  func count(_ query: RunQuery) -> Int { runs.values.count { query.matches($0.record) } }

  func history(of id: RunID) -> [HistoryEntry] { runs[id]?.history ?? [] }

  /// The first ones of an enumeration.
  private func page<Element>(_ limit: Int, _ enumerate: ((Element) -> Bool) -> Void) -> [Element] {
    var found: [Element] = []
    guard limit > 0 else { return [] }
    enumerate { element in
      found.append(element)
      return found.count < limit
    }
    return found
  }

  // MARK: Outbox

  func outbox(after sequence: Int64, limit: Int) -> [SequencedEvent] {
    Array(outbox[outboxPlace(after: sequence)...].prefix(max(0, limit)))
  }

  mutating func acknowledgeOutbox(through sequence: Int64) { outbox.removeFirst(outboxPlace(after: sequence)) }

  private func outboxPlace(after sequence: Int64) -> Int {
    outbox.partitionIndex { $0.sequence <= sequence }
  }

  // MARK: Leases

  private func holds(_ lease: Lease, at time: Timestamp) -> Bool {
    guard let held = leases[lease.role] else { return false }
    return held.token == lease.token && held.owner == lease.owner && time < held.expires
  }

  mutating func acquireLease(role: String, owner: String, duration: Duration, at time: Timestamp) -> Lease? {
    precondition(duration > .zero, "a lease of \(role) for \(duration) would end before it begins")
    var lease = Lease(role: role, owner: owner, token: 1, expires: time.advanced(by: duration))
    if let held = leases[role] {
      let isLive = time < held.expires
      if isLive, held.owner != owner { return nil }
      lease.token = isLive ? held.token : held.token + 1
    }
    leases[role] = lease
    return lease
  }

  mutating func releaseLease(_ lease: Lease) {
    guard let held = leases[lease.role], held.token == lease.token, held.owner == lease.owner else { return }
    // The token stays known, so that the next one is greater.
    leases[lease.role]!.expires = Timestamp(microseconds: .min)
  }

  func leases(at time: Timestamp) -> [Lease] {
    leases.values.filter { time < $0.expires }.sorted { $0.role < $1.role }
  }

  // MARK: Documents

  func document(_ name: DocumentName) -> Document? { documents[name] }

  func documents(in collection: String, after key: String?, limit: Int) -> [Document] {
    guard let keys = documentKeys[collection] else { return [] }
    return page(limit) { body in keys.visit(after: key, body) }.map { documents[DocumentName(collection, $0)]! }
  }

  mutating func setDocument(
    _ name: DocumentName, to value: Payload?, expected: Revision?
  ) throws(WorkflowError) -> Bool {
    try limits.check(name, value)
    guard documents[name]?.revision == expected else { return false }
    if let value {
      documents[name] = Document(name: name, value: value, revision: expected?.next ?? .first)
      documentKeys[name.collection, default: SortedSet()].insert(name.key)
    } else {
      documents[name] = nil
      documentKeys[name.collection]?.remove(name.key)
    }
    return true
  }

  // MARK: Keeping and deleting

  mutating func eraseData(of id: RunID, at time: Timestamp) -> ErasureReport? {
    guard let run = runs[id], run.record.state.isFinal else { return nil }
    if let key = run.record.idempotencyKey {
      let workflow = run.record.workflow
      idempotencyKeys[RunKey(workflow, key)] = nil
      idempotencyHashes[RunRecord.idempotencyHash(workflow: workflow, key: key)] = id
    }
    var report = run.erase(at: time)
    outbox.removeAll { event in
      guard event.run == id else { return false }
      report.outboxEvents += 1
      report.payloadBytes += event.event.payload.bytes.count
      return true
    }
    return report
  }

  mutating func purge(finishedBefore time: Timestamp, workflow: String?, limit: Int) -> Int {
    let old: [TimedRun] = page(limit) { body in
      finished.visit { run in
        guard run.time < time else { return false }
        return workflow == nil || runs[run.run]!.record.workflow == workflow ? body(run) : true
      }
    }
    for run in old { remove(runs[run.run]!) }
    if !idempotencyHashes.isEmpty, !old.isEmpty {
      let gone = Set(old.map(\.run))
      idempotencyHashes = idempotencyHashes.filter { !gone.contains($0.value) }
    }
    return old.count
  }

  private mutating func remove(_ run: MemoryRun) {
    if let time = run.record.finishedAt { finished.remove(TimedRun(time: time, run: run.record.id)) }
    runs[run.record.id] = nil
    ids.remove(run.record.id)
    if let key = run.record.idempotencyKey { idempotencyKeys[RunKey(run.record.workflow, key)] = nil }
  }
}
