#if Workflow
  import CoreMetrics
  import Synchronization

  /// A number that only grows.
  final class CounterSeries: CounterHandler, FloatingPointCounterHandler, Sendable {
    private let whole = Atomic<Int64>(0)
    private let fraction = Mutex(0.0)

    func increment(by amount: Int64) {
      guard amount > 0 else { return }
      // Relaxed: a figure.
      whole.wrappingAdd(amount, ordering: .relaxed)
    }

    func increment(by amount: Double) {
      guard amount > 0, amount.isFinite else { return }
      fraction.withLock { $0 += amount }
    }

    func reset() {
      // Relaxed: a figure.
      whole.store(0, ordering: .relaxed)
      fraction.withLock { $0 = 0 }
    }

    var text: String {
      // Relaxed: a figure.
      let whole = whole.load(ordering: .relaxed)
      let fraction = fraction.withLock(\.self)
      return fraction == 0 ? "\(whole)" : PrometheusText.number(Double(whole) + fraction)
    }
  }

  /// A number that goes up and down.
  final class GaugeSeries: MeterHandler, RecorderHandler, Sendable {
    private let value = Mutex(0.0)

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { self.value.withLock { $0 = value } }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }
    func record(_ value: Int64) { set(value) }
    func record(_ value: Double) { set(value) }

    var text: String { PrometheusText.number(value.withLock(\.self)) }
  }

  /// How often a number was in which bucket.
  final class HistogramSeries: TimerHandler, RecorderHandler, Sendable {
    struct Values: Sendable {
      /// Of each bucket by itself; the last is the infinite one.
      var counts: [UInt64]
      var sum = 0.0
    }

    private let bounds: [Double]
    private let values: Mutex<Values>

    init(bounds: [Double]) {
      self.bounds = bounds
      values = Mutex(Values(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
      if value.isNaN { return }
      // Few, and most values are among the first.
      var place = 0
      while place < bounds.count, value > bounds[place] { place += 1 }
      values.withLock { values in
        values.counts[place] += 1
        values.sum += value
      }
    }

    var snapshot: Values { values.withLock(\.self) }
  }
#endif
