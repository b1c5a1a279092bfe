import Testing

/// Tables in the comments of kinds of task stand in their article too, as they are.
enum TaskKinds {
  static func complaints(article: String, files: [(path: String, text: String)]) -> [String] {
    let rows = Set(article.split(separator: "\n"))
    return files.flatMap { path, text in
      text.split(separator: "\n").compactMap { line in
        guard let row = line.firstMatch(of: /^ *\/\/\/ (\|.*\|)$/).map({ $0.1.replacing("``", with: "`") }),
          !rows.contains(Substring(row))
        else { return nil }
        return "\(path): not in the article: \(row)"
      }
    }
  }
}

@Suite struct TaskKindTests {
  @Test func articleHasTheTables() throws {
    let paths = ["Sources/MillraceTasks", "Sources/MillraceSQLite"].flatMap { SourceTree.paths(under: $0) }
      .filter { $0.hasSuffix("Task.swift") }
    #expect(paths.count >= 8)
    expectNone(
      TaskKinds.complaints(
        article: try SourceTree.text("Sources/Millrace/Millrace.docc/TaskKinds.md"),
        files: try paths.map { ($0, try SourceTree.text($0)) }))
  }

  @Test func missingRowIsFound() {
    let complaints = TaskKinds.complaints(
      article: "| a | b |\n", files: [("F", "  /// | a | b |\n  /// | `c` | see ``D`` |\n  | no comment |")])
    #expect(complaints == ["F: not in the article: | `c` | see `D` |"])
  }
}
