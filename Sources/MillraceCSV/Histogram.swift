/// How many numbers fall into each of ten equal parts of a known range.
struct Histogram: Sendable {
  private(set) var bins = [Int](repeating: 0, count: 10)
  private let low: Double
  private let width: Double

  init(minimum: Double, maximum: Double) {
    // Divided first: the range of doubles is wider than a double can say.
    width = maximum / 10 - minimum / 10
    low = minimum / width
  }

  mutating func add(_ values: Span<Double>) {
    guard width > 0 else {
      bins[0] += values.count
      return
    }
    for index in values.indices { bins[min(9, max(0, Int(values[index] / width - low)))] += 1 }
  }
}
