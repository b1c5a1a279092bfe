#if Workflow
  import Foundation
  import MillraceSQLite
  import MillraceTesting
  import MillraceWorkflow
  import Testing

  @Suite struct SQLiteEventStreamTests {
    private func withFolder(_ body: (String) async throws -> Void) async throws {
      let folder = FileManager.default.temporaryDirectory.appending(path: "millrace-stream-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      try await body(folder.appending(path: "events.sqlite").path(percentEncoded: false))
    }

    @Test(arguments: EventStreamConformance.cases)
    func conforms(_ each: EventStreamConformance.Case) async throws {
      try await withFolder { path in
        let failures = await EventStreamConformance { try SQLiteEventStream(path: path, capacity: $0) }.run(each)
        #expect(failures.isEmpty, "\(failures)")
      }
    }

    @Test func eventsAndPositionsOutliveTheStream() async throws {
      try await withFolder { path in
        let event = OutboxEvent(id: "1", topic: "t", key: "k", payload: Payload([0, 255]))
        let consumer = StreamConsumer("c")
        var stream = try SQLiteEventStream(path: path)
        let first = try await stream.append([event], whenFull: .error)
        #expect(try await stream.read("t", by: consumer, after: nil, limit: 9).events.map(\.event) == [event])
        try await stream.close()
        stream = try SQLiteEventStream(path: path)
        let page = try await stream.read("t", by: consumer, after: nil, limit: 9)
        #expect(page.events.map(\.event) == [event])
        try await stream.acknowledge("t", by: consumer, through: page.through)
        try await stream.close()
        stream = try SQLiteEventStream(path: path)
        #expect(try await stream.read("t", by: consumer, after: nil, limit: 9).events == [])
        #expect(try await stream.append([event], whenFull: .error) == first)
        try await stream.close()
      }
    }

    /// As from another process: another stream on the same file.
    @Test func anotherStreamsEventsAreSeen() async throws {
      try await withFolder { path in
        let clock = ManualWallClock()
        let reader = try SQLiteEventStream(path: path, clock: clock)
        let writer = try SQLiteEventStream(path: path)
        let waiting = Task { try await reader.waitForEvents("t", after: 0) }
        await clock.waitForSleepers(1)
        _ = try await writer.append([OutboxEvent(id: "1", topic: "t", key: "k")], whenFull: .error)
        clock.advance(by: .seconds(1))
        try await waiting.value
        try await reader.close()
        try await writer.close()
      }
    }

    @Test func removedEventsAreInNoFile() async throws {
      try await withFolder { path in
        let stream = try SQLiteEventStream(path: path)
        let secret = "Rumpelstiltskin"
        for number in 0..<200 {
          let text = number % 3 == 0 ? secret : "innocent"
          let event = OutboxEvent(
            id: "\(text)/\(number)", topic: "t", key: text,
            payload: Payload(Array(String(repeating: text, count: 1 + number % 40).utf8)))
          _ = try await stream.append([event], whenFull: .error)
        }
        func filesWithSecret() throws -> [String] {
          let folder = URL(filePath: path).deletingLastPathComponent()
          return try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
            try Data(contentsOf: folder.appending(path: $0)).range(of: Data(secret.utf8)) != nil
          }
        }
        #expect(try !filesWithSecret().isEmpty)
        #expect(try await stream.removeEvents(withIDsBeginning: secret) == 67)
        #expect(try filesWithSecret() == [])
        let left = try await stream.read("t", by: StreamConsumer("c"), after: nil, limit: 1000)
        #expect(left.events.count == 133)
        try await stream.close()
        #expect(try filesWithSecret() == [])
      }
    }

    @Test func troubleIsExplained() async throws {
      let error = try #require(throws: WorkflowError.self) { try SQLiteEventStream(path: "/nowhere/at/all.sqlite") }
      #expect(error.code == .storeUnavailable)
      try await withFolder { path in
        try Data(repeating: 7, count: 8192).write(to: URL(filePath: path))
        let error = try #require(throws: WorkflowError.self) { try SQLiteEventStream(path: path) }
        #expect(error.code == .storeDamaged && error.place == path)
      }
    }
  }
#endif
