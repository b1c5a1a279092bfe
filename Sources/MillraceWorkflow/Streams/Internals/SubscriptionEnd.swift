import Synchronization

/// That a subscription has been closed, for those that wait in it.
package final class SubscriptionEnd: Sendable {
  private let signal = ChangeSignal()
  private let hasCome = Mutex(false)

  package init() {}

  package var isHere: Bool { hasCome.withLock { $0 } }

  /// - Returns: whether it is the first time.
  @discardableResult
  package func come() -> Bool {
    let isFirst = hasCome.withLock { hasCome in
      defer { hasCome = true }
      return !hasCome
    }
    signal.raise()
    return isFirst
  }

  package func check() throws(WorkflowError) {
    if isHere { throw Self.error }
  }

  /// Does something that may take long, and cancels it when the end comes.
  package func orElse<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws -> Result {
    let version = signal.version
    try check()
    return try await withThrowingTaskGroup(of: Result.self) { group in
      group.addTask { try await body() }
      group.addTask {
        try await self.signal.wait(after: version)
        throw Self.error
      }
      defer { group.cancelAll() }
      return try await group.next()!
    }
  }

  package static var error: WorkflowError { WorkflowError(.shutDown, "the subscription has been closed") }
}
