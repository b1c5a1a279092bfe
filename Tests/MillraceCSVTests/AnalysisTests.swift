import Foundation
import Millrace
import Synchronization
import Testing

@testable import MillraceCSV

@Suite struct AnalysisTests {
  /// A document with cells of every kind, its records, and nothing that depends on where blocks are cut.
  private func randomDocument(_ seed: UInt64) -> (text: String, records: [[String]]) {
    var random = Generator(state: seed)
    let columns = Int.random(in: 2...4, using: &random)
    let pieces = ["a", "12", ",", "\"", "\n", "\r\n", "é", "", " ", "-3.5", "NA", "\"\"", "x,y"]
    var text = (0..<columns).map { "c\($0)" }.joined(separator: ",") + "\n"
    var records: [[String]] = []
    for _ in 0..<Int.random(in: 0...30, using: &random) {
      let record = (0..<columns).map { _ in
        (0..<Int.random(in: 0...3, using: &random)).map { _ in pieces.randomElement(using: &random)! }.joined()
      }
      // A record of empty cells only is a blank line in a file of one column; with several it has commas.
      let line = record.map { cell in
        cell.contains { ",\"\n\r\r\n".contains($0) } || Bool.random(using: &random)
          ? "\"" + cell.replacingOccurrences(of: "\"", with: "\"\"") + "\"" : cell
      }.joined(separator: ",")
      text += line + (Bool.random(using: &random) ? "\r\n" : "\n")
      records.append(record)
    }
    return (text, records)
  }

  @Test func cutsAnywhereGiveTheSameRecords() throws {
    for _ in 0..<40 {
      let seed = UInt64.random(in: .min ... .max)
      let (text, records) = randomDocument(seed)
      try withFile(text) { path in
        for size in [1, 2, 3, 5, 17, 64, 1 << 20] {
          let summary = try summarize(path, blockSize: size)
          #expect(summary.rows == records.count, "seed \(seed), blocks of \(size)")
          for (place, column) in summary.columns.enumerated() {
            let present = records.map { $0[place] }.filter { !$0.isEmpty && $0 != "NA" }
            #expect(column.count == present.count, "seed \(seed), blocks of \(size)")
            if case .text(let texts) = column.values {
              #expect(texts.distinct == Set(present.map { Array($0.utf8) }).count, "seed \(seed), blocks of \(size)")
            }
          }
        }
      }
    }
  }

  /// The kernel's index, and the scanner that knows all rules: the same cells, or nothing.
  @Test func bothScannersSeeTheSameCells() throws {
    let seed = UInt64.random(in: .min ... .max)
    var random = Generator(state: seed)
    var regular = 0
    for _ in 0..<300 {
      var (text, _) = randomDocument(.random(in: .min ... .max, using: &random))
      if Bool.random(using: &random) { text.removeLast() }
      var bytes = Array(text.utf8)
      if Bool.random(using: &random) {
        bytes[.random(in: 0..<bytes.count, using: &random)] = Array("\",\n\r\0x".utf8).randomElement(using: &random)!
      }
      try withFile(bytes) { path in
        let file = try MappedFile(path: path)
        guard let header = try? Header(file), header.end < file.count else { return }
        let limit = Int.random(in: header.end + 1...file.count, using: &random)
        let columns = header.names.count
        guard let index = CellIndex(file, from: header.end, to: limit, columnCount: columns) else { return }
        regular += 1
        let scanned = try CellIndex(scanning: file, from: header.end, to: limit, columnCount: columns)
        // The scanner passes blank lines behind the last record, too.
        #expect(index.rows == scanned.rows && index.end <= scanned.end, "seed \(seed)")
        for column in 0..<columns {
          #expect(cells(index, column) == cells(scanned, column), "seed \(seed), column \(column)")
        }
      }
    }
    #expect(regular > 50, "seed \(seed)")
  }

  private func cells(_ index: borrowing CellIndex, _ column: Int) -> [Range<Int>] {
    var cells: [Range<Int>] = []
    index.forEach(in: column) { cells.append($0..<$1) }
    return cells
  }

