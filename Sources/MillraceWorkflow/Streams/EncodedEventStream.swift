/// A stream that keeps payloads as a codec makes them. Where runs' payloads are encrypted, what runs tell the world should be, too.
///
/// ```swift
/// import MillraceWorkflow
/// func sealed(_ stream: any EventStream, _ codec: any PayloadCodec) -> any EventStream {
///   EncodedEventStream(stream, codec: codec)
/// }
/// ```
///
/// Topics, keys and ids stay as they are. Events that the codec cannot read are thrown, not passed over.
public struct EncodedEventStream: EventStream {
  private let stream: any EventStream
  private let codec: any PayloadCodec

  public init(_ stream: any EventStream, codec: any PayloadCodec) {
    self.stream = stream
    self.codec = codec
  }

  public func append(_ events: [OutboxEvent], whenFull: FullPolicy) async throws -> [Int64] {
    var encoded = events
    for index in encoded.indices { encoded[index].payload = try encoded[index].payload.encoded(by: codec) }
    return try await stream.append(encoded, whenFull: whenFull)
  }

  public func read(
    _ topic: String, by consumer: StreamConsumer, after offset: Int64?, limit: Int
  ) async throws -> StreamPage {
    var page = try await stream.read(topic, by: consumer, after: offset, limit: limit)
    for index in page.events.indices {
      page.events[index].event.payload = try page.events[index].event.payload.decoded(by: codec)
    }
    return page
  }

  public func waitForEvents(_ topic: String, after offset: Int64) async throws {
    try await stream.waitForEvents(topic, after: offset)
  }

  public func acknowledge(_ topic: String, by consumer: StreamConsumer, through offset: Int64) async throws {
    try await stream.acknowledge(topic, by: consumer, through: offset)
  }

  public func rewind(_ topic: String, by consumer: StreamConsumer, to offset: Int64) async throws {
    try await stream.rewind(topic, by: consumer, to: offset)
  }

  public func consumers(of topic: String) async throws -> [ConsumerPosition] { try await stream.consumers(of: topic) }

  public func removeGroup(_ group: String, of topic: String) async throws {
    try await stream.removeGroup(group, of: topic)
  }

  public func removeEvents(withIDsBeginning beginning: String) async throws -> Int {
    try await stream.removeEvents(withIDsBeginning: beginning)
  }

  public func close() async throws { try await stream.close() }
}
