import Dispatch
import MillraceExecutor
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

struct Scenario {
  let name: String
  /// Returns how many jobs it ran.
  let run: @Sendable (_ workers: Int, _ seed: UInt64) -> Int

  static let all = [
    Scenario(name: "joins", run: joins), Scenario(name: "flatJoins", run: flatJoins),
    Scenario(name: "errors", run: errors),
    Scenario(name: "loops", run: loops), Scenario(name: "scopes", run: scopes),
    Scenario(name: "submissions", run: submissions),
    Scenario(name: "guests", run: guests),
    Scenario(name: "lifecycles", run: lifecycles), Scenario(name: "tasks", run: tasks),
    Scenario(name: "blockingRegions", run: blockingRegions),
    Scenario(name: "cancellation", run: cancellation), Scenario(name: "timers", run: timers),
    Scenario(name: "deadlines", run: deadlines), Scenario(name: "graphs", run: graphs),
    Scenario(name: "pipelines", run: pipelines),
  ]
}

private struct Planned: Error, Equatable { let index: Int }

/// A random tree of joins; every leaf is counted once.
private func joins(_ workers: Int, _ seed: UInt64) -> Int {
  @Sendable func tree(_ depth: Int, _ seed: UInt64) -> Int {
    var random = Random(seed)
    if depth == 0 || random.next() % 16 == 0 {
      if random.next() % 64 == 0 { sched_yield() }
      return 1
    }
    let (left, right) = (random.next(), random.next())
    switch random.next() % 3 {
    case 0:
      let (a, b, c) = join({ tree(depth - 1, left) }, { tree(depth - 1, right) }, { 1 })
      return a + b + c
    default:
      let (a, b) = join({ tree(depth - 1, left) }, { tree(depth - 1, right) })
      return a + b
    }
  }
  func serial(_ depth: Int, _ seed: UInt64) -> Int {
    var random = Random(seed)
    if depth == 0 || random.next() % 16 == 0 {
      _ = random.next()
      return 1
    }
    let (left, right) = (random.next(), random.next())
    return serial(depth - 1, left) + serial(depth - 1, right) + (random.next() % 3 == 0 ? 1 : 0)
  }
  let executor = WorkStealingExecutor(.init(workerCount: workers, spinBudget: .microseconds(Int(seed % 3) * 20)))
  let expected = serial(15, seed)
  let found = try! executor.runBlocking { tree(15, seed) }
  expect(found == expected, "a tree of joins has \(expected) leaves, found \(found)")
  executor.shutdownBlocking()
  return expected
}

/// Forks that are joined at once: the thief and the owner meet at the same cell.
private func flatJoins(_ workers: Int, _ seed: UInt64) -> Int {
  let executor = WorkStealingExecutor(.init(workerCount: workers))
  let rounds = 20_000
  let sum = try! executor.runBlocking {
    var random = Random(seed)
    var sum = 0
    for round in 0..<rounds {
      let length = Int(random.next() % 64)
      let (a, b) = join(
        { (0..<length).reduce(0) { $0 &+ $1 * round } },
        { () -> Int in
          if length == 63 { sched_yield() }
          return round
        })
      sum &+= (a & 0) &+ b
    }
    return sum
  }
  expect(sum == rounds * (rounds - 1) / 2, "flat joins add up to \(rounds * (rounds - 1) / 2), found \(sum)")
  executor.shutdownBlocking()
  return rounds
}

