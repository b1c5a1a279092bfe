#if Workflow
  import Foundation
  import Millrace
  import MillraceTasks
  import MillraceWorkflow
  import Testing

  @Suite struct ProcessTaskTests {
    let process = ProcessTask()

    // MARK: What goes in and comes out

    @Test func jsonGoesInAndComesOut() async throws {
      let value: JSONValue = ["rows": [1, 2.5, "three\n", nil], "ok": true]
      #expect(try await process.output(["command": ["cat"], "input": value]) == value)
    }

    @Test func nothingWrittenIsNull() async throws {
      #expect(try await process.output(["command": ["true"]]) == .null)
    }

    @Test func formatsOfInputAndOutput() async throws {
      func cat(_ input: JSONValue, _ inputFormat: String, _ outputFormat: String) async throws -> JSONValue {
        try await process.output([
          "command": ["cat"], "input": input, "inputFormat": .string(inputFormat),
          "outputFormat": .string(outputFormat),
        ])
      }
      #expect(try await cat("a\nb", "text", "text") == "a\nb")
      #expect(try await cat(["a", 1, ["x": 2]], "lines", "lines") == ["a", "1", #"{"x":2}"#])
      #expect(try await cat("{\"a\":1}\r\n[2]", "text", "jsonLines") == [["a": 1], [2]])
      #expect(try await cat("a\n\nb", "text", "lines") == ["a", "", "b"])
      #expect(try await cat("not JSON", "text", "none") == .null)
    }

    @Test func moreThanAPipeHolds() async throws {
      let text = String(repeating: "0123456789", count: 300_000)
      #expect(try await process.output(["command": ["cat"], "input": .string(text)]) == .string(text))
    }

    @Test func programMayIgnoreItsInput() async throws {
      let text = String(repeating: "0123456789", count: 300_000)
      #expect(try await process.output(["command": ["true"], "input": .string(text)]) == .null)
    }

    @Test func invalidOutputIsToldOf() async throws {
      let failure = try await process.failure(["command": ["echo", "no"]])
      #expect(failure?.code == "invalid output")
      #expect(failure?.message.contains("standard output is not JSON") == true)
      let lines = try await process.failure(["command": ["printf", "1\\nx\\n"], "outputFormat": "jsonLines"])
      #expect(lines?.message.contains("line 2") == true)
      let binary = try await process.failure(["command": ["printf", "\\377"], "outputFormat": "text"])
      #expect(binary?.message.contains("UTF-8") == true)
    }

    @Test func tooMuchOutputEndsTheProgram() async throws {
      let failure = try await process.failure(["command": ["yes"], "outputLimit": 100_000])
      #expect(failure?.code == "output too large")
      #expect(failure?.isRetryable == false)
      #expect(failure?.message.contains("100000 bytes") == true)
    }

    // MARK: Surroundings

    @Test func environmentIsNotInherited() async throws {
      unsafe setenv("MILLRACE_TEST_HIDDEN", "1", 1)
      func variables(_ more: [String: JSONValue]) async throws -> [String: String] {
        let input: [String: JSONValue] = ["command": ["env"], "outputFormat": "lines"]
        guard case .array(let lines) = try await process.output(.object(input.merging(more) { $1 })) else { return [:] }
        return Dictionary(
          uniqueKeysWithValues: lines.map { line in
            guard case .string(let text) = line else { return ("", "") }
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), String(parts[1]))
          })
      }
      let plain = try await variables([:])
      #expect(
        Set(plain.keys).subtracting(["HOME", "LANG"]) == [
          "PATH", "TRACEPARENT", "MILLRACE_IDEMPOTENCY_KEY", "MILLRACE_RUN", "MILLRACE_STEP", "MILLRACE_ATTEMPT",
          "MILLRACE_DEADLINE",
        ])
      #expect(plain["TRACEPARENT"] == Attempt.trace)
      #expect(plain["MILLRACE_IDEMPOTENCY_KEY"] == "\(Attempt.run)/step")
      #expect(plain["MILLRACE_DEADLINE"] == "77")
      #expect(try await variables(["inherit": ["MILLRACE_TEST_HIDDEN"]])["MILLRACE_TEST_HIDDEN"] == "1")
      #expect(try await variables(["inherit": true])["MILLRACE_TEST_HIDDEN"] == "1")
      #expect(try await variables(["environment": ["A": "b=c"]])["A"] == "b=c")
    }

    @Test func worksInItsFolder() async throws {
      let folder = try Folder()
      _ = try folder.write("{}", "here")
      #expect(
        try await process.output(["command": ["ls"], "folder": .string(folder.path), "outputFormat": "lines"]) == [
          "here"
        ])
      let failure = try await process.failure(["command": ["ls"], "folder": .string(folder.file("none"))])
      #expect(failure?.code == "not started")
      #expect(failure?.message.contains("entering its folder: No such file") == true)
    }

    @Test func programThatCannotBeStarted() async throws {
      for command in ["no-such-program-anywhere", "/no/such/program", "/dev/null"] {
        let failure = try await process.failure(["command": [.string(command)]])
        #expect(failure?.code == "not started")
        #expect(failure?.isRetryable == false)
      }
    }

    @Test func signalsOfTheProgramAreAsUsual() async throws {
      // Nothing is blocked or ignored, whatever is in this process; 32 and 33 are the C library's own, and stay as they were.
      let output = try await process.output([
        "command": ["grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"], "outputFormat": "lines",
      ])
      let masks = try #require(output.elements).map { line -> UInt64? in
        line.text.flatMap { UInt64($0.suffix(16), radix: 16) }.map { $0 & ~0x1_8000_0000 }
      }
      #expect(masks == [0, 0])
    }

    @Test func noDescriptorsButTheThree() async throws {
      let output = try await process.output([
        "command": ["sh", "-c", "ls /proc/$$/fd"], "outputFormat": "lines",
      ])
      #expect(output == ["0", "1", "2"])
    }

    // MARK: How it ends

    @Test func exitCodes() async throws {
      let failure = try await process.failure(["command": ["sh", "-c", "echo reason >&2; exit 2"]])
      #expect(failure?.code == "exit 2")
      #expect(failure?.isRetryable == true)
      #expect(failure?.message.contains("reason") == true)
      #expect(try await process.output(["command": ["sh", "-c", "echo 5; exit 2"], "success": [0, 2]]) == 5)
    }

    @Test(arguments: ["SEGV", "KILL", "TERM"]) func signalsAreNamed(signal: String) async throws {
      #expect(
        try await process.failure(["command": ["sh", "-c", .string("kill -\(signal) $$")]])?.code == "SIG\(signal)")
    }

    @Test func linesOfStandardErrorAreLog() async throws {
      let attempt = Attempt()
      let script = #"echo one >&2; echo '{"progress":0.25}' >&2; echo '{"progress":null}' >&2; printf '{"x":1}' >&2"#
      _ = try await process.run(["command": ["sh", "-c", .string(script)]], attempt.context)
      #expect(
        attempt.reports == [
          .log("one"), .heartbeat(progress: 0.25), .heartbeat(progress: nil), .log(#"{"x":1}"#),
        ])
    }

    @Test func memoryIsLimited() async throws {
      var limits = ProcessLimits()
      limits.memoryBytes = 64 << 20
      let command: JSONValue = ["sh", "-c", "head -c 400000000 /dev/zero | tail -c 300000000 | wc -c"]
      let limited = try await process.failure(
        ["command": ["sh", "-c", "head -c 400000000 /dev/zero | tail -c 300000000 >/dev/null"]], Attempt(limits: limits)
      )
      #expect(limited?.code == "exit 1")
      #expect(limited?.message.contains("memory") == true)
      #expect(try await process.output(["command": command]) == 300_000_000)
    }

    @Test func processorTimeIsLimited() async throws {
      var limits = ProcessLimits()
      limits.cpuSeconds = 1
      let failure = try await process.failure(
        ["command": ["sh", "-c", "while :; do :; done"]], Attempt(limits: limits))
      #expect(failure?.code == "SIGXCPU")
      #expect(failure?.message.contains("1 s of processor time") == true)
    }

    // MARK: The whole family ends

    /// Starts something that leaves session, process group and parent, and says its id when it has.
    static let daemon = "( setsid sh -c 'trap \"\" TERM HUP; echo daemon $$ >&2; while :; do sleep 1000; done' & )"

    @Test func daemonEndsWithTheProgram() async throws {
      let attempt = Attempt()
      // The program ends when it has seen the daemon's word, which the shell passes on.
      let script = "exec 3>&1; (\(Self.daemon)) 2>&1 >&3 | { read word; echo $word >&2; }; exit 0"
      _ = try await process.run(
        ["command": ["sh", "-c", .string(script)], "grace": 0, "outputFormat": "none"], attempt.context)
      let line = try #require(await attempt.line("daemon"))
      #expect(!isAlive(line))
    }

    @Test func daemonEndsWhenCancelled() async throws {
      let attempt = Attempt()
      let context = attempt.context
      let script = "\(Self.daemon); trap '' TERM; while :; do sleep 1000; done"
      let task = Task {
        try await process.run(["command": ["sh", "-c", .string(script)], "grace": 0.01], context)
      }
      let line = try #require(await attempt.line("daemon"))
      #expect(isAlive(line))
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(!isAlive(line))
    }

    @Test func politeProgramsMayTidyUp() async throws {
      let attempt = Attempt()
      let context = attempt.context
      let script = "trap 'echo tidied >&2; exit 0' TERM; echo ready >&2; while :; do sleep 0.02; done"
      let task = Task { try await process.run(["command": ["sh", "-c", .string(script)], "grace": 600], context) }
      _ = await attempt.line("ready")
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(attempt.reports.contains(.log("tidied")))
    }

    @Test func cancelledBeforeItBegins() async throws {
      let context = Attempt().context
      let task = Task {
        unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
        return try await process.run(["command": ["sleep", "1000"]], context)
      }
      await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func familyEndsWithTheEngine() async throws {
      let folder = try Folder()
      let fifo = folder.file("fifo")
      #expect(unsafe mkfifo(fifo, 0o600) == 0)
      unsafe setenv("MILLRACE_TEST_FIFO", fifo, 1)
      // Opened for both, so that opening waits for nobody; then the other end is the program's alone.
      let descriptor = unsafe open(fifo, O_RDWR | O_CLOEXEC)
      let reading = unsafe open(fifo, O_RDONLY | O_CLOEXEC)
      await #expect(processExitsWith: .signal(SIGKILL)) {
        let attempt = Attempt()
        let context = attempt.context
        let script = "exec 3>\"$MILLRACE_TEST_FIFO\"; \(Self.daemon); while :; do sleep 1000; done"
        let running = Task {
          try await ProcessTask().run(
            ["command": ["sh", "-c", .string(script)], "inherit": ["MILLRACE_TEST_FIFO"], "grace": 0.01], context)
        }
        _ = await attempt.line("daemon")
        kill(getpid(), SIGKILL)
        _ = try await running.value
      }
      close(descriptor)
      var byte: UInt8 = 0
      // The end of the pipe: none of the family is left to write. Until then this waits.
      #expect(unsafe read(reading, &byte, 1) == 0)
      close(reading)
    }

    private func isAlive(_ line: String) -> Bool {
      guard let id = line.split(separator: " ").last.flatMap({ pid_t($0) }) else { return true }
      return kill(id, 0) == 0
    }

    // MARK: Nothing is left

    @Test func thousandRunsLeaveNothing() async {
      await #expect(processExitsWith: .success) {
        let process = ProcessTask()
        func descriptors() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count }
        let input: JSONValue = ["command": ["true"], "input": 1]
        _ = try await process.output(input)
        let before = try descriptors()
        for _ in 0..<250 {
          try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 { group.addTask { _ = try await process.output(input) } }
            try await group.waitForAll()
          }
        }
        // Foundation opens a few of its own for good, whenever it likes; one for each run would be a thousand.
        #expect(try descriptors() < before + 16)
        var status: Int32 = 0
        #expect(unsafe waitpid(-1, &status, WNOHANG) == -1 && errno == ECHILD)
      }
    }

    @Test func aWorkerIsNotHeld() async throws {
      let executor = WorkStealingExecutor(.init(workerCount: 1))
      let folder = try Folder()
      let fifo = folder.file("fifo")
      #expect(unsafe mkfifo(fifo, 0o600) == 0)
      let attempt = Attempt()
      let context = attempt.context
      let reader = Task(executorPreference: executor) {
        try await process.run(
          ["command": ["sh", "-c", .string("echo ready >&2; read line < \(fifo); echo $line")]], context)
      }
      _ = await attempt.line("ready")
      // Runs on the only worker, while the program waits for what it writes.
      let writer = Task(executorPreference: executor) { try Data("42\n".utf8).write(to: URL(filePath: fifo)) }
      try await writer.value
      #expect(try await reader.value == 42)
      await executor.shutdown()
    }

    // MARK: Checks

    @Test func inputIsCheckedAtRegistration() {
      #expect(process.complaint(["command": ["cat"]]) == nil)
      #expect(
        process.complaint(["command": ["cat", "${item}"], "input": ["x": "${a}"], "success": "${codes}"]) == nil)
      #expect(process.complaint([:]) == "tasks.t.input.command: is missing")
      #expect(process.complaint(["command": "ls -l"]) == "tasks.t.input.command: a list is expected, not this text")
      #expect(
        process.complaint(["command": ["ls", 1]]) == "tasks.t.input.command[1]: a text is expected, not a number")
      #expect(
        process.complaint(["command": [], "comand": 1])?.hasPrefix("tasks.t.input.comand: is not known here") == true)
      #expect(
        process.complaint(["command": ["ls"], "outputFormat": "xml"])
          == "tasks.t.input.outputFormat: one of json, text, lines, jsonLines, none is expected, not this text")
    }

    @Test func inputIsCheckedWhenItRuns() async throws {
      for input in [
        ["command": []], ["command": ["a\0b"]], ["command": ["ls"], "grace": -1],
        ["command": ["ls"], "outputLimit": 0],
        ["command": ["ls"], "environment": ["A=B": "c"]], ["command": ["ls"], "environment": ["A": 1]],
        ["command": ["ls"], "inherit": "HOME"], ["command": ["ls"], "input": 1, "inputFormat": "text"], "no object",
      ] as [JSONValue] {
        let failure = try await process.failure(input)
        #expect(failure?.code == "invalid input", "\(input)")
        #expect(failure?.isRetryable == false)
      }
    }
  }
#endif
