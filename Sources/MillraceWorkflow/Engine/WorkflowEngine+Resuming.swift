import Millrace

/// Going on after a start, and with what others leave.
extension WorkflowEngine {
  /// Goes on with runs that were under way when the process ended, and begins to watch the timers of those that wait. Call it once, when all workflows are registered.
  ///
  /// With leases: takes a share of the runs, and from then on those that other engines leave.
  ///
  /// - Returns: how many runs go on, and how many cannot, because no workflow with their definition is registered, or they cannot be read or do not fit this engine, by the name of their workflow. Observers are told of the latter (`run trouble`).
  /// - Throws: what the store throws; ``WorkflowError/Code/impossible`` if other engines use another number of shards.
  @discardableResult
  public func resumeRuns() async throws -> (resumed: Int, unregistered: [String: Int]) {
    for document in try await store.documents(in: CircuitBreaker.collection, after: nil, limit: 10_000) {
      gatekeeper.restore(
        document.name.key,
        try document.value.decoded(as: CircuitBreaker.Snapshot.self, from: document.name))
    }
    if configuration.beginsLongestFirst { try await learnDurations() }
    try await beginLooking()
    let result = try await resume(in: nil)
    await watchTimers()
    startRelays()
    startSweeping()
    return result
  }

  /// Goes on with the runs of some shards; nil: with all that are this engine's.
  func resume(in shards: ShardSelection?) async throws -> (resumed: Int, unregistered: [String: Int]) {
    var resumed = 0
    var unregistered: [String: Int] = [:]
    var last: RunID?
    while true {
      let look = looks.next()
      let runs = try await store.runsToResume(after: last, limit: 1000, in: shards)
      for run in runs {
        if state.withLock({ $0.loading[run.record.id] != nil }) {
          // Perhaps it was read before its shard was taken.
          repost(RunDriver.Letter(event: .timersDue), to: run.record.id)
          continue
        }
        if let driver = state.withLock({ $0.drivers[run.record.id] }) {
          // It may have left something for another engine, which does not come.
          _ = driver.post(.timersDue)
          continue
        }
        guard let driver = try await resumingDriver(for: run, in: store, at: look) else {
          unregistered[run.record.workflow, default: 0] += 1
          continue
        }
        try await cover([run.record.workflow], resumes: false)
        if case .elsewhere = grant(of: run.record, in: store) { continue }
        let isTaken = state.withLock { state in
          guard state.drivers[run.record.id] == nil, state.loading[run.record.id] == nil else { return false }
          state.drivers[run.record.id] = driver
          return true
        }
        guard isTaken else { continue }
        resumed += 1
        driver.begin()
      }
      guard let next = runs.last?.record.id, runs.count == 1000 else { break }
      last = next
    }
    return (resumed, unregistered)
  }

  /// As ``newDriver(for:in:at:)``; nil also for a run that only now, or only here, cannot be gone on with: the others are not kept waiting by it.
  ///
  /// - Throws: what all runs would meet.
  private func resumingDriver(for run: StoredRun, in store: any RunStore, at look: Int) async throws -> RunDriver? {
    do {
      return try await newDriver(for: try decode(run), in: store, at: look)
    } catch let error as WorkflowError where error.code == .storeUnavailable {
      throw error
    } catch  where !(error is CancellationError) {
      observeTrouble("run trouble", error, record: run.record)
      return nil
    }
  }
}
