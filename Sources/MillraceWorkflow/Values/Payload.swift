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
