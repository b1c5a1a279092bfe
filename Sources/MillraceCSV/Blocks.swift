import MillraceExecutor

/// A file cut into blocks of equal size. A block's records are those that *begin* in it, so the cuts, and with them every sum, depend on the file alone and
/// not on the number of workers.
struct Blocks: Sendable {
  static let standardSize = 1 << 18

  let file: MappedFile
  let size: Int
  /// Where the first record after the header begins.
  let start: Int
  let columnCount: Int
  let count: Int
  /// Blocks that are read at the same time.
  private let wave: Int
  /// For each block, whether its first byte lies inside quotes.
  private var insideQuotes: [Bool] = []

  /// Counts the quotes of every block; a byte lies inside quotes when an odd number comes before it.
  init(
    _ file: MappedFile, start: Int, columnCount: Int, size: Int, progress: inout Progress
  ) throws(Fault) {
    self.file = file
    self.size = size
    self.start = start
    self.columnCount = columnCount
    count = max(1, (file.count - start + size - 1) / size)
    wave = Self.waveCount(columns: columnCount)
    var inside = false
    var insideQuotes: [Bool] = []
    insideQuotes.reserveCapacity(count)
    let bounds = { @Sendable [start, size] block in Self.bounds(block, file, start, size) }
    try forEachWave(&progress) { range in
      for isOdd in Parallel.map(range, { Self.hasOddQuotes(file, bounds($0)) }) {
        insideQuotes.append(inside)
        if isOdd { inside.toggle() }
      }
    }
    self.insideQuotes = insideQuotes
  }

  /// How many blocks of so many columns may be read at the same time: enough for many workers, and within some 64 MB, of which a block takes up to four
  /// times its size for numbers or texts, and something for each column.
  static func waveCount(columns: Int) -> Int {
    max(1, min(32, (64 << 20) / (4 * standardSize + 256 * columns)))
  }

  private static func hasOddQuotes(_ file: MappedFile, _ range: Range<Int>) -> Bool {
    var quotes: UInt8 = 0
    for offset in range { quotes &+= unsafe file.bytes[offset] == Byte.quote ? 1 : 0 }
    return quotes & 1 == 1
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

  /// Whether a record begins in a block; none does in most when records are longer than blocks.
  func hasRecords(_ block: Int) -> Bool { records(of: block) != nil }

  /// Calls `body` with each cell of each record that begins in `block`, and its column. Returns the number of records.
  ///
  /// - Throws: the earliest fault of these records.
  @inline(__always)
  func scan(_ block: Int, _ body: (Int, Cell) -> Void) throws(Fault) -> Int {
    guard let range = records(of: block) else { return 0 }
    var scanner = RecordScanner(file, at: range.lowerBound)
    var rows = 0
    do throws(Fault) {
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
    } catch {
      try checkUTF8(range.lowerBound..<(error.offset ?? range.lowerBound))
      throw error
    }
    try checkUTF8(range.lowerBound..<scanner.offset)
    return rows
  }

  private func checkUTF8(_ range: Range<Int>) throws(Fault) {
    if let invalid = RecordScanner.firstInvalidUTF8(file, range.lowerBound..<min(file.count, range.upperBound)) {
      throw Fault(offset: invalid, message: "bytes that are not UTF-8; UTF-8 text is expected")
    }
  }

  /// Reads blocks in parallel, some at a time, and hands the results of those on in the order of the blocks.
  ///
  /// - Throws: the fault of the earliest block that has one.
  func forEach<T: Sendable>(
    _ progress: inout Progress, read: @Sendable (Int) throws(Fault) -> T, join: ([T]) -> Void
  ) throws(Fault) {
    try forEachWave(&progress) { (range) throws(Fault) in
      var parts: [T] = []
      for result in Parallel.map(range, { block in Result { () throws(Fault) -> T in try read(block) } }) {
        parts.append(try result.get())
      }
      join(parts)
    }
  }

  private func forEachWave(
    _ progress: inout Progress, _ body: (Range<Int>) throws(Fault) -> Void
  ) throws(Fault) {
    var first = 0
    while first < count {
      try file.checkUnchanged()
      let range = first..<min(count, first + wave)
      try body(range)
      let low = Self.bounds(range.lowerBound, file, start, size).lowerBound
      let high = Self.bounds(range.upperBound - 1, file, start, size).upperBound
      if file.count > 64 << 20 { file.forget(low..<high) }
      progress.advance(high - low)
      first = range.upperBound
    }
  }
}
