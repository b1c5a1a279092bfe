import Dispatch
import Foundation
import Millrace
import Synchronization

/// A small workload, done by several contenders on this machine, each of whose answers is checked.
///
/// ```swift
/// for workload in BenchWorkload.all {
///   for contender in workload.contenders { print(workload.name, contender.name, contender.measure(workers: 2).nanoseconds) }
/// }
/// ```
public struct BenchWorkload: Sendable {
  public let name: String
  /// What one operation is.
  public let operation: String
  public let contenders: [BenchContender]

  /// All there are.
  public static let all = [fib, skynet, timers, graph, batch, transition]
}

/// One way to do a workload.
public struct BenchContender: Sendable {
  public let name: String
  let prepare: @Sendable (_ workers: Int) -> Job

  /// What is measured: as often as told, on the thread that asks.
  struct Job {
    /// Of one repetition.
    var operations: Int
    /// Runs a body where it belongs: here, or on a worker.
    var enter: (_ body: @escaping @Sendable () -> Void) -> Void = { $0() }
    var body: @Sendable () -> Void
    /// Whether what was computed is right, after so many repetitions.
    var isRight: (_ repetitions: Int) -> Bool
    var end: () -> Void = {}
  }

  /// What one measurement has found.
  public struct Sample: Sendable {
    /// Of an operation.
    public var nanoseconds: Double
    /// On processors, of an operation.
    public var processorNanoseconds: Double
    public var isRight: Bool
  }

  /// Does it once to warm up, and then for some time. Blocks the calling thread.
  public func measure(workers: Int, for duration: Duration = .milliseconds(200)) -> Sample {
    let job = prepare(workers)
    let clock = ContinuousClock()
    let body = job.body
    let measured = Mutex((repetitions: 0, wall: Duration.zero, processors: Duration.zero))
    job.enter {
      body()
      let (start, processors) = (clock.now, Self.processorTime())
      var repetitions = 0
      repeat {
        body()
        repetitions += 1
      } while clock.now - start < duration
      let (wall, busy) = (clock.now - start, Self.processorTime() - processors)
      measured.withLock { $0 = (repetitions, wall, busy) }
    }
    let (repetitions, wall, processors) = measured.withLock { $0 }
    let operations = Double(job.operations) * Double(repetitions)
    let isRight = job.isRight(repetitions + 1)
    job.end()
    return Sample(
      nanoseconds: wall / .nanoseconds(1) / operations,
      processorNanoseconds: processors / .nanoseconds(1) / operations, isRight: isRight)
  }

  private static func processorTime() -> Duration {
    var time = timespec()
    _ = unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
  }
}

extension BenchContender {
  /// By a body that computes the same number each time.
  ///
  /// - Parameter place: where it belongs.
  static func computing(
    _ name: String, operations: Int, expecting answer: Int, on place: Place = .caller,
    _ body: @escaping @Sendable () -> Int
  ) -> BenchContender {
    BenchContender(name: name) { workers in
      let found = Answer()
      var job = Job(operations: operations, body: { found.set(body()) }, isRight: { _ in found.value == answer })
      if place == .workers {
        let executor = WorkStealingExecutor(.init(workerCount: workers))
        job.enter = { body in try! executor.runBlocking { body() } }
        job.end = { awaitHere { await executor.shutdown() } }
      }
      return job
    }
  }

  enum Place: Sendable { case caller, workers }
}

/// A number that is written by the measured body and read after it.
final class Answer: Sendable {
  private let number = Atomic(Int.min)

  // Relaxed, here and below: whoever reads has waited for the body's end.
  var value: Int { number.load(ordering: .relaxed) }
  func set(_ value: Int) { number.store(value, ordering: .relaxed) }
  func add(_ value: Int) { number.wrappingAdd(value, ordering: .relaxed) }
}

/// Runs an asynchronous body to its end. Blocks the calling thread.
func awaitHere(_ body: @escaping @Sendable () async -> Void) {
  let done = DispatchSemaphore(value: 0)
  Task.detached {
    await body()
    done.signal()
  }
  done.wait()
}

func awaitedHere(_ body: @escaping @Sendable () async -> Int) -> Int {
  let answer = Answer()
  awaitHere { answer.set(await body()) }
  return answer.value
}
