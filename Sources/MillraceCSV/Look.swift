import MillraceExecutor

/// A guess, from a few blocks spread over the file, of what its columns hold. It saves work and decides nothing: a text that was seen is there, and a range
/// that was seen is only where counting begins.
struct Look: Sendable {
  /// For each place.
  private(set) var roles: [ColumnRole]
  /// The keys that were seen, for each column that seems to be numbers.
  private var ranges: [ClosedRange<UInt64>?] = []
  /// What all numbers of the file seem to take.
  private(set) var expectedBytes = 0

  init(_ blocks: Blocks, _ columns: [Int]) {
    let plan = ReadingPlan(columns.map { _ in .number }, columns: columns)
    let number = max(1, min(8, blocks.count / 8))
    // A fault is found again, and told, in its turn.
    let seen = Parallel.map(0..<number) { index in
      Result { () throws(Fault) in try BlockReading(index * (blocks.count / number), in: blocks, plan) }
    }.compactMap { try? $0.get() }.filter { $0.rows > 0 }
    roles = columns.indices.map { place in seen.contains { $0.tallies[place].isText } ? .text : .number }
    for place in columns.indices where roles[place] == .number {
      var moments = Moments()
      for reading in seen { moments.join(reading.moments[place]) }
      expectedBytes += 8 * moments.count
      ranges.append(moments.count > 0 ? Key.of(moments.minimum)...Key.of(moments.maximum) : nil)
    }
    expectedBytes = expectedBytes / number * blocks.count
  }

  /// Counters over the ranges that were seen, for each column that seems to be numbers.
  func counts(counters: Int) -> [KeyCounts?] {
    let limit = KeyCounts.limit(ranges: ranges.count, counters: counters)
    return ranges.map { $0.map { KeyCounts(low: $0.lowerBound, high: $0.upperBound, limit: limit) } }
  }
}
