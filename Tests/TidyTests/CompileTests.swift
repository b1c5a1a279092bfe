import Foundation
import Testing

/// What users write: misuse does not compile, and what is shown to them does.
@Suite struct CompileTests {
  static let misuse = SourceTree.paths(under: "Tests/Fixtures/Misuse")
  static let use = SourceTree.paths(under: "Tests/Fixtures/Use")

  let compiler: Compiler

  init() throws {
    compiler = try #require(Compiler(), "found no folder with built modules above the test's executable")
  }

  @Test(arguments: misuse)
  func misuseDoesNotCompile(path: String) throws {
    let text = try SourceTree.text(path)
    let expected = try #require(
      text.firstMatch(of: /^\/\/ expected-error: (.+)\n/), "\(path) does not say what it expects")
    let complaints = try compiler.complaints(about: [SourceTree.root.appending(path: path)])
    let messages = complaints.map(\.message)
    #expect(
      messages.contains { $0.contains(expected.1) }, "\(path): expected \"\(expected.1)\", found \(messages)")
  }

  @Test func thereIsMisuse() {
    #expect(Self.misuse.count >= 10)
  }

  @Test(arguments: use)
  func useCompiles(path: String) throws {
    let complaints = try compiler.complaints(about: [SourceTree.root.appending(path: path)])
    #expect(complaints == [])
  }

  @Test func snippetsCompile() throws {
    let articles = SourceTree.paths(under: "Sources", endings: ["md"]).filter { $0.contains(".docc/") }
    let snippets = try (["README.md"] + articles).flatMap { Snippet.all(in: try SourceTree.text($0), path: $0) }
      .filter { !$0.isManifest }
    try #require(!snippets.isEmpty)
    let complaints = try complaints(about: snippets)
    #expect(complaints == [])
  }

  // MARK: The checks themselves can fail

  @Test func snippetThatDoesNotCompileIsFound() throws {
    let markdown = """
      ```swift
      let (a, b) = join({ 1 }, { 2 })
      print(a + b)
      ```
      Indented, in a list, an import of its own, and an error in its third line:
        ```swift
        import Foundation
        let text = "x"
        let number: Int = text
        ```
      ```sh
      this is not Swift
      ```
      """
    let snippets = Snippet.all(in: markdown, path: "folder/A.md")
    #expect(snippets.map(\.line) == [2, 7])
    let complaints = try complaints(about: snippets)
    #expect(complaints.map(\.line) == [9])
    #expect(complaints.first?.file == "A.md")
    #expect(try self.complaints(about: Array(snippets.prefix(1))) == [])
  }

  @Test func declarationsOfSnippetsGoToTheTop() throws {
    let markdown = """
      ```swift
      /// Calls itself, so it cannot be a local function.
      func depth(
        _ n: Int
      ) -> Int {
        if n == 0 { return 0 }
        return join({ depth(n - 1) }, { 1 }).0 + 1
      }
      import Foundation
      extension Int { var half: Int { self / 2 } }
      var number = try await Task { depth(3) }.value.half
      number += 1
      @MainActor
      final class Model {
        var number = 0
      }
      let wrong: String = number
      ```
      """
    let complaints = try complaints(about: Snippet.all(in: markdown, path: "A.md"))
    #expect(complaints.map(\.line) == [17])
  }

  @Test func compilerErrorsAreRead() {
    let output = """
      <unknown>:0: warning: x
      /a/B.swift:3:14: error: no such thing [#Tag]
       3 | f()
         | `- error: no such thing [#Tag]
      /a/B.swift:4:1: warning: beware
      """
    #expect(Compiler.errors(in: output) == [.init(file: "B.swift", line: 3, message: "no such thing [#Tag]")])
  }

  private func complaints(about snippets: [Snippet]) throws -> Set<Compiler.Complaint> {
    let folder = FileManager.default.temporaryDirectory.appending(path: "millrace-snippets-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var complaints: Set<Compiler.Complaint> = []
    // One module per snippet: two may declare the same names.
    for (number, snippet) in snippets.enumerated() {
      let file = folder.appending(path: "Snippet\(number).swift")
      try snippet.asFile().write(to: file, atomically: true, encoding: .utf8)
      complaints.formUnion(try compiler.complaints(about: [file]))
    }
    return complaints
  }
}
