import Millrace
import Testing

@Suite struct SwiftConcurrencyTests {
  private actor Sum {
    var value = 0
    func add(_ amount: Int) { value += amount }
  }

  private actor Pinned {
    let executor: SerialWorkStealingExecutor
    var value = 0
    init(on executor: WorkStealingExecutor) { self.executor = SerialWorkStealingExecutor(on: executor) }
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }
    func add(_ amount: Int) { value += amount }
    func addOnWorker() -> Int { join({ 1 }, { 2 }).1 }
  }

  @Test func taskGroupsRunOnTheWorkers() async {
    let executor = WorkStealingExecutor(.init(workerCount: 2))
    let sum = await withTaskExecutorPreference(executor) {
      await withTaskGroup(of: Int.self) { group in
        for index in 0..<1000 { group.addTask { index } }
        return await group.reduce(0, +)
      }
    }
    #expect(sum == 499_500)
    #expect(executor.metrics().jobsRun >= 1000)
    await executor.shutdown()
  }

  @Test func childTasksRunAtTheSameTime() async {
    let executor = WorkStealingExecutor(.init(workerCount: 2))
    let begun = Counter()
    await withTaskExecutorPreference(executor) {
      async let first: Void = meet(begun)
      async let second: Void = meet(begun)
      _ = await (first, second)
    }
    #expect(begun.value == 2)
    await executor.shutdown()
  }

  private func meet(_ begun: Counter) async {
    begun.add()
    while begun.value < 2 {}
  }

  @Test func oneKeptJobIsFoundWhileItsWorkerIsBusy() async {
    // The parent does not suspend before its child has begun: somebody else has to find the child.
    let executor = WorkStealingExecutor(.init(workerCount: 2))
    let begun = Counter()
    await withTaskExecutorPreference(executor) {
      async let child: Int = begun.add()
      while begun.value == 0 {}
      _ = await child
    }
    #expect(begun.value == 1)
    await executor.shutdown()
  }

  @Test func actorsLoseNothing() async {
    let executor = WorkStealingExecutor(.init(workerCount: 4))
    let plain = Sum()
    let pinned = Pinned(on: executor)
    await withTaskExecutorPreference(executor) {
      await withTaskGroup { group in
        for index in 0..<1000 {
          group.addTask {
            await plain.add(index)
            await pinned.add(index)
          }
        }
      }
    }
    #expect(await plain.value == 499_500)
    #expect(await pinned.value == 499_500)
    #expect(await pinned.addOnWorker() == 2)
    await executor.shutdown()
    await pinned.add(1)
    #expect(await pinned.value == 499_501)
  }

  @Test func forkJoinInsideATaskUsesItsWorker() async {
    let executor = WorkStealingExecutor(.init(workerCount: 2))
    let task = Task(executorPreference: executor) { JoinTests.fibonacci(15) }
    #expect(await task.value == 610)
    #expect(executor.metrics().forks == 986)
    await executor.shutdown()
  }

  #if RuntimeHooks
    @Test func theWholeProcessCanBeTakenOver() async throws {
      try WorkStealingExecutor.shared.installAsGlobal()
      try WorkStealingExecutor.shared.installAsGlobal()
      let before = WorkStealingExecutor.shared.metrics().jobsRun
      let sum = Sum()
      await withTaskGroup { group in for index in 0..<100 { group.addTask { await sum.add(index) } } }
      #expect(await Task.detached { 5 }.value == 5)
      #expect(await sum.value == 4950)
      #expect(WorkStealingExecutor.shared.metrics().jobsRun >= before + 100)
      let other = WorkStealingExecutor(.init(workerCount: 1))
      let error = #expect(throws: ExecutorError.self) { try other.installAsGlobal() }
      #expect(error?.code == .takenOver)
      await other.shutdown()
    }
  #else
    @Test func withoutTheTraitTakeoverIsRefusedWithAnError() {
      let error = #expect(throws: ExecutorError.self) { try WorkStealingExecutor.shared.installAsGlobal() }
      #expect(error?.code == .takeoverUnsupported)
    }
  #endif
}
