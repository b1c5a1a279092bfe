/// An integer that orders as a number does.
enum Key {
  @inline(__always)
  static func of(_ value: Double) -> UInt64 {
    let bits = value.bitPattern
    return bits >> 63 == 1 ? ~bits : bits | 1 << 63
  }

  static func value(_ key: UInt64) -> Double {
    Double(bitPattern: key >> 63 == 1 ? key & ~(1 << 63) : ~key)
  }
}

/// A range of keys, and which of a column's values, in their order, fall into it.
struct KeyRange: Sendable, Hashable {
  var low: UInt64
  var high: UInt64
  /// Values below it.
  var first: Int
  /// Values in it.
  var count: Int
}

/// How many of a column's values fall into each of many equal parts of a range of keys, and how many on either side.
struct KeyCounts: Sendable {
  let low: UInt64
  let high: UInt64
  private let shift: UInt64
  private var below = 0
  private var bins: [Int]

  /// - Parameter limit: at most so many parts.
  init(low: UInt64, high: UInt64, limit: Int) {
    self.low = low
    self.high = high
    var shift: UInt64 = 0
    while (high - low) >> shift >= UInt64(limit) { shift += 1 }
    self.shift = shift
    bins = [Int](repeating: 0, count: Int((high - low) >> shift) + 1)
  }

  mutating func add(_ values: Span<Double>) {
    let span = high - low
    var below = 0
    unsafe bins.withUnsafeMutableBufferPointer { bins in
      for index in values.indices {
        let key = Key.of(values[index])
        if key < low { below += 1 }
        let place = key &- low
        // SAFETY: there is a bin for each part of the range.
        if place <= span { unsafe bins[Int(truncatingIfNeeded: place >> shift)] += 1 }
      }
    }
    self.below += below
  }

  /// The narrowest range that is known to hold the value of a rank.
  ///
  /// - Parameter all: the range of all values.
  func locate(_ rank: Int, in all: KeyRange) -> KeyRange {
    if rank < below { return KeyRange(low: all.low, high: low - 1, first: 0, count: below) }
    var first = below
    for bin in bins.indices {
      if rank < first + bins[bin] {
        let start = low + UInt64(bin) << shift
        return KeyRange(
          low: start, high: start + min(high - start, 1 << shift - 1), first: first, count: bins[bin])
      }
      first += bins[bin]
    }
    return KeyRange(low: high + 1, high: all.high, first: first, count: all.count - first)
  }
}

extension KeyCounts {
  /// Into how many parts each of some ranges is cut, when there may be so many counters in all.
  static func limit(ranges: Int, counters: Int) -> Int {
    var limit = 1 << 16
    while limit > 8, limit * ranges > counters { limit /= 2 }
    return limit
  }
}
