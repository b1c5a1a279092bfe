/// Looks for the values of some ranks in the order of one column's numbers, which it is shown as often as it asks.
///
/// Each rank is known to be in a range of keys. When shown the numbers, the search either counts how many fall into each part of a range, which narrows
/// it, or, once few are left in it, holds those, which ends it. Ranks that are near each other share a range.
struct RankSearch: Sendable {
  /// The range of all values, and for each rank the one that it is in.
  private let all: KeyRange
  private let ranks: [Int]
  private var ranges: [KeyRange]
  private var counting: [KeyCounts] = []
  private var holding: [(range: KeyRange, keys: [UInt64])] = []

  /// - Parameter look: what has been counted already.
  init(_ ranks: [Int], in all: KeyRange, after look: KeyCounts? = nil) {
    self.all = all
    self.ranks = ranks
    ranges = ranks.map { look?.locate($0, in: all) ?? all }
  }

  /// The ranges that are not narrow enough, none of them twice.
  var open: [KeyRange] {
    var open: [KeyRange] = []
    for range in ranges where range.low < range.high && !open.contains(range) { open.append(range) }
    return open
  }

  /// Says what is to be done with the numbers when they are shown next: `range` is one of ``open``.
  mutating func hold(_ range: KeyRange) {
    var keys: [UInt64] = []
    keys.reserveCapacity(range.count)
    holding.append((range, keys))
  }

  mutating func count(_ range: KeyRange, limit: Int) {
    counting.append(KeyCounts(low: range.low, high: range.high, limit: limit))
  }

  mutating func add(_ values: Span<Double>) {
    for place in counting.indices { counting[place].add(values) }
    for place in holding.indices {
      let (low, span) = (holding[place].range.low, holding[place].range.high - holding[place].range.low)
      for index in values.indices {
        let key = Key.of(values[index])
        if key &- low <= span { holding[place].keys.append(key) }
      }
    }
  }

  /// To be called when all numbers have been shown.
  mutating func conclude() {
    for index in holding.indices {
      let range = holding[index].range
      let wanted = Set(ranks.indices.filter { ranges[$0] == range }.map { ranks[$0] - range.first }).sorted()
      holding[index].keys.order(at: wanted)
      for place in ranks.indices where ranges[place] == range {
        let key = holding[index].keys[ranks[place] - range.first]
        ranges[place] = KeyRange(low: key, high: key, first: ranks[place], count: 1)
      }
    }
    for counts in counting {
      for place in ranks.indices where ranges[place].low == counts.low && ranges[place].high == counts.high {
        ranges[place] = counts.locate(ranks[place], in: all)
      }
    }
    (counting, holding) = ([], [])
  }

  /// The values of the ranks, once none is ``open``.
  var values: [Double] { ranges.map { Key.value($0.low) } }
}
