import MillraceWorkflow

/// Starts nothing, but remembers what it was asked for.
actor RecordingStarter: RunStarter {
  private(set) var occasions: [String] = []
  private(set) var requests: [StartRequest] = []
  private var runs: [String: RunID] = [:]
  private var failures: [WorkflowError] = []
  private var waiting: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
  private(set) var calls = 0

  func start(_ request: StartRequest) throws -> StartVerdict {
    calls += 1
    defer {
      for (_, continuation) in waiting.filter({ $0.count <= calls }) { continuation.resume() }
      waiting.removeAll { $0.count <= calls }
    }
    if !failures.isEmpty { throw failures.removeFirst() }
    let key = "\(request.workflow) \(request.idempotencyKey!)"
    if let run = runs[key] { return .duplicate(run) }
    let run = RunID(high: 1, low: UInt64(runs.count))
    runs[key] = run
    requests.append(request)
    occasions.append(request.idempotencyKey!)
    return .started(run)
  }

  /// What the next calls throw.
  func fail(with errors: [WorkflowError]) { failures = errors }

  /// Returns when it has been called so often.
  func wait(forCalls count: Int) async {
    if calls >= count { return }
    await withCheckedContinuation { waiting.append((count, $0)) }
  }
}