/// Errors out of deep trees: the captures of what ran and of what did not are released, the pool goes on.
private func errors(_ workers: Int, _ seed: UInt64) -> Int {
  let executor = WorkStealingExecutor(.init(workerCount: workers))
  let ran = Counter()
  @Sendable func tree(_ depth: Int, _ index: Int, _ bad: Int, _ tracked: Tracked) throws -> Int {
    ran.add()
    if depth == 0 {
      if index == bad { throw Planned(index: index) }
      return tracked.value
    }
    let own = Tracked(1)
    let (a, b) = try join(
      { try tree(depth - 1, index * 2, bad, own) }, { try tree(depth - 1, index * 2 + 1, bad, own) })
    return a + b
  }
  for round in 0..<20 {
    let isBad = round % 4 != 0
    let bad = isBad ? Int((seed &+ UInt64(round) &* 77) % 1024) : -1
    do {
      let sum = try executor.runBlocking { try tree(10, 0, bad, Tracked(1)) }
      expect(!isBad && sum == 1024, "a tree without an error has 1024 leaves, found \(sum), bad leaf \(bad)")
    } catch {
      expect(isBad && error as? Planned == Planned(index: bad), "expected the error of leaf \(bad), found \(error)")
    }
  }
  executor.shutdownBlocking()
  return ran.value
}

private func loops(_ workers: Int, _ seed: UInt64) -> Int {
  let executor = WorkStealingExecutor(.init(workerCount: workers))
  var random = Random(seed)
  let count = Int(random.next() % 50_000)
  let salt = Int(random.next() % 1000)
  @Sendable func value(_ index: Int) -> Int {
    if index % 4099 == 0 { sched_yield() }
    return (index &* 2_654_435_761 &+ salt) % 100_003
  }
  let expected = (0..<count).map(value)
  try! executor.runBlocking {
    let mapped = Parallel.map(0..<count, value)
    expect(mapped == expected, "map of \(count) differs")
    var changed = expected
    Parallel.forEach(in: &changed) { index, element in element &+= index }
    expect(changed == expected.enumerated().map { $0.offset &+ $0.element }, "forEach over \(count) elements differs")
    let visits = (0..<count).map { _ in Counter() }
    Parallel.forEach(0..<count) { index in visits[index].add() }
    expect(visits.allSatisfy { $0.value == 1 }, "an index of \(count) was not visited once")
    let sum = Parallel.reduce(0..<count, identity: 0, { expected[$0] }, combine: +)
    expect(sum == expected.reduce(0, +), "reduce of \(count) differs")
    let joined = Parallel.reduce(0..<min(count, 500), identity: "", { String($0) + "," }, combine: +)
    expect(joined == (0..<min(count, 500)).map { String($0) + "," }.joined(), "reduce lost the order")
    var running = 0
    let prefix = expected.map {
      running += $0
      return running
    }
    expect(Parallel.scan(expected, identity: 0, combine: +) == prefix, "scan of \(count) differs")
    var sorted = expected
    Parallel.sort(&sorted)
    expect(sorted == expected.sorted(), "sort of \(count) differs")
    var objects = expected.prefix(10_000).map { Tracked($0) }
    Parallel.sort(&objects) { $0.value < $1.value }
    expect(objects.map(\.value) == expected.prefix(10_000).sorted(), "sort of objects differs")
    let bound = 100_003 - Int(seed % 50)
    expect(
      Parallel.first(in: expected, where: { $0 >= bound }) == expected.firstIndex { $0 >= bound },
      "first of \(count) differs")
  }
  executor.shutdownBlocking()
  return count * 8
}

final class Counter: Sendable {
  private let count = Atomic<Int>(0)
  // Relaxed: a count.
  func add() { count.wrappingAdd(1, ordering: .relaxed) }
  var value: Int { count.load(ordering: .relaxed) }
}

private func scopes(_ workers: Int, _ seed: UInt64) -> Int {
  let executor = WorkStealingExecutor(.init(workerCount: workers))
  let ran = Counter()
  for round in 0..<20 {
    do {
      try executor.runBlocking {
        try withScope { scope in
          for index in 0..<100 {
            let tracked = Tracked(index)
            scope.spawn {
              ran.add()
              let (a, b) = join({ tracked.value }, { tracked.value })
              expect(a == b, "a join inside a child differs")
              try withScope { inner in inner.spawn { ran.add() } }
              if round % 5 == 4, index == Int(seed % 100) { throw Planned(index: index) }
            }
          }
        }
      }
      expect(round % 5 != 4, "a scope lost its child's error")
    } catch {
      expect(round % 5 == 4 && error is Planned, "expected a child's error, found \(error)")
    }
  }
  executor.shutdownBlocking()
  expect(ran.value >= 16 * 200, "children of scopes: expected at least 3200, ran \(ran.value)")
  return ran.value
}

