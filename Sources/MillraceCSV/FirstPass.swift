import MillraceExecutor

/// What the first pass over all blocks finds out.
struct FirstPass: Sendable {
  let plan: ReadingPlan
  private(set) var rows = 0
  /// For each place.
  private(set) var totals: [ColumnTotals]
  private(set) var tables: TextTables
  /// For each lane of numbers, if they are counted while they are read.
  private(set) var counts: [KeyCounts?]
  private(set) var kept: KeptNumbers

  init(_ plan: ReadingPlan, tables: TextTables, counts: [KeyCounts?], kept: KeptNumbers) {
    self.plan = plan
    totals = [ColumnTotals](repeating: ColumnTotals(), count: plan.columns.count)
    self.tables = tables
    self.counts = counts
    self.kept = kept
  }

  /// What has been counted, which is then gone from here.
  mutating func takeCounts() -> [KeyCounts?] {
    defer { counts = [] }
    return counts
  }

  mutating func merge(_ parts: [BlockReading]) {
    for part in parts where part.rows > 0 {
      rows += part.rows
      var moments = part.moments.makeIterator()
      var lane = 0
      for place in totals.indices {
        let isNumber = lane < plan.numbers.count && plan.numbers[lane] == place
        if isNumber { lane += 1 }
        totals[place].join(part.tallies[place], isNumber ? moments.next() : nil)
      }
    }
    tables.join(parts)
    Parallel.forEach(in: &counts) { lane, counts in
      for part in parts { counts?.add(part.numbers[lane]) }
    }
    kept.append(parts.map(\.numbers))
  }
}
