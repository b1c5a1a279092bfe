import Foundation
import Millrace

/// One workload by one contender, in a process of its own: `contender --workload fib --contender millrace --workers 2 [--size 37] [--case C]`.
/// Prints one line of JSON.
@main
struct Contender {
  static func main() {
    let options = Options(CommandLine.arguments)
    guard let plan = Workload.all[options.workload]?(options) else { exit(3) }
    let measured = plan.measure()
    let verified = plan.verify()
    var line: [String: Any] = [
      "workload": options.workload, "case": options.variant, "size": options.size, "contender": options.contender,
      "workers": options.workers, "verified": verified, "operations": plan.operations,
      "wall_ns": measured.exactWall ?? Double(measured.wall), "cpu_ns": measured.cpu,
      "peak_rss": plan.memory?() ?? peakResidentBytes(),
    ]
    if !measured.figures.isEmpty { line["figures"] = measured.figures }
    if !measured.phases.isEmpty {
      line["phases"] = measured.phases.mapValues { ["wall_ns": $0.wall, "cpu_ns": $0.cpu] }
    }
    if !measured.latencies.isEmpty {
      let sorted = measured.latencies.sorted()
      line["latencies_ns"] = ["p50": sorted[sorted.count / 2], "p99": sorted[sorted.count * 99 / 100]]
    }
    let data = try! JSONSerialization.data(withJSONObject: line, options: [.sortedKeys])
    print(String(decoding: data, as: UTF8.self))
    exit(verified ? 0 : 1)
  }
}

struct Options: Sendable {
  var workload = ""
  var contender = "millrace"
  var workers = 1
  var size = 0
  var variant = ""
  var isProfiled = false

  init(_ arguments: [String]) {
    var rest = arguments.dropFirst()
    while let name = rest.popFirst() {
      guard let value = rest.popFirst() else { fail("\(name) is expected to be followed by a value") }
      switch name {
      case "--workload": workload = value
      case "--contender": contender = value
      case "--case": variant = value
      case "--profile": isProfiled = value == "on"
      case "--workers": workers = Int(value) ?? 1
      case "--size": size = Int(value) ?? 0
      default: fail("unknown option \(name)")
      }
    }
    if size == 0 { size = Self.usualSizes[workload] ?? 0 }
  }

  private static let usualSizes = [
    "fib": 37, "skynet": 10_000_000, "nqueens": 13, "matmul": 1024, "cilksort": 10_000_000, "forksflat": 10_000_000,
    "reduce": 10_000_000, "server-scrape": 10_000, "server-watched": 100, "workflow-observed": 64,
  ]
}

func fail(_ message: String) -> Never {
  FileHandle.standardError.write(Data("contender: \(message)\n".utf8))
  exit(2)
}

/// What was measured, for one repetition.
struct Measured {
  var wall = 0
  /// `wall`, of what takes a few nanoseconds.
  var exactWall: Double?
  var cpu = 0
  var latencies: [Int] = []
  /// Further figures, by name; `compare` knows their units.
  var figures: [String: Double] = [:]
  /// The parts that it consists of, where it has parts.
  var phases: [String: (wall: Int, cpu: Int)] = [:]
}

/// A workload made ready: how many operations a run has, how it is measured, and whether its answer was right.
struct Plan {
  var operations: Int
  var measure: () -> Measured
  var verify: () -> Bool
  /// The most memory in use, where it is another process's.
  var memory: (() -> Int)?

  /// Runs `body` once to warm up and then for at least 0.2 s, where `enter` puts it.
  static func repeated(
    _ operations: Int, enter: @escaping (@escaping () -> Void) -> Void, _ body: @escaping () -> Void,
    verify: @escaping () -> Bool
  ) -> Plan {
    Plan(
      operations: operations,
      measure: {
        var measured = Measured()
        enter {
          body()
          let (wall, cpu) = (nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_PROCESS_CPUTIME_ID))
          var repetitions = 0
          repeat {
            body()
            repetitions += 1
          } while nanoseconds(CLOCK_MONOTONIC) - wall < 200_000_000
          measured.wall = (nanoseconds(CLOCK_MONOTONIC) - wall) / repetitions
          measured.cpu = (nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu) / repetitions
        }
        return measured
      }, verify: verify)
  }
}

