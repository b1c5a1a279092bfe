import Foundation

/// The figures of a comparison, as a table, as bars that hold or do not, and as JSON.
struct Table {
  struct Figure {
    var minimum, median, maximum: Double
    init?(_ values: [Double]) {
      guard !values.isEmpty else { return nil }
      let sorted = values.sorted()
      minimum = sorted.first!
      maximum = sorted.last!
      median =
        sorted.count % 2 == 1 ? sorted[sorted.count / 2] : (sorted[sorted.count / 2 - 1] + sorted[sorted.count / 2]) / 2
    }
  }

  let order: [Entrant]
  let samples: [Entrant: [Sample]]
  private let controls: [Double]

  init(_ order: [Entrant], _ samples: [Entrant: [Sample]], controls: [Double]) {
    self.order = order
    self.samples = samples
    self.controls = controls
  }

  // MARK: Figures

  func entrant(
    _ name: String, _ variant: String = "", _ contender: String, _ workers: Int = 1, size: Int = 0
  ) -> Entrant? {
    order.first {
      $0.workload.name == name && $0.workload.variant == variant && $0.contender == contender && $0.workers == workers
        && (size == 0 || $0.workload.size == size)
    }
  }

  func time(_ entrant: Entrant) -> Figure? { Figure((samples[entrant] ?? []).map { $0.wall / $0.operations }) }

  /// Over the serial run of the same round.
  private func overhead(_ entrant: Entrant) -> Figure? {
    guard entrant.contender != "serial",
      let serial = self.entrant(
        entrant.workload.name, entrant.workload.variant, "serial", size: entrant.workload.size)
    else { return nil }
    return Figure(
      zip(samples[entrant] ?? [], samples[serial] ?? []).map { $0.wall / $0.operations - $1.wall / $1.operations })
  }

  func metrics(_ entrant: Entrant) -> [(name: String, unit: String, figure: Figure)] {
    let own = samples[entrant] ?? []
    var list: [(String, String, Figure?)] = [
      ("time_per_op", "ns", time(entrant)), ("overhead_per_op", "ns", overhead(entrant)),
      ("cpu_per_op", "ns", Figure(own.map { $0.cpu / $0.operations })),
      ("peak_rss", "bytes", Figure(own.map(\.memory))),
    ]
    if let name = latencyName(entrant) {
      list = [
        ("\(name)_p50", "ns", Figure(own.compactMap { $0.latencies?.p50 })),
        ("\(name)_p99", "ns", Figure(own.compactMap { $0.latencies?.p99 })),
      ]
    }
    if entrant.workload.isBatch, entrant.workload.name != "batch-call" {
      list = [("throughput", Self.batchUnit, throughput(entrant))]
    }
    if entrant.workload.name == "idle" { list = [("cpu_per_second", "ns", Figure(own.map { $0.cpu / $0.operations }))] }
    if let workflow = workflowMetrics(entrant) { list = workflow }
    for name in Set(own.flatMap { $0.figures?.keys.map(\.self) ?? [] }).sorted() {
      list.append(
        (name, Self.units[name] ?? Self.workflowUnits[name] ?? "", Figure(own.compactMap { $0.figures?[name] })))
    }
    return list.compactMap { name, unit, figure in figure.map { (name, unit, $0) } }
  }

  private static let units = [
    "bytes_beside_edges": "bytes", "bytes_per_op": "bytes", "bytes_per_timer": "bytes", "context_switches": "switches",
    "throughput": "GB/s", "tick_p9999": "ns", "worst_tick": "ns",
    "worst_tick_excess": "entries",
  ]

  /// What a workload's latencies are called, if they are what it is about.
  private func latencyName(_ entrant: Entrant) -> String? {
    switch (entrant.workload.name, entrant.workload.variant) {
    case ("ping", _), ("fork-to-start", _): "latency"
    case ("sleep", _), ("timers", "lateness"), ("timers", "lateness-realtime"): "lateness"
    default: nil
    }
  }

