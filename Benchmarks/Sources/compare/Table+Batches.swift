import Foundation

/// Kernels' throughputs: a line for each kernel, size and number of workers, a column for each way to compute it.
extension Table {
  static let batchUnit = "Gelem/s"

  private static let columns: [(title: String, contender: String, variant: String)] = [
    ("avx512", "millrace", "avx512"), ("avx2", "millrace", "avx2"), ("sse2", "millrace", "sse2"),
    ("strict", "millrace", "strict"), ("program", "millrace", "program"), ("closure", "millrace", "closure"),
    ("…native", "millrace", "closure-native"), ("naive", "naive", ""), ("…native", "naive", "native"),
    ("map", "map", ""), ("mojo same", "mojo", "same"), ("idiomatic", "mojo", "idiomatic"), ("numpy", "numpy", ""),
    ("highway", "highway", ""), ("clang", "clang", ""),
  ]

  /// Elements in a nanosecond.
  func throughput(_ entrant: Entrant) -> Figure? { Figure((samples[entrant] ?? []).map { $0.operations / $0.wall }) }

  func throughput(
    _ kernel: String, _ contender: String, _ variant: String, _ size: Int, _ workers: Int = 1
  ) -> Double? {
    entrant("batch-\(kernel)", variant, contender, workers, size: size).flatMap { throughput($0)?.median }
  }

  private func limit(_ variant: String, _ workers: Int) -> Double? {
    throughput("limits", "millrace", variant, variant == "triad" ? Workload.batchSizes.last! : 16, workers)
  }

  /// Bytes that an element brings to and from memory, a line that is written being read before; and floating-point operations.
  private static let costs: [String: (bytes: Double, operations: Double)] = [
    "axpy": (16, 2), "polynomial": (12, 6), "sum": (4, 1), "dot": (8, 2), "minmax": (4, 2), "exp": (12, 0),
    "log": (12, 0), "softmax": (24, 0), "normalise": (16, 5), "filter": (8, 1), "prefixsum": (12, 1),
    "histogram": (1, 0), "gather": (16, 0), "transpose": (12, 0), "stencil": (12, 5), "matmul": (0, 1),
  ]

  /// What part of what the machine can do a kernel makes of it, in this run.
  func fraction(_ kernel: String, _ size: Int, _ workers: Int) -> String {
    guard let own = throughput(kernel, "millrace", "avx512", size, workers), let cost = Self.costs[kernel] else {
      return ""
    }
    if size == Workload.batchSizes.last!, let triad = limit("triad", workers) {
      return String(format: "%.0f %% of triad", 100 * own * cost.bytes / (triad * 16))
    }
    guard size != Workload.batchSizes.last!, cost.operations > 0, let fused = limit("fused", workers) else {
      return ""
    }
    return String(format: "%.0f %% of FMA peak", 100 * own * cost.operations / fused)
  }

  var batchText: String {
    let entrants = order.filter { $0.workload.isBatch }
    guard !entrants.isEmpty else { return "" }
    var lines: [String] = []
    for (name, unit) in [("fused", "GFLOP/s"), ("triad", Self.batchUnit)] {
      for workers in Set(entrants.map(\.workers)).sorted() {
        guard let limit = limit(name, workers) else { continue }
        let bytes = name == "triad" ? ", \(Self.number(limit * 12)) GB/s without the reading of what is written" : ""
        lines.append("limit: \(name), \(workers) worker(s): \(Self.number(limit)) \(unit)\(bytes)")
      }
    }
    var rows: [[String]] = []
    var seen: Set<String> = []
    for entrant in entrants where !["batch-limits", "batch-call"].contains(entrant.workload.name) {
      let (size, workers) = (entrant.workload.size, entrant.workers)
      let kernel = String(entrant.workload.name.dropFirst("batch-".count))
      guard seen.insert("\(kernel) \(size) \(workers)").inserted else { continue }
      let cells = Self.columns.map { column in
        throughput(kernel, column.contender, column.variant, size, workers).map(Self.number) ?? ""
      }
      let spread = self.entrant(entrant.workload.name, "avx512", "millrace", workers, size: size)
        .flatMap(throughput).map { "\(Self.number($0.minimum)) … \(Self.number($0.maximum))" }
      rows.append([kernel, "\(size)", "\(workers)"] + cells + [spread ?? "", fraction(kernel, size, workers)])
    }
    // Columns that nobody fills are left out.
    var table =
      [["kernel", "size", "workers"] + Self.columns.map(\.title) + ["avx512 min … max", "avx512 of limits"]] + rows
    let filled = table[0].indices.filter { place in rows.contains { !$0[place].isEmpty } }
    table = table.map { row in filled.map { row[$0] } }
    return "\nBatches, \(Self.batchUnit) (matmul: GFLOP/s; mandelbrot, skewed: Gpixel/s)\n"
      + (lines + [Self.aligned(table, textColumns: 1)]).joined(separator: "\n")
  }

