import Testing

/// Memory orderings: each edge is named by a letter and a number (`D3`), the name stands above each of its ends, and what is relaxed says why.
enum Orderings {
  /// An end of an edge: a comment that begins with its label, `// D3: pairs with …`, or with several, `// D3, D4: …`.
  static func endLabels(_ comment: String) -> [String] {
    guard let match = comment.firstMatch(of: /^\/\/ +([A-Z]\d+(?:(?:, ?| and )[A-Z]\d+)*)(?: \([^)]*\))?:/) else {
      return []
    }
    return match.1.matches(of: /[A-Z]\d+/).map { String($0.0) }
  }

  /// How often each label begins a comment.
  static func ends(in files: [SourceText]) -> [String: Int] {
    var count: [String: Int] = [:]
    for line in files.joined(\.lines) {
      for label in endLabels(line.comment) { count[label, default: 0] += 1 }
    }
    return count
  }

  static func complaintsAboutEdges(_ files: [SourceText]) -> [String] {
    let ends = ends(in: files)
    let letters = Set(ends.keys.map { $0.first! })
    var complaints = ends.filter { $0.value < 2 }.keys.sorted().map { "edge \($0) has one end only" }
    for file in files {
      for (index, line) in file.lines.enumerated() {
        for mention in line.comment.matches(of: /\b[A-Z]\d+\b/.wordBoundaryKind(.simple))
        where letters.contains(mention.0.first!) && ends[String(mention.0)] == nil {
          complaints.append("\(file.path):\(index + 1): speaks of an edge \(mention.0) that has no ends")
        }
      }
    }
    return complaints
  }

  static func complaintsAboutUses(_ file: SourceText) -> [String] {
    var complaints: [String] = []
    for (index, place) in file.places(of: /\b\w*[oO]rdering: *\.relaxed\b/.wordBoundaryKind(.simple)) {
      let comments = file.comments(above: index, codeLines: 3)
      if !comments.contains(where: {
        $0.contains(/(?i)\brelaxed\b/.wordBoundaryKind(.simple)) || !endLabels($0).isEmpty
      }) {
        complaints.append("\(place): .relaxed does not say why")
      }
    }
    for (index, place) in file.places(
      of: /\.(acquiring|releasing|acquiringAndReleasing|sequentiallyConsistent)\b/.wordBoundaryKind(.simple))
    {
      if !file.comments(above: index, codeLines: 3).contains(where: { !endLabels($0).isEmpty }) {
        complaints.append("\(place): an ordering without a label")
      }
    }
    for (index, place) in file.places(
      of: /\b(millrace_(heavy|full)_fence|millrace_compiler_barrier|atomicMemoryFence)\b/.wordBoundaryKind(.simple))
    {
      if !file.comments(above: index, codeLines: 5).contains(where: { !endLabels($0).isEmpty }) {
        complaints.append("\(place): a fence without a label")
      }
    }
    return complaints
  }
}

extension Sequence {
  fileprivate func joined<Part: Sequence>(_ part: (Element) -> Part) -> [Part.Element] { flatMap(part) }
}

@Suite struct OrderingTests {
  @Test func everyEdgeHasTwoEnds() throws {
    let files = try SourceTree.read(under: "Sources")
    #expect(!Orderings.ends(in: files).isEmpty)
    expectNone(Orderings.complaintsAboutEdges(files))
  }

  @Test func everyOrderingSaysItsEdgeOrWhyItNeedsNone() throws {
    try expectNone(SourceTree.read(under: "Sources").flatMap(Orderings.complaintsAboutUses))
  }

  // MARK: The checks themselves can fail

  @Test func loneEndIsFound() {
    let lone = SourceText(path: "a", "// D1: out\nx\n// D2: there\ny\n// D2: and back\nz")
    #expect(Orderings.complaintsAboutEdges([lone]) == ["edge D1 has one end only"])
    let other = SourceText(path: "b", "// D1, D2 (both): in\n")
    #expect(Orderings.complaintsAboutEdges([lone, other]) == [])
  }

  @Test func mentionOfNoEdgeIsFound() {
    let text = SourceText(path: "a", "// D1: out\n// D1: in\n/// See D1, D3 and A9.\nlet D4 = 1")
    #expect(Orderings.complaintsAboutEdges([text]) == ["a:3: speaks of an edge D3 that has no ends"])
  }

  @Test(arguments: [
    ("x.load(ordering: .relaxed)", "a:1: .relaxed does not say why"),
    ("// Owner only.\nx.load(ordering: .relaxed)", "a:2: .relaxed does not say why"),
    ("// Relaxed: mine.\n\nx.load(ordering: .relaxed)", "a:3: .relaxed does not say why"),
    ("// Relaxed: mine.\na\nb\nc\nd\nx.load(ordering: .relaxed)", "a:6: .relaxed does not say why"),
    ("// Relaxed: mine.\nx.load(ordering: .acquiring)", "a:2: an ordering without a label"),
    ("// Pairs with D1.\nx.store(1, ordering: .releasing)", "a:2: an ordering without a label"),
    ("x.add(1, ordering: .acquiringAndReleasing)", "a:1: an ordering without a label"),
    ("x.add(1, ordering: .sequentiallyConsistent)", "a:1: an ordering without a label"),
    ("millrace_heavy_fence()", "a:1: a fence without a label"),
  ])
  func useWithoutReasonIsFound(code: String, complaint: String) {
    #expect(Orderings.complaintsAboutUses(SourceText(path: "a", code)) == [complaint])
  }

  @Test(arguments: [
    "// Relaxed: mine.\nx.load(ordering: .relaxed)", "x.load(ordering: .relaxed)  // Relaxed: mine.",
    "// D1: out\nx.exchange(\n  successOrdering: .releasing, failureOrdering: .relaxed)",
    "// D1: pairs with a long\n// story\n// of many\n// lines\nx.load(ordering: .acquiring)", "let text = \".relaxed\"",
    "Batch.sum(x, .relaxed)",
  ])
  func useWithReasonPasses(code: String) {
    #expect(Orderings.complaintsAboutUses(SourceText(path: "a", code)) == [])
  }
}
