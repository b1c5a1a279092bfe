import MillraceTesting
import MillraceWorkflow
import Synchronization

/// What is wrong with a ``DefectiveRunStore``, and the clause that it breaks.
enum Defect: CaseIterable, Sendable {
  case losesHistory, losesInboxOfChange, forgetsReason, keepsRemovedTimers, keepsClearedSteps, changesWorkflow
  case oneRefusedRefusesAll, verdictsInAnotherOrder, secondChangeOfRunIsLost, takesWhatIsTooLarge
  case ignoresRevision, checksThenWrites, startsTwice
  case forgetsLastChange, forgetsDocuments
  case forgetsIdempotencyKeys, idempotencyAcrossWorkflows, sharesHeldKeys, freesKeyOfPaused, forgetsKeyOfErased
  case storesDuplicates, forgetsTakenIDs, takesLateEvents, inboxInAnotherOrder, neverFull
  case outboxInAnotherOrder, acknowledgesOneMore, acknowledgesNothing, showsOutboxLate, purgesOutbox
  case twoOwners, tokenStays, ignoresLease, ignoresEndOfLease, releaseByAnyone
  case ownTime
  case readsOldRecord, pagesRepeat, pagesOmit, pausedRunsAreDue, neverEndsPauses, dueInAnotherOrder, forgetsWaitingRuns,
    countsPages
  case resumesOthers, wakesOthers, sameTimerAgain
  case lastWriterOfDocumentWins, documentPageOverlaps
  case keepsHistoryOfErased, keepsReasonOfErased, keepsKeyOfErased, erasesLiveRuns, emptyReport, revisionOfErasedStays
  case purgesNewest, purgesOtherWorkflows
  case worksWhenClosed, throwsSomethingElse

  var clause: Int {
    switch self {
    case .losesHistory, .losesInboxOfChange, .forgetsReason, .keepsRemovedTimers, .keepsClearedSteps,
      .changesWorkflow:
      1
    case .oneRefusedRefusesAll, .verdictsInAnotherOrder, .secondChangeOfRunIsLost, .takesWhatIsTooLarge: 2
    case .ignoresRevision, .checksThenWrites, .startsTwice: 3
    case .forgetsLastChange, .forgetsDocuments: 4
    case .forgetsIdempotencyKeys, .idempotencyAcrossWorkflows, .sharesHeldKeys, .freesKeyOfPaused,
      .forgetsKeyOfErased:
      5
    case .storesDuplicates, .forgetsTakenIDs, .takesLateEvents, .inboxInAnotherOrder, .neverFull: 6
    case .outboxInAnotherOrder, .acknowledgesOneMore, .acknowledgesNothing, .showsOutboxLate, .purgesOutbox: 7
    case .twoOwners, .tokenStays, .ignoresLease, .ignoresEndOfLease, .releaseByAnyone: 8
    case .ownTime: 9
    case .readsOldRecord, .pagesRepeat, .pagesOmit, .pausedRunsAreDue, .neverEndsPauses, .dueInAnotherOrder,
      .forgetsWaitingRuns,
      .countsPages, .resumesOthers, .wakesOthers, .sameTimerAgain:
      10
    case .lastWriterOfDocumentWins, .documentPageOverlaps: 11
    case .keepsHistoryOfErased, .keepsReasonOfErased, .keepsKeyOfErased, .erasesLiveRuns, .emptyReport,
      .revisionOfErasedStays, .purgesNewest, .purgesOtherWorkflows:
      12
    case .worksWhenClosed, .throwsSomethingElse: 13
    }
  }
}

/// A store in memory that outlives being closed, with one thing wrong.
final class DefectiveRunStore: RunStore {
  private struct State {
    var isClosed = false
    var idCount = 0
    var histories: [RunID: [HistoryEntry]] = [:]
    var oldRecords: [RunID: RunRecord] = [:]
  }

  private let base: MemoryRunStore
  private let clock: ManualWallClock
  private let defect: Defect?
  private let state = Mutex(State())

  /// Nil: nothing is wrong.
  init(_ defect: Defect?, clock: ManualWallClock, limits: StoreLimits) {
    var limits = limits
    if defect == .takesWhatIsTooLarge { limits = StoreLimits() }
    if defect == .neverFull { limits.unreadEvents = .max }
    self.defect = defect
    self.clock = clock
    base = MemoryRunStore(clock: clock, limits: limits)
  }

