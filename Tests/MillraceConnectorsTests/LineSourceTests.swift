import Foundation
import MillraceConnectors
import MillraceTesting
import MillraceWorkflow
import Testing

@Suite final class LineSourceTests {
  private let folder: TemporaryFolder
  private let store = MemoryRunStore()

  init() throws { folder = try TemporaryFolder() }

  deinit { folder.remove() }

  private func source(
    _ format: LineSource.Format = .text, _ change: (inout LineSource.Configuration) -> Void = { _ in }
  ) -> LineSource {
    var configuration = LineSource.Configuration()
    configuration.settlingTime = .zero
    change(&configuration)
    return LineSource("log", path: folder.path("log"), format: format, store: store, configuration: configuration)
  }

  private func write(_ text: String, to name: String = "log") throws { try folder.append(Array(text.utf8), to: name) }

  private func text(_ event: SourceEvent) throws -> String {
    guard case .string(let text) = try event.event.payload.value() else { return "not a text" }
    return text
  }

  /// What a new subscription gets, which it acknowledges, as often as it takes for so many lines.
  private func read(_ count: Int, _ source: LineSource? = nil) async throws -> [SourceEvent] {
    let subscription = try await (source ?? self.source()).subscribe(StreamConsumer("c"))
    var events: [SourceEvent] = []
    while events.count < count {
      let page = try await subscription.next(limit: count - events.count)
      events += page
      try await subscription.acknowledge(page.count)
    }
    await subscription.close()
    return events
  }

  @Test func aLineCountsWhenItsNewlineIsThere() async throws {
    try write("one\r\n\n  two \nthr")
    #expect(try await read(2).map(text) == ["one", "  two "])
    let subscription = try await source().subscribe(StreamConsumer("c"))
    async let third = subscription.next(limit: 5)
    try write("ee\nfour")
    #expect(try await third.map(text) == ["three"])
    #expect(try await third.map(\.place) == ["\(folder.path("log")), byte 13"])
    #expect(try await subscription.lag() == 1)
    try await subscription.acknowledge(1)
    #expect(try await subscription.lag() == 0)
    await subscription.close()
  }

  @Test func aFileThatIsNotThereYetIsWaitedFor() async throws {
    let subscription = try await source().subscribe(StreamConsumer("c"))
    async let first = subscription.next(limit: 5)
    try write("one\n")
    #expect(try await first.map(text) == ["one"])
    await subscription.close()
  }

  @Test func whatIsNoEventIsAFault() async throws {
    try write(
      """
      {"id": "a", "key": 7}
      {"id": "b"}
      {"key": "x", "id": ["c"]}
      {"key": "x", "id":
      [1]
      {"id": "\(String(repeating: "x", count: 200))", "key": "x"}
      {"id": "d", "key": "é"}

      """)
    let events = try await read(7, source(.json(key: "key", id: "id")) { $0.lineBytes = 100 })
    #expect(events[0].event.id == "a" && events[0].event.key == "7" && events[0].fault == nil)
    #expect(events[1].fault == "expected a member \"key\" with a text or an integer; found none")
    #expect(events[2].fault == "expected a member \"id\" with a text or an integer; found a list")
    #expect(events[3].fault?.contains("JSON") == true || events[3].fault?.isEmpty == false)
    #expect(events[4].fault != nil)
    #expect(events[5].fault == "the line has more than 100 bytes")
    #expect(events[5].event.payload.bytes.count == 100)
    #expect(events[6].event.id == "d" && events[6].event.key == "é" && events[6].fault == nil)
    #expect(Set(events.map(\.event.id)).count == 7)
  }

  /// Longer than what is read at once.
  @Test func longLinesAreWhole() async throws {
    let long = String(repeating: "é", count: 150_000)
    try write("a\n\(long)\nb\n")
    #expect(try await read(3).map(text) == ["a", long, "b"])
  }

  @Test func severalRotationsWhileNobodyReads() async throws {
    try write("1\n2\n")
    #expect(try await read(1).map(text) == ["1"])
    try write("3\nno newline")
    for round in 0..<3 {
      try folder.rotate("log")
      try write("round \(round)\n")
    }
    // What others have put there.
    try write("packed\n", to: "log.9.gz")
    let events = try await read(6)
    #expect(try events.map(text) == ["2", "3", "no newline", "round 0", "round 1", "round 2"])
    #expect(Set(events.map(\.event.id)).count == 6)
    try write("last\n")
    #expect(try await read(1).map(text) == ["last"])
  }