  @Test func numberOfWorkersDoesNotChangeABit() throws {
    let rows = (0..<20_000).map { "\(Double($0) * 0.1),\(1e9 + Double($0 % 7) / 3)" }.joined(separator: "\n")
    try withFile("a,b\n" + rows) { path in
      let summaries = try [1, 2, 8].map { try summarize(path, workers: $0, blockSize: 1000) }
      #expect(summaries[0] == summaries[1] && summaries[1] == summaries[2])
    }
  }

  @Test func percentilesDoNotDependOnWhatIsKept() throws {
    let rows = (0..<5000).map { "\(($0 * 7919) % 5003)" }.joined(separator: "\n")
    try withFile("a\n" + rows) { path in
      let (read, kept) = (try summarize(path, blockSize: 512, budget: 0), try summarize(path, blockSize: 512))
      #expect(read == kept)
    }
  }

  @Test func shippedFilesHaveKnownAnswers() throws {
    let data = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
      "../../Benchmarks/Data")
    let weather = try summarize(data.appendingPathComponent("weather.csv").path)
    #expect(weather.rows == 26_115 && weather.columns.count == 15)
    let temperature = try #require(weather.columns.first { $0.name == "temp" })
    #expect(temperature.count == 26_114 && temperature.missing == 1)
    guard case .number(let numbers) = temperature.values else {
      Issue.record("temp is expected to be numeric")
      return
    }
    #expect(numbers.p50 == 55.4 && numbers.minimum == 10.94 && numbers.maximum == 100.04)
    let seattle = try summarize(data.appendingPathComponent("seattle-weather.csv").path)
    #expect(seattle.rows == 1461)
    guard case .text(let texts) = try #require(seattle.columns.last).values else {
      Issue.record("weather is expected to be text")
      return
    }
    #expect(texts.top.map(\.value) == ["sun", "fog", "rain", "drizzle", "snow"] && texts.top[0].count == 714)
  }

  @Test func aMarkALoneHeaderAndDoubledNames() throws {
    try withFile("\u{feff}a,a,\"b\nc\"\r\n1,2,3") { path in
      let analysis = try Analysis(path: path)
      #expect(analysis.header == ["a", "a.2", "b\nc"])
      #expect(try summarize(path).rows == 1)
    }
    try withFile("a,b\n") { path in
      let summary = try summarize(path)
      #expect(summary.rows == 0 && summary.columns.map(\.count) == [0, 0])
    }
  }

  @Test(arguments: [
    (
      "a,b\n1,\"2\n",
      "2:3: a quoted cell that begins here is never closed; a closing quote is expected before the end of the file"
    ),
    ("a,b\n1,2\n3\n", "3:1: a record of 1 cell; 2 are expected, as in the header"),
    ("a,b\n1,\"2\"x\n", "2:6: text after a closing quote; a comma or the end of the line is expected"),
    ("a,b\n1,2\"\n", "2:4: a quote inside an unquoted cell; quote the whole cell and double the quotes inside it"),
    ("a,b\n1,\0\n", "2:3: a NUL byte; this is a binary file, or UTF-16: UTF-8 text is expected"),
    ("", " is empty; a header line is expected"),
    ("\u{feff}", " is empty; a header line is expected"),
    ("\n\r\n\n", " is empty; a header line is expected"),
    ("\u{feff}\r\n", " is empty; a header line is expected"),
  ])
  func faultsNameTheirPlace(content: String, message: String) throws {
    for size in [1, 4, 1 << 20] {
      try withFile(content) { path in
        let error = #expect(throws: CSVError.self) { try summarize(path, blockSize: size) }
        #expect(error?.description == path + ":" + message)
      }
    }
  }

  @Test func theEarliestFaultIsTold() throws {
    let head = "a,b\n1,caf"
    for (rest, message) in [
      ("\n", "2:6: bytes that are not UTF-8; UTF-8 text is expected"),
      ("\n3\n", "2:6: bytes that are not UTF-8; UTF-8 text is expected"),
      ("\n1,\"x", "2:6: bytes that are not UTF-8; UTF-8 text is expected"),
      (",2\n", "2:1: a record of 3 cells; 2 are expected, as in the header"),
    ] {
      try withFile(Array(head.utf8) + [0xe9] + Array(rest.utf8)) { path in
        for size in [1, 4, 1 << 18] {
          let error = #expect(throws: CSVError.self) { try summarize(path, blockSize: size) }
          #expect(error?.description == path + ":" + message)
        }
      }
    }
    // A character that is cut, one that is written too long, a half of a pair, and one beyond the last.
    for bytes: [UInt8] in [[0xc3], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80]] {
      try withFile(Array("a\n12345678é".utf8) + bytes + [0x0a]) { path in
        let error = #expect(throws: CSVError.self) { try summarize(path) }
        #expect(error?.line == 2 && error?.column == 11)
      }
    }
  }

  @Test func aFileThatChangesIsRefused() throws {
    try withFile("a,b\n" + String(repeating: "1,2\n", count: 100)) { path in
      let analysis = try Analysis(path: path)
      try Data("a,b\n".utf8).write(to: URL(fileURLWithPath: path), options: [])
      let error = #expect(throws: CSVError.self) { try analysis.run() }
      #expect(error?.code == .unreadable)
      #expect(error?.message == "changed while it was being read; a file that stays as it is is expected")
    }
  }

  @Test func progressNeverGoesBackAndEndsAtAll() throws {
    let rows = (0..<20_000).map { "\($0),\($0 % 10)\($0 > 19_000 ? "x" : "")" }.joined(separator: "\n")
    try withFile("a,b\n" + rows) { path in
      for budget in [0, 384 << 20] {
        var options = Analysis.Options()
        options.blockSize = 1000
        options.memoryBudget = budget
        let analysis = try Analysis(path: path, options: options)
        let steps = Mutex<[Int]>([])
        _ = try analysis.run { bytes, total in
          #expect(bytes > 0 && total == analysis.byteCount)
          steps.withLock { $0.append(bytes) }
        }
        let all = steps.withLock { $0 }
        #expect(all.reduce(0, +) == analysis.byteCount && all.count > 5)
      }
    }
  }

  /// Cancelled in its middle: what is under way ends, and nothing else begins.
  @Test(arguments: [1, 3])
  func cancellationStopsIt(workers: Int) throws {
    let executor = WorkStealingExecutor(.init(workerCount: workers))
    defer { executor.shutdownBlocking() }
    try withFile("a,b\n" + String(repeating: "1,2\n", count: 100_000)) { path in
      var options = Analysis.Options()
      options.blockSize = 100
      let analysis = try Analysis(path: path, options: options)
      let token = CancellationToken()
      let done = Mutex(0)
      #expect(throws: CancellationError.self) {
        try executor.runBlocking {
          try withCancellation(token) { () throws -> Void in
            _ = try analysis.run { bytes, _ in
              done.withLock { $0 += bytes }
              token.cancel()
            }
          }
        }
      }
      let bytes = done.withLock { $0 }
      #expect(bytes > 0 && bytes < analysis.byteCount)
      #expect(try executor.runBlocking { try analysis.run() }.rows == 100_000)
    }
  }

  @Test(arguments: [1, 8, 66, 1_500, 5_000, Header.columnLimit])
  func blocksUnderWayAreBounded(columns: Int) {
    let (batch, tokens) = BlockPipeline.share(columns: columns)
    let block = 4 * Blocks.standardSize + 256 * columns
    #expect(batch >= 1 && tokens >= 1)
    #expect((batch - 1 + tokens) * block <= 64 << 20)
    // Enough for many workers, while there is room.
    #expect(tokens >= min(16, (64 << 20) / block / 2))
  }

  @Test func tooManyColumnsAreRefused() throws {
    try withFile(String(repeating: ",", count: Header.columnLimit) + "\n") { path in
      let error = #expect(throws: CSVError.self) { try Analysis(path: path) }
      #expect(error?.message == "has 131073 columns; at most 131072 are expected" && error?.code == .malformed)
    }
  }

  @Test func missingFilesDirectoriesAndColumnsAreNamed() throws {
    let absent = #expect(throws: CSVError.self) { try summarize("/nowhere.csv") }
    #expect(absent?.description == "/nowhere.csv: cannot be opened: No such file or directory")
    let folder = #expect(throws: CSVError.self) { try summarize("/tmp") }
    #expect(folder?.description == "/tmp: is a directory; a CSV file is expected")
    try withFile("a,b\n") { path in
      var options = Analysis.Options()
      options.columns = ["c"]
      let error = #expect(throws: CSVError.self) { try Analysis(path: path, options: options) }
      #expect(error?.code == .request && error?.message == "has no column \"c\"; its columns are a, b")
    }
  }
}
