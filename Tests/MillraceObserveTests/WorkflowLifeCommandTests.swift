#if Workflow
  import Foundation
  import Testing

  /// The commands of `millrace` about what comes before and after a run: triggers, what history suggests, deletion.
  @Suite(.serialized, .timeLimit(.minutes(60))) struct WorkflowLifeCommandTests {
    private let command: Command

    init() throws { command = try Command() }

    private func remove() { try? FileManager.default.removeItem(at: command.folder) }

    private func run(_ arguments: String...) throws -> Command.Outcome {
      try command.run(arguments, directory: command.folder)
    }

    /// A workflow of one task that ends at once.
    private func write(_ name: String, trigger: String = "") throws {
      let text = """
        name: \(name)
        deadline: 1h
        tasks:
          work:
            kind: process
            cache: { lifetime: 1h }
            input: { command: [sh, -c, 'echo "\\"secret\\""'] }
        outputs: { word: "${tasks.work}" }
        \(trigger)
        """
      try text.write(to: command.folder.appending(path: "\(name).yaml"), atomically: true, encoding: .utf8)
    }

    private static func after(_ name: String) -> String { "triggers: { after: { workflow: { name: \(name) } } }" }

    @Test func checkRefusesWhatServeCouldNotRun() throws {
      defer { remove() }
      try write("odd", trigger: "triggers: { hot: { threshold: { metric: heat, above: 3 } } }")
      let odd = try run("check", "odd.yaml")
      #expect(odd.status == 0)
      #expect(
        odd.errors.contains(#"odd.yaml: triggers.hot: `millrace serve` has no metric "heat" of its own; it has: "#))
      let refused = try run("serve", "odd.yaml")
      #expect(refused.status == 65)
      #expect(refused.errors.contains(#"odd.triggers.hot: there is no metric "heat"; there are: disk.free, "#))

      for (name, source) in [("a", "c"), ("b", "a"), ("c", "b")] { try write(name, trigger: Self.after(source)) }
      #expect(try run("check", "a.yaml", "b.yaml").status == 0)
      let circle = try run("check", "a.yaml", "b.yaml", "c.yaml")
      #expect(circle.status == 65)
      #expect(circle.errors.contains("c.yaml: c.triggers.after: ") && circle.errors.contains("c → a → b → c"))
      #expect(try run("serve", "a.yaml", "b.yaml", "c.yaml").status == 65)
    }

    @Test func aThresholdAndAnOutcomeStartRunsThatAreErased() throws {
      defer { remove() }
      try write("low", trigger: "triggers: { room: { threshold: { metric: disk.free, above: 1 } } }")
      try write("next", trigger: Self.after("low"))
      let server = try command.start(["serve", "low.yaml", "next.yaml"], directory: command.folder)
      #expect(server.hear(": begins"))
      var next = server.hear("next ")
      while next, try run("runs", "--workflow", "next", "--state", "completed", "--json").output.isEmpty {
        next = server.process.isRunning
      }
      server.process.terminate()
      #expect(try server.wait().status == 143)
      #expect(try run("runs", "--json").output.split(separator: "\n").count == 2)

      let erased = try run("erase", "last", "--json")
      #expect(erased.status == 0, "\(erased.errors)")
      let report = try #require(try JSONSerialization.jsonObject(with: Data(erased.output.utf8)) as? [String: Any])
      #expect(report["cached_results"] as? Int == 1)
      #expect(report["stream_events"] as? Int == 1)
      #expect(report["steps"] as? Int == 1)
      #expect((report["runs"] as? [String])?.count == 1)
    }

    @Test func checkSuggestsTimeouts() throws {
      defer { remove() }
      try write("work")
      let file = command.folder.appending(path: "work.yaml")
      let text = try String(contentsOf: file, encoding: .utf8).replacing(
        "            cache: { lifetime: 1h }\n", with: "")
      try text.write(to: file, atomically: true, encoding: .utf8)
      #expect(try run("check", "work.yaml", "--history").status == 66)
      for _ in 0..<20 { #expect(try run("trigger", "work.yaml").status == 0) }
      #expect(try run("check", "work.yaml", "--history").output.contains("too few steps"))
      #expect(try run("serve", "--until-idle").status == 0)
      let outcome = try run("check", "work.yaml", "--history")
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.output.contains("timeout        work: 5 min is declared, "), "\(outcome.output)")
      #expect(outcome.output.contains("20 attempts took "), "\(outcome.output)")
      let json = try run("check", "work.yaml", "--history", "--json").output
      let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
      let hint = try #require((object["timeout_hints"] as? [[String: Any]])?.first)
      #expect(hint["task"] as? String == "work" && hint["count"] as? Int == 20)
    }
  }
#endif
