import MillraceTesting
import MillraceWorkflow
import Synchronization
import Testing

@Suite struct OutboxRelayTests {
  private let clock = ManualWallClock()
  private let store = MemoryRunStore()
  private let stream = MemoryEventStream()

  /// A stream that is in trouble so often before it works.
  private final class Troubled: EventStream {
    let inner: any EventStream
    private let trouble: Mutex<Int>
    /// Stores, and then says that it has not.
    private let storesNevertheless: Bool
    private let error: any Error

    init(
      _ inner: any EventStream, times: Int, storesNevertheless: Bool = false,
      with error: any Error = WorkflowError(.storeUnavailable, "trouble")
    ) {
      self.inner = inner
      self.error = error
      trouble = Mutex(times)
      self.storesNevertheless = storesNevertheless
    }

    func append(_ events: [OutboxEvent], whenFull: FullPolicy) async throws -> [Int64] {
      let isTroubled = trouble.withLock { left in
        left -= 1
        return left >= 0
      }
      if isTroubled {
        if storesNevertheless { _ = try await inner.append(events, whenFull: whenFull) }
        throw error
      }
      return try await inner.append(events, whenFull: whenFull)
    }

    func read(_ topic: String, by consumer: StreamConsumer, after offset: Int64?, limit: Int) async throws -> StreamPage
    { try await inner.read(topic, by: consumer, after: offset, limit: limit) }
    func waitForEvents(_ topic: String, after offset: Int64) async throws {
      try await inner.waitForEvents(topic, after: offset)
    }
    func acknowledge(_ topic: String, by consumer: StreamConsumer, through offset: Int64) async throws {}
    func rewind(_ topic: String, by consumer: StreamConsumer, to offset: Int64) async throws {}
    func consumers(of topic: String) async throws -> [ConsumerPosition] { [] }
    func removeGroup(_ group: String, of topic: String) async throws {}
    func removeEvents(withIDsBeginning beginning: String) async throws -> Int { 0 }
    func close() async throws {}
  }

  private func relay(to stream: any EventStream, _ change: (inout OutboxRelay.Configuration) -> Void = { _ in })
    -> OutboxRelay
  {
    var configuration = OutboxRelay.Configuration()
    configuration.wallClock = clock
    configuration.limit = 3
    change(&configuration)
    return OutboxRelay(store: store, stream: stream, configuration: configuration)
  }

  private func tell(_ ids: Range<Int>) async throws {
    var generator = SystemRandomNumberGenerator()
    var change = RunChange(
      record: RunRecord(
        id: RunID(at: clock.now, using: &generator), workflow: "w", definition: ContentHash(of: []),
        createdAt: clock.now, deadline: .distantFuture),
      expected: nil, durability: .memory)
    change.outbox = ids.map { OutboxEvent(id: "\($0)", topic: "t", key: "\($0 % 2)") }
    #expect(try await store.commit([change]) == [.committed])
  }

  private func relayed() async throws -> [String] {
    try await stream.read("t", by: StreamConsumer("c"), after: 0, limit: 1000).events.map(\.event.id)
  }

  @Test func everythingIsRelayedInOrder() async throws {
    try await tell(0..<7)
    try await tell(7..<8)
    #expect(try await relay(to: stream).drain() == 8)
    #expect(try await relayed() == (0..<8).map { "\($0)" })
    #expect(try await store.outbox(after: 0, limit: 10).isEmpty)
    #expect(try await relay(to: stream).drain() == 0)
  }

