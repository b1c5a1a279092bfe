#if Workflow
  import Foundation
  import Testing

  extension WorkflowCommandTests {
    /// A file of the guide, as it stands there.
    func guide(_ name: String) throws -> String {
      let article = try String(
        contentsOf: Command.root.appending(path: "Sources/MillraceWorkflow/MillraceWorkflow.docc/TriggerGuide.md"),
        encoding: .utf8)
      let block = try #require(article.split(separator: "```yaml\n# \(name)\n").dropFirst().first, "no \(name)")
      return String(try #require(block.split(separator: "```").first))
    }

    @Test func storedStartIsDrivenOnce() throws {
      defer { remove() }
      try write(guide("greet.yaml"))
      for _ in 0..<2 {
        #expect(
          try run("trigger", "flow.yaml", "--set", "name=Ada", "--idempotency-key", "Ada-1").status == 0)
      }
      #expect(try run("serve", "--until-idle").status == 0)
      #expect(try results().map { $0["text"] as? String } == ["hello, Ada"])
    }

    @Test func endOfAnotherRunStartsARun() throws {
      defer { remove() }
      try write(guide("greet.yaml"), to: "greet.yaml")
      try write(guide("after.yaml"), to: "after.yaml")
      #expect(try run("trigger", "greet.yaml").status == 0)
      let both = try command.start(["serve", "greet.yaml", "after.yaml"], directory: command.folder)
      #expect(both.hear { $0.contains(/after [0-9a-f]+: completed/) })
      both.process.terminate()
      #expect(try both.wait().status == 143)
      #expect(try results().contains { $0["text"] as? String == "hello, world, again" })
    }

    @Test func backfillStartsWhatIsMissing() throws {
      defer { remove() }
      try write(
        guide("nightly.yaml").replacing(
          "triggers:\n",
          with: """
            triggers:
              beat: { interval: 6h, input: { day: "${event.time}" } }
              orders: { event: { topic: orders }, input: { day: "${event.id}" } }

            """))
      let week = ["--from", "2026-03-26T00:00:00Z", "--to", "2026-04-01T00:00:00Z"]
      func backfill(_ trigger: String, _ more: [String]) throws -> Command.Outcome {
        try command.run(["backfill", "flow.yaml", trigger] + more, directory: command.folder)
      }
      let first = try backfill("nightly", ["--from", "2026-03-26T00:00:00Z", "--to", "2026-03-29T00:00:00Z"])
      #expect(first.output == "nightly: 3 scheduled times, 3 runs started, 0 had one, 0 refused\n", "\(first.errors)")
      let all = try backfill("nightly", week + ["--json"])
      let told = try #require(try records(all.output).first)
      #expect(told["times"] as? Int == 6 && told["started"] as? Int == 3 && told["duplicates"] as? Int == 3)
      #expect(try run("serve", "--until-idle").status == 0)
      let runs = try records(run("runs", "--state", "completed", "--json").output)
      // By the clock in Berlin: half past two is left out on the 29th, and made up for at three; from then on it is an hour earlier here.
      #expect(
        Set(runs.compactMap { ($0["parameters"] as? [String: String])?["day"]?.replacing(".000000", with: "") }) == [
          "2026-03-26T01:30:00Z", "2026-03-27T01:30:00Z", "2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z",
          "2026-03-30T00:30:00Z", "2026-03-31T00:30:00Z",
        ])
      #expect(try backfill("beat", week).output.contains("24 scheduled times, 24 runs started"))
      let event = try backfill("orders", week)
      #expect(event.status == 64 && event.errors.contains("only triggers by cron or interval"), "\(event.errors)")
      let never = try backfill("nightly", ["--from", "yesterday"])
      #expect(never.status == 64 && never.errors.contains("such as 2026-01-31T12:00:00Z; found yesterday"))
    }

    /// Serves until it says something, and ends it.
    func serve(
      _ arguments: [String], until text: String, _ body: (Command.Running) throws -> Void = { _ in }
    ) throws -> Command.Outcome {
      let running = try command.start(["serve"] + arguments, directory: command.folder)
      try #require(running.hear("drives millrace.db"))
      try body(running)
      #expect(running.hear(text))
      running.process.terminate()
      let outcome = try running.wait()
      #expect(outcome.status == 143, "\(outcome.errors)")
      return outcome
    }

    func results() throws -> [[String: Any]] {
      try records(run("runs", "--state", "completed", "--json").output).compactMap { $0["result"] as? [String: Any] }
    }

    @Test func intervalStartsRuns() throws {
      defer { remove() }
      try write(guide("beat.yaml"))
      _ = try serve(["flow.yaml"], until: "completed")
      #expect(try results().allSatisfy { $0["at"] is String })
    }

    @Test func fileStartsARun() throws {
      defer { remove() }
      try write(guide("incoming.yaml"))
      let folder = command.folder.appending(path: "in")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      _ = try serve(["flow.yaml"], until: "completed") { _ in
        try write("other", to: "in/other.csv")
        // Written elsewhere and moved in: it is whole when it is seen.
        try write("hello", to: "hello.part")
        try FileManager.default.moveItem(
          at: command.folder.appending(path: "hello.part"), to: folder.appending(path: "hello.txt"))
      }
      #expect(try results().map { $0["content"] as? String } == ["hello"])
    }

    @Test func eventOfAnotherRunStartsARun() throws {
      defer { remove() }
      try write(guide("orders.yaml"), to: "orders.yaml")
      try write(guide("large.yaml"), to: "large.yaml")
      for amount in [5, 2000] {
        #expect(try run("trigger", "orders.yaml", "--set", "amount=\(amount)").status == 0)
      }
      let both = try command.start(["serve", "orders.yaml", "large.yaml"], directory: command.folder)
      #expect(both.hear { $0.contains(/large [0-9a-f]+: completed/) })
      both.process.terminate()
      #expect(try both.wait().status == 143)
      #expect(try results().compactMap { $0["amount"] as? Int } == [2000])
    }

    @Test func thresholdStartsARunAndTroubleIsTold() throws {
      defer { remove() }
      try write(guide("alarm.yaml"))
      try write("3\n", to: "backlog")
      let options = ["flow.yaml", "--metric", "backlog=cat backlog", "--sample", "0.02"]
      _ = try serve(options, until: "completed") { _ in
        try write("42\n", to: "backlog")
      }
      #expect(try results().map { $0["value"] as? Int } == [42])
      try write("many\n", to: "backlog")
      let trouble = try serve(options, until: "could not work, and will be tried again")
      #expect(trouble.errors.contains("sh is expected to write a number; found \"many\""), "\(trouble.errors)")
      let unknown = try run("serve", "flow.yaml")
      #expect(unknown.status == 65 && unknown.errors.contains("there is no metric \"backlog\""), "\(unknown.errors)")
      #expect(try run("serve", "flow.yaml", "--metric", "backlog").status == 64)
      #expect(try run("serve", "flow.yaml", "--sample", "0").status == 64)
    }

    /// What a file says of a process's memory and processor time holds.
    @Test func limitsOfAProcessHold() throws {
      defer { remove() }
      try write(
        """
        name: limited
        deadline: 1h
        tasks:
          large:
            kind: process
            limits: { memory: 64MiB }
            fallback: small
            input: { command: [sh, -c, "head -c 400000000 /dev/zero | tail -c 300000000 > /dev/null"] }
          small: { kind: values, input: { failed: "${event.reason}" } }
          long:
            kind: process
            limits: { cpu: 1s }
            fallback: short
            input: { command: [sh, -c, "while :; do :; done"] }
          short: { kind: values, input: { failed: "${event.reason}" } }
        outputs: { memory: "${tasks.large.failed}", cpu: "${tasks.long.failed}" }
        """)
      let outcome = try run("run", "flow.yaml", "--json")
      #expect(outcome.status == 0, "\(outcome.errors)")
      let result = try #require(try records(outcome.output).last?["result"] as? [String: String])
      #expect(result["memory"]?.contains("memory") == true, "\(result)")
      #expect(result["cpu"]?.contains("SIGXCPU") == true && result["cpu"]?.contains("1 s of processor time") == true)
    }
  }
#endif
