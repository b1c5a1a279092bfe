#if Workflow
  import CoreMetrics
  import MillraceWorkflow
  import Synchronization

  /// Counts what happens to runs and steps, and what the engine does for them, through swift-metrics.
  ///
  /// ```swift
  /// import MillraceObserve
  /// import MillraceWorkflow
  /// let registry = MetricsRegistry()
  /// var configuration = WorkflowEngine.Configuration()
  /// configuration.observers = [RunMetrics(factory: registry)]
  /// ```
  ///
  /// The metrics are ``MetricDescription/all``. What is not an event but a state (depths, leases, lag) is read by ``EngineMetrics``.
  public final class RunMetrics: RunObserver, Sendable {
    private let factory: any MetricsFactory
    private let state = Mutex(State())
    private let relayed: Counter

    /// Making a series costs more than a change: all are kept.
    private struct State {
      var workflows: [String: WorkflowSeries] = [:]
      var stores: [Durability: StoreSeries] = [:]
      var waits: [String: Timer] = [:]
    }

    /// Steps of a fan-out have names without end; so many are remembered by the name as it is.
    private static let nameLimit = 10_000

    private struct Move: Hashable {
      var from: RunState
      var to: RunState
    }

    private final class WorkflowSeries: Sendable {
      let started: Counter
      let duration: Timer
      let rest = Mutex(Rest())

      struct Rest {
        var moves: [Move: Counter] = [:]
        var ended: [RunState: Counter] = [:]
        /// By the step's whole name.
        var steps: [String: StepSeries] = [:]
        /// By ``StepHistory/name(ofStep:)``.
        var kinds: [String: StepSeries] = [:]
      }

      init(_ workflow: String, _ factory: any MetricsFactory) {
        let dimensions = [("workflow", workflow)]
        started = Counter(label: MetricDescription.runsStarted.name, dimensions: dimensions, factory: factory)
        duration = Timer(label: MetricDescription.runSeconds.name, dimensions: dimensions, factory: factory)
      }
    }

    private final class StepSeries: Sendable {
      let duration: Timer
      let ended: [StepState: Counter]
      let failures: Counter
      let timeouts: Counter
      let retries: Counter

      init(_ workflow: String, _ step: String, _ factory: any MetricsFactory) {
        let dimensions = [("workflow", workflow), ("step", step)]
        func counter(_ metric: MetricDescription, _ more: [(String, String)] = []) -> Counter {
          Counter(label: metric.name, dimensions: dimensions + more, factory: factory)
        }
        duration = Timer(label: MetricDescription.stepSeconds.name, dimensions: dimensions, factory: factory)
        ended = Dictionary(
          uniqueKeysWithValues: StepState.allCases.filter(\.isFinal).map {
            ($0, counter(.stepsEnded, [("state", $0.rawValue)]))
          })
        failures = counter(.stepErrors, [("kind", "failed")])
        timeouts = counter(.stepErrors, [("kind", "timed out")])
        retries = counter(.stepRetries)
      }
    }

    private final class StoreSeries: Sendable {
      let duration: Timer
      let changes: Recorder
      let errors: Counter

      init(_ durability: Durability, _ factory: any MetricsFactory) {
        let dimensions = [("durability", durability.rawValue)]
        duration = Timer(label: MetricDescription.commitSeconds.name, dimensions: dimensions, factory: factory)
        changes = Recorder(label: MetricDescription.commitChanges.name, dimensions: dimensions, factory: factory)
        errors = Counter(label: MetricDescription.storeErrors.name, dimensions: dimensions, factory: factory)
      }
    }

    public init(factory: any MetricsFactory = MetricsSystem.factory) {
      self.factory = factory
      relayed = Counter(label: MetricDescription.outboxRelayed.name, factory: factory)
    }

    // MARK: Runs and steps

    public func observe(_ change: RunChange, previous: RunState?) {
      let record = change.record
      // Most changes are the beginning of a step: there is nothing to be counted.
      guard previous != record.state || change.steps.contains(where: { $0.state.isFinal || $0.state == .queued })
      else { return }
      let series = state.withLock { state in
        if let found = state.workflows[record.workflow] { return found }
        let made = WorkflowSeries(record.workflow, factory)
        state.workflows[record.workflow] = made
        return made
      }
      if previous == nil { series.started.increment() }
      // A new run begins as if it had been initiated.
      let before = previous ?? .initiated
      series.rest.withLock { rest in
        if before != record.state {
          counter(Move(from: before, to: record.state), record, &rest).increment()
          if record.state.isFinal, record.state != .dataDeleted {
            ended(record, &rest).increment()
            if let end = record.finishedAt { series.duration.record(end.duration(since: record.createdAt)) }
          }
        }
        for step in change.steps { observe(step, change, &rest) }
      }
    }

    private func observe(_ step: StepRecord, _ change: RunChange, _ rest: inout WorkflowSeries.Rest) {
      guard step.state.isFinal || step.state == .queued else { return }
      var (failures, timeouts) = (0, 0)
      for entry in change.history where entry.step == step.name {
        if entry.kind == "attempt failed" { failures += 1 }
        if entry.kind == "attempt timed out" { timeouts += 1 }
      }
      if step.state == .queued, failures + timeouts == 0 { return }
      let series = self.series(of: step.name, change.record.workflow, &rest)
      if failures > 0 { series.failures.increment(by: failures) }
      if timeouts > 0 { series.timeouts.increment(by: timeouts) }
      guard step.state.isFinal else { return series.retries.increment() }
      series.ended[step.state]?.increment()
      // Skipped steps, and those that were compensated, have been at work at another time, or never.
      if [.succeeded, .failed, .timedOut].contains(step.state), let start = step.startedAt, let end = step.finishedAt {
        series.duration.record(end.duration(since: start))
      }
    }

    private func counter(_ move: Move, _ record: RunRecord, _ rest: inout WorkflowSeries.Rest) -> Counter {
      if let found = rest.moves[move] { return found }
      let made = Counter(
        label: MetricDescription.runChanges.name,
        dimensions: [("workflow", record.workflow), ("from", move.from.rawValue), ("to", move.to.rawValue)],
        factory: factory)
      rest.moves[move] = made
      return made
    }

    private func ended(_ record: RunRecord, _ rest: inout WorkflowSeries.Rest) -> Counter {
      if let found = rest.ended[record.state] { return found }
      let made = Counter(
        label: MetricDescription.runsEnded.name,
        dimensions: [("workflow", record.workflow), ("state", record.state.rawValue)], factory: factory)
      rest.ended[record.state] = made
      return made
    }

    private func series(
      of step: String, _ workflow: String, _ rest: inout WorkflowSeries.Rest
    ) -> StepSeries {
      if let found = rest.steps[step] { return found }
      let name = StepHistory.name(ofStep: step)
      let series = rest.kinds[name] ?? StepSeries(workflow, name, factory)
      rest.kinds[name] = series
      if rest.steps.count >= Self.nameLimit { rest.steps = [:] }
      rest.steps[step] = series
      return series
    }

    public func observe(_ observation: RunObservation) {
      guard case .entry(let entry) = observation.kind, entry.kind.hasSuffix("trouble") else { return }
      Counter(label: MetricDescription.trouble.name, dimensions: [("kind", entry.kind)], factory: factory).increment()
    }

    // MARK: The engine

    public func observe(_ figure: EngineFigure) {
      switch figure {
      case .committed(let changes, let took, let durability):
        let series = store(durability)
        series.duration.record(took)
        series.changes.record(changes)
      case .commitFailed(_, let durability): store(durability).errors.increment()
      case .waited(let queue, let time):
        let timer = state.withLock { state in
          if let found = state.waits[queue] { return found }
          let made = Timer(label: MetricDescription.queueWait.name, dimensions: [("queue", queue)], factory: factory)
          state.waits[queue] = made
          return made
        }
        timer.record(time)
      case .refused(let gate, let name):
        count(.refusals, [("gate", gate.rawValue), ("name", name)])
      case .circuit(let circuit, let new): count(.circuitChanges, [("circuit", circuit), ("state", new.rawValue)])
      case .relayed(let events): relayed.increment(by: events)
      }
    }

    private func store(_ durability: Durability) -> StoreSeries {
      state.withLock { state in
        if let found = state.stores[durability] { return found }
        let made = StoreSeries(durability, factory)
        state.stores[durability] = made
        return made
      }
    }

    /// Something rare.
    private func count(_ metric: MetricDescription, _ dimensions: [(String, String)]) {
      Counter(label: metric.name, dimensions: dimensions, factory: factory).increment()
    }

    // MARK: Alerts

    /// Counts a book's alerts, and messages that its sinks did not deliver.
    public static func follow(_ book: AlertBook, factory: any MetricsFactory = MetricsSystem.factory) {
      book.onMessage { message in
        guard message.event == .raised else { return }
        Counter(
          label: MetricDescription.alertsRaised.name, dimensions: [("rule", message.alert.rule)], factory: factory
        ).increment()
      }
      book.onSinkFailure { sink in
        Counter(label: MetricDescription.sinkFailures.name, dimensions: [("sink", sink)], factory: factory).increment()
      }
    }

    // MARK: Triggers

    /// For ``TriggerRunner/Configuration/report``.
    public func observe(_ report: TriggerReport) {
      let result =
        switch report.kind {
        case .answered(_, .started): "started"
        case .answered(_, .duplicate): "duplicate"
        case .answered(_, .keyHeld): "key held"
        case .refused: "refused"
        case .failed: "failed"
        }
      count(
        .triggerOccasions, [("workflow", report.workflow), ("trigger", report.trigger), ("result", result)])
    }
  }

  extension Timer {
    func record(_ duration: Duration) {
      let (seconds, attoseconds) = duration.components
      let (scaled, overflowed) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
      let (sum, overflowedToo) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
      recordNanoseconds(overflowed || overflowedToo ? (seconds < 0 ? .min : .max) : sum)
    }
  }
#endif
