import Testing

@testable import MillraceCSV

@Suite struct TextTests {
  @Test func aSlotHoldsWhatItWasGiven() {
    let hash: UInt64 = 0xabc_def0_1234
    var slot = TextSlot(hash: hash, offset: TextSlot.fileLimit - 1, count: 1)
    slot.count = 1 << 39
    #expect(slot.hash == hash && slot.offset == TextSlot.fileLimit - 1 && slot.count == 1 << 39)
  }

  @Test func differentSpellingsOfOneAccentAreDifferentTexts() throws {
    try withFile("\u{e9},e\u{301}\nx,\u{e9}\nx,e\u{301}\n") { path in
      let summary = try summarize(path)
      #expect(summary.columns.map { Array($0.name.utf8) } == [[0xc3, 0xa9], [0x65, 0xcc, 0x81]])
      guard case .text(let texts) = summary.columns[1].values else {
        Issue.record("the second column is expected to be text")
        return
      }
      #expect(texts.distinct == 2)
      var options = Analysis.Options()
      options.columns = ["e\u{301}"]
      #expect(try Analysis(path: path, options: options).run().columns[0].name.utf8.count == 3)
    }
  }

  @Test func doubledQuotesBeforeACombiningMark() throws {
    try withFile("\"a\"\"\u{301}\"\"\"\"\"\n\"\"\"\u{301}\"\n") { path in
      let summary = try summarize(path)
      #expect(Array(summary.columns[0].name.utf8) == Array("a\"\u{301}\"\"".utf8))
      guard case .text(let texts) = summary.columns[0].values else {
        Issue.record("the column is expected to be text")
        return
      }
      #expect(texts.top.map { Array($0.value.utf8) } == [Array("\"\u{301}".utf8)])
    }
  }

  @Test func quotedAndPlainCellsOfOneTextAreTheSame() throws {
    try withFile("a,b\nx,1\n\"x\",2\n\"x,1\",3\n\"x\ny\",4\r\nx\r,5\nx,6") { path in
      for size in [1, 5, 1 << 18] {
        guard case .text(let texts) = try summarize(path, blockSize: size).columns[0].values else {
          Issue.record("a is expected to be text")
          return
        }
        #expect(texts.distinct == 4 && texts.top[0] == .init(value: "x", count: 3))
      }
    }
  }

  @Test func whatDoesNotFitIsEstimatedForAnyNumberOfWorkers() throws {
    var text = "a,b,c\n"
    for row in 0..<60_000 { text += "a\(row),b\(row % 7),c\((row * 7919) % 50_000)\n" }
    try withFile(text) { path in
      // A third of it is for texts: a table of 16,384 slots, and another.
      let summaries = try [1, 2, 8].map { try summarize(path, workers: $0, blockSize: 4096, budget: 3 << 19) }
      #expect(summaries[0] == summaries[1] && summaries[1] == summaries[2])
      let texts = summaries[0].columns.compactMap { column -> Summary.Texts? in
        if case .text(let texts) = column.values { texts } else { nil }
      }
      #expect(texts.map(\.isDistinctEstimated) == [true, false, true])
      #expect(texts[1].distinct == 7)
      #expect(abs(texts[0].distinct - 60_000) < 1800 && abs(texts[2].distinct - 50_000) < 1500)
      let exact = try summarize(path)
      #expect(
        exact.columns.compactMap { if case .text(let texts) = $0.values { texts.distinct } else { nil } }
          == [60_000, 7, 50_000])
    }
  }

  @Test func textsFoundLateAreCounted() throws {
    let rows = (0..<3000).map { "\($0),\($0)" }.joined(separator: "\n")
    try withFile("a,b\n\(rows)\nx,1\nx,2\n1,3\n") { path in
      let summary = try summarize(path, blockSize: 64)
      guard case .text(let texts) = summary.columns[0].values, case .number(let numbers) = summary.columns[1].values
      else {
        Issue.record("a is expected to be text, b numeric")
        return
      }
      #expect(texts.distinct == 3001 && texts.top[0] == .init(value: "1", count: 2))
      #expect(numbers.maximum == 2999 && summary.columns[0].count == 3003)
    }
  }
}
