/// Events by topic, kept until all who want them have had them. Every stream must pass `EventStreamConformance` of `MillraceTesting`, whose cases name the clauses below.
///
/// 1. **Order.** Offsets ascend in the order of appends; an append is stored as a whole or not at all, in the order given.
/// 2. **Ids.** While an event is kept, another of the topic with its id is not stored: it is answered with the first one's offset. So who is not sure may append again.
/// 3. **Shards.** A group of consumers with n shards gets every event in exactly one of them, chosen by a stable hash of the event's key: so events with one key stay in order.
/// 4. **Positions.** Reading starts after what the consumer has acknowledged, and does not change that: what is not acknowledged comes again. A new group starts with the oldest event that is kept. A group
///   that changes its number of shards starts where the shard that was least far was; nothing is lost, some may come again.
/// 5. **Replay.** A position can be set back as far as events are kept.
/// 6. **Bound.** A topic keeps at most as many events as the stream's capacity. When it is full, the oldest go, but none that a group has yet to acknowledge: then appending waits, or is refused.
///   A topic that nobody consumes keeps the latest.
/// 7. **Deleted events are gone**: after ``removeEvents(withIDsBeginning:)`` they can neither be read nor found in the stream's files. Consumers pass over them; others' offsets stay.
/// 8. **Trouble is thrown** as a ``WorkflowError``; a closed stream says ``WorkflowError/Code/shutDown``, also to those that wait.
///
/// Any thread or task may call, at any time; calls never block a worker of an executor for longer than a moment.
public protocol EventStream: Sendable {
  /// - Parameter whenFull: wait until there is room, or throw ``WorkflowError/Code/full``.
  /// - Returns: the events' offsets, in the order given.
  /// - Throws: ``WorkflowError/Code/tooLarge`` for more events of a topic than fit into an empty one; `CancellationError` when the task is cancelled while it waits. Nothing is stored then.
  func append(_ events: [OutboxEvent], whenFull: FullPolicy) async throws -> [Int64]

  /// Looks at events after an offset, and gives those of the consumer's shard.
  ///
  /// - Parameters:
  ///   - offset: nil: what the consumer has acknowledged.
  ///   - limit: the most events to look at.
  func read(_ topic: String, by consumer: StreamConsumer, after offset: Int64?, limit: Int) async throws -> StreamPage

  /// Returns when the topic has an event after an offset.
  func waitForEvents(_ topic: String, after offset: Int64) async throws

  /// The consumer wants nothing up to and including an offset any more. Without effect for one below its position.
  func acknowledge(_ topic: String, by consumer: StreamConsumer, through offset: Int64) async throws

  /// Sets a consumer's position: its next event is the first after it that is kept.
  func rewind(_ topic: String, by consumer: StreamConsumer, to offset: Int64) async throws

  /// Who consumes a topic, and how far, by name and shard.
  func consumers(of topic: String) async throws -> [ConsumerPosition]

  /// A group that will not come again: nothing is kept for it any more.
  func removeGroup(_ group: String, of topic: String) async throws

  /// Deletes events of all topics by the beginning of their ids: those of a run have ids that begin with the run's and a slash.
  ///
  /// - Returns: how many.
  @discardableResult
  func removeEvents(withIDsBeginning beginning: String) async throws -> Int

  func close() async throws
}

/// One of a group that shares a topic's events among its shards.
public struct StreamConsumer: Sendable, Hashable {
  /// Its name: where it is, is kept under it.
  public let group: String
  public let shard: Int
  public let shardCount: Int

  /// - Precondition: 0 ≤ shard < shardCount.
  public init(_ group: String, shard: Int = 0, of shardCount: Int = 1) {
    precondition(
      shard >= 0 && shard < shardCount, "StreamConsumer: a shard of \(shardCount) is expected, from 0; found \(shard)")
    self.group = group
    self.shard = shard
    self.shardCount = shardCount
  }

  /// Whether events with this key are its own.
  public func takes(key: String) -> Bool { takes(keyHash: ContentHash(of: key.utf8).shardHash) }

  /// As ``takes(key:)``, for the key's ``ContentHash/shardHash``: never negative, so that its remainder is a shard.
  public func takes(keyHash: UInt32) -> Bool { shardCount == 1 || Int(keyHash) % shardCount == shard }
}

public struct StreamedEvent: Sendable, Hashable {
  public var offset: Int64
  public var event: OutboxEvent

  public init(offset: Int64, event: OutboxEvent) {
    self.offset = offset
    self.event = event
  }
}

public struct StreamPage: Sendable, Hashable {
  public var events: [StreamedEvent]
  /// All up to here has been looked at; those that are not among ``events`` are of other shards.
  public var through: Int64

  public init(events: [StreamedEvent], through: Int64) {
    self.events = events
    self.through = through
  }
}

public struct ConsumerPosition: Sendable, Hashable {
  public var consumer: StreamConsumer
  /// Acknowledged.
  public var offset: Int64
  /// Events of the topic after it, of all shards.
  public var lag: Int

  public init(consumer: StreamConsumer, offset: Int64, lag: Int) {
    self.consumer = consumer
    self.offset = offset
    self.lag = lag
  }
}

extension EventStream {
  /// Hands each event to `body`, in order, and acknowledges it when `body` has returned: so that each comes at least once, also after a crash.
  ///
  /// Goes on until the task is cancelled, or `body` or the stream throws.
  public func consume(
    _ topic: String, by consumer: StreamConsumer, limit: Int = 100, _ body: (StreamedEvent) async throws -> Void
  ) async throws {
    var page = try await read(topic, by: consumer, after: nil, limit: limit)
    while true {
      for event in page.events {
        try Task.checkCancellation()
        try await body(event)
        try await acknowledge(topic, by: consumer, through: event.offset)
      }
      try await acknowledge(topic, by: consumer, through: page.through)
      try await waitForEvents(topic, after: page.through)
      page = try await read(topic, by: consumer, after: page.through, limit: limit)
    }
  }
}
