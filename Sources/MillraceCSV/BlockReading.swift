/// What one block holds of the columns that a pass asks for.
struct BlockReading: Sendable {
  struct Tally: Sendable {
    /// Cells that are not missing.
    var count = 0
    var missing = 0
    var isText = false
  }

  let rows: Int
  /// One for each place, zero where nothing was asked; none at all, here and below, when there are no rows.
  let tallies: [Tally]
  let numbers: NumberBlock
  /// One for each column that is read as numbers.
  let moments: [Moments]
  /// One for each column that is read as text.
  let texts: [TextCounts]

  init(_ block: Int, in blocks: Blocks, _ plan: ReadingPlan) throws(Fault) {
    guard blocks.hasRecords(block) else {
      (rows, tallies, numbers, moments, texts) = (0, [], NumberBlock(), [], [])
      return
    }
    var tallies = [Tally](repeating: Tally(), count: plan.placeCount)
    var texts = [TextCounts](repeating: TextCounts(), count: plan.texts.count)
    let width = plan.numbers.count
    var cells: [Double] = []
    rows = try blocks.scan(block) { column, cell in
      if column == 0, width > 0 { cells.append(contentsOf: repeatElement(.nan, count: width)) }
      let step = plan.steps[column]
      if step.role == .skip { return }
      if cell.isMissing {
        tallies[step.place].missing += 1
        return
      }
      tallies[step.place].count += 1
      switch step.role {
      case .number:
        if tallies[step.place].isText { return }
        if let value = unsafe Number.parse(cell.bytes) {
          cells[cells.count - width + step.lane] = value
        } else {
          tallies[step.place].isText = true
        }
      case .text:
        texts[step.lane].add(cell, blocks.file)
      case .skip, .presence:
        break
      }
    }
    for place in plan.texts where tallies[place].count > 0 { tallies[place].isText = true }
    let numbers = NumberBlock(rows: cells, counts: plan.numbers.map { tallies[$0].isText ? 0 : tallies[$0].count })
    self.numbers = numbers
    moments = plan.numbers.indices.map { Moments(numbers[$0]) }
    self.tallies = tallies
    self.texts = texts
  }
}
