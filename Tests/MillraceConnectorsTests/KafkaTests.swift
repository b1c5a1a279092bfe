#if Kafka
  import CKafka
  import MillraceConnectors
  import MillraceTesting
  import MillraceWorkflow
  import Testing

  @Suite struct KafkaTests {
    @Test(arguments: EventSourceConformance.cases)
    func source(_ each: EventSourceConformance.Case) async {
      let failures = await EventSourceConformance { name in try KafkaBench(dies: name.contains("dies")) }.run(each)
      #expect(failures.isEmpty, "\(failures)")
    }

    @Test func whatWasSentIsReadAsItWas() async throws {
      let bench = try KafkaBench(dies: false)
      let event = OutboxEvent(id: "ü/1", topic: "t", key: "é", payload: .empty)
      try await bench.sink.send([event])
      let subscription = try await bench.source.subscribe(StreamConsumer("c"))
      let events = try await subscription.next(limit: 5)
      #expect(events.map(\.event) == [event])
      await subscription.close()
    }

    @Test func troubleIsSaid() async throws {
      func error(_ source: KafkaSource) async -> WorkflowError? {
        do {
          _ = try await source.subscribe(StreamConsumer("c"))
          return nil
        } catch {
          return error as? WorkflowError
        }
      }
      let wrong = await error(KafkaSource(brokers: "127.0.0.1:1", topic: "t", settings: ["no.such": "1"]))
      #expect(wrong?.code == .invalidDefinition)
      #expect(wrong?.place == "setting no.such")
      let bench = try KafkaBench(dies: false)
      let none = await error(KafkaSource(brokers: bench.brokers, topic: ""))
      #expect(none?.code == .unreachable, "\(String(describing: none))")
    }
  }

  /// A cluster of three brokers that librdkafka plays.
  // SAFETY: `cluster` is made here and destroyed with this object; the brokers run on threads of their own, which need no pointer of ours.
  @safe final class KafkaBench: EventSourceBench, @unchecked Sendable {
    let brokers: String
    let sink: KafkaSink
    private let player: OpaquePointer
    private let settings: [String: String]

    init(dies: Bool) throws {
      let configuration = unsafe rd_kafka_conf_new()
      unsafe rd_kafka_conf_set(configuration, "test.mock.num.brokers", "3", nil, 0)
      unsafe rd_kafka_conf_set_log_cb(configuration, nil)
      guard let player = unsafe rd_kafka_new(RD_KAFKA_PRODUCER, configuration, nil, 0),
        let cluster = unsafe rd_kafka_handle_mock_cluster(player)
      else { throw WorkflowError(.unreachable, "librdkafka plays no brokers") }
      unsafe rd_kafka_mock_topic_create(cluster, "t", 8, 1)
      unsafe self.player = player
      brokers = unsafe String(cString: rd_kafka_mock_cluster_bootstraps(cluster))
      // The brokers wait for almost as long as a session may be silent whenever a consumer comes; one that asks for nothing for the poll interval is taken for dead.
      settings = [
        "session.timeout.ms": "3000", "heartbeat.interval.ms": "300",
        "max.poll.interval.ms": dies ? "3000" : "600000",
      ]
      sink = KafkaSink(brokers: brokers)
    }

    deinit { unsafe rd_kafka_destroy(player) }

    var source: any EventSource { KafkaSource(brokers: brokers, topic: "t", settings: settings) }

    func append(_ events: [(number: Int, key: String)]) async throws {
      try await sink.send(
        events.map {
          OutboxEvent(
            id: "\($0.number)", topic: "t", key: $0.key, payload: Payload(["number": .int(Int64($0.number))]))
        })
    }
  }
#endif
