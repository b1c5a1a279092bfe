import ArgumentParser
import Foundation

/// Runs workloads by all their contenders, interleaved in rounds, each run a process of its own; checks every answer, prints a table.
@main
struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare Millrace with its peers on the same machine, in the same run.",
    discussion: """
      In each round every contender of every workload runs once, so that a slow moment of the machine hits all of them. Figures are medians over the rounds, with the least and \
      the greatest; overhead is paired with the serial run of the same round.
      """)

  @Option(help: "Workloads, separated by commas; default: all.") var workloads: String?
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
    let chosen = Workload.all.filter { chosenNames?.contains($0.name) ?? true }
    let programs = try Programs(peers: peers ? chosen.reduce(into: []) { $0.formUnion($1.peers) } : [])
    programs.describe()
    var samples: [Entrant: [Sample]] = [:]
    var order: [Entrant] = []
    for workload in chosen {
      for contender in workload.contenders + programs.peers.filter(workload.peers.contains) {
        for count in workload.hasOneProcess(contender) ? [1] : workerCounts {
          order.append(Entrant(workload: workload, contender: contender, workers: count))
        }
      }
    }
    var absent: Set<Entrant> = []
    // What takes seconds a run is run twice and no more.
    func isDone(_ entrant: Entrant) -> Bool {
      guard let own = samples[entrant], own.count >= 2 else { return false }
      return own.allSatisfy { $0.wall > 5e9 }
    }
    for round in 1...rounds {
      for (number, entrant) in order.enumerated() where !absent.contains(entrant) && !isDone(entrant) {
        progress("round \(round) of \(rounds), \(number + 1) of \(order.count): \(entrant.description)")
        if let sample = try programs.run(entrant, small: small) {
          samples[entrant, default: []].append(sample)
        } else {
          absent.insert(entrant)
        }
      }
      if chosen.contains(where: { $0.name == "fib" }) {
        progress("round \(round) of \(rounds): control")
        try programs.control(small: small)
      }
    }
    progress("")
    let table = Table(order.filter { !absent.contains($0) }, samples, controls: programs.controls)
    print(table.text)
    print(table.bars)
    if let json { try table.json.write(toFile: json, atomically: true, encoding: .utf8) }
  }

  private func progress(_ text: String) {
    guard isatty(STDERR_FILENO) == 1 else { return }
    FileHandle.standardError.write(Data("\r\u{1b}[K\(text)".utf8))
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
    ]

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

  /// One process of it says all: it has no number of workers to choose.
  func hasOneProcess(_ contender: String) -> Bool {
    ["serial", "taskgroup", "asynclet", "default", "dispatch", "heap", "task-sleep"].contains(contender)
      || ["timers", "deadline", "sleep"].contains(name)
  }
}

struct Entrant: Hashable, CustomStringConvertible {
  var workload: Workload
  var contender: String
  var workers: Int
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

  private enum CodingKeys: String, CodingKey {
    case size, verified, operations, figures
    case wall = "wall_ns"
    case cpu = "cpu_ns"
    case memory = "peak_rss"
    case latencies = "latencies_ns"
  }
}
