extension TriggerRunner {
  func runFiles(_ trigger: TriggerDefinition, _ place: Place, folder: String, pattern: String) async throws {
    var settings = FolderSource.Configuration()
    settings.period = configuration.folderPeriod
    settings.settlingTime = configuration.settlingTime
    settings.wallClock = configuration.wallClock
    let source = FolderSource(folder: folder, pattern: pattern, store: store, configuration: settings) { _ in
      "triggers/files/\(place.workflow)/\(place.trigger)"
    }
    let files = try await source.subscribe(place.consumer)
    do {
      while true {
        let file = try await files.next(limit: 1)[0].event
        guard case .object(var event) = try file.payload.value() else { continue }
        event["trigger"] = .string(trigger.name)
        try await start(trigger, place, occasion: file.id, event: .object(event))
        try await files.acknowledge(1)
      }
    } catch {
      await files.close()
      throw error
    }
  }
}
