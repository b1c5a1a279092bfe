import Synchronization

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
    /// Where delays after failures get their chance from.
    public var random: @Sendable () -> any RandomNumberGenerator = { SystemRandomNumberGenerator() }
    /// Is given every event first; one for which it returns true is not appended to the stream.
    public var divert: (@Sendable (SequencedEvent) async throws -> Bool)?
    /// Is told once when the stream has become full: consumers have yet to acknowledge what it keeps. Events wait in the outbox then, but for those that are diverted.
    public var whenFull: (@Sendable (WorkflowError) -> Void)?
    /// Is told of events that have left the outbox: how many.
    public var whenRelayed: (@Sendable (Int) -> Void)?
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
  private let isAtWork = Mutex(false)
  private let rested = ChangeSignal()
  /// Up to where events were offered to ``Configuration/divert``, and which of those that the outbox still has it has taken.
  private let diverted = Mutex((through: Int64.min, taken: Set<Int64>()))

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
    var generator = configuration.random()
    var failures = 0
    var isFull = false
    while true {
      try Task.checkCancellation()
      let version = changed.version
      do {
        try await drain()
        (failures, isFull) = (0, false)
        try await changed.wait(after: version, atMost: configuration.reconcilePeriod, by: clock)
      } catch let error as WorkflowError where error.code == .full {
        if !isFull { configuration.whenFull?(error) }
        isFull = true
        // Consumers do not say when they have acknowledged something.
        try await changed.wait(after: version, atMost: .seconds(1), by: clock)
      } catch let error as WorkflowError {
        failures += 1
        if failures >= configuration.retry.attempts { throw error }
        let delay = configuration.retry.delay(afterAttempt: failures, using: &generator)
        try await clock.sleep(for: delay)
      }
    }
  }

  /// Relays what is there now.
  ///
  /// - Returns: how many events.
  /// - Throws: ``WorkflowError/Code/full`` when the stream has no room for the rest; what the store and the stream throw.
  @discardableResult
  public func drain() async throws -> Int {
    var relayed = 0
    while true {
      guard configuration.isActive() else { return relayed }
      let count = try await whileResting { try await relayOnce() }
      if count == 0 { return relayed }
      configuration.whenRelayed?(count)
      relayed += count
    }
  }

  /// Does something while no event is on its way from the outbox to the stream.
  ///
  /// - Throws: what `body` throws; `CancellationError`.
  func whileResting<Result>(_ body: () async throws -> Result) async throws -> Result {
    while true {
      let version = rested.version
      let isMine = isAtWork.withLock { isAtWork in
        defer { isAtWork = true }
        return !isAtWork
      }
      if isMine { break }
      try await rested.wait(after: version)
    }
    defer {
      isAtWork.withLock { $0 = false }
      rested.raise()
    }
    return try await body()
  }

  // MARK: -

  private func relayOnce() async throws -> Int {
    // From the beginning: whatever was relayed is acknowledged, unless that has failed; then it comes again.
    let events = try await store.outbox(after: 0, limit: configuration.limit)
    guard let last = events.last else { return 0 }
    let kept = try await divert(events)
    do {
      if !kept.isEmpty { _ = try await stream.append(kept.map(transformed), whenFull: .error) }
    } catch let error as WorkflowError where error.code == .full || error.code == .tooLarge {
      try await relaySingly(kept, through: last.sequence)
      return events.count
    }
    try await acknowledge(through: last.sequence)
    return events.count
  }

  /// As many as there is room for.
  private func relaySingly(_ events: [SequencedEvent], through last: Int64) async throws {
    var done: Int64?
    do {
      for event in events {
        _ = try await stream.append([transformed(event)], whenFull: .error)
        done = event.sequence
      }
    } catch {
      if let done { try await acknowledge(through: done) }
      // What is not for the stream does not wait for it.
      if configuration.divert != nil { try await divertRest() }
      throw error
    }
    try await acknowledge(through: last)
  }

  private func divertRest() async throws {
    while true {
      let rest = try await store.outbox(after: diverted.withLock { $0.through }, limit: configuration.limit)
      if rest.isEmpty { return }
      _ = try await divert(rest)
    }
  }

  /// - Returns: what is for the stream.
  private func divert(_ events: [SequencedEvent]) async throws -> [SequencedEvent] {
    guard let divert = configuration.divert else { return events }
    for event in events where event.sequence > diverted.withLock({ $0.through }) {
      let isTaken = try await divert(event)
      diverted.withLock { diverted in
        diverted.through = event.sequence
        if isTaken { diverted.taken.insert(event.sequence) }
      }
    }
    let taken = diverted.withLock { $0.taken }
    return taken.isEmpty ? events : events.filter { !taken.contains($0.sequence) }
  }

  private func transformed(_ event: SequencedEvent) throws -> OutboxEvent {
    try configuration.transform?(event.event) ?? event.event
  }

  private func acknowledge(through sequence: Int64) async throws {
    try await store.acknowledgeOutbox(through: sequence)
    diverted.withLock { diverted in diverted.taken = diverted.taken.filter { $0 > sequence } }
  }
}
