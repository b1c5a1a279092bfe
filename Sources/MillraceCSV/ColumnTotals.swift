/// What has been found out about one column, in all blocks so far.
struct ColumnTotals: Sendable {
  private(set) var count = 0
  private(set) var missing = 0
  /// A column stays text once one cell is.
  private(set) var isText = false
  private(set) var moments = Moments()

  var isNumeric: Bool { !isText && count > 0 }

  /// Adds the next block's.
  mutating func join(_ tally: BlockReading.Tally, _ moments: Moments?) {
    count += tally.count
    missing += tally.missing
    isText = isText || tally.isText
    if let moments, !isText { self.moments.join(moments) }
  }

  func numbers(_ percentiles: [Double]?, _ histogram: [Int]?) -> Summary.Numbers {
    Summary.Numbers(
      mean: moments.mean, standardDeviation: moments.standardDeviation,
      minimum: count > 0 ? moments.minimum : nil, maximum: count > 0 ? moments.maximum : nil,
      p50: percentiles?[0], p95: percentiles?[1], p99: percentiles?[2], histogram: histogram ?? [])
  }
}
