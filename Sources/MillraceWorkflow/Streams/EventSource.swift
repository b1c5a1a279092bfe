/// Where events come from: a topic of a stream, a file that grows, a folder, a table, a broker. Every source must pass `EventSourceConformance` of `MillraceTesting`, whose cases name the clauses below.
///
/// 1. **Exactly one.** Every event reaches exactly one consumer of a group: by a stable hash of its key where the source is a log that each consumer reads for itself, else as the source deals them out. Groups know nothing of each other; a source from which acknowledged events are taken out has one.
/// 2. **At least once.** What was not acknowledged comes again: to the same subscription by its next call; when it was closed, to the next of the group; when its process has died, at the latest after a time that the source names.
/// 3. **Order.** Events with one key come in the order in which the source has them, one consumer after the other; where ``keepsOrder`` is false only as long as the group has one consumer.
/// 4. **Bound.** A subscription has no more events in hand than the limit of its last call. What is not asked for stays in the source.
/// 5. **Ids.** An event has the same id whenever, and to whomever, it comes; two events have different ones.
/// 6. **Resume.** A group goes on after what it has acknowledged, also with another number of consumers, of which some events may come again then. A new group begins with the oldest event that the source has.
/// 7. **Waiting.** Who waits for an event is woken by one, and by the cancellation of its task, by which nothing is lost.
/// 8. **The end.** A closed subscription says ``WorkflowError/Code/shutDown``, also to those that wait.
/// 9. **Lag.** How many events the subscription has not acknowledged, those of other shards included where nothing else can be told cheaply.
/// 10. **Trouble is thrown**: as ``WorkflowError/Code/unreachable`` what another attempt may not meet any more. Acknowledging throws ``WorkflowError/Code/heldElsewhere`` when the group's events are being dealt out anew: they come again, to whomever, and the subscription goes on.
public protocol EventSource: Sendable {
  /// Whether clause 3 holds for groups of several consumers.
  var keepsOrder: Bool { get }

  /// Takes part in a group. A source that deals out events by itself takes the shard as the name of a member only.
  func subscribe(_ consumer: StreamConsumer) async throws -> any EventSubscription
}

extension EventSource {
  public var keepsOrder: Bool { true }
}

/// A consumer's place at a source. One task at a time may call ``next(limit:)`` and ``acknowledge(_:)``, any the rest.
public protocol EventSubscription: Sendable {
  /// Waits until there are events, and gives the oldest that were not acknowledged: at least one, at most `limit`.
  ///
  /// - Throws: `CancellationError`; ``WorkflowError/Code/unreachable``, ``WorkflowError/Code/shutDown``, ``WorkflowError/Code/invalidInput``.
  func next(limit: Int) async throws -> [SourceEvent]

  /// The first so many of what the last ``next(limit:)`` gave are done with, for good when this returns.
  func acknowledge(_ count: Int) async throws

  /// See clause 9; nil where it cannot be told.
  func lag() async throws -> Int?

  /// Gives back what is in hand. A second call does nothing.
  func close() async
}

/// An event as a source gives it.
public struct SourceEvent: Sendable, Hashable {
  public var event: OutboxEvent
  /// Where it is in the source, for people: `orders.jsonl, byte 4096`.
  public var place: String
  /// Why what was found there is no event, of which the payload is then what was found, or its beginning; nil: it is one.
  public var fault: String?

  public init(_ event: OutboxEvent, place: String, fault: String? = nil) {
    self.event = event
    self.place = place
    self.fault = fault
  }
}

/// Where events go: a topic, a server that wants to hear of them, a broker.
public protocol EventSink: Sendable {
  /// Hands on events. When it returns, they are durable there.
  ///
  /// Called again with the same events when it has thrown, or when the process has ended before it was known to have returned: what receives them recognises ids.
  ///
  /// - Throws: ``WorkflowError/Code/unreachable`` and ``WorkflowError/Code/full`` for what will pass; a ``TaskFailure`` for what is wrong with an event.
  func send(_ events: [OutboxEvent]) async throws
}
