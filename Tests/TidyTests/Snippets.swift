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

  /// The snippet as a file that compiles by itself. Code that is not a file already becomes the body of a throwing, asynchronous function;
  /// what it imports goes to the top. `#sourceLocation` makes errors name the place in the Markdown.
  func asFile(number: Int) -> String {
    let lines = code.split(separator: "\n", omittingEmptySubsequences: false)
    let isFile = lines.contains {
      $0.contains(/^(@main|extension|protocol|(public|package|private|fileprivate|open|nonisolated) )/)
    }
    let imports = lines.filter { $0.hasPrefix("import ") }
    let rest = lines.map { $0.hasPrefix("import ") ? "" : $0 }.joined(separator: "\n")
    let header = (["import Millrace"] + imports).joined(separator: "\n")
    let location = "#sourceLocation(file: \"\(path.split(separator: "/").last!)\", line: \(line))"
    let end = "#sourceLocation()"
    if isFile { return "\(header)\n\(location)\n\(rest)\n\(end)\n" }
    return "\(header)\nfunc snippet\(number)() async throws {\n\(location)\n\(rest)\n\(end)\n}\n"
  }
}
