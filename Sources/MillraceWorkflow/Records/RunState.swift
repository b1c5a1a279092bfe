/// Where a run stands.
///
/// ```text
/// initiated → running ⇄ waiting → completed | failed | cancelled → data deleted
///                  ⇅ paused
/// ```
public enum RunState: String, Sendable, Hashable, Codable, CaseIterable {
  /// Stored, not begun.
  case initiated
  /// A step is running, or ready to.
  case running
  /// For an event, for a time, or for another run; nothing of it is in memory.
  case waiting
  /// By somebody, or after repeated errors; goes on when it is resumed.
  case paused
  case completed
  case failed
  case cancelled
  /// Ended, and its payloads, history and events are gone for good.
  case dataDeleted

  /// Nothing will happen any more, unless somebody retries it.
  public var isFinal: Bool {
    switch self {
    case .initiated, .running, .waiting, .paused: false
    case .completed, .failed, .cancelled, .dataDeleted: true
    }
  }
}

/// Where a step of a run stands.
public enum StepState: String, Sendable, Hashable, Codable, CaseIterable {
  /// Waits for what it needs.
  case pending
  /// Waits for a place in its queue, for its dependency's circuit, or for its next attempt.
  case queued
  /// An attempt is under way, or was when the process ended.
  case running
  /// Waits for an event, a time, or another run.
  case waiting
  case succeeded
  case failed
  /// Its condition was false, or what it needs did not succeed.
  case skipped
  case timedOut
  /// Had succeeded; its compensation has run.
  case compensated
  case cancelled

  public var isFinal: Bool {
    switch self {
    case .pending, .queued, .running, .waiting: false
    case .succeeded, .failed, .skipped, .timedOut, .compensated, .cancelled: true
    }
  }

  /// Neither pending nor final.
  var isActive: Bool { self != .pending && !isFinal }
}