/// Many threads submit while the number of workers changes; accepted is run, once.
private func submissions(_ workers: Int, _ seed: UInt64) -> Int {
  let executor = WorkStealingExecutor(.init(workerCount: workers))
  let ran = Counter()
  let each = 2_000
  withThreads(4) { thread in
    var random = Random(seed &+ UInt64(thread))
    for index in 0..<each {
      let tracked = Tracked(index)
      let priority: TaskPriority = [.high, .medium, .low][Int(random.next() % 3)]
      try! executor.submit(priority: priority) {
        if tracked.value % 100 == 0 { try! executor.submit { ran.add() } }
        ran.add()
      }
      if index % 50 == 0 { expect(try! executor.runBlocking { index } == index, "runBlocking differs") }
      if thread == 0, index % 200 == 0 { try! executor.resize(workerCount: 1 + Int(random.next() % UInt64(workers))) }
    }
  }
  executor.shutdownBlocking()
  expect(ran.value == 4 * each + 4 * each / 100, "submitted \(4 * each + 4 * each / 100) jobs, ran \(ran.value)")
  return ran.value
}

/// Executors come and go while work arrives: what was accepted runs, what was refused never does.
private func lifecycles(_ workers: Int, _ seed: UInt64) -> Int {
  let total = Counter()
  for round in 0..<30 {
    let executor = WorkStealingExecutor(.init(workerCount: 1 + Int((seed &+ UInt64(round)) % UInt64(workers))))
    let accepted = Counter()
    let ran = Counter()
    withThreads(3) { thread in
      if thread == 0 {
        for _ in 0..<Int((seed &+ UInt64(round)) % 100) { sched_yield() }
        executor.shutdownBlocking()
        executor.shutdownBlocking()
      } else {
        for index in 0..<200 {
          let tracked = Tracked(index)
          do {
            try executor.submit { if tracked.value >= 0 { ran.add() } }
            accepted.add()
          } catch let error as ExecutorError {
            expect(error.code == .shutDown, "expected a refusal, found \(error)")
          } catch {
            fail("expected a refusal, found \(error)")
          }
        }
      }
    }
    expect(ran.value == accepted.value, "accepted \(accepted.value) jobs, ran \(ran.value)")
    total.add()
  }
  return Int(total.value) * 400
}

/// Threads from outside that are workers for a while: more of them than workers, with joins too deep for their stacks, jobs that they leave behind, and a
/// shutdown between.
private func guests(_ workers: Int, _ seed: UInt64) -> Int {
  let executor = WorkStealingExecutor(.init(workerCount: 1 + Int(seed % UInt64(workers))))
  let accepted = Counter()
  let ran = Counter()
  @Sendable func depth(_ levels: Int) -> Int {
    if levels == 0 { return 0 }
    // Sixteen kilobytes on the stack, so that few frames fill it: ThreadSanitizer keeps no more than 65,536.
    return unsafe withUnsafeTemporaryAllocation(of: Int.self, capacity: 2048) { room in
      unsafe room.initialize(repeating: 1)
      let one = unsafe room[levels % 2048]
      let (a, b) = join({ depth(levels - 1) }, { one })
      return a + b
    }
  }
  @Sendable func tree(_ levels: Int) -> Int {
    if levels == 0 { return 1 }
    let (a, b) = join({ tree(levels - 1) }, { tree(levels - 1) })
    return a + b
  }
  withThreads(workers + 2) { thread in
    var random = Random(seed &+ UInt64(thread))
    for round in 0..<60 {
      if thread == 0, round == 50 {
        executor.shutdownBlocking()
        return
      }
      let levels = random.next() % 16 == 0 ? 700 : Int(random.next() % 100)
      let leavesJob = random.next() % 2 == 0
      do {
        let found = try executor.runBlocking { () -> Int in
          if leavesJob {
            try executor.submit { ran.add() }
            accepted.add()
          }
          return depth(levels) + tree(4)
        }
        expect(found == levels + 16, "a guest's joins add up to \(levels + 16), found \(found)")
      } catch let error as ExecutorError {
        expect(error.code == .shutDown, "expected a refusal, found \(error)")
        return
      } catch {
        fail("expected a refusal, found \(error)")
      }
    }
  }
  expect(ran.value == accepted.value, "guests left \(accepted.value) jobs, \(ran.value) ran")
  return ran.value
}

