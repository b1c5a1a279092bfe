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
  private(set) var tallies: [Tally] = []
  private(set) var numbers = NumberBlock()
  /// One for each column that is read as numbers.
  private(set) var moments: [Moments] = []
  /// One for each column that is read as text.
  private(set) var texts: [TextCounts] = []

  /// Column by column: the cells of one are alike, so that the processor guesses right where it branches.
  init(_ block: Int, in blocks: Blocks, _ plan: ReadingPlan) throws(Fault) {
    guard let cells = try blocks.cells(block) else {
      rows = 0
      return
    }
    rows = cells.rows
    tallies = [Tally](repeating: Tally(), count: plan.columns.count)
    texts = [TextCounts](repeating: TextCounts(), count: plan.texts.count)
    var tallies = tallies
    numbers = NumberBlock(lanes: plan.numbers.count, rows: rows) { lane, numbers in
      let place = plan.numbers[lane]
      tallies[place] = Self.readNumbers(cells, plan.columns[place], blocks.file, into: &numbers)
    }
    moments = plan.numbers.indices.map { Moments(numbers[$0]) }
    for (lane, place) in plan.texts.enumerated() {
      tallies[place] = Self.readTexts(cells, plan.columns[place], blocks.file, into: &texts[lane])
    }
    self.tallies = tallies
  }

  /// Appends the numbers of a column, or none when it holds a text.
  private static func readNumbers(
    _ cells: borrowing CellIndex, _ column: Int, _ file: MappedFile, into numbers: inout NumberBlock.Builder
  ) -> Tally {
    var tally = Tally()
    cells.forEach(in: column) { start, end in
      if start == end {
        tally.missing += 1
      } else if let value = unsafe Number.parse(file.bytes, from: start, to: end) {
        numbers.append(value)
      } else {
        let content = unsafe Cell.content(file, start, end)
        if unsafe Cell.isMissing(content) {
          tally.missing += 1
        } else if !tally.isText, let value = unsafe Number.parse(content) {
          numbers.append(value)
        } else {
          tally.isText = true
        }
      }
    }
    tally.count = cells.rows - tally.missing
    if tally.isText { numbers.removeLane() }
    return tally
  }

  private static func readTexts(
    _ cells: borrowing CellIndex, _ column: Int, _ file: MappedFile, into texts: inout TextCounts
  ) -> Tally {
    var tally = Tally()
    cells.forEach(in: column) { start, end in
      let content = unsafe Cell.content(file, start, end)
      if unsafe Cell.isMissing(content) {
        tally.missing += 1
      } else {
        unsafe texts.add(content, file)
      }
    }
    tally.count = cells.rows - tally.missing
    tally.isText = tally.count > 0
    return tally
  }
}
