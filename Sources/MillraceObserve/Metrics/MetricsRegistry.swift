#if Workflow
  import CoreMetrics
  import Synchronization

  /// A backend of swift-metrics that gives what it was told as Prometheus' text.
  ///
  /// ```swift
  /// import CoreMetrics
  /// import MillraceObserve
  /// let registry = MetricsRegistry()
  /// Counter(label: "orders_total", dimensions: [("kind", "new")], factory: registry).increment()
  /// print(registry.text())
  /// ```
  ///
  /// Counters get `_total`, and timers `_seconds`, at the end of their names where that is missing; characters that Prometheus does not allow become underscores. Timers, and recorders that aggregate, are histograms with fixed buckets; meters and
  /// other recorders are gauges. A metric has at most so many series: what is more is counted in one whose labels say `other`.
  ///
  /// Any thread may call anything. Pass it to `MetricsSystem.bootstrap(_:)` to get the metrics of other libraries of the process, too.
  public final class MetricsRegistry: MetricsFactory, Sendable {
    private struct Family {
      var description: MetricDescription
      /// In order of their labels.
      var series: [(labels: String, handler: any Sendable & AnyObject)] = []
      var places: [String: any Sendable & AnyObject] = [:]
    }

    private struct State {
      var families: [String: Family] = [:]
      /// In order.
      var names: [String] = []
      var collectors: [Int: @Sendable () -> Void] = [:]
      var lastCollector = 0
    }

    private let known: [String: MetricDescription]
    private let seriesLimit: Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - descriptions: what is known of metrics besides this package's.
    ///   - seriesLimit: the most series of each metric. Positive.
    public init(_ descriptions: [MetricDescription] = [], seriesLimit: Int = 1000) {
      precondition(seriesLimit > 0, "MetricsRegistry: a positive limit of series is expected; found \(seriesLimit)")
      self.seriesLimit = seriesLimit
      known = Dictionary((MetricDescription.all + descriptions).map { ($0.name, $0) }) { $1 }
    }

    // MARK: Reading

    /// The media type of ``text()``.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// Lets `collect` set gauges before each ``text()``: quickly, on the thread that asks for it.
    ///
    /// - Returns: a number for ``removeCollector(_:)``.
    @discardableResult
    public func addCollector(_ collect: @escaping @Sendable () -> Void) -> Int {
      state.withLock { state in
        state.lastCollector += 1
        state.collectors[state.lastCollector] = collect
        return state.lastCollector
      }
    }

    public func removeCollector(_ number: Int) { state.withLock { $0.collectors[number] = nil } }

    /// All that was recorded, as Prometheus reads it.
    ///
    /// - Complexity: O(series).
    public func text() -> String {
      for collect in state.withLock({ state in state.collectors.sorted { $0.key < $1.key }.map(\.value) }) { collect() }
      // Values are read outside of the lock, which series that are made meanwhile wait for.
      let families = state.withLock { state in state.names.map { ($0, state.families[$0]!) } }
      var text = ""
      for (name, family) in families where !family.series.isEmpty {
        let description = family.description
        text += "# HELP \(name) \(PrometheusText.help(description.help))\n# TYPE \(name) \(description.kind)\n"
        let bounds = description.buckets.map(PrometheusText.number) + ["+Inf"]
        for (labels, handler) in family.series {
          let braces = labels.isEmpty ? "" : "{\(labels)}"
          switch handler {
          case let counter as CounterSeries: text += "\(name)\(braces) \(counter.text)\n"
          case let gauge as GaugeSeries: text += "\(name)\(braces) \(gauge.text)\n"
          case let histogram as HistogramSeries:
            let values = histogram.snapshot
            let head = "\(name)_bucket{\(labels)\(labels.isEmpty ? "" : ",")le=\""
            var count: UInt64 = 0
            for (place, bound) in bounds.enumerated() {
              count += values.counts[place]
              text += head
              text += bound
              text += "\"} \(count)\n"
            }
            text += "\(name)_sum\(braces) \(PrometheusText.number(values.sum))\n\(name)_count\(braces) \(count)\n"
          default: preconditionFailure("MetricsRegistry: \(handler) is no series of it")
          }
        }
      }
      return text
    }

    // MARK: MetricsFactory

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
      series(ending(label, "_total"), .counter, dimensions) { _ in CounterSeries() }
    }

    public func makeFloatingPointCounter(
      label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
      series(ending(label, "_total"), .counter, dimensions) { _ in CounterSeries() }
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
      series(label, .gauge, dimensions) { _ in GaugeSeries() }
    }

    public func makeRecorder(
      label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
      guard aggregate else { return series(label, .gauge, dimensions) { _ in GaugeSeries() } }
      return series(label, .histogram, dimensions) { HistogramSeries(bounds: $0.buckets) }
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
      series(ending(label, "_seconds"), .histogram, dimensions) { HistogramSeries(bounds: $0.buckets) }
    }

    public func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { remove(handler) }
    public func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
    public func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
    public func destroyTimer(_ handler: any TimerHandler) { remove(handler) }

    // MARK: -

    private func ending(_ label: String, _ end: String) -> String { label.hasSuffix(end) ? label : label + end }

    private func series<Series: Sendable & AnyObject>(
      _ label: String, _ kind: MetricDescription.Kind, _ dimensions: [(String, String)],
      _ make: (MetricDescription) -> Series
    ) -> Series {
      var name = PrometheusText.metricName(label)
      // One name, one type.
      if let other = known[name], other.kind != kind { name += "_\(kind)" }
      let labels = PrometheusText.labels(dimensions)
      let (series, isOverflow) = state.withLock { state -> (Series, Bool) in
        if let family = state.families[name], family.description.kind != kind { name += "_\(kind)" }
        if state.families[name] == nil {
          let description = known[name] ?? MetricDescription(name, kind, "\(label), as the program calls it.")
          state.families[name] = Family(description: description)
          state.names.insert(name, at: state.names.firstIndex { $0 > name } ?? state.names.endIndex)
        }
        if let found = state.families[name]!.places[labels] as? Series { return (found, false) }
        guard state.families[name]!.series.count < seriesLimit else {
          let labels = PrometheusText.labels(dimensions.map { ($0.0, "other") })
          return (place(labels, name, &state) { make($0) }, true)
        }
        return (place(labels, name, &state) { make($0) }, false)
      }
      if isOverflow, name != MetricDescription.overflows.name {
        Counter(label: MetricDescription.overflows.name, dimensions: [("metric", name)], factory: self).increment()
      }
      return series
    }

    private func place<Series: Sendable & AnyObject>(
      _ labels: String, _ name: String, _ state: inout State, _ make: (MetricDescription) -> Series
    ) -> Series {
      if let found = state.families[name]!.places[labels] as? Series { return found }
      let series = make(state.families[name]!.description)
      state.families[name]!.places[labels] = series
      // Sorted as they come, so that reading need not.
      let all = state.families[name]!.series
      var (low, high) = (0, all.count)
      while low < high {
        let middle = (low + high) / 2
        if all[middle].labels < labels { low = middle + 1 } else { high = middle }
      }
      state.families[name]!.series.insert((labels, series), at: low)
      return series
    }

    private func remove(_ handler: AnyObject) {
      state.withLock { state in
        for name in state.names {
          guard let place = state.families[name]!.series.firstIndex(where: { $0.handler === handler }) else { continue }
          let labels = state.families[name]!.series.remove(at: place).labels
          state.families[name]!.places[labels] = nil
        }
      }
    }
  }
#endif
