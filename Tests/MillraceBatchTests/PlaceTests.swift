import Foundation
import Millrace
import Synchronization
import Testing

@Suite struct PlaceTests {
  /// Under a token that is cancelled, nothing is computed; the caller has no such thing.
  @Test func cancelledWorkersThrow() throws {
    let token = CancellationToken()
    token.cancel()
    let x = Numbers.floats(300_000)
    let calls: [@Sendable () throws -> Void] = [
      {
        var y = x
        try Batch.exp(x, into: &y, on: .workers)
      },
      {
        var y = x
        try Batch.exp(&y, on: .workers)
      },
      { _ = try Batch.sum(x, on: .workers) },
      { _ = try Batch.sum(x, .relaxed, on: .workers) },
      { _ = try Batch.max(x, on: .workers) },
      { _ = try Batch.indexOfMin(x, on: .workers) },
      { _ = try Batch.filter(x, .less, 0, on: .workers) },
      {
        var y = x
        try Batch.softmax(&y, on: .workers)
      },
      {
        var y = x
        try Batch.normalise(&y, on: .workers)
      },
      {
        var y = x
        try Batch.prefixSum(x, into: &y, on: .workers)
      },
      {
        var y = x
        try Batch.transpose(x, rows: 300, columns: 1000, into: &y, on: .workers)
      },
      {
        var counts = [UInt64](repeating: 0, count: 10)
        try Batch.histogram(x, over: 0..<1, into: &counts, on: .workers)
      },
      {
        var y = x
        try Batch.transform(&y, on: .workers) { (v: SIMD8<Float>) in v }
      },
      {
        var y = x
        try Batch.program { x in x + 1 }.run(&y, on: .workers)
      },
      { _ = try Batch.program { x in x.sum() }.run(x, on: .workers) },
      // Short ones, which the caller computes alone, too.
      { _ = try Batch.sum([Float](repeating: 1, count: 10), on: .workers) },
      {
        var y = [Float](repeating: 1, count: 10)
        try Batch.exp(&y, on: .workers)
      },
    ]
    for (number, call) in calls.enumerated() {
      #expect(throws: CancellationError.self, "call \(number)") {
        try onExecutor { try withCancellation(token) { try call() } }
      }
    }
    #expect(try onExecutor { withCancellation(token) { Batch.sum(x) } } == Batch.sum(x))
  }

  /// A closure cancels its own surroundings: the grains that have not begun by then never do.
  @Test func cancellationIsSeenBetweenGrains() throws {
    let token = CancellationToken()
    let visited = Visits()
    let count = 1 << 22
    #expect(throws: CancellationError.self) {
      try onExecutor(workers: 2) {
        try withCancellation(token) {
          var x = [Int32](repeating: 0, count: count)
          try Batch.transform(&x, on: .workers) { (v: SIMD8<Int32>) in
            token.cancel()
            visited.add(8)
            return v
          }
        }
      }
    }
    // Two participants, with a grain each, or at most what they have taken for one look around.
    #expect(visited.count < count / 2)
  }

  @Test func deadlineInThePastIsObserved() throws {
    let x = Numbers.floats(300_000)
    #expect(throws: DeadlineExceeded.self) {
      try withDeadline(.now - .seconds(1)) { try Batch.sum(x, on: .workers) }
    }
  }

  /// Runs until the deadline ends it: without one it would not end.
  @Test func deadlineEndsABatch() throws {
    #expect(throws: DeadlineExceeded.self) {
      try withTimeout(.milliseconds(5)) {
        var x = [Float](repeating: 1, count: 1 << 16)
        while true { try Batch.exp(&x, on: .workers) }
      }
    }
  }

  @Test func tasksAreCancelled() async {
    let task = Task {
      try await WorkStealingExecutor.shared.run {
        var x = [Float](repeating: 1, count: 1 << 16)
        while true { try Batch.exp(&x, on: .workers) }
      }
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func offAWorkerItRunsOnTheSharedExecutor() throws {
    let x = Numbers.floats(500_000)
    #expect(try Batch.sum(x, on: .workers) == Batch.sum(x))
  }

  @Test func bothWorkersTakePart() throws {
    // Each of the first vectors waits until another thread has begun one: a worker alone would not end.
    let threads = Threads()
    try onExecutor(workers: 2) {
      var x = [Int32](repeating: 0, count: 1 << 20)
      try Batch.transform(&x, on: .workers) { (v: SIMD8<Int32>) in
        threads.meet()
        return v
      }
    }
    #expect(threads.count == 2)
  }
}

final class Visits: Sendable {
  private let number = Atomic<Int>(0)

  var count: Int { number.load(ordering: .relaxed) }
  func add(_ more: Int) { number.wrappingAdd(more, ordering: .relaxed) }
}

/// Threads that wait for each other, once.
final class Threads: Sendable {
  private let seen = Mutex<Set<ObjectIdentifier>>([])
  private let number = Atomic<Int>(0)

  var count: Int { number.load(ordering: .relaxed) }

  func meet() {
    if count >= 2 { return }
    let thread = ObjectIdentifier(Thread.current)
    let all = seen.withLock { seen in
      seen.insert(thread)
      return seen.count
    }
    number.max(all, ordering: .relaxed)
    while count < 2 {}
  }
}
