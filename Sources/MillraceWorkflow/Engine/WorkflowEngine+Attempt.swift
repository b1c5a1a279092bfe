import Millrace

extension WorkflowEngine {
  /// Makes an attempt: waits for its turn, runs it under its timeout, and says what came of it.
  func make(
    _ order: AttemptOrder, of record: RunRecord, report: @escaping @Sendable (TaskReport) -> Void
  ) async -> AttemptOutcome {
    guard order.queue != nil || order.circuit != nil || !order.resources.isEmpty else {
      return await attempt(order, of: record, report: report)
    }
    do {
      let entry = try await gatekeeper.enter(
        order, key: record.key.isEmpty ? "\(record.id)" : record.key, priority: record.priority)
      return gatekeeper.leave(entry, await attempt(order, of: record, report: report))
    } catch {
      return outcome(of: error)
    }
  }

  private func attempt(
    _ order: AttemptOrder, of record: RunRecord, report: @escaping @Sendable (TaskReport) -> Void
  ) async -> AttemptOutcome {
    if let cached = await cachedResult(of: order) { return .succeeded(cached) }
    let beat = order.heartbeat.map { Heartbeat(within: $0) }
    let context = TaskContext(
      run: record.id, workflow: record.workflow, step: order.step, attempt: order.attempt,
      deadline: min(wallClock.now.advanced(by: order.timeout), record.deadline), traceparent: record.traceparent,
      limits: order.limits
    ) {
      beat?.strike()
      report($0)
    }
    do {
      let outcome = try await withTimeout(order.timeout) {
        guard let beat else { return try await order.body(context) }
        return try await beat.watch { try await order.body(context) }
      }
      if case .succeeded(let output) = outcome { await cache(output, of: order, by: record.id) }
      return outcome
    } catch {
      return outcome(of: error)
    }
  }

  private func outcome(of error: any Error) -> AttemptOutcome {
    switch error {
    case is DeadlineExceeded: .timedOut
    case is CancellationError: isDraining ? .interrupted : .cancelled
    case let failure as TaskFailure: .failed(failure)
    case let error as WorkflowError:
      .failed(
        TaskFailure(
          code: error.code.description, error.description,
          isRetryable: error.code == .storeUnavailable || error.code == .full))
    default: .failed(TaskFailure(code: "error", "\(error)"))
    }
  }

  // MARK: Results that are used again

  /// In the store's documents: what a task made of an input, and until when it may be used.
  struct CachedResult: Codable {
    let expires: Timestamp
    let output: JSONValue
    /// Whose data it is; nil in those of older versions.
    let run: RunID?

    static let collection = "results"
  }

  private func cachedResult(of order: AttemptOrder) async -> Payload? {
    guard let key = order.cacheKey,
      let document = try? await store.document(DocumentName(CachedResult.collection, "\(key)")),
      let result = cachedResult(in: document), result.expires > wallClock.now
    else { return nil }
    return Payload(result.output)
  }

  func cachedResult(in document: Document) -> CachedResult? {
    try? decode(document.value).decoded(as: CachedResult.self, from: document.name)
  }

  /// A result that cannot be kept is made again: not a failure.
  private func cache(_ output: Payload, of order: AttemptOrder, by run: RunID) async {
    guard let key = order.cacheKey, let value = try? output.value() else { return }
    let name = DocumentName(CachedResult.collection, "\(key)")
    let result = CachedResult(expires: wallClock.now.advanced(by: order.cacheLifetime), output: value, run: run)
    var payload = Payload(encoding: result)
    if let codec = configuration.codec {
      guard let encoded = try? codec.encode(payload) else { return }
      payload = encoded
    }
    let old = try? await store.document(name)
    _ = try? await store.setDocument(name, to: payload, expected: old?.revision, durability: .processCrash)
  }
}
