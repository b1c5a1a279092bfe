import Foundation
import Millrace
import Testing

@testable import MillraceCSV

@Suite struct AnalysisTests {
  /// Writes a file, hands its path to `body`, and removes it.
  private func withFile<R>(_ content: String, _ body: (String) throws -> R) throws -> R {
    let path = NSTemporaryDirectory() + UUID().uuidString + ".csv"
    try Data(content.utf8).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
  }

  private func summarize(_ path: String, workers: Int = 2, blockSize: Int? = nil, keptBytes: Int? = nil) throws
    -> Summary
  {
    let executor = WorkStealingExecutor(.init(workerCount: workers))
    defer { executor.shutdownBlocking() }
    return try executor.runBlocking {
      var options = Analysis.Options()
      if let blockSize { options.blockSize = blockSize }
      if let keptBytes { options.keptBytes = keptBytes }
      return try Analysis(path: path, options: options).run()
    }
  }

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
    for round in 0..<40 {
      let seed = UInt64.random(in: .min ... .max)
      let (text, records) = randomDocument(seed)
      try withFile(text) { path in
        for size in [1, 2, 3, 5, 17, 64, 1 << 20] {
          let summary = try summarize(path, blockSize: size)
          #expect(summary.rows == records.count, "seed \(seed), round \(round), blocks of \(size)")
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

  private struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (state >> 29) &* 0x9e37_79b9_7f4a_7c15
    }
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
      let (read, kept) = (try summarize(path, blockSize: 512, keptBytes: 0), try summarize(path, blockSize: 512))
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
  ])
  func faultsNameTheirPlace(content: String, message: String) throws {
    for size in [1, 4, 1 << 20] {
      try withFile(content) { path in
        let error = #expect(throws: CSVError.self) { try summarize(path, blockSize: size) }
        #expect(error?.description == path + ":" + message)
      }
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

@Suite struct NumberTests {
  private func parse(_ text: String) -> Double? {
    var text = text
    return text.withUTF8 { unsafe Number.parse($0) }
  }

  @Test func decimalsAreRoundedAsTheStandardLibraryDoes() {
    let seed = UInt64.random(in: .min ... .max)
    var random = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      let value = Double(bitPattern: .random(in: .min ... .max, using: &random))
      guard value.isFinite else { continue }
      #expect(parse("\(value)")?.bitPattern == value.bitPattern, "seed \(seed)")
      let text = "\(Int.random(in: -99_999...99_999)).\(Int.random(in: 0...999_999_999))e\(Int.random(in: -30...30))"
      #expect(parse(text) == Double(text), "\(text)")
    }
    for text in [
      "0", "-0", "+1", ".5", "5.", "1e5", "1E-5", "123456789012345678901234567890", "0.1", "9007199254740993",
      "4.9e-324",
    ] {
      #expect(
        parse(text)?.bitPattern == Double(text == "5." ? "5" : text == ".5" ? "0.5" : text)?.bitPattern, "\(text)")
    }
  }

  @Test(arguments: ["", "-", ".", "e5", "1e", "1e+", "1,5", " 1", "1 ", "inf", "nan", "0x10", "1e400", "--1", "1.2.3"])
  func whatIsNoFiniteDecimalIsNil(text: String) { #expect(parse(text) == nil) }

  @Test func momentsSurviveALargeMean() throws {
    var whole = Moments()
    var parts = [Moments](repeating: Moments(), count: 7)
    for index in 0..<70_000 {
      let value = 1e9 + Double(index % 2)
      whole.add(value)
      parts[index / 10_000].add(value)
    }
    var joined = Moments()
    for part in parts { joined.join(part) }
    for moments in [whole, joined] {
      #expect(moments.mean == 1e9 + 0.5)
      let deviation = try #require(moments.standardDeviation)
      #expect(abs(deviation - 0.5 * (70_000.0 / 69_999).squareRoot()) < 1e-9)
    }
  }

  @Test func keysOrderAsValuesDo() {
    let values = [
      -Double.greatestFiniteMagnitude, -1, -Double.leastNonzeroMagnitude, 0, 1e-300, 1, 2,
      Double.greatestFiniteMagnitude,
    ]
    #expect(values.map(Percentiles.key) == values.map(Percentiles.key).sorted())
    #expect(values.map { Percentiles.value(Percentiles.key($0)) } == values)
  }

  @Test func percentilesAgreeWithSorting() throws {
    var state: UInt64 = 99
    let blocks = (0..<5).map { _ in
      (0..<997).map { _ -> Double in
        state = state &* 6_364_136_223_846_793_005 &+ 1
        return Double(Int64(bitPattern: state) >> 20)
      }
    }
    let found = try Percentiles.find(counts: [5 * 997]) { (map, join) throws(Fault) in
      for block in blocks { join(map([block])) }
    }
    let sorted = blocks.joined().sorted()
    let expected = Percentiles.fractions.map { fraction -> Double in
      let position = fraction * Double(sorted.count - 1)
      let low = Int(position)
      return sorted[low] + (sorted[min(low + 1, sorted.count - 1)] - sorted[low]) * (position - Double(low))
    }
    #expect(found[0] == expected)
    // Told apart to the last bit even when no candidate may be held.
    let refined = try Percentiles.find(counts: [5 * 997], held: 0) { (map, join) throws(Fault) in
      for block in blocks { join(map([block])) }
    }
    #expect(refined[0] == expected)
    let equal = try Percentiles.find(counts: [10], held: 0) { (map, join) throws(Fault) in
      join(map([[Double](repeating: 0.1, count: 10)]))
    }
    #expect(equal[0] == [0.1, 0.1, 0.1])
  }
}
