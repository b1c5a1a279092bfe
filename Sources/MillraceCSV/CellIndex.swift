import CMillraceKernels

/// Where the cells of a block's records are, so that they can be read column by column.
///
/// Nearly every block is regular: a kernel marks separators, line ends and quotes for 64 bytes at a time, and leaves one number a cell. What it finds irregular (a
/// blank line, another number of cells, a fault of any kind) is passed again by a ``RecordScanner``, which knows all rules and says what is wrong.
@safe
struct CellIndex: ~Copyable {
  let rows: Int
  let columnCount: Int
  private let file: MappedFile
  /// Where the first record begins, and where the last one ends.
  private let start: Int
  let end: Int
  /// Whether no byte has its highest bit set.
  let isASCII: Bool
  /// What stands behind each cell, from `start`, where the records follow each other.
  private let ends: UnsafeMutablePointer<UInt32>?
  /// Each cell, where they do not.
  private let cells: [Range<Int>]

  /// Records that follow each other and have `columnCount` cells each, or nil where there are others.
  ///
  /// - Parameters:
  ///   - start: where the first one begins, outside quotes.
  ///   - limit: those that begin before it are taken.
  init?(_ file: MappedFile, from start: Int, to limit: Int, columnCount: Int) {
    let rest = file.count - start
    let length = min(rest, 1 << 31)
    // SAFETY: the room that the kernel asks for.
    let ends = UnsafeMutablePointer<UInt32>.allocate(capacity: limit - start + columnCount + 64)
    let found = unsafe millrace_batch_csv_index_u8(
      ends, file.bytes + start, Byte.comma, columnCount, limit - start, length)
    let last = unsafe found.is_regular ? Int(ends[found.count - 1]) : 0
    // A record that is longer than what was looked at has not ended.
    guard found.is_regular, last < length || length == rest else {
      unsafe ends.deallocate()
      return nil
    }
    self.file = file
    self.start = start
    self.columnCount = columnCount
    unsafe self.ends = ends
    cells = []
    rows = found.count / columnCount
    isASCII = found.is_ascii
    end = min(file.count, start + last + 1)
  }

  /// Any records.
  ///
  /// - Throws: their first fault, apart from characters that are not UTF-8.
  init(scanning file: MappedFile, from start: Int, to limit: Int, columnCount: Int) throws(Fault) {
    var scanner = RecordScanner(file, at: start)
    var cells: [Range<Int>] = []
    while true {
      if columnCount > 1 { scanner.skipBlankLines() }
      let record = scanner.offset
      guard record < limit, !scanner.isAtEnd else { break }
      let found = try scanner.nextRecord { (column, cell) throws(Fault) in
        guard column < columnCount else { return }
        // A plain cell does not begin with one.
        let isQuoted = unsafe cell.offset < file.count && file.bytes[cell.offset] == Byte.quote
        cells.append(cell.offset..<cell.offset + (unsafe cell.bytes.count) + (isQuoted ? 2 : 0))
      }
      if found != columnCount {
        throw Fault(
          offset: record,
          message: "a record of \(found) cell\(found == 1 ? "" : "s"); \(columnCount) are expected, as in the header")
      }
    }
    self.file = file
    self.start = start
    self.columnCount = columnCount
    unsafe ends = nil
    self.cells = cells
    rows = cells.count / columnCount
    isASCII = false
    end = scanner.offset
  }

  deinit { unsafe ends?.deallocate() }

  /// Calls `body` with where each cell of a column begins and ends, the quotes around it included.
  @inline(__always)
  func forEach(in column: Int, _ body: (_ start: Int, _ end: Int) -> Void) {
    guard let ends = unsafe ends else {
      for row in 0..<rows {
        let cell = cells[row * columnCount + column]
        body(cell.lowerBound, cell.upperBound)
      }
      return
    }
    // SAFETY: there are `rows * columnCount` ends.
    var place = column
    if column == 0, rows > 0 {
      body(start, start + trimmed(unsafe Int(ends[0]), from: 0, isLast: columnCount == 1))
      place = columnCount
    }
    let isLast = column == columnCount - 1
    while place < rows * columnCount {
      let from = unsafe Int(ends[place - 1]) + 1
      body(start + from, start + trimmed(unsafe Int(ends[place]), from: from, isLast: isLast))
      place += columnCount
    }
  }

  /// The end of a cell without the carriage return of its line end.
  @inline(__always)
  private func trimmed(_ end: Int, from: Int, isLast: Bool) -> Int {
    guard isLast, end > from, start + end < file.count,
      unsafe file.bytes[start + end - 1] == Byte.carriageReturn
    else { return end }
    return end - 1
  }
}
