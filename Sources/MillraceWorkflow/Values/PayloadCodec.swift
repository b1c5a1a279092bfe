/// Turns payloads into what a store keeps, and back: encryption, compression.
///
/// Called for each payload on its way to the store and back, from any thread. Must read what it has written under older keys.
public protocol PayloadCodec: Sendable {
  func encode(_ payload: Payload) throws -> Payload
  func decode(_ payload: Payload) throws -> Payload
}

extension Payload {
  /// As a store keeps it; an empty one stays empty.
  public func encoded(by codec: (any PayloadCodec)?) throws -> Payload {
    guard let codec, !bytes.isEmpty else { return self }
    return try codec.encode(self)
  }

  /// As it was before ``encoded(by:)``.
  ///
  /// - Parameter codec: nil: the store keeps payloads as they are.
  public func decoded(by codec: (any PayloadCodec)?) throws -> Payload {
    guard let codec, !bytes.isEmpty else { return self }
    return try codec.decode(self)
  }
}

extension RunRecord {
  /// A record that a store has given, with readable payloads.
  ///
  /// - Parameter codec: nil: the store keeps payloads as they are.
  public func decoded(by codec: (any PayloadCodec)?) throws -> RunRecord {
    var record = self
    record.payload = try payload.decoded(by: codec)
    record.result = try result.decoded(by: codec)
    return record
  }
}

extension StoredRun {
  /// A run that a store has given, with readable payloads.
  ///
  /// - Parameter codec: nil: the store keeps payloads as they are.
  public func decoded(by codec: (any PayloadCodec)?) throws -> StoredRun {
    guard codec != nil else { return self }
    var run = self
    run.record = try record.decoded(by: codec)
    for index in run.steps.indices { run.steps[index].output = try run.steps[index].output.decoded(by: codec) }
    for index in run.inbox.indices { run.inbox[index].payload = try run.inbox[index].payload.decoded(by: codec) }
    return run
  }
}
