import MillraceWorkflow

extension EventStreamConformance {
  /// All that is tried.
  public static let cases: [Case] =
    [
      Case(clause: 1, name: "events come whole and in order", body: order),
      Case(clause: 1, name: "an append of several topics is stored as a whole", body: wholeAppends),
      Case(clause: 1, name: "appends at the same time", body: manyAppenders),
      Case(clause: 2, name: "an id is stored once", body: ids),
      Case(clause: 4, name: "what is not acknowledged comes again", body: acknowledging),
      Case(clause: 4, name: "another number of shards loses nothing", body: resharding),
      Case(clause: 5, name: "positions can be set back", body: rewinding),
      Case(clause: 6, name: "a full topic refuses or waits", body: bound),
      Case(clause: 6, name: "a topic that nobody consumes keeps the latest", body: unread),
      Case(clause: 6, name: "a group that is removed holds nothing", body: removedGroup),
      Case(clause: 7, name: "deleted events are gone, others stay", body: removing),
      Case(clause: 8, name: "a closed stream says so", body: closing),
    ]
    + (1...16).map { count in
      Case(clause: 3, name: "every event reaches exactly one of \(count) shards") { try await shards($0, count) }
    }

  private static let consumer = StreamConsumer("c")

  private static func order(_ trial: StreamTrial) async throws {
    let offsets = try await trial.append(0..<3) + trial.append(3..<5)
    trial.expectEqual(offsets, offsets.sorted(), "offsets in ascending order")
    trial.expectEqual(Set(offsets).count, 5, "different offsets")
    let page = try await trial.stream.read("t", by: consumer, after: nil, limit: 100)
    trial.expectEqual(page.events.map(\.offset), offsets, "offsets that are read")
    trial.expectEqual(page.events.map(\.event), (0..<5).map { trial.event($0) }, "events that are read")
    trial.expectEqual(page.through, offsets[4], "how far was looked")
    let other = try await trial.stream.read("other", by: consumer, after: nil, limit: 100)
    trial.expectEqual(other.events, [], "events of another topic")
  }

  private static func wholeAppends(_ trial: StreamTrial) async throws {
    _ = try await trial.drain(consumer)
    try await trial.append(0..<StreamTrial.capacity)
    // Nobody consumes it: the oldest would go.
    try await trial.append(0..<StreamTrial.capacity, topic: "other")
    await trial.expectThrows(.full, "an append of which one topic is full") {
      _ = try await trial.stream.append(
        [trial.event(99, topic: "other"), trial.event(99, topic: "t")], whenFull: .error)
    }
    trial.expectEqual(
      try await trial.drain(consumer, topic: "other"), Array(0..<StreamTrial.capacity),
      "the other topic, of which an append that was refused has changed nothing")
  }

