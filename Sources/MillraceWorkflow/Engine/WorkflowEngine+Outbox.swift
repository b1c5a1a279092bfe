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
        }
        configuration.divert = { [weak self] in try await self?.divert($0) ?? true }
        configuration.whenFull = { [weak self] error in self?.observeTrouble("outbox trouble", error) }
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
    guard event.event.topic == ChildEnd.topic else { return false }
    if let parent = RunID(event.event.key) {
      var end = event.event
      end.payload = try decode(end.payload)
      try await tell(parent, end)
    }
    return true
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
          // The parent's own timeout ends it.
          if let record = try? await record(of: parent), record.state.isFinal { return }
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
    case .started: return
    case .keyHeld(let other):
      throw WorkflowError(.full, "run \(other) holds the key that the part is to hold", at: request.workflow)
    case .duplicate: break
    }
    // Started before a crash: it may have ended, and said so to a parent that has forgotten.
    guard let child = try await record(of: verdict.run), child.state.isFinal else { return }
    try await tell(parent, ChildEnd(child).event(parent: parent, step: step, key: request.idempotencyKey))
  }

  func cancelChildren(of parent: RunID, reason: String) {
    Task.detached(executorPreference: executor) { [self] in
      for store in stores {
        var query = RunQuery()
        query.parent = parent
        query.states = [.initiated, .running, .waiting, .paused]
        query.limit = 1000
        for child in (try? await store.runs(query)) ?? [] {
          _ = try? await tell(child.id, .control(.cancel(reason: "its parent has ended: \(reason)")))
        }
      }
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
