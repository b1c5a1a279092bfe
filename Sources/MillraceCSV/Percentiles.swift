import MillraceExecutor

/// Exact percentiles without sorting, and without holding all values: the values' bits, in an order-preserving form, are counted twelve at a
/// time from the top, until few enough candidates are left to be sorted.
struct Percentiles: Sendable {
  static let fractions = [0.50, 0.95, 0.99]

  /// Candidates, over all columns, that may be held at once.
  private static let held = 1 << 21
  private static let digitBits = 12

  /// A place in the order of one column's values: those that begin with `prefix` hold it, as their `rank`-th.
  private struct Target: Sendable {
    var column: Int
    var prefix: UInt64 = 0
    var rank: Int
    /// Values that begin with the prefix.
    var candidates: Int
  }

  /// An integer that orders as the value does.
  static func key(_ value: Double) -> UInt64 {
    let bits = value.bitPattern
    return bits >> 63 == 1 ? ~bits : bits | 1 << 63
  }

  static func value(_ key: UInt64) -> Double {
    Double(bitPattern: key >> 63 == 1 ? key & ~(1 << 63) : ~key)
  }

  /// The percentiles of each column.
  ///
  /// - Parameters:
  ///   - counts: how many values each column has.
  ///   - pass: calls its argument with each block's values, a list for each column, in parallel, and hands the results on in order.
  static func find(
    counts: [Int], held: Int = held,
    pass: (@Sendable ([[Double]]) -> [[UInt64]], ([[UInt64]]) -> Void) throws(Fault) -> Void
  ) throws(Fault) -> [[Double]?] {
    var targets: [Target] = []
    for (column, count) in counts.enumerated() where count > 0 {
      for fraction in fractions {
        let low = Int((fraction * Double(count - 1)).rounded(.down))
        for rank in [low, min(low + 1, count - 1)] {
          targets.append(Target(column: column, rank: rank, candidates: count))
        }
      }
    }
    var known = 0
    while known < 64, heldCandidates(targets) > held {
      let bits = min(digitBits, 64 - known)
      try refine(&targets, known, bits, pass)
      known += bits
    }
    let values = try gather(targets, known, pass)
    return counts.indices.map { column in
      guard counts[column] > 0 else { return nil }
      let found = targets.indices.filter { targets[$0].column == column }.map { values[$0] }
      return fractions.indices.map { place in
        let position = fractions[place] * Double(counts[column] - 1)
        let weight = position - position.rounded(.down)
        let (low, high) = (found[2 * place], found[2 * place + 1])
        return weight == 0 ? low : low + (high - low) * weight
      }
    }
  }

  /// The groups that targets share: same column, same prefix.
  private static func groups(_ targets: [Target]) -> [(column: Int, prefix: UInt64)] {
    var groups: [(column: Int, prefix: UInt64)] = []
    for target in targets where !groups.contains(where: { $0.column == target.column && $0.prefix == target.prefix }) {
      groups.append((target.column, target.prefix))
    }
    return groups
  }

  private static func heldCandidates(_ targets: [Target]) -> Int {
    groups(targets).reduce(0) { sum, group in
      sum + targets.first { $0.column == group.column && $0.prefix == group.prefix }!.candidates
    }
  }

  private static func refine(
    _ targets: inout [Target], _ known: Int, _ bits: Int,
    _ pass: (@Sendable ([[Double]]) -> [[UInt64]], ([[UInt64]]) -> Void) throws(Fault) -> Void
  ) throws(Fault) {
    let groups = groups(targets)
    let bins = 1 << bits
    var totals = [[UInt64]](repeating: [UInt64](repeating: 0, count: bins), count: groups.count)
    try pass(
      { values in
        groups.map { group in
          var counts = [UInt64](repeating: 0, count: bins)
          for value in values[group.column] {
            let key = key(value)
            if known == 0 || key >> UInt64(64 - known) == group.prefix {
              counts[Int(truncatingIfNeeded: key >> UInt64(64 - known - bits)) & (bins - 1)] += 1
            }
          }
          return counts
        }
      },
      { parts in
        for (group, part) in parts.enumerated() { for bin in 0..<bins { totals[group][bin] += part[bin] } }
      })
    for index in targets.indices {
      let group = groups.firstIndex { $0.column == targets[index].column && $0.prefix == targets[index].prefix }!
      var rank = targets[index].rank
      var bin = 0
      while rank >= Int(totals[group][bin]) {
        rank -= Int(totals[group][bin])
        bin += 1
      }
      targets[index].rank = rank
      targets[index].candidates = Int(totals[group][bin])
      targets[index].prefix = targets[index].prefix << UInt64(bits) | UInt64(bin)
    }
  }

  private static func gather(
    _ targets: [Target], _ known: Int,
    _ pass: (@Sendable ([[Double]]) -> [[UInt64]], ([[UInt64]]) -> Void) throws(Fault) -> Void
  ) throws(Fault) -> [Double] {
    let groups = groups(targets)
    var candidates = [[UInt64]](repeating: [], count: groups.count)
    if known < 64 {
      try pass(
        { values in
          groups.map { group in
            values[group.column].lazy.map(key).filter { known == 0 || $0 >> UInt64(64 - known) == group.prefix }
          }
        },
        { parts in for (group, part) in parts.enumerated() { candidates[group] += part } })
      candidates = Parallel.map(candidates) { $0.sorted() }
    }
    return targets.map { target in
      // All bits known: the prefix is the value.
      let group = groups.firstIndex { $0.column == target.column && $0.prefix == target.prefix }!
      return value(known < 64 ? candidates[group][target.rank] : target.prefix)
    }
  }
}