  var text: String {
    var lines = [
      [
        "workload", "contender", "workers", "ns per op", "min … max", "over serial", "CPU ns per op", "peak MB",
        "× best", "also",
      ]
    ]
    let others = order.filter { !$0.workload.isBatch || $0.workload.name == "batch-call" }
    guard !others.isEmpty else { return "" }
    for entrant in others {
      let metrics = metrics(entrant)
      guard let first = metrics.first else { continue }
      let best = order.filter {
        $0.workload == entrant.workload && $0.workers == entrant.workers && $0.contender != "serial"
      }
      .compactMap { self.metrics($0).first?.figure.median }.min()
      func figure(_ name: String, _ scale: Double = 1) -> String {
        metrics.first { $0.name == name }.map { Self.number($0.figure.median / scale) } ?? ""
      }
      lines.append([
        "\(entrant.workload.name) \(entrant.workload.variant)"
          + (entrant.workload.size > 0 ? " \(entrant.workload.size)" : ""), entrant.contender, "\(entrant.workers)",
        Self.number(first.figure.median),
        "\(Self.number(first.figure.minimum)) … \(Self.number(first.figure.maximum))", figure("overhead_per_op"),
        figure("cpu_per_op"),
        figure("peak_rss", 1_048_576),
        entrant.contender == "serial" ? "" : best.map { String(format: "%.2f", first.figure.median / $0) } ?? "",
        metrics.dropFirst().filter { !["overhead_per_op", "cpu_per_op", "peak_rss"].contains($0.name) }
          .map { "\($0.name) \(Self.number($0.figure.median))" }.joined(separator: ", "),
      ])
    }
    return "\n" + Self.aligned(lines, textColumns: 2)
  }

