import ArgumentParser
import Foundation
import Millrace
import MillraceCSV
import Synchronization

struct Analyze: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Describe the columns of a CSV file: counts, means, percentiles, frequent texts.",
    discussion: """
      Reads UTF-8 text by RFC 4180: a header line, cells between commas, LF or CRLF line ends, quotes around cells that hold either. A byte order \
      mark is skipped. Empty cells and NA are missing. A column is numeric when every cell that is not missing is a finite decimal number. A \
      column name that occurs twice gets ".2" appended.

      Files larger than memory are mapped, and read several times for exact percentiles. The answer is the same, to the last bit, for any number of workers.

      Examples:
        millrace analyze weather.csv
        millrace analyze weather.csv --column temp --column wind_speed --json

      Exit codes: 0 done; 64 wrong usage, or a column that is not there; 65 the file is malformed (the message names line and column); 66 the file \
      cannot be read.
      """)

  @Argument(help: "The CSV file.", completion: .file(extensions: ["csv"]))
  var file: String

  @Option(
    name: .customLong("column"), help: ArgumentHelp("Only this column; may be given several times.", valueName: "name"))
  var columns: [String] = []

  @Flag(help: "Print JSON.")
  var json = false

  @Option(help: "Worker threads; default: one for each CPU that may be used.")
  var workers: Int?

  @Flag(inversion: .prefixedNo, help: "Show a progress bar for long files, on a terminal.")
  var progress = true

  func validate() throws { try Self.validate(workers: workers) }

  static func validate(workers: Int?) throws {
    if let workers, !(1...WorkStealingExecutor.Configuration.maximumWorkers).contains(workers) {
      throw ValidationError(
        "--workers is expected to be between 1 and \(WorkStealingExecutor.Configuration.maximumWorkers); found \(workers)"
      )
    }
  }

  func run() throws {
    var configuration = WorkStealingExecutor.Configuration()
    if let workers { configuration.workerCount = workers }
    let executor = WorkStealingExecutor(configuration)
    defer { executor.shutdownBlocking() }
    let clock = ContinuousClock()
    let start = clock.now
    let (summary, byteCount) = try summary(on: executor)
    let elapsed = clock.now - start
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      print(String(decoding: try encoder.encode(summary), as: UTF8.self))
    } else {
      print(Report(summary).text)
      print(Report.throughput(bytes: byteCount, elapsed: elapsed, metrics: executor.metrics()))
    }
  }

  /// What the file holds, and its size. Errors of the file have been told when it throws.
  func summary(on executor: WorkStealingExecutor) throws -> (summary: Summary, byteCount: Int) {
    do {
      var options = Analysis.Options()
      options.columns = columns
      let analysis = try Analysis(path: file, options: options)
      let bar = Mutex(ProgressBar(isShown: progress))
      defer { bar.withLock { $0.clear() } }
      let summary = try executor.runBlocking {
        try analysis.run { done, total in bar.withLock { $0.advance(done, of: total) } }
      }
      return (summary, analysis.byteCount)
    } catch let error as CSVError {
      switch error.code {
      case .unreadable: throw complain("\(error)", code: 66)
      case .malformed: throw complain("\(error)", code: 65)
      case .request: throw complain("\(error)", code: 64)
      }
    }
  }
}

/// A bar on standard error, when that is a terminal and the work takes more than half a second.
struct ProgressBar {
  private let isShown: Bool
  private let start = ContinuousClock.now
  private var done = 0
  private var isDrawn = false

  init(isShown: Bool) { self.isShown = isShown && isatty(STDERR_FILENO) == 1 }

  mutating func advance(_ bytes: Int, of total: Int) {
    done += bytes
    guard isShown, total > 0, ContinuousClock.now - start > .milliseconds(500) else { return }
    isDrawn = true
    let share = min(1, Double(done) / Double(total))
    let bar = String(repeating: "█", count: Int(share * 40)).padding(toLength: 40, withPad: "░", startingAt: 0)
    FileHandle.standardError.write(Data("\r\(bar) \(Int(share * 100)) %".utf8))
  }

  mutating func clear() {
    if isDrawn { FileHandle.standardError.write(Data("\r\u{1b}[K".utf8)) }
  }
}
