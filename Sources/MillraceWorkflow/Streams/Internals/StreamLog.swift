/// One topic of a ``MemoryEventStream``.
struct StreamLog: Sendable {
  private struct Kept: Sendable {
    let offset: Int64
    let event: OutboxEvent
    let keyHash: UInt32
  }

  private var events: [Kept] = []
  /// Of the oldest that is kept, in `events`.
  private var first = 0
  private var offsets: [String: Int64] = [:]
  private(set) var positions = ConsumerPositions<Int64>()
  /// Of any event so far, kept or not.
  private(set) var newest: Int64 = 0

  private var kept: ArraySlice<Kept> { events[first...] }

  func offset(ofID id: String) -> Int64? { offsets[id] }

  /// How many must go for events with these ids to fit; nil: they do not.
  func excess(with ids: Set<String>, capacity: Int) -> Int? {
    var excess = 0
    while true {
      // One that is kept, but must go to make room, is new again.
      let gone = excess == 0 ? Int64.min : events[first + excess - 1].offset
      let new = ids.count { offsets[$0].map { $0 <= gone } ?? true }
      let needed = kept.count + new - capacity
      if needed <= excess { return excess }
      let wanted = positions.least
      guard needed <= kept.count, wanted.map({ events[first + needed - 1].offset <= $0 }) ?? true else { return nil }
      excess = needed
    }
  }

  mutating func removeFirst(_ count: Int) {
    for _ in 0..<count {
      offsets[events[first].event.id] = nil
      first += 1
    }
    if first > 64, first > events.count / 2 {
      events.removeFirst(first)
      first = 0
    }
  }

  mutating func append(_ event: OutboxEvent, at offset: Int64) {
    events.append(Kept(offset: offset, event: event, keyHash: ContentHash(of: event.key.utf8).shardHash))
    offsets[event.id] = offset
    newest = offset
  }

  mutating func read(by consumer: StreamConsumer, after offset: Int64?, limit: Int) -> StreamPage {
    let start = offset ?? positions[consumer]
    let page = kept[index(after: start)...].prefix(limit)
    return StreamPage(
      events: page.filter { consumer.takes(keyHash: $0.keyHash) }.map {
        StreamedEvent(offset: $0.offset, event: $0.event)
      },
      // With none left nobody waits for those that were removed.
      through: page.count < limit ? max(start, newest) : page.last?.offset ?? start)
  }

  mutating func acknowledge(by consumer: StreamConsumer, through offset: Int64) {
    positions[consumer] = max(positions[consumer], min(offset, newest))
  }

  mutating func rewind(by consumer: StreamConsumer, to offset: Int64) {
    positions[consumer] = min(max(offset, 0), newest)
  }
  /// - Returns: how many.
  mutating func removeEvents(withIDsBeginning beginning: String) -> Int {
    let before = kept.count
    for event in kept where event.event.id.hasPrefix(beginning) { offsets[event.event.id] = nil }
    events = kept.filter { !$0.event.id.hasPrefix(beginning) }
    first = 0
    return before - events.count
  }

  mutating func removeGroup(_ group: String) { positions.removeGroup(group) }

  func lag(after offset: Int64) -> Int { events.count - index(after: offset) }

  /// Of the first event after an offset.
  private func index(after offset: Int64) -> Int {
    var (low, high) = (first, events.count)
    while low < high {
      let middle = (low + high) / 2
      if events[middle].offset <= offset { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
