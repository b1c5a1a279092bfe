#if NATS || Kafka
  import MillraceWorkflow

  /// What a client's library has of a member of a group: called by one thread, one call after the other.
  protocol PolledSession: AnyObject, Sendable {
    /// Waits for a moment only.
    func poll(limit: Int) throws -> [SourceEvent]
    func acknowledge(_ count: Int) throws
    var lag: Int? { get }
    func close()
  }

  /// A subscription at a broker, which is asked again and again, on a thread that may block.
  final class PolledSubscription<Session: PolledSession>: EventSubscription {
    private let session: Session
    private let calls: BlockingCalls
    private let end = SubscriptionEnd()

    init(_ open: @escaping @Sendable () throws -> Session) async throws {
      calls = BlockingCalls()
      session = try await calls.run(open)
    }

    func next(limit: Int) async throws -> [SourceEvent] {
      try await end.orElse { [session, calls] in
        while true {
          try Task.checkCancellation()
          let events = try await calls.run { try session.poll(limit: limit) }
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
#endif
