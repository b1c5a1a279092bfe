import MillraceWorkflow

/// What a store should do, said as plainly as possible: lists, looked through from the beginning.
struct ModelStore {
  struct Run {
    var stored: StoredRun
    var history: [HistoryEntry] = []
    var knownEvents: Set<String> = []
    /// Still known when the record no longer says it.
    var idempotencyKey: String?
  }

  let limits: StoreLimits
  var runs: [Run] = []
  var outbox: [(run: RunID, event: OutboxEvent)] = []
  var leases: [Lease] = []
  var documents: [Document] = []

  func place(_ id: RunID) -> Int? { runs.firstIndex { $0.stored.record.id == id } }

  mutating func commit(_ change: RunChange, at time: Timestamp) -> CommitVerdict {
    let record = change.record
    if let lease = change.lease,
      !leases.contains(where: {
        $0.role == lease.role && $0.owner == lease.owner && $0.token == lease.token && $0.expires > time
      })
    {
      return .fenced
    }
    var run: Run
    if let expected = change.expected {
      guard let place = place(record.id) else { return .unknownRun }
      run = runs[place]
      if run.stored.record.revision != expected { return .conflict(run.stored.record.revision) }
    } else {
      if place(record.id) != nil { return .exists }
      if let key = record.idempotencyKey,
        let first = runs.first(where: { $0.stored.record.workflow == record.workflow && $0.idempotencyKey == key })
      {
        return .duplicate(first.stored.record.id)
      }
      run = Run(stored: StoredRun(record: record), idempotencyKey: record.idempotencyKey)
    }
    var new = record
    new.workflow = run.stored.record.workflow
    new.idempotencyKey = run.stored.record.idempotencyKey
    new.createdAt = run.stored.record.createdAt
    new.depth = run.stored.record.depth
    if new.holdsKey, !new.state.isFinal,
      let holder = runs.map(\.stored.record).first(where: {
        $0.id != new.id && $0.workflow == new.workflow && $0.key == new.key && $0.holdsKey && !$0.state.isFinal
      })
    {
      return .keyHeld(holder.id)
    }
    run.stored.record = new
    if change.clearsSteps { run.stored = StoredRun(record: new) }
    run.stored.inbox.removeAll { change.takenEvents.contains($0.id) }
    for event in change.inbox where run.knownEvents.insert(event.id).inserted { run.stored.inbox.append(event) }
    for step in change.steps {
      run.stored.steps.removeAll { $0.name == step.name }
      run.stored.steps.append(step)
    }
    run.stored.timers.removeAll { change.removedTimers.contains($0.name) }
    for timer in change.timers {
      run.stored.timers.removeAll { $0.name == timer.name }
      run.stored.timers.append(timer)
    }
    run.history += change.history
    outbox += change.outbox.map { (record.id, $0) }
    if let place = place(record.id) { runs[place] = run } else { runs.append(run) }
    return .committed
  }

  mutating func deliver(_ event: InboxEvent, to id: RunID) -> DeliveryVerdict {
    guard let place = place(id) else { return .unknownRun }
    if runs[place].stored.record.state.isFinal { return .late(runs[place].stored.record.state) }
    if runs[place].knownEvents.contains(event.id) { return .duplicate }
    guard limits.takes(event, unread: runs[place].stored.inbox.count) else { return .full }
    runs[place].knownEvents.insert(event.id)
    runs[place].stored.inbox.append(event)
    return .accepted
  }

  mutating func acquireLease(_ role: String, _ owner: String, _ duration: Duration, at time: Timestamp) -> Lease? {
    guard let place = leases.firstIndex(where: { $0.role == role }) else {
      leases.append(Lease(role: role, owner: owner, token: 1, expires: time.advanced(by: duration)))
      return leases.last
    }
    let isLive = leases[place].expires > time
    if isLive, leases[place].owner != owner { return nil }
    leases[place].owner = owner
    leases[place].expires = time.advanced(by: duration)
    if !isLive { leases[place].token += 1 }
    return leases[place]
  }

  mutating func releaseLease(_ lease: Lease) {
    for place in leases.indices
    where leases[place].role == lease.role && leases[place].owner == lease.owner && leases[place].token == lease.token {
      leases[place].expires = Timestamp(microseconds: .min)
    }
  }

  mutating func setDocument(_ name: DocumentName, to value: Payload?, expected: Revision?) -> Bool {
    guard documents.first(where: { $0.name == name })?.revision == expected else { return false }
    documents.removeAll { $0.name == name }
    if let value { documents.append(Document(name: name, value: value, revision: expected?.next ?? .first)) }
    return true
  }

  /// Nil if nothing is deleted; otherwise steps, entries of the history, events in the inbox and in the outbox.
  mutating func eraseData(of id: RunID, at time: Timestamp) -> [Int]? {
    guard let place = place(id), runs[place].stored.record.state.isFinal else { return nil }
    let run = runs[place]
    let counts = [
      run.stored.steps.count, run.history.count, run.knownEvents.count, outbox.count { $0.run == id },
    ]
    runs[place] = Run(
      stored: StoredRun(record: run.stored.record.expectedAfterErasure(at: time)), idempotencyKey: run.idempotencyKey)
    outbox.removeAll { $0.run == id }
    return counts
  }

  mutating func purge(finishedBefore time: Timestamp, workflow: String?, limit: Int) -> Int {
    let old = runs.map(\.stored.record).filter {
      $0.state.isFinal && $0.finishedAt.map { $0 < time } ?? false && (workflow == nil || $0.workflow == workflow)
    }.sorted { ($0.finishedAt!, $0.id) < ($1.finishedAt!, $1.id) }.prefix(limit).map(\.id)
    runs.removeAll { old.contains($0.stored.record.id) }
    return old.count
  }

  var runsToResume: [StoredRun] {
    runs.map(\.stored.sorted).filter {
      $0.record.state == .initiated || $0.record.state == .running || $0.record.state == .waiting && !$0.inbox.isEmpty
    }.sorted { $0.record.id < $1.record.id }
  }

  /// Of runs whose timers count.
  var timers: [(due: Timestamp, run: RunID)] {
    runs.map(\.stored).filter { !$0.record.state.isFinal }.flatMap { run in
      run.timers.filter { run.record.state != .paused || $0.name == TimerRecord.resume }.map { ($0.due, run.record.id) }
    }.sorted { $0 < $1 }
  }

  func dueRuns(at time: Timestamp) -> [RunID] {
    timers.reduce(into: []) { if $1.due <= time, !$0.contains($1.run) { $0.append($1.run) } }
  }
}
