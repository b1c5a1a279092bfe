#if Workflow
  import MillraceExecutor
  import MillraceWorkflow
  import Synchronization

  /// Values over the last hour, one every ``period``, and how busy the executor is.
  final class Charts: Sendable {
    static let period = Duration.seconds(5)
    static let limit = 720

    private struct Sample {
      var figures: RunWatch.Figures
      var metrics: WorkStealingExecutor.Metrics?
      var at: Int64
    }

    private struct State {
      var last: Sample
      /// Of each worker, in the last period.
      var utilisation: [Double] = []
      var values: [[Double?]] = []
      var lastTime: Timestamp
    }

    private static let names = [
      ("runs_started", "1/s"), ("runs_completed", "1/s"), ("runs_failed", "1/s"), ("steps_finished", "1/s"),
      ("requests", "1/s"), ("live_runs", "1"), ("queue_waiting", "1"), ("executor_utilisation", "1"),
      ("resident_bytes", "B"),
    ]

    private let engine: WorkflowEngine
    private let watch: RunWatch
    private let wallClock: any WallClock
    private let state: Mutex<State>

    init(engine: WorkflowEngine, watch: RunWatch, wallClock: any WallClock) {
      self.engine = engine
      self.watch = watch
      self.wallClock = wallClock
      state = Mutex(
        State(
          last: Sample(figures: watch.current, metrics: Self.metrics(engine), at: Sockets.now()),
          lastTime: wallClock.now))
    }

    private static func metrics(_ engine: WorkflowEngine) -> WorkStealingExecutor.Metrics? {
      (engine.taskExecutor as? WorkStealingExecutor)?.metrics()
    }

    /// Takes samples, until the task is cancelled.
    func sample() async {
      while true {
        do { try await TimerClock().sleep(for: Self.period) } catch { return }
        takeSample()
      }
    }

    func takeSample() {
      let new = Sample(figures: watch.current, metrics: Self.metrics(engine), at: Sockets.now())
      let waiting = engine.inspectedQueues.values.reduce(0) { $0 + $1.waiting }
      let (live, time) = (engine.liveRunCount, wallClock.now)
      state.withLock { state in
        let old = state.last
        let seconds = max(1e-3, Double(new.at - old.at) / 1e9)
        func rate(_ value: (RunWatch.Figures) -> Int) -> Double {
          Double(value(new.figures) - value(old.figures)) / seconds
        }
        state.utilisation = Self.utilisation(old.metrics, new.metrics)
        let busy = state.utilisation
        state.values.append([
          rate(\.started), rate(\.completed), rate(\.failed), rate(\.steps.count), rate(\.requests.count),
          Double(live), Double(waiting), busy.isEmpty ? nil : busy.reduce(0, +) / Double(busy.count),
          new.metrics?.residentBytes.map(Double.init),
        ])
        if state.values.count > Self.limit { state.values.removeFirst() }
        (state.last, state.lastTime) = (new, time)
      }
    }

    private static func utilisation(
      _ old: WorkStealingExecutor.Metrics?, _ new: WorkStealingExecutor.Metrics?
    ) -> [Double] {
      guard let old, let new else { return [] }
      return new.workers.map { worker in
        let before = old.workers.first { $0.index == worker.index }
        let busy = worker.busy - (before?.busy ?? .zero)
        let whole = busy + worker.idle - (before?.idle ?? .zero)
        return whole > .zero ? min(1, max(0, busy / whole)) : 0
      }
    }

    // MARK: As JSON

    var series: JSONValue {
      let (values, last) = state.withLock { ($0.values, $0.lastTime) }
      let start = last.advanced(by: Self.period * -Double(max(0, values.count - 1)))
      return [
        "period_seconds": Self.period.json, "start": .string("\(start)"),
        "series": .array(
          Self.names.enumerated().map { index, name in
            [
              "name": .string(name.0), "unit": .string(name.1),
              "values": .array(values.map { $0[index].map { .double($0) } ?? .null }),
            ]
          }),
      ]
    }

    var executor: JSONValue {
      let metrics = Self.metrics(engine)
      let utilisation = state.withLock(\.utilisation)
      let figures = watch.current
      func count(_ value: some BinaryInteger) -> JSONValue { .int(Int64(clamping: value)) }
      var members: [String: JSONValue] = [
        "worker_count": count(metrics?.workers.count ?? 0), "injector_depth": count(metrics?.injectorDepth ?? 0),
        "jobs_run": count(metrics?.jobsRun ?? 0), "steals": count(metrics?.steals ?? 0),
        "latencies": [
          Self.value("steps", figures.steps), Self.value("runs", figures.runs),
          Self.value("requests", figures.requests),
        ],
      ]
      if let bytes = metrics?.residentBytes { members["resident_bytes"] = count(bytes) }
      if let bytes = metrics?.allocatedBytes { members["allocated_bytes"] = count(bytes) }
      members["workers"] = .array(
        (metrics?.workers ?? []).enumerated().map { place, worker in
          [
            "index": count(worker.index),
            "utilisation": .double(utilisation.indices.contains(place) ? utilisation[place] : 0),
            "jobs_run": count(worker.jobsRun), "steals": count(worker.steals), "parks": count(worker.parks),
            "queued": count(worker.queued),
          ]
        })
      return .object(members)
    }

    private static func value(_ name: String, _ histogram: DurationHistogram) -> JSONValue {
      [
        "name": .string(name), "count": .int(Int64(histogram.count)), "p50_seconds": histogram.quantile(0.5).json,
        "p90_seconds": histogram.quantile(0.9).json, "p99_seconds": histogram.quantile(0.99).json,
        "max_seconds": histogram.longest.json,
        "histogram": .array(
          histogram.buckets.map { ["up_to_seconds": $0.end.json, "count": .int(Int64($0.count))] }),
      ]
    }
  }
#endif
