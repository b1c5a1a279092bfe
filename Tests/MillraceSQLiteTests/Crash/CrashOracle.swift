#if Workflow
  import Foundation
  import MillraceSQLite
  import MillraceWorkflow

  /// Compares what the outside has seen with what is stored, when all runs have ended. Says everything that is wrong.
  struct CrashOracle {
    let log: [CrashLog.Entry]
    let store: SQLiteRunStore
    /// What was promised to survive: acknowledgements of others may be missing.
    let survivors: Set<Durability>
    private var records: [RunID: RunRecord] = [:]
    private(set) var faults: [String] = []

    /// - Returns: what is wrong, and how many runs were looked at.
    static func look(
      at log: [CrashLog.Entry], _ store: SQLiteRunStore, survivors: Set<Durability> = [.processCrash, .powerLoss]
    ) async throws -> (faults: [String], runs: Int) {
      var oracle = CrashOracle(log: log, store: store, survivors: survivors)
      try await oracle.look()
      return (oracle.faults, oracle.records.count)
    }

    private init(log: [CrashLog.Entry], store: SQLiteRunStore, survivors: Set<Durability>) {
      (self.log, self.store, self.survivors) = (log, store, survivors)
    }

    private mutating func expect(_ holds: Bool, _ fault: @autoclosure () -> String) {
      if !holds { faults.append(fault()) }
    }

    private mutating func look() async throws {
      var query = RunQuery()
      query.limit = .max
      records = Dictionary(uniqueKeysWithValues: try await store.runs(query).map { ($0.id, $0) })
      lookAtClients()
      try await lookAtRuns()
      lookAtEffects()
      lookAtTicks()
      for event in try await store.outbox(after: 0, limit: .max) {
        expect(false, "event \(event.event.id) is still in the outbox")
      }
    }

    // MARK: What was acknowledged

    private mutating func lookAtClients() {
      var runs: [String: RunID] = [:]
      for entry in log {
        switch entry {
        case .started(let name, let run):
          let client = CrashBench.Client(name: name)!
          guard survivors.contains(client.durability) else { continue }
          expect(records[run] != nil, "\(name): acknowledged run \(run) is lost")
          expect(records[run]?.idempotencyKey == name, "\(name): run \(run) is somebody else's")
          expect(runs[name] ?? run == run, "\(name) was given two runs")
          runs[name] = run
        case .ended(let name, let run, let state):
          let client = CrashBench.Client(name: name)!
          guard survivors.contains(client.durability) else { continue }
          expect(records[run]?.state == state, "\(name): the end that was told, \(state), is not stored")
        case .published(let id):
          for durability in [Durability.processCrash, .powerLoss] where survivors.contains(durability) {
            let count = records.values.count {
              $0.workflow == "child-\(durability)" && $0.idempotencyKey == "event@\(id)"
            }
            expect(count == 1, "published event \(id) has started \(count) runs of child-\(durability)")
          }
        case .life, .asked, .accepted, .effect, .relayed: break
        }
      }
    }

    // MARK: What is stored

    private mutating func lookAtRuns() async throws {
      let accepted = Dictionary(
        log.compactMap { entry -> (RunID, String)? in
          if case .accepted(let client, let run) = entry { (run, client) } else { nil }
        }, uniquingKeysWith: { first, _ in first })
      let children = Dictionary(grouping: records.values.filter { $0.parent != nil }, by: { $0.parent! })
      let relayed = Set(
        log.compactMap { entry -> String? in if case .relayed(let id) = entry { id } else { nil } })
      for record in records.values {
        let name = "\(record.workflow) \(record.id) (\(record.idempotencyKey ?? ""))"
        expect(record.state.isFinal, "\(name) has not ended: it is \(record.state)")
        expect(!record.workflow.hasSuffix("memory"), "\(name) is in the database")
        let history = try await store.history(of: record.id)
        // A transition of the run, or of one of its steps, is made once.
        let transitions = history.filter {
          ["started", "completed", "failed", "cancelled"].contains($0.kind) || $0.kind.hasPrefix("step ")
            || $0.kind == "event taken" || $0.kind == "entered"
        }
        for (transition, entries) in Dictionary(grouping: transitions, by: { "\($0.kind) \($0.step)" })
        where entries.count != 1 {
          expect(false, "\(name): \(transition), \(entries.count) times")
        }
        let ends = Dictionary(
          history.filter { $0.kind.hasPrefix("step ") }.map { ($0.step, $0.kind) }, uniquingKeysWith: { $1 })
        let client = CrashBench.Client(name: record.idempotencyKey ?? "")
        let result = (try? record.result.value()) ?? .null
        switch client?.kind {
        case .flow:
          expect(record.state == .completed, "\(name) is \(record.state): \(record.reason)")
          expect(
            result == [
              "each": [["n": 1], ["n": 2], ["n": 3]], "parts": [["n": 10], ["n": 20]], "by": .string(client!.name),
            ], "\(name) gave \(result)")
          expect(children[record.id]?.count == 2, "\(name) has \(children[record.id]?.count ?? 0) children")
          expect(relayed.contains("\(record.id)/say"), "\(name): what it told the world was not relayed")
        case .saga:
          expect(record.state == .failed, "\(name) is \(record.state)")
          expect(ends["reserve#compensate"] == "step succeeded", "\(name) was not taken back")
        case .once:
          let wasInterrupted = history.contains { $0.kind == "attempt interrupted" && $0.step == "pay" }
          expect(
            record.state == (wasInterrupted ? .failed : .completed), "\(name) is \(record.state): \(record.reason)")
        case .order:
          expect(record.status == "shipped", "\(name) is at \(record.status): \(record.reason)")
          let parcels = try? StateMachine<CrashBench.Order, CrashBench.Status>.decode(record.payload).parcels
          expect(parcels == [client!.name], "\(name) has \(String(describing: parcels))")
        case nil: expect(record.state == .completed, "\(name) is \(record.state): \(record.reason)")
        }
        if let event = accepted[record.id] {
          let isTaken = history.contains {
            $0.kind == "event taken" || $0.kind == "step succeeded" && $0.step.hasSuffix("/go")
          }
          expect(isTaken, "\(name): the acknowledged event of \(event) was not taken")
        }
      }
      let told = Set(records.keys.map { "\($0)/say" })
      for id in relayed where id.hasSuffix("/say") && survivors.contains(.processCrash) {
        // Runs in memory tell the world, too, and are gone. (The ends of runs are told by other ids.)
        expect(told.contains(id) || isOfMemory(id), "an event was relayed that no run has told: \(id)")
      }
    }

    private func isOfMemory(_ event: String) -> Bool {
      guard let run = RunID(String(event.prefix { $0 != "/" })) else { return false }
      return log.contains { entry in
        if case .started(let client, run) = entry {
          CrashBench.Client(name: client)!.durability == .memory
        } else {
          false
        }
      }
    }

    // MARK: What was done to the outside

    /// When a step is done again: after a crash, if it is not among those that must not be, and nothing that follows from it has been done.
    private mutating func lookAtEffects() {
      var lives: [String: [Int]] = [:]
      /// Steps from which something follows that has been done.
      var over: [RunID: Set<String>] = [:]
      var life = 0
      for entry in log {
        if entry == .life { life += 1 }
        // Of a run that power failure may set back, everything may be done again.
        guard case .effect(let run, let step, let attempt) = entry, isPromised(run) else { continue }
        let name = "\(run)/\(step)/\(attempt)"
        lives[name, default: []].append(life)
        let kind = String(step.prefix { $0 != "[" })
        expect(over[run]?.contains(kind) != true, "\(name) was done in life \(life), after what follows from it")
        over[run, default: []].formUnion(Self.predecessors[kind]!)
      }
      for (name, lives) in lives {
        expect(Set(lives).count == lives.count, "\(name) was done twice in one life: \(lives)")
        if name.contains("/pay/") { expect(lives.count == 1, "\(name) was done \(lives.count) times") }
      }
    }

    /// Whether what is stored of a run survives; true for one that is not stored, which has one life at most.
    private func isPromised(_ run: RunID) -> Bool {
      guard let workflow = records[run]?.workflow else { return true }
      return survivors.contains { workflow.hasSuffix($0.rawValue) }
    }

    /// Steps that have ended, and whose end is stored, before a step begins.
    private static let predecessors: [String: Set<String>] = [
      "first": [], "each": ["first"], "risky": ["first"], "risky#fallback": ["first", "risky"],
      "last": ["first", "each", "risky", "risky#fallback"],
      "hook:completed": ["first", "each", "risky", "risky#fallback", "last"], "reserve": [], "charge": ["reserve"],
      "reserve#compensate": ["reserve", "charge"], "pay": [], "thank": ["pay"], "only": [], "placed#1": [],
    ]

    // MARK: What the clock has started

    /// Each time of the schedule once, without a gap.
    private mutating func lookAtTicks() {
      let times = records.values.compactMap { record -> Timestamp? in
        guard let key = record.idempotencyKey, key.hasPrefix("tick@") else { return nil }
        return Timestamp(String(key.dropFirst("tick@".count)))
      }.sorted()
      guard survivors.contains(.processCrash) else { return }
      for (one, next) in zip(times, times.dropFirst()) {
        expect(next.duration(since: one) == CrashBench.tick, "no run for what was due between \(one) and \(next)")
      }
    }
  }
#endif
