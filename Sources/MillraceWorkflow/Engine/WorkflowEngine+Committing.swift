import Millrace

extension WorkflowEngine {
  enum CommitOutcome {
    case committed
    case refused(CommitVerdict)
    case failed(any Error)
  }

  /// Commits a change, and while the store cannot be written, waits for it: nothing that has happened is forgotten. A new run is refused instead, because somebody waits who can be told.
  func commit(_ pending: PendingChange, for program: any RunProgram) async -> CommitOutcome {
    let committer = program.durability == .memory ? memoryCommitter : committer
    do {
      let encoded = try encode(pending)
      do {
        let verdict = try await committer.commit(encoded)
        return verdict == .committed ? .committed : .refused(verdict)
      } catch let error as WorkflowError where pending.change.expected != nil && !isDraining {
        return try await commitPatiently(encoded, to: store(of: program), by: committer, after: error)
      }
    } catch {
      return .failed(error)
    }
  }

  @inline(never)
  private func commitPatiently(
    _ pending: PendingChange, to store: any RunStore, by committer: GroupCommitter, after error: WorkflowError
  ) async throws -> CommitOutcome {
    let change = pending.change
    var error = error
    var delay = Duration.milliseconds(20)
    while true {
      observeTrouble("store trouble", error, record: change.record)
      try await TimerClock().sleep(for: delay)
      delay = min(delay * 2, .seconds(5))
      // A commit that threw may have been stored.
      if let found = try? await store.load(change.record.id)?.record.revision {
        if found == change.record.revision {
          guard let lease = change.lease else { return .committed }
          // While the lease has not ended, nobody else can have made it.
          guard let leases = try? await store.leases() else { continue }
          return leases.contains { $0.role == lease.role && $0.token == lease.token }
            ? .committed : .refused(.fenced)
        }
        if found != change.expected { return .refused(.conflict(found)) }
      }
      do {
        let verdict = try await committer.commit(pending)
        return verdict == .committed ? .committed : .refused(verdict)
      } catch let trouble as WorkflowError where !isDraining { error = trouble }
    }
  }

  /// Reads a run, and while the store cannot be read, waits for it; nil when it is not there, or the engine ends.
  func loadPatiently(_ id: RunID) async -> StoredRun? {
    var delay = Duration.milliseconds(20)
    while true {
      do {
        return try await load(id)?.0
      } catch {
        observeTrouble("store trouble", error)
        if isDraining { return nil }
        do { try await TimerClock().sleep(for: delay) } catch { return nil }
        delay = min(delay * 2, .seconds(5))
      }
    }
  }

  private func encode(_ pending: PendingChange) throws -> PendingChange {
    guard let codec = configuration.codec else { return pending }
    var change = pending.change
    change.record.payload = try change.record.payload.encoded(by: codec)
    change.record.result = try change.record.result.encoded(by: codec)
    for index in change.steps.indices {
      change.steps[index].output = try change.steps[index].output.encoded(by: codec)
    }
    for index in change.outbox.indices {
      change.outbox[index].payload = try change.outbox[index].payload.encoded(by: codec)
    }
    for index in change.inbox.indices {
      change.inbox[index].payload = try change.inbox[index].payload.encoded(by: codec)
    }
    return PendingChange(change, under: change.lease)
  }

  func decode(_ run: StoredRun) throws -> StoredRun { try run.decoded(by: configuration.codec) }

  func decode(_ payload: Payload) throws -> Payload { try payload.decoded(by: configuration.codec) }

  /// What follows a stored change, before its effects.
  func stored(_ change: RunChange, previous: RunState?) {
    let record = change.record
    for observer in configuration.observers { observer.observe(change, previous: previous) }
    if let due = change.timers.map(\.due).min(),
      record.state != .paused || change.timers.contains(where: { $0.name == TimerRecord.resume })
    {
      wake(at: due)
    }
    // Timers that were left out while the run was paused count again.
    if previous == .paused, record.state != .paused {
      Task.detached(executorPreference: executor) { [self] in await watchTimers() }
    }
    if !change.outbox.isEmpty {
      startRelays()
      // Somebody may wait for all else.
      if change.outbox.contains(where: { $0.topic != RunEnd.topic }) { signalRelays() } else { signalRelaysSoon() }
    }
    let waiters = state.withLock { $0.waiters[record.id]?.values.map(\.self) ?? [] }
    for waiter in waiters { waiter.look(at: record) }
  }

  /// Something that is not a run's own, or not its doing, and that the engine tries again.
  func observeTrouble(_ kind: String, _ error: any Error, record: RunRecord? = nil) {
    if error is CancellationError { return }
    observeEntry(kind, reason: "\(error)", record: record)
  }

  /// - Parameter record: nil: it is about no run in particular.
  func observeEntry(_ kind: String, reason: String, record: RunRecord? = nil) {
    let nobody = RunRecord(
      id: RunID(high: 0, low: 0), workflow: "", definition: ContentHash(of: []), createdAt: wallClock.now,
      deadline: .distantFuture)
    observe(
      .init(kind: .entry(HistoryEntry(at: wallClock.now, kind: kind, reason: reason)), record: record ?? nobody))
  }

  func observe(_ figure: EngineFigure) {
    for observer in configuration.observers { observer.observe(figure) }
  }

  func observe(_ observation: RunObservation) {
    for observer in configuration.observers { observer.observe(observation) }
  }
}
