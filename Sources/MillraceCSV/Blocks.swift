import CMillraceKernels

/// A file cut into blocks of equal size. A block's records are those that *begin* in it, so the cuts, and with them every sum, depend on the file alone and
/// not on the number of workers.
struct Blocks: Sendable {
  static let standardSize = 1 << 18

  let columnCount: Int
  private let pipeline: BlockPipeline
  /// For each block, whether its first byte lies inside quotes.
  private let insideQuotes: [Bool]

  var file: MappedFile { pipeline.file }
  var count: Int { pipeline.count }

  /// Counts the quotes of every block; a byte lies inside quotes when an odd number comes before it.
  ///
  /// - Parameter start: where the first record after the header begins.
  init(_ file: MappedFile, start: Int, columnCount: Int, size: Int, progress: Progress) throws {
    self.columnCount = columnCount
    let pipeline = BlockPipeline(file, start: start, size: size, columns: columnCount)
    self.pipeline = pipeline
    let quotes = try pipeline.run(
      "split", into: (isInside: false, blocks: [Bool]()), progress,
      read: { block in Self.hasOddQuotes(file, pipeline.bounds(block)) },
      merge: { quotes, areOdd in
        for isOdd in areOdd {
          quotes.blocks.append(quotes.isInside)
          if isOdd { quotes.isInside.toggle() }
        }
      })
    insideQuotes = quotes.blocks
  }

  private static func hasOddQuotes(_ file: MappedFile, _ range: Range<Int>) -> Bool {
    unsafe millrace_batch_count_scalar_u8(.equal, file.bytes + range.lowerBound, Byte.quote, range.count) & 1 == 1
  }

  /// Where the records of a block lie, or nil when none begins in it.
  private func records(of block: Int) -> Range<Int>? {
    let bounds = pipeline.bounds(block)
    // A record that begins at the block's first byte is this block's: look from the byte before.
    let first =
      block == 0
      ? bounds.lowerBound
      : RecordScanner.firstRecord(
        file, from: bounds.lowerBound - 1, to: bounds.upperBound,
        insideQuotes: unsafe insideQuotes[block] != (file.bytes[bounds.lowerBound - 1] == Byte.quote))
    return first < bounds.upperBound ? first..<bounds.upperBound : nil
  }

  /// The cells of the records that begin in a block, or nil when none does; none does in most when records are longer than blocks.
  ///
  /// - Throws: the earliest fault of these records.
  func cells(_ block: Int) throws(Fault) -> CellIndex? {
    guard let range = records(of: block) else { return nil }
    if let index = CellIndex(file, from: range.lowerBound, to: range.upperBound, columnCount: columnCount) {
      if !index.isASCII { try checkUTF8(range.lowerBound..<index.end) }
      return consume index
    }
    do throws(Fault) {
      let index = try CellIndex(
        scanning: file, from: range.lowerBound, to: range.upperBound, columnCount: columnCount)
      try checkUTF8(range.lowerBound..<index.end)
      return index.rows > 0 ? consume index : nil
    } catch {
      try checkUTF8(range.lowerBound..<(error.offset ?? range.lowerBound))
      throw error
    }
  }

  private func checkUTF8(_ range: Range<Int>) throws(Fault) {
    if let invalid = RecordScanner.firstInvalidUTF8(file, range.lowerBound..<min(file.count, range.upperBound)) {
      throw Fault(offset: invalid, message: "bytes that are not UTF-8; UTF-8 text is expected")
    }
  }

  /// Takes all blocks through a pass: see ``BlockPipeline/run(_:into:_:read:merge:)``.
  func run<Part: Sendable, Sum: Sendable>(
    _ name: String, into sum: consuming sending Sum, _ progress: Progress,
    read: @escaping @Sendable (_ block: Int) throws(Fault) -> Part,
    merge: @escaping @Sendable (inout Sum, [Part]) -> Void
  ) throws -> Sum {
    try pipeline.run(name, into: sum, progress, read: read, merge: merge)
  }
}
