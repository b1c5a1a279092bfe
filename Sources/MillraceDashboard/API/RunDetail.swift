#if Workflow
  import MillraceExecutor
  import MillraceWorkflow

  /// All about a run as JSON: `Run` of the description.
  struct RunDetail {
    let run: StoredRun
    let history: [HistoryEntry]
    let workflow: KnownWorkflow?
    let role: Role
    let now: Timestamp

    /// A larger value is left out; what is left out is said, and can be asked for.
    static let valueBytes = 64 << 10
    /// Of all values together.
    static let allBytes = 1 << 20
    static let historyLimit = 1000

    var value: JSONValue {
      let record = run.record
      var members = record.serverSummary
      var room = Self.allBytes
      Self.put(record.payload, "parameters", in: &members, &room)
      Self.put(record.result, "result", in: &members, &room)
      if let key = record.idempotencyKey { members["idempotency_key"] = .string(key) }
      if let traceparent = record.traceparent { members["traceparent"] = .string(traceparent) }
      members["depth"] = .int(Int64(record.depth))
      members["holds_key"] = .bool(record.holdsKey)
      let entries = Dictionary(grouping: history, by: \.step)
      members["steps"] = .array(
        run.steps.map { step in
          var members = step.members
          Self.put(step.output, "output", in: &members, &room)
          members["attempts"] = .array(Self.attempts(of: step, entries[step.name] ?? []))
          return .object(members)
        })
      members["timers"] = .array(run.timers.map { ["name": .string($0.name), "due": .string("\($0.due)")] })
      members["inbox"] = .array(run.inbox.map { ["id": .string($0.id), "name": .string($0.name)] })
      members["history"] = .array(history.suffix(Self.historyLimit).map { .object($0.members) })
      members["history_count"] = .int(Int64(history.count))
      members["waits"] = .array(waits)
      members["remaining_seconds"] = record.deadline.duration(since: now).json
      if let workflow {
        members["attempts_limit"] = .int(Int64(workflow.bounds.attempts))
        members["duration_limit_seconds"] = workflow.bounds.duration.json
      }
      members["actions"] = .array(actions.map { .string($0) })
      return .object(members)
    }

    private static func put(
      _ payload: Payload, _ name: String, in members: inout [String: JSONValue], _ room: inout Int
    ) {
      let count = payload.bytes.count
      guard count > 0 else { return }
      if count <= valueBytes, count <= room, let value = try? payload.value() {
        members[name] = value
        room -= count
      } else {
        members["\(name)_bytes"] = .int(Int64(count))
      }
    }

    /// As far as the history tells.
    private static func attempts(of step: StepRecord, _ entries: [HistoryEntry]) -> [JSONValue] {
      var attempts: [JSONValue] = []
      func add(_ number: Int, _ outcome: String, _ entry: HistoryEntry?) {
        var members: [String: JSONValue] = ["attempt": .int(Int64(number)), "outcome": .string(outcome)]
        if number == 1, let start = step.startedAt { members["began_at"] = .string("\(start)") }
        if let entry {
          members["ended_at"] = .string("\(entry.at)")
          if !entry.reason.isEmpty { members["reason"] = .string(entry.reason) }
          if let hash = entry.inputHash { members["input_hash"] = .string("\(hash)") }
          if let hash = entry.outputHash { members["output_hash"] = .string("\(hash)") }
        }
        attempts.append(.object(members))
      }
      for entry in entries where entry.attempt > 0 {
        switch entry.kind {
        case "attempt failed": add(entry.attempt, "failed", entry)
        case "attempt timed out": add(entry.attempt, "timed out", entry)
        case "step succeeded": add(entry.attempt, "succeeded", entry)
        case "step cancelled": add(entry.attempt, "cancelled", entry)
        default: break
        }
      }
      if step.state == .running { add(max(1, step.attempt), "running", nil) }
      return attempts
    }

    private var actions: [String] {
      guard role >= .operator else { return [] }
      let state = run.record.state
      var actions = RunAction.allCases.filter { RunState.transitions[state]?[$0] != nil }.map(\.rawValue)
      // They would change nothing.
      actions.removeAll { $0 == "pause" && state == .paused || $0 == "cancel" && state == .cancelled }
      actions.removeAll { $0 == "erase" && (role < .admin || state == .dataDeleted) }
      if state != .dataDeleted { actions.append("fork") }
      return actions
    }

    // MARK: Why it waits

    private var waits: [JSONValue] {
      let record = run.record
      if record.state.isFinal { return [] }
      let timers = Dictionary(run.timers.map { ($0.name, $0.due) }) { first, _ in first }
      if record.state == .paused {
        let reason = record.reason.isEmpty ? "" : ": \(record.reason)"
        return [wait("paused", "is paused\(reason)", until: timers[TimerRecord.resume])]
      }
      var waits: [JSONValue] = []
      if record.state == .initiated {
        waits.append(wait("engine", "has been stored, and waits for an engine to begin it"))
      }
      for step in run.steps {
        switch step.state {
        case .queued: waits.append(queued(step, timers))
        // The elements tell what a fan-out waits for.
        case .waiting where !isFanOut(step): waits += waiting(step, timers)
        default: break
        }
      }
      return waits
    }

    private func isFanOut(_ step: StepRecord) -> Bool { task(of: step)?.foreach != nil && !step.name.contains("[") }

    private func task(of step: StepRecord) -> TaskDefinition? {
      guard let checked = workflow?.checked else { return nil }
      return checked.index(of: String(step.name.prefix { $0 != "[" && $0 != "#" })).map { checked.tasks[$0].definition }
    }

    private func queued(_ step: StepRecord, _ timers: [String: Timestamp]) -> JSONValue {
      if let due = timers["retry:\(step.name)"] {
        return wait("retry", "attempt \(step.attempt + 1) follows: \(step.reason)", step, until: due)
      }
      let task = task(of: step)
      var places: [String] = []
      if let queue = task?.queue { places.append("a place in queue \(queue)") }
      places += (task?.resources ?? [:]).keys.sorted().map { "units of \($0)" }
      if let circuit = task?.circuit { places.append("circuit \(circuit)") }
      return wait(
        "queue", "waits for " + (places.isEmpty ? "an engine to begin it" : places.joined(separator: ", ")), step)
    }

    private func waiting(_ step: StepRecord, _ timers: [String: Timestamp]) -> [JSONValue] {
      if let task = task(of: step) {
        let until = timers["wait:\(step.name)"]
        switch EngineKind(rawValue: task.kind) {
        case .wait:
          for kind in ["event", "approval"] {
            if let name = task.input[kind]?.constant?.text {
              return [wait(kind, "waits for the \(kind) “\(name)”", step, event: name, until: until)]
            }
          }
          return [wait("time", "waits for a time", step, until: until)]
        case .workflow:
          let name = task.input["workflow"]?.constant?.text
          return [wait("run", "waits for the end of a run" + (name.map { " of \($0)" } ?? ""), step, until: until)]
        default: return [wait("run", "its fallback is under way", step, until: until)]
        }
      }
      let status = String(step.name.prefix { $0 != "#" })
      guard let place = workflow?.machine["statuses"]?[status] else { return [wait("event", "waits", step)] }
      let until = timers.filter { $0.key.hasPrefix("timeout:\(step.name):") }.values.min()
      guard case .object(let callbacks)? = place["callbacks"], !callbacks.isEmpty else {
        return [wait("time", "waits for a time", step, until: until)]
      }
      return callbacks.keys.sorted().map { wait("event", "waits for the event “\($0)”", step, event: $0, until: until) }
    }

    private func wait(
      _ kind: String, _ text: String, _ step: StepRecord? = nil, event: String? = nil, until: Timestamp? = nil
    ) -> JSONValue {
      var members: [String: JSONValue] = ["kind": .string(kind), "text": .string(text)]
      if let step { members["step"] = .string(step.name) }
      if let event { members["event"] = .string(event) }
      if let until {
        members["until"] = .string("\(until)")
        members["remaining_seconds"] = until.duration(since: now).json
      }
      return .object(members)
    }
  }

  extension API {
    func showRun(_ call: Call) async throws -> HTTPResponse {
      let id = try call.run()
      try call.expectNoQuery()
      guard let (run, store) = try await engine.storedRun(id) else { throw Problem(.notFound, "there is no such run") }
      let detail = RunDetail(
        run: run, history: try await store.history(of: id), workflow: try await workflow(of: run.record),
        role: call.caller.role, now: configuration.wallClock.now)
      return .json(shown(detail.value))
    }

    func showRunGraph(_ call: Call) async throws -> HTTPResponse {
      let id = try call.run()
      try call.expectNoQuery()
      guard let (run, _) = try await engine.storedRun(id) else { throw Problem(.notFound, "there is no such run") }
      return .json(shown(GraphView(workflow: try await workflow(of: run.record), steps: run.steps).value))
    }

    /// nil: its definition is not there, or not for the kinds of task that this engine has.
    private func workflow(of record: RunRecord) async throws -> KnownWorkflow? {
      do {
        return try await engine.workflow(of: record)
      } catch let error as WorkflowError where error.code == .invalidDefinition {
        return nil
      }
    }
  }
#endif
