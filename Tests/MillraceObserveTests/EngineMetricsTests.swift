#if Workflow
  import MillraceExecutor
  import MillraceObserve
  import MillraceTesting
  import MillraceWorkflow
  import Synchronization
  import Testing

  struct EngineMetricsTests {
    private let registry = MetricsRegistry()
    private var metrics: RunMetrics { RunMetrics(factory: registry) }

    private func readings() throws -> Readings { try Readings(registry.text()) }

    @Test func runsAndSteps() async throws {
      let failures = Mutex(2)
      let engine = Bed.engine(
        observers: [metrics],
        [
          "flaky": { input, _ in
            if failures.withLock({ left in
              left -= 1
              return left >= 0
            }) {
              throw TaskFailure(code: "broken", "as asked")
            }
            return input
          },
          "hang": { _, _ in try await Bed.hang() },
        ])
      let good = Bed.flow(
        "good",
        Bed.task("each") { $0.foreach = ForeachDefinition(elements: "[1, 2, 3]") },
        Bed.task("flaky", "flaky", needs: ["each"]) { $0.retry.attempts = 5 })
      #expect(try await Bed.run(engine, good).state == .completed)
      let bad = Bed.flow(
        "bad", Bed.task("slow", "hang") { $0.timeout = .milliseconds(1) }, Bed.task("after", needs: ["slow"]))
      #expect(try await Bed.run(engine, bad).state == .failed)
      await engine.shutdown()
      let readings = try readings()
      #expect(readings[#"millrace_runs_started_total{workflow="good"}"#] == 1)
      #expect(readings[#"millrace_runs_ended_total{state="completed",workflow="good"}"#] == 1)
      #expect(readings[#"millrace_runs_ended_total{state="failed",workflow="bad"}"#] == 1)
      #expect(readings[#"millrace_run_changes_total{from="initiated",to="running",workflow="good"}"#] == 1)
      #expect(readings[#"millrace_run_changes_total{from="running",to="failed",workflow="bad"}"#] == 1)
      #expect(readings[#"millrace_run_seconds_count{workflow="good"}"#] == 1)
      // Elements of a fan-out together, and the fan-out itself.
      #expect(readings[#"millrace_steps_ended_total{state="succeeded",step="each",workflow="good"}"#] == 4)
      #expect(readings[#"millrace_steps_ended_total{state="succeeded",step="flaky",workflow="good"}"#] == 1)
      #expect(readings[#"millrace_step_seconds_count{step="flaky",workflow="good"}"#] == 1)
      #expect(readings[#"millrace_step_errors_total{kind="failed",step="flaky",workflow="good"}"#] == 2)
      #expect(readings[#"millrace_step_retries_total{step="flaky",workflow="good"}"#] == 2)
      #expect(readings[#"millrace_step_errors_total{kind="timed out",step="slow",workflow="bad"}"#] == 1)
      #expect(readings[#"millrace_step_retries_total{step="slow",workflow="bad"}"#] == 0)
      #expect(readings[#"millrace_steps_ended_total{state="timedOut",step="slow",workflow="bad"}"#] == 1)
      #expect(readings.sum("millrace_steps_ended_total") == 6)
    }

    @Test func queuesAndRefusals() async throws {
      let (begun, gate) = (Gate(), Gate())
      let engine = Bed.engine(
        observers: [metrics],
        [
          "hold": { input, _ in
            begun.open()
            await gate.wait()
            return input
          }
        ])
      try engine.register(
        Bed.flow("flow", Bed.task("a", "hold") { $0.queue = "narrow" }) {
          var queue = QueuePolicy()
          (queue.concurrency, queue.bound) = (1, 1)
          $0.queues = ["narrow": queue]
        })
      let gauges = EngineMetrics(factory: registry)
      registry.addCollector { gauges.record(engine.load) }
      // The first has its turn, so that the next waits for as long as is looked.
      var runs = [try await engine.start(StartRequest(workflow: "flow")).run]
      await begun.wait()
      var refusal: WorkflowError?
      while refusal == nil {
        do throws(any Error) {
          runs.append(try await engine.start(StartRequest(workflow: "flow")).run)
        } catch {
          refusal = error as? WorkflowError
        }
      }
      let held = try readings()
      #expect(held[#"millrace_queue_running{queue="narrow"}"#] == 1)
      #expect(try #require(held[#"millrace_queue_depth{queue="narrow"}"#]) >= 1)
      #expect(try #require(held["millrace_runs_in_memory"]) >= 2)
      #expect(held[#"millrace_refusals_total{gate="queue",name="narrow"}"#] == 1)
      gate.open()
      for run in runs { try await engine.wait(for: run) }
      let after = try readings()
      #expect(after[#"millrace_queue_depth{queue="narrow"}"#] == 0)
      #expect(after[#"millrace_queue_wait_seconds_count{queue="narrow"}"#] == Double(runs.count))
      await engine.shutdown()
    }

    @Test func breakers() async throws {
      let engine = Bed.engine(observers: [metrics])
      let flow = Bed.flow("flow", Bed.task("call", "fail") { $0.circuit = "bank" }) {
        var policy = CircuitPolicy()
        policy.failures = 1
        policy.open = .seconds(3600)
        $0.circuits = ["bank": policy]
      }
      let gauges = EngineMetrics(factory: registry)
      try engine.register(flow)
      gauges.record(engine.load)
      #expect(try readings()[#"millrace_circuit_state{circuit="bank"}"#] == 0)
      try await Bed.run(engine, flow)
      try await Bed.run(engine, flow)
      gauges.record(engine.load)
      let readings = try readings()
      #expect(readings[#"millrace_circuit_state{circuit="bank"}"#] == 2)
      #expect(readings[#"millrace_circuit_changes_total{circuit="bank",state="open"}"#] == 1)
      #expect(readings[#"millrace_refusals_total{gate="circuit",name="bank"}"#] == 1)
      await engine.shutdown()
    }

    @Test func commitsAndTrouble() async throws {
      // The second change of a run is refused by the store once, and tried again.
      let store = FaultyRunStore(MemoryRunStore(), at: 2, .refuse)
      let engine = Bed.engine(store, observers: [metrics])
      #expect(try await Bed.run(engine, Bed.flow("flow", Bed.task("a"))).state == .completed)
      await engine.shutdown()
      #expect(store.hasHappened)
      let readings = try readings()
      #expect(readings[#"millrace_store_errors_total{durability="memory"}"#] == 1, "\(registry.text())")
      #expect(readings[#"millrace_trouble_total{kind="store trouble"}"#] == 1)
      #expect(try #require(readings[#"millrace_commit_seconds_count{durability="memory"}"#]) >= 2)
      let changes = try #require(readings[#"millrace_commit_changes_sum{durability="memory"}"#])
      #expect(changes >= 2)
      #expect(readings[#"millrace_commit_changes_count{durability="memory"}"#].map { $0 <= changes } == true)
    }

    @Test func eventsAndLag() async throws {
      let (store, stream) = (MemoryRunStore(), MemoryEventStream(capacity: 2))
      // One who reads, and acknowledges nothing: what he has yet to read is kept.
      let reader = StreamConsumer("reader")
      _ = try await stream.read("news", by: reader, after: nil, limit: 1)
      let engine = Bed.engine(store, stream: stream, observers: [metrics])
      let flow = Bed.flow("flow") {
        for name in ["a", "b"] {
          $0.addTask(name, kind: "emit", input: ["topic": "news", "payload": "1"])
        }
      }
      try await Bed.run(engine, flow)
      try await Bed.run(engine, flow)
      let sampler = EngineSampler(engine, store: store, stream: stream, topics: ["news"])
      var sample = try await sampler.sample()
      // The stream is full, the rest waits in the outbox.
      while sample.lags.first?.events != 2 || sample.outboxEvents == 0 { sample = try await sampler.sample() }
      let gauges = EngineMetrics(factory: registry)
      gauges.record(sample)
      let full = try readings()
      #expect(full[#"millrace_stream_lag_events{group="reader",topic="news"}"#] == 2)
      #expect(try #require(full["millrace_outbox_events"]) >= 2)
      #expect(full[#"millrace_runs_stored{state="running"}"#] == 0)
      let head = try await stream.read("news", by: reader, after: nil, limit: 10).through
      try await stream.acknowledge("news", by: reader, through: head)
      while sample.outboxEvents > 0 {
        sample = try await sampler.sample()
        let head = try await stream.read("news", by: reader, after: nil, limit: 10).through
        try await stream.acknowledge("news", by: reader, through: head)
      }
      gauges.record(sample)
      let after = try readings()
      #expect(after["millrace_outbox_events"] == 0)
      #expect(try #require(after["millrace_outbox_relayed_total"]) >= 4)
      await engine.shutdown()
    }

    @Test func leases() async throws {
      let engine = Bed.engine(observers: [metrics]) { $0.leasing = Leasing(owner: "one") }
      try engine.register(Bed.flow("flow", Bed.task("a")))
      try await engine.resumeRuns()
      let gauges = EngineMetrics(factory: registry)
      gauges.record(engine.load)
      let held = try readings()
      #expect(held[#"millrace_leases_held{process="drive",workflow="flow"}"#] == 8)
      #expect(held[#"millrace_leases_held{process="engine",workflow="flow"}"#] == 1)
      #expect(held[#"millrace_leases_held{process="outbox",workflow="any"}"#] == 1)
      let renewed = held.values.filter { $0.key.hasPrefix("millrace_lease_renewed_timestamp_seconds") }
      #expect(renewed.count == 10)
      let now = Double(SystemWallClock().now.microseconds) / 1e6
      #expect(renewed.values.allSatisfy { $0 > now - 3600 && $0 <= now })
      await engine.shutdown()
      gauges.record(engine.load)
      #expect(try readings().sum("millrace_leases_held") == 0)
    }

    @Test func triggers() throws {
      let metrics = metrics
      let kinds: [TriggerReport.Kind] = [
        .answered(occasion: "1", .started(RunID(high: 0, low: 1))),
        .answered(occasion: "1", .duplicate(RunID(high: 0, low: 1))), .refused(occasion: "2", "no"), .failed("broken"),
      ]
      for kind in kinds { metrics.observe(TriggerReport(workflow: "flow", trigger: "nightly", kind: kind)) }
      let readings = try readings()
      for result in ["started", "duplicate", "refused", "failed"] {
        #expect(
          readings[#"millrace_trigger_occasions_total{result="\#(result)",trigger="nightly",workflow="flow"}"#] == 1)
      }
    }

    @Test func theFloorsBelow() async throws {
      let executor = WorkStealingExecutor()
      let gauges = EngineMetrics(factory: registry)
      gauges.record(executor.metrics())
      let fired = TimerMetrics.current.fired
      await Task(executorPreference: executor) {
        await withTaskGroup { group in for _ in 0..<100 { group.addTask { await Task.yield() } } }
        _ = try? await withTimeout(.milliseconds(1)) { try await Bed.hang() }
      }.value
      gauges.record(executor.metrics())
      gauges.record(TimerMetrics.current)
      let readings = try readings()
      #expect(readings.sum("millrace_executor_jobs_total") >= 100)
      #expect(readings.sum("millrace_executor_busy_seconds_total") > 0)
      #expect(readings.sum("millrace_executor_injected_total") > 0)
      #expect(readings["millrace_executor_waiting_jobs"] != nil)
      for name in ["idle_seconds_total", "steals_total", "parks_total", "queued_jobs"] {
        #expect(readings.types["millrace_executor_\(name)"] != nil, "\(name)")
      }
      #expect(try #require(readings["millrace_timers_fired_total"]) > Double(fired))
      #expect(try #require(readings["millrace_timer_lateness_seconds_total"]) > 0)
      #expect(readings.types["millrace_timers_pending"] == "gauge")
      await executor.shutdown()
    }
  }
#endif
