import ArgumentParser
import Foundation

/// Runs workloads by all their contenders, interleaved in rounds, each run a process of its own; checks every answer, prints a table.
@main
struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare Millrace with its peers on the same machine, in the same run.",
    discussion: """
      In each round every contender of every workload runs once, so that a slow moment of the machine hits all of them. Figures are medians over the rounds, with the least and \
      the greatest; overhead is paired with the serial run of the same round. A contender that fails, or whose answer is wrong, is left out from then on, named at the end, and the \
      exit code is 1.
      """)

  @Option(help: "Workloads, separated by commas; default: all.") var workloads: String?
  @Option(help: "Of batches only these numbers of elements, of workflows of runs, separated by commas; default: all.")
  var sizes: String?
  @Option(help: "Numbers of workers, separated by commas.") var workers = "1,2"
  @Option(help: "Rounds.") var rounds = 7
  @Flag(help: "Also the peers in other languages; what is missing is installed and built first.") var peers = false
  @Flag(help: "Small sizes, to see that all is well.") var small = false
  @Option(help: "Write one JSON object for each figure to this file.") var json: String?

  func validate() throws {
    guard rounds > 0 else { throw ValidationError("--rounds is expected to be positive; found \(rounds)") }
    for name in chosenNames ?? [] where !Workload.all.contains(where: { $0.name == name }) {
      throw ValidationError(
        "there is no workload \"\(name)\"; there are \(Set(Workload.all.map(\.name)).sorted().joined(separator: ", "))")
    }
    guard !workerCounts.isEmpty else {
      throw ValidationError("--workers is expected to be numbers such as 1,2; found \(workers)")
    }
  }

  private var chosenNames: [String]? { workloads?.split(separator: ",").map(String.init) }
  private var workerCounts: [Int] { workers.split(separator: ",").compactMap { Int($0) } }

  func run() throws {
    let sizes = sizes?.split(separator: ",").compactMap { Int($0) }
    let chosen = Workload.all.filter {
      let isChosen = chosenNames?.contains($0.name) ?? true
      return isChosen && (!$0.isChosenBySize || sizes?.contains($0.size) ?? true)
    }
    let programs = try Programs(peers: peers ? chosen.reduce(into: []) { $0.formUnion($1.peers) } : [])
    programs.describe()
    var samples: [Entrant: [Sample]] = [:]
    var order: [Entrant] = []
    for workload in chosen {
      for contender in workload.contenders + programs.peers.filter(workload.peers.contains) {
        for count in workload.hasOneProcess(contender) ? [workload.isWorkflow ? workerCounts.max()! : 1] : workerCounts
        {
          order.append(Entrant(workload: workload, contender: contender, workers: count))
        }
      }
    }
    var absent: Set<Entrant> = []
    var failures: [Programs.Failure] = []
    // What takes seconds a run is run twice and no more.
    func isDone(_ entrant: Entrant) -> Bool {
      guard let own = samples[entrant], own.count >= 2 else { return false }
      return own.allSatisfy { $0.wall > 5e9 }
    }
    for round in 1...rounds {
      for (number, entrant) in order.enumerated() where !absent.contains(entrant) && !isDone(entrant) {
        progress("round \(round) of \(rounds), \(number + 1) of \(order.count): \(entrant.description)")
        do {
          if let sample = try programs.run(entrant, small: small) {
            samples[entrant, default: []].append(sample)
          } else {
            absent.insert(entrant)
          }
        } catch let failure as Programs.Failure {
          // What the others need an hour for is not lost.
          failures.append(failure)
          absent.insert(entrant)
        }
      }
      if chosen.contains(where: { $0.name == "fib" || $0.variant == "body200" }) {
        progress("round \(round) of \(rounds): control")
        try programs.control(small: small)
      }
    }
    progress("")
    let present = order.filter { !absent.contains($0) }
    let parts = present.flatMap { entrant in entrant.parts(samples[entrant] ?? []) }
    let table = Table(
      parts.map(\.entrant), Dictionary(uniqueKeysWithValues: parts.map { ($0.entrant, $0.samples) }),
      controls: programs.controls)
    print(table.text)
    print(table.batchText)
    print(table.bars)
    if let json { try table.json.write(toFile: json, atomically: true, encoding: .utf8) }
    for failure in failures { FileHandle.standardError.write(Data("\(failure)\n".utf8)) }
    if !failures.isEmpty { throw ExitCode.failure }
  }

  private func progress(_ text: String) {
    let isTerminal = isatty(STDERR_FILENO) == 1
    guard isTerminal || !text.isEmpty else { return }
    FileHandle.standardError.write(Data((isTerminal ? "\r\u{1b}[K\(text)" : "\(text)\n").utf8))
  }
}

