import Testing

/// Words that must stand somewhere, and words that must not.
enum Words {
  static func complaintsAboutSafety(_ file: SourceText) -> [String] {
    file.places(of: /@unchecked\s+Sendable|nonisolated\(unsafe\)/).filter { index, _ in
      !file.comments(above: index, codeLines: 2).contains { $0.contains("SAFETY:") }
    }.map { "\($0.place): promised without a SAFETY: comment" }
  }

  static func complaintsAboutLoose(_ file: SourceText) -> [String] {
    file.lines.indices.filter {
      "\(file.lines[$0].code) \(file.lines[$0].comment)".contains(
        /\b(TO[D]O|FIX[M]E|XX[X]|HA[C]K)\b|(?i:\b(un[i]mplemented|not [i]mplemented)\b)/.wordBoundaryKind(.simple))
    }.map { "\(file.path):\($0 + 1): something is left to do" }
  }

  /// A test that sleeps is slow, or wrong on a slower machine, or both.
  static func complaintsAboutSleep(_ file: SourceText) -> [String] {
    file.places(of: /\b(u|nano)?sleep\s*\(/.wordBoundaryKind(.simple)).map { "\($0.place): sleeps" }
  }

  static func complaintsAboutLength(_ file: SourceText, limit: Int = 500) -> [String] {
    // Text ends with a newline, after which the last "line" is empty.
    file.lines.count - 1 > limit ? ["\(file.path): \(file.lines.count - 1) lines, more than \(limit)"] : []
  }
}

@Suite struct WordTests {
  @Test func everyUncheckedPromiseIsArgued() throws {
    try expectNone(SourceTree.read(under: "Sources").flatMap(Words.complaintsAboutSafety))
  }

  @Test(arguments: ["Sources", "Tests", "Benchmarks", "Profiles"])
  func nothingIsLeftToDo(folder: String) throws {
    let files = try SourceTree.read(under: folder, endings: ["swift", "c", "h", "md", "pml", "rs", "go", "cpp", "sh"])
    expectNone(files.flatMap(Words.complaintsAboutLoose))
  }

  /// A test of the clock's own sleep is the one that may.
  @Test func testsDoNotSleep() throws {
    let files = try SourceTree.read(under: "Tests").filter { !$0.path.hasSuffix("/TimeTests.swift") }
    expectNone(files.flatMap(Words.complaintsAboutSleep))
  }

  @Test func filesStayShort() throws {
    let files = try SourceTree.read(under: "Sources", endings: ["swift", "c", "h"])
    expectNone(files.flatMap { Words.complaintsAboutLength($0) })
  }

  // MARK: The checks themselves can fail

  @Test(arguments: [
    "final class A: @unchecked Sendable {}", "// It is safe.\nextension B: @unchecked Sendable {}",
    "// SAFETY: only the first.\nextension A: @unchecked Sendable {}\n\nextension B: @unchecked Sendable {}",
    "nonisolated(unsafe) var x = 1",
  ])
  func unarguedPromiseIsFound(code: String) {
    #expect(Words.complaintsAboutSafety(SourceText(path: "a", code)).count == 1)
  }

  @Test func arguedPromisePasses() {
    let code = "// SAFETY: all its fields are atomics,\n// see there.\n@frozen\nfinal class A: @unchecked Sendable {}"
    #expect(Words.complaintsAboutSafety(SourceText(path: "a", code)) == [])
  }

  @Test(arguments: [
    "// TODO: later", "/* FIXME */", "f() // XXX", "fatalError(unimplemented)", "// Not implemented yet.",
  ])
  func loosePlaceIsFound(code: String) {
    #expect(Words.complaintsAboutLoose(SourceText(path: "a", code)) == ["a:1: something is left to do"])
  }

  @Test(arguments: [
    "usleep(10)", "nanosleep(&t, nil)", "Thread.sleep(forTimeInterval: 1)", "try await Task.sleep(for: .seconds(1))",
    "try await clock.sleep(until: x)", "sleep(1)",
  ])
  func sleepIsFound(code: String) {
    #expect(Words.complaintsAboutSleep(SourceText(path: "a", code)) == ["a:1: sleeps"])
  }

  @Test func sleepersMaySleep() {
    #expect(
      Words.complaintsAboutSleep(SourceText(path: "a", "Sleepers(); isAsleep(); // sleep(1)\n\"sleep(1)\"")) == [])
  }

  @Test func longFileIsFound() {
    let text = SourceText(path: "a", "1\n2\n3\n")
    #expect(Words.complaintsAboutLength(text, limit: 2) == ["a: 3 lines, more than 2"])
    #expect(Words.complaintsAboutLength(text, limit: 3) == [])
  }
}
