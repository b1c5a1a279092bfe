import MillraceExecutor

/// Percentiles and histograms of columns whose range is known, by passes over their numbers. The answer is exact, and does not depend on the memory.
struct Distribution: Sendable {
  private struct Column: Sendable {
    let place: Int
    let count: Int
    var search: RankSearch
    var histogram: Histogram
  }

  private var columns: [Column]
  private let counterLimit: Int
  private let heldLimit: Int
  private var isFirstPass = true

  /// - Parameters:
  ///   - totals: one for each place; those of numbers are taken.
  ///   - looks: what has been counted while the range was found, for each place.
  ///   - bytes: for counters and values that are held.
  init(_ totals: [ColumnTotals], after looks: [KeyCounts?], bytes: Int) {
    columns = totals.indices.compactMap { place in
      let total = totals[place]
      guard total.isNumeric else { return nil }
      let (low, high) = (total.moments.minimum, total.moments.maximum)
      // A zero may have either sign.
      let all = KeyRange(
        low: Key.of(low == 0 ? -0.0 : low), high: Key.of(high == 0 ? 0.0 : high), first: 0, count: total.count)
      return Column(
        place: place, count: total.count,
        search: RankSearch(Percentiles.ranks(total.count), in: all, after: looks[place]),
        histogram: Histogram(minimum: low, maximum: high))
    }
    counterLimit = bytes / 16
    heldLimit = bytes / 16
  }

  /// The places whose numbers are to be shown next; empty when all is known.
  var wanted: [Int] {
    columns.filter { isFirstPass || !$0.search.open.isEmpty }.map(\.place)
  }

  /// Says what the next pass is for: small ranges are held, as far as there is room, large ones are counted.
  mutating func begin() {
    var open: [(column: Int, range: KeyRange)] = []
    for column in columns.indices { for range in columns[column].search.open { open.append((column, range)) } }
    // Also by column and place: equal counts must not leave the order open.
    open.sort { ($0.range.count, $0.column, $0.range.low) < ($1.range.count, $1.column, $1.range.low) }
    var room = heldLimit
    let held = open.prefix {
      room -= $0.range.count
      return room >= 0
    }
    for (column, range) in held { columns[column].search.hold(range) }
    let limit = KeyCounts.limit(ranges: open.count - held.count, counters: counterLimit)
    for (column, range) in open.dropFirst(held.count) { columns[column].search.count(range, limit: limit) }
  }

  /// Shows the numbers of the next blocks.
  ///
  /// - Parameter lanes: the lane of each place, or nil.
  mutating func add(_ blocks: [NumberBlock], lanes: [Int?]) {
    let isFirst = isFirstPass
    Parallel.forEach(in: &columns) { _, column in
      guard let lane = lanes[column.place] else { return }
      for block in blocks {
        let values = block[lane]
        if isFirst { column.histogram.add(values) }
        column.search.add(values)
      }
    }
  }

  mutating func end() {
    isFirstPass = false
    Parallel.forEach(in: &columns) { _, column in column.search.conclude() }
  }

  /// For each place that holds numbers, its percentiles and its histogram.
  var results: [Int: (percentiles: [Double], histogram: [Int])] {
    Dictionary(
      uniqueKeysWithValues: columns.map {
        ($0.place, (Percentiles.interpolate($0.search.values, count: $0.count), $0.histogram.bins))
      })
  }
}
