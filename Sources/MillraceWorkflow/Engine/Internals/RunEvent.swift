/// Something that a run's driver is told.
enum RunEvent: Sendable {
  /// A new run, at its beginning or at a status or task.
  case begin(at: String?)
  /// A new run, with steps of another: it begins at one of them.
  case fork(of: RunID, from: String, reason: String)
  /// It has been read from the store: attempts that it says are running are not.
  case loaded
  /// It has been read, and goes on with another definition than it has begun with.
  case migrated(MigratingRun?)
  case attemptEnded(step: String, attempt: Int, AttemptOutcome)
  case progress(step: String, attempt: Int, fraction: Double?)
  case timersDue
  case arrived(InboxEvent)
  case control(RunControl)
  /// What it has come to is more than its store takes.
  case tooLarge(String)
}

/// What somebody wants of a run, and why.
public enum RunControl: Sendable, Hashable, Codable {
  /// No further attempt begins; those under way go on to their end.
  case pause(reason: String)
  case resume(reason: String)
  /// Attempts under way are cancelled, what has succeeded is compensated.
  case cancel(reason: String)
  /// A failed or cancelled run goes on where it failed.
  case retry(reason: String)
  /// The named step, and what follows it, is done again.
  case restart(from: String, reason: String)

  /// As ``RunState/transitions`` has it.
  public var action: RunAction {
    switch self {
    case .pause: .pause
    case .resume: .resume
    case .cancel: .cancel
    case .retry: .retry
    case .restart: .restart
    }
  }

  /// For errors: a run that cannot be …
  var participle: String {
    switch self {
    case .pause: "paused"
    case .resume: "resumed"
    case .cancel: "cancelled"
    case .retry: "retried"
    case .restart: "restarted; cancel or pause it first"
    }
  }
}
