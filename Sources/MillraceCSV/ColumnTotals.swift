/// What has been found out about the chosen columns, in one block or in all so far.
struct ColumnTotals: Sendable {
  var rows = 0
  var columns: [Column]
  /// Values of each block and column, while there is room for them.
  private(set) var blockValues: [[[Double]]] = []
  private(set) var keepsValues = true
  private var kept = 0

  struct Column: Sendable {
    var count = 0
    var missing = 0
    var isText = false
    var moments = Moments()
    var texts = TextCounts()
    var values: [Double] = []
  }

  init(columns: Int) { self.columns = [Column](repeating: Column(), count: columns) }

  /// Reads a block.
  ///
  /// - Parameters:
  ///   - places: for each column of the file, its places among the chosen.
  ///   - textFrom: columns whose texts are counted; the others are read as numbers, until one is none.
  init(of block: Int, in blocks: Blocks, places: [[Int]], columns: Int, textFrom: [Bool]) throws(Fault) {
    self.init(columns: columns)
    var found = self.columns
    rows = try blocks.scan(block) { column, cell in
      for place in places[column] {
        if cell.isMissing {
          found[place].missing += 1
          continue
        }
        found[place].count += 1
        if textFrom[place] {
          found[place].isText = true
          found[place].texts.add(cell, blocks.file)
        } else if !found[place].isText {
          if let value = unsafe Number.parse(cell.bytes) {
            found[place].moments.add(value)
            found[place].values.append(value)
          } else {
            found[place].isText = true
            found[place].values = []
          }
        }
      }
    }
    self.columns = found
  }

  /// Reads only the values of some columns, all of which are known to be numbers.
  init(of block: Int, in blocks: Blocks, places: [[Int]], columns: Int, valuesOf: [Bool]) throws(Fault) {
    self.init(columns: columns)
    var found = self.columns
    rows = try blocks.scan(block) { column, cell in
      for place in places[column] where valuesOf[place] && !cell.isMissing {
        if let value = unsafe Number.parse(cell.bytes) { found[place].values.append(value) }
      }
    }
    self.columns = found
  }

  /// Adds the next block's.
  mutating func join(_ part: ColumnTotals, _ file: MappedFile, keepLimit: Int) {
    rows += part.rows
    for index in columns.indices {
      let next = part.columns[index]
      columns[index].count += next.count
      columns[index].missing += next.missing
      columns[index].isText = columns[index].isText || next.isText
      columns[index].moments.join(next.moments)
      columns[index].texts.join(next.texts, file)
    }
    guard keepsValues else { return }
    kept += part.columns.reduce(0) { $0 + $1.values.count }
    if kept <= keepLimit {
      blockValues.append(part.columns.map(\.values))
    } else {
      keepsValues = false
      blockValues = []
    }
  }
}

extension ColumnTotals.Column {
  func numbers(_ percentiles: [Double]?, _ histogram: [Int]) -> Summary.Numbers {
    Summary.Numbers(
      mean: moments.mean, standardDeviation: moments.standardDeviation,
      minimum: count > 0 ? moments.minimum : nil, maximum: count > 0 ? moments.maximum : nil,
      p50: percentiles?[0], p95: percentiles?[1], p99: percentiles?[2], histogram: count > 0 ? histogram : [])
  }
}

extension TextCounts {
  func summary(_ file: MappedFile) -> Summary.Texts {
    Summary.Texts(
      distinct: distinct, isDistinctEstimated: isEstimated,
      top: top(5, file).map { Summary.Frequency(value: $0.text, count: $0.count) })
  }
}
