/// A run in memory: what the store holds, and what has changed since.
///
/// Whatever a program does to it until ``takeChange(at:)`` becomes one change.
struct RunImage {
  /// The record. Between turns it is one with ``stored``, and with that of attempts under way.
  private(set) var sharedRecord: CopyOnWrite<RunRecord>
  /// What the store has; nil before the run is stored.
  private var stored: CopyOnWrite<RunRecord>?
  private(set) var steps: [String: StepRecord] = [:]
  /// Names of steps that are neither pending nor final.
  private(set) var activeSteps: Set<String> = []
  private(set) var timers: [String: Timestamp] = [:]
  /// In order of arrival.
  private(set) var inbox: [InboxEvent] = []
  /// Ids of events that were taken while the run has been in memory: an event may arrive by the store and by its sender.
  private var takenIDs: Set<String> = []
  /// Values that a program has read out of payloads, by names of its own; not stored.
  var decoded: [String: JSONValue] = [:]

  private var change: Pending

  /// What is to be committed, apart from the record.
  private struct Pending {
    var steps: Set<String> = []
    var timers: Set<String> = []
    var removedTimers: Set<String> = []
    var taken: [String] = []
    var history: [HistoryEntry] = []
    var outbox: [OutboxEvent] = []
    var clearsSteps = false

    var isEmpty: Bool {
      steps.isEmpty && timers.isEmpty && removedTimers.isEmpty && taken.isEmpty && history.isEmpty && outbox.isEmpty
        && !clearsSteps
    }
  }

  /// A run that the store does not have.
  init(new record: RunRecord) {
    sharedRecord = CopyOnWrite(record)
    change = Pending()
  }

  init(_ run: StoredRun) {
    sharedRecord = CopyOnWrite(run.record)
    stored = sharedRecord
    for step in run.steps {
      steps[step.name] = step
      if step.state.isActive { activeSteps.insert(step.name) }
    }
    for timer in run.timers { timers[timer.name] = timer.due }
    inbox = run.inbox
    change = Pending()
  }

  // MARK: Changing

  var record: RunRecord {
    get { sharedRecord.value }
    _modify { yield &sharedRecord.value }
  }

  subscript(step name: String) -> StepRecord {
    get { steps[name] ?? StepRecord(name: name) }
    set {
      guard steps[name] != newValue else { return }
      steps[name] = newValue
      if newValue.state.isActive { activeSteps.insert(name) } else { activeSteps.remove(name) }
      change.steps.insert(name)
    }
  }

  mutating func setTimer(_ name: String, due: Timestamp) {
    timers[name] = due
    change.timers.insert(name)
  }

  mutating func removeTimer(_ name: String) {
    guard timers.removeValue(forKey: name) != nil else { return }
    // One that the store has never seen needs no removal, but whether it has is not known here.
    change.timers.remove(name)
    change.removedTimers.insert(name)
  }

  mutating func removeTimers(where matches: (String) -> Bool) {
    for name in timers.keys.filter(matches) { removeTimer(name) }
  }

  /// Adds an event that has been stored, unless it is here or has been taken.
  mutating func receive(_ event: InboxEvent) {
    guard !takenIDs.contains(event.id), !inbox.contains(where: { $0.id == event.id }) else { return }
    inbox.append(event)
  }

  /// The earliest event of that name. It stays until ``take(_:)``.
  func event(named name: String) -> InboxEvent? { inbox.first { $0.name == name } }

  mutating func take(_ event: InboxEvent) {
    inbox.removeAll { $0.id == event.id }
    takenIDs.insert(event.id)
    change.taken.append(event.id)
  }

  mutating func note(
    _ kind: String, at time: Timestamp, step: String = "", attempt: Int = 0, reason: String = "",
    inputHash: ContentHash? = nil, outputHash: ContentHash? = nil
  ) {
    change.history.append(
      HistoryEntry(
        at: time, kind: kind, step: step, attempt: attempt, reason: reason, inputHash: inputHash,
        outputHash: outputHash))
  }

  mutating func emit(_ event: OutboxEvent) { change.outbox.append(event) }

  /// Tells the world how the run has ended, once for each change that ends it.
  mutating func emitEnd() {
    var ended = record
    ended.revision = nextRevision
    let event = RunEnd.event(ended)
    // A run that was restarted in the same turn has ended twice: the last counts.
    if stored?.value.state.isFinal == true { change.outbox.removeAll { $0.topic == event.topic && $0.id == event.id } }
    change.outbox.append(event)
  }

  /// Forgets steps, timers and unread events: the run begins anew.
  mutating func clear() {
    steps = [:]
    activeSteps = []
    decoded = [:]
    timers = [:]
    inbox = []
    let (history, outbox) = (change.history, change.outbox)
    change = Pending()
    (change.history, change.outbox) = (history, outbox)
    change.clearsSteps = true
  }

  /// Steps in one of these states, by name.
  func activeSteps(_ states: StepState...) -> [StepRecord] {
    activeSteps.sorted().map { steps[$0]! }.filter { states.contains($0.state) }
  }

  // MARK: Committing

  /// All that has changed since the last call; nil if nothing has.
  mutating func takeChange(at time: Timestamp, durability: Durability) -> RunChange? {
    guard stored?.value != record || !change.isEmpty else { return nil }
    record.updatedAt = time
    record.revision = nextRevision
    var result = RunChange(record: record, expected: stored?.value.revision, durability: durability)
    result.steps = change.steps.map { steps[$0]! }.sorted { $0.name < $1.name }
    result.timers = change.timers.map { TimerRecord(name: $0, due: timers[$0]!) }.sorted { $0.name < $1.name }
    result.removedTimers = change.removedTimers.sorted()
    result.takenEvents = change.taken
    result.history = change.history
    result.outbox = change.outbox
    result.clearsSteps = change.clearsSteps
    change = Pending()
    stored = sharedRecord
    return result
  }

  /// The one that the next change makes.
  private var nextRevision: Revision { stored?.value.revision.next ?? record.revision }

  /// The store does not have it.
  var isNew: Bool { stored == nil }

  /// When it wants to be looked at next.
  var earliestTimer: Timestamp? { timers.values.min() }
}