/// A workload, one of its cases, and who can run it.
struct Workload: Hashable {
  var name: String
  var variant = ""
  var contenders: [String]
  /// Contenders in other programs that have it, with the same work in it.
  var peers = forkJoinPeers
  /// 0: the contenders' usual size.
  var size = 0
  var smallSize: Int

  static let forkJoinPeers: Set<String> = ["tbb", "openmp", "rayon", "go"]
  static let graphPeers: Set<String> = ["tbb", "openmp"]
  static let timerPeers: Set<String> = ["go", "tokio", "netty", "nio"]

  static let all =
    [
      Workload(name: "fib", contenders: ["serial", "millrace"], smallSize: 25),
      Workload(name: "skynet", contenders: ["serial", "millrace"], smallSize: 10_000),
      Workload(name: "nqueens", contenders: ["serial", "millrace"], smallSize: 9),
      Workload(name: "matmul", contenders: ["serial", "millrace"], smallSize: 256),
      Workload(name: "uts", contenders: ["serial", "millrace"], smallSize: 0),
      Workload(name: "cilksort", contenders: ["serial", "millrace"], peers: [], smallSize: 100_000),
      Workload(
        name: "forEach", variant: "flat", contenders: ["serial", "millrace"], peers: [], smallSize: 100_000),
      Workload(
        name: "forEach", variant: "flat10ns", contenders: ["serial", "millrace", "dispatch"], peers: [],
        smallSize: 100_000),
      Workload(
        name: "forEach", variant: "skewed", contenders: ["serial", "millrace"], peers: [], smallSize: 100_000),
      Workload(name: "forksflat", contenders: ["serial", "millrace"], smallSize: 100_000),
      Workload(name: "reduce", contenders: ["serial", "millrace"], peers: [], smallSize: 100_000),
      Workload(name: "ping", variant: "hot", contenders: ["millrace", "dispatch"], smallSize: 1_000),
      Workload(name: "ping", variant: "parked", contenders: ["millrace", "dispatch"], smallSize: 50),
      Workload(
        name: "taskgroup", variant: "64", contenders: ["taskgroup", "millrace", "millrace-global"], peers: [],
        smallSize: 5_000),
      Workload(
        name: "taskgroup", variant: "20000", contenders: ["taskgroup", "millrace", "millrace-global"], peers: [],
        smallSize: 20_000),
      Workload(
        name: "asynclet", contenders: ["asynclet", "millrace", "millrace-global"], peers: [], smallSize: 5_000),
      Workload(
        name: "actor", contenders: ["default", "millrace", "millrace-global"], peers: [], smallSize: 5_000),
      Workload(
        name: "fork-to-start", variant: "submit", contenders: ["millrace", "dispatch"], peers: [], smallSize: 50),
      Workload(name: "fork-to-start", variant: "fork", contenders: ["millrace"], peers: [], smallSize: 50),
      Workload(name: "longleaf", contenders: ["serial", "millrace"], peers: [], smallSize: 0),
      Workload(name: "idle", contenders: ["millrace"], peers: [], smallSize: 1),
    ] + timers + [
      Workload(name: "deadline", contenders: ["serial", "millrace", "taskgroup"], peers: [], smallSize: 1_000),
      Workload(name: "sleep", contenders: ["millrace", "default"], peers: [], smallSize: 100),
    ] + graphs + batches + tables + workflows

  private static let timers =
    [100_000, 1_000_000].flatMap { size in
      ["wheel-schedule", "wheel-cancel", "wheel-rearm", "wheel-expire"].map {
        timer($0, size, ["millrace", "heap"])
      }
    } + ["wheel-schedule", "wheel-cancel", "wheel-rearm"].map { timer($0, 10_000_000, ["millrace"]) } + [
      timer("wheel-churn", 100_000, ["millrace", "heap"]),
      timer("api-schedule", 100_000, peers: timerPeers), timer("api-schedule", 1_000_000, peers: timerPeers),
      timer("api-cancel", 100_000, peers: timerPeers), timer("churn", 100_000, peers: timerPeers),
      timer("remote", 100_000, ["millrace", "dispatch"]), timer("two-threads", 100_000, ["millrace", "dispatch"]),
      timer("lateness", 100_000), timer("lateness-realtime", 100_000),
    ]

  private static func timer(
    _ variant: String, _ size: Int, _ contenders: [String] = ["millrace", "dispatch", "task-sleep"],
    peers: Set<String> = []
  ) -> Workload {
    Workload(name: "timers", variant: variant, contenders: contenders, peers: peers, size: size, smallSize: 10_000)
  }

  /// Its program is to run under real-time scheduling; it knows nothing of that.
  var isRealtime: Bool { variant.hasSuffix(Self.realtime) }
  var variantOfProgram: String { isRealtime ? String(variant.dropLast(Self.realtime.count)) : variant }
  private static let realtime = "-realtime"

