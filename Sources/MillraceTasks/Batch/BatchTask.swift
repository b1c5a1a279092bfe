#if Workflow
  import Millrace
  import MillraceCSV
  import MillraceWorkflow

  /// Kind `batch`: computes new columns of a file, and numbers of its columns, with SIMD kernels on all workers.
  ///
  /// ```yaml
  /// transform:
  ///   kind: batch
  ///   input:
  ///     path: "${tasks.clean.path}"
  ///     to: out/features.csv
  ///     columns:
  ///       - { name: celsius, formula: "(temp - 32) / 1.8" }
  ///       - { name: z, formula: "clamp((celsius - mean(celsius)) / stddev(celsius), -3, 3)" }
  ///     values: { warmest: "max(celsius)", freezing: "sum(celsius < 0)" }
  /// ```
  ///
  /// | input | type | meaning |
  /// |---|---|---|
  /// | `path` | text | A CSV file, see ``CSVTask``. |
  /// | `to` | text | The new file: all cells of the old one as they are, and the new columns after them. Needed with `columns`. |
  /// | `columns` | list of `name`, `formula` | New columns; a formula may use those before it. A name that is there already replaces that column. |
  /// | `values` | object of formulas | Numbers for the output. |
  ///
  /// Output: `rows`, `values`, `columns` (of the new ones `count`, `missing`, `mean`, `stddev`, `min`, `max`, by name), and of the new file `path`, `bytes`, `sha256`.
  ///
  /// **Formulas** are made of numbers, columns (in backticks where a name is no word), `+ - * /`, parentheses, comparisons (1 where they hold, else 0), of functions of each element: `abs sqrt exp log sin cos tanh sigmoid`, `clamp(x, low, high)`,
  /// `min(a, b)`, `max(a, b)`, `if(condition, a, b)`, and of a whole column: `sum mean stddev min max count`, which pass over missing cells. Numbers are doubles. A missing cell makes every result that it goes into a missing cell, as does a
  /// result that is not finite; a comparison with one does not hold.
  ///
  /// The columns that formulas use are held in memory, 8 bytes a cell.
  ///
  /// **Failures.** `invalid file` (final: with line and column; also for a cell that is no number), `invalid input` (final: a formula, with the character), `not found`, `disk full`.
  public struct BatchTask: TaskHandler {
    public let kind = "batch"
    private let executor: WorkStealingExecutor

    public init(executor: WorkStealingExecutor = .shared) {
      self.executor = executor
    }

    private static let fields = InputFields(
      .required("path", .string), .optional("to", .string),
      .optional("columns", .array(.object(["name": .string, "formula": .string]))), .optional("values", .object([:])))

    public func check(_ task: TaskDefinition, at place: String) throws(WorkflowError) {
      try Self.fields.check(task.input, at: place)
      let source = task.input.source
      for (index, column) in (source["columns"]?.elements ?? []).enumerated() {
        try Self.check(column["formula"], at: "\(place).columns[\(index)].formula")
      }
      if case .object(let values) = source["values"] {
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
          try Self.check(value, at: "\(place).values.\(name)")
        }
      }
      if source["columns"] != nil, source["to"] == nil {
        throw WorkflowError(.invalidDefinition, "is missing: the file to write", at: place + ".to")
      }
    }

    private static func check(_ formula: JSONValue?, at place: String) throws(WorkflowError) {
      guard let text = formula?.text, !text.contains("${") else { return }
      do {
        _ = try Formula(text)
      } catch {
        throw WorkflowError(.invalidDefinition, error.message, at: place)
      }
    }

    public func run(_ value: JSONValue, _ context: TaskContext) async throws -> JSONValue {
      let input = try TaskInput(value, Self.fields)
      do {
        return try await executor.work { token in try Self.run(input, context, token) }
      } catch let error as CSVError {
        throw TaskFailure(csv: error)
      }
    }

    private struct Wanted {
      var name: String
      var source: String
      var formula: Formula

      init(_ name: String, _ source: JSONValue?) throws(TaskFailure) {
        guard let source = source?.text else { throw .invalidInput("values.\(name): a formula is expected") }
        self.name = name
        self.source = source
        formula = try Formula(source)
      }
    }

    private static func run(
      _ input: TaskInput, _ context: TaskContext, _ token: CancellationToken
    ) throws -> JSONValue {
      let path = input.text("path")!
      let columns = try (input.list("columns") ?? []).map { try Wanted($0["name"]!.text!, $0["formula"]) }
      let values = try (input.object("values") ?? [:]).sorted { $0.key < $1.key }.map { try Wanted($0.key, $0.value) }
      var used: Set<String> = []
      var made: Set<String> = []
      for wanted in columns + values {
        used.formUnion(wanted.formula.columns.subtracting(made))
        if columns.contains(where: { $0.name == wanted.name }) { made.insert(wanted.name) }
      }
      var numbers = try context.withSpan("read", ["path": .string(path)]) {
        try blocking { try read(path, used, token) }
      }
      context.heartbeat(progress: 0.3)
      var output: [String: JSONValue] = ["rows": .int(Int64(numbers.count))]
      var described: [String: JSONValue] = [:]
      for wanted in columns {
        try context.withSpan("batch \(wanted.name)", ["rows": .int(Int64(numbers.count))]) {
          let result = try numbers.values(wanted.formula).map { $0.isFinite ? $0 : .nan }
          numbers = numbers.adding(wanted.name, result)
          described[wanted.name] = try describe(result)
        }
      }
      output["columns"] = .object(described)
      output["values"] = .object(
        try values.reduce(into: [:]) { found, wanted in
          found[wanted.name] = try context.withSpan("batch \(wanted.name)", ["rows": .int(Int64(numbers.count))]) {
            json(try numbers.number(wanted.formula, wanted.source))
          }
        })
      context.heartbeat(progress: 0.6)
      if !columns.isEmpty {
        guard let target = input.text("to") else { throw TaskFailure.invalidInput("to: is missing") }
        var names: [String] = []
        for wanted in columns where !names.contains(wanted.name) { names.append(wanted.name) }
        let written = try blocking { [numbers] in
          try write(path, target, names, numbers, context.idempotencyKey, token)
        }
        output.merge(written.json) { $1 }
      }
      return .object(output)
    }

    private static func describe(_ column: [Double]) throws -> JSONValue {
      let present = column.filter { !$0.isNaN }
      let moments = try Batch.moments(present, on: .workers)
      return [
        "count": .int(Int64(present.count)), "missing": .int(Int64(column.count - present.count)),
        "mean": json(moments.mean), "stddev": json(moments.sampleDeviation),
        "min": json(try Batch.min(present, on: .workers) ?? .nan),
        "max": json(try Batch.max(present, on: .workers) ?? .nan),
      ]
    }

    private static func json(_ number: Double) -> JSONValue { number.isFinite ? .double(number) : .null }

    // MARK: Files

    private static func read(_ path: String, _ names: Set<String>, _ token: CancellationToken) throws -> NumberColumns {
      var reader = try RecordReader(path: path)
      for name in names.sorted() where !reader.header.contains(name) {
        throw TaskFailure.invalidInput(
          "\(path) has no column \"\(name)\"; its columns are \(reader.header.joined(separator: ", "))")
      }
      let places = names.map { (name: $0, place: reader.header.firstIndex(of: $0)!) }
      var columns = names.reduce(into: [String: [Double]]()) { $0[$1] = [] }
      var rows = 0
      while let cells = try reader.next() {
        rows += 1
        if rows % 1024 == 0 { try token.check() }
        try requireWhole(cells, reader, path)
        for (name, place) in places {
          if CellText.isMissing(cells[place]) {
            columns[name]!.append(.nan)
          } else if let number = CellText.number(cells[place]) {
            columns[name]!.append(number)
          } else {
            throw TaskFailure.invalidFile(
              "\(path):\(reader.line): \"\(cells[place].prefix(40))\" in the column \"\(name)\" is no number")
          }
        }
      }
      return NumberColumns(columns, count: rows)
    }

    private static func requireWhole(_ cells: [String], _ reader: RecordReader, _ path: String) throws(TaskFailure) {
      guard cells.count == reader.header.count else {
        throw .invalidFile(
          "\(path):\(reader.line): a record of \(cells.count) cells; \(reader.header.count) are expected, as in the header"
        )
      }
    }

    private static func write(
      _ path: String, _ target: String, _ names: [String], _ numbers: NumberColumns, _ key: String,
      _ token: CancellationToken
    ) throws -> WholeFile.Written {
      var reader = try RecordReader(path: path)
      let kept = reader.header.indices.filter { !names.contains(reader.header[$0]) }
      let columns = names.map { numbers.columns[$0]! }
      var file = try WholeFile(target, for: key)
      func line(_ cells: [String]) -> String { cells.map(CellText.quoted).joined(separator: ",") + "\n" }
      try file.write(line(kept.map { reader.header[$0] } + names))
      var row = 0
      while let cells = try reader.next() {
        if row % 1024 == 0 { try token.check() }
        guard row < numbers.count, cells.count == reader.header.count else {
          throw TaskFailure(code: "file changed", "\(path) changed while it was being read")
        }
        try file.write(line(kept.map { cells[$0] } + columns.map { $0[row].isNaN ? "" : "\($0[row])" }))
        row += 1
      }
      return try file.finish()
    }
  }
#endif
