#if Kafka
  import CKafka
  import MillraceWorkflow

  /// A member of a consumer group, and the messages in hand.
  ///
  // SAFETY: its pointer is used by one call after the other, which `BlockingCalls` sees to; none outlives `close`.
  @safe final class KafkaSession: PolledSession, @unchecked Sendable {
    private let topic: String
    private var kafka: OpaquePointer?
    /// Counted up while the library is polled.
    private let rebalances: UnsafeMutablePointer<Int32>
    private var inHand: [(event: SourceEvent, partition: Int32, offset: Int64)] = []

    init(topic: String, settings: [String: String]) throws {
      self.topic = topic
      unsafe rebalances = .allocate(capacity: 1)
      unsafe rebalances.initialize(to: 0)
      unsafe kafka = try KafkaClient.make(RD_KAFKA_CONSUMER, settings, rebalances: rebalances)
      do {
        try check(unsafe millrace_kafka_check_topic(kafka!, topic, 10_000))
        unsafe rd_kafka_poll_set_consumer(kafka)
        let topics = unsafe rd_kafka_topic_partition_list_new(1)
        defer { unsafe rd_kafka_topic_partition_list_destroy(topics) }
        unsafe rd_kafka_topic_partition_list_add(topics, topic, RD_KAFKA_PARTITION_UA)
        try check(unsafe rd_kafka_subscribe(kafka, topics))
      } catch {
        close()
        throw error
      }
    }

    deinit {
      close()
      unsafe rebalances.deallocate()
    }

    /// The first waits for half a second, those that are there already come with it.
    func poll(limit: Int) throws -> [SourceEvent] {
      guard unsafe kafka != nil else { return [] }
      if inHand.isEmpty {
        var wait: Int32 = 500
        var dealt = unsafe rebalances.pointee
        while inHand.count < limit, let message = unsafe rd_kafka_consumer_poll(kafka, wait) {
          if unsafe rebalances.pointee != dealt {
            // What came before is given out anew, from where the group has committed.
            dealt = unsafe rebalances.pointee
            inHand = []
          }
          defer { unsafe rd_kafka_message_destroy(message) }
          switch unsafe message.pointee.err {
          case RD_KAFKA_RESP_ERR_NO_ERROR:
            let (partition, offset) = unsafe (message.pointee.partition, message.pointee.offset)
            unsafe inHand.append((event(message), partition, offset))
            wait = 0
          case RD_KAFKA_RESP_ERR__PARTITION_EOF, RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
            // The library goes on by itself when they are there again.
            continue
          case let error: if inHand.isEmpty { try check(error) }
          }
        }
        if unsafe rebalances.pointee != dealt { inHand = [] }
      }
      return inHand.prefix(limit).map(\.event)
    }

    private func event(_ message: UnsafeMutablePointer<rd_kafka_message_t>) -> SourceEvent {
      let (partition, offset) = unsafe (message.pointee.partition, message.pointee.offset)
      var length = 0
      let id = unsafe millrace_kafka_header(message, "millrace-id", &length).map { start in
        unsafe String(decoding: UnsafeRawBufferPointer(start: start, count: length), as: UTF8.self)
      }
      let key = unsafe message.pointee.key.map { start in
        unsafe String(
          decoding: UnsafeRawBufferPointer(start: start, count: message.pointee.key_len), as: UTF8.self)
      }
      let bytes = unsafe [UInt8](UnsafeRawBufferPointer(start: message.pointee.payload, count: message.pointee.len))
      let event = OutboxEvent(
        id: id ?? "\(topic)/\(partition)/\(offset)", topic: topic, key: key ?? "\(partition)", payload: Payload(bytes))
      return SourceEvent(event, place: "topic \(topic), partition \(partition), offset \(offset)")
    }

    func acknowledge(_ count: Int) throws {
      guard let kafka = unsafe kafka else { return }
      let next = Dictionary(inHand.prefix(count).map { ($0.partition, $0.offset + 1) }) { max($0, $1) }
      let offsets = unsafe rd_kafka_topic_partition_list_new(Int32(next.count))
      defer { unsafe rd_kafka_topic_partition_list_destroy(offsets) }
      for (partition, offset) in next {
        unsafe rd_kafka_topic_partition_list_add(offsets, topic, partition).pointee.offset = offset
      }
      let error = unsafe rd_kafka_commit(kafka, offsets, 0)
      if Self.dealtAnew.contains(error) {
        // Who has the partition now gets it from the brokers.
        inHand = []
        throw WorkflowError(
          .heldElsewhere, "the group's partitions are dealt out anew: what was in hand comes again",
          at: "topic \(topic)")
      }
      try check(error)
      inHand.removeFirst(min(count, inHand.count))
    }

    private static let dealtAnew = [
      RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS,
      RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID,
    ]

    var lag: Int? {
      guard let kafka = unsafe kafka else { return nil }
      let lag = unsafe millrace_kafka_lag(kafka, 5000)
      return lag < 0 ? nil : Int(lag)
    }

    /// Leaves the group: its partitions go to others at once.
    func close() {
      inHand = []
      guard let kafka = unsafe kafka else { return }
      unsafe rd_kafka_consumer_close(kafka)
      unsafe rd_kafka_destroy(kafka)
      unsafe self.kafka = nil
    }

    private func check(_ error: rd_kafka_resp_err_t) throws {
      if error != RD_KAFKA_RESP_ERR_NO_ERROR { throw KafkaClient.trouble(error, at: "topic \(topic)") }
    }
  }

  enum KafkaClient {
    /// - Throws: ``WorkflowError/Code/invalidDefinition`` for a setting that is none.
    ///
    /// - Parameter rebalances: of a consumer.
    static func make(
      _ type: rd_kafka_type_t, _ settings: [String: String], rebalances: UnsafeMutablePointer<Int32>? = nil
    ) throws -> OpaquePointer {
      let configuration = unsafe rd_kafka_conf_new()!
      var message = [CChar](repeating: 0, count: 512)
      /// What the library says, which may be a setting's value.
      func text() -> String {
        let said = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return settings.reduce(said) { said, setting in
          let isSecret = setting.key.contains(/password|secret|token|pem|jaas|oauthbearer\.config/)
          return isSecret && !setting.value.isEmpty ? said.replacing(setting.value, with: "•••") : said
        }
      }
      for (name, value) in settings {
        let result = unsafe rd_kafka_conf_set(configuration, name, value, &message, message.count)
        guard result == RD_KAFKA_CONF_OK else {
          unsafe rd_kafka_conf_destroy(configuration)
          throw WorkflowError(.invalidDefinition, text(), at: "setting \(name)")
        }
      }
      unsafe millrace_kafka_set_callbacks(configuration, rebalances)
      // It owns the configuration when it is made.
      guard let kafka = unsafe rd_kafka_new(type, configuration, &message, message.count) else {
        unsafe rd_kafka_conf_destroy(configuration)
        throw WorkflowError(.unreachable, text())
      }
      return unsafe kafka
    }

    static func trouble(_ error: rd_kafka_resp_err_t, at place: String) -> WorkflowError {
      WorkflowError(.unreachable, unsafe String(cString: rd_kafka_err2str(error)), at: place)
    }
  }
#endif