  /// Nodes of the graphs that the bars are about.
  static let graphSize = 1_000_000

  /// Each process tells all phases: see ``Entrant/parts(_:)``.
  private static let graphs: [Workload] = {
    let shapes = [
      ("graph-chain", ""), ("graph-tree", ""), ("graph-wavefront", "rightdown"), ("graph-wavefront", "downright"),
      ("graph-layered", ""), ("graph-wide", ""),
    ]
    func workload(
      _ shape: (String, String), _ contenders: [String], peers: Set<String> = graphPeers, size: Int
    ) -> Workload {
      Workload(
        name: shape.0, variant: shape.1, contenders: contenders, peers: peers, size: size,
        smallSize: min(size, 10_000))
    }
    let usual = shapes.map { workload($0, ["serial", "millrace", "millrace-bulk"], size: graphSize) }
    let slow = ["graph-layered", "graph-wide"].map {
      workload(($0, "body200"), ["serial", "millrace", "millrace-bulk"], size: graphSize)
    }
    // How cost grows with size.
    let growing = ["graph-chain", "graph-layered", "graph-wide"].flatMap { name in
      [1_000, 10_000, 100_000].map { workload((name, ""), ["serial", "millrace", "taskgroup"], size: $0) }
        + [workload((name, ""), ["serial", "millrace"], peers: [], size: 10_000_000)]
    }
    let small = ["worker", "outside"].map {
      Workload(
        name: "graph-small", variant: $0, contenders: ["serial", "millrace", "taskgroup"], peers: graphPeers,
        smallSize: 32)
    }
    let build = ["bysource", "bytarget"].map {
      workload(("graph-build", $0), ["serial", "millrace", "millrace-bulk"], size: graphSize)
    }
    let richBuild = ["named", "typed"].map {
      workload(("graph-build", $0), ["millrace"], peers: [], size: graphSize)
    }
    return usual + slow + growing + small + build + richBuild
  }()

  /// Files of `Peers/build`.
  private static let tables = ["numbers", "weather"].map {
    Workload(name: "analyze", variant: $0, contenders: ["millrace"], peers: tablePeers, smallSize: 0)
  }
  static let tablePeers: Set<String> = ["duckdb", "polars"]

  /// One process of it says all: it has no number of workers to choose.
  func hasOneProcess(_ contender: String) -> Bool {
    if name == "graph-build" { return true }
    if isBatch { return batchHasOneProcess }
    if isWorkflow { return name != "workflow-transition" || Self.workflowPeers.contains(contender) }
    return ["serial", "taskgroup", "asynclet", "default", "dispatch", "heap", "task-sleep"].contains(contender)
      || ["timers", "deadline", "sleep"].contains(name)
  }
}

struct Entrant: Hashable, CustomStringConvertible {
  var workload: Workload
  var contender: String
  var workers: Int

  /// The entrant itself, or one for each phase that its processes told of.
  func parts(_ samples: [Sample]) -> [(entrant: Entrant, samples: [Sample])] {
    guard let phases = samples.first?.phases else { return [(self, samples)] }
    return ["build", "first", "rerun", "destroy", "all"].filter { phases[$0] != nil }.map { phase in
      var part = self
      part.workload.variant += (workload.variant.isEmpty ? "" : "-") + phase
      return (part, samples.map { $0.part(phase) })
    }
  }

  var description: String {
    "\(workload.name) \(workload.variant)\(workload.size > 0 ? " \(workload.size)" : "") \(contender) \(workers)"
  }
}

/// What one process said.
struct Sample: Decodable {
  struct Latencies: Decodable {
    var p50: Double
    var p99: Double
  }
  var size: Int?
  var verified: Bool
  var operations: Double
  var wall: Double
  var cpu: Double
  var memory: Double
  var latencies: Latencies?
  /// Further figures, by name.
  var figures: [String: Double]?
  /// The parts that it consists of, where it has parts.
  var phases: [String: Phase]?

  struct Phase: Decodable {
    var wall: Double
    var cpu: Double

    private enum CodingKeys: String, CodingKey {
      case wall = "wall_ns"
      case cpu = "cpu_ns"
    }
  }

  /// One phase of it. Other figures are said of all of them together.
  func part(_ phase: String) -> Sample {
    var part = self
    (part.wall, part.cpu) = (phases![phase]!.wall, phases![phase]!.cpu)
    if phase != "all" { part.figures = nil }
    return part
  }

  private enum CodingKeys: String, CodingKey {
    case size, verified, operations, figures, phases
    case wall = "wall_ns"
    case cpu = "cpu_ns"
    case memory = "peak_rss"
    case latencies = "latencies_ns"
  }
}
