#if Workflow
  import Millrace
  import MillraceCSV
  import MillraceWorkflow

  /// Kind `chart`: draws rows as lines or bars, into an SVG file.
  ///
  /// ```yaml
  /// chart:
  ///   kind: chart
  ///   input:
  ///     to: out/temperature.svg
  ///     title: Mean temperature by month
  ///     rows: "${tasks.monthly.rows}"
  ///     x: month
  ///     y: [mean]
  ///     series: origin
  /// ```
  ///
  /// | input | type | meaning |
  /// |---|---|---|
  /// | `rows` | list of objects | What is drawn; or |
  /// | `path` | text | a CSV file of it. |
  /// | `x` | text | The column of the x axis. All numbers: a scale, for lines. Else places in the order in which the texts first come. |
  /// | `y` | list of texts | Columns of numbers; each is a series. |
  /// | `series` | text | A column whose texts tell series apart: one for each, of a single `y`. |
  /// | `style` | `line`, `bar` | `line`. |
  /// | `title`, `xLabel`, `yLabel` | text | |
  /// | `to` | text | The file. |
  ///
  /// Output: `path`, `bytes`, `sha256`, `points`.
  ///
  /// **Failures.** `invalid input` (final: a column that is not there or holds no numbers; nothing to draw; more than 100,000 points), `invalid file` (final), `not found`, `disk full`.
  public struct ChartTask: TaskHandler {
    public let kind = "chart"
    private let executor: WorkStealingExecutor

    public init(executor: WorkStealingExecutor = .shared) {
      self.executor = executor
    }

    private static let pointLimit = 100_000
    private static let fields = InputFields(
      .optional("rows", .array(.object([:]))), .optional("path", .string), .required("x", .string),
      .required("y", .array(.string)), .optional("series", .string), .optional("style", .oneOf(["line", "bar"])),
      .optional("title", .string), .optional("xLabel", .string), .optional("yLabel", .string), .required("to", .string))

    public func check(_ task: TaskDefinition, at place: String) throws(WorkflowError) {
      try Self.fields.check(task.input, at: place)
      let source = task.input.source
      if case .object = source, (source["rows"] == nil) == (source["path"] == nil) {
        throw WorkflowError(.invalidDefinition, "one of rows and path is expected", at: place)
      }
    }

    public func run(_ value: JSONValue, _ context: TaskContext) async throws -> JSONValue {
      let input = try TaskInput(value, Self.fields)
      do {
        return try await executor.work { token in
          try blocking {
            let chart = try Self.chart(input, token)
            var output = try WholeFile.write(chart.svg.utf8, to: input.text("to")!, for: context.idempotencyKey).json
            output["points"] = .int(Int64(chart.series.reduce(0) { $0 + $1.values.count { $0 != nil } }))
            return .object(output)
          }
        }
      } catch let error as CSVError {
        throw TaskFailure(csv: error)
      }
    }

    private static func chart(_ input: TaskInput, _ token: CancellationToken) throws -> Chart {
      let (xName, yNames, seriesName) = (input.text("x")!, input.texts("y")!, input.text("series"))
      guard !yNames.isEmpty, seriesName == nil || yNames.count == 1 else {
        throw TaskFailure.invalidInput("y: \(seriesName == nil ? "at least one column" : "one column") is expected")
      }
      let rows =
        try input.list("rows").map { $0 } ?? Self.rows(input, [xName] + yNames + [seriesName].compactMap { $0 }, token)
      guard !rows.isEmpty, rows.count * yNames.count <= pointLimit else {
        throw TaskFailure.invalidInput("1 to \(pointLimit) points are expected, not \(rows.count * yNames.count)")
      }
      let xs = try rows.enumerated().map { index, row in
        guard let x = row[xName], x != .null else { throw TaskFailure.invalidInput("row \(index) has no \"\(xName)\"") }
        return x
      }
      let axis = Axis(xs)
      var series: [Chart.Series] = []
      for (index, row) in rows.enumerated() {
        for yName in yNames {
          let name = seriesName.map { Axis.text(row[$0] ?? "") } ?? yName
          guard let y = row[yName], y != .null else { continue }
          guard let number = y.number else {
            throw TaskFailure.invalidInput("row \(index): a number is expected in \"\(yName)\", not \(y.kindOfValue)")
          }
          let place =
            series.firstIndex { $0.name == name }
            ?? {
              series.append(Chart.Series(name: name, values: Array(repeating: nil, count: axis.axis.count)))
              return series.count - 1
            }()
          guard series.count <= 40 else { throw TaskFailure.invalidInput("at most 40 series are expected") }
          series[place].values[axis.place(xs[index])] = number
        }
      }
      guard !series.isEmpty else { throw TaskFailure.invalidInput("y: no row has a number") }
      return Chart(
        title: input.text("title") ?? "", xLabel: input.text("xLabel") ?? xName,
        yLabel: input.text("yLabel") ?? yNames.joined(separator: ", "),
        style: input.text("style") == "bar" ? .bar : .line, axis: axis.axis, series: series)
    }

    private static func rows(_ input: TaskInput, _ names: [String], _ token: CancellationToken) throws -> [JSONValue] {
      guard let path = input.text("path") else { throw TaskFailure.invalidInput("one of rows and path is expected") }
      var reader = try RecordReader(path: path)
      for name in names where !reader.header.contains(name) {
        throw TaskFailure.invalidInput(
          "\(path) has no column \"\(name)\"; its columns are \(reader.header.joined(separator: ", "))")
      }
      let places = Set(names).map { ($0, reader.header.firstIndex(of: $0)!) }
      var rows: [JSONValue] = []
      while let cells = try reader.next() {
        try token.check()
        guard cells.count == reader.header.count, rows.count <= pointLimit else { break }
        rows.append(
          .object(
            Dictionary(
              uniqueKeysWithValues: places.map { name, place in
                let cell = cells[place]
                if CellText.isMissing(cell) { return (name, .null) }
                return (name, CellText.number(cell).map { .double($0) } ?? .string(cell))
              })))
      }
      return rows
    }

    /// The places of x values.
    private struct Axis {
      let axis: Chart.Axis
      private let places: [JSONValue: Int]

      init(_ values: [JSONValue]) {
        var distinct: [JSONValue] = []
        var seen: Set<JSONValue> = []
        for value in values where seen.insert(value).inserted { distinct.append(value) }
        let numbers = distinct.compactMap(\.number)
        if numbers.count == distinct.count {
          distinct.sort { $0.number! < $1.number! }
          axis = .numbers(distinct.map { $0.number! })
        } else {
          axis = .texts(distinct.map(Self.text))
        }
        places = Dictionary(uniqueKeysWithValues: distinct.enumerated().map { ($1, $0) })
      }

      func place(_ value: JSONValue) -> Int { places[value]! }

      static func text(_ value: JSONValue) -> String {
        if case .double(let number) = value { return Ticks.text(number) }
        return value.text ?? value.description
      }
    }
  }
#endif
