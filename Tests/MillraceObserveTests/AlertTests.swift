#if Workflow
  import Foundation
  import MillraceObserve
  import MillraceTesting
  import MillraceWorkflow
  import Synchronization
  import Testing

  /// Who keeps what a sink is told.
  private final class Listener: Sendable {
    let messages = Mutex<[AlertMessage]>([])
    private let failures = Mutex(0)

    /// So many deliveries will fail.
    func fail(_ count: Int) { failures.withLock { $0 = count } }

    func sink(_ name: String) -> AlertSink {
      AlertSink(name) { message in
        let fails = self.failures.withLock { left in
          defer { left = max(0, left - 1) }
          return left > 0
        }
        if fails { throw TaskFailure(code: "deaf", "as asked") }
        self.messages.withLock { $0.append(message) }
      }
    }

    var heard: [String] { messages.withLock { $0.map { "\($0.event) \($0.alert.id)" } } }
  }

  struct AlertTests {
    private let clock = ManualWallClock()
    private let listener = Listener()

    private func book(
      _ rules: [String] = [], store: any RunStore = MemoryRunStore(), sinks: [AlertSink]? = nil,
      change: (inout AlertBook.Configuration) -> Void = { _ in }
    ) throws -> AlertBook {
      var configuration = AlertBook.Configuration()
      configuration.rules += try rules.map { try AlertRule($0) }
      configuration.wallClock = clock
      configuration.pause = .zero
      change(&configuration)
      return AlertBook(store: store, sinks: sinks ?? [listener.sink("log")], configuration: configuration)
    }

    private func ended(_ state: RunState, _ workflow: String = "orders", number: UInt64 = 1) -> RunChange {
      var record = RunRecord(
        id: RunID(high: 1, low: number), workflow: workflow, definition: ContentHash(of: []), state: state,
        createdAt: clock.now, deadline: .distantFuture)
      record.finishedAt = clock.now
      if state == .failed { record.reason = "the bank said no" }
      return RunChange(record: record, expected: .first)
    }

    private func sample(
      waiting: Int = 0, outbox: Int = 0, lags: [EngineSample.Lag] = [], _ engine: WorkflowEngine = Bed.engine()
    ) async throws -> EngineSample {
      var sample = try await EngineSampler(engine, store: MemoryRunStore(), wallClock: clock).sample()
      sample.load.queues["mail"] = EngineLoad.Queue(policy: QueuePolicy(), waiting: waiting, running: 1)
      sample.outboxEvents = outbox
      sample.lags = lags
      return sample
    }

    // MARK: Rules

    @Test func failureByDefaultIsToldOnceUntilItIsOver() async throws {
      let book = try book()
      for number in 1...3 { book.observe(ended(.failed, number: UInt64(number)), previous: .running) }
      book.observe(ended(.failed, "other"), previous: .running)
      await book.flush()
      #expect(listener.heard == ["raised failure/orders", "raised failure/other"])
      let alert = try #require(book.alerts.first { $0.workflow == "orders" })
      #expect(alert.count == 3 && alert.severity == .critical && alert.run == RunID(high: 1, low: 3))
      #expect(alert.detail == "the bank said no")
      book.observe(ended(.completed), previous: .running)
      await book.flush()
      #expect(listener.heard.last == "recovered failure/orders")
      #expect(book.activeCounts["failure"] == 1)
      // And anew.
      book.observe(ended(.failed), previous: .running)
      await book.flush()
      #expect(listener.heard.count == 4 && listener.heard.last == "raised failure/orders")
    }

    @Test func whatGoesOnIsToldAgainUnlessAcknowledged() async throws {
      let book = try book { $0.repeatPeriod = .seconds(3600) }
      func fail() { book.observe(ended(.failed), previous: .running) }
      fail()
      clock.advance(by: .seconds(3599))
      fail()
      clock.advance(by: .seconds(1))
      fail()
      await book.flush()
      #expect(listener.heard == ["raised failure/orders", "reminded failure/orders"])
      #expect(book.acknowledge("failure/orders", by: "Ada"))
      #expect(!book.acknowledge("failure/orders", by: "Bob") && !book.acknowledge("failure/none", by: "Ada"))
      clock.advance(by: .seconds(7200))
      fail()
      await book.flush()
      #expect(listener.heard.count == 3 && listener.heard.last == "acknowledged failure/orders")
      let alert = try #require(book.alerts.first)
      #expect(alert.acknowledgedBy == "Ada" && alert.count == 4)
    }

    @Test func queuesAndLagRecoverBelowTheBound() async throws {
      let book = try book(["queue=10", "queue:other=1", "lag=100"])
      for waiting in [10, 11, 9, 12, 8] { try await book.judge(sample(waiting: waiting)) }
      let lag = EngineSample.Lag(topic: "news", group: "mailer", events: 101)
      try await book.judge(sample(outbox: 500, lags: [lag]))
      try await book.judge(sample())
      await book.flush()
      #expect(
        listener.heard == [
          "raised queue/mail", "recovered queue/mail", "raised lag/outbox", "raised lag/news/mailer",
          "recovered lag/outbox", "recovered lag/news/mailer",
        ])
      // The group is gone, and with it what it has yet to read.
      #expect(book.activeCounts["lag"] == 0)
    }

    @Test func activeAlertsAreAMetric() async throws {
      let book = try book(["lag=100"])
      let registry = MetricsRegistry()
      let gauges = EngineMetrics(factory: registry)
      registry.addCollector { gauges.record(activeAlerts: book.activeCounts) }
      let lag = EngineSample.Lag(topic: "news", group: "mailer", events: 101)
      try await book.judge(sample(lags: [lag]))
      #expect(try Readings(registry.text())[#"millrace_alerts_active{rule="lag"}"#] == 1)
      try await book.judge(sample(lags: [EngineSample.Lag(topic: "news", group: "mailer", events: 0)]))
      #expect(try Readings(registry.text())[#"millrace_alerts_active{rule="lag"}"#] == 0)
    }

    @Test func aRuleThatNamesItsSubjectComesFirst() async throws {
      let book = try book(["queue=10", "queue:mail=1000"])
      try await book.judge(sample(waiting: 500))
      await book.flush()
      #expect(listener.heard.isEmpty)
    }

    @Test func breakers() async throws {
      let book = try book()
      for state in [CircuitBreaker.State.open, .halfOpen, .open, .halfOpen, .closed] {
        book.observe(EngineFigure.circuit("bank", state))
      }
      await book.flush()
      #expect(listener.heard == ["raised circuit/bank", "recovered circuit/bank"])
    }

    @Test func silence() async throws {
      let book = try book(["silence:nightly=25h", "silence=1h"]) { $0.repeatPeriod = .seconds(30 * 86_400) }
      clock.advance(by: .seconds(3000))
      book.observe(ended(.completed, "other"), previous: .running)
      clock.advance(by: .seconds(3000))
      try await book.judge(sample())
      clock.advance(by: .seconds(601))
      try await book.judge(sample())
      clock.advance(by: .seconds(86_400))
      try await book.judge(sample())
      book.observe(ended(.completed, "nightly"), previous: .running)
      try await book.judge(sample())
      await book.flush()
      #expect(
        listener.heard == [
          "raised silence/any workflow", "raised silence/nightly", "recovered silence/any workflow",
          "recovered silence/nightly",
        ])
    }

    @Test func silenceCountsFromTheLastRunOfTheStore() async throws {
      let store = MemoryRunStore(clock: clock)
      let engine = Bed.engine(store) { $0.wallClock = clock }
      try await Bed.run(engine, Bed.flow("nightly", Bed.task("a")))
      await engine.shutdown()
      clock.advance(by: .seconds(90_001))
      let book = try book(["silence:nightly=25h"], store: store)
      try await book.load()
      try await book.judge(sample())
      await book.flush()
      #expect(listener.heard == ["raised silence/nightly"])
    }

    @Test func deadlinesAtRisk() async throws {
      let store = MemoryRunStore(clock: clock)
      let gate = Gate()
      let book = try book(["deadline:slow=50%"], store: store)
      let engine = Bed.engine(
        store, observers: [book],
        [
          "hold": { input, _ in
            await gate.wait()
            return input
          }
        ]
      ) { $0.wallClock = clock }
      for name in ["slow", "other"] { try engine.register(Bed.flow(name, Bed.task("a", "hold"))) }
      let slow = try await engine.start(StartRequest(workflow: "slow")).run
      let other = try await engine.start(StartRequest(workflow: "other")).run
      try await book.judge(sample())
      clock.advance(by: .seconds(20 * 86_400))
      for _ in 0..<2 { try await book.judge(sample()) }
      await book.flush()
      #expect(listener.heard == ["raised deadline/\(slow)"])
      #expect(book.alerts.first?.run == slow && book.alerts.first?.workflow == "slow")
      gate.open()
      for run in [slow, other] { try await engine.wait(for: run) }
      await engine.shutdown()
      await book.flush()
      #expect(listener.heard.last == "recovered deadline/\(slow)")
    }

    @Test func troubleOfTheStore() async throws {
      let store = FaultyRunStore(MemoryRunStore(), at: 2, .refuse)
      // Alerts are kept elsewhere: here the store's writes are counted.
      let book = try book()
      let engine = Bed.engine(store, observers: [book])
      try await Bed.run(engine, Bed.flow("flow", Bed.task("a")))
      await engine.shutdown()
      try await book.judge(sample())
      await book.flush()
      #expect(listener.heard == ["raised trouble/store trouble"])
      clock.advance(by: .seconds(301))
      try await book.judge(sample())
      await book.flush()
      #expect(listener.heard.last == "recovered trouble/store trouble")
    }

    @Test(arguments: [
      "failure", "failure:orders", "deadline=80%", "deadline:orders=12.5%", "queue=0", "queue:mail=100", "lag=5",
      "circuit", "circuit:bank", "silence=90s", "silence:orders=7d", "trouble",
    ])
    func rulesAreRead(_ text: String) throws {
      let rule = try AlertRule(text)
      #expect(text.hasPrefix(rule.name))
      #expect(rule.subject == text.split(separator: "=")[0].split(separator: ":").dropFirst().first.map(String.init))
    }

    @Test(arguments: [
      ("", "expected failure, deadline"), ("failures", "expected failure, deadline"),
      ("failure=1", "failure without a value"), ("failure:", "a name after the colon"),
      ("deadline", "deadline=PERCENT"), ("deadline=100%", "below 100"), ("deadline=0.5", "deadline=PERCENT"),
      ("queue", "queue=NUMBER"), ("queue=-1", "queue=NUMBER"), ("lag:x=1", "lag without a name"),
      ("silence=5", "silence=TIME"), ("silence=0h", "silence=TIME"), ("trouble:x", "trouble without a name"),
    ])
    func mistakesAreNamed(_ text: String, _ expected: String) throws {
      let error = #expect(throws: WorkflowError.self) { try AlertRule(text) }
      #expect(error?.message.contains(expected) == true, "\(error as Any)")
      #expect(error?.message.contains("found \"\(text)\"") == true)
    }

    // MARK: Keeping

    @Test func alertsOutliveTheProcess() async throws {
      let store = MemoryRunStore(clock: clock)
      let first = try book(store: store)
      first.observe(ended(.failed), previous: .running)
      first.observe(ended(.failed, "other"), previous: .running)
      first.acknowledge("failure/orders", by: "Ada")
      await first.flush()
      let told = listener.heard.count
      let second = try book(store: store)
      try await second.load()
      #expect(second.alerts.map(\.id).sorted() == ["failure/orders", "failure/other"])
      #expect(second.alerts.first { $0.workflow == "orders" }?.acknowledgedBy == "Ada")
      // Seen again, it is not told again; and it ends as if nothing had been.
      second.observe(ended(.failed), previous: .running)
      second.observe(ended(.completed, "other"), previous: .running)
      await second.flush()
      #expect(listener.heard.dropFirst(told) == ["recovered failure/other"])
    }

    @Test func whatARunSaidIsNotStored() async throws {
      let store = MemoryRunStore(clock: clock)
      let book = try book(store: store)
      book.observe(ended(.failed), previous: .running)
      await book.flush()
      let documents = try await store.documents(in: AlertBook.collection, after: nil, limit: 10)
      #expect(documents.count == 1)
      #expect(!String(decoding: documents[0].value.bytes, as: UTF8.self).contains("bank"))
      #expect(listener.messages.withLock { $0[0].line.contains("the bank said no") })
    }

    @Test func theyAreBounded() async throws {
      let store = MemoryRunStore(clock: clock)
      let book = try book(store: store) { $0.limit = 3 }
      for workflow in ["a", "b", "c"] { book.observe(ended(.failed, workflow), previous: .running) }
      book.observe(ended(.failed, "d"), previous: .running)
      #expect(Set(book.alerts.compactMap(\.workflow)) == ["a", "b", "c"])
      book.observe(ended(.completed, "b"), previous: .running)
      book.observe(ended(.failed, "d"), previous: .running)
      await book.flush()
      #expect(Set(book.alerts.compactMap(\.workflow)) == ["a", "c", "d"])
      #expect(try await store.documents(in: AlertBook.collection, after: nil, limit: 10).count == 3)
    }

    @Test func savingGoesOnWhenTheStoreDoes() async throws {
      let base = MemoryRunStore(clock: clock)
      let book = try book(store: FaultyRunStore(base, at: 0, .refuse))
      book.observe(ended(.failed), previous: .running)
      await book.flush()
      #expect(try await base.documents(in: AlertBook.collection, after: nil, limit: 10).isEmpty)
      book.observe(ended(.failed, "other"), previous: .running)
      await book.flush()
      #expect(try await base.documents(in: AlertBook.collection, after: nil, limit: 10).count == 2)
    }

    // MARK: Sinks

    @Test func aSinkThatFailsIsAnAlert() async throws {
      let deaf = Listener()
      let book = try book(sinks: [listener.sink("log"), deaf.sink("pager")]) { $0.attempts = 2 }
      let registry = MetricsRegistry()
      RunMetrics.follow(book, factory: registry)
      deaf.fail(2)
      book.observe(ended(.failed), previous: .running)
      await book.flush()
      #expect(listener.heard == ["raised failure/orders", "raised sink/pager"])
      #expect(deaf.heard.isEmpty)
      #expect(book.alerts.contains { $0.id == "sink/pager" && $0.isActive && $0.detail.contains("deaf") })
      let readings = try Readings(registry.text())
      #expect(readings[#"millrace_alert_sink_failures_total{sink="pager"}"#] == 1)
      #expect(readings[#"millrace_alerts_raised_total{rule="failure"}"#] == 1)
      book.observe(ended(.completed), previous: .running)
      await book.flush()
      #expect(deaf.heard.first == "recovered failure/orders")
      #expect(listener.heard.contains("recovered sink/pager"))
    }

    @Test func aDeliveryIsTriedAgain() async throws {
      listener.fail(2)
      let book = try book()
      book.observe(ended(.failed), previous: .running)
      await book.flush()
      #expect(listener.heard == ["raised failure/orders"])
    }

    @Test func webhooksAreSigned() async throws {
      let server = try TinyServer {
        TinyServer.Answer(status: $0.path == "/gone" ? 302 : 204, headers: ["Location": "/"])
      }
      defer { server.stop() }
      let book = try book(sinks: [
        .webhook(server.url.appending(path: "hook"), secret: "Jefe", name: "one"),
        .webhook(server.url.appending(path: "gone"), name: "two"),
      ]) { $0.attempts = 1 }
      book.observe(ended(.failed), previous: .running)
      await book.flush()
      let request = try #require(server.requests.first { $0.path == "/hook" })
      #expect(request.method == "POST" && request.headers["content-type"] == "application/json")
      let body = try JSONValue(json: request.body)
      #expect(body["event"] == "raised" && body["id"] == "failure/orders" && body["workflow"] == "orders")
      let time = try #require(request.headers["x-millrace-timestamp"])
      let signed = Array("\(time).".utf8) + request.body
      #expect(
        request.headers["x-millrace-signature"] == "sha256=\(AlertSink.signature(of: signed, key: Array("Jefe".utf8)))")
      #expect(server.requests.filter { $0.path == "/gone" }.allSatisfy { $0.headers["x-millrace-signature"] == nil })
      // A redirection is not followed.
      #expect(!server.requests.contains { $0.path == "/" })
      #expect(book.alerts.contains { $0.id == "sink/two" && $0.detail.contains("302") })
    }

    /// RFC 4231, cases 2 and 6.
    @Test func signatureIsHMAC() {
      #expect(
        AlertSink.signature(of: Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8))
          == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
      #expect(
        AlertSink.signature(
          of: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
          key: Array(repeating: 0xaa, count: 131))
          == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
    }
  }
#endif
