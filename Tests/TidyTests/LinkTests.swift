import Foundation
import Testing

/// Links of Markdown lead to files that are there: `<doc:Article>` within a catalogue, others relative to the file.
enum Links {
  static func complaints(path: String, _ text: String, exists: (String) -> Bool) -> [String] {
    let folder = path.split(separator: "/").dropLast().joined(separator: "/")
    let catalogue = path.firstRange(of: /[^ ]*\.docc\//).map { String(path[$0]) }
    return text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().flatMap { index, line in
      func complaint(_ target: String) -> String { "\(path):\(index + 1): there is no \(target)" }
      let articles = line.matches(of: /<doc:([A-Za-z0-9-]+)>/).compactMap { match -> String? in
        let name = "\(match.1).md"
        let isThere =
          catalogue.map { catalogue in ["", "Decisions/"].contains { exists(catalogue + $0 + name) } } ?? false
        return isThere ? nil : complaint(name)
      }
      let files = line.matches(of: /\]\(([^)#:\s]+)(#[^)]*)?\)/).compactMap { match -> String? in
        let target = folder.isEmpty ? String(match.1) : "\(folder)/\(match.1)"
        return exists(target) ? nil : complaint(String(match.1))
      }
      return articles + files
    }
  }
}

@Suite struct LinkTests {
  @Test func linksLeadSomewhere() throws {
    let paths =
      ["Sources", "Benchmarks", "Profiles"].flatMap { SourceTree.paths(under: $0, endings: ["md"]) } + [
        "README.md"
      ]
    #expect(paths.count > 20)
    expectNone(
      try paths.filter { !$0.hasPrefix("Benchmarks/Results/") }.flatMap {
        Links.complaints(path: $0, try SourceTree.text($0)) {
          FileManager.default.fileExists(atPath: SourceTree.root.appending(path: $0).path)
        }
      })
  }

  @Test func brokenLinksAreFound() {
    let files: Set<String> = ["S/A.docc/One.md", "S/A.docc/Decisions/0001-x.md", "S/A.docc/../B.md"]
    let text = "<doc:One> <doc:0001-x>\n<doc:Two>\n[b](../B.md) [c](https://c.org) [d](D.md#part)"
    #expect(
      Links.complaints(path: "S/A.docc/One.md", text) { files.contains($0) } == [
        "S/A.docc/One.md:2: there is no Two.md", "S/A.docc/One.md:3: there is no D.md",
      ])
  }
}
