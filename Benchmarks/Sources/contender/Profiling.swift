import Millrace

/// Keeps the recording under way until the process ends. Nobody reads it: the rings are overwritten.
private let sessions = Place<[ProfileSession]>([])

extension Options {
  /// The executor that the workload runs on; with `--profile on`, while it is being profiled.
  func makeExecutor() -> WorkStealingExecutor {
    let executor = WorkStealingExecutor(.init(workerCount: workers))
    if isProfiled { sessions.value.append(executor.startProfile()) }
    return executor
  }
}
