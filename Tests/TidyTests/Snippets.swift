import Foundation
import Testing

/// A block of Swift in a Markdown file: between lines of three backquotes, the first followed by `swift`.
struct Snippet: CustomTestStringConvertible {
  let path: String
  /// Of its first line in the file, from 1.
  let line: Int
  let code: String

  var testDescription: String { "\(path):\(line)" }

  /// A manifest, or a part of one, is not a program.
  var isManifest: Bool {
    code.contains("swift-tools-version") || code.contains(".package(") || code.contains(".product(")
  }

  static func all(in markdown: String, path: String) -> [Snippet] {
    var found: [Snippet] = []
    var open: (line: Int, indent: Int, isSwift: Bool, code: [Substring])?
    for (index, line) in markdown.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let trimmed = line.drop { $0 == " " }
      if let block = open {
        if trimmed == "```" {
          if block.isSwift {
            found.append(Snippet(path: path, line: block.line, code: block.code.joined(separator: "\n")))
          }
          open = nil
        } else {
          let indent = line.prefix(block.indent).prefix { $0 == " " }.count
          open!.code.append(line.dropFirst(indent))
        }
      } else if trimmed.hasPrefix("```") {
        let language = trimmed.dropFirst(3).prefix { $0.isLetter }
        open = (index + 2, line.count - trimmed.count, language == "swift", [])
      }
    }
    return found
  }

  /// The snippet as a file that compiles by itself: imports and declarations at the top, and the rest as the body of a throwing, asynchronous
  /// function. `#sourceLocation` makes errors name the place in the Markdown.
  func asFile() -> String {
    var imports = ["import Millrace"]
    var declarations: [String] = []
    var body: [String] = []
    // Nil between declarations, else how many brackets are open.
    var depth: Int?
    for (text, code) in zip(rawLines, lexed.map(\.code)) {
      let isImport = depth == nil && code.hasPrefix("import ")
      if isImport { imports.append(code) }
      // Variables stay in the function: there they are nobody's global state.
      if depth == nil,
        code.contains(
          /^(@\w+(\([^)]*\))?\s*)*((public|package|private|fileprivate|final|indirect|nonisolated) )*(func|struct|enum|class|actor|extension|protocol|typealias)\b|^@\w+$/
        )
      {
        depth = 0
      }
      declarations.append(depth == nil ? "" : text)
      body.append(depth == nil && !isImport ? text : "")
      if let open = depth {
        let now = open + Self.opened(code)
        let goesOn = now > 0 || !code.contains(/[}]|\btypealias\b/)
        depth = goesOn ? now : nil
      }
    }
    let place = "#sourceLocation(file: \"\(path.split(separator: "/").last!)\", line: \(line))"
    let parts =
      imports + [place] + declarations + ["#sourceLocation()", "func snippet() async throws {", place] + body
      + ["#sourceLocation()", "}", ""]
    return parts.joined(separator: "\n")
  }

  private var rawLines: [String] {
    code.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map { String($0) }
  }

  private var lexed: [SourceText.Line] { SourceText(path: path, code).lines }

  private static func opened(_ code: String) -> Int {
    code.reduce(0) { $0 + ("([{".contains($1) ? 1 : ")]}".contains($1) ? -1 : 0) }
  }
}
