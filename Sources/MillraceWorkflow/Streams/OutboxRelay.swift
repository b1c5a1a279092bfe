/// Moves what runs tell the world from a store's outbox to a stream: at least once, in order, and as the stream knows ids, hardly ever twice.
///
/// ```swift
/// import MillraceWorkflow
/// let store = MemoryRunStore()
/// let relay = OutboxRelay(store: store, stream: MemoryEventStream())
/// let relaying = Task { try await relay.run() }
/// relay.signal()  // after each commit with events
/// relaying.cancel()
/// ```
///
/// One relay at a time for each store: two would not lose anything, but could change the order.
public final class OutboxRelay: Sendable {
  public struct Configuration: Sendable {
    /// After failures in a row. When all attempts have failed, ``OutboxRelay/run()`` throws.
    public var retry: RetryPolicy = {
      var retry = RetryPolicy()
      retry.attempts = 10
      return retry
    }()
    /// The store is looked at so often even if nobody signals: for events of a process that has ended, or of another one.
    public var reconcilePeriod = Duration.seconds(30)
    /// The most events at once.
    public var limit = 500
    public var wallClock: any WallClock = SystemWallClock()
    /// Is given every event first; one for which it returns true is not appended to the stream.
    public var divert: (@Sendable (SequencedEvent) async throws -> Bool)?
    /// Gives what is appended in an event's place: one whose payload has been decoded, say.
    public var transform: (@Sendable (OutboxEvent) throws -> OutboxEvent)?
    /// While it returns false, another relay works on the store.
    package var isActive: @Sendable () -> Bool = { true }

    public init() {}
  }

  private let store: any RunStore
  private let stream: any EventStream
  private let configuration: Configuration
  private let changed = ChangeSignal()

  public init(store: any RunStore, stream: any EventStream, configuration: Configuration = Configuration()) {
    precondition(configuration.limit > 0, "OutboxRelay: a positive limit is expected; found \(configuration.limit)")
    self.store = store
    self.stream = stream
    self.configuration = configuration
  }

  /// Events may have come. Any thread, at any time, also before ``run()``.
  public func signal() { changed.raise() }

  /// Relays until the task is cancelled.
  ///
  /// - Throws: `CancellationError`; or what has kept it from relaying, when all attempts of the retry policy have failed. What was not relayed is still in the outbox then, for the next call.
  public func run() async throws {
    let clock = configuration.wallClock
    var generator = SystemRandomNumberGenerator()
    var failures = 0
    while true {
      try Task.checkCancellation()
      let version = changed.version
      do {
        try await drain()
        failures = 0
        try await changed.wait(after: version, until: clock.now.advanced(by: configuration.reconcilePeriod), by: clock)
      } catch let error as WorkflowError {
        failures += 1
        if failures >= configuration.retry.attempts { throw error }
        let delay = configuration.retry.delay(afterAttempt: failures, using: &generator)
        try await clock.sleep(until: clock.now.advanced(by: delay))
      }
    }
  }

  /// Relays what is there now.
  ///
  /// - Returns: how many events.
  @discardableResult
  public func drain() async throws -> Int {
    var relayed = 0
    while true {
      guard configuration.isActive() else { return relayed }
      // From the beginning: whatever was relayed is acknowledged, unless that has failed; then it comes again.
      let events = try await store.outbox(after: 0, limit: configuration.limit)
      guard let last = events.last else { return relayed }
      var kept: [OutboxEvent] = []
      for event in events where try await configuration.divert?(event) != true {
        kept.append(try configuration.transform?(event.event) ?? event.event)
      }
      if !kept.isEmpty { _ = try await stream.append(kept, whenFull: .wait) }
      try await store.acknowledgeOutbox(through: last.sequence)
      relayed += events.count
    }
  }
}