  /// What is promised of batches.
  func sayBatchBars(_ say: (String, Double?, (Double) -> Bool, String) -> Void) {
    func ratio(_ a: Double?, _ b: Double?) -> Double? { a.flatMap { a in b.map { a / $0 } } }
    func own(_ kernel: String, _ size: Int, _ workers: Int = 1, _ variant: String = "avx512") -> Double? {
      throughput(kernel, "millrace", variant, size, workers)
    }
    func mojo(_ kernel: String, _ size: Int, _ variant: String, _ workers: Int = 1) -> Double? {
      throughput(kernel, "mojo", variant, size, workers)
    }
    func mean(_ ratios: [Double]) -> Double? {
      ratios.isEmpty ? nil : exp(ratios.map(log).reduce(0, +) / Double(ratios.count))
    }
    // The rows that the bars name: Mojo has an equal of each.
    let rows = Workload.kernels.filter { !["log", "transpose", "stencil"].contains($0) }
    for (size, name) in [(4096, "4 K"), (131_072, "128 K")] {
      let shapes = rows.map { ($0, size) } + ["mandelbrot", "matmul"].map { ($0, 512) }
      var ratios: [Double] = []
      for (kernel, size) in shapes {
        guard let ratio = ratio(own(kernel, size), mojo(kernel, size, "same")) else { continue }
        ratios.append(ratio)
        let bar = kernel == "matmul" ? 1 : 0.95
        if size != 512 || name == "4 K" {
          say(
            "\(kernel), \(size == 512 ? "512 × 512" : name), by Mojo with the same algorithm", ratio, { $0 >= bar },
            "at least \(bar)")
        }
      }
      say("  all of them, geometric mean", mean(ratios), { $0 >= 1 }, "at least 1")
      let bar = size == 4096 ? 1.15 : 1
      say(
        "\(name), by idiomatic Mojo, geometric mean",
        mean(shapes.compactMap { ratio(own($0, $1), mojo($0, $1, "idiomatic")) }), { $0 >= bar }, "at least \(bar)")
    }
    say("matmul, of FMA peak", ratio(own("matmul", 512), limit("fused", 1)), { $0 >= 0.8 }, "at least 0.8")
    let large = Workload.batchSizes.last!
    for kernel in ["axpy", "polynomial", "stencil", "exp"] {
      let bytes = Self.costs[kernel]!.bytes / 16
      say(
        "\(kernel), 64 M, bandwidth by the triad's",
        ratio(own(kernel, large).map { $0 * bytes }, limit("triad", 1)), { $0 >= 0.9 }, "at least 0.9")
    }
    for kernel in ["axpy", "polynomial"] {
      for (size, bar) in [(4096, 0.5), (131_072, 0.9)] {
        say(
          "\(kernel), \(size), program by kernel", ratio(own(kernel, size, 1, "program"), own(kernel, size)),
          { $0 >= bar }, "at least \(bar)")
      }
    }
    let calls = ["kernel", "function"].map { variant in
      entrant("batch-call", variant, "millrace", size: 16).flatMap { time($0)?.median }
    }
    say(
      "a call of a kernel, ns over a plain function's", calls[0].flatMap { kernel in calls[1].map { kernel - $0 } },
      { $0 <= 3 }, "at most 3")
    for (kernel, size) in [("mandelbrot", 512), ("matmul", 512)] {
      say(
        "\(kernel), \(size), 2 workers by 1", ratio(own(kernel, size, 2), own(kernel, size)), { $0 >= 1.85 },
        "at least 1.85")
    }
    say(
      "skewed, 2 workers, by Mojo's parallelize", ratio(own("skewed", 512, 2), mojo("skewed", 512, "same", 2)),
      { $0 >= 1.3 }, "at least 1.3")
    for kernel in Workload.kernels {
      for size in Workload.batchSizes.dropLast() {
        say(
          "\(kernel), \(size), 2 workers by 1", ratio(own(kernel, size, 2), own(kernel, size)), { $0 >= 0.95 },
          "at least 0.95: never slower, but for what a run varies by")
      }
    }
  }
}
