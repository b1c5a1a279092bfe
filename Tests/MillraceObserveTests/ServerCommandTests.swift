#if Workflow
  import Foundation
  import Testing

  /// `millrace serve --listen`, and the commands that ask it.
  @Suite(.serialized, .timeLimit(.minutes(60))) struct ServerCommandTests {
    let command: Command

    static let quick = """
      name: quick
      parameters: { word: { type: string }, number: { type: integer, default: 1 }, fails: { type: bool, default: false } }
      outputs: { twice: "${tasks.count.twice}" }
      circuits: { bank: { failures: 1 } }
      tasks:
        count: { kind: values, input: { twice: "${parameters.number * 2}", word: "${parameters.word}" } }
        judge:
          kind: process
          circuit: bank
          needs: [count]
          input: { command: [sh, -c, 'echo "said"  >&2; [ "$1" = -true ] && exit 3; echo "{}"', sh, "-${parameters.fails}"] }
      """
    static let asking = """
      name: asking
      tasks:
        ask: { kind: wait, input: { approval: agreed }, timeout: 1h }
      """
    static let (admin, viewer) = ("an-admin-token-for-tests", "a-viewer-token-for-tests")

    init() throws {
      command = try Command()
      try Self.quick.write(to: command.folder.appending(path: "quick.yaml"), atomically: true, encoding: .utf8)
      try Self.asking.write(to: command.folder.appending(path: "asking.yaml"), atomically: true, encoding: .utf8)
      try "admin \(Self.admin)\nviewer \(Self.viewer)\n".write(
        to: command.folder.appending(path: "tokens"), atomically: true, encoding: .utf8)
    }

    /// Starts a server, does something with it and its address, and ends it.
    private func serving(_ arguments: String..., body: (String) throws -> Void) throws {
      defer { try? FileManager.default.removeItem(at: command.folder) }
      let server = try command.start(
        ["serve", "quick.yaml", "asking.yaml", "--db", "runs.db", "--listen", "127.0.0.1:0"] + arguments,
        directory: command.folder)
      try #require(server.hear(where: { $0.contains(/listens at http:\/\/\S+/) }), "\(server.said)")
      let url = String(try #require(server.said.firstMatch(of: /http:\/\/127[0-9.:]+/)).0)
      let result = Result { try body(url) }
      server.process.terminate()
      let outcome = try server.wait()
      try result.get()
      #expect(outcome.status == 143, "\(outcome.errors)")
      #expect(!outcome.errors.contains(Self.admin))
    }

    private func ask(
      _ url: String, _ arguments: String..., token: String? = ServerCommandTests.admin
    ) throws -> Command.Outcome {
      var environment = ["MILLRACE_SERVER": url]
      if let token { environment["MILLRACE_TOKEN"] = token }
      return try command.run(arguments, environment: environment, directory: command.folder)
    }

    @Test func saysTheSameAsTheDatabase() throws {
      try serving("--tokens", "tokens") { url in
        let started = try ask(url, "trigger", "quick", "--set", "word=17", "--set", "number=21", "--wait")
        #expect([started.status == 0, started.output == "twice: 42\n"] == [true, true], "\(started.errors)")
        let failed = try ask(url, "trigger", "quick", "--set", "word=x", "--set", "fails=true", "--wait")
        #expect(failed.status == 1 && failed.errors.contains("millrace retry"), "\(failed.errors)")
        for arguments in [
          ["runs"], ["runs", "--state", "failed"], ["runs", "--json"], ["runs", "--text", "quick", "--limit", "1"],
          ["show", "last"], ["show", "last", "--json"], ["breakers"], ["breakers", "--json"],
        ] {
          let there = try command.run(
            arguments + ["--server", url], environment: ["MILLRACE_TOKEN": Self.admin], directory: command.folder)
          let here = try command.run(arguments + ["--db", "runs.db"], directory: command.folder)
          #expect(there.status == 0 && here.status == 0, "\(arguments): \(there.errors)\(here.errors)")
          if arguments == ["breakers", "--json"] {
            // The server knows its policy as well.
            #expect(there.output.contains(#""name":"bank""#) && there.output.contains(#""state":"open""#))
          } else {
            #expect(there.output == here.output, "\(arguments)")
          }
        }
      }
    }

    @Test func runsAreChanged() throws {
      try serving("--tokens", "tokens") { url in
        let started = try ask(url, "trigger", "asking", "--key", "ann", "--idempotency-key", "once")
        #expect(started.output.contains("is stored, and driven there"), "\(started.errors)")
        #expect(try ask(url, "trigger", "asking", "--idempotency-key", "once").output.contains("was started before"))
        #expect(try ask(url, "pause", "last", "--reason", "tea").output.hasSuffix("paused\n"))
        #expect(try ask(url, "show", "last").output.contains("state       paused: tea"))
        #expect(try ask(url, "resume", "last").status == 0)
        #expect(try ask(url, "send", "last", "none").status == 64)
        #expect(try ask(url, "erase", "last").status == 64)
        let sent = try ask(url, "send", "last", "agreed", "--payload", #"{"by":"ann"}"#, "--wait", "--json")
        #expect(sent.status == 0 && sent.output.contains(#""event":"end""#), "\(sent.errors)")
        #expect(try ask(url, "retry", "last").status == 64)
        let fork = try ask(url, "fork", "last", "--from", "ask")
        #expect(fork.status == 0 && fork.output.contains("is the new run"), "\(fork.errors)")
        let cancelled = try ask(url, "cancel", "last", "--wait")
        #expect(cancelled.status == 2, "\(cancelled.errors)")
        #expect(try ask(url, "restart", "last", "--from", "ask").status == 0)
        #expect(try ask(url, "cancel", "last", "--wait").status == 2)
        let erased = try ask(url, "erase", "last", "--json")
        #expect(erased.status == 0 && erased.output.contains(#""stream_events""#), "\(erased.errors)")
        #expect(try ask(url, "runs", "--state", "dataDeleted", "--json").output.split(separator: "\n").count == 1)
      }
    }

    @Test func whatIsRefusedIsSaid() throws {
      try serving("--tokens", "tokens") { url in
        for (token, status, words) in [
          (nil, 64, "a token is expected"), ("a-token-that-is-wrong", 64, "a token is expected"),
        ] as [(String?, Int32, String)] {
          let outcome = try ask(url, "runs", token: token)
          #expect(outcome.status == status && outcome.errors.contains(words), "\(outcome.errors)")
        }
        let refused = try ask(url, "trigger", "asking", token: Self.viewer)
        #expect(refused.status == 64 && refused.errors.contains("this is for the role operator"), "\(refused.errors)")
        #expect(try ask(url, "runs", token: Self.viewer).status == 0)
        #expect(try ask(url, "show", "0123456789abcdef").status == 66)
        #expect(try ask(url, "trigger", "none").status == 66)
        let wrong = try ask(url, "trigger", "quick", "--set", "word=x", "--set", "number=many")
        #expect(wrong.status == 64 && wrong.errors.contains("an integer"), "\(wrong.errors)")
      }
    }

    @Test func serversThatAreNotThere() throws {
      defer { try? FileManager.default.removeItem(at: command.folder) }
      let both = try command.run(["runs", "--server", "http://127.0.0.1:1", "--db", "x"])
      #expect(both.status == 64)
      #expect(try command.run(["runs", "--server", "http://127.0.0.1:1"]).status == 69)
      #expect(try command.run(["runs", "--server", "127.0.0.1"]).status == 64)
    }

    @Test(
      arguments: [
        (["--listen", "0.0.0.0:0"], 64, "expected tokens, or a loopback address"),
        (["--listen", "nowhere"], 64, "host:port"),
        (["--listen", "127.0.0.1:0", "--tokens", "none"], 66, "cannot be read"),
        (["--listen", "127.0.0.1:0", "--tokens", "wrong"], 64, "wrong:2: expected a token of 16"),
        (["--tokens", "none"], 64, "--listen"), (["--listen", "127.0.0.1:0", "--origin", "x"], 64, "--origin"),
      ] as [([String], Int32, String)])
    func serversThatCannotBe(arguments: [String], status: Int32, words: String) throws {
      defer { try? FileManager.default.removeItem(at: command.folder) }
      try "# none\nadmin secret\n".write(
        to: command.folder.appending(path: "wrong"), atomically: true, encoding: .utf8)
      let outcome = try command.run(["serve", "quick.yaml"] + arguments, directory: command.folder)
      #expect(outcome.status == status && outcome.errors.contains(words), "\(outcome.errors)")
      #expect(!outcome.errors.contains("secret"))
    }
  }
#endif
