import Millrace

/// The body can throw any error, so the loop can be stopped.
func search(_ executor: WorkStealingExecutor, _ token: CancellationToken) async throws {
  try await executor.run(cancellation: token) {
    try Parallel.forEach(0..<1_000_000) { (index) throws in _ = index }
  }
}

func nested(_ token: CancellationToken) throws {
  try withCancellation(token) {
    let (a, b) = try join({ () throws in 1 }, { () throws in 2 })
    token.cancel()
    _ = (a + b, token.isCancelled)
  }
}
