/// A set of cores that finds the first one from any on: bits in words, and words that tell which words below have any. O(log₆₄ n) each.
struct IdleCores {
  private var levels: [[UInt64]] = []

  /// All of them are idle.
  init(count: Int) {
    var count = count
    repeat {
      var words = Array(repeating: UInt64.max, count: (count + 63) / 64)
      if count % 64 != 0 { words[words.count - 1] = 1 << UInt64(count % 64) - 1 }
      levels.append(words)
      count = words.count
    } while count > 1
  }

  func first(in range: Range<Int>) -> Int? {
    var index = range.lowerBound
    for level in levels.indices {
      let word = index / 64
      guard word < levels[level].count else { return nil }
      let bits = levels[level][word] & (.max << UInt64(index % 64))
      if bits != 0 {
        var found = word * 64 + bits.trailingZeroBitCount
        for lower in levels[..<level].reversed() { found = found * 64 + lower[found].trailingZeroBitCount }
        return found < range.upperBound ? found : nil
      }
      index = word + 1
    }
    return nil
  }

  mutating func insert(_ core: Int) {
    var index = core
    for level in levels.indices {
      levels[level][index / 64] |= 1 << UInt64(index % 64)
      index /= 64
    }
  }

  mutating func remove(_ core: Int) {
    var index = core
    for level in levels.indices {
      levels[level][index / 64] &= ~(1 << UInt64(index % 64))
      if levels[level][index / 64] != 0 { return }
      index /= 64
    }
  }
}
