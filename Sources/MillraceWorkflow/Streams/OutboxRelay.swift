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
    /// Is given every event first; one for which it returns true is not appended to the stream. If it throws, it is given the later ones nevertheless, and that one again.
    public var divert: (@Sendable (SequencedEvent) async throws -> Bool)?
    /// Is told once when the stream has become full: consumers have yet to acknowledge what it keeps. Events wait in the outbox then, but for those that are diverted.
    public var whenFull: (@Sendable (WorkflowError) -> Void)?
    /// Is told of events that have left the outbox: how many.
    public var whenRelayed: (@Sendable (Int) -> Void)?
    /// Gives what is appended in an event's place: one whose payload has been decoded, say.
    public var transform: (@Sendable (OutboxEvent) throws -> OutboxEvent)?
    /// Is told, once for each, of an event that cannot be handed on: those after it wait for it, but for those that are diverted.
    package var whenStanding: (@Sendable (SequencedEvent, any Error) -> Void)?
    /// While it returns false, another relay works on the store.
    package var isActive: @Sendable () -> Bool = { true }
    /// Data of runs may be deleted by processes that cannot keep this relay from working meanwhile.
    package var isShared = false

    public init() {}
  }

  private let store: any RunStore
  private let stream: any EventStream
  private let configuration: Configuration
  private let changed = ChangeSignal()
  private let isAtWork = Mutex(false)
  private let rested = ChangeSignal()
  private let diverted = Mutex(Diverted())

  private struct Diverted {
    /// Up to where events were offered to ``Configuration/divert``.
    var through = Int64.min
    /// Which of those that the outbox still has it has taken.
    var taken: Set<Int64> = []
    /// Which are to be offered again.
    var failed: Set<Int64> = []
  }

  /// An event that, whatever becomes of others, cannot be handed on now.
  private struct Standing: Error {
    let event: SequencedEvent
    let error: any Error
  }

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
    var standing: (sequence: Int64, failures: Int)?
    while true {
      try Task.checkCancellation()
      let version = changed.version
      do {
        try await relayAll()
        (failures, isFull, standing) = (0, false, nil)
        try await changed.wait(after: version, atMost: configuration.reconcilePeriod, by: clock)
      } catch let stands as Standing {
        (failures, isFull) = (0, false)
        let sequence = stands.event.sequence
        if standing?.sequence != sequence {
          standing = (sequence, 0)
          configuration.whenStanding?(stands.event, stands.error)
        }
        standing!.failures += 1
        let delay = configuration.retry.delay(afterAttempt: standing!.failures, using: &generator)
        // What comes meanwhile may be for somebody else than the stream.
        try await changed.wait(after: version, atMost: max(delay, .milliseconds(1)), by: clock)
      } catch let error as WorkflowError where error.code == .full {
        if !isFull { configuration.whenFull?(error) }
        isFull = true
        // Consumers do not say when they have acknowledged something.
        try await changed.wait(after: version, atMost: .seconds(1), by: clock)
      } catch {
        // Of a stream or a codec that is somebody else's it may be any error.
        try Task.checkCancellation()
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
    do { return try await relayAll() } catch let stands as Standing { throw stands.error }
  }

  /// - Throws: ``Standing``, and as ``drain()``.
  @discardableResult
  private func relayAll() async throws -> Int {
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
    guard let end = events.last?.sequence else { return 0 }
    var (kept, standing) = try await divert(events)
    var ready: [SequencedEvent] = []
    for event in kept {
      do { ready.append(try transformed(event)) } catch {
        standing = Standing(event: event, error: error)
        break
      }
    }
    // Nothing overtakes one that stands.
    let last = events.last { $0.sequence < standing?.event.sequence ?? .max }?.sequence
    do {
      if !ready.isEmpty { _ = try await stream.append(ready.map(\.event), whenFull: .error) }
    } catch let error as WorkflowError where error.code == .full || error.code == .tooLarge {
      try await relaySingly(ready, ofPageTo: end)
    }
    try await takeBack(ready)
    if let last { try await acknowledge(through: last) }
    if let standing {
      try await divertRest(after: end)
      throw standing
    }
    return events.count
  }

  /// As many as there is room for.
  private func relaySingly(_ events: [SequencedEvent], ofPageTo end: Int64) async throws {
    for (place, event) in events.enumerated() {
      do {
        _ = try await stream.append([event.event], whenFull: .error)
      } catch {
        let done = Array(events.prefix(place))
        try await takeBack(done)
        if let last = done.last { try await acknowledge(through: last.sequence) }
        // What is not for the stream does not wait for it.
        try await divertRest(after: end)
        if let error = error as? WorkflowError, error.code == .tooLarge { throw Standing(event: event, error: error) }
        throw error
      }
    }
  }

  /// What was deleted in the outbox after it was read, does not stay in the stream either.
  private func takeBack(_ events: [SequencedEvent]) async throws {
    guard configuration.isShared, let first = events.first?.sequence else { return }
    let left = Set(try await store.outbox(after: first - 1, limit: configuration.limit).map(\.sequence))
    for run in Set(events.filter { !left.contains($0.sequence) }.map(\.run)) {
      // Else another relay, which has been given the right to it meanwhile, has acknowledged it.
      guard try await store.load(run)?.record.state == .dataDeleted else { continue }
      _ = try await stream.removeEvents(withIDsBeginning: "\(run)/")
    }
  }

  private func divertRest(after end: Int64) async throws {
    if configuration.divert == nil { return }
    var last = diverted.withLock { diverted in
      let failed = diverted.failed.lazy.filter { $0 > end }.min()
      return failed.map { min($0 - 1, diverted.through) } ?? diverted.through
    }
    while true {
      let rest = try await store.outbox(after: last, limit: configuration.limit)
      guard let next = rest.last?.sequence else { return }
      _ = try await divert(rest)
      last = next
    }
  }

  /// - Returns: what is for the stream, up to the first that could not be offered, and that.
  private func divert(_ events: [SequencedEvent]) async throws -> (kept: [SequencedEvent], standing: Standing?) {
    guard let divert = configuration.divert else { return (events, nil) }
    var standing: Standing?
    for event in events
    where diverted.withLock({ event.sequence > $0.through || $0.failed.contains(event.sequence) }) {
      var isTaken = false
      do {
        isTaken = try await divert(event)
        diverted.withLock { _ = $0.failed.remove(event.sequence) }
      } catch let error as WorkflowError where error.code == .storeUnavailable {
        // So it would be with all others.
        throw error
      } catch {
        try Task.checkCancellation()
        diverted.withLock { _ = $0.failed.insert(event.sequence) }
        standing = standing ?? Standing(event: event, error: error)
      }
      diverted.withLock { diverted in
        diverted.through = max(diverted.through, event.sequence)
        if isTaken { diverted.taken.insert(event.sequence) }
      }
    }
    let taken = diverted.withLock { $0.taken }
    return (
      events.filter { $0.sequence < standing?.event.sequence ?? .max && !taken.contains($0.sequence) }, standing
    )
  }

  private func transformed(_ event: SequencedEvent) throws -> SequencedEvent {
    guard let transform = configuration.transform else { return event }
    var event = event
    event.event = try transform(event.event)
    return event
  }

  private func acknowledge(through sequence: Int64) async throws {
    try await store.acknowledgeOutbox(through: sequence)
    diverted.withLock { diverted in
      diverted.taken = diverted.taken.filter { $0 > sequence }
      diverted.failed = diverted.failed.filter { $0 > sequence }
    }
  }
}
