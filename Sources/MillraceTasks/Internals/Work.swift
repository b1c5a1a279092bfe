#if Workflow
  import Millrace

  extension WorkStealingExecutor {
    /// Runs work that reads and writes files and computes: on a worker of this executor, whose place another takes when it says `blocking`.
    ///
    /// - Parameter body: is given what tells it of a cancellation of the surrounding task; its parallel loops see that by themselves.
    func work<R: Sendable>(_ body: @escaping @Sendable (CancellationToken) throws -> R) async throws -> R {
      let token = CancellationToken()
      return try await withTaskCancellationHandler {
        try await run(cancellation: token) { try body(token) }
      } onCancel: {
        token.cancel()
      }
    }
  }

  extension CancellationToken {
    func check() throws(CancellationError) { if isCancelled { throw CancellationError() } }
  }
#endif
