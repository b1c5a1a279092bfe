/// Bytes that the engine carries and a store keeps, without looking into them: JSON, unless a ``PayloadCodec`` has made something else of it.
public struct Payload: Sendable, Hashable {
  public var bytes: [UInt8]

  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  public init(_ value: JSONValue) {
    bytes = value.json
  }

  /// - Throws: ``WorkflowError/Code/invalidJSON``.
  public func value() throws(WorkflowError) -> JSONValue { try JSONValue(json: bytes) }

  public static let empty = Payload([])
}

/// Turns payloads into what a store keeps, and back: encryption, compression.
///
/// Called for each payload on its way to the store and back, from any thread. Must read what it has written under older keys.
public protocol PayloadCodec: Sendable {
  func encode(_ payload: Payload) throws -> Payload
  func decode(_ payload: Payload) throws -> Payload
}
