extension TriggerRunner {
  func runEvents(
    _ trigger: TriggerDefinition, _ place: Place, topic: String,
    where matches: @Sendable (Bindings) throws(WorkflowError) -> Bool
  ) async throws {
    try await configuration.stream!.consume(topic, by: place.consumer) { streamed in
      let event = streamed.event
      do {
        let value = try event.value()
        guard try matches(Bindings(["event": value])) else { return }
        // What a run tells has an id that begins with the run's.
        let origin = event.id.firstIndex(of: "/").flatMap { RunID(String(event.id[..<$0])) }
        var depth = 0
        // Said by the event too, because the run may have been deleted meanwhile.
        if topic == RunEnd.topic, case .int(let before)? = value["payload"]?["depth"] {
          depth = Int(min(max(before, 0), 1_000_000)) + 1
        }
        try await start(trigger, place, occasion: event.id, event: value, origin: origin, depth: depth)
      } catch let error as WorkflowError where error.code == .invalidInput || error.code == .invalidJSON {
        // It would not become any better by being read again.
        report(place, .refused(occasion: event.id, "\(error)"))
      }
    }
  }

  func runThreshold(
    _ trigger: TriggerDefinition, _ place: Place, metric: String, above: Double?, below: Double?
  ) async throws {
    let clock = configuration.wallClock
    let name = DocumentName("triggers/thresholds", "\(place.workflow)/\(place.trigger)")
    while true {
      try Task.checkCancellation()
      let document = try await store.document(name)
      var watch = try document?.value.decoded(as: ThresholdWatch.self, from: name) ?? ThresholdWatch()
      var revision = document?.revision
      /// - Returns: false if another process was quicker: its state counts.
      func keep() async throws -> Bool {
        let isKept = try await store.setDocument(
          name, to: Payload(encoding: watch), expected: revision, durability: store.usualDurability)
        revision = revision?.next ?? .first
        return isKept
      }
      var isMine = true
      if watch.pending == nil {
        let before = watch
        let value = try await configuration.metrics[metric]!()
        if watch.sample(value, above: above, below: below, margin: configuration.hysteresis) {
          watch.pending = [
            "trigger": .string(trigger.name), "metric": .string(metric), "value": .double(value),
            "side": .string(watch.side.rawValue),
          ]
        }
        // Before anything is started: the next crossing must not have the same number, wherever the process ends.
        if watch != before { isMine = try await keep() }
      }
      if isMine, let event = watch.pending {
        try await start(trigger, place, occasion: "crossing \(watch.crossings)", event: event)
        watch.pending = nil
        _ = try await keep()
      }
      try await clock.sleep(for: configuration.samplePeriod)
    }
  }
}

/// How a run ended, as an event: what triggers on other workflows listen to.
public enum RunEnd {
  /// The topic of such events.
  public static let topic = "millrace.run-ended"

  /// To be committed to the outbox together with the change that ends the run.
  public static func event(_ record: RunRecord) -> OutboxEvent {
    OutboxEvent(
      id: "\(record.id)/\(record.revision)", topic: topic, key: record.workflow,
      payload: Payload([
        "run": .string("\(record.id)"), "workflow": .string(record.workflow), "key": .string(record.key),
        "state": .string(record.state.rawValue), "reason": .string(record.reason),
        "depth": .int(Int64(record.depth)), "result": (try? record.result.value()) ?? .null,
      ]))
  }

  /// - Parameter states: empty: any.
  static func matches(_ bindings: Bindings, workflow: String, states: Set<RunState>) -> Bool {
    guard let payload = bindings.roots["event"]?["payload"], payload["workflow"] == .string(workflow) else {
      return false
    }
    return states.isEmpty || states.contains { payload["state"] == .string($0.rawValue) }
  }
}
