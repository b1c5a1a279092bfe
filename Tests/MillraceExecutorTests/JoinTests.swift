import Millrace
import Synchronization
import Testing

struct Planned: Error, Equatable { let number: Int }

/// Counts itself, to see captures and values released exactly once.
final class Tracked: Sendable {
  final class Tally: Sendable {
    let alive = Atomic<Int>(0)
    var count: Int { alive.load(ordering: .sequentiallyConsistent) }
  }

  let tally: Tally
  let value: Int

  init(_ value: Int, _ tally: Tally) {
    self.value = value
    self.tally = tally
    tally.alive.wrappingAdd(1, ordering: .relaxed)
  }

  deinit { tally.alive.wrappingSubtract(1, ordering: .relaxed) }
}

final class Counter: Sendable {
  private let count = Atomic<Int>(0)
  @discardableResult
  func add() -> Int { count.wrappingAdd(1, ordering: .sequentiallyConsistent).newValue }
  var value: Int { count.load(ordering: .sequentiallyConsistent) }
}

/// An executor of its own for one test, ended at the test's end.
func onExecutor<R: Sendable>(workers: Int = 4, _ body: @Sendable () throws -> R) throws -> R {
  let executor = WorkStealingExecutor(.init(workerCount: workers))
  defer { executor.shutdownBlocking() }
  return try executor.runBlocking(body)
}

@Suite struct JoinTests {
  static func fibonacci(_ n: Int) -> Int {
    if n < 2 { return n }
    let (a, b) = join({ fibonacci(n - 1) }, { fibonacci(n - 2) })
    return a + b
  }

  @Test(arguments: [1, 2, 8]) func everyForkIsRunOnce(workers: Int) throws {
    #expect(try onExecutor(workers: workers) { Self.fibonacci(25) } == 75_025)
  }

  @Test func offAWorkerItRunsOnTheSharedExecutor() {
    #expect(Self.fibonacci(15) == 610)
    #expect(WorkStealingExecutor.shared.metrics().forks >= 986)
  }

  @Test func threeAndFourClosures() throws {
    let (a, b, c) = try onExecutor { join({ 1 }, { "two" }, { 3.0 }) }
    #expect(a == 1 && b == "two" && c == 3)
    let four = try onExecutor { join({ 1 }, { 2 }, { 3 }, { 4 }) }
    #expect(four == (1, 2, 3, 4))
  }

  @Test func forksNestAHundredThousandDeep() throws {
    @Sendable func depth(_ n: Int) -> Int {
      if n == 0 { return 0 }
      let (a, b) = join({ depth(n - 1) }, { 1 })
      return a + b
    }
    #expect(try onExecutor { depth(100_000) } == 100_000)
  }

  @Test(arguments: [0, 1, 511, 1023]) func anErrorReachesTheJoiner(bad: Int) throws {
    let tally = Tracked.Tally()
    @Sendable func tree(_ depth: Int, _ index: Int) throws -> Int {
      let own = Tracked(index, tally)
      if depth == 0 {
        if index == bad { throw Planned(number: index) }
        return own.value
      }
      let (a, b) = try join({ try tree(depth - 1, own.value * 2) }, { try tree(depth - 1, own.value * 2 + 1) })
      return a + b
    }
    #expect(throws: Planned(number: bad)) { try onExecutor { try tree(10, 0) } }
    #expect(tally.count == 0)
  }

  @Test func theFirstClosuresErrorWins() throws {
    #expect(throws: Planned(number: 1)) {
      try onExecutor {
        try join({ () throws -> Int in throw Planned(number: 1) }, { () throws -> Int in throw Planned(number: 2) })
      }
    }
    #expect(throws: Planned(number: 2)) {
      try onExecutor { try join({ () throws -> Int in 1 }, { () throws -> Int in throw Planned(number: 2) }) }
    }
  }

  @Test func typedErrorsStayTyped() throws {
    let caught = try onExecutor { () -> Int in
      do throws(Planned) {
        _ = try join({ () throws(Planned) -> Int in throw Planned(number: 7) }, { () throws(Planned) -> Int in 1 })
        return 0
      } catch {
        return error.number
      }
    }
    #expect(caught == 7)
  }

  @Test func anErrorStopsTheSiblingsLoop() throws {
    let visited = Counter()
    #expect(throws: Planned.self) {
      try onExecutor(workers: 2) {
        try join(
          {
            while visited.value == 0 {}
            throw Planned(number: 0)
          },
          { try Parallel.forEach(0..<Int.max) { (_) throws in visited.add() } })
      }
    }
    #expect(visited.value > 0)
  }

  @Test func spansAreSplitAndWholeAgain() throws {
    @Sendable func increment(_ numbers: inout MutableSpan<Int>) {
      if numbers.count < 10 {
        for index in numbers.indices { numbers[index] += 1 }
      } else {
        join(splitting: &numbers, at: numbers.count / 3, { increment(&$0) }, { increment(&$0) })
      }
    }
    let result = try onExecutor { () -> [Int] in
      var numbers = Array(0..<1000)
      var span = numbers.mutableSpan
      increment(&span)
      return numbers
    }
    #expect(result == Array(1...1000))
  }

  @Test func twoSpansAreSplitTogether() throws {
    let result = try onExecutor { () -> ([Int], [String]) in
      var numbers = [1, 2, 3, 4]
      var words = ["a", "b", "c"]
      do {
        var first = numbers.mutableSpan
        var second = words.mutableSpan
        join(
          splitting: &first, at: 1, and: &second, at: 2,
          { a, b in
            a[0] = 10 * a.count
            b[1] = "x\(b.count)"
          },
          { a, b in
            a[2] = 40 * a.count
            b[0] = "y\(b.count)"
          })
      }
      return (numbers, words)
    }
    #expect(result.0 == [10, 2, 3, 120] && result.1 == ["a", "x2", "y1"])
  }

  @Test func jobsForkedBeforeALongOneAreStillReachable() throws {
    // The second worker has to run all eight siblings while the first is inside its long leaf: it waits for them there.
    let done = Counter()
    try onExecutor(workers: 2) {
      @Sendable func fork(_ left: Int) {
        if left == 0 {
          while done.value < 8 {}
          return
        }
        _ = join({ fork(left - 1) }, { done.add() })
      }
      fork(8)
    }
    #expect(done.value == 8)
  }
}
