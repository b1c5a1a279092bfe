import MillraceGraph
import Synchronization

/// A file cut into blocks of equal size, and the pipeline that takes them through a pass: *read* gives out one after the other, any number are worked on at
/// the same time, and *merge* takes what they gave, in their order.
///
/// Merging is done for a batch of blocks at a time, by one worker, while others go on with the next blocks. Batches depend on the file alone, as the cuts do.
struct BlockPipeline: Sendable {
  let file: MappedFile
  /// Bytes of a block.
  let size: Int
  /// Where the first block begins.
  let start: Int
  let count: Int
  /// Blocks that are merged at once.
  private let batch: Int
  /// Blocks that are worked on, or wait for their turn to be merged.
  private let tokens: Int

  init(_ file: MappedFile, start: Int, size: Int, columns: Int) {
    self.file = file
    self.size = size
    self.start = start
    count = max(1, (file.count - start + size - 1) / size)
    (batch, tokens) = Self.share(columns: columns)
  }

  /// How many blocks of so many columns are merged at once, and how many may be under way besides: enough for many workers, and within some 64 MB, of which a
  /// block takes up to four times its size for numbers or texts, and something for each column.
  static func share(columns: Int) -> (batch: Int, tokens: Int) {
    let all = max(1, (64 << 20) / (4 * Blocks.standardSize + 256 * columns))
    let batch = min(32, (all + 1) / 2)
    // One of the batch's blocks is under way.
    return (batch, min(32, all - batch + 1))
  }

  func bounds(_ block: Int) -> Range<Int> {
    let low = min(file.count, start + block * size)
    return low..<min(file.count, low + size)
  }

  /// Takes all blocks through a pass, and returns what `sum` has become.
  ///
  /// - Parameters:
  ///   - name: what is done with a block, for errors.
  ///   - read: called for several blocks at the same time.
  ///   - merge: called for one batch after the other.
  /// - Throws: the fault of the earliest block that has one; `CancellationError`.
  func run<Part: Sendable, Sum: Sendable>(
    _ name: String, into sum: consuming sending Sum, _ progress: Progress,
    read: @escaping @Sendable (_ block: Int) throws(Fault) -> Part,
    merge: @escaping @Sendable (inout Sum, [Part]) -> Void
  ) throws -> Sum {
    // Nil only when it has been taken out at the end.
    let sum = Mutex<Sum?>(sum)
    do {
      try Pipeline.source("read", state: 0) { [count] next -> Int? in
        guard next < count else { return nil }
        defer { next += 1 }
        return next
      }.parallel(name) { block in
        (
          block,
          Result { () throws(Fault) in
            try file.checkUnchanged()
            return try read(block)
          }
        )
      }.serial("merge", state: [Part]()) { parts, element in
        let (block, part) = element
        parts.append(try part.get())
        guard parts.count == batch || block == count - 1 else { return }
        let range = bounds(block + 1 - parts.count).lowerBound..<bounds(block).upperBound
        sum.withLock { merge(&$0!, parts) }
        parts.removeAll(keepingCapacity: true)
        if file.count > 64 << 20 { file.forget(range) }
        progress.advance(range.count)
      }.run(tokens: tokens)
    } catch let failure as PipelineFailure {
      throw failure.underlying
    }
    return sum.withLock { $0.take()! }
  }
}
