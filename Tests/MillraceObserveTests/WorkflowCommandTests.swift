#if Workflow
  import Foundation
  import Testing

  /// The commands of `millrace` that drive, show and change durable runs.
  @Suite(.serialized, .timeLimit(.minutes(60))) struct WorkflowCommandTests {
    let command: Command

    init() throws { command = try Command() }

    func remove() { try? FileManager.default.removeItem(at: command.folder) }

    func write(_ text: String, to name: String = "flow.yaml") throws {
      try text.write(to: command.folder.appending(path: name), atomically: true, encoding: .utf8)
    }

    func read(_ name: String) throws -> String {
      try String(contentsOf: command.folder.appending(path: name), encoding: .utf8)
    }

    func run(_ arguments: String...) throws -> Command.Outcome {
      try command.run(arguments, directory: command.folder)
    }

    /// A pipe by its name: a program that opens it for reading waits there until somebody writes, and the other way round.
    func makePipe(_ name: String) throws {
      let file = command.folder.appending(path: name)
      try? FileManager.default.removeItem(at: file)
      try #require(unsafe mkfifo(file.path, 0o600) == 0)
    }

    /// Waits until a task has opened the pipe, and says what it wrote.
    func wait(forPipe name: String) throws -> String {
      String(
        decoding: try FileHandle(forReadingFrom: command.folder.appending(path: name)).readToEnd() ?? Data(),
        as: UTF8.self)
    }

    func records(_ text: String) throws -> [[String: Any]] {
      try text.split(separator: "\n").map {
        try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any], "\($0)")
      }
    }

    /// The second task tells that it runs, by a pipe, and stays until another one is opened.
    static let held = """
      name: held
      parameters: { word: { type: string, default: hello } }
      deadline: 1h
      tasks:
        first:
          kind: process
          input: { command: [sh, -c, 'echo first >> log; echo "\\"$1 there\\""', sh, "${parameters.word}"] }
        second:
          kind: process
          timeout: 60s
          input: { command: [sh, -c, 'echo second >> log; echo ready > ready; read line < go; echo "\\"$1, $line\\""', sh, "${tasks.first}"] }
      outputs: { said: "${tasks.second}" }
      """

    static let quick = """
      name: quick
      parameters: { number: { type: integer, default: 1 }, fails: { type: bool, default: false } }
      deadline: 1h
      tasks:
        count: { kind: values, input: { twice: "${parameters.number * 2}" } }
        judge:
          kind: process
          needs: [count]
          input: { command: [sh, -c, 'if [ "$1" = -true ] && [ ! -e mended ]; then echo "no" >&2; exit 3; fi; echo "{}"', sh, "-${parameters.fails}"] }
      outputs: { twice: "${tasks.count.twice}" }
      """

    @Test func runsToItsEnd() throws {
      defer { remove() }
      try write(Self.quick)
      let outcome = try run("run", "flow.yaml", "--set", "number=21")
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.output == "twice: 42\n")
      #expect(outcome.errors.contains("begins, in millrace.db") && outcome.errors.contains("judge: succeeded"))
      // What has ended is not gone on with.
      let second = try run("run", "flow.yaml", "--set", "number=21")
      #expect(second.status == 0 && second.errors.contains("begins"))
      let runs = try run("runs", "--json")
      #expect(try records(runs.output).map { $0["state"] as? String } == ["completed", "completed"])
    }

    @Test func jsonIsALineForEachEventAndOneForTheEnd() throws {
      defer { remove() }
      try write(Self.quick)
      let outcome = try run("run", "flow.yaml", "--json")
      let records = try records(outcome.output)
      #expect(records.allSatisfy { $0["event"] is String && $0["time"] is String && $0["run"] is String })
      let end = try #require(records.last)
      #expect(end["event"] as? String == "end" && end["state"] as? String == "completed")
      #expect((end["result"] as? [String: Any])?["twice"] as? Int == 2)
      #expect((end["steps"] as? [[String: Any]])?.count == 2 && end["exit_code"] as? Int == 0)
      let states = records.filter { $0["event"] as? String == "step" && $0["step"] as? String == "judge" }
      #expect(states.map { $0["state"] as? String } == ["running", "succeeded"])
    }

    @Test func goesOnAfterItWasKilled() throws {
      defer { remove() }
      try write(Self.held)
      for name in ["ready", "go"] { try makePipe(name) }
      let first = try command.start(["run", "flow.yaml"], directory: command.folder)
      try #require(first.hear("second: running"))
      #expect(try wait(forPipe: "ready") == "ready\n")
      kill(first.process.processIdentifier, SIGKILL)
      _ = try first.wait()
      // Another one by the name: what is left of the first attempt reads nothing of it.
      try makePipe("go")

      let second = try command.start(["run", "flow.yaml"], directory: command.folder)
      try #require(second.hear("second: attempt 1 again"))
      #expect(try wait(forPipe: "ready") == "ready\n")
      try open("go", write: "friend\n")
      let outcome = try second.wait()
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.output == "said: hello there, friend\n")
      #expect(outcome.errors.contains("goes on") && outcome.errors.contains("second: attempt 1 again"))
      #expect(try read("log") == "first\nsecond\nsecond\n")
      #expect(try records(run("runs", "--json").output).count == 1)
    }

    func open(_ pipe: String, write text: String) throws {
      let handle = try FileHandle(forWritingTo: command.folder.appending(path: pipe))
      try handle.write(contentsOf: Data(text.utf8))
      try handle.close()
    }

    /// After SIGTERM an attempt comes to its end, and what follows it does not begin.
    @Test func signalDrains() throws {
      defer { remove() }
      try write(
        Self.held.replacing(
          "outputs:",
          with:
            "  third: { kind: process, needs: [second], input: { command: [sh, -c, 'echo third >> log'] } }\noutputs:"))
      for name in ["ready", "go"] { try makePipe(name) }
      let first = try command.start(["run", "flow.yaml"], directory: command.folder)
      try #require(first.hear("second: running"))
      #expect(try wait(forPipe: "ready") == "ready\n")
      first.process.terminate()
      // It says so before it waits for the attempt.
      #expect(first.hear("SIGTERM"))
      try open("go", write: "you\n")
      let outcome = try first.wait()
      #expect(outcome.status == 143, "\(outcome.errors)")
      #expect(
        outcome.errors.contains("is not finished, and nothing of it is lost: `millrace run flow.yaml` goes on with it"))
      #expect(try read("log") == "first\nsecond\n")
      let second = try run("run", "flow.yaml")
      #expect(second.status == 0 && second.output == "said: hello there, you\n", "\(second.errors)")
      #expect(try read("log") == "first\nsecond\nthird\n")
    }

    /// What another process asks for is done by the one that drives the run.
    @Test func drivenRunIsPausedByAnotherProcess() throws {
      defer { remove() }
      try write(Self.held)
      for name in ["ready", "go"] { try makePipe(name) }
      let first = try command.start(["run", "flow.yaml"], directory: command.folder)
      try #require(first.hear("second: running"))
      _ = try wait(forPipe: "ready")
      let refused = try run("restart", "last", "--from", "first")
      #expect(refused.status == 64 && refused.errors.contains("cancel or pause it first"), "\(refused.errors)")
      let cancelled = try run("cancel", "last", "--reason", "not needed")
      #expect(cancelled.status == 0, "\(cancelled.errors)")
      let outcome = try first.wait()
      #expect(outcome.status == 2 && outcome.errors.contains("cancelled") && outcome.errors.contains("not needed"))
      let shown = try run("show", "last")
      #expect(shown.output.contains("state       cancelled: not needed"), "\(shown.output)")
    }

    /// Two processes may be told to run the same: one does, the other says so, and waits.
    @Test func runThatAnotherProcessDrivesIsWaitedFor() throws {
      defer { remove() }
      try write(Self.held)
      for name in ["ready", "go"] { try makePipe(name) }
      let first = try command.start(["run", "flow.yaml"], directory: command.folder)
      try #require(first.hear("second: running"))
      _ = try wait(forPipe: "ready")
      let second = try command.start(["run", "flow.yaml"], directory: command.folder)
      try #require(second.hear("is driven by another process"))
      try open("go", write: "all\n")
      for process in [first, second] {
        let outcome = try process.wait()
        #expect(outcome.status == 0 && outcome.output == "said: hello there, all\n", "\(outcome.errors)")
      }
      #expect(try read("log") == "first\nsecond\n")
      #expect(try records(run("runs", "--json").output).count == 1)
    }

    @Test func failedRunIsRetriedForkedShownAndErased() throws {
      defer { remove() }
      try write(Self.quick)
      let failed = try run("run", "flow.yaml", "--set", "fails=true")
      #expect(failed.status == 1 && failed.errors.contains("exit 3") && failed.errors.contains("millrace retry"))
      try write("", to: "mended")
      let stored = try run("retry", "last", "--reason", "mended")
      #expect(stored.status == 0 && stored.output.contains("it goes on when it is driven next"), "\(stored.errors)")
      let served = try run("serve", "--until-idle")
      #expect(served.status == 0 && served.errors.contains("completed"), "\(served.errors)")
      let fork = try run("fork", "last", "--from", "judge", "--wait")
      #expect(fork.status == 0 && fork.output == "twice: 2\n", "\(fork.errors)")
      let shown = try run("show", "last", "--json")
      let object = try #require(try records(shown.output).first)
      #expect(object["origin"] is String && object["state"] as? String == "completed")
      let history = try #require(object["history"] as? [[String: Any]])
      #expect(history.contains { $0["kind"] as? String == "forked" })
      #expect(history.contains { $0["step"] as? String == "judge" && $0["input_hash"] is String })
      // The other task was taken over.
      #expect(!history.contains { $0["step"] as? String == "count" })
      let erased = try run("erase", "last")
      #expect(erased.status == 0 && erased.output.contains("deleted"), "\(erased.errors)")
      #expect(try run("runs", "--state", "dataDeleted", "--json").output.split(separator: "\n").count == 1)
      let text = try run("runs")
      #expect(text.output.contains("data deleted") && text.output.contains("completed"))
    }

    @Test func eventIsSentAndStartIsStoredOnce() throws {
      defer { remove() }
      try write(
        """
        name: asks
        deadline: 1h
        tasks:
          approval: { kind: wait, timeout: 5m, input: { approval: approved } }
        outputs: { by: "${tasks.approval.by}" }
        """)
      for _ in 0..<2 { #expect(try run("trigger", "flow.yaml", "--idempotency-key", "once").status == 0) }
      #expect(try records(run("runs", "--json").output).count == 1)
      let unknown = try run("send", "last", "aproved")
      #expect(unknown.status == 64 && unknown.errors.contains("never waits for an event"), "\(unknown.errors)")
      let sent = try run("send", "last", "approved", "--payload", #"{"by": "me"}"#, "--wait")
      #expect(sent.status == 0 && sent.output == "by: me\n", "\(sent.errors)")
      let late = try run("send", "last", "approved")
      #expect(late.status == 64 && late.errors.contains("takes no event"), "\(late.errors)")
    }

    @Test func pausedRunIsShownAndResumed() throws {
      defer { remove() }
      try write(Self.quick)
      #expect(try run("trigger", "flow.yaml").status == 0)
      #expect(try run("pause", "last", "--reason", "later").output.contains("paused"))
      let paused = try run("run", "flow.yaml")
      #expect(paused.status == 3 && paused.errors.contains("paused") && paused.errors.contains("millrace resume"))
      let resumed = try run("resume", "last", "--wait")
      #expect(resumed.status == 0 && resumed.output == "twice: 2\n", "\(resumed.errors)")
    }

    @Test func faultsAreToldWithTheirPlaces() throws {
      defer { remove() }
      try write("name: x\ntasks:\n  a: { kind: proces, input: {} }\n  b: { kind: values, needs: [c], retri: {} }\n")
      for arguments in [["check", "flow.yaml"], ["run", "flow.yaml"], ["graph", "flow.yaml", "--format", "dot"]] {
        let outcome = try command.run(arguments, directory: command.folder)
        #expect(outcome.status == 65 && outcome.output.isEmpty)
        #expect(outcome.errors.contains("flow.yaml:4:"), "\(outcome.errors)")
      }
      #expect(!FileManager.default.fileExists(atPath: command.folder.appending(path: "millrace.db").path))
      try write(Self.quick)
      let good = try run("check", "flow.yaml")
      #expect(good.status == 0 && good.output.contains("attempts       at most 2"), "\(good.output)\(good.errors)")
      #expect(good.output.contains("longest path   judge"))
      let json = try run("check", "flow.yaml", "--json")
      #expect(try records(json.output).count == 1)
      #expect(try run("graph", "flow.yaml", "--format", "mermaid").output.contains("n0 --> n1"))
      let schema = try run("schema")
      #expect(try JSONSerialization.jsonObject(with: Data(schema.output.utf8)) is [String: Any])
    }

    @Test(arguments: [
      (["run", "flow.yaml", "--set", "nmber=1"], Int32(64), "has no parameter \"nmber\""),
      (["run", "flow.yaml", "--set", "number=x"], 64, "parameters.number"),
      (["run", "flow.yaml", "--set", "number"], 64, "--set is expected to be name=value"),
      (["run", "flow.yaml", "--workers", "0"], 64, "--workers is expected"),
      (["run", "flow.yaml", "--grace=-1"], 64, "--grace is expected"),
      (["run", "none.yaml"], 66, "none.yaml cannot be read: there is no such file"),
      (["run", "flow.yaml", "--db", "/nowhere/x.db"], 69, "/nowhere/x.db"),
      (["runs"], 66, "there is no database millrace.db"), (["show", "last"], 66, "there is no database"),
      (["show", "xyz"], 64, "hexadecimal"), (["trigger", "none"], 66, "there is no"),
      (["runs", "--limit", "0"], 64, "--limit is expected"), (["runs", "--state", "lost"], 64, "lost"),
      (["backfill", "flow.yaml", "nightly", "--from", "2026-01-01T00:00:00Z"], 64, "has no trigger nightly"),
    ])
    func requestsThatCannotBe(arguments: [String], status: Int32, message: String) throws {
      defer { remove() }
      try write(Self.quick)
      let outcome = try command.run(arguments, directory: command.folder)
      #expect(outcome.status == status, "\(outcome.errors)")
      #expect(outcome.errors.contains(message), "\(outcome.errors)")
      #expect(outcome.output.isEmpty)
    }

    /// Killed at moments that nobody has chosen, and started again: the same files. `Benchmarks/Data/check-workflow` does so more often.
    @Test func pipelineOfTheExamplesGivesTheSameReport() throws {
      defer { remove() }
      let data = "data=" + Command.root.appending(path: "Benchmarks/Data/weather.csv").path
      let example = Command.root.appending(path: "Benchmarks/Data/weather.yaml").path
      let whole = command.folder.appending(path: "whole")
      let cut = command.folder.appending(path: "cut")
      for folder in [whole, cut] {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      }
      let undisturbed = try command.run(["run", example, "--set", data], directory: whole)
      #expect(undisturbed.status == 0 && undisturbed.output == "report: out/report.html\n", "\(undisturbed.errors)")
      // After each task that has begun.
      for task in ["clean", "transform", "load", "chart"] {
        let running = try command.start(["run", example, "--set", data], directory: cut)
        #expect(running.hear("\(task): running"))
        kill(running.process.processIdentifier, SIGKILL)
        _ = try running.wait()
      }
      let last = try command.run(["run", example, "--set", data], directory: cut)
      #expect(last.status == 0, "\(last.errors)")
      for name in ["report.html", "temperature.svg", "clean.csv", "features.csv", "quarantine.csv"] {
        let files = [whole, cut].map { $0.appending(path: "out/\(name)") }
        #expect(try Data(contentsOf: files[0]) == Data(contentsOf: files[1]), "\(name)")
      }
    }
  }
#endif
