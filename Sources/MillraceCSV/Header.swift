/// The names of a file's columns, and where its records begin.
struct Header: Sendable {
  /// What is known of each column takes memory, also where there are no rows; with more columns it would pass what is promised. A line of so many cells
  /// is no header.
  static let columnLimit = 1 << 17

  /// A name that is there already gets `.2`, `.3` … appended.
  let names: [String]
  let end: Int

  /// - Throws: the first fault in the header; for a file without one, that it is empty.
  init(_ file: MappedFile) throws(CSVError) {
    // A byte order mark is no part of the first name.
    let hasMark = unsafe file.count >= 3 && file.bytes[0] == 0xef && file.bytes[1] == 0xbb && file.bytes[2] == 0xbf
    let start = hasMark ? 3 : 0
    var blank = RecordScanner(file, at: start)
    blank.skipBlankLines()
    guard !blank.isAtEnd else { throw file.emptyError }
    var scanner = RecordScanner(file, at: start)
    var names: [String] = []
    do throws(Fault) {
      _ = try scanner.nextRecord { (_, cell) throws(Fault) in
        guard unsafe String(validating: cell.bytes, as: UTF8.self) != nil else {
          throw Fault(offset: cell.offset, message: "a column's name is not UTF-8; UTF-8 text is expected")
        }
        names.append(cell.text)
      }
    } catch {
      throw file.error(error)
    }
    guard names.count <= Self.columnLimit else {
      throw CSVError(
        code: .malformed, file: file.path,
        message: "has \(names.count) columns; at most \(Self.columnLimit) are expected")
    }
    self.names = Self.unique(names)
    end = min(scanner.offset, file.count)
  }

  /// The columns of these names, or all if there are none; none of them twice.
  func places(_ wanted: [String], _ file: MappedFile) throws(CSVError) -> [Int] {
    guard !wanted.isEmpty else { return Array(names.indices) }
    var places: [Int] = []
    for name in wanted {
      guard let place = names.firstIndex(where: { $0.utf8.elementsEqual(name.utf8) }) else {
        throw CSVError(
          code: .request, file: file.path,
          message: "has no column \"\(name)\"; its columns are \(names.joined(separator: ", "))")
      }
      places.append(place)
    }
    return places
  }

  /// Names are told apart by their bytes: `String` takes two spellings of one accent for the same.
  private static func unique(_ names: [String]) -> [String] {
    var used: Set<[UInt8]> = []
    // Where the search for a free number goes on: a thousand equal names must not take a million steps.
    var numbers: [[UInt8]: Int] = [:]
    return names.map { name in
      var candidate = name
      while !used.insert(Array(candidate.utf8)).inserted {
        let number = numbers[Array(name.utf8), default: 1] + 1
        numbers[Array(name.utf8)] = number
        candidate = "\(name).\(number)"
      }
      return candidate
    }
  }
}
