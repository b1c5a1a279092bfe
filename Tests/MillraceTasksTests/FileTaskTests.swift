#if Workflow
  import Foundation
  import MillraceTasks
  import MillraceWorkflow
  import Testing

  @Suite struct FileTaskTests {
    let file = FileTask()
    let folder: Folder

    init() throws { folder = try Folder() }

    private func input(_ action: String, _ name: String, _ more: [String: JSONValue] = [:]) -> JSONValue {
      .object(["action": .string(action), "path": .string(folder.file(name))].merging(more) { $1 })
    }

    @Test func writesAndReads() async throws {
      let written = try await file.output(input("write", "new/deep/a.txt", ["content": "line 1\nline 2\n"]))
      #expect(written["bytes"] == 14)
      // Of `printf 'line 1\nline 2\n' | sha256sum`.
      #expect(written["sha256"] == "9060554863a62b9db5f726216876654e561896071d2e6480f2048b70e0fdadb9")
      #expect(try await file.output(input("read", "new/deep/a.txt"))["content"] == "line 1\nline 2\n")
      #expect(
        try await file.output(input("read", "new/deep/a.txt", ["format": "lines"]))["content"] == ["line 1", "line 2"])
      _ = try await file.output(input("write", "b", ["content": ["x": [1, 2]]]))
      #expect(try await file.output(input("read", "b", ["format": "json"]))["content"] == ["x": [1, 2]])
      _ = try await file.output(input("write", "c", ["content": ["x", 1], "format": "lines"]))
      #expect(try folder.read("c") == "x\n1\n")
      #expect(folder.names == ["b", "c", "new"])
    }

    @Test func writeReplacesAsAWhole() async throws {
      _ = try folder.write("old", "a")
      // What a killed attempt of the same step has left is written over.
      _ = try await file.output(input("write", "a", ["content": "new"]))
      #expect(try folder.read("a") == "new")
      let failure = try await file.failure(input("write", "a/b", ["content": "x"]))
      #expect(failure?.code == "no folder" || failure?.code == "exists")
      #expect(try folder.read("a") == "new")
      #expect(folder.names == ["a"])
    }

    @Test func readIsBounded() async throws {
      _ = try folder.write(String(repeating: "x", count: 1000), "a")
      #expect(try await file.failure(input("read", "a", ["limit": 999]))?.code == "too large")
      #expect(try await file.output(input("read", "a", ["limit": 1000]))["bytes"] == 1000)
    }

    @Test func contentMustBeWhatIsSaid() async throws {
      try Data([0xff]).write(to: URL(filePath: folder.file("binary")))
      #expect(try await file.failure(input("read", "binary"))?.code == "invalid content")
      _ = try folder.write("{", "json")
      #expect(try await file.failure(input("read", "json", ["format": "json"]))?.code == "invalid content")
      #expect(try await file.failure(input("write", "a", ["content": 1, "format": "text"]))?.code == "invalid input")
    }

    @Test func copiesAndSums() async throws {
      let text = String(repeating: "0123456789", count: 100_000)
      _ = try folder.write(text, "a")
      let copied = try await file.output(input("copy", "a", ["to": .string(folder.file("sub/b"))]))
      #expect(try folder.read("sub/b") == text)
      let summed = try await file.output(input("checksum", "a"))
      #expect(summed == ["bytes": 1_000_000, "sha256": .string(ContentHash(of: text.utf8).description)])
      #expect(copied["sha256"] == summed["sha256"])
    }

    @Test func twiceIsAsOnce() async throws {
      _ = try folder.write("x", "a")
      let move = input("move", "a", ["to": .string(folder.file("b"))])
      #expect(try await file.output(move)["moved"] == true)
      #expect(try await file.output(move)["moved"] == false)
      #expect(try folder.read("b") == "x")
      #expect(try await file.output(input("delete", "b"))["deleted"] == true)
      #expect(try await file.output(input("delete", "b"))["deleted"] == false)
      #expect(try await file.failure(move)?.code == "not found")
    }

    @Test func lists() async throws {
      for name in ["b.csv", "a.csv", ".hidden.csv", "c.txt"] { _ = try folder.write("12", name) }
      try FileManager.default.createDirectory(atPath: folder.file("d.csv"), withIntermediateDirectories: true)
      let output = try await file.output(["action": "list", "path": .string(folder.path), "pattern": "*.csv"])
      guard case .array(let files) = output["files"] else {
        Issue.record("no list: \(output)")
        return
      }
      #expect(files.map { $0["name"] } == ["a.csv", "b.csv", "d.csv"])
      #expect(files.map { $0["isFolder"] } == [false, false, true])
      #expect(files[0]["bytes"] == 2)
      #expect(files[0]["path"] == .string(folder.file("a.csv")))
    }

    @Test func exists() async throws {
      _ = try folder.write("12", "a")
      #expect(try await file.output(input("exists", "a")) == ["exists": true, "isFolder": false, "bytes": 2])
      #expect(try await file.output(input("exists", "b")) == ["exists": false, "isFolder": false, "bytes": 0])
      #expect(try await file.output(input("exists", "a/b"))["exists"] == false)
    }

    @Test func whatIsMissingMayCome() async throws {
      for action in ["read", "copy", "checksum", "list"] {
        let failure = try await file.failure(input(action, "none", ["to": .string(folder.file("x"))]))
        #expect(failure?.code == "not found", "\(action)")
        #expect(failure?.isRetryable == true)
        #expect(failure?.message.contains("none") == true)
      }
      #expect(folder.names == [])
    }

    @Test func foldersWithContentStay() async throws {
      _ = try await file.output(input("write", "d/a", ["content": ""]))
      let failure = try await file.failure(input("delete", "d"))
      #expect(failure?.code == "not empty")
      #expect(failure?.isRetryable == false)
      #expect(try await file.failure(input("read", "d"))?.code == "is a folder")
    }

    @Test func cancelledBeforeItBegins() async throws {
      _ = try folder.write("x", "a")
      let (file, input, context) = (file, input("copy", "a", ["to": .string(folder.file("b"))]), Attempt().context)
      let task = Task {
        unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
        return try await file.run(input, context)
      }
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(folder.names == ["a"])
    }

    @Test func inputIsCheckedAtRegistration() {
      #expect(file.complaint(["action": "read", "path": "a"]) == nil)
      #expect(file.complaint(["action": "copy", "path": "a"]) == "tasks.t.input.to: is missing: where to copy")
      #expect(file.complaint(["action": "write", "path": "a"]) == "tasks.t.input.content: is missing: what to write")
      #expect(file.complaint(["action": "burn", "path": "a"])?.contains("one of read, write") == true)
      #expect(file.complaint(["action": "read"]) == "tasks.t.input.path: is missing")
    }
  }
#endif