  private init(_ defect: Defect?, clock: ManualWallClock, base: MemoryRunStore) {
    self.defect = defect
    self.clock = clock
    self.base = base
  }

  /// Another store on the same data.
  func reopened(limits: StoreLimits) async throws -> DefectiveRunStore {
    try await close()
    let store = DefectiveRunStore(defect, clock: clock, base: base)
    let (histories, oldRecords) = state.withLock { ($0.histories, $0.oldRecords) }
    store.state.withLock {
      $0.histories = histories
      $0.oldRecords = oldRecords
    }
    if defect == .forgetsDocuments {
      for document in try await base.documents(in: "c", after: nil, limit: 100) {
        _ = try await base.setDocument(
          document.name, to: nil, expected: document.revision, durability: .memory)
      }
    }
    return store
  }

  private func open() throws -> MemoryRunStore {
    if state.withLock({ $0.isClosed }) {
      if defect == .throwsSomethingElse { throw CancellationError() }
      if defect != .worksWhenClosed { throw WorkflowError(.storeUnavailable, "the store has been closed") }
    }
    return base
  }

  private func isWrong(_ defect: Defect) -> Bool { self.defect == defect }

  var durability: Durability { .powerLoss }

  // MARK: Changes

  func commit(_ changes: [RunChange]) async throws -> [CommitVerdict] {
    let base = try open()
    var changes = changes
    for place in changes.indices { try await spoil(&changes[place], changes[..<place].map(\.record.id)) }
    if isWrong(.oneRefusedRefusesAll), changes.count > 1 {
      for change in changes where change.expected != nil {
        let stored = try await base.load(change.record.id)?.record.revision
        if stored != change.expected { return changes.map { _ in .conflict(stored ?? .first) } }
      }
    }
    let old = try await records(changes.map(\.record.id))
    let verdicts = try await base.commit(changes)
    state.withLock { state in
      state.oldRecords.merge(old) { $1 }
      for (change, verdict) in zip(changes, verdicts) where verdict == .committed {
        state.histories[change.record.id, default: []] += change.history
      }
    }
    if isWrong(.startsTwice), verdicts == [.exists] { return [.committed] }
    return isWrong(.verdictsInAnotherOrder) ? verdicts.reversed() : verdicts
  }

  private func records(_ ids: [RunID]) async throws -> [RunID: RunRecord] {
    var records: [RunID: RunRecord] = [:]
    for id in ids { records[id] = try await base.load(id)?.record }
    return records
  }

  private func spoil(_ change: inout RunChange, _ before: [RunID]) async throws {
    let id = change.record.id
    switch defect {
    case .losesHistory: change.history = []
    case .losesInboxOfChange: change.inbox = []
    case .forgetsReason: change.record.reason = ""
    case .keepsRemovedTimers: change.removedTimers = []
    case .keepsClearedSteps: change.clearsSteps = false
    case .secondChangeOfRunIsLost where before.contains(id):
      change.expected = Revision(1000)
      change.record.revision = Revision(1001)
    case .ignoresRevision where change.expected != nil: try await useStoredRevision(of: id, in: &change)
    case .checksThenWrites where change.expected != nil:
      let stored = try await base.load(id)?.record.revision
      await Task.yield()
      if stored == change.expected { try await useStoredRevision(of: id, in: &change) }
    case .forgetsLastChange: change.steps.removeAll { $0.name == "3" }
    case .forgetsIdempotencyKeys: change.record.idempotencyKey = nil
    case .idempotencyAcrossWorkflows where change.expected == nil:
      if change.record.idempotencyKey == "once" { change.record.workflow = "orders" }
    case .sharesHeldKeys: change.record.holdsKey = false
    case .freesKeyOfPaused where change.record.state == .paused: change.record.holdsKey = false
    case .ignoresLease: change.lease = nil
    case .ignoresEndOfLease:
      if let lease = change.lease, try await base.leases().allSatisfy({ $0.role != lease.role }) { change.lease = nil }
    case .showsOutboxLate: change.outbox.removeAll { $0.id.hasSuffix("7") }
    case .outboxInAnotherOrder: change.outbox.reverse()
    default: break
    }
    if isWrong(.changesWorkflow), change.record.workflow == "another" { change.record.reason = "moved" }
  }

