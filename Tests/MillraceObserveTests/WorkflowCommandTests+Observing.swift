#if Workflow
  import Foundation
  import MillraceWorkflow
  import Testing

  extension WorkflowCommandTests {
    /// One run completes, one fails: what the server tells of them, to whom.
    @Test func serverTellsWhatItSees() throws {
      defer { remove() }
      let collector = try TinyServer { _ in TinyServer.Answer(body: "{}") }
      defer { collector.stop() }
      try write(
        """
        name: bread
        deadline: 1h
        parameters: { heat: { type: integer } }
        tasks:
          bake:
            kind: process
            input: { command: [sh, -c, 'test "$1" -gt 0 && echo "\\"$TRACEPARENT\\""', sh, "0${parameters.heat}"] }
        outputs: { place: "${tasks.bake}" }
        """)
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
      #expect(try read("trace.json").contains("bake attempt 1"))

      let list = try self.run("alerts")
      #expect(list.status == 0 && list.output.contains("critical failure: run"), "\(list)")
      let listed = try records(self.run("alerts", "--json").output)
      #expect(listed.map { $0["id"] as? String } == ["failure/toast"])
      // What the program has said is the run's, and not kept with the alert.
      #expect(listed[0]["detail"] as? String == "")
    }

    @Test func mistakesInObservingAreNamed() throws {
      defer { remove() }
      for (option, value, expected) in [
        ("--alert", "deadline=2", "deadline=PERCENT"), ("--alert-webhook", "ftp://x", "http or https"),
        ("--otlp", "localhost:4318", "http or https"), ("--alert-secret", "key", "--alert-webhook"),
      ] {
        let outcome = try run("serve", option, value)
        #expect(outcome.status == 64 && outcome.errors.contains(expected), "\(outcome.errors)")
      }
    }
  }
#endif
