import Foundation
import Testing

/// Prose that names a file of the package, between backquotes, names one that is there.
enum Paths {
  static func complaints(path: String, _ text: String, exists: (String) -> Bool) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().flatMap { index, line in
      line.matches(of: /`((?:Sources|Tests|Benchmarks|Profiles|\.ci)\/[A-Za-z0-9_+.\/-]*)`/).compactMap { match in
        exists(String(match.1)) ? nil : "\(path):\(index + 1): there is no \(match.1)"
      }
    }
  }
}

@Suite struct PathTests {
  @Test func namedFilesAreThere() throws {
    let paths =
      ["Sources", "Tests", "Benchmarks", "Profiles"].flatMap {
        SourceTree.paths(under: $0, endings: ["swift", "c", "h", "md", "pml"])
      } + ["README.md"]
    expectNone(
      try paths.filter { !$0.hasPrefix("Tests/TidyTests/") && !$0.hasPrefix("Benchmarks/Results/") }.flatMap {
        Paths.complaints(path: $0, try SourceTree.text($0)) {
          FileManager.default.fileExists(atPath: SourceTree.root.appending(path: $0).path)
        }
      })
  }

  @Test func missingFileIsFound() {
    let text = "See `Tests/Models/a.pml`,\n`Tests/Models/b.pml` and Sources/c."
    #expect(
      Paths.complaints(path: "a", text) { $0.hasSuffix("a.pml") } == ["a:2: there is no Tests/Models/b.pml"])
  }
}