extension Plan {
  /// Runs `loop`, which repeats a call as often as it is told to, for samples of at least 2 ms each: the median of at least five, and of what fits in 60 ms.
  static func sampled(
    _ operations: Int, enter: @escaping (@escaping () -> Void) -> Void, _ loop: @escaping (Int) -> Void,
    verify: @escaping () -> Bool
  ) -> Plan {
    Plan(
      operations: operations,
      measure: {
        var measured = Measured()
        enter {
          func time(_ repetitions: Int) -> Int {
            let start = nanoseconds(CLOCK_MONOTONIC)
            loop(repetitions)
            return nanoseconds(CLOCK_MONOTONIC) - start
          }
          var repetitions = 1
          while true {
            let took = time(repetitions)
            if took >= 2_000_000 { break }
            repetitions *= took < 200_000 ? 8 : 2
          }
          let (start, cpu) = (nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_PROCESS_CPUTIME_ID))
          var samples: [Double] = []
          repeat {
            samples.append(Double(time(repetitions)) / Double(repetitions))
          } while samples.count < 5 || nanoseconds(CLOCK_MONOTONIC) - start < 60_000_000
          measured.exactWall = samples.sorted()[samples.count / 2]
          measured.cpu = (nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu) / (samples.count * repetitions)
        }
        return measured
      }, verify: verify)
  }
}

func nanoseconds(_ clock: clockid_t) -> Int {
  var now = timespec()
  clock_gettime(clock, &now)
  return now.tv_sec * 1_000_000_000 + now.tv_nsec
}

func peakResidentBytes() -> Int {
  var usage = rusage()
  getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
  return usage.ru_maxrss * 1024
}

/// A value that closures on other threads may set, when nothing runs at the same time.
final class Place<T>: @unchecked Sendable {  // SAFETY: written by the measured body, read after it.
  var value: T
  init(_ value: T) { self.value = value }
}

/// Where synchronous bodies run: as they are called, or on the workers of an executor.
func entrance(_ options: Options) -> (@escaping () -> Void) -> Void {
  guard ["millrace", "millrace-bulk"].contains(options.contender) else { return { $0() } }
  return entrance(options.makeExecutor())
}

func entrance(_ executor: WorkStealingExecutor) -> (@escaping () -> Void) -> Void {
  return { body in
    let body = Place(body)
    try! executor.runBlocking { body.value() }
  }
}

/// Runs an asynchronous body to its end.
func awaitHere(_ body: @escaping @Sendable () async -> Void) {
  let done = DispatchSemaphore(value: 0)
  Task.detached {
    await body()
    done.signal()
  }
  done.wait()
}

enum Workload {
  static let all: [String: @Sendable (Options) -> Plan?] = [
    "fib": fib, "skynet": skynet, "nqueens": nqueens, "matmul": matmul, "uts": uts, "cilksort": cilksort,
    "forEach": forEach,
    "forksflat": forksFlat, "reduce": reduce, "ping": ping, "taskgroup": taskGroup, "asynclet": asyncLet,
    "actor": actorHop, "timers": timers, "deadline": deadline, "sleep": sleeping,
    "longleaf": longLeaf, "idle": idle, "fork-to-start": forkToStart, "graph-chain": graph, "graph-tree": graph,
    "graph-wavefront": graph,
    "graph-layered": graph, "graph-wide": graph, "graph-small": graphSmall, "graph-build": graphBuild,
    "analyze": analyze, "workflow-transition": workflowLoad, "workflow-throughput": workflowLoad,
    "workflow-store": workflowStore, "workflow-recover": workflowRecover, "workflow-idle": workflowIdle,
    "workflow-observed": workflowObserved, "server-scrape": serverScrape, "server-watched": serverWatched,
  ].merging(batches.map { ("batch-\($0)", batch) }) { first, _ in first }

  private static let batches = [
    "axpy", "polynomial", "sum", "dot", "minmax", "exp", "log", "softmax", "normalise", "filter", "prefixsum",
    "histogram", "gather", "transpose", "stencil", "mandelbrot", "skewed", "matmul", "limits", "call",
  ]
}
