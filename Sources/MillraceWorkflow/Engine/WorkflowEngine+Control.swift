import Millrace

extension WorkflowEngine {
  /// Sends an event to a run: a callback, an approval. It is kept until the run takes it, also when it comes early.
  ///
  /// - Throws: ``WorkflowError/Code/storeUnavailable``. All else is the verdict.
  public func send(_ event: InboxEvent, to id: RunID) async throws -> DeliveryVerdict {
    if let driver = state.withLock({ $0.drivers[id] }) {
      // In memory: what it waits for is known without reading it, with all its inbox.
      guard driver.program.eventNames.contains(event.name) else { return .unknownEvent }
    } else {
      guard let (run, store) = try await load(id) else { return .unknownRun }
      if run.record.state.isFinal { return .late(run.record.state) }
      if let program = try await findProgram(of: run.record, in: store), !program.eventNames.contains(event.name) {
        return .unknownEvent
      }
    }
    return try await deliver(event, to: id)
  }

  /// Pauses, resumes, cancels, retries or restarts a run, and waits until that is stored.
  ///
  /// - Returns: the run after it.
  /// - Throws: ``WorkflowError/Code/unknownRun``, ``WorkflowError/Code/impossible``.
  @discardableResult
  public func control(_ id: RunID, _ control: RunControl) async throws -> RunRecord {
    try await tell(id, .control(control))
  }

  /// Waits for a run to end, or to come to what `condition` says. Returns at once for one that has.
  ///
  /// - Throws: `DeadlineExceeded` after `timeout`; ``WorkflowError/Code/unknownRun``; `CancellationError`.
  @discardableResult
  public func wait(
    for id: RunID, timeout: Duration = .seconds(86_400),
    until condition: @escaping @Sendable (RunRecord) -> Bool = { $0.state.isFinal }
  ) async throws -> RunRecord {
    try await withTimeout(timeout) { try await self.waitForRecord(id, condition) }
  }
}
