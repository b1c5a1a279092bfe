import Millrace
import Synchronization

/// Cancels an attempt that is silent for too long.
final class Heartbeat: Sendable {
  private let patience: Duration
  private let last = Mutex(Deadline.now)

  init(within patience: Duration) {
    self.patience = patience
  }

  func strike() { last.withLock { $0 = .now } }

  /// - Throws: ``TaskFailure``, when nothing was heard for so long; what `body` throws.
  func watch<R: Sendable>(_ body: @escaping @Sendable () async throws -> R) async throws -> R {
    strike()
    return try await withThrowingTaskGroup(of: R?.self) { group in
      group.addTask { try await body() }
      group.addTask { [self] in
        while true {
          let due = last.withLock { $0 } + patience
          if due.hasPassed { return nil }
          // Cancelled as the attempt is, whose word counts then.
          do { try await TimerClock().sleep(until: due) } catch { return nil }
        }
      }
      defer { group.cancelAll() }
      if let result = try await group.next()! { return result }
      if Task.isCancelled { return try await group.next()!! }
      group.cancelAll()
      // It has not reacted to its cancellation before it has ended.
      if let result = try? await group.next() ?? nil { return result }
      throw TaskFailure(code: "heartbeat", "nothing was heard of the attempt for \(patience)")
    }
  }
}
