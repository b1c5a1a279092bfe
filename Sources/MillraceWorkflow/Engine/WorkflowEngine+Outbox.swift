import Millrace

/// What runs tell each other and the world.
extension WorkflowEngine {
  // MARK: The outbox

  /// Begins to hand on what runs tell: to parents, and to the stream.
  func startRelays() {
    state.withLock { state in
      guard state.relays.isEmpty else { return }
      for store in stores {
        var configuration = OutboxRelay.Configuration()
        configuration.wallClock = wallClock
        configuration.random = self.configuration.random
        if let keeper, isShared(store) {
          configuration.reconcilePeriod = keeper.leasing.lookPeriod
          configuration.isActive = { keeper.holdsOutbox }
          configuration.isShared = true
        }
        configuration.divert = { [weak self] in try await self?.divert($0) ?? true }
        configuration.whenRelayed = { [weak self] in self?.observe(.relayed(events: $0)) }
        configuration.whenFull = { [weak self] error in self?.observeTrouble("outbox trouble", error) }
        configuration.whenStanding = { [weak self] event, error in
          self?.observeEntry(
            "outbox trouble",
            reason: "event \(event.event.id) of run \(event.run) cannot be handed on, and others wait for it: \(error)")
        }
        configuration.transform = { [weak self] event in
          var event = event
          event.payload = try self?.decode(event.payload) ?? event.payload
          return event
        }
        let relay = OutboxRelay(
          store: store, stream: self.configuration.stream, configuration: configuration)
        let task = Task.detached(executorPreference: executor) { [weak self] in
          // It gives up after some time of trouble, and is begun again: what was not relayed is still there.
          while !Task.isCancelled {
            do { try await relay.run() } catch { self?.observeTrouble("outbox trouble", error) }
          }
        }
        state.relays.append((relay, task))
      }
    }
  }

  func signalRelays() {
    for (relay, _) in state.withLock({ $0.relays }) { relay.signal() }
  }

  /// The ends of runs of some milliseconds share a look at the outbox: it costs as much as a short run.
  func signalRelaysSoon() {
    let isFirst = state.withLock { state in
      defer { state.willSignalRelays = true }
      return !state.willSignalRelays
    }
    guard isFirst else { return }
    Task.detached(executorPreference: executor) { [weak self] in
      try? await TimerClock().sleep(for: .milliseconds(5))
      self?.state.withLock { $0.willSignalRelays = false }
      self?.signalRelays()
    }
  }

  /// - Returns: whether the event was for the engine itself.
  func divert(_ event: SequencedEvent) async throws -> Bool {
    guard [ChildEnd.topic, ChildCancellation.topic].contains(event.event.topic) else { return false }
    guard let parent = RunID(event.event.key) else { return true }
    var decoded = event.event
    decoded.payload = try decode(decoded.payload)
    if event.event.topic == ChildEnd.topic {
      try await tell(parent, decoded)
    } else if let cancellation = ChildCancellation(decoded.payload) {
      try await cancelChildren(of: parent, cancellation.inboxEvent(id: decoded.id)) {
        $0.idempotencyKey.map(cancellation.keys.contains) ?? false
      }
    }
    return true
  }

  /// Hands on now what some runs have told the engine itself, because it is about to be deleted.
  ///
  /// - Throws: what may be otherwise the next time.
  func handOn(from runs: Set<RunID>, in store: any RunStore) async throws {
    var last: Int64 = 0
    while true {
      let page = try await store.outbox(after: last, limit: 1000)
      for event in page where runs.contains(event.run) {
        do {
          _ = try await divert(event)
        } catch let error as WorkflowError where error.code == .storeUnavailable || error.code == .full {
          throw error
        } catch  where !(error is CancellationError) {
          // It cannot be read. That it has ended is told nevertheless.
          guard event.event.topic == ChildEnd.topic, let parent = RunID(event.event.key) else { continue }
          var end = event.event
          end.payload = Payload(ChildEnd(refused: "its data has been deleted, and could not be read").value)
          try await tell(parent, end)
        }
      }
      guard let next = page.last?.sequence, page.count == 1000 else { return }
      last = next
    }
  }

  /// Puts the end of a part into its parent's inbox.
  ///
  /// - Throws: what may be otherwise the next time.
  private func tell(_ parent: RunID, _ end: OutboxEvent) async throws {
    let event = ChildEnd.inboxEvent(end)
    switch try await deliver(event, to: parent) {
    case .accepted, .duplicate, .late, .unknownRun, .unknownEvent: return
    case .full:
      throw WorkflowError(.full, "its inbox is full: it cannot be told of the end of a part", at: "run \(parent)")
    case .tooLarge(let what):
      // Its result alone just fitted.
      let smaller = InboxEvent(id: event.id, name: event.name, payload: Payload(ChildEnd(refused: what).value))
      _ = try await deliver(smaller, to: parent)
    }
  }

  // MARK: Children

  func startChild(_ request: StartRequest, parent: RunID) {
    // Left to the engine that drives the run, like attempts: this one may not know the part's workflow.
    guard configuration.beginsAttempts else { return }
    Task.detached(executorPreference: executor) { [self] in
      var delay = Duration.milliseconds(20)
      while true {
        do {
          return try await startChildOnce(request, parent: parent)
        } catch let error as WorkflowError where error.code == .storeUnavailable || error.code == .full {
          // The parent's own timeout ends it. Not known to have begun is not known not to have: then it is found, and cancelled.
          if error.code == .full, let isAwaited = try? await isAwaited(request, by: parent), !isAwaited { return }
          do { try await TimerClock().sleep(for: delay) } catch { return }
          delay = min(delay * 2, .seconds(5))
        } catch {
          // The engine ends: its next start tries again.
          return
        }
        if isDraining { return }
      }
    }
  }

