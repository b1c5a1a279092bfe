#if Workflow
  import Foundation
  import Testing

  extension WorkflowCommandTests {
    /// Ctrl-C once: what is under way comes to its end, and how to go on is said before that.
    @Test func interruptDrainsAndSaysHowToGoOn() throws {
      defer { remove() }
      try write(Self.held)
      for name in ["ready", "go"] { try makePipe(name) }
      let first = try command.start(["run", "flow.yaml", "--set", "word=hi you"], directory: command.folder)
      try #require(first.hear("second: running"))
      _ = try wait(forPipe: "ready")
      kill(first.process.processIdentifier, SIGINT)
      #expect(first.hear("SIGINT: attempts under way have 10 s to end; a second signal ends at once. "))
      #expect(first.hear("Nothing is lost: `millrace run flow.yaml --set 'word=hi you'` goes on"))
      try open("go", write: "x\n")
      let outcome = try first.wait()
      // The attempt was the last one, so the run has ended.
      #expect(outcome.status == 0 && outcome.output == "said: hi you there, x\n", "\(outcome.errors)")
    }

    /// Ctrl-C twice: an attempt that does not end is not waited for.
    @Test func secondInterruptEndsAtOnce() throws {
      defer { remove() }
      try write(Self.held)
      for name in ["ready", "go"] { try makePipe(name) }
      let first = try command.start(["run", "flow.yaml", "--grace", "3600"], directory: command.folder)
      try #require(first.hear("second: running"))
      _ = try wait(forPipe: "ready")
      kill(first.process.processIdentifier, SIGINT)
      try #require(first.hear("SIGINT: attempts under way have 1 h to end"))
      kill(first.process.processIdentifier, SIGINT)
      let outcome = try first.wait()
      #expect(first.process.terminationReason == .exit && outcome.status == 130, "\(outcome.errors)")
      // What is left of the first attempt reads nothing of the new one.
      try makePipe("go")

      let second = try command.start(["run", "flow.yaml"], directory: command.folder)
      try #require(second.hear("second: attempt 1 again"))
      #expect(try wait(forPipe: "ready") == "ready\n")
      try open("go", write: "friend\n")
      #expect(try second.wait().output == "said: hello there, friend\n")
      #expect(try read("log") == "first\nsecond\nsecond\n")
    }

    /// After the grace an attempt is cancelled, and made again by the next start.
    @Test func graceEnds() throws {
      defer { remove() }
      try write(Self.held)
      for name in ["ready", "go"] { try makePipe(name) }
      let first = try command.start(["run", "flow.yaml", "--grace", "0", "--json"], directory: command.folder)
      try #require(try wait(forPipe: "ready") == "ready\n")
      first.process.terminate()
      let outcome = try first.wait()
      #expect(outcome.status == 143, "\(outcome.errors)")
      let end = try #require(try records(outcome.output).last)
      #expect(end["event"] as? String == "end" && end["exit_code"] as? Int == 143)
      #expect(end["state"] as? String == "running")
      let second = try command.start(["run", "flow.yaml"], directory: command.folder)
      #expect(try wait(forPipe: "ready") == "ready\n")
      try open("go", write: "you\n")
      #expect(try second.wait().status == 0)
    }
  }
#endif
