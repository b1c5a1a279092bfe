/// What an engine does that no run's record tells: for metrics and alerts.
public enum EngineFigure: Sendable {
  /// Where work is turned away.
  public enum Gate: String, Sendable, CaseIterable {
    /// A queue that is full: of an attempt, or of a run that was to be started.
    case queue
    /// A wait in a queue that was too long.
    case queueTimeout
    /// A dependency that is known to be broken.
    case circuit
    /// Runs that have started each other too often.
    case depth
  }

  /// A store has given its verdicts on so many changes of one commit.
  case committed(changes: Int, took: Duration, Durability)
  /// A commit has failed as a whole; what was driven is tried again.
  case commitFailed(changes: Int, Durability)
  /// An attempt has got its turn in a queue.
  case waited(queue: String, Duration)
  /// Work was turned away. Named are the queue, the circuit or the workflow.
  case refused(EngineFigure.Gate, name: String)
  /// A circuit breaker has changed its state.
  case circuit(String, CircuitBreaker.State)
  /// So many events have left the outbox.
  case relayed(events: Int)
}