  private func useStoredRevision(of id: RunID, in change: inout RunChange) async throws {
    guard let revision = try await base.load(id)?.record.revision else { return }
    change.expected = revision
    change.record.revision = revision.next
  }

  func now() async throws -> Timestamp {
    let time = try await open().now()
    return isWrong(.ownTime) ? SystemWallClock().now : time
  }

  // MARK: Runs

  func load(_ id: RunID) async throws -> StoredRun? {
    guard var run = try await open().load(id) else { return nil }
    if isWrong(.readsOldRecord), let old = state.withLock({ $0.oldRecords[id] }) { run.record = old }
    if isWrong(.inboxInAnotherOrder) { run.inbox.reverse() }
    if isWrong(.changesWorkflow), run.record.reason == "moved" { run.record.workflow = "another" }
    if isWrong(.keepsReasonOfErased), run.record.state == .dataDeleted,
      let old = state.withLock({ $0.oldRecords[id] })
    {
      run.record.reason = old.reason
    }
    if isWrong(.revisionOfErasedStays), run.record.state == .dataDeleted {
      run.record.revision = Revision(run.record.revision.number - 1)
    }
    return run
  }

  func runsToResume(after id: RunID?, limit: Int, in shards: ShardSelection?) async throws -> [StoredRun] {
    var runs = try await open().runsToResume(after: id, limit: limit, in: isWrong(.resumesOthers) ? nil : shards)
    if isWrong(.forgetsWaitingRuns) { runs.removeAll { $0.record.state == .waiting } }
    return runs
  }

  func dueRuns(at time: Timestamp, limit: Int, in shards: ShardSelection?) async throws -> [RunID] {
    var runs = try await open().dueRuns(at: time, limit: limit, in: isWrong(.wakesOthers) ? nil : shards)
    if isWrong(.dueInAnotherOrder) { runs.sort() }
    if isWrong(.pausedRunsAreDue) || isWrong(.neverEndsPauses) {
      var query = RunQuery()
      query.states = [.paused]
      let paused = try await base.runs(query).map(\.id)
      runs.removeAll { paused.contains($0) }
      if isWrong(.pausedRunsAreDue) { runs += paused }
    }
    return runs
  }

  func earliestTimer(after time: Timestamp?) async throws -> Timestamp? {
    try await open().earliestTimer(after: isWrong(.sameTimerAgain) ? nil : time)
  }

  func runs(_ query: RunQuery) async throws -> [RunRecord] {
    var records = try await open().runs(query)
    if isWrong(.pagesRepeat), let before = query.before, let last = try await base.load(before) {
      records = Array(([last.record] + records).prefix(query.limit))
    }
    if isWrong(.pagesOmit), query.before != nil, records.count > 1 { records.removeFirst() }
    if isWrong(.keepsKeyOfErased) {
      for place in records.indices where records[place].state == .dataDeleted {
        records[place].key = state.withLock { $0.oldRecords[records[place].id]?.key ?? "" }
      }
    }
    return records
  }

  func count(_ query: RunQuery) async throws -> Int {
    let count = try await open().count(query)
    return isWrong(.countsPages) ? min(count, query.limit) : count
  }

  func history(of id: RunID) async throws -> [HistoryEntry] {
    let history = try await open().history(of: id)
    return isWrong(.keepsHistoryOfErased) ? state.withLock { $0.histories[id] ?? [] } : history
  }

  // MARK: Events

  func deliver(
    _ events: [(run: RunID, event: InboxEvent)], durability: Durability
  ) async throws -> [DeliveryVerdict] {
    let base = try open()
    var verdicts: [DeliveryVerdict] = []
    for (run, event) in events {
      var verdict = try await base.deliver([(run, event)], durability: durability)[0]
      var again = event
      again.id = state.withLock {
        $0.idCount += 1
        return "\(event.id) \($0.idCount)"
      }
      let isUnread = try await base.load(run)?.inbox.contains { $0.id == event.id } ?? false
      if verdict == .duplicate, isWrong(.storesDuplicates) || isWrong(.forgetsTakenIDs) && !isUnread {
        verdict = try await base.deliver([(run, again)], durability: durability)[0]
      }
      if isWrong(.takesLateEvents), case .late = verdict { verdict = .accepted }
      verdicts.append(verdict)
    }
    return verdicts
  }

