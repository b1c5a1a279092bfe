#if Workflow
  import Foundation
  import Millrace
  import MillraceTasks
  import MillraceTesting
  import MillraceWorkflow
  import Synchronization
  import Testing

  @testable import MillraceDashboard

  /// A server on a free port of this machine, with an engine in memory and three workflows.
  final class Site: Sendable {
    static let tokens = [
      Role.viewer: "viewer-token-0123456789", .operator: "operator-token-0123456789", .admin: "admin-token-0123456789",
    ]
    static let secret = "planted-s3cr3t-value"

    let clock: ManualWallClock?
    let engine: WorkflowEngine
    let server: DashboardServer
    let alerts = AlertBox()
    var port: Int { server.address.port }

    /// - Parameters:
    ///   - isOpen: without tokens.
    ///   - clock: of the server's sessions; the engine has the system's.
    init(
      isOpen: Bool = false, limits: ServerLimits = ServerLimits(), clock: ManualWallClock? = nil,
      origins: [String] = []
    ) async throws {
      self.clock = clock
      let watch = RunWatch()
      var configuration = WorkflowEngine.Configuration()
      configuration.observers = [watch]
      configuration.vault = Vault([FixedSecrets(["password": Secret(Self.secret)])])
      configuration.handlers = [
        SwiftFunctions([
          "talk": { input, context in
            for number in 1...3 { context.log("line \(number) of \(context.step)") }
            context.log("the password is \(Self.secret)")
            return input
          },
          "fail": { _, _ in throw TaskFailure(code: "broken", "it is broken", isRetryable: false) },
        ])
      ]
      let store = MemoryRunStore()
      engine = WorkflowEngine(store: store, configuration: configuration)
      let triggers = TriggerRunner(starter: engine, store: store)
      for text in [Self.order, Self.broken, Self.unique] {
        let definition = try WorkflowDefinition(yaml: text)
        try engine.register(definition)
        for trigger in definition.triggers { try triggers.add(trigger, of: definition.name) }
      }
      try engine.register(Self.machine)
      try await engine.resumeRuns()
      var options = DashboardServer.Configuration()
      options.address = ListenAddress("127.0.0.1:0")!
      if !isOpen {
        options.tokens = try AccessTokens(
          Role.allCases.map { "\($0.rawValue) \(Self.tokens[$0]!) \($0.rawValue)-name" }.joined(separator: "\n"))
      }
      options.limits = limits
      options.origins = origins
      if let clock { options.wallClock = clock }
      options.triggers = triggers
      options.metrics = { "# TYPE up gauge\nup 1\n" }
      options.alerts = alerts
      options.hooks = { name, headers, body in
        let value: JSONValue = [
          "name": .string(name), "signature": .string(headers["x-signature"] ?? ""),
          "body": .string(String(decoding: body, as: UTF8.self)),
        ]
        return (202, value.json)
      }
      options.logger.logLevel = .critical
      server = try DashboardServer(engine: engine, watch: watch, configuration: options)
    }

    /// Does something with it, and ends it.
    static func run(
      isOpen: Bool = false, limits: ServerLimits = ServerLimits(), clock: ManualWallClock? = nil,
      origins: [String] = [], _ body: (Site) async throws -> Void
    ) async throws {
      let site = try await Site(isOpen: isOpen, limits: limits, clock: clock, origins: origins)
      let result: Result<Void, any Error>
      do { result = .success(try await body(site)) } catch { result = .failure(error) }
      await site.server.stop(grace: .zero)
      await site.engine.shutdown(grace: .zero)
      try result.get()
    }

    func connect() throws -> RawConnection { try RawConnection(port: port) }

    /// Asks on a connection of its own, and checks what is answered against the description.
    @discardableResult
    func ask(
      _ method: String = "GET", _ path: String, as role: Role? = .admin, body: String? = nil,
      headers: [(String, String)] = []
    ) throws -> RawResponse {
      var headers = headers
      if let role { headers.append(("Authorization", "Bearer \(Self.tokens[role]!)")) }
      let connection = try connect()
      let response = try connection.ask(method, path, body: body, headers: headers + [("Connection", "close")])
      try APIDescription.shared.check(response, to: method, path)
      return response
    }

    /// A run of `order`, which has come to wait for its approval.
    func waitingRun() async throws -> RunID {
      let run = try await engine.start(StartRequest(workflow: "order", input: ["item": "anvil"])).run
      try await engine.wait(for: run) { $0.state == .waiting }
      return run
    }

    func failedRun() async throws -> RunID {
      let run = try await engine.start(StartRequest(workflow: "broken")).run
      try await engine.wait(for: run)
      return run
    }

    // MARK: Workflows

    static let order = """
      name: order
      summary: Talks, waits for an approval, ends.
      parameters:
        item: { type: string, summary: What is ordered. }
        size: { type: { oneOf: [small, large] }, default: small }
        count: { type: integer, default: 1 }
      resources: { press: 2 }
      queues: { mail: { concurrency: 2 } }
      circuits: { bank: { failures: 3 } }
      tasks:
        talk: { kind: swift, queue: mail, circuit: bank, resources: { press: 1 }, input: { function: talk, item: "${parameters.item}" } }
        agree: { kind: wait, needs: [talk], input: { approval: agreed }, timeout: 1h }
        undo: { kind: values, input: { undone: true } }
        ship: { kind: values, needs: [agree], input: { item: "${tasks.talk.item}" }, compensate: undo }
      outputs: { item: "${tasks.ship.item}" }
      triggers:
        nightly: { cron: { expression: "15 6 * * *", timeZone: UTC }, input: { item: rest } }
      """
    static let broken = """
      name: broken
      tasks:
        first: { kind: values, input: { a: 1 } }
        second: { kind: swift, needs: [first], input: { function: fail } }
      """
    static let unique = """
      name: unique
      parameters: { customer: { type: string } }
      exclusiveKey: "${parameters.customer}"
      tasks:
        hold: { kind: wait, input: { event: done }, timeout: 1h }
      """

    enum Place: String, CaseIterable { case packed, sent, lost }

    static var machine: StateMachine<JSONValue, Place> {
      var machine = StateMachine<JSONValue, Place>("parcel", initial: .packed)
      machine.addCallback("collected", at: .packed, to: .sent) { (_, _: JSONValue, _) in .sent }
      machine.addTimeout(at: .packed, after: .seconds(86_400), to: .lost)
      return machine
    }
  }

  /// One alert, which can be acknowledged.
  actor AlertBox: AlertSource {
    private let listeners = Mutex<[@Sendable (String) -> Void]>([])
    private var alert = AlertView(
      id: "failures", rule: "run failed", severity: .warning, state: .firing, message: "one has failed <script>",
      since: Timestamp(microseconds: 1), last: Timestamp(microseconds: 2))

    func alerts() -> [AlertView] { [alert] }

    func acknowledge(_ id: String, by name: String, comment: String) throws -> AlertView? {
      guard id == alert.id else { return nil }
      if alert.state == .acknowledged { throw WorkflowError(.impossible, "has been acknowledged") }
      (alert.state, alert.acknowledgedBy, alert.comment) = (.acknowledged, name, comment)
      tell()
      return alert
    }

    /// It is about a run, from now on.
    func blame(_ run: RunID) {
      alert.run = run
      tell()
    }

    private func tell() { for listener in listeners.withLock(\.self) { listener(alert.id) } }

    nonisolated func follow(_ changed: @escaping @Sendable (_ id: String) -> Void) {
      listeners.withLock { $0.append(changed) }
    }
  }
#endif
