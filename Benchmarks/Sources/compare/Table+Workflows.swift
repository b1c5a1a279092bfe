extension Table {
  typealias Metric = (name: String, unit: String, figure: Figure?)

  /// What a process of a workload of workflows tells, what it is about first; nil: it is another workload's.
  func workflowMetrics(_ entrant: Entrant) -> [Metric]? {
    guard entrant.workload.isWorkflow else { return nil }
    let own = samples[entrant] ?? []
    let latencies: [Metric] = [
      ("latency_p50", "ns", Figure(own.compactMap { $0.latencies?.p50 })),
      ("latency_p99", "ns", Figure(own.compactMap { $0.latencies?.p99 })),
    ]
    let memory: Metric = ("peak_rss", "bytes", Figure(own.map(\.memory)))
    // What others' servers take is not seen.
    let processor: Metric = ("cpu_per_op", "ns", Figure(own.filter { $0.cpu > 0 }.map { $0.cpu / $0.operations }))
    switch entrant.workload.name {
    case "workflow-idle":
      return [("cpu_per_second", "ns", Figure(own.map { $0.cpu / $0.wall * 1e9 })), memory]
    case "workflow-store": return [("time_per_op", "ns", time(entrant)), processor, memory]
    case "workflow-recover": return [("wall", "ns", Figure(own.map(\.wall))), processor, memory]
    default: return latencies + [processor, memory]
    }
  }

  static let workflowUnits = [
    "rate": "1/s", "fsync_p50": "ns", "raw_group": "changes/s", "raw_single": "changes/s", "all_done": "ns",
    "bytes_per_run": "bytes",
  ]

  func sayWorkflowBars(
    _ say: (_ name: String, _ value: Double?, _ holds: (Double) -> Bool, _ bar: String) -> Void
  ) {
    func figure(
      _ metric: String, _ name: String, _ variant: String, _ contender: String = "millrace", size: Int = 0
    ) -> Double? {
      let found = order.filter {
        $0.workload.name == name && $0.workload.variant == variant && $0.contender == contender
          && (size == 0 || $0.workload.size == size)
      }
      return found.compactMap { entrant in metrics(entrant).first { $0.name == metric }?.figure.median }.min()
    }
    func ratio(_ a: Double?, _ b: Double?) -> Double? { a.flatMap { a in b.map { a / $0 } } }
    for (metric, most) in [("latency_p50", 20.0), ("latency_p99", 100)] {
      for contender in ["millrace", "millrace-graph"] {
        say(
          "workflow-transition memory, \(contender), \(metric), µs",
          figure(metric, "workflow-transition", "memory", contender).map { $0 / 1_000 },
          { contender != "millrace" || $0 <= most }, contender == "millrace" ? "at most \(most)" : "reported")
      }
    }
    for runs in [1, 1_000] {
      say(
        "workflow-throughput processCrash-10, \(runs) at a time, transitions by commits of raw SQLite",
        figure("by_raw_single", "workflow-throughput", "processCrash-10", size: runs), { $0 >= 0.3 }, "at least 0.3")
    }
    for (runs, least) in [(1, 3.0), (1_000, 30)] {
      for steps in [1, 10] {
        func rate(_ contender: String) -> Double? {
          figure("rate", "workflow-throughput", "powerLoss-\(steps)", contender, size: runs)
        }
        let isBar = steps == 1
        say(
          "workflow-throughput powerLoss-\(steps), \(runs) at a time, by DBOS", ratio(rate("millrace"), rate("dbos")),
          { !isBar || $0 >= least }, isBar ? "at least \(least)" : "reported")
      }
    }
    say(
      "workflow-throughput powerLoss-10, 1,000 at a time, by raw SQLite in the same groups",
      figure("by_raw_group", "workflow-throughput", "powerLoss-10", size: 1_000), { $0 >= 0.5 }, "at least 0.5")
    say(
      "workflow-transition powerLoss, synced commits a step",
      figure("commits_per_run", "workflow-transition", "powerLoss").map { $0 / 10 }, { $0 <= 1.5 }, "at most 1.5")
    for durability in ["memory", "processCrash"] {
      say(
        "workflow-idle, 10,000 live runs, \(durability), MB",
        figure("peak_rss", "workflow-idle", "live-\(durability)").map { $0 / 1_048_576 }, { $0 <= 60 }, "at most 60")
      say(
        "workflow-idle, 100,000 sleeping runs, \(durability), % CPU",
        figure("cpu_per_second", "workflow-idle", "sleeping-\(durability)").map { $0 / 1e7 }, { $0 <= 0.1 },
        "at most 0.1")
    }
    for durability in ["processCrash", "powerLoss"] {
      say(
        "workflow-recover \(durability), s", figure("wall", "workflow-recover", durability).map { $0 / 1e9 },
        { $0 <= 2 }, "at most 2")
    }
  }
}
