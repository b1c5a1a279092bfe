#if NATS
  import CNATS
  import Foundation
  import MillraceWorkflow

  /// Messages of a stream of NATS JetStream as a source.
  ///
  /// ```swift
  /// import MillraceConnectors
  /// let orders = NATSSource(url: "nats://localhost:4222", stream: "ORDERS", subject: "orders.*")
  /// ```
  ///
  /// A group is a durable pull consumer of the server, which deals messages out to those of the group as they ask, and remembers what was acknowledged. Messages of one subject keep their order as long as the group has one consumer.
  ///
  /// The event's id is the header `Nats-Msg-Id`, or without one the stream with the message's number; its key the header `Millrace-Key`, or the subject; its topic the subject.
  public struct NATSSource: EventSource {
    private let url: String
    private let stream: String
    private let subject: String
    private let acknowledgementTime: Duration

    /// - Parameters:
    ///   - url: of one server or, with commas between, several; with user and password if need be.
    ///   - subject: of messages; `*` stands for one part, `>` for the rest.
    ///   - acknowledgementTime: what a consumer that has died had in hand comes to another after this. Longer than an event takes.
    public init(url: String, stream: String, subject: String, acknowledgementTime: Duration = .seconds(60)) {
      precondition(
        acknowledgementTime > .zero, "NATSSource: a positive time is expected; found \(acknowledgementTime)")
      self.url = url
      self.stream = stream
      self.subject = subject
      self.acknowledgementTime = acknowledgementTime
    }

    public var keepsOrder: Bool { false }

    public func subscribe(_ consumer: StreamConsumer) async throws -> any EventSubscription {
      let durable = Self.durable(consumer.group)
      let (url, stream, subject) = (url, stream, subject)
      let nanoseconds = Int64(acknowledgementTime / .nanoseconds(1))
      let calls = BlockingCalls()
      let session = try await calls.run {
        try NATSSession(
          url: url, stream: stream, subject: subject, durable: durable, acknowledgementNanoseconds: nanoseconds)
      }
      return Subscription(session, calls)
    }

    /// Makes the stream, with this subject, if it is not there.
    public func makeStream() async throws {
      let (url, stream, subject) = (url, stream, subject)
      try await BlockingCalls().run {
        let status = unsafe millrace_nats_make_stream(url, stream, subject)
        guard status == NATS_OK else { throw NATSTrouble.error(status, at: NATSTrouble.shown(url)) }
      }
    }

    /// A group's name as the server takes it: without spaces, dots, wildcards and slashes.
    static func durable(_ group: String) -> String {
      group.wholeMatch(of: /[A-Za-z0-9_-]+/) == nil ? "g\("\(ContentHash(of: group.utf8))".prefix(32))" : group
    }

    private final class Subscription: EventSubscription {
      private let session: NATSSession
      private let calls: BlockingCalls
      private let end = SubscriptionEnd()

      init(_ session: NATSSession, _ calls: BlockingCalls) { (self.session, self.calls) = (session, calls) }

      func next(limit: Int) async throws -> [SourceEvent] {
        try await end.orElse { [session, calls] in
          while true {
            try Task.checkCancellation()
            let events = try await calls.run { try session.fetch(limit: limit) }
            if !events.isEmpty { return events }
          }
        }
      }

      func acknowledge(_ count: Int) async throws {
        try end.check()
        try await calls.run { [session] in try session.acknowledge(count) }
      }

      func lag() async throws -> Int? { try await calls.run { [session] in session.lag } }

      func close() async {
        guard end.come() else { return }
        try? await calls.run { [session] in session.close() }
      }
    }
  }
#endif
