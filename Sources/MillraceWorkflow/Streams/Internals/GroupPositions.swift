/// How far the groups of a source are that cannot keep this itself: a document of a store for each group.
package struct GroupPositions<Position: Comparable & Codable & Sendable>: Sendable {
  private struct Entry: Codable {
    let shard: Int
    let shardCount: Int
    let position: Position
  }

  private let store: any RunStore
  private let collection: String
  private let beginning: Position

  /// - Parameter source: its name in the store, of which no other has the same.
  package init(_ store: any RunStore, source: String, beginning: Position) {
    self.store = store
    collection = "sources/\(source)"
    self.beginning = beginning
  }

  /// Where a consumer goes on. One that is new has begun then.
  package func begin(_ consumer: StreamConsumer) async throws -> Position { try await update(consumer) { $0 } }

  /// A consumer wants nothing up to here any more.
  package func advance(_ consumer: StreamConsumer, to position: Position) async throws {
    _ = try await update(consumer) { max($0, position) }
  }

  private func update(_ consumer: StreamConsumer, _ next: (Position) -> Position) async throws -> Position {
    let name = DocumentName(collection, consumer.group)
    while true {
      let document = try await store.document(name)
      let entries = try document?.value.decoded(as: [Entry].self, from: name) ?? []
      var positions = ConsumerPositions(
        Dictionary(
          entries.map { (StreamConsumer(consumer.group, shard: $0.shard, of: $0.shardCount), $0.position) }
        ) { first, _ in first }, beginning: beginning)
      let isKnown = positions.all[consumer] != nil
      let before = positions[consumer]
      let after = next(before)
      if isKnown, after == before { return after }
      positions[consumer] = after
      let stored = positions.all.map { Entry(shard: $0.shard, shardCount: $0.shardCount, position: $1) }
        .sorted { ($0.shardCount, $0.shard) < ($1.shardCount, $1.shard) }
      let isStored = try await store.setDocument(
        name, to: Payload(encoding: stored), expected: document?.revision, durability: store.usualDurability)
      if isStored { return after }
      // Another of the group was quicker.
    }
  }
}

extension RunStore {
  /// Of what is known to be there again after a crash of the process, but need not survive a loss of power: then it is done again.
  package var usualDurability: Durability { min(.processCrash, durability) }
}
