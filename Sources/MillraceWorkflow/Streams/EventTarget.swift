/// What becomes of a source's events: runs, letters to runs, or events elsewhere.
///
/// An event may come twice; each of these targets makes one thing of it, by its id, as long as what it makes is known: a run until it is purged, an event of a topic while it is kept.
public struct EventTarget: Sendable {
  let accept: @Sendable (OutboxEvent) async throws -> Void

  /// - Parameter accept: returns when the event need not come again. Called at the same time for events with different keys.
  public init(accept: @escaping @Sendable (OutboxEvent) async throws -> Void) {
    self.accept = accept
  }

  /// Each event starts a run.
  ///
  /// - Parameters:
  ///   - input: `${event}` stands for the event: `id`, `topic`, `key`, `payload`.
  ///   - connector: its name: `connector@id` is the idempotency key of the run.
  public static func runs(
    of workflow: String, input: Template = Template(["event": "${event}"]), by starter: any RunStarter,
    connector: String
  ) -> EventTarget {
    EventTarget { event in
      var request = StartRequest(workflow: workflow)
      request.input = try input.resolve(in: Bindings(["event": event.value()]))
      request.idempotencyKey = "\(connector)@\(event.id)"
      _ = try await starter.start(request)
    }
  }

  /// Each event is told to a run, which it names.
  ///
  /// - Parameters:
  ///   - name: of what the run waits for; nil: the event's topic.
  ///   - run: gives the run's id, from `event`.
  public static func letters(
    _ name: String? = nil, to run: Expression, by engine: WorkflowEngine
  ) -> EventTarget {
    EventTarget { event in
      let found = try run.value(in: Bindings(["event": event.value()]))
      guard case .string(let text) = found, let id = RunID(text) else {
        throw WorkflowError(.invalidInput, "expected the id of a run, found \(found.kindOfValue)", at: "\(run)")
      }
      let letter = InboxEvent(id: event.id, name: name ?? event.topic, payload: event.payload)
      switch try await engine.send(letter, to: id) {
      case .accepted, .duplicate: return
      case .full: throw WorkflowError(.full, "its inbox is full", at: "run \(id)")
      case .late(let state): throw WorkflowError(.impossible, "it has ended: \(state)", at: "run \(id)")
      case .unknownRun: throw WorkflowError(.unknownRun, "there is no such run", at: "run \(id)")
      case .unknownEvent:
        throw WorkflowError(.impossible, "it never waits for \"\(letter.name)\"", at: "run \(id)")
      case .tooLarge(let what): throw WorkflowError(.tooLarge, what, at: "run \(id)")
      }
    }
  }

  /// Each event is handed on.
  public static func sink(_ sink: any EventSink) -> EventTarget { EventTarget { try await sink.send([$0]) } }
}

extension OutboxEvent {
  /// As expressions see it.
  ///
  /// - Throws: ``WorkflowError/Code/invalidJSON``.
  package func value() throws(WorkflowError) -> JSONValue {
    [
      "id": .string(id), "topic": .string(topic), "key": .string(key),
      "payload": payload.bytes.isEmpty ? .null : try payload.value(),
    ]
  }
}
