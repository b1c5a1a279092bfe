import Testing

/// The spin models are about the code: a transition carries the label of the edge it stands for, and no edge of a modelled structure is left out.
enum Models {
  /// The labels in a model's comments.
  static func labels(_ model: SourceText) -> Set<String> {
    Set(model.lines.flatMap { $0.comment.matches(of: /\b[A-Z]\d+\b/.wordBoundaryKind(.simple)).map { String($0.0) } })
  }

  static func complaints(models: [SourceText], code: [SourceText]) -> [String] {
    let modelled = models.reduce(into: Set<String>()) { $0.formUnion(labels($1)) }
    let letters = Set(modelled.map { $0.first! })
    let coded = Set(Orderings.ends(in: code).keys.filter { letters.contains($0.first!) })
    return modelled.subtracting(coded).sorted().map { "edge \($0) is in a model and not in the code" }
      + coded.subtracting(modelled).sorted().map { "edge \($0) is in the code and not in its model" }
      + models.filter { labels($0).isEmpty }.map { "\($0.path): names no edge" }
  }
}

@Suite struct ModelTests {
  @Test func modelsAndCodeHaveTheSameEdges() throws {
    let models = try SourceTree.read(under: "Tests/Models", endings: ["pml"])
    #expect(!models.isEmpty)
    expectNone(Models.complaints(models: models, code: try SourceTree.read(under: "Sources")))
  }

  @Test func differenceIsFound() {
    let code = SourceText(path: "a.swift", "// D1: a\n// D2: b\n// P7: c")
    let model = SourceText(path: "a.pml", "x = 1; /* D1 */ y = 2 // D3\n")
    let silent = SourceText(path: "b.pml", "z = D2")
    #expect(
      Models.complaints(models: [model, silent], code: [code]) == [
        "edge D3 is in a model and not in the code", "edge D2 is in the code and not in its model",
        "b.pml: names no edge",
      ])
  }
}