  private static func manyAppenders(_ trial: StreamTrial) async throws {
    let stream = trial.stream
    let appended = try await withThrowingTaskGroup(of: [Int64].self) { group in
      for appender in 0..<6 {
        group.addTask {
          try await stream.append((0..<3).map { trial.event(appender * 3 + $0) }, whenFull: .wait)
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    trial.expectEqual(Set(appended).count, 18, "different offsets")
    let read = try await trial.stream.read("t", by: consumer, after: nil, limit: 100)
    trial.expectEqual(read.events.map(\.offset), appended.sorted(), "offsets that are read")
    let ids = read.events.compactMap { Int($0.event.id) }
    for appender in 0..<6 {
      trial.expectEqual(
        ids.filter { $0 / 3 == appender }, (0..<3).map { appender * 3 + $0 }, "the order of one append")
    }
  }

  private static func ids(_ trial: StreamTrial) async throws {
    let first = try await trial.append(0..<3)
    let again = try await trial.stream.append([2, 3, 3, 0].map { trial.event($0) }, whenFull: .error)
    trial.expectEqual([again[0], again[3]], [first[2], first[0]], "offsets of events that are there")
    trial.expectEqual(again[1], again[2], "offsets of two of one append with one id")
    try await trial.append(0..<1, topic: "other")
    trial.expectEqual(try await trial.drain(consumer), [0, 1, 2, 3], "ids that are read")
    trial.expectEqual(try await trial.drain(consumer, topic: "other"), [0], "the same id in another topic")
    // When an event has gone to make room for others, its id is new.
    try await trial.append(4..<4 + StreamTrial.capacity)
    _ = try await trial.drain(consumer)
    let new = try await trial.append(3..<4)
    trial.expectEqual(new[0] > again[1], true, "a new offset for an id that is kept no longer")
  }

  private static func shards(_ trial: StreamTrial, _ count: Int) async throws {
    let shards = (0..<count).map { StreamConsumer("c", shard: $0, of: count) }
    for shard in shards { _ = try await trial.drain(shard) }
    var received: [Int: [Int]] = [:]
    for round in 0..<6 {
      let ids = round * StreamTrial.capacity..<(round + 1) * StreamTrial.capacity
      // Keys of every kind, each of them twice.
      let events = ids.map { trial.event($0, key: "\($0 / 2 &* 7_919)-é\(round)") }
      _ = try await trial.stream.append(events, whenFull: .error)
      for shard in shards.shuffled() { received[shard.shard, default: []] += try await trial.drain(shard) }
    }
    let all = received.values.flatMap { $0 }
    trial.expectEqual(all.sorted(), Array(0..<6 * StreamTrial.capacity), "events of \(count) shards together")
    for (shard, ids) in received {
      trial.expectEqual(ids, ids.sorted(), "the order in shard \(shard)")
      for id in ids where !ids.contains(id ^ 1) {
        trial.expectEqual(id, -1, "events with one key in one shard; of shard \(shard) one lacks")
      }
    }
    if count > 1 { trial.expectEqual(received.values.count { !$0.isEmpty }, count, "shards that have got something") }
  }

  private static func acknowledging(_ trial: StreamTrial) async throws {
    let offsets = try await trial.append(0..<5)
    trial.expectEqual(try await trial.drain(consumer, acknowledging: false), [0, 1, 2, 3, 4], "the first reading")
    try await trial.stream.acknowledge("t", by: consumer, through: offsets[1])
    trial.expectEqual(try await trial.drain(consumer, acknowledging: false), [2, 3, 4], "after two were acknowledged")
    try await trial.stream.acknowledge("t", by: consumer, through: offsets[0])
    trial.expectEqual(try await trial.drain(consumer), [2, 3, 4], "after an older acknowledgement")
    trial.expectEqual(try await trial.drain(consumer), [], "after all were acknowledged")
    trial.expectEqual(try await trial.drain(StreamConsumer("new")), [0, 1, 2, 3, 4], "what a new group reads")
    try await trial.stream.acknowledge("t", by: consumer, through: .max)
    try await trial.append(5..<6)
    trial.expectEqual(try await trial.drain(consumer), [5], "an event after an acknowledgement of more than there was")
    let positions = try await trial.stream.consumers(of: "t")
    trial.expectEqual(positions.map(\.consumer.group), ["c", "new"], "groups")
    trial.expectEqual(positions.map(\.lag), [0, 1], "how far groups are behind")
  }

  private static func resharding(_ trial: StreamTrial) async throws {
    try await trial.append(0..<12)
    let two = (0..<2).map { StreamConsumer("c", shard: $0, of: 2) }
    for shard in two { _ = try await trial.stream.read("t", by: shard, after: nil, limit: 1) }
    var seen = Set(try await trial.drain(two[0]))
    for shard in 0..<3 { seen.formUnion(try await trial.drain(StreamConsumer("c", shard: shard, of: 3))) }
    trial.expectEqual(seen, Set(0..<12), "events of both numbers of shards together")
    let consumers = try await trial.stream.consumers(of: "t").map(\.consumer)
    trial.expectEqual(consumers, (0..<3).map { StreamConsumer("c", shard: $0, of: 3) }, "consumers that are left")
  }

  private static func rewinding(_ trial: StreamTrial) async throws {
    let offsets = try await trial.append(0..<5)
    _ = try await trial.drain(consumer)
    try await trial.stream.rewind("t", by: consumer, to: offsets[2])
    trial.expectEqual(try await trial.drain(consumer), [3, 4], "events after the position")
    try await trial.stream.rewind("t", by: consumer, to: 0)
    trial.expectEqual(try await trial.drain(consumer), [0, 1, 2, 3, 4], "all events again")
    let page = try await trial.stream.read("t", by: consumer, after: offsets[1], limit: 2)
    trial.expectEqual(page.events.map(\.offset), [offsets[2], offsets[3]], "events after an offset")
  }

  private static func bound(_ trial: StreamTrial) async throws {
    let stream = trial.stream
    _ = try await trial.drain(consumer)
    try await trial.append(0..<StreamTrial.capacity)
    await trial.expectThrows(.full, "an event more than the capacity") { try await trial.append(100..<101) }
    await trial.expectThrows(.tooLarge, "more events at once than the capacity") {
      try await trial.append(100..<101 + StreamTrial.capacity)
    }
    async let waiting = stream.append([trial.event(100)], whenFull: .wait)
    trial.expectEqual(
      try await trial.drain(consumer).prefix(StreamTrial.capacity), Array(0..<StreamTrial.capacity)[...],
      "events that were kept")
    _ = try await waiting
    try await stream.waitForEvents("t", after: 0)
    try await stream.rewind("t", by: consumer, to: 0)
    trial.expectEqual(
      try await trial.drain(consumer), Array(1..<StreamTrial.capacity) + [100], "the oldest went to make room")
    let cancelled = Task { try await stream.append((200..<220).map { trial.event($0) }, whenFull: .wait) }
    try await cancelled.value.count == 20 ? () : trial.expectEqual(0, 20, "offsets")
    let waiter = Task { try await stream.append([trial.event(300)], whenFull: .wait) }
    waiter.cancel()
    let result = await waiter.result
    if case .failure(let error) = result {
      trial.expectEqual(error is CancellationError, true, "what a cancelled append throws is a cancellation: \(error)")
    } else {
      trial.expectEqual(true, false, "a cancelled append throws")
    }
    trial.expectEqual(try await trial.drain(consumer), Array(200..<220), "nothing of a cancelled append")
  }

  private static func unread(_ trial: StreamTrial) async throws {
    for first in stride(from: 0, to: 100, by: 10) { try await trial.append(first..<first + 10) }
    trial.expectEqual(
      try await trial.drain(consumer), Array(100 - StreamTrial.capacity..<100), "the latest events, for a new group")
  }

  private static func removedGroup(_ trial: StreamTrial) async throws {
    let stream = trial.stream
    _ = try await trial.drain(consumer)
    _ = try await trial.drain(StreamConsumer("gone"))
    try await trial.append(0..<StreamTrial.capacity)
    _ = try await trial.drain(consumer)
    await trial.expectThrows(.full, "an event, while a group has acknowledged nothing") {
      try await trial.append(100..<101)
    }
    async let waiting = stream.append([trial.event(100)], whenFull: .wait)
    try await stream.removeGroup("gone", of: "t")
    _ = try await waiting
    trial.expectEqual(try await trial.drain(consumer), [100], "the event that waited")
  }

  private static func removing(_ trial: StreamTrial) async throws {
    func event(_ id: String, _ topic: String) -> OutboxEvent { OutboxEvent(id: id, topic: topic, key: "k") }
    let other = StreamConsumer("other")
    _ = try await trial.drain(consumer)
    let ids = ["a/1", "ab/1", "a/2", "b/a/1", "a/3"]
    let offsets = try await trial.stream.append(ids.map { event($0, "t") }, whenFull: .error)
    _ = try await trial.stream.append([event("a/1", "u"), event("b/1", "u")], whenFull: .error)
    trial.expectEqual(try await trial.stream.removeEvents(withIDsBeginning: "a/"), 4, "how many were removed")
    let page = try await trial.stream.read("t", by: consumer, after: nil, limit: 100)
    trial.expectEqual(page.events.map(\.event.id), ["ab/1", "b/a/1"], "what is left")
    trial.expectEqual(page.events.map(\.offset), [offsets[1], offsets[3]], "where it stands")
    trial.expectEqual(page.through, offsets[4], "how far was looked")
    let rest = try await trial.stream.read("u", by: other, after: nil, limit: 100)
    trial.expectEqual(rest.events.map(\.event.id), ["b/1"], "what is left of another topic")
    // Neither full nor known: the same id is a new event.
    let capacity = StreamTrial.capacity
    let again = try await trial.stream.append(
      (1...capacity - 2).map { event("a/\($0)", "t") }, whenFull: .error)
    trial.expect(again[0] > offsets[4], "an offset of its own for an event whose id was removed")
    trial.expectEqual(try await trial.stream.removeEvents(withIDsBeginning: "a/"), capacity - 2, "removed again")
    trial.expectEqual(try await trial.stream.removeEvents(withIDsBeginning: "a/"), 0, "removed when there are none")
  }

  private static func closing(_ trial: StreamTrial) async throws {
    let stream = trial.stream
    try await trial.append(0..<1)
    let waiting = Task { try await stream.waitForEvents("t", after: 1000) }
    try await stream.close()
    await trial.expectThrows(.shutDown, "waiting when the stream is closed") { try await waiting.value }
    await trial.expectThrows(.shutDown, "append") { _ = try await trial.append(1..<2) }
    await trial.expectThrows(.shutDown, "read") {
      _ = try await stream.read("t", by: consumer, after: nil, limit: 1)
    }
    await trial.expectThrows(.shutDown, "acknowledge") {
      try await stream.acknowledge("t", by: consumer, through: 1)
    }
  }
}
