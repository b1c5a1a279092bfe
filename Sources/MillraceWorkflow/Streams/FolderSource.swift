import Synchronization

/// Files of a folder as a source: an event for each that is new or changed, and whole.
///
/// ```swift
/// import MillraceWorkflow
/// func scans(_ store: any RunStore) -> some EventSource {
///   FolderSource("scans", folder: "/var/incoming", pattern: "*.pdf", store: store)
/// }
/// ```
///
/// Linux's inotify tells of files that are closed after writing, or moved in; besides, the folder is looked through now and then, because not everything is heard of: what happened while no process ran, what came when too
/// much came, folders on other machines. The event's id is the path with time and size, its key the name, its payload `path`, `name` and `size`. A file that was changed twice before it was looked at is one event.
public struct FolderSource: EventSource {
  public struct Configuration: Sendable {
    /// How often the folder is looked through, even if nothing is heard of a change. Positive.
    public var period = Duration.seconds(30)
    /// A file that was not seen to be closed is taken when it has not changed for so long.
    public var settlingTime = Duration.seconds(2)
    public var wallClock: any WallClock = SystemWallClock()

    public init() {}
  }

  private let folder: String
  private let pattern: String
  private let store: any RunStore
  private let configuration: Configuration
  /// Where a group's files are kept that have been dealt with.
  private let collection: @Sendable (StreamConsumer) -> String

  /// - Parameters:
  ///   - name: the source's in the store, of which no other has the same.
  ///   - pattern: a glob for names in the folder.
  public init(
    _ name: String, folder: String, pattern: String = "*", store: any RunStore,
    configuration: Configuration = Configuration()
  ) {
    self.init(folder: folder, pattern: pattern, store: store, configuration: configuration) {
      "sources/\(name)/\($0.group)"
    }
  }

  init(
    folder: String, pattern: String, store: any RunStore, configuration: Configuration,
    collection: @escaping @Sendable (StreamConsumer) -> String
  ) {
    precondition(
      configuration.period > .zero && configuration.settlingTime >= .zero,
      "FolderSource: a positive period and a settling time of 0 or more are expected; found \(configuration)")
    self.folder = folder
    self.pattern = pattern
    self.store = store
    self.configuration = configuration
    self.collection = collection
  }

  public func subscribe(_ consumer: StreamConsumer) async throws -> any EventSubscription {
    let subscription = Subscription(self, consumer, collection(consumer))
    try await subscription.readStamps()
    return subscription
  }

  private final class Subscription: EventSubscription {
    private let source: FolderSource
    private let consumer: StreamConsumer
    private let collection: String
    private let watch: FolderWatch
    private let end = SubscriptionEnd()
    private let state = Mutex(State())

    private struct State {
      var files = FileSettling(done: [:])
      /// Whole, and not acknowledged.
      var pending: [(name: String, stamp: FileSettling.Stamp)] = []
      /// When all names are looked at again; nil: now.
      var nextWhole: Timestamp?
    }

    init(_ source: FolderSource, _ consumer: StreamConsumer, _ collection: String) {
      (self.source, self.consumer, self.collection) = (source, consumer, collection)
      watch = FolderWatch(source.folder)
    }

    func next(limit: Int) async throws -> [SourceEvent] {
      try await end.orElse { [self] in
        while true {
          try Task.checkCancellation()
          let pending = state.withLock { Array($0.pending.prefix(limit)) }
          if !pending.isEmpty { return pending.map { event($0.name, $0.stamp) } }
          let version = watch.changed.version
          let wait = try await look()
          guard state.withLock({ $0.pending.isEmpty }) else { continue }
          try await watch.changed.wait(after: version, atMost: wait, by: source.configuration.wallClock)
        }
      }
    }

    /// - Returns: after how long to look again.
    private func look() async throws -> Duration {
      let configuration = source.configuration
      let now = configuration.wallClock.now
      let heard = watch.take()
      let (look, nextWhole) = try state.withLock { state in
        var names = heard.isComplete && !heard.closed.isEmpty ? heard.closed : nil
        if now >= state.nextWhole ?? now { names = nil }
        let nextWhole =
          names == nil ? now.advanced(by: configuration.period) : state.nextWhole ?? now
        state.nextWhole = nextWhole
        let found = try FolderLook.files(in: source.folder, matching: source.pattern, among: names)
          .filter { consumer.takes(key: $0.key) }
        let look = state.files.looked(
          found, for: names, closed: heard.closed, at: now, settlingTime: configuration.settlingTime)
        state.pending = look.ready
        return (look, nextWhole)
      }
      for name in look.gone where consumer.takes(key: name) {
        try await store(nil, name)
        state.withLock { $0.files.forget(name) }
      }
      return min(look.lookAgain ?? nextWhole, nextWhole).duration(since: now)
    }

    func acknowledge(_ count: Int) async throws {
      try end.check()
      for (name, stamp) in state.withLock({ Array($0.pending.prefix(count)) }) {
        try await store(stamp, name)
        state.withLock { state in
          state.files.finish(name, stamp)
          state.pending.removeFirst()
        }
      }
    }

    func lag() async throws -> Int? {
      let files = try FolderLook.files(in: source.folder, matching: source.pattern, among: nil)
      let done = state.withLock { $0.files.done }
      return files.count { consumer.takes(key: $0.key) && done[$0.key] != $0.value }
    }

    func close() async {
      if end.come() { watch.stop() }
    }

    private func event(_ name: String, _ stamp: FileSettling.Stamp) -> SourceEvent {
      let path = source.folder.hasSuffix("/") ? source.folder + name : "\(source.folder)/\(name)"
      return SourceEvent(
        OutboxEvent(
          id: "\(path) \(stamp.modified) \(stamp.size)", topic: source.folder, key: name,
          payload: Payload(["path": .string(path), "name": .string(name), "size": .int(stamp.size)])), place: path)
    }

    // MARK: What is remembered

    func readStamps() async throws {
      var stamps: [String: FileSettling.Stamp] = [:]
      var last: String?
      while true {
        let page = try await source.store.documents(in: collection, after: last, limit: 1000)
        for document in page {
          stamps[document.name.key] = try document.value.decoded(as: FileSettling.Stamp.self, from: document.name)
        }
        guard page.count == 1000 else { break }
        last = page.last!.name.key
      }
      state.withLock { $0.files = FileSettling(done: stamps) }
    }

    /// Whatever another process has stored meanwhile: its event for the same content is the same event.
    private func store(_ stamp: FileSettling.Stamp?, _ name: String) async throws {
      let store = source.store
      let document = DocumentName(collection, name)
      let found = try await store.document(document)
      if found == nil, stamp == nil { return }
      _ = try await store.setDocument(
        document, to: stamp.map { Payload(encoding: $0) }, expected: found?.revision,
        durability: store.usualDurability)
    }
  }
}
