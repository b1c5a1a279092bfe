#if Workflow
  import Foundation
  import MillraceSQLite
  import MillraceWorkflow

  /// What dies and is started again: an engine on SQLite with everything that runs can do, its triggers, and clients that ask it for runs.
  final class CrashBench: Sendable {
    /// What a client asks for.
    enum Kind: String, CaseIterable, Sendable {
      /// A retry, a fan-out, sub-workflows, a condition, a fallback, an event for the world, a wait, a hook.
      case flow
      /// Fails, and takes back what it has done.
      case saga
      /// Something that must not be done twice.
      case once
      /// A state machine: a step, a callback, a timeout.
      case order
    }

    static let topic = "published"
    static let tick = Duration.milliseconds(50)

    let engine: WorkflowEngine
    let store: SQLiteRunStore
    let log: CrashLog
    private let stream: SQLiteEventStream
    private let triggers: TriggerRunner
    private let reports: AsyncStream<TriggerReport>

    init(folder: String, log: CrashLog) throws {
      self.log = log
      store = try SQLiteRunStore(path: folder + "/runs.db")
      // In the same database, as the command line has it: so both lose the same when the power fails.
      stream = try SQLiteEventStream(path: folder + "/runs.db", durability: .powerLoss)
      var configuration = WorkflowEngine.Configuration()
      configuration.stream = LoggedStream(base: stream, log: log)
      configuration.handlers = [SwiftFunctions(Self.functions(log))]
      engine = WorkflowEngine(store: store, memoryStore: MemoryRunStore(), configuration: configuration)
      for durability in Durability.allCases {
        for definition in Self.definitions(durability) { try engine.register(definition) }
        try engine.register(Self.order(durability, log))
      }
      var triggerConfiguration = TriggerRunner.Configuration()
      triggerConfiguration.stream = stream
      let (reports, reporting) = AsyncStream.makeStream(of: TriggerReport.self)
      self.reports = reports
      triggerConfiguration.report = { reporting.yield($0) }
      triggers = TriggerRunner(starter: engine, store: store, configuration: triggerConfiguration)
      for durability in [Durability.processCrash, .powerLoss] {
        var event = TriggerDefinition(name: "event", source: .event(topic: Self.topic, when: nil))
        event.input = ["n": "${event.payload}"]
        try triggers.add(event, of: "child-\(durability)")
      }
      var tick = TriggerDefinition(name: "tick", source: .interval(Self.tick))
      tick.input = ["n": 7]
      tick.catchUp = .all
      try triggers.add(tick, of: "child-processCrash")
    }

    // MARK: Workflows

    private static func functions(_ log: CrashLog) -> [String: SwiftFunctions.Function] {
      @Sendable func effect(_ context: TaskContext) {
        log.write(.effect(run: context.run, step: context.step, attempt: context.attempt))
      }
      return [
        "work": { input, context in
          effect(context)
          return input
        },
        "shaky": { input, context in
          effect(context)
          if context.attempt == 1 { throw TaskFailure(code: "shaky", "the first attempt") }
          return input
        },
        "break": { input, context in
          effect(context)
          throw TaskFailure(code: "broken", "always", isRetryable: false)
        },
      ]
    }

    private static func task(
      _ name: String, _ function: String, needs: [String] = [], _ input: [String: JSONValue] = [:],
      _ change: (inout TaskDefinition) -> Void = { _ in }
    ) -> TaskDefinition {
      var task = TaskDefinition(name: name, kind: "swift")
      task.needs = needs
      task.input = Template(.object(input.merging(["function": .string(function)]) { $1 }))
      task.retry.backoff = .milliseconds(1)
      change(&task)
      return task
    }

    private static func task(
      _ name: String, kind: EngineKind, needs: [String] = [], _ input: [String: JSONValue],
      _ change: (inout TaskDefinition) -> Void = { _ in }
    ) -> TaskDefinition {
      var task = TaskDefinition(name: name, kind: kind.rawValue)
      task.needs = needs
      task.input = Template(.object(input))
      change(&task)
      return task
    }

    private static func definitions(_ durability: Durability) -> [WorkflowDefinition] {
      var child = WorkflowDefinition(name: "child-\(durability)")
      child.parameters = [ParameterDefinition(name: "n", type: .integer)]
      child.tasks = [task("only", "work", ["n": "${parameters.n}"])]
      child.outputs = ["n": "${tasks.only.n}"]

      var flow = WorkflowDefinition(name: "flow-\(durability)")
      flow.tasks = [
        task("first", "shaky", ["n": 1]) { $0.retry.attempts = 2 },
        task("each", "work", needs: ["first"], ["n": "${item}"]) {
          $0.foreach = ForeachDefinition(elements: "[1, 2, 3]")
          $0.foreach!.limit = 3
        },
        task(
          "parts", kind: .workflow, needs: ["first"],
          ["workflow": .string(child.name), "parameters": ["n": "${item}"]]
        ) {
          // A disk may be looked at long after it was written.
          $0.timeout = .seconds(86_400)
          $0.foreach = ForeachDefinition(elements: "[10, 20]")
          $0.foreach!.limit = 2
        },
        task("never", "work", needs: ["first"]) { $0.when = "tasks.first.n > 1" },
        task("risky", "break", needs: ["first"]) { $0.fallback = "safe" },
        task("safe", "work", ["n": 5]),
        task(
          "say", kind: .emit, needs: ["each", "parts", "risky"],
          ["topic": .string("said-\(durability)"), "payload": "${tasks.parts}"]),
        task("pause", kind: .wait, needs: ["say"], ["duration": "2ms"]),
        task("wait", kind: .wait, needs: ["pause"], ["event": "go"]) {
          $0.timeout = .seconds(86_400)
          $0.outputs = ["by": .string]
        },
        task("last", "work", ["by": "${tasks.wait.by}"]),
        task("hook", "work", ["name": "${event.name}"]),
      ]
      flow.outputs = ["each": "${tasks.each}", "parts": "${tasks.parts}", "by": "${tasks.last.by}"]
      flow.hooks = [.completed: "hook"]

      var saga = WorkflowDefinition(name: "saga-\(durability)")
      saga.tasks = [
        task("reserve", "work", ["n": 1]) { $0.compensation = "release" },
        task("release", "work"),
        task("charge", "break", needs: ["reserve"]),
      ]

      var once = WorkflowDefinition(name: "once-\(durability)")
      once.tasks = [
        task("pay", "work") { $0.retry.interrupted = .fail },
        task("thank", "work", needs: ["pay"]),
      ]
      var definitions = [child, flow, saga, once]
      for index in definitions.indices {
        definitions[index].durability = durability
        definitions[index].deadline = .seconds(7 * 86_400)
      }
      return definitions
    }

    struct Order: Codable, Sendable {
      var parcels: [String] = []
    }

    enum Status: String, CaseIterable { case placed, charged, packed, shipped, expired }

    private static func order(_ durability: Durability, _ log: CrashLog) -> StateMachine<Order, Status> {
      var machine = StateMachine<Order, Status>("order-\(durability)", initial: .placed)
      machine.durability = durability
      machine.addStep(at: .placed, to: .charged) { _, context in
        log.write(.effect(run: context.run, step: context.step, attempt: context.attempt))
        return .charged
      }
      machine.addCallback("go", at: .charged, to: .packed) { (order, event: [String: String], _) in
        order.parcels.append(event["by"] ?? "")
        return .packed
      }
      machine.addTimeout(at: .charged, after: .seconds(86_400), to: .expired)
      machine.addTimeout(at: .packed, after: .milliseconds(3), to: .shipped)
      return machine
    }

    // MARK: Living

    /// Goes on with what was begun, and lets clients ask for more: so many rounds, or until somebody kills it.
    ///
    /// - Parameter before: what the lives before have written down.
    func live(after before: [CrashLog.Entry], rounds: Int) async throws {
      log.write(.life)
      let life = before.count { $0 == .life }
      try await engine.resumeRuns()
      let triggering = Task { try await triggers.run() }
      try await withThrowingTaskGroup(of: Void.self) { group in
        // Who was not told the end asks again; in the last life everybody does.
        for client in Self.clients(before, withEnded: rounds == 0) { group.addTask { try await self.serve(client) } }
        for round in 0..<rounds {
          if round > 0 { try await group.waitForAll() }
          for durability in Durability.allCases {
            for kind in Kind.allCases {
              group.addTask { try await self.serve(Client(kind: kind, durability: durability, "\(life).\(round)")) }
            }
          }
          let event = OutboxEvent(id: "\(life).\(round)", topic: Self.topic, key: "k", payload: Payload(7))
          _ = try await stream.append([event], whenFull: .wait)
          log.write(.published(event.id))
        }
        try await group.waitForAll()
      }
      try await settle(triggering, life: life)
    }

    private static func clients(_ log: [CrashLog.Entry], withEnded: Bool) -> [Client] {
      var asked: [String] = []
      var ended: Set<String> = []
      for entry in log {
        if case .asked(let client) = entry, !asked.contains(client) { asked.append(client) }
        if case .ended(let client, _, _) = entry { ended.insert(client) }
      }
      // What was in memory is gone: who has seen its end does not ask for another.
      return asked.map { Client(name: $0)! }.filter {
        !ended.contains($0.name) || withEnded && $0.durability != .memory
      }
    }

    struct Client: Sendable, Hashable {
      let kind: Kind
      let durability: Durability
      let name: String

      init(kind: Kind, durability: Durability, _ place: String) {
        self.kind = kind
        self.durability = durability
        name = "\(kind) \(durability) \(place)"
      }

      init?(name: String) {
        let words = name.split(separator: " ").map(String.init)
        guard words.count == 3, let kind = Kind(rawValue: words[0]), let durability = Durability(rawValue: words[1])
        else { return nil }
        (self.kind, self.durability, self.name) = (kind, durability, name)
      }

      var workflow: String { "\(kind)-\(durability)" }
      var event: InboxEvent? {
        guard kind == .flow || kind == .order else { return nil }
        return InboxEvent(id: "go \(name)", name: "go", payload: Payload(["by": .string(name)]))
      }
    }

    private func serve(_ client: Client) async throws {
      log.write(.asked(client: client.name))
      var request = StartRequest(workflow: client.workflow, input: client.kind == .order ? ["parcels": []] : [:])
      request.idempotencyKey = client.name
      let run = try await engine.start(request).run
      log.write(.started(client: client.name, run: run))
      if let event = client.event {
        let verdict = try await engine.send(event, to: run)
        let isOver = if case .late = verdict { true } else { false }
        precondition(
          verdict == .accepted || verdict == .duplicate || isOver, "\(client.name)'s event was answered \(verdict)")
        if !isOver { log.write(.accepted(client: client.name, run: run)) }
      }
      let record = try await engine.wait(for: run)
      log.write(.ended(client: client.name, run: run, record.state))
    }

    /// Returns when the triggers have answered all that was published, and every run has ended.
    private func settle(_ triggering: Task<Void, any Error>, life: Int) async throws {
      // Triggers take events in order: when they have answered the last one, they have answered all.
      let last = OutboxEvent(id: "\(life).last", topic: Self.topic, key: "k", payload: Payload(7))
      _ = try await stream.append([last], whenFull: .wait)
      log.write(.published(last.id))
      var waiting = 2
      for await report in reports {
        if case .answered(last.id, _) = report.kind { waiting -= 1 }
        if waiting == 0 { break }
      }
      triggering.cancel()
      _ = await triggering.result
      var query = RunQuery()
      query.states = [.initiated, .running, .waiting, .paused]
      query.limit = .max
      for record in try await store.runs(query) { try await engine.wait(for: record.id) }
    }

    func end() async throws {
      await engine.shutdown()
      try await stream.close()
      try await store.close()
    }
  }
#endif
