import Testing

@Suite struct SourceTextTests {
  @Test func stringsAndCommentsAreToldFromCode() {
    let text = SourceText(
      path: "a.swift",
      ###"""
      let a = "x // no comment" // one
      let b = "\(f("y", (1))) z" + c /* two /* nested */
      three */ d
      let e = """
        .relaxed "quoted" \(g)
        """; h
      let i = ##"\"# \##(j) "##
      """###)
    #expect(
      text.lines.map(\.code) == [
        #"let a = "" "#, #"let b = "f("", (1))" + c "#, " d", #"let e = ""#, "g", #""; h"#, #"let i = "j""#,
      ])
    #expect(text.lines.map(\.comment) == ["// one", "/* two /* nested */", "three */", "", "", "", ""])
  }

  @Test func commentsAboveReachAsFarAsSaid() {
    let text = SourceText(path: "a.swift", "// 0\n\n// 1\na\n// 2\nb\nc // 3")
    #expect(text.comments(above: 6, codeLines: 1) == ["// 3", "// 2"])
    #expect(text.comments(above: 6, codeLines: 9) == ["// 3", "// 2", "// 1"])
    #expect(text.comments(above: 5, codeLines: 0) == ["// 2"])
  }

  @Test func treeIsFound() throws {
    #expect(SourceTree.paths(under: "Sources").contains("Sources/MillraceExecutor/Topology/Topology.swift"))
    #expect(try SourceTree.text("Package.swift").contains("millrace"))
  }
}
