#if Workflow
  import Foundation
  import Testing

  /// The guide's files are written, its commands run by a shell, and what they print is what it says.
  @Suite(.serialized) struct GuideTests {
    private struct Block {
      var language: Substring
      var text: Substring
    }

    private static func blocks(of article: String) -> [Block] {
      article.matches(of: /```([a-z]+)\n((?:.|\n)*?)```/).map { Block(language: $0.1, text: $0.2) }
    }

    /// The folder with the built `millrace`, somewhere above the test's executable.
    private static func commandFolder() throws -> URL {
      var folder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      while !FileManager.default.isExecutableFile(atPath: folder.appending(path: "millrace").path) {
        try #require(folder.path.count > 1, "found no built millrace above the test's executable")
        folder.deleteLastPathComponent()
      }
      return folder
    }

    private struct Outcome {
      var status: Int32
      var output: String
      var errors: String
    }

    private static func run(_ script: Substring, in folder: Folder, server: String) throws -> Outcome {
      let process = Process()
      process.executableURL = URL(filePath: "/bin/sh")
      process.arguments = ["-e", "-c", String(script)]
      process.currentDirectoryURL = URL(filePath: folder.path)
      var environment = ProcessInfo.processInfo.environment
      environment["PATH"] = try commandFolder().path + ":" + (environment["PATH"] ?? "/usr/bin:/bin")
      environment["SERVER"] = server
      environment["MILLRACE_DB"] = nil
      process.environment = environment
      process.standardInput = FileHandle.nullDevice
      // Files: nobody need read while it writes.
      let (output, errors) = (folder.file("script.out"), folder.file("script.err"))
      for path in [output, errors] { _ = FileManager.default.createFile(atPath: path, contents: nil) }
      process.standardOutput = try FileHandle(forWritingTo: URL(filePath: output))
      process.standardError = try FileHandle(forWritingTo: URL(filePath: errors))
      try process.run()
      process.waitUntilExit()
      return Outcome(
        status: process.terminationStatus, output: try folder.read("script.out"), errors: try folder.read("script.err"))
    }

    /// - Returns: the kinds of task that its files have.
    private static func follow(_ article: String) throws -> Set<Substring> {
      let text = try String(
        contentsOf: PipelineTests.root.appending(
          path: "Sources/MillraceWorkflow/MillraceWorkflow.docc/\(article).md"), encoding: .utf8)
      let blocks = blocks(of: text)
      let folder = try Folder()
      let server = try TestServer { request in
        request.line.contains("/person.json")
          ? TestServer.answer(200, #"{"name": "Ada"}"#, "Content-Type: application/json") : TestServer.answer(404)
      }
      var kinds: Set<Substring> = []
      for (index, block) in blocks.enumerated() {
        switch block.language {
        case "yaml":
          let name = try #require(block.text.firstMatch(of: /^# ([a-z]+\.yaml)\n/), "\(block.text)").1
          _ = try folder.write(String(block.text), String(name))
          kinds.formUnion(block.text.matches(of: /kind: ([a-z]+)/).map(\.1))
        case "sh":
          let outcome = try run(block.text, in: folder, server: server.url)
          #expect(outcome.status == 0, "\(block.text)\(outcome.errors)")
          let expected = index + 1 < blocks.count && blocks[index + 1].language == "text" ? blocks[index + 1].text : ""
          #expect(outcome.output == expected, "\(block.text)\(outcome.errors)")
        default: break
        }
      }
      return kinds
    }

    @Test func everyKindOfTask() throws {
      #expect(
        try Self.follow("TaskGuide") == [
          "process", "http", "file", "csv", "batch", "sql", "chart", "report", "wait", "emit", "switch", "values",
          "call",
          "workflow",
        ])
    }

    @Test func secretsAndEncryption() throws {
      #expect(try Self.follow("SecretsAndEncryption") == ["process"])
    }
  }
#endif