  @Test func signalWakesItAndSoDoesTime() async throws {
    let relay = relay(to: stream)
    let task = Task { try await relay.run() }
    await clock.waitForSleepers(1)
    try await tell(0..<1)
    relay.signal()
    try await stream.waitForEvents("t", after: 0)
    await clock.waitForSleepers(1)
    try await tell(1..<2)
    clock.advance(by: .seconds(30))
    try await stream.waitForEvents("t", after: 1)
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try await relayed() == ["0", "1"])
  }

  @Test(arguments: [false, true])
  func troubleRepeatsButDoesNotDouble(storesNevertheless: Bool) async throws {
    try await tell(0..<5)
    let troubled = Troubled(stream, times: 3, storesNevertheless: storesNevertheless)
    let task = Task { [relay = relay(to: troubled)] in try await relay.run() }
    // Delays are random: as long as it sleeps for less than the slow look it is still trying.
    while try await relayed().count < 5 {
      if let wake = clock.nextWake { clock.set(to: wake) }
      await Task.yield()
    }
    task.cancel()
    _ = await task.result
    #expect(try await relayed() == (0..<5).map { "\($0)" })
  }

  @Test func itGivesUpInTheEnd() async throws {
    try await tell(0..<5)
    let relay = relay(to: Troubled(stream, times: 3)) {
      ($0.retry.attempts, $0.retry.backoff) = (3, .zero)
    }
    let error = await #expect(throws: WorkflowError.self) { try await relay.run() }
    #expect(error?.code == .storeUnavailable)
    #expect(try await store.outbox(after: 0, limit: 10).count == 5)
    #expect(try await relay.drain() == 5)
  }

  @Test func divertedEventsAreNotAppended() async throws {
    try await tell(0..<6)
    let diverted = Mutex<[String]>([])
    let relay = relay(to: stream) {
      $0.divert = { event in
        guard event.event.key == "1" else { return false }
        diverted.withLock { $0.append(event.event.id) }
        return true
      }
    }
    try await relay.drain()
    #expect(try await relayed() == ["0", "2", "4"])
    #expect(diverted.withLock { $0 } == ["1", "3", "5"])
  }
  /// What a consumer never acknowledges holds up neither what is not for the stream, nor the end.
  @Test func aFullStreamHoldsUpOnlyWhatIsForIt() async throws {
    let stream = MemoryEventStream(capacity: 4)
    _ = try await stream.read("t", by: StreamConsumer("dead"), after: nil, limit: 1)
    let diverted = Mutex<[String]>([])
    let told = Mutex(0)
    let relay = relay(to: stream) {
      $0.divert = { event in
        guard event.event.key == "1" else { return false }
        diverted.withLock { $0.append(event.event.id) }
        return true
      }
      $0.whenFull = { _ in told.withLock { $0 += 1 } }
    }
    try await tell(0..<14)
    let error = await #expect(throws: WorkflowError.self) { try await relay.drain() }
    #expect(error?.code == .full)
    func relayed() async throws -> [String] {
      try await stream.read("t", by: StreamConsumer("dead"), after: 0, limit: 99).events.map(\.event.id)
    }
    #expect(try await relayed() == ["0", "2", "4", "6"])
    #expect(diverted.withLock { $0 } == ["1", "3", "5", "7", "9", "11", "13"])
    // Looks again when something comes, and now and then; what was diverted is not diverted again.
    let task = Task { try await relay.run() }
    await clock.waitForSleepers(1)
    try await tell(14..<16)
    relay.signal()
    while diverted.withLock({ $0.last }) != "15" { await Task.yield() }
    try await stream.removeGroup("dead", of: "t")
    while try await !store.outbox(after: 0, limit: 1).isEmpty {
      if let wake = clock.nextWake { clock.set(to: wake) }
      await Task.yield()
    }
    task.cancel()
    _ = await task.result
    #expect(try await relayed() == ["8", "10", "12", "14"])
    #expect(diverted.withLock { $0.count } == 8)
    #expect(told.withLock { $0 } == 1)
  }

  private struct Lost: Error {}

  /// Whatever error that is, and whoever throws it: one that cannot be read is named, what is not for the stream passes by, and nothing overtakes it there.
  @Test(arguments: [false, true]) func oneThatCannotBeHandedOnHoldsUpOnlyTheStream(isDiverted: Bool) async throws {
    let diverted = Mutex<[String]>([])
    let named = Mutex<[String]>([])
    let isLost = Mutex(true)
    let relay = relay(to: stream) {
      $0.transform = { event in
        if !isDiverted, event.id == "2", isLost.withLock({ $0 }) { throw Lost() }
        return event
      }
      $0.divert = { event in
        if isDiverted, event.event.id == "3", isLost.withLock({ $0 }) { throw Lost() }
        guard event.event.key == "1" else { return false }
        diverted.withLock { $0.append(event.event.id) }
        return true
      }
      $0.whenStanding = { event, _ in named.withLock { $0.append(event.event.id) } }
    }
    try await tell(0..<12)
    await #expect(throws: Lost.self) { try await relay.drain() }
    let first = isDiverted ? ["0", "2"] : ["0"]
    #expect(try await relayed() == first)
    #expect(diverted.withLock { $0 } == ["1", "3", "5", "7", "9", "11"].filter { !isDiverted || $0 != "3" })
    // It pauses after each time.
    let task = Task { try await relay.run() }
    await clock.waitForSleepers(1)
    try await tell(12..<14)
    relay.signal()
    while diverted.withLock({ $0.last }) != "13" { await Task.yield() }
    #expect(try await relayed() == first)
    isLost.withLock { $0 = false }
    while try await !store.outbox(after: 0, limit: 1).isEmpty {
      if let wake = clock.nextWake { clock.set(to: wake) }
      await Task.yield()
    }
    task.cancel()
    _ = await task.result
    #expect(try await relayed() == ["0", "2", "4", "6", "8", "10", "12"])
    #expect(diverted.withLock { $0.count } == 7)
    #expect(named.withLock { $0 } == [isDiverted ? "3" : "2"])
  }

  /// It pauses, as after trouble of its own kind.
  @Test func anyErrorOfAStreamIsTrouble() async throws {
    try await tell(0..<1)
    let relay = relay(to: Troubled(stream, times: 2, with: Lost())) {
      ($0.retry.attempts, $0.retry.backoff) = (3, .zero)
    }
    let task = Task { try await relay.run() }
    while try await !store.outbox(after: 0, limit: 1).isEmpty {
      if let wake = clock.nextWake { clock.set(to: wake) }
      await Task.yield()
    }
    task.cancel()
    _ = await task.result
    #expect(try await relayed() == ["0"])
  }

  /// The outbox as it is read, and what happens to it just after.
  private final class Overtaken: ForwardingRunStore {
    let base: any RunStore
    private let then: Mutex<(@Sendable (any RunStore) async throws -> Void)?>

    init(_ base: any RunStore, _ then: @escaping @Sendable (any RunStore) async throws -> Void) {
      self.base = base
      self.then = Mutex(then)
    }

    func outbox(after sequence: Int64, limit: Int) async throws -> [SequencedEvent] {
      let events = try await base.outbox(after: sequence, limit: limit)
      let then = then.withLock { then in
        defer { then = nil }
        return then
      }
      try await then?(base)
      return events
    }
  }

  /// Another process deletes a run's data between reading and appending, or another relay has the right to the outbox by then.
  @Test(arguments: [false, true]) func whatIsDeletedMeanwhileDoesNotStayInTheStream(isDeleted: Bool) async throws {
    var record = RunRecord(
      id: RunID(high: 7, low: 7), workflow: "w", definition: ContentHash(of: []), createdAt: clock.now,
      deadline: .distantFuture)
    record.state = .completed
    record.finishedAt = clock.now
    var change = RunChange(record: record, expected: nil, durability: .memory)
    change.outbox = [OutboxEvent(id: "\(record.id)/say", topic: "t", key: "k")]
    #expect(try await store.commit([change]) == [.committed])
    let id = record.id
    let overtaken = Overtaken(store) { store in
      if isDeleted {
        _ = try await store.eraseData(of: id)
      } else {
        try await store.acknowledgeOutbox(through: .max)
      }
    }
    var configuration = OutboxRelay.Configuration()
    configuration.wallClock = clock
    configuration.isShared = true
    try await OutboxRelay(store: overtaken, stream: stream, configuration: configuration).drain()
    #expect(try await relayed() == (isDeleted ? [] : ["\(id)/say"]))
  }
}
