#if Workflow
  import Foundation
  import MillraceWorkflow
  import Testing

  @testable import millrace

  /// `millrace top`, `logs` and `completion`.
  @Suite(.serialized, .timeLimit(.minutes(60))) struct WatchCommandTests {
    let bench: WorkflowCommandTests

    init() throws { bench = try WorkflowCommandTests() }

    /// A step that logs when it is told to, and waits in a queue.
    private static let talking = """
      name: talking
      deadline: 2h
      queues: { line: { concurrency: 1 } }
      circuits: { server: { failures: 1 } }
      tasks:
        talk:
          kind: process
          queue: line
          circuit: server
          timeout: 60s
          input: { command: [sh, -c, 'echo ready > ready; read line < go; echo "heard $line" >&2; echo ready > ready; read line < go; echo "{}"'] }
      """

    // MARK: top

    @Test func topTellsWhatGoesOn() throws {
      defer { bench.remove() }
      try bench.write(Self.talking)
      for name in ["ready", "go"] { try bench.makePipe(name) }
      let driver = try bench.command.start(["run", "flow.yaml"], directory: bench.command.folder)
      #expect(try bench.wait(forPipe: "ready") == "ready\n")
      let text = try bench.run("top", "--once")
      #expect(text.status == 0, "\(text.errors)")
      #expect(text.output.contains("1 running") && text.output.contains("line: 1 running, 0 waiting"))
      #expect(text.output.contains(/talk +talking +running/))
      let json = try JSONValue(json: Data(try bench.run("top", "--json").output.utf8))
      #expect(json["runs"]?["running"] == 1 && json["last_minute"]?["started"] == 1)
      #expect(json["queues"] == [["name": "line", "running": 1, "waiting": 0]])
      #expect(json["steps"]?.elements?.first?["step"] == "talk" && json["engines"]?.elements?.count == 1)
      try bench.open("go", write: "one\n")
      #expect(try bench.wait(forPipe: "ready") == "ready\n")
      try bench.open("go", write: "two\n")
      #expect(try driver.wait().status == 0)
      let after = try bench.run("top")
      #expect(after.output.contains("1 completed") && after.output.contains("no step is at work"))
    }

    @Test func topNeedsADatabase() throws {
      defer { bench.remove() }
      let outcome = try bench.run("top", "--once", "--db", "none.db")
      #expect(outcome.status == 66 && outcome.errors.contains("there is no database none.db"))
    }

    /// On a terminal of 40 columns it is drawn in place, and q gives the terminal back.
    @Test func topDrawsOnATerminal() throws {
      defer { bench.remove() }
      try bench.write(WorkflowCommandTests.quick)
      #expect(try bench.run("run", "flow.yaml").status == 0)
      var (master, slave): (Int32, Int32) = (-1, -1)
      var size = winsize(ws_row: 10, ws_col: 40, ws_xpixel: 0, ws_ypixel: 0)
      try #require(unsafe openpty(&master, &slave, nil, nil, &size) == 0)
      let terminal = FileHandle(fileDescriptor: slave, closeOnDealloc: true)
      let process = try bench.command.start(
        ["top", "--interval", "0.1"], environment: ["TERM": "xterm"], directory: bench.command.folder,
        terminal: terminal
      ).process
      try terminal.close()
      var seen = ""
      func see(_ text: String) throws {
        var bytes = [UInt8](repeating: 0, count: 4096)
        while !seen.contains(text) {
          let count = unsafe read(master, &bytes, bytes.count)
          try #require(count > 0, "ended after: \(seen)")
          seen += String(decoding: bytes.prefix(count), as: UTF8.self)
        }
      }
      try see("\u{1b}[?1049h")
      // Two pictures, one over the other.
      for _ in 1...2 {
        try see("no step is at work")
        let lines = seen.components(separatedBy: "\u{1b}[H").last!.components(separatedBy: "\r\n")
        #expect(lines.count <= 10)
        for line in lines { #expect(line.replacing(/\u{1b}\[[?0-9]*[A-Za-z]/, with: "").count <= 40, "\(line)") }
        seen = ""
      }
      #expect(unsafe write(master, "q", 1) == 1)
      try see("\u{1b}[?1049l")
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
      close(master)
    }

    @Test(arguments: [20, 40, 72, 200], [1, 5, 30])
    func topFitsItsTerminal(width: Int, height: Int) {
      var snapshot = TopSnapshot(time: Timestamp(microseconds: 1_767_225_600_000_000))
      snapshot.counts = Dictionary(uniqueKeysWithValues: RunState.allCases.map { ($0, 12_345) })
      snapshot.unseen = 17
      snapshot.queues = (1...5).map { TopSnapshot.Queue(name: "queue-\($0)", running: $0, waiting: 100) }
      snapshot.engines = [TopSnapshot.Engine(name: "host.example.org-12345", shards: 16)]
      for index in 1...40 {
        var step = StepRecord(name: "step-\(index)", state: .running)
        step.startedAt = snapshot.time.advanced(by: .seconds(-index))
        snapshot.steps.append(
          TopSnapshot.Step(run: RunID(high: 1, low: UInt64(index)), workflow: "flow", record: step, queue: nil))
      }
      let lines = TopScreen(width: width, height: height).lines(snapshot, title: "millrace.db")
      #expect(lines.count <= height)
      #expect(lines.allSatisfy { $0.count <= width })
      if height == 30, width > 40 {
        #expect(lines.last!.contains("more") && lines.last!.contains("steps of 17 more runs"))
        #expect(lines.contains { $0.contains("step-1 ") })
      }
    }

    // MARK: logs

    @Test func logsAreTheHistory() throws {
      defer { bench.remove() }
      try bench.write(WorkflowCommandTests.quick)
      #expect(try bench.run("run", "flow.yaml", "--set", "fails=true").status == 1)
      let text = try bench.run("logs", "last")
      #expect(text.status == 0)
      let lines = text.output.split(separator: "\n")
      #expect(lines.first?.hasSuffix("quick: started") == true && lines.last?.contains("quick: failed: ") == true)
      #expect(lines.contains { $0.contains("judge #1: attempt failed: exit 3") })
      let records = try bench.records(try bench.run("logs", "--json").output)
      #expect(records.count == lines.count && records.allSatisfy { $0["event"] as? String == "history" })
      // A run that has ended is followed to its end, which is now.
      #expect(try bench.run("logs", "last", "--follow").output == text.output)
      #expect(try bench.run("logs", "zz").status == 64)
      #expect(try bench.run("logs", "0123").status == 66)
    }

    /// The step goes on logging until one of its lines has arrived elsewhere.
    @Test func linesOfAnotherProcessAreFollowed() throws {
      defer { bench.remove() }
      try bench.write(
        """
        name: beating
        deadline: 1h
        tasks:
          beat:
            kind: process
            timeout: 30m
            input: { command: [sh, -c, 'echo ready > ready; while [ ! -e stop ]; do echo beat >&2; sleep 0.02; done; echo "{}"'] }
        """)
      try bench.makePipe("ready")
      let driver = try bench.command.start(["run", "flow.yaml"], directory: bench.command.folder)
      #expect(try bench.wait(forPipe: "ready") == "ready\n")
      let script =
        #""$0" logs last --follow --json | tee all | { grep -m1 -q '"event":"log"'; touch stop; cat > rest; }"#
      let follower = Process()
      follower.executableURL = URL(filePath: "/bin/sh")
      follower.arguments = ["-c", script, try Command.executable().path]
      follower.currentDirectoryURL = bench.command.folder
      try follower.run()
      #expect(try driver.wait().status == 0)
      follower.waitUntilExit()
      #expect(follower.terminationStatus == 0)
      let records = try bench.records(bench.read("all"))
      let said = records.filter { $0["event"] as? String == "log" }
      #expect(said.allSatisfy { $0["line"] as? String == "beat" && $0["step"] as? String == "beat" } && !said.isEmpty)
      #expect(records.contains { $0["kind"] as? String == "completed" })
    }

    // MARK: a server

    @Test func aServerIsAskedInstead() throws {
      defer { bench.remove() }
      try bench.write(Self.talking)
      for name in ["ready", "go"] { try bench.makePipe(name) }
      let server = try bench.command.start(
        ["serve", "flow.yaml", "--db", "runs.db", "--listen", "127.0.0.1:0"], directory: bench.command.folder)
      var address = ""
      let isThere = server.hear { text in
        address = text.firstMatch(of: /listens at (http:\/\/127\.0\.0\.1:[0-9]+)/).map { String($0.1) } ?? ""
        return !address.isEmpty
      }
      try #require(isThere)
      #expect(try bench.run("trigger", "talking", "--server", address).status == 0)
      #expect(try bench.wait(forPipe: "ready") == "ready\n")
      let json = try JSONValue(json: Data(try bench.run("top", "--json", "--server", address).output.utf8))
      #expect(json["runs"]?["running"] == 1 && json["engines"]?.elements?.first?["name"] == .string(address))
      #expect(json["steps"]?.elements?.first?["step"] == "talk")
      #expect(json["queues"] == [["name": "line", "running": 1, "waiting": 0]])
      #expect(json["breakers"]?.elements?.first?["name"] == "server")
      let text = try bench.run("top", "--server", address)
      #expect(text.status == 0 && text.output.hasPrefix(address), "\(text.errors)")
      try bench.open("go", write: "one\n")
      #expect(try bench.wait(forPipe: "ready") == "ready\n")
      try bench.open("go", write: "two\n")
      let logs = try bench.run("logs", "last", "--follow", "--server", address)
      #expect(logs.output.contains("talk | heard one") && logs.output.contains("talking: completed"), "\(logs)")
      #expect(try bench.run("logs", "--server", address).status == 64)
      kill(server.process.processIdentifier, SIGTERM)
      _ = try server.wait()
      #expect(try bench.run("top", "--once", "--server", address).status == 69)
    }

    // MARK: completion

    @Test(arguments: [("bash", ["bash", "-n"]), ("zsh", ["zsh", "-n"]), ("fish", ["fish", "--no-execute"])])
    func scriptsParse(shell: String, check: [String]) throws {
      defer { bench.remove() }
      let outcome = try bench.run("completion", shell)
      #expect(outcome.status == 0 && outcome.output.contains("millrace"))
      try bench.write(outcome.output, to: "script")
      let process = Process()
      process.executableURL = URL(filePath: "/usr/bin/env")
      process.arguments = check + [bench.command.folder.appending(path: "script").path]
      try process.run()
      process.waitUntilExit()
      // 127: there is no such shell here.
      try #require(
        process.terminationStatus != 127, "install \(shell): the README's test command names what tests need")
      #expect(process.terminationStatus == 0)
    }

    @Test func runsAndWorkflowsAreCompleted() throws {
      defer { bench.remove() }
      try bench.write(WorkflowCommandTests.quick)
      #expect(try bench.run("run", "flow.yaml").status == 0)
      let id = try #require(try bench.records(try bench.run("runs", "--json").output).first?["run"] as? String)
      func complete(_ words: String...) throws -> [Substring] {
        let environment = ["SAP_SHELL": "bash", "SAP_SHELL_VERSION": "5.2"]
        let outcome = try bench.command.run(words, environment: environment, directory: bench.command.folder)
        #expect(outcome.status == 0, "\(outcome.errors)")
        return outcome.output.split(separator: "\n")
      }
      #expect(
        try complete("---completion", "show", "--", "positional@0", "2", "0", "millrace", "show", "")
          == ["last", id.prefix(16)])
      #expect(
        try complete("---completion", "runs", "--", "--workflow", "3", "1", "millrace", "runs", "--workflow", "q")
          == ["quick"])
    }
  }
#endif
