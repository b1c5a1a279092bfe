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
    private let credentials: (@Sendable () async throws -> Secret)?

    /// - Parameters:
    ///   - url: of one server or, with commas between, several.
    ///   - subject: of messages; `*` stands for one part, `>` for the rest.
    ///   - acknowledgementTime: what a consumer that has died had in hand comes to another after this. Longer than an event takes.
    ///   - credentials: `user:password`, or a token; asked for whenever somebody subscribes.
    public init(
      url: String, stream: String, subject: String, acknowledgementTime: Duration = .seconds(60),
      credentials: (@Sendable () async throws -> Secret)? = nil
    ) {
      precondition(
        acknowledgementTime > .zero, "NATSSource: a positive time is expected; found \(acknowledgementTime)")
      self.url = url
      self.stream = stream
      self.subject = subject
      self.acknowledgementTime = acknowledgementTime
      self.credentials = credentials
    }

    public var keepsOrder: Bool { false }

    public func subscribe(_ consumer: StreamConsumer) async throws -> any EventSubscription {
      let durable = Self.durable(consumer.group)
      let (server, stream, subject) = (try await address(), stream, subject)
      let nanoseconds = Int64(acknowledgementTime / .nanoseconds(1))
      return try await PolledSubscription {
        try NATSSession(
          server, stream: stream, subject: subject, durable: durable, acknowledgementNanoseconds: nanoseconds)
      }
    }

    /// Makes the stream, with this subject, if it is not there.
    public func makeStream() async throws {
      let (server, stream, subject) = (try await address(), stream, subject)
      try await BlockingCalls().run {
        let status = unsafe millrace_nats_make_stream(server.url, server.user, server.password, stream, subject)
        guard status == NATS_OK else { throw NATSTrouble.error(status, at: server.place, connecting: server) }
      }
    }

    private func address() async throws -> NATSAddress { NATSAddress(url, try await credentials?()) }

    /// A group's name as the server takes it: without spaces, dots, wildcards and slashes.
    static func durable(_ group: String) -> String {
      group.wholeMatch(of: /[A-Za-z0-9_-]+/) == nil ? "g\("\(ContentHash(of: group.utf8))".prefix(32))" : group
    }
  }
#endif
