import CMillraceKernels

/// How many numbers fall into each of ten equal parts of a known range.
struct Histogram: Sendable {
  private static let count = 10

  private(set) var bins = [Int](repeating: 0, count: Histogram.count)
  private let minimum: Double
  private let maximum: Double

  init(minimum: Double, maximum: Double) {
    self.minimum = minimum
    self.maximum = maximum
  }

  mutating func add(_ values: Span<Double>) {
    guard minimum < maximum else {
      bins[0] += values.count
      return
    }
    guard (maximum - minimum).isFinite, (Double(Self.count) / (maximum - minimum)).isFinite else {
      addExtreme(values)
      return
    }
    var counts = [UInt64](repeating: 0, count: Self.count)
    let greatest = unsafe values.withUnsafeBufferPointer { values in
      // SAFETY: there are `count` counters.
      unsafe counts.withUnsafeMutableBufferPointer { counts in
        unsafe millrace_batch_histogram_f64(
          counts.baseAddress!, Self.count, values.baseAddress!, minimum, maximum, values.count)
      }
    }
    for (bin, count) in counts.enumerated() { bins[bin] += Int(count) }
    bins[Self.count - 1] += greatest
  }

  /// In a range that is wider than a double can say, or so narrow that nothing can be divided by it.
  private mutating func addExtreme(_ values: Span<Double>) {
    let width = maximum / Double(Self.count) - minimum / Double(Self.count)
    for index in values.indices {
      let place = width > 0 ? values[index] / width - minimum / width : 0
      bins[min(Self.count - 1, max(0, Int(place)))] += 1
    }
  }
}
