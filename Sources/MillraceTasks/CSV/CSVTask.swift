#if Workflow
  import Foundation
  import Millrace
  import MillraceCSV
  import MillraceWorkflow

  /// Kind `csv`: describes the columns of a file, or writes a cleaned file of its rows.
  ///
  /// ```yaml
  /// clean:
  ///   kind: csv
  ///   input:
  ///     action: clean
  ///     path: weather.csv
  ///     to: out/clean.csv
  ///     select: [origin, time_hour, temp, humid]
  ///     rules:
  ///       - { column: temp, type: number, required: true, min: -40, max: 130 }
  ///       - { column: origin, oneOf: [EWR, JFK, LGA] }
  ///     unique: [origin, time_hour]
  ///     quarantine: out/bad.csv
  ///     maxQuarantined: 0.01
  /// ```
  ///
  /// | `action` | input besides `path` | output |
  /// |---|---|---|
  /// | `analyze` | `columns`: only these | `rows`, `columns`: by name, each with `type` (`number`, `text`), `count`, `missing`; of numbers `mean`, `stddev`, `min`, `max`, `p50`, `p95`, `p99`; of texts `distinct`, `distinct_estimated`, `top` |
  /// | `clean` | see below | `path`, `bytes`, `sha256`, `rows`, `kept`, `dropped`, `duplicates`, `quarantined`, `reasons`: how many rows each rule refused |
  ///
  /// | of `clean` | type | meaning |
  /// |---|---|---|
  /// | `to` | text | The new file. Rows stay in their order; cells are in quotes only where they must be. |
  /// | `keep` | list of rules | Rows that do not satisfy all of these are dropped. |
  /// | `fill` | object of texts, numbers | What missing cells of a column become. |
  /// | `rules` | list of rules | Rows that break one go into quarantine. |
  /// | `unique` | list of columns | Of rows with the same cells there, the first stays. |
  /// | `select` | list of columns | Of the new file, in this order; without it all. |
  /// | `rename` | object of texts | New names of columns. |
  /// | `quarantine` | text | The file for refused rows, as they were, with `_line` and `_reason` before them. Without it, one refused row fails the step. |
  /// | `maxQuarantined` | number | The largest part of rows (0 … 1) that may be refused; more fail the step. 1. |
  ///
  /// A **rule** names a `column` and says any of `required: true`, `type` (`number`, `integer`, `text`), `min`, `max` (of numbers), `oneOf` (a list of texts), `pattern` (a regular expression for the whole cell), `maxLength`. Cells that are empty
  /// or `NA` are missing; of them only `required` is asked. A row with too few or too many cells is refused.
  ///
  /// The file is as in RFC 4180, UTF-8, with a header. `analyze` reads a gigabyte in seconds on all workers; `clean` reads rows one after the other, in constant memory unless `unique` is asked.
  ///
  /// **Failures.** `invalid file` (final: with line and column), `invalid rows` (final: too many refused), `not found`, `disk full`, `invalid input` (final).
  public struct CSVTask: TaskHandler {
    public let kind = "csv"
    private let executor: WorkStealingExecutor

    public init(executor: WorkStealingExecutor = .shared) {
      self.executor = executor
    }

    private static let fields = InputFields(
      .required("action", .oneOf(["analyze", "clean"])), .required("path", .string),
      .optional("columns", .array(.string)), .optional("to", .string), .optional("keep", .array(.object([:]))),
      .optional("fill", .object([:])), .optional("rules", .array(.object([:]))), .optional("unique", .array(.string)),
      .optional("select", .array(.string)), .optional("rename", .object([:])), .optional("quarantine", .string),
      .optional("maxQuarantined", .number))

    public func check(_ task: TaskDefinition, at place: String) throws(WorkflowError) {
      try Self.fields.check(task.input, at: place)
      if task.input.source["action"] == "clean", task.input.source["to"] == nil {
        throw WorkflowError(.invalidDefinition, "is missing: the file to write", at: place + ".to")
      }
      for list in ["keep", "rules"] {
        for (index, rule) in (task.input.source[list]?.elements ?? []).enumerated() {
          try CellRule.fields.check(Template(rule), at: "\(place).\(list)[\(index)]")
        }
      }
    }

    public func run(_ value: JSONValue, _ context: TaskContext) async throws -> JSONValue {
      let input = try TaskInput(value, Self.fields)
      do {
        return try await executor.work { token in
          if input.text("action") == "analyze" { return try Self.analyze(input, context) }
          return try blocking { try Cleaning(input, context, token).run() }
        }
      } catch let error as CSVError {
        throw TaskFailure(csv: error)
      }
    }

    private static func analyze(_ input: TaskInput, _ context: TaskContext) throws -> JSONValue {
      var options = Analysis.Options()
      options.columns = input.texts("columns") ?? []
      let progress = Share()
      let summary = try Analysis(path: input.text("path")!, options: options).run { done, all in
        context.heartbeat(progress: progress.add(done, of: all))
      }
      var columns: [String: JSONValue] = [:]
      for column in summary.columns {
        // JSON of a summary's column is an object.
        guard case .object(var members) = try JSONValue(json: JSONEncoder().encode(column)) else { fatalError() }
        members["name"] = nil
        columns[column.name] = .object(members)
      }
      return ["rows": .int(Int64(summary.rows)), "columns": .object(columns)]
    }
  }

  extension TaskFailure {
    /// The file would be the same for another attempt.
    static func invalidFile(_ message: String) -> TaskFailure {
      TaskFailure(code: "invalid file", message, isRetryable: false)
    }

    init(csv error: CSVError) {
      let isMissing = error.code == .unreadable && error.message.contains("No such file")
      self.init(code: isMissing ? "not found" : "invalid file", "\(error)", isRetryable: isMissing)
    }
  }
#endif
