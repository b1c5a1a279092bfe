import Synchronization

/// Brings a source's events to a target: each at least once, and acknowledged only when the target has it for good.
///
/// ```swift
/// import MillraceWorkflow
/// func startRuns(for source: any EventSource, engine: WorkflowEngine, store: any RunStore) async throws {
///   let runner = ConnectorRunner(
///     "orders", source, target: .runs(of: "ship", by: engine, connector: "orders"),
///     deadLetters: DeadLetters(of: "orders", store: store))
///   try await runner.run()  // until its task is cancelled
/// }
/// ```
///
/// - **What will pass** (the engine's queue is full, the store is locked, a server does not answer) is waited for: meanwhile nothing more is taken from the source.
/// - **What will not** (an event that no attempt of the policy helps, or that is none) goes to the dead letters, is reported, and does not keep others.
/// - **Another try.** Dead letters that somebody wants to be tried again (``DeadLetters/retry(_:)``) are offered again, out of order.
/// - **Order.** Events with one key are accepted one after the other, others at the same time.
public final class ConnectorRunner: Sendable {
  public struct Configuration: Sendable {
    /// The most events in hand.
    public var limit = 100
    /// Of what is wrong with one event. What will pass is not counted.
    public var retry: RetryPolicy = {
      var retry = RetryPolicy()
      retry.attempts = 5
      return retry
    }()
    /// How often it asks for dead letters that somebody wants to be tried again. Positive.
    public var letterPeriod = Duration.seconds(1)
    public var wallClock: any WallClock = SystemWallClock()
    /// Where delays after failures get their chance from.
    public var random: @Sendable () -> any RandomNumberGenerator = { SystemRandomNumberGenerator() }
    /// Told what becomes of events.
    public var report: (@Sendable (ConnectorReport) -> Void)?

    public init() {}
  }

  public let name: String
  private let source: any EventSource
  private let consumer: StreamConsumer
  private let target: EventTarget
  private let deadLetters: DeadLetters
  private let configuration: Configuration
  private let state = Mutex(State())

  private struct State {
    var status = ConnectorStatus()
    var subscription: (any EventSubscription)?
  }

  /// - Parameters:
  ///   - name: of the connector, and by default of its group.
  ///   - consumer: nil: the only one of the group `name`.
  public init(
    _ name: String, _ source: any EventSource, as consumer: StreamConsumer? = nil, target: EventTarget,
    deadLetters: DeadLetters, configuration: Configuration = Configuration()
  ) {
    precondition(configuration.limit > 0, "ConnectorRunner: a positive limit is expected; found \(configuration.limit)")
    precondition(
      configuration.letterPeriod > .zero,
      "ConnectorRunner: a positive letterPeriod is expected; found \(configuration.letterPeriod)")
    self.name = name
    self.source = source
    self.consumer = consumer ?? StreamConsumer(name)
    self.target = target
    self.deadLetters = deadLetters
    self.configuration = configuration
  }

  /// What it has done so far. Any thread.
  public var status: ConnectorStatus { state.withLock { $0.status } }

  /// How many events it is behind; nil where the source cannot tell, or is not reached.
  public func lag() async throws -> Int? { try await state.withLock { $0.subscription }?.lag() }

