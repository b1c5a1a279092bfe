extension TriggerRunner {
  /// Those that work at the moment, for their numbers; by workflow and trigger.
  public var connectors: [ConnectorRunner] {
    connectorsAtWork.withLock { $0.sorted { $0.key.description < $1.key.description }.map(\.value) }
  }

  /// Dead letters of a trigger whose source is outside.
  public func deadLetters(of trigger: String, of workflow: String) -> DeadLetters {
    DeadLetters(of: Place(workflow: workflow, trigger: trigger).description, store: store, codec: configuration.codec)
  }

  func runConnector(_ trigger: TriggerDefinition, _ place: Place, _ definition: ConnectorDefinition) async throws {
    let source = try configuration.connect!(definition, place.description)
    var settings = ConnectorRunner.Configuration()
    settings.wallClock = configuration.wallClock
    settings.report = { [self] report in
      switch report.kind {
      // Of which the start has told.
      case .accepted: break
      case .waits(let event, let reason): self.report(place, .failed("\(event.place): \(reason)"))
      case .died(let event, let reason): self.report(place, .refused(occasion: event.event.id, reason))
      case .troubled(let reason): self.report(place, .failed(reason))
      }
    }
    let runner = ConnectorRunner(
      place.description, source, as: place.consumer,
      target: EventTarget { [self] event in
        _ = try await ask(trigger, place, occasion: event.id, event: event.value())
      }, deadLetters: deadLetters(of: place.trigger, of: place.workflow), configuration: settings)
    connectorsAtWork.withLock { $0[place] = runner }
    defer { connectorsAtWork.withLock { $0[place] = nil } }
    try await runner.run()
  }
}
