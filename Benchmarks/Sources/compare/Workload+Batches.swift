extension Workload {
  /// Kernels, and at how many elements. `matmul`, `mandelbrot` and `skewed` have sides.
  static let kernels =
    ["axpy", "polynomial", "sum", "dot", "minmax", "exp", "log", "softmax", "normalise", "filter", "prefixsum"]
    + ["histogram", "gather", "transpose", "stencil"]
  static let squares = ["mandelbrot", "skewed", "matmul"]
  static let batchSizes = [4096, 131_072, 67_108_864]
  static let batchPeers: Set<String> = ["mojo", "numpy", "highway", "clang"]

  static let kernelNames = Set(kernels.map { "batch-\($0)" })

  var isBatch: Bool { name.hasPrefix("batch-") }
  /// Its program is compiled for this machine's processor.
  var isNative: Bool { variant.hasSuffix("native") }

  static let batches: [Workload] = {
    let shapes =
      kernels.flatMap { kernel in batchSizes.map { (kernel, $0) } } + squares.map { ($0, 512) }
    return [
      limit("fused", 16), limit("triad", batchSizes.last!), batch("call", "kernel", ["millrace"], 16),
      batch("call", "function", ["millrace"], 16),
    ] + shapes.flatMap { kernel, size in batches(kernel, size) }
  }()

  /// All cases of one kernel at one size, side by side in a round.
  private static func batches(_ kernel: String, _ size: Int) -> [Workload] {
    var cases = ["avx512", "avx2", "sse2"]
    if ["sum", "dot"].contains(kernel) { cases.append("strict") }
    if ["axpy", "polynomial", "sum", "dot", "exp", "log"].contains(kernel) { cases.append("program") }
    if ["axpy", "polynomial", "sum", "exp"].contains(kernel) { cases += ["closure", "closure-native"] }
    let own = cases.map { batch(kernel, $0, ["millrace"], size) }
    let naive = ["", "native"].map { batch(kernel, $0, ["naive"], size) }
    let hasMap = ["axpy", "polynomial", "sum", "dot", "minmax", "exp", "log", "filter", "gather"].contains(kernel)
    return own + ["same", "idiomatic"].map { batch(kernel, $0, [], size, ["mojo"]) } + naive
      + (hasMap ? [batch(kernel, "", ["map"], size)] : [])
      + [batch(kernel, "", [], size, batchPeers.subtracting(["mojo"]))]
  }

  private static func limit(_ variant: String, _ size: Int) -> Workload {
    batch("limits", variant, ["millrace"], size)
  }

  private static func batch(
    _ kernel: String, _ variant: String, _ contenders: [String], _ size: Int, _ peers: Set<String> = []
  ) -> Workload {
    Workload(
      name: "batch-\(kernel)", variant: variant, contenders: contenders, peers: peers, size: size,
      smallSize: squares.contains(kernel) ? 64 : min(size, 4096))
  }

  /// Only what is parallel somewhere is asked for with several workers.
  var batchHasOneProcess: Bool {
    name == "batch-call" || !["avx512", "closure", "program", "same", "fused", "triad"].contains(variant)
  }
}
