#if Workflow
  import Foundation
  import MillraceConnectors
  import MillraceTesting
  import MillraceWorkflow
  import Synchronization
  import Testing

  /// For a machine that has much else to do.
  private let patient = {
    var configuration = WebhookSink.Configuration()
    configuration.timeout = .seconds(1200)
    return configuration
  }()

  @Suite struct WebhookReceiverTests {
    private let clock = ManualWallClock()
    private let stream = MemoryEventStream(capacity: 4)

    private func receiver(_ change: (inout WebhookReceiver.Configuration) -> Void = { _ in }) -> WebhookReceiver {
      var configuration = WebhookReceiver.Configuration()
      configuration.wallClock = clock
      change(&configuration)
      return WebhookReceiver("shop", secret: Secret(Self.secret), stream: stream, configuration: configuration)
    }

    /// The example of the specification.
    private static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    private static let id = "msg_p5jXN8AQM9LWM0D4loKWxJek"
    private static let body = Array(#"{"test": 2432232314}"#.utf8)
    private static let seconds: Int64 = 1_614_265_330
    private static let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

    private var headers: [String: String] {
      ["Webhook-Id": Self.id, "webhook-timestamp": "\(Self.seconds)", "WEBHOOK-SIGNATURE": Self.signature]
    }

    private func events() async throws -> [OutboxEvent] {
      try await stream.read("hooks.shop", by: StreamConsumer("c"), after: 0, limit: 100).events.map(\.event)
    }

    @Test func whatIsSignedAsTheSpecificationSaysIsAnEventOnce() async throws {
      clock.set(to: Timestamp(microseconds: Self.seconds * 1_000_000))
      let receiver = receiver()
      for _ in 0..<3 {
        let answer = await receiver.handle(headers: headers, body: Self.body)
        #expect(answer.status == 202)
        #expect(String(decoding: answer.body, as: UTF8.self) == #"{"id":"msg_p5jXN8AQM9LWM0D4loKWxJek"}"#)
      }
      #expect(
        try await events() == [
          OutboxEvent(id: Self.id, topic: "hooks.shop", key: "shop", payload: Payload(Self.body))
        ])
      // One of several, as when a secret is changed.
      var several = headers
      several["WEBHOOK-SIGNATURE"] = "v1,AAAA v2,x \(Self.signature)"
      #expect(await receiver.handle(headers: several, body: Self.body).status == 202)
    }

    @Test(
      arguments: [
        (["webhook-id": "msg_other"], nil), (["webhook-timestamp": "1614265331"], nil),
        (["webhook-signature": ""], nil), (["webhook-signature": "v1,"], nil),
        (["webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1PE="], nil),
        (["webhook-signature": "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="], nil), ([:], #"{"test": 2432232315}"#),
        ([:], ""),
      ] as [([String: String], String?)])
    func whatIsNotSignedSoIsRefused(_ change: [String: String], _ body: String?) async throws {
      clock.set(to: Timestamp(microseconds: Self.seconds * 1_000_000))
      var headers = Dictionary(uniqueKeysWithValues: headers.map { ($0.key.lowercased(), $0.value) })
      headers.merge(change) { $1 }
      let answer = await receiver().handle(headers: headers, body: body.map { Array($0.utf8) } ?? Self.body)
      #expect(answer.status == 401)
      #expect(try await events().isEmpty)
      #expect(!String(decoding: answer.body, as: UTF8.self).contains("g0hM9"), "nothing of what is expected is told")
    }

    @Test func outsideOfTheWindowItIsAReplay() async throws {
      let now = Timestamp(microseconds: Self.seconds * 1_000_000)
      for (shift, status) in [(-301, 401), (-300, 202), (300, 202), (301, 401)] {
        clock.set(to: now.advanced(by: .seconds(shift)))
        #expect(await receiver().handle(headers: headers, body: Self.body).status == status, "\(shift) s")
      }
    }

    @Test func whatIsMissingIsSaid() async {
      let receiver = receiver { $0.bodyBytes = 30 }
      func status(
        without name: String? = nil, _ change: [String: String] = [:], _ body: [UInt8] = Self.body
      ) async -> Int {
        var headers = Dictionary(uniqueKeysWithValues: headers.map { ($0.key.lowercased(), $0.value) })
        if let name { headers[name] = nil }
        headers.merge(change) { $1 }
        return await receiver.handle(headers: headers, body: body).status
      }
      #expect(await status(without: "webhook-id") == 400)
      #expect(await status(["webhook-id": ""]) == 400)
      #expect(await status(["webhook-id": String(repeating: "x", count: 257)]) == 400)
      #expect(await status(without: "webhook-timestamp") == 400)
      #expect(await status(["webhook-timestamp": "soon"]) == 400)
      #expect(await status(["webhook-timestamp": "-9223372036854775808"]) == 401)
      #expect(await status(without: "webhook-signature") == 401)
      #expect(await status([:], [UInt8](repeating: 0x20, count: 31)) == 413)
    }

    @Test func aFullTopicAsksToSendAgain() async throws {
      let server = try WebhookServer(stream, status: nil)
      _ = try await stream.read("hooks.shop", by: StreamConsumer("c"), after: nil, limit: 1)
      let sink = try WebhookSink(server.url, secret: server.secret, configuration: patient)
      func event(_ id: Int) -> OutboxEvent {
        OutboxEvent(id: "\(id)", topic: "orders", key: "anvil", payload: Payload(["n": .int(Int64(id))]))
      }
      try await sink.send((0..<4).map { event($0) })
      await #expect { try await sink.send([event(4)]) } throws: { ($0 as? WorkflowError)?.code == .unreachable }
      try await stream.acknowledge("hooks.shop", by: StreamConsumer("c"), through: .max)
      try await sink.send([event(4)])
      let bodies = try await events().map { try $0.payload.value() }
      #expect(bodies.last == ["type": "orders", "key": "anvil", "data": ["n": 4]])
      #expect(try await events().map(\.id) == ["1", "2", "3", "4"])
      #expect(try await events().map(\.key) == ["anvil", "anvil", "anvil", "anvil"], "by the body's member key")
    }
  }

  @Suite struct WebhookSinkTests {
    private let event = OutboxEvent(id: "e1", topic: "t", key: "k")

    private func error(_ sink: WebhookSink) async -> (any Error)? {
      do {
        try await sink.send([event])
        return nil
      } catch {
        return error
      }
    }

    @Test func whatWillPassIsNotTheEventsFault() async throws {
      for status in [408, 425, 429, 502, 503, 504] {
        let server = try WebhookServer(MemoryEventStream(), status: status)
        let sink = try WebhookSink(server.url, secret: server.secret, configuration: patient)
        #expect((await error(sink) as? WorkflowError)?.code == .unreachable, "\(status)")
      }
      for (status, isRetryable) in [(500, true), (400, false), (410, false), (301, false)] {
        let server = try WebhookServer(MemoryEventStream(), status: status)
        let sink = try WebhookSink(server.url, secret: server.secret, configuration: patient)
        let failure = await error(sink) as? TaskFailure
        #expect(failure?.code == "HTTP \(status)")
        #expect(failure?.isRetryable == isRetryable, "\(status)")
      }
    }

    @Test func aServerThatFailsIsLeftAlone() async throws {
      let clock = ManualWallClock()
      let server = try WebhookServer(MemoryEventStream(), status: 500)
      var configuration = patient
      configuration.wallClock = clock
      configuration.circuit.failures = 3
      let sink = try WebhookSink(server.url, secret: server.secret, configuration: configuration)
      for _ in 0..<3 { #expect(await error(sink) is TaskFailure) }
      #expect(sink.circuit == .open)
      #expect((await error(sink) as? WorkflowError)?.code == .unreachable)
      #expect(server.ids.count == 3, "it was not asked")
      clock.advance(by: configuration.circuit.open)
      #expect(await error(sink) is TaskFailure)
      #expect(server.ids == ["e1", "e1", "e1", "e1"])
    }

    @Test func aServerIsNotAskedBeforeItWants() async throws {
      let clock = ManualWallClock()
      let server = try WebhookServer(MemoryEventStream(), status: 429, "Retry-After: 120")
      var configuration = patient
      configuration.wallClock = clock
      let sink = try WebhookSink(server.url, secret: server.secret, configuration: configuration)
      #expect((await error(sink) as? WorkflowError)?.code == .unreachable)
      clock.advance(by: .seconds(119))
      #expect((await error(sink) as? WorkflowError)?.message.contains("asked not to be asked") == true)
      #expect(server.ids.count == 1)
      clock.advance(by: .seconds(1))
      _ = await error(sink)
      #expect(server.ids.count == 2)
    }

    @Test func nobodyThere() async throws {
      // A port that was just given back.
      let port = try WebhookServer(MemoryEventStream(), status: 200).port
      let sink = try WebhookSink("http://127.0.0.1:\(port)/", secret: Secret("x"))
      #expect((await error(sink) as? WorkflowError)?.code == .unreachable)
      #expect(throws: WorkflowError.self) { try WebhookSink("ftp://x", secret: Secret("x")) }
    }

    /// From one stream over HTTP to another: whatever the server's mood, each event comes, once.
    @Test func fromStreamToStream() async throws {
      let (from, to) = (MemoryEventStream(), MemoryEventStream())
      let moods = Mutex([503, 500, nil, nil, 502] + [Int?](repeating: nil, count: 100))
      let server = try WebhookServer(to) { moods.withLock { $0.removeFirst() } }
      var configuration = ConnectorRunner.Configuration()
      configuration.retry.backoff = .zero
      let (reports, continuation) = AsyncStream.makeStream(of: ConnectorReport.self)
      configuration.report = { continuation.yield($0) }
      let runner = ConnectorRunner(
        "shop", StreamSource(from, topic: "orders"),
        target: .sink(try WebhookSink(server.url, secret: server.secret, configuration: patient)),
        deadLetters: DeadLetters(of: "shop", store: MemoryRunStore()), configuration: configuration)
      _ = try await from.append(
        (0..<10).map { OutboxEvent(id: "\($0)", topic: "orders", key: "k\($0 % 3)", payload: Payload(.int($0))) },
        whenFull: .error)
      let task = Task { try await runner.run() }
      var accepted = 0
      for await report in reports {
        if case .accepted = report.kind { accepted += 1 }
        if accepted == 10 { break }
      }
      task.cancel()
      _ = await task.result
      let page = try await to.read("hooks.shop", by: StreamConsumer("c"), after: nil, limit: 100)
      #expect(page.events.map(\.event.id).sorted() == (0..<10).map { "\($0)" })
      for key in 0..<3 {
        let ids = page.events.filter { $0.event.key == "k\(key)" }.compactMap { Int($0.event.id) }
        #expect(ids == ids.sorted(), "order of one key")
      }
    }
  }

  /// A receiver behind a server on a port of this machine.
  final class WebhookServer: Sendable {
    let secret = Secret("planted")
    private let server: TestServer
    private let seen = Mutex<[String]>([])

    var port: Int { server.port }
    var url: String { server.url + "/hooks/shop" }
    var ids: [String] { server.requests.compactMap { $0.fields["webhook-id"] } }

    /// - Parameter status: answered without asking the receiver; nil: it is asked.
    init(_ stream: any EventStream, fields: [String] = [], _ status: @escaping @Sendable () -> Int?) throws {
      var configuration = WebhookReceiver.Configuration()
      configuration.key = "key"
      let receiver = WebhookReceiver("shop", secret: secret, stream: stream, configuration: configuration)
      server = try TestServer { request in
        if let status = status() {
          return fields.isEmpty ? TestServer.answer(status) : TestServer.answer(status, "", fields[0])
        }
        let answer = Waiting { await receiver.handle(headers: request.fields, body: Array(request.body.utf8)) }.answer
        return TestServer.answer(answer.status, String(decoding: answer.body, as: UTF8.self))
      }
    }

    convenience init(_ stream: any EventStream, status: Int?, _ fields: String...) throws {
      try self.init(stream, fields: fields) { status }
    }
  }

  /// For a thread that is nobody's worker, and may wait.
  private final class Waiting: Sendable {
    private let found = Mutex<WebhookReceiver.Answer>((0, []))
    private let done = DispatchSemaphore(value: 0)

    init(_ body: @escaping @Sendable () async -> WebhookReceiver.Answer) {
      Task {
        let answer = await body()
        found.withLock { $0 = answer }
        done.signal()
      }
    }

    var answer: WebhookReceiver.Answer {
      done.wait()
      return found.withLock { $0 }
    }
  }
#endif