  func outbox(after sequence: Int64, limit: Int) async throws -> [SequencedEvent] {
    try await open().outbox(after: sequence, limit: limit)
  }

  func acknowledgeOutbox(through sequence: Int64) async throws {
    let base = try open()
    if isWrong(.acknowledgesNothing) { return }
    try await base.acknowledgeOutbox(through: isWrong(.acknowledgesOneMore) ? sequence + 1 : sequence)
  }

  // MARK: Leases

  func acquireLease(role: String, owner: String, duration: Duration) async throws -> Lease? {
    let base = try open()
    if isWrong(.twoOwners), let held = try await base.leases().first(where: { $0.role == role }) {
      try await base.releaseLease(held)
    }
    var lease = try await base.acquireLease(role: role, owner: owner, duration: duration)
    if isWrong(.tokenStays) { lease?.token = 1 }
    return lease
  }

  func releaseLease(_ lease: Lease) async throws {
    let base = try open()
    let held = try await base.leases().first { $0.role == lease.role }
    try await base.releaseLease(isWrong(.releaseByAnyone) ? held ?? lease : lease)
  }

  func leases() async throws -> [Lease] { try await open().leases() }

  // MARK: Documents

  func document(_ name: DocumentName) async throws -> Document? { try await open().document(name) }

  func documents(in collection: String, after key: String?, limit: Int) async throws -> [Document] {
    let base = try open()
    var page = try await base.documents(in: collection, after: key, limit: limit)
    if isWrong(.documentPageOverlaps), let key, let last = try await base.document(DocumentName(collection, key)) {
      page = Array(([last] + page).prefix(limit))
    }
    return page
  }

  func setDocument(
    _ name: DocumentName, to value: Payload?, expected: Revision?, durability: Durability
  ) async throws -> Bool {
    let base = try open()
    let stored = try await base.document(name)?.revision
    return try await base.setDocument(
      name, to: value, expected: isWrong(.lastWriterOfDocumentWins) ? stored : expected, durability: durability)
  }

  // MARK: Keeping and deleting

  func eraseData(of id: RunID) async throws -> ErasureReport? {
    let base = try open()
    if isWrong(.erasesLiveRuns), var record = try await base.load(id)?.record, !record.state.isFinal {
      let expected = record.revision
      record.revision = expected.next
      record.state = .cancelled
      _ = try await base.commit([RunChange(record: record, expected: expected)])
    }
    let old = try await records([id])
    state.withLock { $0.oldRecords.merge(old) { $1 } }
    var report = try await base.eraseData(of: id)
    if isWrong(.emptyReport), report != nil {
      report = ErasureReport(run: id, payloadBytes: 0, steps: 0, historyEntries: 0, inboxEvents: 0, outboxEvents: 0)
    }
    if isWrong(.forgetsKeyOfErased), var record = try await base.load(id)?.record {
      // Purged and stored again: nothing remembers the key.
      _ = try await base.purge(finishedBefore: .distantFuture, workflow: record.workflow, limit: 1)
      record.revision = .first
      _ = try await base.commit([RunChange(record: record, expected: nil)])
    }
    return report
  }

  func purge(finishedBefore time: Timestamp, workflow: String?, limit: Int) async throws -> Int {
    let base = try open()
    if isWrong(.purgesOutbox) { try await base.acknowledgeOutbox(through: .max) }
    if isWrong(.purgesNewest), limit < 3 {
      // As many as are asked for, but after all others.
      let all = try await base.runs(RunQuery()).filter { $0.state.isFinal && $0.workflow == workflow ?? $0.workflow }
      let newest = all.compactMap(\.finishedAt).max() ?? time
      return try await base.purge(finishedBefore: newest.advanced(by: .microseconds(1)), workflow: nil, limit: limit)
    }
    return try await base.purge(
      finishedBefore: time, workflow: isWrong(.purgesOtherWorkflows) ? nil : workflow, limit: limit)
  }

  func close() async throws { state.withLock { $0.isClosed = true } }
}
