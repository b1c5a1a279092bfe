extension TriggerRunner {
  /// Hears of changes, and looks through the folder now and then, because not everything is heard of: what happened while no process ran, what came when too much came, folders on other machines.
  func runFiles(_ trigger: TriggerDefinition, _ place: Place, folder: String, pattern: String) async throws {
    let clock = configuration.wallClock
    let collection = "triggers/files/\(place.workflow)/\(place.trigger)"
    var files = FileSettling(done: try await readStamps(collection))
    let watch = FolderWatch(folder)
    defer { watch.stop() }
    // Everything, at first.
    var names: Set<String>?
    var closed: Set<String> = []
    var nextWhole = clock.now
    while true {
      try Task.checkCancellation()
      let version = watch.changed.version
      if names == nil || clock.now >= nextWhole {
        names = nil
        nextWhole = clock.now.advanced(by: configuration.folderPeriod)
      }
      let found = try FolderLook.files(in: folder, matching: pattern, among: names)
      let look = files.looked(
        found, for: names, closed: closed, at: clock.now, settlingTime: configuration.settlingTime)
      for (name, stamp) in look.ready {
        let path = folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
        try await start(
          trigger, place, occasion: "\(path) \(stamp.modified) \(stamp.size)",
          event: [
            "trigger": .string(trigger.name), "path": .string(path), "name": .string(name), "size": .int(stamp.size),
          ])
        try await store(stamp, DocumentName(collection, name))
        files.finish(name, stamp)
      }
      for name in look.gone {
        try await store(nil, DocumentName(collection, name))
        files.forget(name)
      }
      try await watch.changed.wait(
        after: version, atMost: min(look.lookAgain ?? nextWhole, nextWhole).duration(since: clock.now), by: clock)
      let heard = watch.take()
      closed = heard.closed
      names = heard.isComplete && !heard.closed.isEmpty ? heard.closed : nil
    }
  }

  private func readStamps(_ collection: String) async throws -> [String: FileSettling.Stamp] {
    var stamps: [String: FileSettling.Stamp] = [:]
    var last: String?
    while true {
      let page = try await store.documents(in: collection, after: last, limit: 1000)
      for document in page {
        stamps[document.name.key] = try document.value.decoded(as: FileSettling.Stamp.self, from: document.name)
      }
      guard page.count == 1000 else { return stamps }
      last = page.last!.name.key
    }
  }

  /// Whatever another process has stored meanwhile: its run for the same content is the same run.
  private func store(_ stamp: FileSettling.Stamp?, _ name: DocumentName) async throws {
    let found = try await store.document(name)
    if found == nil, stamp == nil { return }
    _ = try await store.setDocument(
      name, to: stamp.map { Payload(encoding: $0) }, expected: found?.revision, durability: durability)
  }
}
