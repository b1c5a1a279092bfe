#if Workflow
  import CoreMetrics
  import MillraceExecutor
  import MillraceWorkflow
  import Synchronization

  /// Sets gauges to what an engine, its executor and the process's timers hold, through swift-metrics.
  ///
  /// ```swift
  /// import MillraceObserve
  /// import MillraceWorkflow
  /// func watch(_ engine: WorkflowEngine, _ registry: MetricsRegistry) {
  ///   let metrics = EngineMetrics(factory: registry)
  ///   registry.addCollector { metrics.record(engine.load) }
  /// }
  /// ```
  public final class EngineMetrics: Sendable {
    private let factory: any MetricsFactory
    private let state = Mutex(State())

    private struct Key: Hashable {
      var metric: String
      /// Label by label.
      var values: [String]
    }

    private struct State {
      var gauges: [Key: Meter] = [:]
      var counters: [Key: (counter: FloatingPointCounter, last: Double)] = [:]
    }

    public init(factory: any MetricsFactory = MetricsSystem.factory) {
      self.factory = factory
    }

    // MARK: The engine

    /// What the engine knows without asking its store: quick enough for each reading.
    public func record(_ load: EngineLoad) {
      set(.runsInMemory, load.runs)
      replace(.queueDepth, load.queues.map { ([$0.key], Double($0.value.waiting)) })
      replace(.queueRunning, load.queues.map { ([$0.key], Double($0.value.running)) })
      replace(
        .circuitState,
        load.circuits.map { name, snapshot in
          ([name], snapshot.state == .closed ? 0 : snapshot.state == .halfOpen ? 1 : 2)
        })
      var held: [[String]: Double] = [:]
      for lease in load.leases {
        // Memberships are named after their owners.
        let process = lease.role.process.split(separator: ".").first.map(String.init) ?? ""
        held[[lease.role.workflow, process], default: 0] += 1
      }
      replace(.leasesHeld, held.map { ($0.key, $0.value) })
      replace(
        .leaseRenewed, load.leases.map { (["\($0.role)"], Double($0.renewed.microseconds) / 1e6) })
    }

    /// What was read from the store, too.
    public func record(_ sample: EngineSample) {
      record(sample.load)
      replace(.runsStored, sample.runs.map { ([$0.key.rawValue], Double($0.value)) })
      set(.outboxEvents, sample.outboxEvents)
      replace(.streamLag, sample.lags.map { ([$0.topic, $0.group], Double($0.events)) })
    }

    /// - Parameter active: alerts that have not recovered, by rule.
    public func record(activeAlerts active: [String: Int]) {
      replace(.alertsActive, active.map { ([$0.key], Double($0.value)) })
    }

    public func record(_ spans: SpanExporter.Counts) {
      raise(.spansExported, to: Double(spans.exported))
      raise(.spansDropped, to: Double(spans.dropped))
    }

    // MARK: The floors below

    public func record(_ metrics: WorkStealingExecutor.Metrics) {
      for worker in metrics.workers {
        let label = ["\(worker.index)"]
        raise(.executorJobs, label, to: Double(worker.jobsRun))
        raise(.executorSteals, label, to: Double(worker.steals))
        raise(.executorParks, label, to: Double(worker.parks))
        raise(.executorBusy, label, to: worker.busy / .seconds(1))
        raise(.executorIdle, label, to: worker.idle / .seconds(1))
      }
      replace(.executorQueued, metrics.workers.map { (["\($0.index)"], Double($0.queued + $0.forked)) })
      raise(.executorInjected, to: Double(metrics.injected))
      set(.executorWaiting, metrics.injectorDepth)
      if let bytes = metrics.allocatedBytes { set(.allocated, bytes) }
    }

    public func record(_ timers: TimerMetrics) {
      set(.timersPending, timers.pending)
      raise(.timersFired, to: Double(timers.fired))
      raise(.timerLateness, to: timers.lateness / .seconds(1))
    }

    // MARK: -

    private func set(_ metric: MetricDescription, _ value: Int) { replace(metric, [([], Double(value))]) }

    /// Sets the series of a metric; those that are not among them are no more.
    private func replace(_ metric: MetricDescription, _ values: [(labels: [String], value: Double)]) {
      let gone = state.withLock { state in
        for (labels, value) in values {
          let key = Key(metric: metric.name, values: labels)
          let gauge =
            state.gauges[key]
            ?? Meter(label: metric.name, dimensions: Array(zip(metric.labels, labels)), factory: factory)
          state.gauges[key] = gauge
          gauge.set(value)
        }
        let kept = Set(values.map(\.labels))
        let gone = state.gauges.filter { $0.key.metric == metric.name && !kept.contains($0.key.values) }
        for key in gone.keys { state.gauges[key] = nil }
        return Array(gone.values)
      }
      for gauge in gone { gauge.destroy() }
    }

    /// A counter that somebody else counts.
    private func raise(_ metric: MetricDescription, _ labels: [String] = [], to value: Double) {
      let key = Key(metric: metric.name, values: labels)
      state.withLock { state in
        let counter =
          state.counters[key]?.counter
          ?? FloatingPointCounter(
            label: metric.name, dimensions: Array(zip(metric.labels, labels)), factory: factory)
        let last = state.counters[key]?.last ?? 0
        if value > last { counter.increment(by: value - last) }
        state.counters[key] = (counter, max(value, last))
      }
    }
  }
#endif
