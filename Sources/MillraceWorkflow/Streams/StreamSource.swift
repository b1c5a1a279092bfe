import Synchronization

/// A topic of a stream as a source: what other workflows tell, and what webhooks bring.
///
/// ```swift
/// import MillraceWorkflow
/// func firstOrder(_ stream: any EventStream) async throws -> SourceEvent {
///   let subscription = try await StreamSource(stream, topic: "orders").subscribe(StreamConsumer("mailer"))
///   let order = try await subscription.next(limit: 1)[0]
///   try await subscription.acknowledge(1)
///   await subscription.close()
///   return order
/// }
/// ```
public struct StreamSource: EventSource {
  private let stream: any EventStream
  private let topic: String

  public init(_ stream: any EventStream, topic: String) {
    self.stream = stream
    self.topic = topic
  }

  public func subscribe(_ consumer: StreamConsumer) async throws -> any EventSubscription {
    // So that what comes from now on is kept for it.
    _ = try await stream.read(topic, by: consumer, after: nil, limit: 1)
    return Subscription(stream, topic, consumer)
  }

  private final class Subscription: EventSubscription {
    private let stream: any EventStream
    private let topic: String
    private let consumer: StreamConsumer
    private let end = SubscriptionEnd()
    private let inHand = Mutex<[StreamedEvent]>([])

    init(_ stream: any EventStream, _ topic: String, _ consumer: StreamConsumer) {
      (self.stream, self.topic, self.consumer) = (stream, topic, consumer)
    }

    func next(limit: Int) async throws -> [SourceEvent] {
      try await end.orElse { [self] in
        var after: Int64?
        while true {
          let page = try await stream.read(topic, by: consumer, after: after, limit: limit)
          inHand.withLock { $0 = page.events }
          if !page.events.isEmpty {
            return page.events.map { SourceEvent($0.event, place: "topic \"\(topic)\", offset \($0.offset)") }
          }
          // Of others: nobody has to look at them again.
          try await stream.acknowledge(topic, by: consumer, through: page.through)
          if page.through == after ?? -1 { try await stream.waitForEvents(topic, after: page.through) }
          after = page.through
        }
      }
    }

    func acknowledge(_ count: Int) async throws {
      try end.check()
      guard let last = inHand.withLock({ $0.prefix(count).last }) else { return }
      try await stream.acknowledge(topic, by: consumer, through: last.offset)
      inHand.withLock { $0.removeFirst(count) }
    }

    func lag() async throws -> Int? {
      try await stream.consumers(of: topic).first { $0.consumer == consumer }?.lag
    }

    func close() async { end.come() }
  }
}

/// A stream's topic as a sink.
public struct StreamSink: EventSink {
  private let stream: any EventStream
  private let topic: String?

  /// - Parameter topic: of the events there; nil: the one that they come with.
  public init(_ stream: any EventStream, topic: String? = nil) {
    self.stream = stream
    self.topic = topic
  }

  public func send(_ events: [OutboxEvent]) async throws {
    let events = events.map { event in
      var event = event
      event.topic = topic ?? event.topic
      return event
    }
    // Who sends waits better: it knows whom to tell.
    _ = try await stream.append(events, whenFull: .error)
  }
}
