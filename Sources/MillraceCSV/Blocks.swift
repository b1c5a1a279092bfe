import MillraceExecutor

/// A file cut into blocks of equal size. A block's records are those that *begin* in it, so the cuts, and with them every sum, depend on the file alone and
/// not on the number of workers.
struct Blocks: Sendable {
  static let standardSize = 1 << 20

  let file: MappedFile
  let size: Int
  /// Where the first record after the header begins.
  let start: Int
  let columnCount: Int
  /// For each block, whether its first byte lies inside quotes.
  private let insideQuotes: [Bool]

  var count: Int { insideQuotes.count }

  /// Counts the quotes of every block in parallel; a byte lies inside quotes when an odd number comes before it.
  init(_ file: MappedFile, start: Int, columnCount: Int, size: Int) {
    self.file = file
    self.size = size
    self.start = start
    self.columnCount = columnCount
    let count = max(1, (file.count - start + size - 1) / size)
    let quotes = Parallel.map(0..<count) { block in
      let bounds = Self.bounds(block, file, start, size)
      var quotes = 0
      for offset in bounds where unsafe file.bytes[offset] == Byte.quote { quotes &+= 1 }
      return quotes
    }
    var inside = false
    insideQuotes = quotes.map { number in
      defer { if number % 2 == 1 { inside.toggle() } }
      return inside
    }
  }

  private static func bounds(_ block: Int, _ file: MappedFile, _ start: Int, _ size: Int) -> Range<Int> {
    let low = min(file.count, start + block * size)
    return low..<min(file.count, low + size)
  }

  /// Where the records of a block lie, or nil when none begins in it.
  private func records(of block: Int) -> Range<Int>? {
    let bounds = Self.bounds(block, file, start, size)
    // A record that begins at the block's first byte is this block's: look from the byte before.
    let first =
      block == 0
      ? bounds.lowerBound
      : RecordScanner.firstRecord(
        file, from: bounds.lowerBound - 1, to: bounds.upperBound,
        insideQuotes: unsafe insideQuotes[block] != (file.bytes[bounds.lowerBound - 1] == Byte.quote))
    return first < bounds.upperBound ? first..<bounds.upperBound : nil
  }

  /// Calls `body` with each cell of each record that begins in `block`, and its column. Returns the number of records.
  @inline(__always)
  func scan(_ block: Int, _ body: (Int, Cell) -> Void) throws(Fault) -> Int {
    guard let range = records(of: block) else { return 0 }
    var scanner = RecordScanner(file, at: range.lowerBound)
    var rows = 0
    while true {
      if columnCount > 1 { scanner.skipBlankLines() }
      let record = scanner.offset
      guard record < range.upperBound, !scanner.isAtEnd else { break }
      let found = try scanner.nextRecord { (column, cell) throws(Fault) in
        if column < columnCount { body(column, cell) }
      }
      if found != columnCount {
        throw Fault(
          offset: record,
          message: "a record of \(found) cell\(found == 1 ? "" : "s"); \(columnCount) are expected, as in the header")
      }
      rows += 1
    }
    if let invalid = RecordScanner.firstInvalidUTF8(file, range.lowerBound..<scanner.offset) {
      throw Fault(offset: invalid, message: "bytes that are not UTF-8; UTF-8 text is expected")
    }
    return rows
  }

  /// Reads blocks in parallel, some at a time, and hands the results on in the order of the blocks.
  ///
  /// - Throws: the fault of the earliest block that has one.
  func forEach<T: Sendable>(
    progress: (Int) -> Void, read: @Sendable (Int) throws(Fault) -> T, join: (Int, T) -> Void
  ) throws(Fault) {
    let wave = 32
    var first = 0
    while first < count {
      let range = first..<min(count, first + wave)
      let results = Parallel.map(range) { block in Result { () throws(Fault) -> T in try read(block) } }
      for (offset, result) in results.enumerated() { join(range.lowerBound + offset, try result.get()) }
      let low = Self.bounds(range.lowerBound, file, start, size).lowerBound
      let high = Self.bounds(range.upperBound - 1, file, start, size).upperBound
      if file.count > 64 << 20 { file.forget(low..<high) }
      progress(high - low)
      first = range.upperBound
    }
  }
}
