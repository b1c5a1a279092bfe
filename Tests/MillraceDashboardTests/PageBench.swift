#if Workflow
  import Foundation
  import Millrace
  import MillraceDashboard
  import MillraceWorkflow
  import Synchronization
  import Testing

  /// An engine with a server, and a browser that looks at it. Names, payloads, reasons and lines hold script wherever somebody from outside may put it.
  struct PageBench: Sendable {
    let engine: WorkflowEngine
    let store: MemoryRunStore
    let server: DashboardServer
    let alerts: AlertList
    let browser: Browser
    let payment = Payment()

    static let script = #"<script>window.wasRun=1</script>"><img src=x onerror="window.wasRun=2">"#
    static let adminToken = "admin-token-of-a-test"
    static let viewerToken = "viewer-token-of-a-test"

    var address: String { "http://\(server.address)" }

    /// What names and payloads hold: ``script``, or nothing, for pictures.
    let foreign: String

    private init(withTokens: Bool, withScript: Bool) async throws {
      guard let browser = SharedBrowser.current else { throw Browser.Trouble(description: Browser.install) }
      self.browser = browser
      foreign = withScript ? " \(Self.script)" : ""
      store = MemoryRunStore()
      let watch = RunWatch()
      var configuration = WorkflowEngine.Configuration()
      configuration.observers = [watch]
      configuration.handlers = [SwiftFunctions(Self.functions(payment, foreign))]
      engine = WorkflowEngine(store: store, configuration: configuration)
      let orders = Self.orders(foreign)
      try engine.register(orders)
      _ = try await engine.resumeRuns()
      let triggers = TriggerRunner(starter: engine, store: store)
      for trigger in orders.triggers { try triggers.add(trigger, of: orders.name) }
      alerts = AlertList()
      var serving = DashboardServer.Configuration()
      serving.address = ListenAddress("127.0.0.1:0")!
      serving.triggers = triggers
      serving.alerts = alerts
      if withTokens {
        serving.tokens = try AccessTokens("admin \(Self.adminToken) anna\nviewer \(Self.viewerToken) victor")
      }
      server = try DashboardServer(engine: engine, watch: watch, configuration: serving)
      try await browser.beginAnew()
    }

    /// Does something with it, and ends it. Keeps a picture of what goes wrong.
    ///
    /// - Parameters:
    ///   - withTokens: false: everybody may do everything.
    ///   - withScript: in all that comes from outside.
    static func run(
      withTokens: Bool = false, withScript: Bool = true, _ body: (PageBench) async throws -> Void
    ) async throws {
      let bench = try await PageBench(withTokens: withTokens, withScript: withScript)
      let result: Result<Void, any Error>
      do {
        result = .success(try await body(bench))
      } catch {
        result = .failure(error)
        let name = Test.current?.name.prefix { $0 != "(" } ?? "test"
        try? await Pictures.write(bench.browser, "failed-\(name)")
      }
      await bench.server.stop(grace: .zero)
      await bench.engine.shutdown(grace: .zero)
      try result.get()
    }

    // MARK: What runs

    /// Whether charges succeed.
    final class Payment: Sendable {
      private let succeeds = Mutex(true)
      var isWorking: Bool {
        get { succeeds.withLock { $0 } }
        set { succeeds.withLock { $0 = newValue } }
      }
    }

    private static func functions(_ payment: Payment, _ foreign: String) -> [String: SwiftFunctions.Function] {
      [
        "look": { input, context in
          context.log("looks at the order\(foreign)")
          context.heartbeat(progress: 0.5)
          return input
        },
        "charge": { input, context in
          guard payment.isWorking else {
            throw TaskFailure(code: "HTTP 503", "the payment service does not answer\(foreign)")
          }
          return ["receipt": .string("R-1\(foreign)")]
        },
        "pack": { input, _ in input },
        "refund": { _, _ in ["refunded": true] },
      ]
    }

    private static func orders(_ foreign: String) -> WorkflowDefinition {
      var orders = WorkflowDefinition(name: "orders")
      orders.summary = "Takes an order from the cart to the door.\(foreign)"
      // Waits for processors of a busy machine included.
      orders.deadline = .seconds(7 * 86_400)
      orders.parameters = [
        ParameterDefinition(name: "customer", type: .string),
        ParameterDefinition(name: "total", type: .number),
        ParameterDefinition(name: "speed", type: .oneOf(["normal", "express"]), default: "normal"),
        ParameterDefinition(name: "gift", type: .bool, default: false),
        ParameterDefinition(name: "items", type: .array(.string), default: ["anvil", "rope"]),
      ]
      orders.parameters[0].summary = "who orders\(foreign)"
      orders.tasks = [
        task("validate", "look", ["customer": "${parameters.customer}", "note": .string("checked\(foreign)")]),
        task("charge", "charge", ["total": "${parameters.total}"]) {
          $0.needs = ["validate"]
          $0.retry.attempts = 2
          $0.retry.backoff = .milliseconds(1)
          $0.circuit = "payments"
          $0.queue = "payments"
          $0.compensation = "refund"
        },
        task("refund", "refund", [:]),
        task("pack", "pack", ["item": "${item}"]) {
          $0.needs = ["charge"]
          $0.foreach = ForeachDefinition(elements: "parameters.items")
        },
        approval,
        task("ship", "look", ["by": "${tasks.approve.by}"]),
      ]
      for index in orders.tasks.indices { orders.tasks[index].summary = "Step \(index + 1) of an order\(foreign)" }
      orders.queues = ["payments": QueuePolicy()]
      var circuit = CircuitPolicy()
      circuit.failures = 1000
      orders.circuits = ["payments": circuit]
      orders.outputs = ["receipt": "${tasks.charge.receipt}", "shipped": "${tasks.ship.by}"]
      orders.triggers = [
        TriggerDefinition(name: "nightly", source: .cron(expression: "15 2 * * *", timeZone: "Europe/Berlin"))
      ]
      orders.triggers[0].input = ["customer": "nobody", "total": 0]
      return orders
    }

    private static func task(
      _ name: String, _ function: String, _ input: [String: JSONValue],
      _ change: (inout TaskDefinition) -> Void = { _ in }
    ) -> TaskDefinition {
      var task = TaskDefinition(name: name, kind: "swift")
      task.input = Template(.object(input.merging(["function": .string(function)]) { $1 }))
      task.timeout = .seconds(1200)
      change(&task)
      return task
    }

    private static var approval: TaskDefinition {
      var task = TaskDefinition(name: "approve", kind: EngineKind.wait.rawValue)
      task.needs = ["pack"]
      task.input = ["approval": "approved"]
      task.timeout = .seconds(86_400)
      return task
    }

    /// Starts an order, which comes to wait for its approval, or to fail.
    func order(_ customer: Int = 7) async throws -> RunID {
      var request = StartRequest(workflow: "orders", input: ["customer": .string("Ada\(foreign)"), "total": 12.5])
      request.key = "customer \(customer)\(foreign)"
      let run = try await engine.start(request).run
      _ = try await settled(run)
      return run
    }

    /// Waits for somebody's answer, or has ended. Between two attempts a run waits, too.
    func settled(_ run: RunID) async throws -> RunRecord {
      try await wait(for: run, to: "settle") {
        $0.state.isFinal || $0.state == .paused || $0.state == .waiting && $0.errorCount == 0
      }
    }

    func ended(_ run: RunID) async throws -> RunRecord { try await wait(for: run, to: "end") { $0.state.isFinal } }

    /// So long that only what never comes is not waited for: these runs take milliseconds.
    private func wait(
      for run: RunID, to end: String, _ condition: @escaping @Sendable (RunRecord) -> Bool
    ) async throws -> RunRecord {
      do {
        return try await engine.wait(for: run, timeout: .seconds(600), until: condition)
      } catch is DeadlineExceeded {
        throw Browser.Trouble(description: "not seen in 600 s: run \(run) to \(end); it is \(try await record(run))")
      }
    }

    func record(_ run: RunID) async throws -> RunRecord {
      guard let record = try await engine.record(of: run) else { throw Browser.Trouble(description: "no run \(run)") }
      return record
    }

    // MARK: What is looked at

    /// Goes to a view, and waits until it is shown.
    func open(
      _ place: String, showing selector: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
      // Another document each time, so that nothing is left of the one before.
      try await browser.go(to: "about:blank")
      try await browser.go(to: "\(address)/#/\(place)")
      try await browser.wait(
        until: "document.querySelector(arguments[0])", .string(selector), sourceLocation: sourceLocation)
    }

    func expectText(
      _ text: String, in selector: String = "main", sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
      try await browser.wait(
        until: "document.querySelector(arguments[0]).innerText.includes(arguments[1])", .string(selector),
        .string(text),
        sourceLocation: sourceLocation)
    }

    /// The run that is shown, by the page's address.
    func shownRun() async throws -> RunID {
      let place = try await browser.run("return location.hash").text ?? ""
      guard let match = place.firstMatch(of: /#\/runs\/([0-9a-f]{32})/), let run = RunID(String(match.1)) else {
        throw Browser.Trouble(description: "no run is shown: \(place)")
      }
      return run
    }
  }

  /// Alerts of a test.
  final class AlertList: AlertSource {
    private let list = Mutex<[AlertView]>([])

    func put(_ alert: AlertView) { list.withLock { $0.append(alert) } }

    func alerts() async -> [AlertView] { list.withLock { $0 } }

    func acknowledge(_ id: String, by name: String, comment: String) async throws -> AlertView? {
      list.withLock { list in
        guard let index = list.firstIndex(where: { $0.id == id }) else { return nil }
        list[index].state = .acknowledged
        list[index].acknowledgedBy = name
        list[index].comment = comment
        return list[index]
      }
    }
  }
#endif
