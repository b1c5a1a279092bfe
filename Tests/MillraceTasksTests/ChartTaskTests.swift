#if Workflow
  import Foundation
  import MillraceTasks
  import MillraceWorkflow
  import Testing

  #if canImport(FoundationXML)
    import FoundationXML
  #endif

  @Suite struct ChartTaskTests {
    let chart = ChartTask()
    let folder: Folder

    init() throws { folder = try Folder() }

    private func svg(_ more: [String: JSONValue]) async throws -> String {
      let input: [String: JSONValue] = ["to": .string(folder.file("chart.svg")), "x": "x", "y": ["y"]]
      _ = try await chart.output(.object(input.merging(more) { $1 }))
      return try folder.read("chart.svg")
    }

    @Test func linesBySeries() async throws {
      let rows: JSONValue = [
        ["x": 1, "y": 10, "s": "A & B"], ["x": 2, "y": 20.5, "s": "A & B"], ["x": 1, "y": 5, "s": "<C>"],
        ["x": 3, "y": 7, "s": "<C>"], ["x": 3, "y": nil, "s": "A & B"],
      ]
      let output = try await chart.output([
        "to": .string(folder.file("a/chart.svg")), "x": "x", "y": ["y"], "series": "s", "rows": rows,
        "title": "T \"1\"",
      ])
      #expect(output["points"] == 4)
      let text = try folder.read("a/chart.svg")
      #expect(text.contains("A &amp; B"))
      #expect(text.contains("&lt;C&gt;"))
      #expect(text.contains("T &quot;1&quot;"))
      // The second series has a gap at 2: two points.
      #expect(text.components(separatedBy: "<polyline").count == 2)
      #expect(text.components(separatedBy: "<circle").count == 3)
      #expect(XMLParser(data: Data(text.utf8)).parse())
    }

    @Test func bars() async throws {
      let text = try await svg([
        "rows": [["x": "a", "y": 3, "z": -1], ["x": "b", "y": 1, "z": 2]], "y": ["y", "z"], "style": "bar",
      ])
      // Background, two bars of two series, two of the legend.
      #expect(text.components(separatedBy: "<rect").count - 1 == 1 + 4 + 2)
      #expect(text.contains(">a</text>"))
    }

    @Test func rowsOfAFile() async throws {
      let path = try folder.write("x,y\n2013-01,1\n2013-02,NA\n2013-03,2\n", "in.csv")
      let text = try await svg(["path": .string(path)])
      #expect(text.contains("2013-03"))
    }

    @Test func extremes() async throws {
      for ys in [[0], [5], [-3, -3], [1e300, -1e300], [1e-300, 2e-300], [1_000_000, 1_000_001]] as [[Double]] {
        let text = try await svg(["rows": .array(ys.enumerated().map { ["x": .int(Int64($0)), "y": .double($1)] })])
        let numbers = text.replacing("dominant", with: "")
        #expect(!numbers.contains("nan") && !numbers.contains("inf"), "\(ys)")
      }
    }

    @Test func mistakesAreNamed() async throws {
      for (more, message) in [
        (["rows": [["x": 1, "y": "a"]]], "row 0: a number is expected in \"y\""), (["rows": []], "1 to 100000 points"),
        (["rows": [["y": 1]]], "row 0 has no \"x\""), ([:], "one of rows and path is expected"),
        (["rows": [["x": 1]]], "no row has a number"), (["rows": [["x": 1]], "y": []], "at least one column"),
        (["rows": [["x": 1]], "y": ["y", "z"], "series": "s"], "one column is expected"),
      ] as [([String: JSONValue], String)] {
        let input: [String: JSONValue] = ["to": .string(folder.file("chart.svg")), "x": "x", "y": ["y"]]
        let failure = try await chart.failure(.object(input.merging(more) { $1 }))
        #expect(failure?.code == "invalid input")
        #expect(failure?.message.contains(message) == true, "\(failure?.message ?? "")")
      }
      #expect(chart.complaint(["x": "a", "y": ["b"], "to": "c"]) == "tasks.t.input: one of rows and path is expected")
      #expect(chart.complaint(["x": "a", "y": ["b"], "to": "c", "rows": "${tasks.q.rows}"]) == nil)
    }

    private static let numbers: [(Double, String)] = [
      (37.800000000000004, "37.8"), (12.5, "12.5"), (2, "2"), (-0.30000000000000004, "-0.3"),
      (0.3333333333, "0.333333"),
      (1_000_000.25, "1000000"), (123456.75, "123457"), (0.000123456789, "0.000123"), (1.5e-7, "1.5e-7"),
      (2e20, "2e20"),
      (0, "0"), (99999.96, "100000"), (9999.96, "9999.96"),
    ]

    @Test(arguments: numbers)
    func numbersInTablesAreShort(number: Double, text: String) async throws {
      _ = try await ReportTask().output([
        "to": .string(folder.file("r.md")), "title": "", "parts": [["table": [["a": .double(number)]]]],
      ])
      #expect(try folder.read("r.md").contains("| --- |\n| \(text) |\n"))
    }

    @Test func reports() async throws {
      _ = try await svg(["rows": [["x": 1, "y": 2], ["x": 2, "y": 3]]])
      let report = ReportTask()
      func write(_ name: String) async throws -> String {
        _ = try await report.output([
          "to": .string(folder.file(name)), "title": "A < B",
          "parts": [
            ["heading": "H & I"], ["text": "p <b>"], ["chart": .string(folder.file("chart.svg"))],
            ["table": [["b": 1.23456789, "a": "x|y"], ["a": nil, "b": 2]]],
            ["table": [["b": 1, "a": "x"]], "columns": ["b"]],
          ],
        ])
        return try folder.read(name)
      }
      let html = try await write("r.html")
      for piece in [
        "<h1>A &lt; B</h1>", "<h2>H &amp; I</h2>", "<p>p &lt;b&gt;</p>", "<svg ", "<polyline",
        "<tr><th>a</th><th>b</th></tr>", "<tr><td>x|y</td><td>1.23457</td></tr>", "<tr><td></td><td>2</td></tr>",
        "<tr><th>b</th></tr>",
      ] {
        #expect(html.contains(piece), "\(piece)")
      }
      #expect(try await write("r.html") == html)
      let markdown = try await write("r.md")
      for piece in ["# A &lt; B\n", "## H & I\n", "![](<chart.svg>)", "| a | b |\n| --- | --- |\n| x\\|y | 1.23457 |"] {
        #expect(markdown.contains(piece), "\(piece)")
      }
      #expect(try await report.failure(["to": "x", "title": "", "parts": [[:]]])?.code == "invalid input")
      #expect(
        try await report.failure([
          "to": .string(folder.file("x")), "title": "", "parts": [["chart": .string(folder.file("none.svg"))]],
        ])?.code == "not found")
    }
  }
#endif
