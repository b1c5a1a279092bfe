#if Kafka
  import CKafka
  import MillraceWorkflow

  /// Messages of a topic of Kafka as a source.
  ///
  /// ```swift
  /// import MillraceConnectors
  /// let orders = KafkaSource(brokers: "localhost:9092", topic: "orders")
  /// ```
  ///
  /// A group is a consumer group of the brokers, among whose consumers they divide the topic's partitions; what was acknowledged is committed to them. Consumers beyond the number of partitions get nothing.
  ///
  /// The event's id is the header `millrace-id`, or without one topic, partition and offset; its key the message's, or without one the partition.
  public struct KafkaSource: EventSource {
    private let brokers: String
    private let topic: String
    private let settings: [String: String]

    /// - Parameters:
    ///   - brokers: where to begin: `host:port`, with commas between.
    ///   - settings: of librdkafka, by name: security, limits.
    public init(brokers: String, topic: String, settings: [String: String] = [:]) {
      self.brokers = brokers
      self.topic = topic
      self.settings = settings
    }

    public func subscribe(_ consumer: StreamConsumer) async throws -> any EventSubscription {
      let own = [
        "bootstrap.servers": brokers, "group.id": consumer.group, "enable.auto.commit": "false",
        "enable.auto.offset.store": "false", "auto.offset.reset": "earliest",
        "partition.assignment.strategy": "range,roundrobin",
        // Read ahead, for each partition.
        "queued.max.messages.kbytes": "4096",
      ]
      let (topic, settings) = (topic, settings.merging(own) { _, own in own })
      return try await PolledSubscription { try KafkaSession(topic: topic, settings: settings) }
    }
  }
#endif
