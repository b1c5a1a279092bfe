import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// Timers on SwiftNIO's `scheduleTask`, called on the event loop that they belong to, where it is cheapest.
///
/// `--workload timers --case api-schedule|api-cancel|churn [--size 100000]`; prints one line of JSON.
@main
struct PeerNIO {
  private static let churns = 1_000_000
  private static let checks = 1_000
  /// In which work that was put off is done, and counted.
  private static let settlingMicroseconds: UInt32 = 1_500_000

  static func main() throws {
    var options: [String: String] = [:]
    let arguments = Array(CommandLine.arguments.dropFirst())
    for place in stride(from: 0, to: arguments.count - 1, by: 2) { options[arguments[place]] = arguments[place + 1] }
    let variant = options["--case"] ?? ""
    guard options["--workload"] == "timers", ["api-schedule", "api-cancel", "churn"].contains(variant) else {
      FileHandle.standardError.write(
        Data("error: nio does not do \(options["--workload"] ?? "nothing") \(variant)\n".utf8))
      exit(3)
    }
    let size = options["--size"].flatMap { Int($0) } ?? 0
    let live = size > 0 ? size : 100_000
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let loop = group.next()
    let figures = try loop.submit { measure(loop, variant, live) }.wait()
    // Only those that were not cancelled fire.
    for _ in 0..<checks { loop.scheduleTask(in: .milliseconds(10)) { count() } }
    for _ in 0..<5_000 where fired.load(ordering: .relaxed) < checks { usleep(1_000) }
    let verified =
      fired.load(ordering: .relaxed) == checks && figures.failed == live
    let line: [String: Any] = [
      "workload": "timers", "case": variant, "size": live, "contender": "nio", "workers": 1, "verified": verified,
      "operations": variant == "churn" ? churns : live, "wall_ns": figures.wall, "cpu_ns": figures.cpu,
      "peak_rss": peakResidentBytes(),
      "figures": variant == "api-schedule" ? ["bytes_per_timer": Double(figures.bytes) / Double(live)] : [:],
    ]
    print(String(decoding: try JSONSerialization.data(withJSONObject: line, options: [.sortedKeys]), as: UTF8.self))
    exit(verified ? 0 : 1)
  }

  private static let fired = Atomic<Int>(0)
  // Relaxed: looked at again and again.
  private static func count() { fired.wrappingAdd(1, ordering: .relaxed) }

  private struct Figures {
    var wall = 0
    var cpu = 0
    var bytes = 0
    /// Of those that waited at the end: a task that was cancelled has failed. Nobody has kept a handle of those before.
    var failed = 0
  }

  private static func measure(_ loop: any EventLoop, _ variant: String, _ live: Int) -> Figures {
    var figures = Figures()
    var begin = (wall: 0, cpu: 0)
    func start() { begin = (nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_PROCESS_CPUTIME_ID)) }
    func end() {
      figures.wall = nanoseconds(CLOCK_MONOTONIC) - begin.wall
      if variant == "churn" { usleep(settlingMicroseconds) }
      figures.cpu = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - begin.cpu
    }
    func schedule() -> Scheduled<Void> { loop.scheduleTask(in: .seconds(30)) { count() } }
    var waiting: [Scheduled<Void>] = []
    waiting.reserveCapacity(live)
    let resident = residentBytes()
    start()
    for _ in 0..<live { waiting.append(schedule()) }
    if variant == "api-schedule" { end() }
    figures.bytes = residentBytes() - resident
    start()
    if variant == "churn" {
      for number in 0..<churns {
        waiting[number % live].cancel()
        waiting[number % live] = schedule()
      }
      end()
    }
    start()
    for timeout in waiting { timeout.cancel() }
    if variant == "api-cancel" { end() }
    figures.failed = waiting.count { timeout in
      let isCancelled = Place(false)
      timeout.futureResult.whenFailure { isCancelled.value = $0 is EventLoopError }
      return isCancelled.value
    }
    return figures
  }
}

/// A value that a closure sets which runs before the call that takes it returns.
private final class Place<T>: @unchecked Sendable {  // SAFETY: on the event loop only.
  var value: T
  init(_ value: T) { self.value = value }
}

private func nanoseconds(_ clock: clockid_t) -> Int {
  var now = timespec()
  clock_gettime(clock, &now)
  return now.tv_sec * 1_000_000_000 + now.tv_nsec
}

private func residentBytes() -> Int {
  let fields = try! String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
  return Int(fields[1])! * sysconf(Int32(_SC_PAGESIZE))
}

private func peakResidentBytes() -> Int {
  var usage = rusage()
  getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
  return usage.ru_maxrss * 1024
}
