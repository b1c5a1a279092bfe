import MillraceExecutor

/// The pipeline: map the file, cut it into blocks, read the blocks in parallel, join what they gave in their order.
///
/// ```swift
/// let summary = try Analysis(path: "weather.csv").run()
/// ```
///
/// Must run on a worker, or off all of them (then it runs on the shared executor). The answer is the same, to the last bit, for any number of workers.
///
/// - Memory: the file is mapped, not read; values are kept up to ``Options/keptBytes``, beyond that the file is read again for the percentiles.
public struct Analysis: Sendable {
  public struct Options: Sendable {
    /// Only these columns, in this order; empty: all.
    public var columns: [String] = []
    /// Values of numeric columns kept in memory, at most. Does not change the answer.
    public var keptBytes = 256 << 20
    /// Bytes of a block. Changes the last digits of means.
    var blockSize = Blocks.standardSize

    public init() {}
  }

  /// Bytes of the file.
  public var byteCount: Int { file.count }
  /// As in the header; a name that is there already gets `.2`, `.3` … appended.
  public let header: [String]

  private let file: MappedFile
  private let options: Options
  private let dataStart: Int
  /// Place of each chosen column in the file.
  private let chosen: [Int]

  /// Opens the file and reads its header.
  ///
  /// - Throws: ``CSVError``, for a file that cannot be read, a broken header, or a column that is not there.
  public init(path: String, options: Options = Options()) throws(CSVError) {
    let file = try MappedFile(path: path)
    self.file = file
    self.options = options
    // A byte order mark is no part of the first name.
    let hasMark = unsafe file.count >= 3 && file.bytes[0] == 0xef && file.bytes[1] == 0xbb && file.bytes[2] == 0xbf
    var scanner = RecordScanner(file, at: hasMark ? 3 : 0)
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
    header = Self.unique(names)
    dataStart = min(scanner.offset, file.count)
    var chosen: [Int] = []
    for name in options.columns {
      guard let place = header.firstIndex(of: name) else {
        throw CSVError(
          code: .request, file: path,
          message: "has no column \"\(name)\"; its columns are \(header.joined(separator: ", "))")
      }
      chosen.append(place)
    }
    self.chosen = options.columns.isEmpty ? Array(header.indices) : chosen
  }

  private static func unique(_ names: [String]) -> [String] {
    var used: Set<String> = []
    return names.map { name in
      var candidate = name
      var number = 2
      while !used.insert(candidate).inserted {
        candidate = "\(name).\(number)"
        number += 1
      }
      return candidate
    }
  }

  /// Reads the file.
  ///
  /// - Parameter progress: called now and then, in order, with the bytes read since and the bytes to read in all, as far as is known.
  /// - Throws: ``CSVError`` for the first fault in the file.
  public func run(progress: (Int, Int) -> Void = { _, _ in }) throws(CSVError) -> Summary {
    do throws(Fault) {
      return try summarize(progress)
    } catch {
      throw file.error(error)
    }
  }

  private func summarize(_ progress: (Int, Int) -> Void) throws(Fault) -> Summary {
    let blocks = Blocks(file, start: dataStart, columnCount: header.count, size: options.blockSize)
    var total = ColumnTotals(columns: chosen.count)
    let report = { (bytes: Int) in progress(bytes, file.count) }
    let places = self.places
    let guesses = try guessTexts(blocks, places)
    let keepLimit = options.keptBytes / 8
    try blocks.forEach(
      progress: report,
      read: { (block) throws(Fault) in
        try ColumnTotals(of: block, in: blocks, places: places, columns: chosen.count, textFrom: guesses)
      },
      join: { block, part in
        total.join(part, file, keepLimit: keepLimit)
      })
    // Columns that were taken for numbers until a later block: their texts have not been counted.
    let late = total.columns.indices.filter { total.columns[$0].isText && !guesses[$0] }
    if !late.isEmpty {
      let lateOnly = chosen.indices.map { late.contains($0) }
      for column in late { total.columns[column].texts = TextCounts() }
      try blocks.forEach(
        progress: { _ in },
        read: { (block) throws(Fault) in
          try ColumnTotals(of: block, in: blocks, places: places, columns: chosen.count, textFrom: lateOnly)
        },
        join: { _, part in
          for column in late { total.columns[column].texts.join(part.columns[column].texts, file) }
        })
    }
    let (percentiles, histograms) = try distribution(blocks, places, &total)
    return Summary(
      rows: total.rows,
      columns: total.columns.enumerated().map { index, column in
        Summary.Column(
          name: header[chosen[index]], count: column.count, missing: column.missing,
          values: column.isText
            ? .text(column.texts.summary(file)) : .number(column.numbers(percentiles[index], histograms[index])))
      })
  }

  /// For each column of the file, its places among the chosen.
  private var places: [[Int]] {
    header.indices.map { column in chosen.indices.filter { chosen[$0] == column } }
  }

  /// Which columns hold texts already in the first block: a column stays text once one cell is.
  private func guessTexts(_ blocks: Blocks, _ places: [[Int]]) throws(Fault) -> [Bool] {
    try ColumnTotals(of: 0, in: blocks, places: places, columns: chosen.count, textFrom: chosen.map { _ in false })
      .columns.map(\.isText)
  }

  /// Percentiles and histograms of the numeric columns, from the values that were kept, or by reading the file again.
  private func distribution(
    _ blocks: Blocks, _ places: [[Int]], _ total: inout ColumnTotals
  ) throws(Fault) -> ([[Double]?], [[Int]]) {
    let isNumeric = total.columns.map { !$0.isText && $0.count > 0 }
    let kept = total.keepsValues ? total.blockValues : nil
    let moments = total.columns.map(\.moments)
    let textual = isNumeric.map { !$0 }
    func pass(_ map: @Sendable ([[Double]]) -> [[UInt64]], _ join: ([[UInt64]]) -> Void) throws(Fault) {
      if let kept {
        for part in Parallel.map(kept, map) { join(part) }
      } else {
        try blocks.forEach(
          progress: { _ in },
          read: { (block) throws(Fault) in
            map(
              try ColumnTotals(
                of: block, in: blocks, places: places, columns: moments.count, valuesOf: textual.map { !$0 }
              )
              .columns.map(\.values))
          },
          join: { _, part in
            join(part)
          })
      }
    }
    let percentiles = try Percentiles.find(counts: total.columns.map { $0.isText ? 0 : $0.count }, pass: pass)
    var histograms = [[Int]](repeating: [Int](repeating: 0, count: 10), count: moments.count)
    try pass(
      { values in
        values.enumerated().map { column, values in
          var bins = [UInt64](repeating: 0, count: 10)
          let low = moments[column].minimum
          let width = moments[column].maximum / 10 - low / 10
          for value in values { bins[width > 0 ? min(9, max(0, Int((value / width - low / width)))) : 0] += 1 }
          return bins
        }
      },
      { parts in
        for (column, bins) in parts.enumerated() { for bin in 0..<10 { histograms[column][bin] += Int(bins[bin]) } }
      })
    return (percentiles, histograms)
  }
}
