import Millrace

extension WorkflowEngine {
  // An attempt waits in these functions for as long as its step takes. So each is a function of its own that has nothing in its frame but references, and what only some attempts need is
  // in one that the others do not call.

  /// Makes an attempt: waits for its turn, runs it under its timeout, and says what came of it. By a task of the attempt's own.
  func make(_ job: AttemptJob) async -> AttemptOutcome {
    let order = job.order
    if order.queue != nil || order.circuit != nil || !order.resources.isEmpty { return await makeInTurn(job) }
    if order.cacheKey != nil { return await makeUnlessCached(job) }
    return await makeByTimeout(job)
  }

  /// As ``make(_:)``, as a span.
  func makeTraced(_ job: AttemptJob) async -> AttemptOutcome {
    let tracer = configuration.tracer!
    let (record, place) = (job.record, job.place(by: tracer))
    var outcome: AttemptOutcome?
    await tracer.trace(
      TracedAttempt(
        context: place.attempt, parent: place.step.span, run: record.id, workflow: record.workflow,
        step: job.order.step, number: job.order.attempt)
    ) {
      let made = await make(job)
      outcome = made
      return made.trouble(timeout: job.order.timeout)
    }
    guard let outcome else { preconditionFailure("RunTracer.trace(_:_:): expected to call its body") }
    return outcome
  }

  @inline(never)
  private func makeInTurn(_ job: AttemptJob) async -> AttemptOutcome {
    do {
      let record = job.record
      let entry = try await gatekeeper.enter(
        job.order, key: record.key.isEmpty ? "\(record.id)" : record.key, priority: record.priority)
      // Looked for now: another attempt may have made it while this one waited.
      if job.order.cacheKey != nil, let cached = await cachedResult(of: job) {
        gatekeeper.leaveWithoutCall(entry)
        return .succeeded(cached)
      }
      return gatekeeper.leave(entry, job.order.cacheKey == nil ? await makeByTimeout(job) : await makeAndCache(job))
    } catch {
      return outcome(of: error)
    }
  }

  @inline(never)
  private func makeUnlessCached(_ job: AttemptJob) async -> AttemptOutcome {
    if let cached = await cachedResult(of: job) { return .succeeded(cached) }
    return await makeAndCache(job)
  }

  @inline(never)
  private func makeAndCache(_ job: AttemptJob) async -> AttemptOutcome {
    let outcome = await makeByTimeout(job)
    if case .succeeded(let output) = outcome {
      // In a task of its own: that of an attempt which was late has been cancelled.
      await Task.detached(executorPreference: executor) { [self] in await cache(output, of: job) }.value
    }
    return outcome
  }

  @inline(__always)
  private func makeByTimeout(_ job: AttemptJob) async -> AttemptOutcome {
    do {
      // The task is the attempt's own: it may be cancelled as a whole.
      return try await withTaskDeadline(.now + job.order.timeout, body(of: job))
    } catch {
      return outcome(of: error)
    }
  }

  /// Made here, and not where it is waited for: there its parts would be in the frame.
  private func body(of job: AttemptJob) -> @Sendable () async throws -> AttemptOutcome {
    let (order, record) = (job.order, job.record)
    let beat = order.heartbeat.map { Heartbeat(within: $0) }
    let context = TaskContext(
      run: record.id, workflow: record.workflow, step: order.step, attempt: order.attempt,
      deadline: min(wallClock.now.advanced(by: order.timeout), record.deadline),
      traceparent: configuration.tracer.map { "\(job.place(by: $0).attempt)" } ?? record.traceparent,
      limits: order.limits, tracer: configuration.tracer
    ) {
      beat?.strike()
      job.report(job, $0)
    }
    let body = order.body
    guard let beat else { return { try await body(context) } }
    return { try await beat.watch { try await body(context) } }
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

  private func cachedResult(of job: AttemptJob) async -> Payload? {
    guard let key = job.order.cacheKey,
      let document = try? await store.document(DocumentName(CachedResult.collection, "\(key)")),
      let result = cachedResult(in: document), result.expires > wallClock.now
    else { return nil }
    return Payload(result.output)
  }

  func cachedResult(in document: Document) -> CachedResult? {
    try? decode(document.value).decoded(as: CachedResult.self, from: document.name)
  }

  /// A result that cannot be kept is made again: not a failure.
  private func cache(_ output: Payload, of job: AttemptJob) async {
    guard let key = job.order.cacheKey, let value = try? output.value() else { return }
    let name = DocumentName(CachedResult.collection, "\(key)")
    let result = CachedResult(
      expires: wallClock.now.advanced(by: job.order.cacheLifetime), output: value, run: job.record.id)
    guard let payload = try? Payload(encoding: result).encoded(by: configuration.codec) else { return }
    let old = try? await store.document(name)
    _ = try? await store.setDocument(name, to: payload, expected: old?.revision, durability: .processCrash)
  }
}
