#if Workflow
  import MillraceExecutor
  import MillraceWorkflow
  import Synchronization

  /// What the server is told of runs while they go on: live updates, the latest lines of logs, how long things take.
  ///
  /// ```swift
  /// let watch = RunWatch()
  /// configuration.observers.append(watch)
  /// let engine = WorkflowEngine(store: store, configuration: configuration)
  /// let server = try DashboardServer(engine: engine, watch: watch, configuration: .init())
  /// ```
  public final class RunWatch: RunObserver {
    let feed: ChangeFeed
    let logs = LogBook()
    private let wallClock: any WallClock
    private let figures = Mutex(Figures())

    /// Since the beginning.
    struct Figures: Sendable {
      var steps = DurationHistogram()
      var runs = DurationHistogram()
      var requests = DurationHistogram()
      var started = 0
      var completed = 0
      var failed = 0
    }

    public init(
      executor: any TaskExecutor = WorkStealingExecutor.shared, wallClock: any WallClock = SystemWallClock()
    ) {
      feed = ChangeFeed(executor: executor)
      self.wallClock = wallClock
    }

    var current: Figures { figures.withLock { $0 } }

    func answered(in duration: Duration) { figures.withLock { $0.requests.record(duration) } }

    public func observe(_ observation: RunObservation) {
      let record = observation.record
      switch observation.kind {
      case .changed(let previous):
        figures.withLock { figures in
          if previous == nil { figures.started += 1 }
          guard previous != record.state, record.state.isFinal, let end = record.finishedAt else { return }
          if record.state == .completed { figures.completed += 1 }
          if record.state == .failed { figures.failed += 1 }
          if record.state != .dataDeleted { figures.runs.record(end.duration(since: record.createdAt)) }
        }
        if record.state == .dataDeleted { logs.erase(record.id) }
      case .step(let step):
        if step.state.isFinal, let begin = step.startedAt, let end = step.finishedAt {
          figures.withLock { $0.steps.record(end.duration(since: begin)) }
        }
      case .log(let step, let attempt, let line):
        logs.append(line, step: step, attempt: attempt, of: record.id, at: wallClock.now)
      // With what is told of the change that it belongs to.
      case .entry: return
      case .progress: break
      }
      feed.observe(record)
    }
  }
#endif
