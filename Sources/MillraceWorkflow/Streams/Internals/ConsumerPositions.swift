/// How far the consumers of a topic, or of a source, are.
package struct ConsumerPositions<Position: Comparable & Sendable>: Sendable {
  package private(set) var all: [StreamConsumer: Position] = [:]
  private let beginning: Position

  package init(_ all: [StreamConsumer: Position] = [:], beginning: Position) {
    self.all = all
    self.beginning = beginning
  }

  /// Nothing after this may go; nil without consumers.
  package var least: Position? { all.values.min() }

  /// A consumer that is new starts where the least far of its group was. Once all shards of a number have started, those of other numbers are no more.
  package subscript(consumer: StreamConsumer) -> Position {
    mutating get {
      if let position = all[consumer] { return position }
      let group = all.filter { $0.key.group == consumer.group }
      let position = group.values.min() ?? beginning
      all[consumer] = position
      if group.count(where: { $0.key.shardCount == consumer.shardCount }) + 1 == consumer.shardCount {
        for old in group.keys where old.shardCount != consumer.shardCount { all[old] = nil }
      }
      return position
    }
    set {
      // It starts first, if it has not.
      _ = self[consumer]
      all[consumer] = newValue
    }
  }

  package mutating func removeGroup(_ group: String) {
    for consumer in all.keys where consumer.group == group { all[consumer] = nil }
  }
}

extension ConsumerPositions<Int64> {
  /// Of offsets.
  package init(_ all: [StreamConsumer: Int64] = [:]) { self.init(all, beginning: 0) }
}
