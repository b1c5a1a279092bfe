import Synchronization

/// Events in memory: for tests, and for workflows of one process that need not outlive it.
///
/// ```swift
/// import MillraceWorkflow
/// let stream = MemoryEventStream(capacity: 1000)
/// _ = try await stream.append([OutboxEvent(id: "1", topic: "orders", key: "anvil")], whenFull: .wait)
/// let page = try await stream.read("orders", by: StreamConsumer("mailer"), after: nil, limit: 10)
/// for event in page.events { print(event.event.key) }  // anvil
/// ```
///
/// - Complexity: O(1) amortised to append an event, O(log n) and the events looked at to read.
public final class MemoryEventStream: EventStream {
  /// Events of a topic.
  public let capacity: Int
  private let state = Mutex(State())
  private let appended = ChangeSignal()
  private let acknowledged = ChangeSignal()

  private struct State {
    var topics: [String: StreamLog] = [:]
    var lastOffset: Int64 = 0
    var isClosed = false
  }

  public init(capacity: Int = 10_000) {
    precondition(capacity > 0, "MemoryEventStream: a positive capacity is expected; found \(capacity)")
    self.capacity = capacity
  }

  public func append(_ events: [OutboxEvent], whenFull: FullPolicy) async throws -> [Int64] {
    while true {
      let version = acknowledged.version
      if let offsets = try state.withLock({ try append(events, &$0) }) {
        appended.raise()
        return offsets
      }
      if whenFull == .error { throw StreamTrouble.full(events[0].topic, capacity: capacity) }
      try await acknowledged.wait(after: version)
    }
  }

  /// - Returns: nil: there is no room.
  private func append(_ events: [OutboxEvent], _ state: inout State) throws -> [Int64]? {
    if state.isClosed { throw StreamTrouble.closed }
    let ids = Dictionary(grouping: events, by: \.topic).mapValues { Set($0.map(\.id)) }
    for (topic, ids) in ids where ids.count > capacity {
      throw StreamTrouble.tooLarge(ids.count, topic, capacity: capacity)
    }
    var excess: [String: Int] = [:]
    for (topic, ids) in ids {
      guard let count = state.topics[topic, default: StreamLog()].excess(with: ids, capacity: capacity) else {
        return nil
      }
      excess[topic] = count
    }
    for (topic, count) in excess where count > 0 { state.topics[topic]!.removeFirst(count) }
    return events.map { event in
      if let offset = state.topics[event.topic]?.offset(ofID: event.id) { return offset }
      state.lastOffset += 1
      state.topics[event.topic, default: StreamLog()].append(event, at: state.lastOffset)
      return state.lastOffset
    }
  }

  public func read(
    _ topic: String, by consumer: StreamConsumer, after offset: Int64?, limit: Int
  ) async throws -> StreamPage {
    try with(topic) { $0.read(by: consumer, after: offset, limit: limit) }
  }

  public func waitForEvents(_ topic: String, after offset: Int64) async throws {
    while true {
      let version = appended.version
      if try with(topic, { $0.newest }) > offset { return }
      try await appended.wait(after: version)
    }
  }

  public func acknowledge(_ topic: String, by consumer: StreamConsumer, through offset: Int64) async throws {
    try with(topic) { $0.acknowledge(by: consumer, through: offset) }
    acknowledged.raise()
  }

  public func rewind(_ topic: String, by consumer: StreamConsumer, to offset: Int64) async throws {
    try with(topic) { $0.rewind(by: consumer, to: offset) }
  }

  public func consumers(of topic: String) async throws -> [ConsumerPosition] {
    try with(topic) { log in
      log.positions.all.map { ConsumerPosition(consumer: $0.key, offset: $0.value, lag: log.lag(after: $0.value)) }
    }.sorted { ($0.consumer.group, $0.consumer.shard) < ($1.consumer.group, $1.consumer.shard) }
  }

  public func removeGroup(_ group: String, of topic: String) async throws {
    try with(topic) { $0.removeGroup(group) }
    acknowledged.raise()
  }

  public func removeEvents(withIDsBeginning beginning: String) async throws -> Int {
    let count = try state.withLock { state in
      if state.isClosed { throw StreamTrouble.closed }
      var count = 0
      for topic in state.topics.keys { count += state.topics[topic]!.removeEvents(withIDsBeginning: beginning) }
      return count
    }
    acknowledged.raise()
    return count
  }

  public func close() async throws {
    state.withLock { $0.isClosed = true }
    appended.raise()
    acknowledged.raise()
  }

  private func with<Result>(_ topic: String, _ body: (inout StreamLog) -> Result) throws -> Result {
    try state.withLock { state in
      if state.isClosed { throw StreamTrouble.closed }
      return body(&state.topics[topic, default: StreamLog()])
    }
  }
}

/// What streams say when they cannot.
package enum StreamTrouble {
  package static var closed: WorkflowError { WorkflowError(.shutDown, "the event stream has been closed") }

  package static func full(_ topic: String, capacity: Int) -> WorkflowError {
    WorkflowError(
      .full,
      "the topic holds \(capacity) events that a consumer has yet to acknowledge: wait, or remove a group that will not come again",
      at: "topic \"\(topic)\"")
  }

  package static func tooLarge(_ count: Int, _ topic: String, capacity: Int) -> WorkflowError {
    WorkflowError(
      .tooLarge, "\(count) events at once are more than the topic's capacity of \(capacity)", at: "topic \"\(topic)\"")
  }
}
