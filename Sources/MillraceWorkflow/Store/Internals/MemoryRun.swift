/// A run as ``MemoryRunStore`` keeps it.
final class MemoryRun {
  var record: RunRecord
  private(set) var steps: [StepRecord] = []
  var timers: [String: Timestamp] = [:]
  var history: [HistoryEntry] = []
  /// Not taken yet.
  private(set) var inbox: [InboxEvent] = []
  /// Of all events that were ever in the inbox.
  private var knownEvents: Set<String> = []
  /// Where in `steps` a name is; empty while they are so few that looking at each is quicker.
  private var stepPlaces: [String: Int] = [:]

  init(_ record: RunRecord) {
    self.record = record
  }

  /// Which of the store's indexes hold it, besides those of its timers.
  struct Places {
    var isResumable: Bool
    var heldKey: RunKey?
    var finishedAt: Timestamp?
  }

  var places: Places {
    Places(
      isResumable: isResumable, heldKey: heldKey, finishedAt: record.state.isFinal ? record.finishedAt : nil)
  }

  var isResumable: Bool {
    switch record.state {
    case .initiated, .running: true
    case .waiting: !inbox.isEmpty
    case .paused, .completed, .failed, .cancelled, .dataDeleted: false
    }
  }

  /// Whether a timer of that name is due at all.
  func counts(_ timer: String) -> Bool {
    record.state == .paused ? timer == TimerRecord.resume : !record.state.isFinal
  }

  var heldKey: RunKey? { record.holdsKey && !record.state.isFinal ? RunKey(record.workflow, record.key) : nil }

  var stored: StoredRun {
    StoredRun(
      record: record, steps: steps, timers: timers.map { TimerRecord(name: $0.key, due: $0.value) }, inbox: inbox)
  }

  func set(_ step: StepRecord) {
    if let place = place(of: step.name) {
      steps[place] = step
      return
    }
    steps.append(step)
    if steps.count == Self.stepsLookedAt + 1 {
      for (place, step) in steps.enumerated() { stepPlaces[step.name] = place }
    } else if steps.count > Self.stepsLookedAt {
      stepPlaces[step.name] = steps.count - 1
    }
  }

  private static var stepsLookedAt: Int { 8 }

  private func place(of name: String) -> Int? {
    stepPlaces.isEmpty ? steps.firstIndex { $0.name == name } : stepPlaces[name]
  }

  func clearSteps() {
    steps = []
    stepPlaces = [:]
    inbox = []
  }

  /// - Returns: whether its id is new.
  func receive(_ event: InboxEvent) -> Bool {
    guard knownEvents.insert(event.id).inserted else { return false }
    inbox.append(event)
    return true
  }

  func knows(_ event: String) -> Bool { knownEvents.contains(event) }

  func take(_ events: [String]) {
    if events.count == 1 {
      inbox.removeAll { $0.id == events[0] }
    } else if !events.isEmpty {
      let taken = Set(events)
      inbox.removeAll { taken.contains($0.id) }
    }
  }

  /// Leaves the record, without what a person could be known by.
  func erase(at time: Timestamp) -> ErasureReport {
    let bytes =
      record.payload.bytes.count + record.result.bytes.count + steps.reduce(0) { $0 + $1.output.bytes.count }
      + inbox.reduce(0) { $0 + $1.payload.bytes.count }
    let report = ErasureReport(
      run: record.id, payloadBytes: bytes, steps: steps.count, historyEntries: history.count,
      inboxEvents: knownEvents.count, outboxEvents: 0)
    record = record.erased(at: time)
    clearSteps()
    timers = [:]
    history = []
    knownEvents = []
    return report
  }
}

/// A key, or an idempotency key, of a workflow.
struct RunKey: Hashable {
  var workflow: String
  var key: String

  init(_ workflow: String, _ key: String) {
    self.workflow = workflow
    self.key = key
  }
}

/// Runs in order of a time.
struct TimedRun: Comparable {
  var time: Timestamp
  var run: RunID

  static func < (a: TimedRun, b: TimedRun) -> Bool { (a.time, a.run) < (b.time, b.run) }
}

/// Timers in order of their time.
struct DueTimer: Comparable {
  var due: Timestamp
  var run: RunID
  var name: String

  static func < (a: DueTimer, b: DueTimer) -> Bool { (a.due, a.run, a.name) < (b.due, b.run, b.name) }
}
