#if Workflow
  import Millrace
  import MillraceWorkflow

  /// Kind `report`: puts headings, texts, tables and charts into one page, HTML or Markdown.
  ///
  /// ```yaml
  /// report:
  ///   kind: report
  ///   input:
  ///     to: out/report.html
  ///     title: Weather of 2013
  ///     parts:
  ///       - text: "${tasks.clean.kept} of ${tasks.clean.rows} rows were good."
  ///       - chart: "${tasks.chart.path}"
  ///       - heading: By month
  ///       - table: "${tasks.monthly.rows}"
  ///         columns: [origin, month, mean]
  /// ```
  ///
  /// | input | type | meaning |
  /// |---|---|---|
  /// | `title` | text | |
  /// | `parts` | list of objects | Each with one of `heading` (text), `text`, `table` (list of objects; with `columns`, a list of names, in this order; numbers with six digits), `chart` (the path of an SVG file). |
  /// | `to` | text | The file. One that ends in `.md` is Markdown, which refers to charts by relative paths; any other is HTML, with the charts inside. |
  ///
  /// Output: `path`, `bytes`, `sha256`. Nothing in a report depends on when it is made: the same parts give the same bytes.
  ///
  /// **Failures.** `invalid input` (final), `not found` (a chart), `too large` (final: a chart of more than 16 MiB), `disk full`.
  public struct ReportTask: TaskHandler {
    public let kind = "report"
    private let executor: WorkStealingExecutor

    public init(executor: WorkStealingExecutor = .shared) {
      self.executor = executor
    }

    private static let fields = InputFields(
      .required("title", .string), .required("parts", .array(.object([:]))), .required("to", .string))
    private static let partFields = InputFields(
      .optional("heading", .string), .optional("text", .string), .optional("table", .array(.object([:]))),
      .optional("columns", .array(.string)), .optional("chart", .string))

    public func check(_ task: TaskDefinition, at place: String) throws(WorkflowError) {
      try Self.fields.check(task.input, at: place)
      for (index, part) in (task.input.source["parts"]?.elements ?? []).enumerated() {
        try Self.partFields.check(Template(part), at: "\(place).parts[\(index)]")
      }
    }

    public func run(_ value: JSONValue, _ context: TaskContext) async throws -> JSONValue {
      let input = try TaskInput(value, Self.fields)
      return try await executor.work { _ in
        try blocking {
          let path = input.text("to")!
          let parts = try input.list("parts")!.map { try Part(TaskInput($0, Self.partFields)) }
          let page =
            path.hasSuffix(".md")
            ? Self.markdown(input.text("title")!, parts, beside: path) : try Self.html(input.text("title")!, parts)
          return .object(try WholeFile.write(page.utf8, to: path, for: context.idempotencyKey).json)
        }
      }
    }

    private enum Part {
      case heading(String)
      case text(String)
      case table(columns: [String], rows: [[String]])
      case chart(path: String)

      init(_ input: TaskInput) throws(TaskFailure) {
        if let heading = input.text("heading") {
          self = .heading(heading)
        } else if let text = input.text("text") {
          self = .text(text)
        } else if let rows = input.list("table") {
          var columns = input.texts("columns") ?? []
          if columns.isEmpty {
            columns = Set(
              rows.flatMap { if case .object(let members) = $0 { Array(members.keys) } else { [String]() } }
            ).sorted()
          }
          self = .table(columns: columns, rows: rows.map { row in columns.map { Self.cell(row[$0]) } })
        } else if let chart = input.text("chart") {
          self = .chart(path: chart)
        } else {
          throw .invalidInput("parts: each has one of heading, text, table and chart")
        }
      }

      private static func cell(_ value: JSONValue?) -> String {
        switch value {
        case nil, .null: ""
        case .string(let text): text
        case .double(let number): Ticks.text(number)
        case let value?: value.description
        }
      }
    }

    private static func html(_ title: String, _ parts: [Part]) throws -> String {
      var lines = [
        "<!DOCTYPE html>", "<html lang=\"en\">", "<head>", "<meta charset=\"utf-8\">",
        "<meta name=\"viewport\" content=\"width=device-width\">", "<title>\(Markup.escaped(title))</title>",
        """
        <style>
        body { font-family: sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
        svg { max-width: 100%; height: auto; }
        table { border-collapse: collapse; }
        th, td { padding: 0.2rem 0.8rem; border-bottom: 1px solid #ddd; text-align: right; }
        th:first-child, td:first-child { text-align: left; }
        </style>
        """, "</head>", "<body>", "<h1>\(Markup.escaped(title))</h1>",
      ]
      for part in parts {
        switch part {
        case .heading(let text): lines.append("<h2>\(Markup.escaped(text))</h2>")
        case .text(let text): lines.append("<p>\(Markup.escaped(text))</p>")
        case .table(let columns, let rows):
          func row(_ cells: [String], _ tag: String) -> String {
            "<tr>" + cells.map { "<\(tag)>\(Markup.escaped($0))</\(tag)>" }.joined() + "</tr>"
          }
          lines += ["<table>", row(columns, "th")] + rows.map { row($0, "td") } + ["</table>"]
        case .chart(let path): lines.append(try picture(path))
        }
      }
      return (lines + ["</body>", "</html>", ""]).joined(separator: "\n")
    }

    private static func picture(_ path: String) throws -> String {
      var bytes: [UInt8] = []
      try InputFile(path).forEachPart { part in
        bytes += part
        if bytes.count > 16 << 20 {
          throw TaskFailure(code: "too large", "\(path) has more than 16 MiB", isRetryable: false)
        }
      }
      let text = String(decoding: bytes, as: UTF8.self)
      guard let start = text.range(of: "<svg") else { throw TaskFailure.invalidInput("\(path) is no SVG file") }
      return String(text[start.lowerBound...])
    }

    private static func markdown(_ title: String, _ parts: [Part], beside path: String) -> String {
      func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("|", with: "\\|").replacing("<", with: "&lt;").replacing(
          "\n", with: " ")
      }
      var blocks = ["# \(escaped(title))"]
      for part in parts {
        switch part {
        case .heading(let text): blocks.append("## \(escaped(text))")
        case .text(let text): blocks.append(text.replacing("<", with: "&lt;"))
        case .table(let columns, let rows):
          func row(_ cells: [String]) -> String { "| " + cells.map(escaped).joined(separator: " | ") + " |" }
          blocks.append(([row(columns), row(columns.map { _ in "---" })] + rows.map(row)).joined(separator: "\n"))
        case .chart(let chart):
          let folder = splitPath(path).folder + "/"
          blocks.append("![](<\(chart.hasPrefix(folder) ? String(chart.dropFirst(folder.count)) : chart)>)")
        }
      }
      return blocks.joined(separator: "\n\n") + "\n"
    }
  }
#endif
