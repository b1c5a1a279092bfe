import Foundation

/// Events that a connector could not make anything of, kept in documents of a store until somebody does something about them.
public struct DeadLetters: Sendable {
  public struct Letter: Sendable, Hashable {
    public var event: OutboxEvent
    /// Where the source had it.
    public var place: String
    /// What was wrong.
    public var reason: String
    public var diedAt: Timestamp
  }

  private struct Stored: Codable {
    let id: String
    let topic: String
    let key: String
    let payload: Data
    let place: String
    let reason: String
    let diedAt: Timestamp
  }

  private let store: any RunStore
  private let codec: (any PayloadCodec)?
  private let collection: String

  /// - Parameters:
  ///   - connector: the name of whose letters these are.
  ///   - codec: what payloads become on their way to the store.
  public init(of connector: String, store: any RunStore, codec: (any PayloadCodec)? = nil) {
    self.store = store
    self.codec = codec
    collection = "dead-letters/\(connector)"
  }

  /// Keeps an event. One that is kept already stays as it is.
  public func add(_ letter: Letter) async throws {
    let event = letter.event
    let stored = Stored(
      id: event.id, topic: event.topic, key: event.key, payload: Data(try event.payload.encoded(by: codec).bytes),
      place: letter.place, reason: letter.reason, diedAt: letter.diedAt)
    _ = try await store.setDocument(
      DocumentName(collection, event.id), to: Payload(encoding: stored), expected: nil,
      durability: store.usualDurability)
  }

  /// In order of their events' ids.
  ///
  /// - Parameter id: only those after it.
  public func letters(after id: String? = nil, limit: Int = 100) async throws -> [Letter] {
    try await store.documents(in: collection, after: id, limit: limit).map { document in
      let stored = try document.value.decoded(as: Stored.self, from: document.name)
      let payload = try Payload([UInt8](stored.payload)).decoded(by: codec)
      return Letter(
        event: OutboxEvent(id: stored.id, topic: stored.topic, key: stored.key, payload: payload), place: stored.place,
        reason: stored.reason, diedAt: stored.diedAt)
    }
  }

  /// Removes a letter: somebody has dealt with it.
  ///
  /// - Returns: whether it was there.
  @discardableResult
  public func remove(id: String) async throws -> Bool {
    let name = DocumentName(collection, id)
    guard let document = try await store.document(name) else { return false }
    return try await store.setDocument(
      name, to: nil, expected: document.revision, durability: store.usualDurability)
  }
}
