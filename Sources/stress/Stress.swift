import Dispatch
import MillraceExecutor
import MillracePrimitives
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Runs random programs on executors with more workers than there are processors, and checks every answer, until the time is up.
///
/// `stress [--seconds N] [--workers N] [--seed N] [--scenario NAME] [--timers N]`. Set `MILLRACE_PERTURB=1` to have threads yield at random inside the
/// protocols, and `MILLRACE_MEMBARRIER=off` to run without the asymmetric fence.
@main
struct Stress {
  static func main() {
    let options = Options(CommandLine.arguments)
    liveTimers.withLock { $0 = options.timers }
    let scenarios = Scenario.all.filter { options.scenario == nil || options.scenario == $0.name }
    guard !scenarios.isEmpty else {
      fail("no scenario \"\(options.scenario!)\"; there are \(Scenario.all.map(\.name).joined(separator: ", "))")
    }
    watchForHangs()
    print("stress: \(options.seconds) s, \(options.workers) workers, seed \(options.seed)")
    let clock = ContinuousClock()
    let start = clock.now
    let end = start + .seconds(options.seconds)
    var nextReport = start + .seconds(60)
    var seed = options.seed
    var runs: [String: (count: Int, jobs: Int)] = [:]
    repeat {
      for scenario in scenarios where clock.now < end || runs.count < scenarios.count {
        seed &+= 1
        current.withLock { $0 = "\(scenario.name), --seed \(seed &- 1)" }
        let jobs = scenario.run(options.workers, seed)
        runs[scenario.name, default: (0, 0)].count += 1
        runs[scenario.name, default: (0, 0)].jobs += jobs
      }
      if clock.now >= nextReport {
        nextReport += .seconds(60)
        print("\(clock.now - start): \(runs.values.reduce(0) { $0 + $1.jobs }) jobs")
        fflush(nil)
      }
    } while clock.now < end
    for scenario in scenarios {
      let (count, jobs) = runs[scenario.name]!
      print("\(scenario.name): \(count) runs, \(jobs) jobs")
    }
    expect(Tracked.alive == 0, "captures that were never released: \(Tracked.alive)")
    print("stress: passed, \(runs.values.reduce(0) { $0 + $1.jobs }) jobs in all, none lost")
  }
}

struct Options {
  var seconds = 10
  var workers = 8
  var seed: UInt64 = 1
  var scenario: String?
  /// Timers that live at the same time, in the scenario of timers.
  var timers = 20_000

  init(_ arguments: [String]) {
    var rest = arguments.dropFirst()
    func number<N: FixedWidthInteger>(_ name: String) -> N {
      guard let text = rest.popFirst(), let value = N(text) else {
        fail("\(name) is expected to be followed by a number")
      }
      return value
    }
    while let name = rest.popFirst() {
      switch name {
      case "--seconds": seconds = number(name)
      case "--workers": workers = number(name)
      case "--seed": seed = number(name)
      case "--scenario": scenario = rest.popFirst()
      case "--timers": timers = number(name)
      case "--help":
        print("stress [--seconds N] [--workers N] [--seed N] [--scenario NAME] [--timers N]")
        print("scenarios: \(Scenario.all.map(\.name).joined(separator: ", "))")
        exit(0)
      default: fail("unknown option \(name); there are --seconds, --workers, --seed, --scenario, --timers")
      }
    }
  }
}

/// What runs now, for the message of a failure.
let current = Lock("")

/// Ends the process when one run takes minutes, in which case something is lost.
private func watchForHangs() {
  let timer = DispatchSource.makeTimerSource()
  let last = Lock((name: "", times: 0))
  timer.schedule(deadline: .now() + 60, repeating: 60)
  timer.setEventHandler { [timer] in
    _ = timer
    let name = current.withLock { $0 }
    let times = last.withLock { last in
      last = (name, last.name == name ? last.times + 1 : 1)
      return last.times
    }
    if times == 5 { fail("no end after five minutes (\(name))") }
  }
  timer.activate()
}

func fail(_ message: String) -> Never {
  print("stress: FAILED: \(message)")
  exit(1)
}

func expect(_ condition: Bool, _ message: @autoclosure () -> String, line: Int = #line) {
  if !condition { fail("\(message()) (line \(line); \(current.withLock { $0 }))") }
}

/// Counts itself, so that a capture that leaks or is released twice shows.
final class Tracked: Sendable {
  private static let count = Atomic<Int>(0)
  // Relaxed here and below: a count; what counts has been joined.
  static var alive: Int { count.load(ordering: .relaxed) }
  let value: Int

  init(_ value: Int) {
    self.value = value
    // Relaxed: see `alive`.
    Self.count.wrappingAdd(1, ordering: .relaxed)
  }

  deinit {
    // Relaxed: see `alive`.
    let left = Self.count.wrappingSubtract(1, ordering: .relaxed).newValue
    if left < 0 { fail("a capture was released twice") }
  }
}

/// Threads of the test's own, joined at the end of `body`'s life.
func withThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
  let group = DispatchGroup()
  for index in 0..<count {
    group.enter()
    let thread = DispatchQueue(label: "stress-\(index)")
    thread.async {
      body(index)
      group.leave()
    }
  }
  group.wait()
}

/// Runs an async body to its end from synchronous code.
func awaitHere<R: Sendable>(_ body: @escaping @Sendable () async -> R) -> R {
  let done = DispatchSemaphore(value: 0)
  let result = Lock<R?>(nil)
  Task.detached {
    let value = await body()
    result.withLock { $0 = value }
    done.signal()
  }
  done.wait()
  return result.withLock { $0! }
}

struct Random: RandomNumberGenerator {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed &* 0x2545_f491_4f6c_dd1d | 1 }
  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}
