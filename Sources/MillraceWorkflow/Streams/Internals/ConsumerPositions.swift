/// How far the consumers of a topic are.
package struct ConsumerPositions: Sendable {
  package private(set) var all: [StreamConsumer: Int64] = [:]

  package init(_ all: [StreamConsumer: Int64] = [:]) {
    self.all = all
  }

  /// Nothing after this may go; nil without consumers.
  package var least: Int64? { all.values.min() }

  /// A consumer that is new starts where the least far of its group was. Once all shards of a number have started, those of other numbers are no more.
  package subscript(consumer: StreamConsumer) -> Int64 {
    mutating get {
      if let position = all[consumer] { return position }
      let group = all.filter { $0.key.group == consumer.group }
      let position = group.values.min() ?? 0
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
