import ArgumentParser
import Foundation
import Millrace
import MillraceCSV

/// What `millrace profile` runs.
enum Workload: CustomStringConvertible {
  case fib(Int)
  case skynet(Int)
  case taskgroup(Int)
  case ping(Int)
  case analyze(Analyze)
  case graph(Graph.Run)

  init(_ words: [String]) throws {
    guard let name = words.first else {
      throw ValidationError(
        "expected a workload: fib, skynet, taskgroup, ping, analyze FILE or graph FILE; as in: millrace profile -- fib")
    }
    let rest = Array(words.dropFirst())
    func size(_ usual: Int, _ range: ClosedRange<Int>) throws -> Int {
      guard let word = rest.first else { return usual }
      guard rest.count == 1, let number = Int(word), range.contains(number) else {
        throw ValidationError(
          "\(name) takes one number between \(range.lowerBound) and \(range.upperBound); found \"\(rest.joined(separator: " "))\" (options of profile come before --)"
        )
      }
      return number
    }
    switch name {
    case "fib": self = .fib(try size(32, 0...60))
    case "skynet": self = .skynet(try size(1_000_000, 1...1_000_000_000))
    case "taskgroup": self = .taskgroup(try size(100_000, 1...10_000_000))
    case "ping": self = .ping(try size(1_000, 1...10_000_000))
    case "analyze":
      do {
        self = .analyze(try Analyze.parse(rest))
      } catch {
        throw ValidationError("analyze: \(Analyze.message(for: error))")
      }
    case "graph":
      do {
        self = .graph(try Graph.Run.parse(rest))
      } catch {
        throw ValidationError("graph: \(Graph.Run.message(for: error))")
      }
    default:
      throw ValidationError(
        "there is no workload \"\(name)\"; expected fib, skynet, taskgroup, ping, analyze FILE or graph FILE, after --")
    }
  }

  var description: String {
    switch self {
    case .fib(let n): "fib \(n)"
    case .skynet(let leaves): "skynet \(leaves)"
    case .taskgroup(let children): "taskgroup \(children)"
    case .ping(let count): "ping \(count)"
    case .analyze(let analyze): "analyze \(analyze.file)"
    case .graph(let graph): "graph \(graph.file)"
    }
  }

  /// How many workers it asks for itself.
  var workers: Int? {
    switch self {
    case .analyze(let analyze): analyze.workers
    case .graph(let graph): graph.workers
    default: nil
    }
  }

  /// Runs it, and says what came out.
  func run(on executor: WorkStealingExecutor) throws -> String {
    switch self {
    case .fib(let n): return "\(try executor.runBlocking { fibonacci(n) })"
    case .skynet(let leaves): return "\(try executor.runBlocking { skynetSum(0, leaves) })"
    case .taskgroup(let children): return "\(awaitHere(executor) { await sumOfChildren(children) }) children"
    case .ping(let count):
      let answered = DispatchSemaphore(value: 0)
      for _ in 0..<count {
        try executor.submit { answered.signal() }
        answered.wait()
      }
      return "\(count) answers"
    case .analyze(let analyze):
      let summary = try analyze.summary(on: executor).summary
      return "\(summary.rows) rows, \(summary.columns.count) columns"
    case .graph(let graph):
      let (workflow, schedule) = try graph.measure(on: executor)
      return "\(workflow.taskCount) tasks, \(ScheduleReport.figure(schedule.makespan))"
    }
  }
}

private func fibonacci(_ n: Int) -> Int {
  if n < 2 { return n }
  let (a, b) = join({ fibonacci(n - 1) }, { fibonacci(n - 2) })
  return a + b
}

/// The leaves' numbers, added up; ten children a node, the last with what is left over.
private func skynetSum(_ first: Int, _ leaves: Int) -> Int {
  if leaves == 1 { return first }
  let children = min(10, leaves)
  return Parallel.reduce(
    0..<children, identity: 0,
    { child in
      let (low, high) = (leaves * child / children, leaves * (child + 1) / children)
      return skynetSum(first + low, high - low)
    }, combine: +)
}

private func sumOfChildren(_ count: Int) async -> Int {
  await withTaskGroup(of: Int.self) { group in
    var sum = 0
    for child in 0..<count {
      if child >= 64 { sum += await group.next()! }
      group.addTask { 1 }
    }
    return await group.reduce(sum, +)
  }
}

/// Runs a task on the executor; the calling thread sleeps meanwhile.
private func awaitHere(_ executor: WorkStealingExecutor, _ body: @escaping @Sendable () async -> Int) -> Int {
  let done = DispatchSemaphore(value: 0)
  // SAFETY: written before the signal, read after it.
  nonisolated(unsafe) var result = 0
  Task.detached(executorPreference: executor) {
    unsafe result = await body()
    done.signal()
  }
  done.wait()
  return unsafe result
}
