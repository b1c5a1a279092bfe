import Foundation
import Millrace
import MillraceDashboard
import MillraceObserve
import MillraceWorkflow

/// A server on a free port of this machine, as `millrace serve --listen` has it, with an engine in memory.
struct ServerBed: Sendable {
  let engine: WorkflowEngine
  let server: DashboardServer

  /// Each of them runs wait, for an event that never comes.
  static let waiting = (0..<20).map { "parcel-\($0)" }

  enum Place: String, CaseIterable { case packed, sent }

  init(_ options: Options) {
    let watch = RunWatch()
    let registry = MetricsRegistry()
    var configuration = WorkflowEngine.Configuration()
    let executor = options.makeExecutor()
    configuration.executor = executor
    configuration.observers = [RunMetrics(factory: registry), watch]
    let engine = WorkflowEngine(store: MemoryRunStore(), configuration: configuration)
    let gauges = EngineMetrics(factory: registry)
    registry.addCollector {
      gauges.record(engine.load)
      gauges.record(TimerMetrics.current)
      gauges.record(executor.metrics())
    }
    var serving = DashboardServer.Configuration()
    serving.address = ListenAddress("127.0.0.1:0")!
    serving.metrics = { registry.text() }
    do {
      for name in Self.waiting {
        var machine = StateMachine<JSONValue, Place>(name, initial: .packed)
        machine.durability = .memory
        machine.addCallback("collected", at: .packed, to: .sent) { (_, _: JSONValue, _) in .sent }
        machine.addTimeout(at: .packed, after: .seconds(86_400), to: .sent)
        try engine.register(machine)
      }
      var steps = StateMachine<JSONValue, Stop>("stops", initial: .s0)
      steps.durability = .memory
      for (place, stop) in Stop.allCases.dropLast().enumerated() {
        let next = Stop.allCases[place + 1]
        steps.addStep(at: stop, to: next) { _, _ in next }
      }
      try engine.register(steps)
      server = try DashboardServer(engine: engine, watch: watch, configuration: serving)
    } catch {
      fail("\(error)")
    }
    self.engine = engine
  }

  func end() async {
    await server.stop(grace: .zero)
    await engine.shutdown(grace: .zero)
  }
}

/// `server-scrape`: `/metrics`, while so many runs wait, on one connection. An operation is a scrape.
func serverScrape(_ options: Options) -> Plan? {
  guard options.contender == "millrace" else { return nil }
  let bed = ServerBed(options)
  let scrapes = 200
  let ended = Place((measured: Measured(), isRight: false))
  awaitHere {
    do {
      for number in 0..<max(1, options.size) {
        let workflow = ServerBed.waiting[number % ServerBed.waiting.count]
        let run = try await bed.engine.start(StartRequest(workflow: workflow)).run
        try await bed.engine.wait(for: run) { $0.state == .waiting }
      }
    } catch {
      fail("\(error)")
    }
    let client = LoopbackClient(port: bed.server.address.port)
    var (measured, bytes) = (Measured(), 0)
    _ = client.get("/metrics")
    let (wall, cpu) = (nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_PROCESS_CPUTIME_ID))
    for _ in 0..<scrapes {
      let start = nanoseconds(CLOCK_MONOTONIC)
      let text = client.get("/metrics")
      measured.latencies.append(nanoseconds(CLOCK_MONOTONIC) - start)
      bytes = text.count
      let started = String(decoding: text, as: UTF8.self).matches(of: /millrace_runs_started_total\{.*\} ([0-9]+)/)
      ended.value.isRight = started.reduce(0) { $0 + (Int($1.1) ?? 0) } == options.size
    }
    measured.wall = nanoseconds(CLOCK_MONOTONIC) - wall
    measured.cpu = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu
    measured.figures = ["bytes": Double(bytes), "p50_ms": Double(measured.latencies.sorted()[scrapes / 2]) / 1e6]
    ended.value.measured = measured
    await bed.end()
  }
  return Plan(operations: scrapes, measure: { ended.value.measured }, verify: { ended.value.isRight })
}

/// `server-watched`: 1,000 transitions a second, with so many watchers of live updates and with none, in turn. `watch_cost` is what the serving threads need more for it, as a part of one processor: the median over rounds. An operation is a run of ten steps.
func serverWatched(_ options: Options) -> Plan? {
  guard options.contender == "millrace" else { return nil }
  let bed = ServerBed(options)
  let ended = Place((measured: Measured(), runs: 0, isRight: true))
  let rounds = 7
  awaitHere {
    var (measured, costs, base, rate) = (Measured(), [Double](), [Double](), 0.0)
    for round in 0..<rounds {
      var parts = [0.0, 0.0]
      for turn in 0..<2 {
        let isWatched = (round + turn) % 2 == 0
        let watchers = isWatched ? Watchers(count: options.size, port: bed.server.address.port) : nil
        let (wall, cpu) = (nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_PROCESS_CPUTIME_ID))
        let before = watchers?.cpu ?? 0
        let runs = await transitions(bed.engine, seconds: 2)
        let watching = (watchers?.cpu ?? 0) - before
        let took = nanoseconds(CLOCK_MONOTONIC) - wall
        let own = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu - watching
        parts[isWatched ? 1 : 0] = Double(own) / Double(took)
        rate = Double(runs * Stop.stepCount) / Double(took) * 1e9
        measured.wall += took
        measured.cpu += own
        ended.value.runs += runs
        if let watchers {
          // Each has been told, and stayed.
          if watchers.end() < 1000 { ended.value.isRight = false }
        }
      }
      costs.append(parts[1] - parts[0])
      base.append(parts[0])
    }
    measured.figures = [
      "watch_cost": costs.sorted()[rounds / 2], "unwatched_cpu": base.sorted()[rounds / 2], "transitions": rate,
    ]
    ended.value.measured = measured
    await bed.end()
  }
  return Plan(
    operations: ended.value.runs, measure: { ended.value.measured }, verify: { ended.value.isRight })
}

/// A hundred runs of ten steps a second, each at its time.
///
/// - Returns: how many.
private func transitions(_ engine: WorkflowEngine, seconds: Int) async -> Int {
  let clock = TimerClock()
  let begin = clock.now
  do {
    var runs: [RunID] = []
    for number in 0..<100 * seconds {
      try await clock.sleep(until: begin.advanced(by: .milliseconds(10 * number)))
      runs.append(try await engine.start(StartRequest(workflow: "stops")).run)
    }
    for run in runs { try await engine.wait(for: run) }
  } catch {
    fail("\(error)")
  }
  return 100 * seconds
}
