import MillraceGraph
import Synchronization

/// A task graph over a file: read → split → look → parse → merge → report. The file is mapped and cut into blocks; blocks are parsed in parallel, and what they gave is merged in their order.
///
/// ```swift
/// let summary = try Analysis(path: "weather.csv").run()
/// ```
///
/// Must run on a worker, or off all of them (then it runs on the shared executor). The answer is the same, to the last bit, for any number of workers.
///
/// - Memory: the file is mapped, not read. What is kept of it stays within ``Options/memoryBudget``: numbers that do not fit are read again for the
///   percentiles, and texts that do not are estimated. Blocks that are being read take some 64 MB besides, whatever the size of the file.
public struct Analysis: Sendable {
  public struct Options: Sendable {
    /// Only these columns, in this order; empty: all.
    public var columns: [String] = []
    /// Bytes for what is kept of the file. Changes the answer only in that the number of different texts may become an estimate.
    public var memoryBudget = 384 << 20
    /// Bytes of a block. Changes the last digits of means.
    var blockSize = Blocks.standardSize

    public init() {}
  }

  /// Bytes of the file.
  public var byteCount: Int { file.count }
  /// As in the file; a name that is there already gets `.2`, `.3` … appended.
  public var header: [String] { head.names }

  private let file: MappedFile
  private let options: Options
  private let head: Header
  /// The column of the file for each column of the answer; one may be asked for twice.
  private let chosen: [Int]

  /// Opens the file and reads its header.
  ///
  /// - Throws: ``CSVError``, for a file that cannot be read, a broken header, or a column that is not there.
  public init(path: String, options: Options = Options()) throws(CSVError) {
    file = try MappedFile(path: path)
    self.options = options
    head = try Header(file)
    chosen = try head.places(options.columns, file)
  }

  /// Reads the file.
  ///
  /// Cancelling the surroundings, by a token, a task or a deadline, stops it.
  ///
  /// - Parameter progress: called now and then, on any worker, with the work done since and all the work, over all passes, both in bytes of the file. What is done adds
  ///   up to all.
  /// - Throws: ``CSVError`` for the first fault in the file; `CancellationError`.
  public func run(progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }) throws -> Summary {
    do {
      let (plan, report) = try makeGraph(Progress(total: file.count, progress))
      return try plan.run()[report]
    } catch let failure as NodeFailure {
      guard let fault = failure.underlying as? Fault else { throw failure.underlying }
      throw file.error(fault)
    }
  }

  /// Each node is a pass over the file, which a ``BlockPipeline`` takes through its blocks in parallel.
  private func makeGraph(_ progress: Progress) throws -> (plan: Plan, report: TaskGraph.Node<Summary>) {
    let survey = Mutex(
      Survey(
        file, head, blockSize: options.blockSize, columns: Array(Set(chosen)).sorted(),
        budget: MemoryBudget(options.memoryBudget), progress))
    var graph = TaskGraph()
    let split = graph.addNode("split") { try survey.withLock { try $0.split() } }
    let look = graph.addNode("look") { survey.withLock { $0.lookAround() } }
    let parse = graph.addNode("parse") { try survey.withLock { try $0.parse() } }
    let lateTexts = graph.addNode("late texts") { try survey.withLock { try $0.countLateTexts() } }
    let percentiles = graph.addNode("percentiles") { try survey.withLock { try $0.findPercentiles() } }
    let report = graph.addNode("report") { [chosen] in survey.withLock { $0.summary(of: chosen) } }
    // One after the other: each needs what the one before has found, and has the memory for itself.
    graph.precede(split, look)
    graph.precede(look, parse)
    graph.precede(parse, lateTexts)
    graph.precede(lateTexts, percentiles)
    graph.precede(percentiles, report)
    return (try graph.finalize(), report)
  }
}
