import MillraceExecutor

/// The passes over a file: a look at some blocks, one pass that finds out nearly everything, and those that turn out to be needed.
///
/// | pass | reads | for |
/// |---|---|---|
/// | look | at most 8 blocks | what a column seems to hold, and in which range |
/// | first | all | counts, sums, ranges, texts; numbers are kept, or counted over the range that was seen |
/// | late texts | columns that turned out to be text | their texts |
/// | distribution | numeric columns, if their numbers were not kept | histograms and percentiles, the latter more than once if many values are close |
struct Survey {
  private let blocks: Blocks
  /// The column of the file at each place.
  private let files: [Int]
  private let budget: MemoryBudget
  private(set) var rows = 0
  private var totals: [ColumnTotals]
  private var texts: [Int: TextCounts] = [:]
  private var distribution: Distribution?

  init(_ blocks: Blocks, columns: [Int], budget: MemoryBudget) {
    self.blocks = blocks
    files = columns
    self.budget = budget
    totals = [ColumnTotals](repeating: ColumnTotals(), count: columns.count)
  }

  mutating func run(_ progress: inout Progress) throws(Fault) {
    let look = Look(blocks, files)
    var kept = KeptNumbers(limit: budget.kept, isHopeful: look.expectedBytes <= budget.kept)
    progress.beginPass(expecting: kept.isWhole ? 0 : 1)
    var counts = kept.isWhole ? [] : look.counts(counters: budget.counters / 16)
    let plan = ReadingPlan(look.roles, columns: files, of: blocks.columnCount)
    var tables = TextTables(count: plan.texts.count, bytes: budget.texts)
    try blocks.forEach(
      &progress,
      read: { [blocks] (block) throws(Fault) in try BlockReading(block, in: blocks, plan) },
      join: { parts in
        join(parts, plan)
        tables.join(parts)
        Parallel.forEach(in: &counts) { lane, counts in
          for part in parts { counts?.add(part.numbers[lane]) }
        }
        kept.append(parts.map(\.numbers))
      })
    for (lane, place) in plan.texts.enumerated() { texts[place] = tables[lane] }
    try countLateTexts(plan, tables, &progress)
    var looks = [KeyCounts?](repeating: nil, count: files.count)
    for (lane, place) in plan.numbers.enumerated() where !counts.isEmpty { looks[place] = counts[lane] }
    counts = []
    var distribution = Distribution(totals, after: looks, bytes: budget.counters)
    looks = []
    while !distribution.wanted.isEmpty {
      distribution.begin()
      if kept.isWhole {
        distribution.add(kept.blocks, lanes: lanes(plan))
      } else {
        try pass(over: &distribution, &progress)
      }
      distribution.end()
    }
    self.distribution = distribution
  }

  private func lanes(_ plan: ReadingPlan) -> [Int?] {
    var lanes = [Int?](repeating: nil, count: files.count)
    for (lane, place) in plan.numbers.enumerated() { lanes[place] = lane }
    return lanes
  }

  private mutating func join(_ parts: [BlockReading], _ plan: ReadingPlan) {
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
  }

  /// Columns that were taken for numbers until a later block: their texts have not been counted.
  private mutating func countLateTexts(
    _ plan: ReadingPlan, _ tables: TextTables, _ progress: inout Progress
  ) throws(Fault) {
    guard plan.numbers.contains(where: { totals[$0].isText }) else { return }
    let roles = totals.indices.map {
      totals[$0].isText && plan.steps[files[$0]].role != .text ? ColumnRole.text : .skip
    }
    let late = ReadingPlan(roles, columns: files, of: blocks.columnCount)
    var tables = TextTables(count: late.texts.count, bytes: tables.free)
    progress.beginPass(expecting: 1)
    try blocks.forEach(
      &progress,
      read: { [blocks] (block) throws(Fault) in try BlockReading(block, in: blocks, late) },
      join: { parts in tables.join(parts) })
    for (lane, place) in late.texts.enumerated() { texts[place] = tables[lane] }
  }

  private func pass(over distribution: inout Distribution, _ progress: inout Progress) throws(Fault) {
    var roles = [ColumnRole](repeating: .skip, count: files.count)
    for place in distribution.wanted { roles[place] = .number }
    let plan = ReadingPlan(roles, columns: files, of: blocks.columnCount)
    let lanes = lanes(plan)
    progress.beginPass(expecting: 0)
    try blocks.forEach(
      &progress,
      read: { [blocks] (block) throws(Fault) in try BlockReading(block, in: blocks, plan).numbers },
      join: { parts in distribution.add(parts, lanes: lanes) })
  }

  /// What has been found out, for each place.
  func columns() -> [(ColumnTotals, Summary.Values)] {
    let numbers = distribution?.results ?? [:]
    return totals.indices.map { place in
      let total = totals[place]
      if total.isText { return (total, .text((texts[place] ?? TextCounts()).summary(blocks.file))) }
      let found = numbers[place]
      return (total, .number(total.numbers(found?.percentiles, found?.histogram)))
    }
  }
}
