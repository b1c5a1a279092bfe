#if Workflow
  import Foundation
  import GRDB
  import MillraceCSV
  import MillraceWorkflow

  /// Kind `sql`: asks and changes a database of SQLite, and loads files into it.
  ///
  /// ```yaml
  /// load:
  ///   kind: sql
  ///   input: { action: load, database: out/weather.db, table: weather, path: "${tasks.clean.path}", replace: true }
  /// monthly:
  ///   kind: sql
  ///   input:
  ///     action: run
  ///     database: out/weather.db
  ///     statements:
  ///       - sql: select origin, month, avg(temp) as mean from weather where temp > ? group by origin, month
  ///         parameters: [-40]
  /// ```
  ///
  /// | `action` | input besides `database` (a path) | output |
  /// |---|---|---|
  /// | `run` | `statements`: list of `sql`, one statement each, and `parameters`: a list for `?`, or an object for `:name`; `limit`: the most rows, 10,000 | `rows` of the last statement, as objects; `changes`: rows that were inserted, updated and deleted |
  /// | `load` | `table`; `path` of a CSV file; `columns`: declared types by name, `NUMERIC` where none is given; `replace`: the table's rows are deleted first | `table`, `rows` |
  ///
  /// Values come from parameters alone: texts with `${…}` in `sql` itself are refused when the workflow is registered. Objects and lists become JSON; of rows, blobs become base64.
  ///
  /// All of a step is one transaction. A step that changes something is done **once**: its idempotency key is stored in the table `millrace_applied` by the same transaction, together with the output, and a later attempt of the step gets that. `load`
  /// makes a table that is missing; missing cells are NULL.
  ///
  /// **Failures.** `database busy`, `disk full`, `database error`, `constraint` (final), `sql error` (final), `database damaged` (final), `read-only` (final), `too many rows` (final), `invalid file` (final), `invalid input` (final).
  ///
  /// Work is done on a queue of GRDB. Cancelling interrupts it, and nothing of it stays.
  public struct SQLTask: TaskHandler {
    public let kind = "sql"

    public init() {}

    private static let fields = InputFields(
      .required("action", .oneOf(["run", "load"])), .required("database", .string),
      .optional("statements", .array(.object(["sql": .string]))), .optional("limit", .integer),
      .optional("table", .string), .optional("path", .string), .optional("columns", .object([:])),
      .optional("replace", .bool))
    private static let statementFields = InputFields(.required("sql", .string), .optional("parameters", .any))

    public func check(_ task: TaskDefinition, at place: String) throws(WorkflowError) {
      try Self.fields.check(task.input, at: place)
      let source = task.input.source
      guard let action = source["action"]?.text else { return }
      for name in action == "run" ? ["statements"] : action == "load" ? ["table", "path"] : [] where source[name] == nil
      {
        throw WorkflowError(.invalidDefinition, "is missing", at: "\(place).\(name)")
      }
      for (index, statement) in (source["statements"]?.elements ?? []).enumerated() {
        let place = "\(place).statements[\(index)]"
        try Self.statementFields.check(Template(statement), at: place)
        if statement["sql"]?.text?.contains("${") == true {
          throw WorkflowError(
            .invalidDefinition, "values are expected in parameters, not in the statement: say ? or :name here",
            at: place + ".sql")
        }
      }
    }

    public func run(_ value: JSONValue, _ context: TaskContext) async throws -> JSONValue {
      let input = try TaskInput(value, Self.fields)
      let key = context.idempotencyKey
      do {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        let path = input.text("database")!
        if let folder = path.utf8.lastIndex(of: UInt8(ascii: "/")), folder > path.startIndex {
          try FileManager.default.createDirectory(
            atPath: String(path[..<folder]), withIntermediateDirectories: true)
        }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        let output =
          switch input.text("action")! {
          case "run": try await Self.run(try Self.statements(input), try Self.limit(input), queue, key)
          default: try await Self.load(input, queue, context)
          }
        try queue.close()
        return output
      } catch let error as DatabaseError {
        throw Self.failure(error)
      } catch let error as CSVError {
        throw TaskFailure(code: "invalid file", "\(error)", isRetryable: error.code == .unreadable)
      }
    }

    // MARK: Statements

    private struct Statement: Sendable {
      var sql: String
      var parameters: JSONValue

      func prepared(_ db: Database) throws -> GRDB.Statement {
        let statement = try db.makeStatement(sql: sql)
        switch parameters {
        case .null: break
        case .array(let values): try statement.setArguments(StatementArguments(values.map(\.databaseValue)))
        case .object(let values): try statement.setArguments(StatementArguments(values.mapValues(\.databaseValue)))
        default: throw TaskFailure.invalidInput("parameters: a list or an object is expected")
        }
        return statement
      }
    }

    private static func statements(_ input: TaskInput) throws(TaskFailure) -> [Statement] {
      var statements: [Statement] = []
      for value in input.list("statements") ?? [] {
        let members = try TaskInput(value, statementFields)
        statements.append(Statement(sql: members.text("sql")!, parameters: members["parameters"] ?? .null))
      }
      guard !statements.isEmpty else { throw .invalidInput("statements: at least one is expected") }
      return statements
    }

    private static func limit(_ input: TaskInput) throws(TaskFailure) -> Int {
      let limit = input.integer("limit") ?? 10_000
      guard limit > 0 else { throw .invalidInput("limit: a number of rows from 1 is expected, not \(limit)") }
      return limit
    }

    private static func run(
      _ statements: [Statement], _ limit: Int, _ queue: DatabaseQueue, _ key: String
    ) async throws -> JSONValue {
      try await queue.write { db in
        if let output = try applied(key, db) { return output }
        let before = db.totalChangesCount
        var rows: [JSONValue] = []
        var isReadOnly = true
        for statement in statements {
          let prepared = try statement.prepared(db)
          isReadOnly = isReadOnly && prepared.isReadonly
          rows = []
          let cursor = try Row.fetchCursor(prepared)
          while let row = try cursor.next() {
            guard rows.count < limit else {
              throw TaskFailure(
                code: "too many rows", "a statement gives more than \(limit) rows (limit): \(statement.sql)",
                isRetryable: false)
            }
            rows.append(row.json)
          }
        }
        let output: JSONValue = ["rows": .array(rows), "changes": .int(Int64(db.totalChangesCount - before))]
        if !isReadOnly { try remember(key, output, db) }
        return output
      }
    }

    // MARK: Once

    private static func applied(_ key: String, _ db: Database) throws -> JSONValue? {
      guard try db.tableExists("millrace_applied"),
        let output = try String.fetchOne(db, sql: "select output from millrace_applied where key = ?", arguments: [key])
      else { return nil }
      return try JSONValue(json: output.utf8)
    }

    private static func remember(_ key: String, _ output: JSONValue, _ db: Database) throws {
      try db.execute(
        sql: """
          create table if not exists millrace_applied
            (key text primary key not null, applied_at integer not null default (unixepoch()), output text not null)
          """)
      try db.execute(
        sql: "insert into millrace_applied (key, output) values (?, ?)", arguments: [key, output.description])
    }

    // MARK: Files

    private static func load(_ input: TaskInput, _ queue: DatabaseQueue, _ context: TaskContext) async throws
      -> JSONValue
    {
      guard let table = input.text("table"), let path = input.text("path") else {
        throw TaskFailure.invalidInput("table and path are expected")
      }
      let types = input.object("columns") ?? [:]
      let replaces = input.bool("replace") ?? false
      return try await queue.write { db in
        if let output = try applied(context.idempotencyKey, db) { return output }
        var reader = try RecordReader(path: path)
        try make(table, reader.header, types, db)
        if replaces { try db.execute(sql: "delete from \(table.quotedName)") }
        let names = reader.header.map(\.quotedName).joined(separator: ", ")
        let places = reader.header.map { _ in "?" }.joined(separator: ", ")
        let insert = try db.makeStatement(sql: "insert into \(table.quotedName) (\(names)) values (\(places))")
        var rows: Int64 = 0
        while let cells = try reader.next() {
          guard cells.count == reader.header.count else {
            throw TaskFailure(
              code: "invalid file",
              "\(path):\(reader.line): a record of \(cells.count) cells; \(reader.header.count) are expected, as in the header",
              isRetryable: false)
          }
          try insert.execute(
            arguments: StatementArguments(cells.map { CellText.isMissing($0) ? DatabaseValue.null : $0.databaseValue }))
          rows += 1
          if rows % 4096 == 0 { context.heartbeat(progress: Double(reader.offset) / Double(reader.byteCount)) }
        }
        let output: JSONValue = ["table": .string(table), "rows": .int(rows)]
        try remember(context.idempotencyKey, output, db)
        return output
      }
    }

    private static func make(
      _ table: String, _ columns: [String], _ types: [String: JSONValue], _ db: Database
    ) throws {
      for name in types.keys where !columns.contains(name) {
        throw TaskFailure.invalidInput("columns: the file has no column \"\(name)\"")
      }
      let declared = try columns.map { name in
        let type = try types[name].map { value in
          guard let type = value.text, ["TEXT", "INTEGER", "REAL", "NUMERIC", "BLOB"].contains(type.uppercased())
          else {
            throw TaskFailure.invalidInput("columns.\(name): one of TEXT, INTEGER, REAL, NUMERIC, BLOB is expected")
          }
          return type
        }
        return "\(name.quotedName) \(type ?? "NUMERIC")"
      }
      try db.execute(sql: "create table if not exists \(table.quotedName) (\(declared.joined(separator: ", ")))")
    }

    // MARK: Failures

    private static func failure(_ error: DatabaseError) -> any Error {
      let message = error.message ?? "\(error.resultCode)"
      let text = error.sql.map { "\(message): \($0)" } ?? message
      switch error.resultCode {
      case .SQLITE_INTERRUPT, .SQLITE_ABORT: return CancellationError()
      case .SQLITE_BUSY, .SQLITE_LOCKED: return TaskFailure(code: "database busy", text)
      case .SQLITE_FULL: return TaskFailure(code: "disk full", text)
      case .SQLITE_CONSTRAINT: return TaskFailure(code: "constraint", text, isRetryable: false)
      case .SQLITE_READONLY, .SQLITE_PERM: return TaskFailure(code: "read-only", text, isRetryable: false)
      case .SQLITE_CORRUPT, .SQLITE_NOTADB: return TaskFailure(code: "database damaged", text, isRetryable: false)
      case .SQLITE_ERROR, .SQLITE_MISUSE, .SQLITE_RANGE, .SQLITE_MISMATCH:
        return TaskFailure(code: "sql error", text, isRetryable: false)
      default: return TaskFailure(code: "database error", text)
      }
    }
  }

  extension JSONValue {
    fileprivate var databaseValue: DatabaseValue {
      switch self {
      case .null: .null
      case .bool(let value): value.databaseValue
      case .int(let value): value.databaseValue
      case .double(let value): value.databaseValue
      case .string(let value): value.databaseValue
      case .array, .object: description.databaseValue
      }
    }
  }
#endif
