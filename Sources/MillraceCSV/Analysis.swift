/// The pipeline: map the file, cut it into blocks, read the blocks in parallel, join what they gave in their order.
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
  /// - Parameter progress: called now and then with the work done since and all the work, over all passes, both in bytes of the file. What is done adds
  ///   up to all.
  /// - Throws: ``CSVError`` for the first fault in the file.
  public func run(progress: (Int, Int) -> Void = { _, _ in }) throws(CSVError) -> Summary {
    let result = withoutActuallyEscaping(progress) { report in
      Result { () throws(Fault) -> Summary in
        var progress = Progress(total: file.count, report)
        return try summarize(&progress)
      }
    }
    do throws(Fault) {
      return try result.get()
    } catch {
      throw file.error(error)
    }
  }

  private func summarize(_ progress: inout Progress) throws(Fault) -> Summary {
    progress.beginPass(expecting: 2)
    let blocks = try Blocks(
      file, start: head.end, columnCount: header.count, size: options.blockSize, progress: &progress)
    let places = Array(Set(chosen)).sorted()
    var survey = Survey(blocks, columns: places, budget: MemoryBudget(options.memoryBudget))
    try survey.run(&progress)
    let columns = survey.columns()
    progress.finish()
    let answers = Dictionary(uniqueKeysWithValues: zip(places, columns))
    return Summary(
      rows: survey.rows,
      columns: chosen.map { column in
        let (totals, values) = answers[column]!
        return Summary.Column(name: header[column], count: totals.count, missing: totals.missing, values: values)
      })
  }
}
