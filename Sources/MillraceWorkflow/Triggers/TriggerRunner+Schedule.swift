extension TriggerRunner {
  /// What is remembered of a schedule.
  private struct Mark: Codable {
    /// Of another schedule it is forgotten.
    var schedule: String
    /// Where an interval counts from.
    var anchor: Timestamp
    /// What came up to then has been dealt with.
    var last: Timestamp
  }

  func runSchedule(_ trigger: TriggerDefinition, _ place: Place) async throws {
    let clock = configuration.wallClock
    while true {
      try Task.checkCancellation()
      let (mark, revision) = try await mark(of: trigger, place)
      let schedule = try Self.schedule(trigger, anchor: mark.anchor)
      let now = clock.now
      if let time = schedule.due(after: mark.last, at: now, trigger.catchUp, window: trigger.catchUpWindow) {
        try await start(trigger, place, at: time)
        var moved = mark
        moved.last = time
        // If another process was quicker, its mark counts.
        _ = try await store.setDocument(
          Self.markName(place), to: Payload(encoding: moved), expected: revision, durability: store.usualDurability)
        continue
      }
      guard let next = schedule.next(after: max(now, mark.last)) else {
        throw WorkflowError(.boundExceeded, "no time of the schedule is left", at: place.trigger)
      }
      try await clock.sleep(until: next)
    }
  }

  /// Starts the runs of all scheduled times from `start` up to, but without, `end`. Those that have been started before are not started again, so that it can be called again after it was cut short.
  ///
  /// - Parameters:
  ///   - progress: called after each time.
  /// - Returns: the last progress.
  /// - Throws: ``WorkflowError/Code/invalidDefinition`` for a trigger that is no schedule; ``WorkflowError/Code/boundExceeded`` for more than ``backfillLimit`` times; whatever starting throws.
  @discardableResult
  public func backfill(
    _ trigger: TriggerDefinition, of workflow: String, from start: Timestamp, to end: Timestamp,
    progress: (BackfillProgress) -> Void = { _ in }
  ) async throws -> BackfillProgress {
    let place = Place(workflow: workflow, trigger: trigger.name)
    try check(trigger, of: workflow)
    let stored = try await readMark(place)?.mark
    let isSame = stored?.schedule == Self.text(trigger)
    let schedule = try Self.schedule(trigger, anchor: isSame ? stored!.anchor : start)
    var times = 0
    var time = Timestamp(microseconds: start.microseconds - 1)
    while let next = schedule.next(after: time), next < end {
      times += 1
      guard times <= Self.backfillLimit else {
        throw WorkflowError(
          .boundExceeded, "expected at most \(Self.backfillLimit) times at once: choose a shorter period",
          at: place.trigger)
      }
      time = next
    }
    var state = BackfillProgress(times: times)
    time = Timestamp(microseconds: start.microseconds - 1)
    while let next = schedule.next(after: time), next < end {
      try Task.checkCancellation()
      switch try await self.start(trigger, place, at: next) {
      case .started: state.started += 1
      case .duplicate: state.duplicates += 1
      case .keyHeld, nil: state.refused += 1
      }
      state.last = next
      progress(state)
      time = next
    }
    return state
  }

  /// When a trigger has last come up, as far as that is remembered, and when it does next: as many times as `count` says, none for a trigger that is no schedule.
  package func times(
    of trigger: TriggerDefinition, workflow: String, count: Int
  ) async throws -> (last: Timestamp?, next: [Timestamp]) {
    guard !Self.text(trigger).isEmpty else { return (nil, []) }
    let stored = try await readMark(Place(workflow: workflow, trigger: trigger.name))?.mark
    let mark = stored?.schedule == Self.text(trigger) ? stored : nil
    let now = configuration.wallClock.now
    let schedule = try Self.schedule(trigger, anchor: mark?.anchor ?? now)
    var times: [Timestamp] = []
    while times.count < count, let next = schedule.next(after: times.last ?? now) { times.append(next) }
    // A schedule that has just been added remembers when that was, which is no time of its own.
    return (mark.flatMap { $0.last > $0.anchor ? $0.last : nil }, times)
  }

  /// The most times of one backfill.
  public static let backfillLimit = 1_000_000

  // MARK: -

  @discardableResult
  private func start(_ trigger: TriggerDefinition, _ place: Place, at time: Timestamp) async throws -> StartVerdict? {
    try await start(
      trigger, place, occasion: "\(time)",
      event: ["trigger": .string(trigger.name), "time": .string("\(time)")])
  }

  private static func schedule(_ trigger: TriggerDefinition, anchor: Timestamp) throws -> TriggerSchedule {
    switch trigger.source {
    case .cron(let expression, let timeZone): return .cron(try CronSchedule(expression, timeZone: timeZone))
    case .interval(let period): return .interval(anchor: anchor, period: period.wholeMicroseconds)
    default:
      throw WorkflowError(
        .invalidDefinition, "expected a trigger by cron or interval: others have no times", at: trigger.name)
    }
  }

  private static func text(_ trigger: TriggerDefinition) -> String {
    switch trigger.source {
    case .cron(let expression, let timeZone): "cron \(expression) \(timeZone)"
    case .interval(let period): "interval \(period.wholeMicroseconds)"
    default: ""
    }
  }

  static func markName(_ place: Place) -> DocumentName {
    DocumentName("triggers", "\(place.workflow)/\(place.trigger)")
  }

  private func readMark(_ place: Place) async throws -> (mark: Mark, revision: Revision)? {
    guard let document = try await store.document(Self.markName(place)) else { return nil }
    return (try document.value.decoded(as: Mark.self, from: document.name), document.revision)
  }

  /// That of another schedule, or none, is replaced by one that begins now.
  private func mark(of trigger: TriggerDefinition, _ place: Place) async throws -> (Mark, Revision) {
    while true {
      let found = try await readMark(place)
      let now = configuration.wallClock.now
      if let found, found.mark.schedule == Self.text(trigger) {
        var mark = found.mark
        // Of a clock that has been set back: what lies ahead comes nevertheless, and its runs are recognised.
        mark.last = min(mark.last, now)
        return (mark, found.revision)
      }
      let mark = Mark(schedule: Self.text(trigger), anchor: now, last: now)
      _ = try await store.setDocument(
        Self.markName(place), to: Payload(encoding: mark), expected: found?.revision, durability: store.usualDurability)
    }
  }
}

/// How far a backfill is.
public struct BackfillProgress: Sendable, Hashable {
  /// All that are scheduled.
  public var times: Int
  public var started = 0
  /// Started before.
  public var duplicates = 0
  /// The workflow did not take the input, or a live run held the key.
  public var refused = 0
  /// The latest that has been dealt with.
  public var last: Timestamp?

  public init(times: Int) {
    self.times = times
  }

  public var done: Int { started + duplicates + refused }
}
