/// Reads a file record by record, as texts: for those who write another file of it.
///
/// ``Analysis`` is many times as fast for questions about columns.
package struct RecordReader {
  /// As in the file; a name that is there already gets `.2`, `.3` … appended.
  package let header: [String]
  /// Of the file.
  package var byteCount: Int { file.count }
  /// Passed so far.
  package var offset: Int { scanner.offset }
  /// Of the record read last, from 1; of its first line if it has several.
  package private(set) var line = 1

  private let file: MappedFile
  private var scanner: RecordScanner
  private var counted: Int
  private var lines = 1

  /// Opens the file and reads its header.
  ///
  /// - Throws: ``CSVError``, for a file that cannot be read, and for a broken header.
  package init(path: String) throws(CSVError) {
    file = try MappedFile(path: path)
    let head = try Header(file)
    header = head.names
    scanner = RecordScanner(file, at: head.end)
    counted = 0
  }

  /// The cells of the next record, quotes taken away; nil at the file's end. Their number may differ from the header's: that is for the caller to judge.
  ///
  /// - Throws: ``CSVError`` for what is no record: an open quote, bytes that are not UTF-8. Nothing more can be read then.
  package mutating func next() throws(CSVError) -> [String]? {
    do throws(Fault) {
      try file.checkUnchanged()
      if header.count > 1 { scanner.skipBlankLines() }
      guard !scanner.isAtEnd else { return nil }
      let start = scanner.offset
      var cells: [String] = []
      cells.reserveCapacity(header.count)
      _ = try scanner.nextRecord { (_, cell) throws(Fault) in cells.append(cell.text) }
      if let invalid = RecordScanner.firstInvalidUTF8(file, start..<min(file.count, scanner.offset)) {
        throw Fault(offset: invalid, message: "bytes that are not UTF-8; UTF-8 text is expected")
      }
      countLines(to: start)
      return cells
    } catch {
      throw file.error(error)
    }
  }

  private mutating func countLines(to place: Int) {
    for offset in counted..<place where unsafe file.bytes[offset] == Byte.lineFeed { lines += 1 }
    counted = place
    line = lines
  }
}

/// What a cell's text says.
package enum CellText {
  /// Empty, or `NA`.
  package static func isMissing(_ text: String) -> Bool { text.isEmpty || text == "NA" }

  /// The value of a finite decimal number, correctly rounded; nil for anything else.
  package static func number(_ text: String) -> Double? {
    var text = text
    return text.withUTF8 { unsafe Number.parse($0) }
  }

  /// As it stands in a file: in quotes where it must.
  package static func quoted(_ text: String) -> String {
    let needsQuotes = text.utf8.contains {
      $0 == Byte.comma || $0 == Byte.quote || $0 == Byte.lineFeed || $0 == Byte.carriageReturn
    }
    guard needsQuotes else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }
}
