/// A source file cut into lines, and each line into code, without what string literals hold, and comment.
struct SourceText {
  struct Line {
    var code = ""
    var comment = ""

    var hasCode: Bool { code.contains { !$0.isWhitespace } }
  }

  let path: String
  private(set) var lines: [Line] = [Line()]

  /// Reads Swift, and C or Promela where no character literal is a quotation mark.
  init(path: String, _ text: String) {
    self.path = path
    var rest = Array(text)[...]
    readCode(&rest, untilParenthesis: false)
  }

  /// Code up to the end, or to the parenthesis that closes an interpolation.
  private mutating func readCode(_ rest: inout ArraySlice<Character>, untilParenthesis: Bool) {
    var depth = 0
    while let character = rest.first {
      if rest.starts(with: "//") {
        while let next = rest.first, !next.isNewline {
          lines[lines.count - 1].comment.append(next)
          rest.removeFirst()
        }
      } else if rest.starts(with: "/*") {
        readBlockComment(&rest)
      } else if let hashes = quoteAhead(rest) {
        readString(&rest, hashes: hashes)
      } else {
        rest.removeFirst()
        if character == "(" { depth += 1 }
        if character == ")" { depth -= 1 }
        if untilParenthesis && depth < 0 { return }
        append(character)
      }
    }
  }

  private mutating func readBlockComment(_ rest: inout ArraySlice<Character>) {
    var depth = 0
    while let character = rest.first {
      if rest.starts(with: "/*") { depth += 1 }
      if rest.starts(with: "*/") { depth -= 1 }
      if rest.starts(with: "/*") || rest.starts(with: "*/") {
        lines[lines.count - 1].comment += rest.prefix(2)
        rest.removeFirst(2)
        if depth == 0 { return }
      } else {
        rest.removeFirst()
        append(character, isComment: true)
      }
    }
  }

  /// How many `#` stand before a string literal that begins here; nil when none begins here.
  private func quoteAhead(_ rest: ArraySlice<Character>) -> Int? {
    let hashes = rest.prefix { $0 == "#" }.count
    return rest.dropFirst(hashes).first == "\"" ? hashes : nil
  }

  private mutating func readString(_ rest: inout ArraySlice<Character>, hashes: Int) {
    rest.removeFirst(hashes)
    let marks = rest.starts(with: "\"\"\"") ? 3 : 1
    rest.removeFirst(marks)
    let end = Array(repeating: Character("\""), count: marks) + Array(repeating: "#", count: hashes)
    let escape = ["\\"] + Array(repeating: Character("#"), count: hashes)
    append("\"")
    while let character = rest.first {
      if rest.starts(with: end) {
        rest.removeFirst(end.count)
        append("\"")
        return
      }
      if rest.starts(with: escape) {
        rest.removeFirst(escape.count)
        if rest.first == "(" {
          rest.removeFirst()
          readCode(&rest, untilParenthesis: true)
        } else if rest.first?.isNewline != true {
          _ = rest.popFirst()
        }
        continue
      }
      if character.isNewline {
        if marks == 1 { return }
        append(character)
      }
      rest.removeFirst()
    }
  }

  private mutating func append(_ character: Character, isComment: Bool = false) {
    if character.isNewline {
      lines.append(Line())
    } else if isComment {
      lines[lines.count - 1].comment.append(character)
    } else {
      lines[lines.count - 1].code.append(character)
    }
  }

  /// The comments of a line and of those above it, up to `codeLines` lines of code above. Lines of comment do not count; an empty line ends it.
  func comments(above index: Int, codeLines: Int) -> [String] {
    var found = [lines[index].comment]
    var left = codeLines
    for line in lines[..<index].reversed() {
      if !line.hasCode && line.comment.isEmpty { break }
      if line.hasCode {
        if left == 0 { break }
        left -= 1
      }
      found.append(line.comment)
    }
    return found.filter { !$0.isEmpty }
  }

  /// Lines whose code matches, as `path:line`, with their index.
  func places(of pattern: some RegexComponent) -> [(index: Int, place: String)] {
    lines.indices.filter { lines[$0].code.contains(pattern) }.map { ($0, "\(path):\($0 + 1)") }
  }
}
