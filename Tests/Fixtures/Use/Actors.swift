import Millrace

/// An actor whose jobs run on workers.
actor Counter {
  private let executor: SerialWorkStealingExecutor
  private var value = 0

  init(on executor: WorkStealingExecutor) { self.executor = SerialWorkStealingExecutor(on: executor) }

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  func add(_ amount: Int) -> Int {
    value += amount
    return value
  }
}

func count(_ executor: WorkStealingExecutor) async -> Int {
  let counter = Counter(on: executor)
  async let one = counter.add(1)
  async let two = counter.add(2)
  return await Task(executorPreference: executor) { await counter.add(3) }.value + one + two
}