  /// Columns of one width; but for the last one and the first few, to the right.
  static func aligned(_ lines: [[String]], textColumns: Int) -> String {
    let widths = lines[0].indices.map { place in lines.map { $0[place].count }.max()! }
    return lines.map { line in
      line.indices.map { place in
        let blank = String(repeating: " ", count: widths[place] - line[place].count)
        if place == line.count - 1 { return line[place] }
        return place < textColumns ? line[place] + blank : blank + line[place]
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }

  static func number(_ value: Double) -> String {
    value.magnitude >= 1000
      ? String(format: "%.0f", value)
      : value.magnitude >= 100 ? String(format: "%.1f", value) : String(format: "%.2f", value)
  }

  var json: String {
    order.flatMap { entrant in
      metrics(entrant).map { metric in
        """
        {"workload":"\(entrant.workload.name)","case":"\(entrant.workload.variant)","size":\(samples[entrant]?.first?.size ?? 0),\
        "contender":"\(entrant.contender)","workers":\(entrant.workers),"metric":"\(metric.name)","unit":"\(metric.unit)",\
        "min":\(metric.figure.minimum),"median":\(metric.figure.median),"max":\(metric.figure.maximum),"verified":true}
        """
      }
    }.joined(separator: "\n") + "\n"
  }

  // MARK: Bars

  /// What Millrace promises, and whether it held in this run.
  var bars: String {
    var lines: [String] = []
    var notMeasured = 0
    func say(_ name: String, _ value: Double?, _ holds: (Double) -> Bool, _ bar: String) {
      guard let value else {
        notMeasured += 1
        return
      }
      lines.append(
        "\(holds(value) ? "holds        " : "does not hold") \(name): \(String(format: "%.3g", value)) (\(bar))")
    }
    func median(_ name: String, _ variant: String = "", _ contender: String, _ workers: Int = 1) -> Double? {
      entrant(name, variant, contender, workers).flatMap { metrics($0).first?.figure.median }
    }
    func figure(
      _ metric: String, _ name: String, _ variant: String, _ contender: String, _ workers: Int = 1, size: Int = 0
    )
      -> Figure?
    {
      entrant(name, variant, contender, workers, size: size).flatMap { entrant in
        metrics(entrant).first { $0.name == metric }?.figure
      }
    }
    func ratio(_ a: Double?, _ b: Double?) -> Double? { a.flatMap { a in b.map { a / $0 } } }
    let capacity = Figure(controls)?.median
    if let capacity {
      lines.append(
        "capacity of two processors, by two independent processes at once: \(String(format: "%.2f", capacity)) ×")
    }

    let fork = entrant("fib", "", "millrace").flatMap { overhead($0)?.median }
    say("fib, overhead per fork, ns", fork, { $0 <= 4 }, "at most 4")
    say(
      "  by rayon's", ratio(fork, entrant("fib", "", "rayon").flatMap { overhead($0)?.median }), { $0 <= 0.35 },
      "at most 0.35")
    say(
      "  time of all, by rayon's", ratio(median("fib", "", "millrace"), median("fib", "", "rayon")), { $0 <= 0.5 },
      "at most 0.5")
    let two = ratio(median("fib", "", "millrace"), median("fib", "", "millrace", 2))
    say("fib, 2 workers against 1, by the capacity", ratio(two, capacity), { $0 >= 0.92 }, "at least 0.92")
    say(
      "fib, 2 workers, rayon's time by ours", ratio(median("fib", "", "rayon", 2), median("fib", "", "millrace", 2)),
      { $0 >= 2 }, "at least 2")
    for name in ["skynet", "nqueens", "uts", "matmul"] {
      for workers in [1, 2] {
        let peers = ["rayon", "tbb", "openmp", "go"].compactMap { median(name, "", $0, workers) }
        say(
          "\(name), \(workers) worker(s), by the fastest peer's time",
          ratio(median(name, "", "millrace", workers), peers.min()), { $0 < 1 }, "below 1")
      }
    }
    let memory = figure("peak_rss", "skynet", "", "millrace", 2)?.median
    let serialMemory = figure("peak_rss", "skynet", "", "serial")?.median
    say(
      "skynet, peak MB over the serial program's", memory.flatMap { m in serialMemory.map { (m - $0) / 1_048_576 } },
      { $0 <= 8 }, "at most 8")
    say(
      "forEach flat, 1 worker, by serial",
      ratio(median("forEach", "flat", "millrace"), median("forEach", "flat", "serial")), { $0 <= 1.05 }, "at most 1.05")
    for variant in ["flat10ns", "skewed"] {
      let gain = ratio(median("forEach", variant, "millrace"), median("forEach", variant, "millrace", 2))
      say(
        "forEach \(variant), 2 workers against 1, by the capacity", ratio(gain, capacity), { $0 >= 0.92 },
        "at least 0.92")
    }
    say(
      "ping hot, by libdispatch", ratio(median("ping", "hot", "millrace", 2), median("ping", "hot", "dispatch")),
      { $0 <= 0.5 }, "at most 0.5")
    say(
      "ping parked, by libdispatch",
      ratio(median("ping", "parked", "millrace", 2), median("ping", "parked", "dispatch")), { $0 <= 0.8 }, "at most 0.8"
    )
    for (name, variant, base, bar) in [
      ("taskgroup", "64", "taskgroup", 0.9), ("taskgroup", "20000", "taskgroup", 1.0),
      ("asynclet", "", "asynclet", 0.9), ("actor", "", "default", 1.0),
    ] {
      say(
        "\(name) \(variant) as the global executor, by the default one",
        ratio(median(name, variant, "millrace-global", 2), median(name, variant, base)),
        { $0 <= bar }, "at most \(bar)")
      say(
        "\(name) \(variant) under a preference, by the default one",
        ratio(median(name, variant, "millrace", 2), median(name, variant, base)),
        { name != "actor" || $0 <= 2.1 }, name == "actor" ? "at most 2.1" : "reported")
    }
    for variant in ["submit", "fork"] {
      let start = median("fork-to-start", variant, "millrace", 2)
      let ping = median("ping", "parked", "millrace", 2)
      say(
        "fork-to-start \(variant), p50 over that of ping parked, µs",
        start.flatMap { start in ping.map { (start - $0) / 1_000 } }, { $0 <= 5 }, "at most 5")
    }
    say(
      "idle, context switches of the workers, most of a round",
      figure("context_switches", "idle", "", "millrace", 2)?.maximum,
      { $0 == 0 }, "none")
    say("idle, CPU ms in 10 s", median("idle", "", "millrace", 2).map { $0 * 10 / 1e6 }, { $0 <= 1 }, "at most 1")
    for (variant, size, bar) in [
      ("wheel-schedule", 100_000, 8.0), ("wheel-cancel", 100_000, 12), ("wheel-cancel", 1_000_000, 70),
      ("wheel-rearm", 100_000, 20),
    ] {
      say(
        "timers \(variant) at \(size), ns",
        entrant("timers", variant, "millrace", size: size).flatMap { time($0)?.median }, { $0 <= bar }, "at most \(bar)"
      )
    }
    say(
      "timers wheel-schedule, bytes per timer",
      figure("bytes_per_timer", "timers", "wheel-schedule", "millrace", size: 1_000_000)?.maximum, { $0 == 32 }, "32")
    say(
      "timers, entries touched in a tick beyond twice those due, while 10^6 expire",
      figure("worst_tick_excess", "timers", "wheel-expire", "millrace", size: 1_000_000)?.maximum, { $0 <= 8 },
      "at most 8")
    say(
      "timers, tick p99.99 while 10^6 expire, µs",
      figure("tick_p9999", "timers", "wheel-expire", "millrace", size: 1_000_000).map { $0.median / 1_000 },
      { $0 <= 10 }, "at most 10")
    for variant in ["churn", "wheel-churn"] {
      let own = figure("cpu_per_op", "timers", variant, "millrace")?.median
      for peer in ["tokio", "go", "netty", "nio", "dispatch"] {
        say(
          "timers \(variant), CPU of \(peer)'s churn by it",
          ratio(figure("cpu_per_op", "timers", "churn", peer)?.median, own), { $0 >= 5 }, "at least 5")
      }
    }
    say(
      "timers remote, schedule and cancel, ns", median("timers", "remote", "millrace"), { $0 <= 90 }, "at most 90")
    for (variant, isBar) in [("lateness", false), ("lateness-realtime", true)] {
      for (metric, bar) in [("lateness_p50", 50.0), ("lateness_p99", 120)] {
        say(
          "timers \(variant), \(metric), µs", figure(metric, "timers", variant, "millrace").map { $0.median / 1_000 },
          { !isBar || $0 <= bar }, isBar ? "at most \(bar)" : "reported")
      }
    }
    say(
      "deadline around a call that returns at once, by a race of tasks",
      ratio(median("deadline", "", "millrace"), median("deadline", "", "taskgroup")), { $0 <= 0.25 }, "at most 0.25")
    say(
      "sleep, lateness p50, µs", median("sleep", "", "millrace").map { $0 / 1_000 }, { $0 <= 50 }, "at most 50")
    let longLeaf = median("longleaf", "", "millrace", 2).map { $0 / 1e6 }
    say("longleaf, 2 workers, ms", longLeaf, { $0 <= 440 }, "at most 440: 400 are the least")
    graphBars(capacity: capacity, say)
    sayBatchBars(say)
    sayWorkflowBars(say)
    for (variant, isBar) in [("numbers", true), ("weather", false)] {
      for workers in [1, 2] {
        let own = median("analyze", variant, "millrace", workers)
        for peer in Workload.tablePeers.sorted() {
          say(
            "analyze \(variant), \(workers) worker(s), by \(peer)'s time",
            ratio(own, median("analyze", variant, peer, workers)), { !isBar || $0 <= 1 },
            isBar ? "at most 1" : "reported")
        }
      }
    }
    if notMeasured > 0 { lines.append("not measured: \(notMeasured) more") }
    return "\nBars\n" + lines.joined(separator: "\n")
  }

  private func graphBars(
    capacity: Double?, _ say: (_ name: String, _ value: Double?, _ holds: (Double) -> Bool, _ bar: String) -> Void
  ) {
    func median(
      _ shape: (name: String, order: String), _ phase: String, _ contender: String, _ workers: Int = 1
    ) -> Double? {
      let variant = [shape.order, phase].filter { !$0.isEmpty }.joined(separator: "-")
      return entrant(shape.name, variant, contender, workers, size: Workload.graphSize).flatMap { time($0)?.median }
    }
    func ratio(_ a: Double?, _ b: Double?) -> Double? { a.flatMap { a in b.map { a / $0 } } }
    let wavefronts = [("graph-wavefront", "rightdown"), ("graph-wavefront", "downright")]
    // The loop goes on with the last successor: one order of the edges leads it along memory, the other across.
    let wavefrontFloor = wavefronts.compactMap { median($0, "rerun", "serial") }.min()
    let shapes: [(shape: (name: String, order: String), bar: Double)] = [
      (("graph-chain", ""), 2.5), (("graph-tree", ""), 3), (wavefronts[0], 3.3), (wavefronts[1], 3.3),
      (("graph-layered", ""), 2), (("graph-wide", ""), 1.6),
    ]
    for (shape, bar) in shapes {
      let title = shape.order.isEmpty ? shape.name : "\(shape.name) \(shape.order)"
      let own = median(shape, "rerun", "millrace")
      say(
        "\(title), run again, by the serial loop" + (shape.order.isEmpty ? "" : " in its better order"),
        ratio(own, shape.order.isEmpty ? median(shape, "rerun", "serial") : wavefrontFloor), { $0 <= bar },
        "at most \(bar)")
      say(
        "  build, first run and end, by oneTBB's",
        ratio(median(shape, "all", "millrace"), median(shape, "all", "tbb")), { $0 <= 0.4 }, "at most 0.4")
      let all = shape.order.isEmpty ? "all" : "\(shape.order)-all"
      say(
        "  bytes a node at the peak, beside 4 an edge",
        entrant(shape.name, all, "millrace", size: Workload.graphSize).flatMap { entrant in
          Figure((samples[entrant] ?? []).compactMap { $0.figures?["bytes_beside_edges"] })?.median
        }, { $0 <= 64 }, "at most 64")
      say(
        "  run again, 2 workers by 1", ratio(median(shape, "rerun", "millrace", 2), own), { $0 <= 1.3 }, "at most 1.3")
    }
    for name in ["graph-layered", "graph-wide"] {
      let gain = ratio(
        median((name, "body200"), "rerun", "millrace"), median((name, "body200"), "rerun", "millrace", 2))
      say(
        "\(name), 200 ns a node, 2 workers against 1, had the processors a capacity of 2",
        ratio(gain, capacity).map { $0 * 2 },
        { $0 >= 1.7 }, "at least 1.7")
    }
    func small(_ variant: String, _ contender: String) -> Double? {
      entrant("graph-small", variant, contender).flatMap { time($0)?.median }
    }
    say("graph-small from a worker, µs", small("worker", "millrace").map { $0 / 1_000 }, { $0 <= 0.6 }, "at most 0.6")
    say(
      "graph-small from outside, by oneTBB's", ratio(small("outside", "millrace"), small("outside", "tbb")),
      { $0 <= 0.5 }, "at most 0.5")
  }
}
