/// The passes over a file, each a node of ``Analysis``'s graph: one pass finds out nearly everything, after a look at some blocks; the others are made when they turn out to
/// be needed.
///
/// | node | reads | for |
/// |---|---|---|
/// | split | all, but only their quotes | where records begin |
/// | look | at most 8 blocks | what a column seems to hold, and in which range |
/// | parse | all | counts, sums, ranges, texts; numbers are kept, or counted over the range that was seen |
/// | late texts | columns that turned out to be text | their texts |
/// | percentiles | numeric columns, if their numbers were not kept | histograms and percentiles, the latter more than once if many values are close |
///
/// What one pass leaves to the next is handed on, and not copied: the memory that it takes is bounded once.
struct Survey: Sendable {
  private let file: MappedFile
  private let header: Header
  private let blockSize: Int
  /// The column of the file at each place.
  private let files: [Int]
  private let budget: MemoryBudget
  private let progress: Progress
  private var blocks: Blocks?
  private var look: Look?
  private var first: FirstPass?
  private var lateTexts: [Int: TextCounts] = [:]
  private var distribution: Distribution?

  init(
    _ file: MappedFile, _ header: Header, blockSize: Int, columns: [Int], budget: MemoryBudget, _ progress: Progress
  ) {
    self.file = file
    self.header = header
    self.blockSize = blockSize
    files = columns
    self.budget = budget
    self.progress = progress
  }

  mutating func split() throws {
    progress.beginPass(expecting: 2)
    blocks = try Blocks(
      file, start: header.end, columnCount: header.names.count, size: blockSize, progress: progress)
  }

  mutating func lookAround() { look = Look(blocks!, files) }

  mutating func parse() throws {
    let (blocks, look) = (blocks!, look.take()!)
    let kept = KeptNumbers(limit: budget.kept, isHopeful: look.expectedBytes <= budget.kept)
    let plan = ReadingPlan(look.roles, columns: files)
    progress.beginPass(expecting: kept.isWhole ? 0 : 1)
    first = try blocks.run(
      "parse",
      into: FirstPass(
        plan, tables: TextTables(count: plan.texts.count, bytes: budget.texts),
        counts: kept.isWhole ? [] : look.counts(counters: budget.counters / 16), kept: kept),
      progress, read: { (block) throws(Fault) in try BlockReading(block, in: blocks, plan) },
      merge: { $0.merge($1) })
  }

  /// Columns that were taken for numbers until a later block: their texts have not been counted.
  mutating func countLateTexts() throws {
    let (blocks, first) = (blocks!, first!)
    guard first.plan.numbers.contains(where: { first.totals[$0].isText }) else { return }
    let roles = first.totals.indices.map {
      first.totals[$0].isText && first.plan.roles[$0] != .text ? ColumnRole.text : .skip
    }
    let late = ReadingPlan(roles, columns: files)
    progress.beginPass(expecting: 1)
    let tables = try blocks.run(
      "late texts", into: TextTables(count: late.texts.count, bytes: first.tables.free), progress,
      read: { (block) throws(Fault) in try BlockReading(block, in: blocks, late) },
      merge: { $0.join($1) })
    for (lane, place) in late.texts.enumerated() { lateTexts[place] = tables[lane] }
  }

  mutating func findPercentiles() throws {
    let blocks = blocks!
    var looks = [KeyCounts?](repeating: nil, count: files.count)
    let counts = first!.takeCounts()
    for (lane, place) in first!.plan.numbers.enumerated() where !counts.isEmpty { looks[place] = counts[lane] }
    var distribution = Distribution(first!.totals, after: looks, bytes: budget.counters)
    looks = []
    while !distribution.wanted.isEmpty {
      distribution.begin()
      if first!.kept.isWhole {
        distribution.add(first!.kept.blocks, lanes: lanes(first!.plan))
      } else {
        distribution = try pass(over: distribution, blocks)
      }
      distribution.end()
    }
    self.distribution = distribution
  }

  private func pass(over distribution: consuming sending Distribution, _ blocks: Blocks) throws -> Distribution {
    var roles = [ColumnRole](repeating: .skip, count: files.count)
    for place in distribution.wanted { roles[place] = .number }
    let plan = ReadingPlan(roles, columns: files)
    let lanes = lanes(plan)
    progress.beginPass(expecting: 0)
    return try blocks.run(
      "percentiles", into: distribution, progress,
      read: { (block) throws(Fault) in try BlockReading(block, in: blocks, plan).numbers },
      merge: { $0.add($1, lanes: lanes) })
  }

  private func lanes(_ plan: ReadingPlan) -> [Int?] {
    var lanes = [Int?](repeating: nil, count: files.count)
    for (lane, place) in plan.numbers.enumerated() { lanes[place] = lane }
    return lanes
  }

  /// - Parameter chosen: the column of the file for each column of the answer.
  func summary(of chosen: [Int]) -> Summary {
    progress.finish()
    let (first, numbers) = (first!, distribution!.results)
    return Summary(
      rows: first.rows,
      columns: chosen.map { column in
        let place = files.firstIndex(of: column)!
        let total = first.totals[place]
        let values: Summary.Values
        if total.isText {
          let lane = first.plan.texts.firstIndex(of: place)
          let texts = lane.map { first.tables[$0] } ?? lateTexts[place] ?? TextCounts()
          values = .text(texts.summary(file))
        } else {
          let found = numbers[place]
          values = .number(total.numbers(found?.percentiles, found?.histogram))
        }
        return Summary.Column(name: header.names[column], count: total.count, missing: total.missing, values: values)
      })
  }
}