private actor Sum {
  var value = 0
  func add(_ amount: Int) { value += amount }
}

private actor PinnedSum {
  let executor: SerialWorkStealingExecutor
  var value = 0
  init(on executor: WorkStealingExecutor) { self.executor = SerialWorkStealingExecutor(on: executor) }
  nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }
  func add(_ amount: Int) { value += amount }
}

/// Task groups, actors, yields, and fork-join inside tasks.
private func tasks(_ workers: Int, _ seed: UInt64) -> Int {
  let executor = WorkStealingExecutor(.init(workerCount: workers))
  let count = 2_000
  let (plain, pinned) = awaitHere {
    let sum = Sum()
    let pinned = PinnedSum(on: executor)
    await withTaskExecutorPreference(executor) {
      await withTaskGroup(of: Int.self) { group in
        for index in 0..<count {
          group.addTask {
            async let half = index / 2
            if index % 7 == 0 { await Task.yield() }
            await sum.add(index)
            await pinned.add(index)
            let (a, b) = join({ index }, { index })
            return await half + a - b
          }
        }
        var halves = 0
        for await half in group { halves += half }
        expect(halves == (0..<count).reduce(0) { $0 + $1 / 2 }, "a task group lost a child")
      }
    }
    let unwoken = try! await executor.run { Parallel.reduce(0..<1000, identity: 0, { $0 }, combine: +) }
    expect(unwoken == 499_500, "run differs")
    return (await sum.value, await pinned.value)
  }
  expect(plain == count * (count - 1) / 2 && pinned == plain, "actors added up to \(plain) and \(pinned)")
  executor.shutdownBlocking()
  return count * 4
}

/// Every worker blocks, and other work proceeds.
private func blockingRegions(_ workers: Int, _ seed: UInt64) -> Int {
  let executor = WorkStealingExecutor(.init(workerCount: 2, maximumBlockingThreads: 16))
  let gate = DispatchSemaphore(value: 0)
  let opened = Counter()
  for _ in 0..<8 {
    try! executor.submit {
      blocking { gate.wait() }
      opened.add()
    }
  }
  // Runs although eight jobs block two workers; it is what lets them go on.
  let sum = try! executor.runBlocking { Parallel.reduce(0..<10_000, identity: 0, { $0 }, combine: +) }
  expect(sum == 49_995_000, "work beside blocked workers differs")
  for _ in 0..<8 { gate.signal() }
  executor.shutdownBlocking()
  expect(opened.value == 8, "eight blocked jobs, \(opened.value) ended")
  return 9
}

private func cancellation(_ workers: Int, _ seed: UInt64) -> Int {
  let executor = WorkStealingExecutor(.init(workerCount: workers))
  let visited = Counter()
  for round in 0..<10 {
    let token = CancellationToken()
    let stopAt = Int((seed &+ UInt64(round)) % 500)
    do {
      try executor.runBlocking {
        try withCancellation(token) {
          try Parallel.forEach(0..<1_000_000_000) { (index) throws in
            visited.add()
            if index == stopAt { token.cancel() }
            if visited.value % 64 == 0 { sched_yield() }
          }
        }
      }
      expect(false, "a cancelled loop ended without an error")
    } catch {
      expect(error is CancellationError, "expected CancellationError, found \(error)")
    }
  }
  executor.shutdownBlocking()
  return visited.value
}