  @Test func aFileThatWasTouchedAfterRotationHidesNoOther() async throws {
    try write("1\n")
    #expect(try await read(1).map(text) == ["1"])
    for line in ["2\n", "3\n", "4\n"] {
      try folder.rotate("log")
      try write(line)
    }
    try FileManager.default.setAttributes([.modificationDate: Date.distantFuture], ofItemAtPath: folder.path("log.3"))
    #expect(
      try await read(3, source { $0.wallClock = ManualWallClock(now: Timestamp(microseconds: .max)) }).map(text)
        == ["2", "3", "4"])
  }

  @Test func filesThatAreLeftAreReadWhenTheOneThatWasReadIsGone() async throws {
    try write("1\n2\n")
    #expect(try await read(1).map(text) == ["1"])
    for round in 3..<15 {
      try folder.rotate("log")
      try write("\(round)\n")
    }
    try folder.delete("log.12")
    try folder.delete("log.11")
    #expect(try await read(11).map(text) == (4..<15).map(String.init))
    // Of those that were read, none comes again.
    try folder.delete("log")
    try write("15\n")
    #expect(try await read(1).map(text) == ["15"])
  }

  /// File systems give the number at once to the next that is made.
  @Test func anotherFileWithTheSameNumberAndBeginningIsAnother() async throws {
    var ids: Set<String> = []
    for round in 0..<20 {
      try write("the same head\n\(round)\n")
      let events = try await read(2)
      #expect(try events.map(text) == ["the same head", "\(round)"])
      ids.formUnion(events.map(\.event.id))
      try folder.delete("log")
    }
    #expect(ids.count == 40, "no two have one id")
  }

  /// What is held open is read to its end, whatever its name is by then, and whether it has one.
  @Test func aFileThatIsDeletedWhileItIsReadIsNotLost() async throws {
    try write("1\n2\n3")
    let subscription = try await source().subscribe(StreamConsumer("c"))
    #expect(try await subscription.next(limit: 1).map(text) == ["1"])
    try await subscription.acknowledge(1)
    try folder.delete("log")
    try write("4\n")
    var lines: [String] = []
    while lines.count < 3 {
      let page = try await subscription.next(limit: 5)
      lines += try page.map(text)
      try await subscription.acknowledge(page.count)
    }
    #expect(lines == ["2", "3", "4"])
    #expect(try await subscription.lag() == 0)
    await subscription.close()
  }

  @Test func filesWithDatesAreReadInTheirOrder() async throws {
    try write("1\n")
    #expect(try await read(1).map(text) == ["1"])
    for (date, line) in [("20260101", "2\n"), ("20260102", "3\n"), ("20260102.1", "4\n")] {
      try folder.move("log", to: "log-\(date)")
      try write(line)
    }
    #expect(try await read(3).map(text) == ["2", "3", "4"])
  }

  @Test func aFileThatIsCutBeginsAnew() async throws {
    try write("first\nsecond\n")
    let before = try await read(2)
    try Data("third\n".utf8).write(to: URL(filePath: folder.path("log")))
    let subscription = try await source().subscribe(StreamConsumer("c"))
    let events = try await subscription.next(limit: 5)
    #expect(try events.map(text) == ["third"])
    try await subscription.acknowledge(1)
    // Cut in place, and then longer than it was: known by its beginning.
    let file = try FileHandle(forWritingTo: URL(filePath: folder.path("log")))
    try file.truncate(atOffset: 0)
    try file.write(contentsOf: Data("a new beginning\n".utf8))
    try file.close()
    #expect(try await subscription.next(limit: 5).map(text) == ["a new beginning"])
    let all = try await before + events + subscription.next(limit: 5)
    #expect(Set(all.map(\.event.id)).count == 4, "no two have one id")
    await subscription.close()
  }

  @Test func whatCannotBeReadIsSaid() async throws {
    try FileManager.default.createDirectory(atPath: folder.path("log"), withIntermediateDirectories: true)
    let subscription = try await source().subscribe(StreamConsumer("c"))
    await #expect { _ = try await subscription.next(limit: 1) } throws: {
      "\($0)" == "\(folder.path("log")): expected a regular file"
    }
    await subscription.close()
  }
}
