import MillraceTesting
import MillraceWorkflow
import Synchronization
import Testing

@Suite struct EventStreamTests {
  @Test(arguments: EventStreamConformance.cases)
  func memory(_ each: EventStreamConformance.Case) async {
    let failures = await EventStreamConformance { MemoryEventStream(capacity: $0) }.run(each)
    #expect(failures.isEmpty, "\(failures)")
  }

  /// Hashes that have their highest bit set are not negative numbers, of which the remainder would be no shard.
  @Test func everyHashHasAShard() {
    for hash in [0, 1, UInt32(Int32.max), UInt32(Int32.max) + 1, .max] {
      for count in 1...16 {
        #expect((0..<count).count { StreamConsumer("c", shard: $0, of: count).takes(keyHash: hash) } == 1)
      }
    }
  }

  @Test func consumingGoesOnWhereItStopped() async throws {
    let stream = MemoryEventStream()
    let consumer = StreamConsumer("c")
    let events = (0..<10).map { OutboxEvent(id: "\($0)", topic: "t", key: "") }
    _ = try await stream.append(events, whenFull: .error)
    struct Broken: Error {}
    let seen = Mutex<[String]>([])
    for stop in [3, 7] {
      await #expect(throws: Broken.self) {
        try await stream.consume("t", by: consumer, limit: 4) { event in
          if event.event.id == "\(stop)" { throw Broken() }
          seen.withLock { $0.append(event.event.id) }
        }
      }
    }
    #expect(seen.withLock { $0 } == (0..<7).map { "\($0)" })
    let task = Task {
      try await stream.consume("t", by: consumer) { event in seen.withLock { $0.append(event.event.id) } }
    }
    _ = try await stream.append([OutboxEvent(id: "last", topic: "t", key: "")], whenFull: .error)
    while try await stream.consumers(of: "t")[0].lag > 0 { await Task.yield() }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(seen.withLock { $0 } == (0..<10).map { "\($0)" } + ["last"])
  }
}
