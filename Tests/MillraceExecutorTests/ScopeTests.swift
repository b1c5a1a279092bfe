import Millrace
import Testing

@testable import MillraceExecutor

@Suite struct ScopeTests {
  @Test func allChildrenHaveEndedWhenTheScopeReturns() throws {
    let ran = Counter()
    let answer = try onExecutor {
      try withScope { scope in
        for _ in 0..<1000 { scope.spawn { ran.add() } }
        return 7
      }
    }
    #expect(answer == 7 && ran.value == 1000)
  }

  @Test func aChildsErrorIsThrownAndCapturesAreReleased() throws {
    let tally = Tracked.Tally()
    #expect(throws: Planned(number: 3)) {
      try onExecutor {
        try withScope { scope in
          for index in 0..<100 {
            let tracked = Tracked(index, tally)
            scope.spawn { if tracked.value == 3 { throw Planned(number: 3) } }
          }
        }
      }
    }
    #expect(tally.count == 0)
  }

  @Test func theBodysErrorWaitsForTheChildren() throws {
    let ran = Counter()
    #expect(throws: Planned(number: 1)) {
      try onExecutor {
        try withScope { scope in
          scope.spawn { ran.add() }
          while ran.value == 0 {}
          throw Planned(number: 1)
        }
      }
    }
    #expect(ran.value == 1)
  }

  @Test func scopesNestInChildren() throws {
    let ran = Counter()
    try onExecutor(workers: 2) {
      try withScope { outer in
        for _ in 0..<20 {
          outer.spawn { try withScope { inner in for _ in 0..<20 { inner.spawn { ran.add() } } } }
        }
      }
    }
    #expect(ran.value == 400)
  }

  @Test func offAWorkerItRunsOnTheSharedExecutor() throws {
    #expect(try withScope { _ in 5 } == 5)
  }
}

@Suite struct CancellationTests {
  @Test func aTokenStopsALoopThatCanThrow() throws {
    let token = CancellationToken()
    let visited = Counter()
    #expect(throws: CancellationError.self) {
      try onExecutor {
        try withCancellation(token) {
          try Parallel.forEach(0..<Int.max) { (_) throws in if visited.add() == 1000 { token.cancel() } }
        }
      }
    }
    #expect(token.isCancelled)
  }

  @Test func aLoopThatCannotThrowRunsToItsEnd() throws {
    let token = CancellationToken()
    token.cancel()
    let sum = try onExecutor { withCancellation(token) { Parallel.reduce(0..<1000, identity: 0, { $0 }, combine: +) } }
    #expect(sum == 499_500)
  }

  @Test func nothingIsStartedUnderACancelledToken() throws {
    let token = CancellationToken()
    token.cancel()
    let ran = Counter()
    #expect(throws: CancellationError.self) {
      try onExecutor {
        try withCancellation(token) { try join({ () throws in ran.add() }, { () throws in ran.add() }) }
      }
    }
    #expect(ran.value == 0)
  }

  @Test func cancellingATaskStopsItsLoop() async throws {
    let executor = WorkStealingExecutor(.init(workerCount: 2))
    let visited = Counter()
    let task = Task {
      try await executor.run { try Parallel.forEach(0..<Int.max) { (_) throws in visited.add() } }
    }
    while visited.value == 0 { await Task.yield() }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    let onWorker = Task(executorPreference: executor) {
      try Parallel.forEach(0..<Int.max) { (_) throws in visited.add() }
    }
    let before = visited.value
    while visited.value == before { await Task.yield() }
    onWorker.cancel()
    await #expect(throws: CancellationError.self) { try await onWorker.value }
    await executor.shutdown()
  }

  @Test func aTokenPassedToRunStopsIt() async throws {
    let token = CancellationToken()
    let executor = WorkStealingExecutor(.init(workerCount: 2))
    await #expect(throws: CancellationError.self) {
      try await executor.run(cancellation: token) {
        try Parallel.forEach(0..<Int.max) { (index) throws in if index == 5 { token.cancel() } }
      }
    }
    await executor.shutdown()
  }

  /// The scope of a stolen fork is found from its cell, whatever the owner opens and closes meanwhile.
  @Test func scopeOfACellIsTheInnermostThatWasOpenAtItsFork() {
    let stack = ScopeStack(capacity: 16)
    #expect(unsafe stack.find(cell: 100) == nil)
    let outer = unsafe stack.push(floor: 10, parent: nil)
    let inner = unsafe stack.push(floor: 50, parent: outer)
    _ = unsafe stack.push(floor: 50, parent: inner)
    #expect(unsafe stack.find(cell: 9) == nil)
    #expect(unsafe stack.find(cell: 49) == outer)
    let top = unsafe stack.find(cell: 50)
    #expect(unsafe top?.pointee.parent == inner)
    stack.pop()
    #expect(unsafe stack.find(cell: 1000) == inner)
    stack.pop()
    #expect(unsafe stack.find(cell: 1000) == outer)
  }
}
