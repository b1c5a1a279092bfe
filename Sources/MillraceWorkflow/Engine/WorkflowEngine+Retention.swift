import Millrace

extension WorkflowEngine {
  /// Deletes runs that have ended and that no policy keeps, and kept results that have expired: what the engine does by itself as ``Configuration/retention`` says.
  ///
  /// Works in batches with pauses between, so that whoever commits meanwhile waits for one batch at most. Runs that have not ended are never deleted, however old; nor are events in the outbox, until they have been relayed.
  ///
  /// - Throws: ``WorkflowError/Code/storeUnavailable``; `CancellationError`. What was deleted before is deleted.
  @discardableResult
  public func applyRetention() async throws -> RetentionReport {
    var report = RetentionReport()
    for store in stores {
      for workflow in try await workflowNames(in: store).sorted() {
        let count = try await purge(workflow, in: store)
        if count > 0 { report.runs[workflow, default: 0] += count }
      }
    }
    report.cachedResults = try await removeExpiredResults()
    return report
  }

  func startSweeping() {
    guard let period = configuration.retention.period else { return }
    let clock = wallClock
    state.withLock { state in
      guard state.sweeper == nil, !isDraining else { return }
      state.sweeper = Task.detached(executorPreference: executor) { [weak self] in
        var wait = min(period, .seconds(60))
        while true {
          do { try await clock.sleep(for: wait) } catch { return }
          guard let self else { return }
          do { tell(try await applyRetention()) } catch { observeTrouble("retention trouble", error) }
          wait = period
        }
      }
    }
  }

  private func tell(_ report: RetentionReport) {
    for (workflow, count) in report.runs.sorted(by: { $0.key < $1.key }) {
      observeEntry("purged", reason: "\(count) old \(count == 1 ? "run" : "runs") of \(workflow)")
    }
  }

  // MARK: -

  private func policy(of workflow: String) -> RetentionPolicy {
    let retention = configuration.retention
    return retention.workflows[workflow] ?? (try? currentProgram(workflow))?.retention ?? retention.standard
  }

  /// Of those that are registered, and of those that have had runs.
  private func workflowNames(in store: any RunStore) async throws -> Set<String> {
    var names = Set(state.withLock { Array($0.current.keys) } + configuration.retention.workflows.keys)
    var last: String?
    while true {
      let page = try await store.documents(in: "definitions", after: last, limit: 100)
      for document in page {
        // Of a graph, and of a state machine.
        guard let source = try? document.value.value() else { continue }
        if let name = (source["name"] ?? source["workflow"])?.text { names.insert(name) }
      }
      guard page.count == 100 else { return names }
      last = page.last!.name.key
    }
  }

  private func purge(_ workflow: String, in store: any RunStore) async throws -> Int {
    let policy = policy(of: workflow)
    var purged = 0
    if let age = policy.age {
      let end = wallClock.now.advanced(by: .zero - age)
      purged += try await purge(workflow, in: store, finishedBefore: end, atMost: .max)
    }
    if let most = policy.count {
      var query = RunQuery()
      query.workflow = workflow
      // Whatever has ended.
      query.finishedBefore = .distantFuture
      let excess = try await store.count(query) - most
      purged += try await purge(workflow, in: store, finishedBefore: .distantFuture, atMost: excess)
    }
    return purged
  }

  private func purge(
    _ workflow: String, in store: any RunStore, finishedBefore end: Timestamp, atMost limit: Int
  ) async throws -> Int {
    var purged = 0
    while purged < limit {
      let batch = min(configuration.retention.batch, limit - purged)
      let count = try await store.purge(finishedBefore: end, workflow: workflow, limit: batch)
      purged += count
      if count < batch { break }
      try await rest()
    }
    return purged
  }

  private func removeExpiredResults() async throws -> Int {
    var removed = 0
    var last: String?
    while true {
      let page = try await store.documents(
        in: CachedResult.collection, after: last, limit: configuration.retention.batch)
      for document in page {
        // One that cannot be read may be of a key that comes back.
        guard let result = cachedResult(in: document), result.expires <= wallClock.now else { continue }
        if try await store.setDocument(
          document.name, to: nil, expected: document.revision, durability: min(.processCrash, store.durability))
        {
          removed += 1
        }
      }
      guard page.count == configuration.retention.batch else { return removed }
      last = page.last!.name.key
      try await rest()
    }
  }

  private func rest() async throws {
    try Task.checkCancellation()
    try await TimerClock().sleep(for: configuration.retention.pause)
  }
}
