#if Kafka
  import CKafka
  import MillraceWorkflow
  import Synchronization

  /// Produces events to Kafka: to a topic, with their keys, and their ids as the header `millrace-id`.
  ///
  /// All in-sync replicas have an event when it counts as sent; what the library sends again itself is not there twice.
  public final class KafkaSink: EventSink {
    private let settings: [String: String]
    private let topic: String?
    private let calls = BlockingCalls()
    private let producer = Mutex<Producer?>(nil)

    // SAFETY: its pointer is used by one call after the other, which `BlockingCalls` sees to.
    @safe private final class Producer: @unchecked Sendable {
      private let kafka: OpaquePointer

      init(_ settings: [String: String]) throws { unsafe kafka = try KafkaClient.make(RD_KAFKA_PRODUCER, settings) }

      deinit {
        unsafe rd_kafka_purge(kafka, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
        unsafe rd_kafka_destroy(kafka)
      }

      func send(_ events: [OutboxEvent], to topic: String?) throws {
        // Written to until all messages are delivered, or purged.
        let results = UnsafeMutableBufferPointer<rd_kafka_resp_err_t>.allocate(capacity: events.count)
        unsafe results.initialize(repeating: RD_KAFKA_RESP_ERR__MSG_TIMED_OUT)
        defer { unsafe results.deallocate() }
        for (index, event) in events.enumerated() {
          let error = unsafe event.payload.bytes.withUnsafeBytes { bytes in
            unsafe millrace_kafka_produce(
              kafka, topic ?? event.topic, event.id, event.key, bytes.baseAddress, bytes.count,
              results.baseAddress! + index)
          }
          if error != RD_KAFKA_RESP_ERR_NO_ERROR { unsafe results[index] = error }
        }
        if unsafe rd_kafka_flush(kafka, 30_000) != RD_KAFKA_RESP_ERR_NO_ERROR {
          unsafe rd_kafka_purge(kafka, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
          unsafe rd_kafka_flush(kafka, 1000)
        }
        for (index, event) in events.enumerated() {
          let error = unsafe results[index]
          if error == RD_KAFKA_RESP_ERR_NO_ERROR { continue }
          let place = "topic \(topic ?? event.topic)"
          if error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE {
            throw WorkflowError(.tooLarge, "the event is larger than the brokers take", at: place)
          }
          throw KafkaClient.trouble(error, at: place)
        }
      }
    }

    /// - Parameters:
    ///   - topic: nil: events' topics.
    ///   - settings: of librdkafka, by name.
    public init(brokers: String, topic: String? = nil, settings: [String: String] = [:]) {
      self.topic = topic
      self.settings = settings.merging(["bootstrap.servers": brokers, "enable.idempotence": "true"]) { _, own in own }
    }

    public func send(_ events: [OutboxEvent]) async throws {
      guard !events.isEmpty else { return }
      try await calls.run { [self] in
        let producer = try producer.withLock { producer in
          if let producer { return producer }
          let new = try Producer(settings)
          producer = new
          return new
        }
        try producer.send(events, to: topic)
      }
    }
  }
#endif
