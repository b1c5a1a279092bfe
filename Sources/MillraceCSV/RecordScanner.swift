/// One cell of a record.
@safe
struct Cell {
  /// Its bytes without the quotes around it; doubled quotes inside are still doubled, see ``hasEscapes``.
  var bytes: UnsafeBufferPointer<UInt8>
  var hasEscapes: Bool
  var offset: Int

  /// Its text, doubled quotes made single.
  var text: String {
    guard hasEscapes else { return unsafe String(decoding: bytes, as: UTF8.self) }
    // By bytes: a quote and a combining mark after it are one `Character`.
    var single: [UInt8] = []
    var isSecond = false
    let count = unsafe bytes.count
    for index in 0..<count {
      let byte = unsafe bytes[index]
      isSecond = byte == Byte.quote && !isSecond
      if byte != Byte.quote || isSecond { single.append(byte) }
    }
    return String(decoding: single, as: UTF8.self)
  }

  /// The bytes of a cell that begins and ends there, without the quotes around it.
  @inline(__always)
  static func content(_ file: MappedFile, _ start: Int, _ end: Int) -> UnsafeBufferPointer<UInt8> {
    let quotes = unsafe start < end && file.bytes[start] == Byte.quote ? 1 : 0
    return unsafe UnsafeBufferPointer(start: file.bytes + start + quotes, count: end - start - 2 * quotes)
  }

  /// Empty, or `NA`.
  @inline(__always)
  static func isMissing(_ content: UnsafeBufferPointer<UInt8>) -> Bool {
    unsafe content.isEmpty || (content.count == 2 && content[0] == 0x4e && content[1] == 0x41)
  }
}

/// Reads records by RFC 4180: cells between commas, records between line ends (LF or CRLF), quotes around cells that hold either, doubled quotes inside.
///
/// A carriage return that no line feed follows is part of its cell. Blank lines are skipped, except in files of one column, where they are missing cells.
@safe
struct RecordScanner {
  let file: MappedFile
  private let bytes: UnsafePointer<UInt8>
  private let end: Int
  private(set) var offset: Int

  init(_ file: MappedFile, at offset: Int) {
    self.file = file
    unsafe bytes = file.bytes
    end = file.count
    self.offset = offset
  }

  var isAtEnd: Bool { offset >= end }

  /// Passes one record, calling `body` with each cell and its place. Returns the number of cells.
  @inline(__always)
  mutating func nextRecord(_ body: (Int, Cell) throws(Fault) -> Void) throws(Fault) -> Int {
    var place = 0
    while true {
      let cell = unsafe offset < end && bytes[offset] == Byte.quote ? try quotedCell() : try plainCell()
      try body(place, cell)
      place += 1
      guard offset < end else { return place }
      let separator = unsafe bytes[offset]
      if separator == Byte.comma {
        offset += 1
        continue
      }
      offset += separator == Byte.carriageReturn ? 2 : 1
      return place
    }
  }

  /// Passes line ends that stand alone.
  mutating func skipBlankLines() {
    while offset < end {
      let byte = unsafe bytes[offset]
      if byte == Byte.lineFeed {
        offset += 1
      } else if byte == Byte.carriageReturn, offset + 1 < end, unsafe bytes[offset + 1] == Byte.lineFeed {
        offset += 2
      } else {
        return
      }
    }
  }

  @inline(__always)
  private mutating func plainCell() throws(Fault) -> Cell {
    let start = offset
    var position = offset
    while position < end {
      let byte = unsafe bytes[position]
      // One comparison lets nearly everything else pass.
      if byte > Byte.comma {
        position += 1
        continue
      }
      if byte == Byte.comma || byte == Byte.lineFeed { break }
      if byte == Byte.carriageReturn, position + 1 < end, unsafe bytes[position + 1] == Byte.lineFeed { break }
      if byte == Byte.quote {
        throw Fault(
          offset: position,
          message: "a quote inside an unquoted cell; quote the whole cell and double the quotes inside it")
      }
      if byte == 0 { throw Self.binary(position) }
      position += 1
    }
    offset = position
    return unsafe Cell(
      bytes: UnsafeBufferPointer(start: bytes + start, count: position - start), hasEscapes: false, offset: start)
  }

  private mutating func quotedCell() throws(Fault) -> Cell {
    let start = offset
    var position = offset + 1
    var hasEscapes = false
    while true {
      guard position < end else {
        throw Fault(
          offset: start,
          message:
            "a quoted cell that begins here is never closed; a closing quote is expected before the end of the file")
      }
      let byte = unsafe bytes[position]
      if byte == 0 { throw Self.binary(position) }
      if byte == Byte.quote {
        guard position + 1 < end, unsafe bytes[position + 1] == Byte.quote else { break }
        hasEscapes = true
        position += 1
      }
      position += 1
    }
    offset = position + 1
    if offset < end {
      let next = unsafe bytes[offset]
      let isLineEnd = unsafe next == Byte.carriageReturn && offset + 1 < end && bytes[offset + 1] == Byte.lineFeed
      guard next == Byte.comma || next == Byte.lineFeed || isLineEnd else {
        throw Fault(offset: offset, message: "text after a closing quote; a comma or the end of the line is expected")
      }
    }
    return unsafe Cell(
      bytes: UnsafeBufferPointer(start: bytes + start + 1, count: position - start - 1), hasEscapes: hasEscapes,
      offset: start)
  }

  private static func binary(_ offset: Int) -> Fault {
    Fault(offset: offset, message: "a NUL byte; this is a binary file, or UTF-16: UTF-8 text is expected")
  }
}

extension RecordScanner {
  /// Where the first record begins at or after `offset`, when `offset` lies inside quotes or not.
  static func firstRecord(_ file: MappedFile, from offset: Int, to end: Int, insideQuotes: Bool) -> Int {
    var inside = insideQuotes
    for position in offset..<end {
      let byte = unsafe file.bytes[position]
      if byte == Byte.quote { inside.toggle() }
      if byte == Byte.lineFeed, !inside { return position + 1 }
    }
    return end
  }

  /// The first byte in a range that is not part of valid UTF-8, or nil. The range begins and ends between characters.
  static func firstInvalidUTF8(_ file: MappedFile, _ range: Range<Int>) -> Int? {
    var position = range.lowerBound
    while position < range.upperBound {
      // Nearly everything is ASCII, which eight bytes at a time show.
      while position + 8 <= range.upperBound,
        unsafe UnsafeRawPointer(file.bytes + position).loadUnaligned(as: UInt64.self) & 0x8080_8080_8080_8080 == 0
      {
        position += 8
      }
      guard position < range.upperBound else { return nil }
      let byte = unsafe file.bytes[position]
      if byte < 0x80 {
        position += 1
        continue
      }
      let length =
        byte >= 0xc2 && byte < 0xe0 ? 2 : byte >= 0xe0 && byte < 0xf0 ? 3 : byte >= 0xf0 && byte < 0xf5 ? 4 : 0
      guard length > 0, position + length <= range.upperBound,
        unsafe String(validating: UnsafeBufferPointer(start: file.bytes + position, count: length), as: UTF8.self)
          != nil
      else { return position }
      position += length
    }
    return nil
  }
}
