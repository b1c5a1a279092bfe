#if Workflow
  import Foundation
  import MillraceTasks
  import MillraceWorkflow
  import Testing

  @Suite struct WorkflowFileTests {
    private func error(_ yaml: String, file: String? = nil) -> String? {
      do throws(WorkflowError) {
        _ = try DefinitionSource(yaml: yaml.utf8, file: file)
        return nil
      } catch {
        return "\(error)"
      }
    }

    @Test func filesAreRead() throws {
      let definition = try WorkflowDefinition(
        yaml: """
          name: report
          parameters:
            day: {type: string}
          tasks:
            zeta:
              kind: process
              input:
                command: [echo, "${parameters.day}", on, 12, 0x1F, 1.5, ~, 1e3, "7"]
              retry: &often
                attempts: 3
                backoff: 1s
            alpha:
              kind: http
              needs: [zeta]
              retry: *often
            beta:
              kind: http
              retry:
                <<: *often
                attempts: 4
          """)
      #expect(definition.tasks.map(\.name) == ["zeta", "alpha", "beta"])
      #expect(definition.tasks.map(\.retry.attempts) == [3, 3, 4])
      #expect(definition.tasks[2].retry.backoff == .seconds(1))
      #expect(
        definition.tasks[0].input.source
          == ["command": ["echo", "${parameters.day}", "on", 12, 31, 1.5, nil, 1000, "7"]])
      #expect(try WorkflowDefinition(yaml: definition.yaml) == definition)
      #expect(try WorkflowDefinition(json: definition.json) == definition)
    }

    @Test(arguments: [
      ("", "x.yaml:1:1: expected an object, found an empty file"),
      (
        "name: x\ntasks:\n  a:\n    kind: http\n    retry: {attempts: three}\n",
        "x.yaml:5:23: tasks.a.retry.attempts: expected an integer from 1 to 10000, found \"three\""
      ),
      (
        "name: x\ntasks:\n  a:\n    knid: http\n",
        "2 faults:\nx.yaml:4:5: tasks.a.knid: there is no such field; did you mean kind?\nx.yaml:4:5: tasks.a: expected a field kind"
      ),
      ("name: x\nname: y\n", "x.yaml:1:1: expected every name once in an object, found \"name\" once more"),
      (
        "a: [1, 2\nb: 3\n",
        "x.yaml:2:2: not YAML: did not find expected ',' or ']' (while parsing a flow sequence at 1:4)"
      ),
      ("a: *b\n", "x.yaml:1:4: not YAML: found undefined alias"),
      (
        "a: 1\n---\nb: 2\n",
        "x.yaml:2:1: not YAML: but found another document (expected a single document in the stream at 1:1)"
      ),
      ("? [1, 2]\n: 3\n", "x.yaml:1:3: expected a text for a key"),
      ("a: !!binary x\n", "x.yaml:1:4: expected no tag, found tag:yaml.org,2002:binary"),
      ("a: !foo [x]\n", "x.yaml:1:4: expected no tag, found !foo"),
      ("a: \u{7}\n", "x.yaml:1:4: not YAML: control characters are not allowed"),
      (
        "a:\n\t- b\n",
        "x.yaml:2:1: not YAML: found character that cannot start any token (while scanning for the next token at 2:1)"
      ),
    ])
    func faultsHaveAPlace(yaml: String, message: String) {
      #expect(error(yaml, file: "x.yaml") == message)
    }

    @Test func checksHaveAPlaceToo() throws {
      let source = try DefinitionSource(
        yaml: "name: x\ntasks:\n  a:\n    kind: wait\n    input: {event: go}\n    needs:\n      - b\n".utf8,
        file: "x.yaml")
      let error = #expect(throws: WorkflowError.self) { _ = try source.check(kinds: [:]) }
      #expect(error?.description == "x.yaml:7:9: tasks.a.needs[0]: there is no task b; there are a")
    }

    /// Nine levels of ten make 10⁹ values of a few hundred bytes.
    @Test func aliasesCannotBlowUp() {
      var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
      for level in 1...60 {
        bomb += "a\(level): &a\(level) [\(repeatElement("*a\(level - 1)", count: 10).joined(separator: ", "))]\n"
      }
      #expect(error(bomb)?.contains("expected at most 200000 values, aliases resolved") == true)
      // As a key it would be compared with others.
      #expect(error(bomb + "? *a60\n: x\n? [*a59]\n: x\n")?.contains("expected a text for a key") == true)
      #expect(error(bomb + "{*a60 : x}: y\n")?.contains("expected a text for a key") == true)
      #expect(error(bomb + "b: {? {x: *a60} : x, ? {x: *a59} : y}\n")?.contains("expected a text for a key") == true)
    }

    @Test(arguments: ["[", "{a: ", "- ", "? ", "[[", "[{a: ", "- - ", "!!map {a: ", "&a [", "\"a\": {"])
    func deepFilesAreRefused(part: String) throws {
      for count in [101, 990, 100_000] {
        let yaml = String(repeating: part, count: count)
        #expect(error(yaml) != nil)
        let closing = String(part.reversed().compactMap { $0 == "[" ? "]" : $0 == "{" ? "}" : nil })
        #expect(error(yaml + "x" + String(repeating: closing, count: count)) != nil)
      }
      // In blocks: one level a line.
      let blocks = (0..<900).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
      #expect(error(blocks + String(repeating: " ", count: 900) + "x") != nil)
    }

    @Test func notUTF8IsRefused() {
      let error = #expect(throws: WorkflowError.self) { _ = try DefinitionSource(yaml: [0x61, 0x3a, 0x20, 0xff]) }
      #expect(error?.message == "expected UTF-8, found bytes that are not")
      #expect(throws: WorkflowError.self) { _ = try DefinitionSource(yaml: [UInt8](repeating: 0x20, count: 5_000_000)) }
    }

    /// The article's files are what it says they are.
    @Test func articleIsRight() throws {
      let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
      let article = try String(
        contentsOf: root.appending(path: "Sources/MillraceWorkflow/MillraceWorkflow.docc/WorkflowFiles.md"),
        encoding: .utf8)
      let blocks = article.matches(of: /```yaml\n((?:.|\n)*?)```/).map { String($0.1) }
      let whole = blocks.filter { $0.hasPrefix("name:") }
      #expect(whole.count >= 2)
      for yaml in whole {
        let source = try DefinitionSource(yaml: yaml.utf8)
        let kinds = Set((source.definition.tasks + source.definition.functions.flatMap(\.tasks)).map(\.kind))
        let handlers = Dictionary(uniqueKeysWithValues: kinds.map { ($0, AnyTask(kind: $0)) })
        let checked = try source.check(kinds: handlers)
        #expect(try WorkflowDefinition(yaml: source.definition.yaml) == source.definition)
        #expect(checked.bounds.wall <= source.definition.deadline)
      }
      // Parts are those of a task.
      for yaml in blocks where !yaml.hasPrefix("name:") {
        let indented = yaml.split(separator: "\n").map { "    \($0)\n" }.joined()
        _ = try WorkflowDefinition(yaml: "name: x\ntasks:\n  a:\n\(indented)")
      }
    }

    private struct AnyTask: TaskHandler {
      var kind: String
      func check(_ task: TaskDefinition, at place: String) throws(WorkflowError) {}
      func run(_ input: JSONValue, _ context: TaskContext) async throws -> JSONValue { input }
    }

    /// Half of what a thread has. In a debug build the YAML library takes more than 1 MB for its deepest text.
    @Test func deepFilesFitASmallStack() throws {
      let thread = Thread {
        for part in ["[", "- ", "{a: ", "? "] {
          _ = try? WorkflowDefinition(yaml: String(repeating: part, count: 999) + "x")
        }
        _ = try? WorkflowDefinition(json: String(repeating: "[", count: 9_999).utf8)
        _ = try? Expression(String(repeating: "(", count: 9_999))
      }
      thread.stackSize = 4 << 20
      thread.start()
      while !thread.isFinished { sched_yield() }
    }

    @Test func filesAreFoundByTheirEnding() throws {
      let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let (yaml, json) = (folder.appending(path: "a.yaml").path, folder.appending(path: "a.json").path)
      try Data("name: a\ntasks: {t: {kind: http}}".utf8).write(to: URL(filePath: yaml))
      try Data(#"{"name": "a", "tasks": {"t": {"kind": "http"}}}"#.utf8).write(to: URL(filePath: json))
      #expect(try DefinitionSource(contentsOf: yaml).definition == DefinitionSource(contentsOf: json).definition)
      #expect(throws: WorkflowError.self) { _ = try DefinitionSource(contentsOf: folder.path + "/none.yaml") }
    }
  }
#endif
