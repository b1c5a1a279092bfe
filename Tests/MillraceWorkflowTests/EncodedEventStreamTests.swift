import MillraceTesting
import MillraceWorkflow
import Testing

@Suite struct EncodedEventStreamTests {
  /// Each byte's bits turned over: not what it was, and back again.
  struct Flipping: PayloadCodec {
    func encode(_ payload: Payload) -> Payload { Payload(payload.bytes.map { ~$0 }) }
    func decode(_ payload: Payload) -> Payload { Payload(payload.bytes.map { ~$0 }) }
  }

  @Test func payloadsAreKeptAsTheCodecMakesThem() async throws {
    let kept = MemoryEventStream()
    let stream = EncodedEventStream(kept, codec: Flipping())
    let event = OutboxEvent(id: "1", topic: "orders", key: "anvil", payload: Payload("secret"))
    _ = try await stream.append([event, OutboxEvent(id: "2", topic: "orders", key: "none")], whenFull: .wait)
    let consumer = StreamConsumer("reader")
    let inside = try await kept.read("orders", by: consumer, after: nil, limit: 10).events.map(\.event)
    #expect(inside[0].payload == Flipping().encode(event.payload))
    #expect(inside[1].payload == .empty)
    #expect(try await stream.read("orders", by: consumer, after: nil, limit: 10).events.map(\.event)[0] == event)
  }

  @Test(arguments: EventStreamConformance.cases)
  func conforms(_ each: EventStreamConformance.Case) async {
    let suite = EventStreamConformance { EncodedEventStream(MemoryEventStream(capacity: $0), codec: Flipping()) }
    let failures = await suite.run(each)
    #expect(failures.isEmpty, "\(failures)")
  }
}
