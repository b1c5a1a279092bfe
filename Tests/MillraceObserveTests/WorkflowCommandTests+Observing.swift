#if Workflow
  import Foundation
  import MillraceWorkflow
  import Testing

  extension WorkflowCommandTests {
    /// Fails without heat.
    private static let bread = """
      name: bread
      deadline: 1h
      parameters: { heat: { type: integer } }
      tasks:
        bake:
          kind: process
          input: { command: [sh, -c, 'test "$1" -gt 0 && echo "\\"$TRACEPARENT\\""', sh, "0${parameters.heat}"] }
      outputs: { place: "${tasks.bake}" }
      """

    /// One run completes, one fails: what the server tells of them, to whom.
    @Test func serverTellsWhatItSees() throws {
      defer { remove() }
      let collector = try TinyServer { _ in TinyServer.Answer(body: "{}") }
      defer { collector.stop() }
      try write(Self.bread)
      // Of a workflow of its own: a run of the same one that completes later would end the alert.
      try write(read("flow.yaml").replacing("name: bread", with: "name: toast"), to: "toast.yaml")
      #expect(try run("trigger", "flow.yaml", "--set", "heat=1").status == 0)
      #expect(try run("trigger", "toast.yaml", "--set", "heat=0").status == 0)
      let outcome = try run(
        "serve", "--until-idle", "--metrics-file", "metrics.txt", "--trace-file", "trace.json", "--otlp",
        "\(collector.url)", "--alert-command", "cat >> told", "--alert", "silence=1h")
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.errors.contains("alert: critical failure: run"), "\(outcome.errors)")

      let told = try records(read("told"))
      #expect(told.map { $0["event"] as? String } == ["raised"])
      #expect(told[0]["id"] as? String == "failure/toast" && (told[0]["detail"] as? String)?.contains("bake") == true)

      let readings = try Readings(read("metrics.txt"))
      #expect(readings[#"millrace_runs_ended_total{state="completed",workflow="bread"}"#] == 1)
      #expect(readings[#"millrace_runs_ended_total{state="failed",workflow="toast"}"#] == 1)
      #expect(readings[#"millrace_alerts_active{rule="failure"}"#] == 1)
      #expect(readings[#"millrace_alerts_active{rule="silence"}"#] == 0)
      #expect(readings["millrace_spans_exported_total"] == 6 && readings["millrace_spans_dropped_total"] == 0)
      #expect(try #require(readings[#"millrace_commit_seconds_count{durability="processCrash"}"#]) >= 3)
      #expect(readings.sum("millrace_executor_jobs_total") > 0)

      let spans = try collector.requests.flatMap { try OTLPReader($0.body).spans }
      #expect(spans.map(\.name).sorted() == ["bake", "bake", "bake attempt 1", "bake attempt 1", "bread", "toast"])
      let run = try #require(spans.first { $0.name == "bread" && $0.status == 1 })
      let attempt = try #require(spans.first { $0.trace == run.trace && $0.name == "bake attempt 1" })
      let runs = try records(self.run("runs", "--state", "completed", "--json").output)
      let place = (runs.first?["result"] as? [String: Any])?["place"] as? String
      #expect(place == "00-\(attempt.trace)-\(attempt.id)-01")
      // On one line of time with what the workers did.
      let trace = try #require(
        try JSONSerialization.jsonObject(with: Data(read("trace.json").utf8)) as? [String: Any])
      let events = try #require(trace["traceEvents"] as? [[String: Any]]).filter { $0["ph"] as? String == "X" }
      func times(_ isWanted: ([String: Any]) -> Bool) -> [Double] {
        events.filter(isWanted).compactMap { $0["ts"] as? Double }
      }
      let attempts = times { $0["name"] as? String == "bake attempt 1" && $0["pid"] as? Int == 2 }
      let jobs = times { $0["pid"] as? Int == 1 }
      #expect(attempts.count == 2 && attempts.allSatisfy { $0 > jobs.min() ?? .infinity })

      let list = try self.run("alerts")
      #expect(list.status == 0 && list.output.contains("critical failure: run"), "\(list)")
      let listed = try records(self.run("alerts", "--json").output)
      #expect(listed.map { $0["id"] as? String } == ["failure/toast"])
      // What the program has said is the run's, and not kept with the alert.
      #expect(listed[0]["detail"] as? String == "")
    }

    @Test func aFileSaysWhoIsToldOfWhat() throws {
      defer { remove() }
      try write(Self.bread)
      try write(
        """
        rules: [{ alert: failure, severity: warning }]
        tell: [{ command: cat >> told }]
        """, to: "alerts.yaml")
      #expect(try run("trigger", "flow.yaml", "--set", "heat=0").status == 0)
      let outcome = try run("serve", "--until-idle", "--alerts", "alerts.yaml")
      #expect(outcome.status == 0 && outcome.errors.contains("alert: warning failure: run"), "\(outcome.errors)")
      #expect(try records(read("told")).map { $0["severity"] as? String } == ["warning"])

      try write("rules:\n  - failure\n  - { alert: queue }", to: "wrong.yaml")
      let mistake = try run("serve", "--until-idle", "--alerts", "wrong.yaml")
      #expect(mistake.status == 65 && mistake.errors.contains("wrong.yaml:3:5: rules[1]: expected a field above"))
      #expect(try run("serve", "--alerts", "none.yaml").status == 66)
    }

    @Test func someRunsAreTraced() throws {
      defer { remove() }
      try write(Self.bread)
      for heat in ["1", "0"] { #expect(try run("trigger", "flow.yaml", "--set", "heat=\(heat)").status == 0) }
      #expect(try run("serve", "--until-idle", "--trace-file", "trace.json", "--trace-sample", "0").status == 0)
      // The one that has failed.
      let trace = try read("trace.json")
      #expect(trace.matches(of: /"name":"bread"/).count == 1 && trace.contains(#""millrace.state":"failed""#))
    }

    @Test func mistakesInObservingAreNamed() throws {
      defer { remove() }
      for (option, value, expected) in [
        ("--alert", "deadline=2", "deadline=PERCENT"), ("--alert-webhook", "ftp://x", "http or https"),
        ("--otlp", "localhost:4318", "http or https"), ("--alert-secret", "key", "--alert-webhook"),
        ("--trace-sample", "2", "between 0 and 1"),
      ] {
        let outcome = try run("serve", option, value)
        #expect(outcome.status == 64 && outcome.errors.contains(expected), "\(outcome.errors)")
      }
    }
  }
#endif
