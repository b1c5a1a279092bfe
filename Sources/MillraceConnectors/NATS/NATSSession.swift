#if NATS
  import CNATS
  import MillraceWorkflow

  /// A connection with a pull consumer, and the messages in hand.
  ///
  // SAFETY: its pointers are used by one call after the other, which `BlockingCalls` sees to; none outlives `close`.
  @safe final class NATSSession: PolledSession, @unchecked Sendable {
    private let place: String
    private let stream: String
    private let durable: String
    private var connection: OpaquePointer?
    private var context: OpaquePointer?
    private var subscription: OpaquePointer?
    private var inHand: [Message] = []

    /// A message that was not acknowledged.
    // SAFETY: `pointer` is destroyed by whoever takes it out of `inHand`, once.
    @safe private struct Message {
      let event: SourceEvent
      private let pointer: OpaquePointer

      init(_ pointer: OpaquePointer, _ event: SourceEvent) {
        self.event = event
        unsafe self.pointer = unsafe pointer
      }

      func acknowledge() -> natsStatus { unsafe natsMsg_AckSync(pointer, nil, nil) }
      func giveBack() { _ = unsafe natsMsg_Nak(pointer, nil) }
      func destroy() { unsafe natsMsg_Destroy(pointer) }
    }

    init(
      _ server: NATSAddress, stream: String, subject: String, durable: String, acknowledgementNanoseconds: Int64
    ) throws {
      place = "\(server.place), stream \(stream)"
      self.stream = stream
      self.durable = durable
      let status = unsafe millrace_nats_subscribe(
        &connection, &context, &subscription, server.url, server.user, server.password, stream, subject, durable,
        acknowledgementNanoseconds)
      guard status == NATS_OK else {
        let error = NATSTrouble.error(status, at: place, connecting: server)
        close()
        throw error
      }
    }

    deinit { close() }

    func poll(limit: Int) throws -> [SourceEvent] {
      guard let subscription = unsafe subscription else { return [] }
      if inHand.isEmpty {
        var list = unsafe natsMsgList()
        let status = unsafe millrace_nats_fetch(&list, subscription, Int32(clamping: limit), 500)
        for index in unsafe 0..<list.Count {
          guard let message = unsafe millrace_nats_message(&list, index) else { continue }
          unsafe inHand.append(Message(message, event(message)))
        }
        // Messages are kept one by one.
        unsafe list.Count = 0
        unsafe natsMsgList_Destroy(&list)
        guard status == NATS_OK || !inHand.isEmpty else { throw NATSTrouble.error(status, at: place) }
      }
      return inHand.prefix(limit).map(\.event)
    }

    private func event(_ message: OpaquePointer) -> SourceEvent {
      let sequence = unsafe millrace_nats_sequence(message)
      let subject = unsafe String(cString: natsMsg_GetSubject(message))
      let count = unsafe Int(natsMsg_GetDataLength(message))
      let bytes = unsafe [UInt8](UnsafeRawBufferPointer(start: natsMsg_GetData(message), count: count))
      let event = unsafe OutboxEvent(
        id: header("Nats-Msg-Id", message) ?? "\(stream)/\(sequence)", topic: subject,
        key: header("Millrace-Key", message) ?? subject, payload: Payload(bytes))
      return SourceEvent(event, place: "\(place), message \(sequence)")
    }

    private func header(_ name: String, _ message: OpaquePointer) -> String? {
      var value: UnsafePointer<CChar>?
      guard unsafe natsMsgHeader_Get(message, name, &value) == NATS_OK, let value = unsafe value else { return nil }
      return unsafe String(cString: value)
    }

    func acknowledge(_ count: Int) throws {
      for message in inHand.prefix(count) {
        let status = message.acknowledge()
        guard status == NATS_OK else { throw NATSTrouble.error(status, at: place) }
        inHand.removeFirst()
        message.destroy()
      }
    }

    var lag: Int? {
      guard let context = unsafe context else { return nil }
      let lag = unsafe millrace_nats_lag(context, stream, durable)
      return lag < 0 ? nil : Int(lag)
    }

    /// Gives back what is in hand: the server need not wait for it.
    func close() {
      for message in inHand {
        message.giveBack()
        message.destroy()
      }
      inHand = []
      unsafe natsConnection_FlushTimeout(connection, 1000)
      unsafe natsSubscription_Destroy(subscription)
      unsafe jsCtx_Destroy(context)
      unsafe natsConnection_Destroy(connection)
      unsafe (connection, context, subscription) = (nil, nil, nil)
    }
  }

  /// Where a server is, and who wants to use it.
  struct NATSAddress: Sendable {
    let url: String
    /// nil: who the URL says.
    let user: String?
    /// nil: `user` is a token.
    let password: String?

    /// - Parameter credentials: `user:password`, or a token.
    init(_ url: String, _ credentials: Secret? = nil) {
      let parts = credentials?.revealed.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      self.url = url
      user = parts.map { String($0[0]) }
      password = parts.flatMap { $0.count > 1 ? String($0[1]) : nil }
    }

    /// For people.
    var place: String { ShownURL.text(url) }
  }

  /// What the client says, in words.
  enum NATSTrouble {
    /// - Parameter server: the trouble is with getting there.
    static func error(_ status: natsStatus, at place: String, connecting server: NATSAddress? = nil) -> WorkflowError {
      let text = unsafe String(cString: natsStatus_GetText(status))
      // Of a URL that it cannot read, the client may say a part of the password.
      let isOpen = server?.url.contains("@") != true
      let more = isOpen ? unsafe nats_GetLastError(nil).map { unsafe String(cString: $0) } ?? "" : ""
      return WorkflowError(.unreachable, more.isEmpty || more == text ? text : "\(text): \(more)", at: place)
    }
  }
#endif
