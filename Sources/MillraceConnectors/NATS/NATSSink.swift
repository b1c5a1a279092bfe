#if NATS
  import CNATS
  import MillraceWorkflow
  import Synchronization

  /// Publishes events to NATS JetStream: each under a subject, with its id as `Nats-Msg-Id`, by which the server knows for some minutes what comes twice, and its key as `Millrace-Key`.
  public final class NATSSink: EventSink {
    private let url: String
    private let subject: String?
    private let calls = BlockingCalls()
    private let publisher = Mutex<Publisher?>(nil)

    // SAFETY: its pointers are used by one call after the other, which `BlockingCalls` sees to.
    @safe private final class Publisher: @unchecked Sendable {
      private var connection: OpaquePointer?
      private var context: OpaquePointer?

      init(_ url: String) throws {
        var status = unsafe natsConnection_ConnectTo(&connection, url)
        if status == NATS_OK { status = unsafe natsConnection_JetStream(&context, connection, nil) }
        let server = NATSAddress(url)
        guard status == NATS_OK else { throw NATSTrouble.error(status, at: server.place, connecting: server) }
      }

      deinit {
        unsafe jsCtx_Destroy(context)
        unsafe natsConnection_Destroy(connection)
      }

      func publish(_ event: OutboxEvent, to subject: String) throws {
        guard let context = unsafe context else { return }
        let status = unsafe event.payload.bytes.withUnsafeBytes { bytes in
          unsafe bytes.withMemoryRebound(to: CChar.self) { bytes in
            // Without bytes there is no address.
            let none: [CChar] = [0]
            return unsafe none.withUnsafeBufferPointer { none in
              unsafe millrace_nats_publish(
                context, subject, event.id, event.key, bytes.baseAddress ?? none.baseAddress!, Int32(bytes.count))
            }
          }
        }
        guard status == NATS_OK else { throw NATSTrouble.error(status, at: "subject \(subject)") }
      }
    }

    /// - Parameter subject: nil: events' topics.
    public init(url: String, subject: String? = nil) {
      self.url = url
      self.subject = subject
    }

    public func send(_ events: [OutboxEvent]) async throws {
      try await calls.run { [self] in
        do {
          for event in events { try connected().publish(event, to: subject ?? event.topic) }
        } catch {
          // The next call connects anew.
          publisher.withLock { $0 = nil }
          throw error
        }
      }
    }

    private func connected() throws -> Publisher {
      try publisher.withLock { publisher in
        if let publisher { return publisher }
        let new = try Publisher(url)
        publisher = new
        return new
      }
    }
  }
#endif