  /// - Throws: what may be otherwise the next time, and `CancellationError`.
  func startChildOnce(_ request: StartRequest, parent: RunID) async throws {
    let step = request.parentStep ?? ""
    let verdict: StartVerdict
    do {
      verdict = try await start(request)
    } catch let error as WorkflowError where ![.storeUnavailable, .full, .shutDown].contains(error.code) {
      return try await tell(
        parent, ChildEnd(refused: "\(error)").event(parent: parent, step: step, key: request.idempotencyKey))
    }
    switch verdict {
    case .started: break
    case .keyHeld(let other):
      throw WorkflowError(.full, "run \(other) holds the key that the part is to hold", at: request.workflow)
    case .duplicate(let other):
      // Started before a crash: it may have ended, and said so to a parent that has forgotten.
      guard let child = try await record(of: other), child.state.isFinal else { break }
      return try await tell(parent, ChildEnd(child).event(parent: parent, step: step, key: request.idempotencyKey))
    }
    // If the parent has given it up before it was there, nobody has found it to cancel it.
    if try await isAwaited(request, by: parent) { return }
    let cancellation = ChildCancellation([], reason: "its parent had ended before it began")
    try await cancelChildren(of: parent, cancellation.inboxEvent(id: "cancel/\(parent)/\(step)")) {
      $0.id == verdict.run
    }
  }

  /// Whether the run still waits for the part that it has asked for.
  private func isAwaited(_ request: StartRequest, by parent: RunID) async throws -> Bool {
    guard let (run, store) = try await load(parent), let program = try await findProgram(of: run.record, in: store)
    else { return false }
    return run.steps.contains { program.childKey(ofStep: $0, of: parent) == request.idempotencyKey }
  }

  /// - Throws: what may be otherwise the next time.
  private func cancelChildren(
    of parent: RunID, _ event: InboxEvent, where condition: (RunRecord) -> Bool
  ) async throws {
    for store in stores {
      var query = RunQuery()
      query.parent = parent
      query.states = [.initiated, .running, .waiting, .paused]
      query.limit = 1000
      while true {
        let page = try await store.runs(query)
        try await withThrowingTaskGroup(of: Void.self) { group in
          for child in page where condition(child) { group.addTask { try await self.cancel(child.id, event) } }
          try await group.waitForAll()
        }
        guard page.count == query.limit else { break }
        query.before = page.last!.id
      }
    }
  }

  /// Returns when the run has heeded the event: one that is paused is not gone on with by the next start.
  private func cancel(_ child: RunID, _ event: InboxEvent) async throws {
    let verdict = try await deliver(event, to: child)
    guard verdict == .accepted || verdict == .duplicate else { return }
    do { _ = try await tell(child, .arrived(event)) } catch let error as WorkflowError {
      // Of another engine it is by its letter; of a workflow that is not registered, when it is.
      if error.code == .storeUnavailable || isDraining { throw error }
    }
  }

  // MARK: Events

  /// Puts an event into a run's inbox, and wakes the run.
  func deliver(_ event: InboxEvent, to id: RunID) async throws -> DeliveryVerdict {
    var encoded = event
    encoded.payload = try event.payload.encoded(by: configuration.codec)
    for store in stores {
      let before = looks.next()
      let verdict = try await store.deliver([(run: id, event: encoded)], durability: store.durability)[0]
      if verdict == .unknownRun { continue }
      let after = looks.next()
      // Stored it is; what the run makes of it is not waited for.
      switch verdict {
      case .accepted: insist { try await $0.bring(event, to: id, storedAfter: before, before: after) }
      // One that was stored by a delivery that was told that it had failed, is news to the run.
      case .duplicate: insist { try await $0.bringAll(to: id) }
      default: break
      }
      return verdict
    }
    return .unknownRun
  }

  /// Tells a run of an event that has been stored, unless it has read that itself: then it has it, or has taken it already, and must not take it twice.
  ///
  /// - Parameters:
  ///   - earliest: of ``looks``, before it was stored.
  ///   - latest: after it was stored.
  private func bring(_ event: InboxEvent, to id: RunID, storedAfter earliest: Int, before latest: Int) async throws {
    while true {
      let driver: RunDriver?
      do { driver = try await self.driver(for: id) } catch let held as HeldElsewhere {
        return try await knock(at: held.record)
      }
      guard let driver else { return }
      if driver.look >= latest { return }
      // Read at the moment at which it was stored: only the store can tell.
      if driver.look >= earliest { return try await bringAll(to: id) }
      if driver.post(.arrived(event)) { return }
      retire(driver)
    }
  }

  /// Tells a run of all that lies in its inbox.
  func bringAll(to id: RunID) async throws {
    let look = looks.next()
    guard let (run, _) = try await load(id), !run.record.state.isFinal else { return }
    if run.inbox.isEmpty { _ = try await driver(for: id) }
    for event in run.inbox { try await bring(event, to: id, storedAfter: look, before: look) }
  }

  /// Does something that must come about in the end: while the store cannot be used, it is tried again and again.
  func insist(_ body: @escaping @Sendable (WorkflowEngine) async throws -> Void) {
    Task.detached(executorPreference: executor) { [self] in
      var delay = Duration.milliseconds(20)
      while true {
        do {
          return try await body(self)
        } catch let error as WorkflowError where error.code == .storeUnavailable && !isDraining {
          // The next start of an engine finds it.
          do { try await TimerClock().sleep(for: delay) } catch { return }
          delay = min(delay * 2, .seconds(5))
        } catch { return }
      }
    }
  }
}
