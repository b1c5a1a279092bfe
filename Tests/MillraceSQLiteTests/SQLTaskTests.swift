#if Workflow
  import Foundation
  import MillraceSQLite
  import MillraceWorkflow
  import Testing

  @Suite final class SQLTaskTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "millrace-sql-\(UUID().uuidString)")
      .path
    private var steps = 0

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func context(_ step: String) -> TaskContext {
      TaskContext(
        run: RunID(high: 1, low: 2), workflow: "test", step: step, attempt: 1, deadline: Timestamp(microseconds: 0)
      ) { _ in }
    }

    /// Each call is a step of its own, unless a step is named.
    private func output(_ more: [String: JSONValue], step: String? = nil) async throws -> JSONValue {
      steps += 1
      let input: [String: JSONValue] = ["database": .string(folder + "/a.db")]
      return try await SQLTask().run(.object(input.merging(more) { $1 }), context(step ?? "step\(steps)"))
    }

    private func failure(_ more: [String: JSONValue]) async throws -> TaskFailure? {
      do {
        _ = try await output(more)
        return nil
      } catch let failure as TaskFailure {
        return failure
      }
    }

    private func run(_ statements: JSONValue...) async throws -> JSONValue {
      try await output(["action": "run", "statements": .array(statements)])
    }

    private func write(_ text: String) throws -> JSONValue {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try Data(text.utf8).write(to: URL(filePath: folder + "/in.csv"))
      return .string(folder + "/in.csv")
    }

    @Test func valuesComeBackAsTheyWent() async throws {
      let made = try await run(
        ["sql": "create table t (a, b, c, d, e, f)"],
        [
          "sql": "insert into t values (?, ?, ?, ?, ?, x'0102')",
          "parameters": [1, 2.5, "'; drop table t; --", nil, ["x": [1]]],
        ],
        ["sql": "insert into t (a, b) values (:n, :n)", "parameters": ["n": true]])
      #expect(made == ["rows": [], "changes": 2])
      let read = try await run(["sql": "select * from t"])
      #expect(
        read["rows"] == [
          ["a": 1, "b": 2.5, "c": "'; drop table t; --", "d": nil, "e": #"{"x":[1]}"#, "f": "AQI="],
          ["a": 1, "b": 1, "c": nil, "d": nil, "e": nil, "f": nil],
        ])
      #expect(read["changes"] == 0)
    }

    @Test func stepIsOneTransaction() async throws {
      _ = try await run(["sql": "create table t (a unique)"])
      let failed = try await failure([
        "action": "run",
        "statements": [["sql": "insert into t values (1)"], ["sql": "insert into t values (1)"]],
      ])
      #expect(failed?.code == "constraint")
      #expect(failed?.isRetryable == false)
      #expect(try await run(["sql": "select count(*) as n from t"])["rows"] == [["n": 0]])
    }

    @Test func changesAreMadeOnce() async throws {
      _ = try await run(["sql": "create table t (a)"])
      let insert: [String: JSONValue] = [
        "action": "run",
        "statements": [["sql": "insert into t values (7)"], ["sql": "select count(*) as n from t"]],
      ]
      let first = try await output(insert, step: "insert")
      let second = try await output(insert, step: "insert")
      #expect(first == ["rows": [["n": 1]], "changes": 1])
      #expect(second == first)
      #expect(try await output(insert, step: "another")["rows"] == [["n": 2]])
      // Reading changes nothing, so it is done again.
      let select: [String: JSONValue] = ["action": "run", "statements": [["sql": "select count(*) as n from t"]]]
      #expect(try await output(select, step: "select")["rows"] == [["n": 2]])
      _ = try await output(insert, step: "third")
      #expect(try await output(select, step: "select")["rows"] == [["n": 3]])
    }

    @Test func loadsFiles() async throws {
      let path = try write("city,temp,\"odd \"\"name\"\"\"\nA,1.5,x\n\"B, C\",NA,\n7,2,y\n")
      let load: [String: JSONValue] = [
        "action": "load", "table": "the \"table\"", "path": path, "columns": ["city": "TEXT", "temp": "REAL"],
      ]
      #expect(try await output(load, step: "load") == ["table": "the \"table\"", "rows": 3])
      // Once.
      #expect(try await output(load, step: "load")["rows"] == 3)
      let rows = try await run(["sql": "select * from \"the \"\"table\"\"\" order by rowid"])["rows"]
      #expect(
        rows == [
          ["city": "A", "temp": 1.5, "odd \"name\"": "x"], ["city": "B, C", "temp": nil, "odd \"name\"": nil],
          ["city": "7", "temp": 2.0, "odd \"name\"": "y"],
        ])
      // Another step adds, or replaces.
      _ = try await output(load)
      #expect(try await run(["sql": "select count(*) as n from \"the \"\"table\"\"\""])["rows"] == [["n": 6]])
      _ = try await output(load.merging(["replace": true]) { $1 })
      #expect(try await run(["sql": "select count(*) as n from \"the \"\"table\"\"\""])["rows"] == [["n": 3]])
    }

    @Test func brokenFileLoadsNothing() async throws {
      let path = try write("a,b\n1,2\n3\n")
      let failed = try await failure(["action": "load", "table": "t", "path": path])
      #expect(failed?.code == "invalid file")
      #expect(failed?.message.contains("in.csv:3: a record of 1 cells") == true)
      #expect(try await failure(["action": "run", "statements": [["sql": "select * from t"]]])?.code == "sql error")
      let types = try await failure([
        "action": "load", "table": "t", "path": try write("a\n1\n"), "columns": ["a": "INT); drop"],
      ])
      #expect(types?.code == "invalid input")
    }

    @Test func mistakesAreFinal() async throws {
      for (statement, code) in [
        (["sql": "selec 1"], "sql error"), (["sql": "select * from none"], "sql error"),
        (["sql": "select ?"], "sql error"), (["sql": "select 1; select 2"], "sql error"),
        (["sql": "select 1", "parameters": 1], "invalid input"),
      ] as [(JSONValue, String)] {
        let failed = try await failure(["action": "run", "statements": [statement]])
        #expect(failed?.code == code, "\(statement): \(String(describing: failed))")
        #expect(failed?.isRetryable == false)
      }
      let many = try await failure([
        "action": "run", "limit": 2, "statements": [["sql": "select 1 union select 2 union select 3"]],
      ])
      #expect(many?.code == "too many rows")
      _ = try write("this is no database, but long enough to be looked at as one")
      let damaged = try await failure([
        "action": "run", "database": .string(folder + "/in.csv"), "statements": [["sql": "select * from t"]],
      ])
      #expect(damaged?.code == "database damaged")
    }

    @Test func inputIsCheckedAtRegistration() throws {
      func complaint(_ input: JSONValue) -> String? {
        var task = TaskDefinition(name: "t", kind: "sql")
        task.input = Template(input)
        do {
          try SQLTask().check(task, at: "t.input")
          return nil
        } catch {
          return error.description
        }
      }
      #expect(complaint(["action": "run", "database": "a", "statements": [["sql": "select 1"]]]) == nil)
      #expect(complaint(["action": "run", "database": "a"]) == "t.input.statements: is missing")
      #expect(complaint(["action": "load", "database": "a", "table": "t"]) == "t.input.path: is missing")
      #expect(
        complaint(["action": "run", "database": "a", "statements": [["sql": "select * from ${parameters.table}"]]])?
          .hasPrefix("t.input.statements[0].sql: values are expected in parameters") == true)
    }
  }
#endif
