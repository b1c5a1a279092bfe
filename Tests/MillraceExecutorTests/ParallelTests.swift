import Millrace
import Testing

@Suite struct ParallelTests {
  static let sizes = [0, 1, 2, 3, 17, 1000, 4097, 50_000]

  @Test(arguments: sizes) func everyIndexIsVisitedOnce(count: Int) throws {
    let visits = (0..<count).map { _ in Counter() }
    try onExecutor { Parallel.forEach(0..<count) { visits[$0].add() } }
    #expect(visits.allSatisfy { $0.value == 1 })
  }

  @Test(arguments: sizes) func everyElementIsChangedInPlace(count: Int) throws {
    let result = try onExecutor { () -> [Int] in
      var numbers = Array(0..<count)
      Parallel.forEach(in: &numbers) { index, number in number += index }
      return numbers
    }
    #expect(result == (0..<count).map { $0 * 2 })
  }

  @Test(arguments: sizes) func slicesCoverTheArray(count: Int) throws {
    let result = try onExecutor { () -> [Int] in
      var numbers = [Int](repeating: -1, count: count)
      Parallel.forEachSlice(of: &numbers, size: 7) { offset, slice in
        for index in slice.indices { slice[index] = offset + index }
      }
      return numbers
    }
    #expect(result == Array(0..<count))
  }

  @Test(arguments: sizes) func mapKeepsTheOrder(count: Int) throws {
    #expect(try onExecutor { Parallel.map(0..<count) { String($0) } } == (0..<count).map { String($0) })
    #expect(try onExecutor { Parallel.map(Array(0..<count)) { $0 + 1 } } == Array(1..<count + 1))
  }

  @Test(arguments: sizes) func reduceKeepsTheOrder(count: Int) throws {
    let words = try onExecutor { Parallel.reduce(0..<count, identity: [Int](), { [$0] }, combine: { $0 + $1 }) }
    #expect(words == Array(0..<count))
  }

  @Test(arguments: sizes) func scanIsTheRunningSum(count: Int) throws {
    var running = 0
    let expected = (0..<count).map {
      running += $0 % 13
      return running
    }
    #expect(try onExecutor { Parallel.scan((0..<count).map { $0 % 13 }, identity: 0, combine: +) } == expected)
  }

  @Test func scanOfFloatingPointDoesNotDependOnTheWorkers() throws {
    let values = (0..<100_000).map { 1 / Double($0 + 1) }
    let results = try [1, 2, 8].map { workers in
      try onExecutor(workers: workers) { Parallel.scan(values, identity: 0, combine: +) }.map(\.bitPattern)
    }
    #expect(results[0] == results[1] && results[1] == results[2])
  }

  @Test(arguments: sizes) func sortSorts(count: Int) throws {
    let seed = UInt64.random(in: .min ... .max)
    var state = seed
    let values = (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1
      return Int(state >> 40) % 1000
    }
    let sorted = try onExecutor { () -> [Int] in
      var copy = values
      Parallel.sort(&copy)
      return copy
    }
    #expect(sorted == values.sorted(), "seed \(seed)")
    let down = try onExecutor { () -> [String] in
      var copy = values.map { String($0) }
      Parallel.sort(&copy) { $0 > $1 }
      return copy
    }
    #expect(down == values.map { String($0) }.sorted(by: >), "seed \(seed)")
  }

  @Test func firstIsTheLeastIndex() throws {
    let values = (0..<100_000).map { $0 % 1000 }
    #expect(try onExecutor { Parallel.first(in: values, where: { $0 == 999 }) } == 999)
    #expect(try onExecutor { Parallel.first(in: 5000..<100_000, where: { values[$0] == 3 }) } == 5003)
    #expect(try onExecutor { Parallel.first(in: values, where: { $0 > 999 }) } == nil)
    #expect(try onExecutor { Parallel.first(in: 0..<0, where: { _ in true }) } == nil)
  }

  @Test func anErrorEndsTheLoopAndReleasesWhatWasMade() throws {
    let tally = Tracked.Tally()
    #expect(throws: Planned(number: 30_000)) {
      try onExecutor {
        try Parallel.map(0..<50_000) { index throws -> Tracked in
          if index == 30_000 { throw Planned(number: index) }
          return Tracked(index, tally)
        }
      }
    }
    #expect(tally.count == 0)
    #expect(throws: Planned.self) {
      try onExecutor {
        try Parallel.reduce(
          0..<50_000, identity: [Tracked](),
          { index throws -> [Tracked] in
            if index == 40_000 { throw Planned(number: index) }
            return [Tracked(index, tally)]
          }, combine: { Array(($0 + $1).suffix(3)) })
      }
    }
    #expect(tally.count == 0)
  }

  @Test func loopsNest() throws {
    let sum = try onExecutor {
      Parallel.reduce(
        0..<100, identity: 0, { row in Parallel.reduce(0..<row, identity: 0, { $0 }, combine: +) }, combine: +)
    }
    #expect(sum == (0..<100).reduce(0) { $0 + $1 * ($1 - 1) / 2 })
  }

  @Test func bothWorkersTakePart() throws {
    // Each element waits until the other has begun, so one worker alone would never end.
    let begun = Counter()
    try onExecutor(workers: 2) {
      Parallel.forEach(0..<2) { _ in
        begun.add()
        while begun.value < 2 {}
      }
    }
    #expect(begun.value == 2)
  }

  @Test func offAWorkerItRunsOnTheSharedExecutor() {
    #expect(Parallel.reduce(0..<1000, identity: 0, { $0 }, combine: +) == 499_500)
  }
}
