import Millrace

func executors() async throws -> Int {
  let executor = WorkStealingExecutor(
    WorkStealingExecutor.Configuration(workerCount: 2, isPinned: true, topology: Topology(nodes: [[0], [1]])))
  try executor.submit { _ = join({ 1 }, { 2 }) }
  let sum = try await executor.run { Parallel.reduce(0..<100, identity: 0, { $0 }, combine: { $0 + $1 }) }
  let other = try executor.runBlocking { sum + 1 }
  await withTaskGroup(of: Void.self) { group in
    for _ in 0..<10 { group.addTask(executorPreference: executor) { _ = blocking { 1 } } }
  }
  try executor.resize(workerCount: 3)
  print(executor.metrics().jobsRun, executor.workerCount, Topology.usableCPUCount)
  await executor.shutdown()
  return sum + other
}

func scoped() async throws -> Int {
  try await withWorkStealingExecutor(WorkStealingExecutor.Configuration(workerCount: 2)) { executor in
    try await executor.run { 1 }
  }
}
