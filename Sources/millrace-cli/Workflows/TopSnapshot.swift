#if Workflow
  import Foundation
  import MillraceDashboard
  import MillraceWorkflow

  /// What goes on in a database at one moment.
  struct TopSnapshot: Sendable {
    struct Step: Sendable {
      var run: RunID
      var workflow: String
      var record: StepRecord
      /// In which its attempts wait; nil: in none.
      var queue: String?
    }

    struct Queue: Sendable, Equatable {
      var name: String
      var running = 0
      var waiting = 0
    }

    struct Breaker: Sendable {
      var name: String
      var state: CircuitBreaker.State
      /// nil: it has always been so.
      var changedAt: Timestamp?
      var failures: Int

      init(name: String, state: CircuitBreaker.State, changedAt: Timestamp?, failures: Int) {
        self.name = name
        self.state = state
        self.changedAt = changedAt == Timestamp(microseconds: 0) ? nil : changedAt
        self.failures = failures
      }
    }

    struct Engine: Sendable, Equatable {
      var name: String
      /// That it drives; nil: not known.
      var shards: Int?
    }

    var time: Timestamp
    var counts: [RunState: Int] = [:]
    /// Within the last minute.
    var started = 0
    var completed = 0
    var failed = 0
    /// Of the newest runs at work, those that began first first.
    var steps: [Step] = []
    /// Of these steps.
    var queues: [Queue] = []
    var breakers: [Breaker] = []
    var engines: [Engine] = []
    /// Runs whose steps were not looked at, because there are so many.
    var unseen = 0

    /// The most runs that are looked at one by one.
    static let runLimit = 100

    /// Reads a store, also while others drive its runs.
    init(of store: any RunStore, definitions: DefinitionCache) async throws {
      time = try await store.now()
      let minute = time.advanced(by: .seconds(-60))
      for state in RunState.allCases { counts[state] = try await store.count(Self.query([state])) }
      var begun = RunQuery()
      begun.createdAfter = minute
      started = try await store.count(begun)
      completed = try await Self.ended(.completed, since: minute, counts, store)
      failed = try await Self.ended(.failed, since: minute, counts, store)

      var query = Self.query([.initiated, .running])
      query.limit = Self.runLimit
      for record in try await store.runs(query) {
        // Its input is nobody's business here.
        guard let run = try await store.load(record.id) else { continue }
        let queues = try await definitions.queues(of: run.record, in: store)
        for step in run.steps where step.state == .running || step.state == .queued {
          steps.append(
            Step(run: record.id, workflow: record.workflow, record: step, queue: queues[Self.task(of: step.name)]))
        }
      }
      steps.sort {
        ($0.record.startedAt ?? .distantFuture, $0.record.name) < (
          $1.record.startedAt ?? .distantFuture, $1.record.name
        )
      }
      unseen = max(0, (counts[.initiated] ?? 0) + (counts[.running] ?? 0) - Self.runLimit)
      queues = Dictionary(grouping: steps.filter { $0.queue != nil }) { $0.queue! }.map { name, steps in
        let running = steps.count { $0.record.state == .running }
        return Queue(name: name, running: running, waiting: steps.count - running)
      }.sorted { $0.name < $1.name }

      breakers = try await store.documents(in: CircuitBreaker.collection, after: nil, limit: 1000).map { document in
        let snapshot = try document.value.decoded(as: CircuitBreaker.Snapshot.self, from: document.name)
        return Breaker(
          name: document.name.key, state: snapshot.state, changedAt: snapshot.changedAt,
          failures: snapshot.failures.count)
      }
      var shards: [String: Int] = [:]
      for lease in try await store.leases() {
        shards[lease.owner, default: 0] += LeaseRole(lease.role)?.process == LeaseRole.drive ? 1 : 0
      }
      engines = shards.map { Engine(name: $0, shards: $1) }.sorted { $0.name < $1.name }
    }

    init(time: Timestamp) { self.time = time }

    private mutating func sortSteps() {
      steps.sort {
        ($0.record.startedAt ?? .distantFuture, $0.record.name) < (
          $1.record.startedAt ?? .distantFuture, $1.record.name
        )
      }
    }

    private static func query(_ states: Set<RunState>) -> RunQuery {
      var query = RunQuery()
      query.states = states
      return query
    }

    /// There is no question for "ended after": of all those, the ones that ended before are taken away.
    private static func ended(
      _ state: RunState, since time: Timestamp, _ counts: [RunState: Int], _ store: any RunStore
    ) async throws -> Int {
      var older = query([state])
      older.finishedBefore = time
      return max(0, (counts[state] ?? 0) - (try await store.count(older)))
    }

    /// The task of a step: of `load[3]#fallback` it is `load`.
    private static func task(of step: String) -> String {
      String(step.prefix { $0 != "[" && $0 != "#" })
    }

    // MARK: As JSON

    var json: JSONValue {
      func age(_ start: Timestamp?) -> JSONValue {
        start.map { .double(time.duration(since: $0) / .seconds(1)) } ?? .null
      }
      return [
        "time": .string("\(time)"),
        "runs": .object(Dictionary(uniqueKeysWithValues: counts.map { ($0.rawValue, .int(Int64($1))) })),
        "last_minute": [
          "started": .int(Int64(started)), "completed": .int(Int64(completed)), "failed": .int(Int64(failed)),
        ],
        "steps": .array(
          steps.map { step in
            var members = step.record.members
            members["run"] = .string("\(step.run)")
            members["workflow"] = .string(step.workflow)
            members["age"] = age(step.record.startedAt)
            if let queue = step.queue { members["queue"] = .string(queue) }
            return .object(members)
          }),
        "unseen_runs": .int(Int64(unseen)),
        "queues": .array(
          queues.map {
            ["name": .string($0.name), "running": .int(Int64($0.running)), "waiting": .int(Int64($0.waiting))]
          }),
        "breakers": .array(
          breakers.map {
            [
              "name": .string($0.name), "state": .string($0.state.rawValue), "failures": .int(Int64($0.failures)),
              "age": age($0.changedAt),
            ]
          }),
        "engines": .array(
          engines.map { ["name": .string($0.name), "shards": $0.shards.map { .int(Int64($0)) } ?? .null] }),
      ]
    }
  }

  extension TopSnapshot {
    /// Asks a server.
    init(of server: ServerClient) async throws {
      let status = try await server.ask(at: ["status"])
      time = status["now"]?.text.flatMap { Timestamp($0) } ?? SystemWallClock().now
      engines =
        [Engine(name: server.url)] + (status["engines"]?.elements ?? []).compactMap(\.text).map { Engine(name: $0) }
      let counts = try await server.ask(at: ["runs"], query: [("limit", "1")])["counts"]
      for state in RunState.allCases { self.counts[state] = counts?[state.rawValue]?.integer ?? 0 }
      let series = try await server.ask(at: ["series"])
      let period = series["period_seconds"]?.number ?? 1
      func lastMinute(_ name: String) -> Int {
        let values = series["series"]?.elements?.first { $0["name"]?.text == name }?["values"]?.elements ?? []
        let rates = values.suffix(max(1, Int(60 / period))).compactMap(\.number)
        return Int((rates.reduce(0, +) * period).rounded())
      }
      (started, completed, failed) = (
        lastMinute("runs_started"), lastMinute("runs_completed"), lastMinute("runs_failed")
      )
      var query = RunQuery()
      query.states = [.initiated, .running]
      query.limit = Self.serverRunLimit
      for record in try await server.runs(query).runs {
        let run = try await server.run(record.id).run
        steps += run.steps.filter { $0.state == .running || $0.state == .queued }.map {
          Step(run: record.id, workflow: record.workflow, record: $0, queue: nil)
        }
      }
      sortSteps()
      unseen = max(0, (self.counts[.initiated] ?? 0) + (self.counts[.running] ?? 0) - Self.serverRunLimit)
      queues = (try await server.ask(at: ["queues"])["queues"]?.elements ?? []).map { queue in
        Queue(
          name: queue["name"]?.text ?? "", running: queue["running"]?.integer ?? 0,
          waiting: queue["waiting"]?.integer ?? 0)
      }
      breakers = try await server.breakers().compactMap { breaker in
        guard let name = breaker["name"]?.text,
          let state = breaker["state"]?.text.flatMap({ CircuitBreaker.State(rawValue: $0) })
        else { return nil }
        return Breaker(
          name: name, state: state, changedAt: breaker["changed_at"]?.text.flatMap { Timestamp($0) },
          failures: breaker["failures"]?.integer ?? 0)
      }
    }

    /// Each costs a request.
    private static let serverRunLimit = 20
  }

  /// Which task waits in which queue, by definition: read once for each.
  actor DefinitionCache {
    private var known: [ContentHash: [String: String]] = [:]

    func queues(of record: RunRecord, in store: any RunStore) async throws -> [String: String] {
      if let queues = known[record.definition] { return queues }
      let document = try await store.document(DocumentName("definitions", "\(record.definition)"))
      // A state machine has none that could be read.
      let definition = document.flatMap { try? WorkflowDefinition(json: $0.value.bytes) }
      let queues = Dictionary(
        (definition?.tasks ?? []).compactMap { task in task.queue.map { (task.name, $0) } }, uniquingKeysWith: { $1 })
      known[record.definition] = queues
      return queues
    }
  }
#endif
