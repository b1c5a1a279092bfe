import MillraceTesting
import Testing

@Suite struct SimulatedExecutorTests {
  @Test func bodyReturnsItsResultOrThrows() throws {
    #expect(try SimulatedExecutor.run(seed: 1) { _ in 42 } == 42)
    #expect(throws: Oops.self) { try SimulatedExecutor.run(seed: 1) { _ in throw Oops() } }
  }

  @Test func sameSeedSameScheduleOtherSeedOtherSchedule() throws {
    var hashes: Set<UInt64> = []
    var diaries: Set<[String]> = []
    for seed in UInt64(0)..<50 {
      let first = try Self.program(seed)
      let second = try Self.program(seed)
      #expect(first.hash == second.hash)
      #expect(first.steps == second.steps)
      #expect(first.diary == second.diary)
      hashes.insert(first.hash)
      diaries.insert(first.diary)
    }
    #expect(hashes.count == 50)
    #expect(diaries.count > 40)
  }

  /// Groups, `async let`, default actors, an actor with an executor, unstructured tasks, timers and cancellation.
  private static func program(_ seed: UInt64) throws -> (hash: UInt64, steps: Int, diary: [String]) {
    let simulator = SimulatedExecutor(seed: seed)
    let diary = try simulator.run { simulator in
      let diary = Diary()
      let pinned = PinnedDiary(on: simulator)
      async let one: Void = diary.add("async let one")
      async let two: Void = pinned.add("async let two")
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<5 {
          group.addTask(name: "child \(number)") {
            await diary.add("child \(number)")
            await Task.yield()
            await pinned.add("child \(number)")
            try await simulator.clock.wait(.seconds(number % 2))
            await diary.add("child \(number) at \(simulator.clock.now)")
          }
        }
        group.addTask {
          try await simulator.clock.wait(.seconds(100))
          await diary.add("never")
        }
        for _ in 0..<5 { try await group.next() }
        group.cancelAll()
      }
      let unstructured = Task(executorPreference: simulator) { await diary.add("unstructured") }
      await diary.add("body")
      await unstructured.value
      _ = await (one, two)
      return await diary.entries + pinned.entries
    }
    #expect(simulator.escapeCount == 0)
    #expect(simulator.clock.now == .seconds(1))
    return (simulator.traceHash, simulator.stepCount, diary)
  }

  @Test func everythingRunsOnTheCallingThread() throws {
    let thread = ThreadID()
    try SimulatedExecutor.run(seed: 3) { simulator in
      let diary = Diary()
      #expect(ThreadID() == thread)
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<10 {
          group.addTask {
            #expect(ThreadID() == thread)
            await Task.yield()
            #expect(ThreadID() == thread)
            #expect(await diary.thread == thread)
          }
        }
      }
    }
  }

  @Test func hoursTakeNoTime() throws {
    let start = ContinuousClock.now
    let simulator = SimulatedExecutor(seed: 1)
    try simulator.run { simulator in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for hour in 1...100 {
          group.addTask { try await simulator.clock.wait(.seconds(3600 * hour)) }
        }
        try await group.waitForAll()
      }
    }
    #expect(simulator.clock.now == .seconds(360_000))
    #expect(ContinuousClock.now - start < .seconds(3600))
  }

  @Test func yieldIsAPlaceToSwitch() throws {
    var diaries: Set<[String]> = []
    for seed in UInt64(0)..<100 {
      let log = Log()
      try SimulatedExecutor.run(seed: seed) { _ in
        async let a: Void = {
          log.add("a1")
          await Task.yield()
          log.add("a2")
        }()
        async let b: Void = {
          log.add("b1")
          await Task.yield()
          log.add("b2")
        }()
        _ = await (a, b)
      }
      diaries.insert(log.entries)
    }
    #expect(diaries.count == 6)
  }

  /// The body, the actor, the body again.
  @Test func callOfAnActorSwitchesOnTheWayInAndBack() throws {
    let simulator = SimulatedExecutor(seed: 1)
    try simulator.run { _ in await Diary().add("entry") }
    #expect(simulator.stepCount == 3)
    let other = SimulatedExecutor(seed: 1)
    try other.run { simulator in await PinnedDiary(on: simulator).add("entry") }
    #expect(other.stepCount == 3)
  }

  /// Three calls of a default actor that are queued together need one step there, and three of an actor with an executor need three.
  @Test func defaultActorTakesItsQueueInOneStep() throws {
    func leastSteps(_ call: @Sendable @escaping (SimulatedExecutor) async -> Void) throws -> Int {
      try (UInt64(0)..<200).map { seed in
        let simulator = SimulatedExecutor(seed: seed)
        try simulator.run(call)
        return simulator.stepCount
      }.min()!
    }
    let shared = try leastSteps { _ in
      let diary = Diary()
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<3 { group.addTask { await diary.add("entry") } }
      }
    }
    let pinned = try leastSteps { simulator in
      let diary = PinnedDiary(on: simulator)
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<3 { group.addTask { await diary.add("entry") } }
      }
    }
    #expect(pinned - shared == 2)
  }

  @Test func actorWithExecutorTakesItsJobsInAnyOrder() throws {
    var orders: Set<[String]> = []
    for seed in UInt64(0)..<200 {
      orders.insert(
        try SimulatedExecutor.run(seed: seed) { simulator in
          let diary = PinnedDiary(on: simulator)
          await withTaskGroup(of: Void.self) { group in
            for name in ["a", "b", "c"] { group.addTask { await diary.add(name) } }
          }
          return await diary.entries
        })
    }
    #expect(orders.count == 6)
  }

  @Test func backgroundTasksAreEndedAfterTheBody() throws {
    let log = Log()
    let simulator = SimulatedExecutor(seed: 1)
    try simulator.run { simulator in
      Task(executorPreference: simulator) {
        do {
          while true { try await simulator.clock.wait(.seconds(1)) }
        } catch {
          log.add("\(type(of: error))")
        }
      }
      try await simulator.clock.wait(.seconds(10))
    }
    #expect(log.entries == ["CancellationError"])
    #expect(simulator.clock.sleeperCount == 0)
  }

  // MARK: Failures

  @Test func deadlockNamesWhoWaits() throws {
    let error = try #require(throws: SimulationError.self) {
      try SimulatedExecutor.run(seed: 5) { simulator in
        await withTaskGroup(of: Void.self) { group in
          group.addTask(name: "yielder") {
            await Task.yield()
            await Forever.wait()
          }
          group.addTask { await simulator.named("reader") { await Forever.wait() } }
          group.addTask { await simulator.named("writer") { await Task.yield() } }
        }
      }
    }
    #expect(error.code == .deadlock)
    #expect(error.operations == ["body", "reader"])
    #expect(error.tasks.count == 4)
    #expect(error.tasks.contains { $0.contains("\"yielder\"") })
    #expect(error.tasks.contains { $0.contains("\"body\"") })
    #expect(error.description.hasPrefix("seed 5, step"))
    #expect(error.description.contains("deadlock"))
  }

  @Test func livelockReachesTheLimitOfSteps() throws {
    let simulator = SimulatedExecutor(seed: 1, stepLimit: 500)
    let error = try #require(throws: SimulationError.self) {
      try simulator.run { _ in while true { await Task.yield() } }
    }
    #expect(error.code == .stepLimit)
    #expect(error.operations == ["body"])
    #expect(simulator.stepCount == 500)
  }

  /// Waits for a task elsewhere, which does not end before its waiter is suspended: only then does the simulator make another step.
  private static func leave(_ simulator: SimulatedExecutor) async {
    let (stream, end) = AsyncStream.makeStream(of: Void.self)
    let elsewhere = Task.detached { for await _ in stream {} }
    Task(executorPreference: simulator) { end.finish() }
    await elsewhere.value
  }

  @Test func taskThatLeftIsReported() async throws {
    let simulator = SimulatedExecutor(seed: 1, patience: .seconds(3600))
    let error = try await #require(throws: SimulationError.self) {
      try await onThread {
        try simulator.run { simulator in
          let here = Task(name: "here", executorPreference: simulator) {
            await Task.yield()
            await Self.leave(simulator)
          }
          await here.value
        }
      }
    }
    #expect(error.code == .leftSimulator)
    #expect(error.tasks.count == 1)
    #expect(error.tasks.first?.contains("\"here\"") == true)
    #expect(simulator.escapeCount == 1)
  }

  @Test func whatTheBodyThrewIsKeptWhenATaskLeft() async throws {
    let error = try await #require(throws: SimulationError.self) {
      try await onThread {
        try SimulatedExecutor(seed: 1, patience: .seconds(3600)).run { simulator in
          await Self.leave(simulator)
          throw Oops()
        }
      }
    }
    #expect(error.code == .leftSimulator)
    #expect(error.underlying is Oops)
  }

  @Test func sleeperInAnotherThreadIsReported() async throws {
    let error = try await #require(throws: SimulationError.self) {
      try await onThread {
        try SimulatedExecutor(seed: 1, patience: .seconds(3600)).run { simulator in
          await Task(name: "stray") { try? await simulator.clock.wait(.seconds(1)) }.value
        }
      }
    }
    #expect(error.code == .leftSimulator)
    #expect(error.tasks.contains { $0.contains("\"stray\"") })
  }

  @Test func deadlockAfterAnEscapeIsNotToBeTrusted() throws {
    let error = try #require(throws: SimulationError.self) {
      try SimulatedExecutor(seed: 1, patience: .zero).run { _ in
        let (stream, values) = AsyncStream.makeStream(of: Void.self)
        async let isSuspended: Void = { for await _ in stream { break } }()
        for _ in 0..<100 { await Task.yield() }
        resumeElsewhere(values)
        await isSuspended
        await Forever.wait()
      }
    }
    #expect(error.code == .deadlock)
    #expect(error.description.contains("Not to be trusted"))
  }

  @Test func simulatorIsForOneRun() async {
    await #expect(processExitsWith: .failure) {
      let simulator = SimulatedExecutor(seed: 1)
      try simulator.run { _ in }
      try simulator.run { _ in }
    }
  }

  // MARK: What stays in the simulator

  @Test func taskOfAnActorWithExecutorStays() throws {
    let simulator = SimulatedExecutor(seed: 1)
    try simulator.run { simulator in
      let diary = PinnedDiary(on: simulator)
      await diary.addLater("later").value
      #expect(await diary.entries == ["later"])
    }
    #expect(simulator.escapeCount == 0)
  }

  @available(macOS 26, *)
  @Test func immediateTaskWithThePreferenceStays() throws {
    let simulator = SimulatedExecutor(seed: 1)
    try simulator.run { simulator in
      let thread = ThreadID()
      let task = Task.immediate(executorPreference: simulator) {
        await Task.yield()
        return ThreadID()
      }
      #expect(await task.value == thread)
    }
    #expect(simulator.escapeCount == 0)
  }

  @Test func streamsStay() throws {
    let (stream, continuation) = AsyncStream.makeStream(of: Int.self)
    let simulator = SimulatedExecutor(seed: 1)
    let sum = try simulator.run { _ in
      async let producer: Void = {
        for number in 1...10 {
          continuation.yield(number)
          await Task.yield()
        }
        continuation.finish()
      }()
      let sum = await stream.reduce(0, +)
      await producer
      return sum
    }
    #expect(sum == 55)
    #expect(simulator.escapeCount == 0)
  }

  @Test func pollingIsNoLivelock() {
    #expect(throws: Never.self) {
      try SimulatedExecutor.explore(seeds: 0..<200, stepLimit: 10_000) { _ in
        let diary = Diary()
        async let poller: Void = { while await diary.entries.isEmpty { await Task.yield() } }()
        async let writer: Void = { @Sendable in
          for _ in 0..<10 { await Task.yield() }
          await diary.add("done")
        }()
        _ = await (poller, writer)
      }
    }
  }

  @Test func simulatorsRunSideBySide() async throws {
    let hashes = try await withThrowingTaskGroup(of: UInt64.self) { group in
      for _ in 0..<8 {
        group.addTask { try Self.program(99).hash }
      }
      return try await group.reduce(into: Set<UInt64>()) { $0.insert($1) }
    }
    #expect(hashes.count == 1)
  }

  /// A run inside a task, as here, leaves that task as it was.
  @available(macOS 26, *)
  @Test func callerKeepsItsTask() async throws {
    let task = Task(name: "caller") {
      try SimulatedExecutor.run(seed: 1) { _ in await Task.yield() }
      return Task.name
    }
    #expect(try await task.value == "caller")
  }
}