  /// Works until its task is cancelled. One task at a time.
  ///
  /// - Throws: `CancellationError`; ``WorkflowError/Code/shutDown`` when the engine, or the stream, has ended. All else is tried again, later and later.
  public func run() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await self.untilCancelled { try await self.consume(succeeded: $0) } }
      group.addTask { try await self.untilCancelled { try await self.readLetters(succeeded: $0) } }
      try await group.next()
    }
  }

  /// Does something that never ends by itself, again when it has failed, later and later.
  private func untilCancelled(_ work: (_ succeeded: () -> Void) async throws -> Void) async throws {
    var generator = configuration.random()
    var failures = 0
    while true {
      do {
        try await work { failures = 0 }
      } catch let error as WorkflowError where error.code == .shutDown {
        throw error
      } catch {
        // Somebody else's cancellation is a failure like any other.
        try Task.checkCancellation()
        failures += 1
        report(.troubled("\(error)"))
        try await configuration.wallClock.sleep(
          for: configuration.retry.delay(afterAttempt: failures, using: &generator))
      }
    }
  }

  /// One subscription, until something fails.
  private func consume(succeeded: () -> Void) async throws {
    let subscription = try await source.subscribe(consumer)
    state.withLock { $0.subscription = subscription }
    do {
      while true {
        let page = try await subscription.next(limit: configuration.limit)
        try await settle(page)
        do {
          try await subscription.acknowledge(page.count)
        } catch let error as WorkflowError where error.code == .heldElsewhere {
          // They come again, and the target knows them.
          continue
        }
        succeeded()
      }
    } catch {
      state.withLock { $0.subscription = nil }
      await subscription.close()
      throw error
    }
  }

  // MARK: Events

  /// Returns when all events are accepted, or dead.
  private func settle(_ page: [SourceEvent]) async throws {
    let chains = Dictionary(grouping: page, by: \.event.key).values
    try await withThrowingTaskGroup(of: Void.self) { group in
      for chain in chains { group.addTask { for event in chain { try await self.settle(event) } } }
      try await group.waitForAll()
    }
  }

  private func settle(_ event: SourceEvent) async throws {
    let fault = if let fault = event.fault { fault } else { try await offer(event) }
    guard let fault else { return }
    try await deadLetters.add(
      DeadLetters.Letter(
        connector: name, event: event.event, place: event.place, reason: fault, diedAt: configuration.wallClock.now))
    state.withLock { $0.status.dead += 1 }
    report(.died(event, fault))
  }

  /// - Returns: why the target will never take it; nil: it has.
  private func offer(_ event: SourceEvent) async throws -> String? {
    var generator = configuration.random()
    var (failures, waits) = (0, 0)
    while true {
      do {
        try await target.accept(event.event)
        state.withLock { $0.status.accepted += 1 }
        report(.accepted(event))
        return nil
      } catch let error as WorkflowError where error.code == .shutDown {
        throw error
      } catch {
        try Task.checkCancellation()
        let delay: Duration
        switch Self.prospect(of: error) {
        case .passes:
          waits += 1
          if waits == 1 { report(.waits(event, "\(error)")) }
          delay = configuration.retry.delay(afterAttempt: waits, using: &generator)
        case .final: return "\(error)"
        case .unknown:
          failures += 1
          let isNamed = (error as? TaskFailure).map { configuration.retry.nonRetryable.contains($0.code) } ?? false
          if failures >= configuration.retry.attempts || isNamed { return "\(error)" }
          delay = configuration.retry.delay(afterAttempt: failures, using: &generator)
        }
        try await configuration.wallClock.sleep(for: max(delay, (error as? TaskFailure)?.retryAfter ?? .zero))
      }
    }
  }

  private enum Prospect {
    /// It is not the event's fault.
    case passes
    /// Another attempt may help.
    case unknown
    case final
  }

  private static func prospect(of error: any Error) -> Prospect {
    switch error {
    case let error as WorkflowError:
      switch error.code {
      case .full, .heldElsewhere, .storeUnavailable, .unreachable: .passes
      case .boundExceeded, .impossible, .invalidInput, .invalidJSON, .tooLarge: .final
      default: .unknown
      }
    case let failure as TaskFailure: failure.isRetryable ? .unknown : .final
    default: .unknown
    }
  }

  // MARK: Dead letters

  /// Offers those again that somebody wants to be.
  private func readLetters(succeeded: () -> Void) async throws {
    while true {
      for letter in try await deadLetters.wanted(limit: configuration.limit) where consumer.takes(key: letter.event.key)
      {
        let event = SourceEvent(letter.event, place: letter.place)
        let reason = try await offer(event)
        try await deadLetters.offered(letter, reason: reason, at: configuration.wallClock.now)
        if let reason { report(.died(event, reason)) }
      }
      succeeded()
      try await configuration.wallClock.sleep(for: configuration.letterPeriod)
    }
  }

  private func report(_ kind: ConnectorReport.Kind) {
    if case .troubled = kind { state.withLock { $0.status.troubles += 1 } }
    configuration.report?(ConnectorReport(connector: name, kind: kind))
  }
}

/// Numbers of a connector since its process began: for metrics.
public struct ConnectorStatus: Sendable, Hashable {
  /// Events that the target has, those included that it had before.
  public var accepted = 0
  /// Events that are dead letters.
  public var dead = 0
  /// How often it could not work.
  public var troubles = 0

  public init() {}
}

/// What a connector has done.
public struct ConnectorReport: Sendable {
  public enum Kind: Sendable, Hashable {
    case accepted(SourceEvent)
    /// The target does not take it at the moment, for this reason; it is offered again until it does.
    case waits(SourceEvent, String)
    /// It is a dead letter, for this reason.
    case died(SourceEvent, String)
    /// The source, or the store, could not be used; it will be tried again.
    case troubled(String)
  }

  public var connector: String
  public var kind: Kind

  public init(connector: String, kind: Kind) {
    self.connector = connector
    self.kind = kind
  }
}
