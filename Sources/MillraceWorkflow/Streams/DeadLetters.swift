import Foundation

/// Events that a connector could not make anything of, kept in documents of a store until somebody does something about them.
public struct DeadLetters: Sendable {
  public struct Letter: Sendable, Hashable {
    /// Whose it is.
    public var connector: String
    public var event: OutboxEvent
    /// Where the source had it.
    public var place: String
    /// What was wrong.
    public var reason: String
    public var diedAt: Timestamp

    /// By which it is found: `connector@id`.
    public var name: String { "\(connector)@\(event.id)" }
  }

  private struct Stored: Codable {
    let connector: String
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
  private let connector: String?
  private static let collection = "dead-letters"
  /// Names of letters that somebody wants to be offered again.
  private static let wishes = "dead-letters-again"

  /// - Parameters:
  ///   - connector: the name of whose letters these are; nil: everybody's.
  ///   - codec: what payloads become on their way to the store.
  public init(of connector: String? = nil, store: any RunStore, codec: (any PayloadCodec)? = nil) {
    precondition(connector?.contains("@") != true, "DeadLetters: a name without @ is expected; found \(connector!)")
    self.connector = connector
    self.store = store
    self.codec = codec
  }

  /// Keeps an event. One that is kept already stays as it is.
  public func add(_ letter: Letter) async throws { try await set(letter, expected: nil) }

  private func set(_ letter: Letter, expected: Revision?) async throws {
    let event = letter.event
    let stored = Stored(
      connector: letter.connector, id: event.id, topic: event.topic, key: event.key,
      payload: Data(try event.payload.encoded(by: codec).bytes),
      place: letter.place, reason: letter.reason, diedAt: letter.diedAt)
    _ = try await store.setDocument(
      DocumentName(Self.collection, letter.name), to: Payload(encoding: stored), expected: expected,
      durability: store.usualDurability)
  }

  /// In order of their names.
  ///
  /// - Parameter name: only those after it.
  public func letters(after name: String? = nil, limit: Int = 100) async throws -> [Letter] {
    let prefix = connector.map { "\($0)@" } ?? ""
    let documents = try await store.documents(in: Self.collection, after: name ?? prefix, limit: limit)
    return try documents.filter { $0.name.key.hasPrefix(prefix) }.map(letter)
  }

  private func letter(in document: Document) throws -> Letter {
    let stored = try document.value.decoded(as: Stored.self, from: document.name)
    let payload = try Payload([UInt8](stored.payload)).decoded(by: codec)
    return Letter(
      connector: stored.connector,
      event: OutboxEvent(id: stored.id, topic: stored.topic, key: stored.key, payload: payload), place: stored.place,
      reason: stored.reason, diedAt: stored.diedAt)
  }

  /// Removes a letter: somebody has dealt with it.
  ///
  /// - Returns: whether it was there.
  @discardableResult
  public func remove(_ name: String) async throws -> Bool { try await remove(name, from: Self.collection) }

  private func remove(_ name: String, from collection: String) async throws -> Bool {
    let name = DocumentName(collection, name)
    guard let document = try await store.document(name) else { return false }
    return try await store.setDocument(
      name, to: nil, expected: document.revision, durability: store.usualDurability)
  }

  // MARK: Another try

  /// Has the letter's connector offer the event again, in whatever process that works, now or later: a workflow may have been put right meanwhile. A letter whose event is accepted is gone; one that is not has the new reason.
  ///
  /// - Returns: whether it was there.
  public func retry(_ name: String) async throws -> Bool {
    guard try await store.document(DocumentName(Self.collection, name)) != nil else { return false }
    // One that is there says the same.
    _ = try await store.setDocument(
      DocumentName(Self.wishes, name), to: .empty, expected: nil, durability: store.usualDurability)
    return true
  }

  /// Those that somebody wants to be offered again.
  func wanted(limit: Int) async throws -> [Letter] {
    let prefix = connector.map { "\($0)@" } ?? ""
    var letters: [Letter] = []
    for wish in try await store.documents(in: Self.wishes, after: prefix, limit: limit)
    where wish.name.key.hasPrefix(prefix) {
      if let document = try await store.document(DocumentName(Self.collection, wish.name.key)) {
        letters.append(try letter(in: document))
      } else {
        _ = try await remove(wish.name.key, from: Self.wishes)
      }
    }
    return letters
  }

  /// One of ``wanted(limit:)`` was offered. If the process ends before this, it is offered again, and the target knows it.
  ///
  /// - Parameter reason: why it was refused again; nil: it is accepted.
  func offered(_ letter: Letter, reason: String?, at time: Timestamp) async throws {
    if let reason {
      var letter = letter
      (letter.reason, letter.diedAt) = (reason, time)
      let document = try await store.document(DocumentName(Self.collection, letter.name))
      try await set(letter, expected: document?.revision)
    } else {
      try await remove(letter.name)
    }
    _ = try await remove(letter.name, from: Self.wishes)
  }
}
