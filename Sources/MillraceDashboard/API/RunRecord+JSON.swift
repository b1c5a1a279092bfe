#if Workflow
  import MillraceWorkflow

  // Runs as JSON: to the command line, and between the server and whoever asks it. Without what is not known.

  extension StepRecord {
    package var members: [String: JSONValue] {
      var members: [String: JSONValue] = ["step": .string(name), "state": .string(state.rawValue)]
      if attempt > 0 { members["attempt"] = .int(Int64(attempt)) }
      if progress > 0 { members["progress"] = .double(progress) }
      if !reason.isEmpty { members["reason"] = .string(reason) }
      if let inputHash { members["input_hash"] = .string("\(inputHash)") }
      if let startedAt { members["started_at"] = .string("\(startedAt)") }
      if let finishedAt { members["finished_at"] = .string("\(finishedAt)") }
      return members
    }

    /// nil: it is not one.
    init?(_ value: JSONValue) {
      guard let name = value["step"]?.text, let state = value["state"]?.text.flatMap(StepState.init) else { return nil }
      self.init(name: name, state: state)
      attempt = value["attempt"]?.integer ?? 0
      progress = value["progress"]?.number ?? 0
      reason = value["reason"]?.text ?? ""
      inputHash = value["input_hash"]?.text.flatMap { ContentHash($0) }
      startedAt = value["started_at"]?.text.flatMap { Timestamp(written: $0) }
      finishedAt = value["finished_at"]?.text.flatMap { Timestamp(written: $0) }
      output = value["output"].map { Payload($0) } ?? .empty
    }
  }

  extension HistoryEntry {
    package var members: [String: JSONValue] {
      var members: [String: JSONValue] = ["kind": .string(kind), "time": .string("\(at)")]
      if !step.isEmpty { members["step"] = .string(step) }
      if attempt > 0 { members["attempt"] = .int(Int64(attempt)) }
      if !reason.isEmpty { members["reason"] = .string(reason) }
      if let inputHash { members["input_hash"] = .string("\(inputHash)") }
      if let outputHash { members["output_hash"] = .string("\(outputHash)") }
      return members
    }

    init?(_ value: JSONValue) {
      guard let kind = value["kind"]?.text, let time = value["time"]?.text.flatMap({ Timestamp(written: $0) }) else {
        return nil
      }
      self.init(
        at: time, kind: kind, step: value["step"]?.text ?? "", attempt: value["attempt"]?.integer ?? 0,
        reason: value["reason"]?.text ?? "", inputHash: value["input_hash"]?.text.flatMap { ContentHash($0) },
        outputHash: value["output_hash"]?.text.flatMap { ContentHash($0) })
    }
  }

  extension RunRecord {
    package var members: [String: JSONValue] {
      var members = summary
      if let value = try? payload.value() { members["parameters"] = value }
      if let value = try? result.value() { members["result"] = value }
      return members
    }

    /// Without its values.
    var summary: [String: JSONValue] {
      var members: [String: JSONValue] = [
        "run": .string("\(id)"), "workflow": .string(workflow), "state": .string(state.rawValue),
        "definition": .string("\(definition)"), "created_at": .string("\(createdAt)"),
        "updated_at": .string("\(updatedAt)"), "deadline": .string("\(deadline)"),
        "attempts": .int(Int64(attemptCount)),
      ]
      if let closing { members["closing"] = .string(closing.rawValue) }
      if !key.isEmpty { members["key"] = .string(key) }
      if !status.isEmpty { members["status"] = .string(status) }
      if !reason.isEmpty { members["reason"] = .string(reason) }
      if let finishedAt { members["finished_at"] = .string("\(finishedAt)") }
      if let origin { members["origin"] = .string("\(origin)") }
      if let parent { members["parent"] = .string("\(parent)") }
      return members
    }

    /// What the server says beyond it: `RunSummary` of its description.
    var serverSummary: [String: JSONValue] {
      var members = summary
      members["errors"] = .int(Int64(errorCount))
      members["priority"] = .int(Int64(priority))
      members["revision"] = .int(revision.number)
      if let parentStep { members["parent_step"] = .string(parentStep) }
      return members
    }

    /// nil: it is not one.
    init?(_ value: JSONValue) {
      func time(_ name: String) -> Timestamp? { value[name]?.text.flatMap { Timestamp(written: $0) } }
      func run(_ name: String) -> RunID? { value[name]?.text.flatMap { RunID($0) } }
      guard let id = run("run"), let workflow = value["workflow"]?.text,
        let definition = value["definition"]?.text.flatMap({ ContentHash($0) }),
        let state = value["state"]?.text.flatMap(RunState.init), let created = time("created_at"),
        let updated = time("updated_at"), let deadline = time("deadline")
      else { return nil }
      self.init(
        id: id, workflow: workflow, definition: definition, key: value["key"]?.text ?? "", state: state,
        status: value["status"]?.text ?? "", payload: value["parameters"].map { Payload($0) } ?? .empty,
        priority: value["priority"]?.integer ?? 0, createdAt: created, deadline: deadline)
      updatedAt = updated
      finishedAt = time("finished_at")
      closing = value["closing"]?.text.flatMap(RunState.init)
      reason = value["reason"]?.text ?? ""
      result = value["result"].map { Payload($0) } ?? .empty
      (origin, parent, parentStep) = (run("origin"), run("parent"), value["parent_step"]?.text)
      attemptCount = value["attempts"]?.integer ?? 0
      errorCount = value["errors"]?.integer ?? 0
      revision = Revision(Int64(value["revision"]?.integer ?? 1))
    }
  }

  extension Timestamp {
    /// As its description says it.
    init?(written text: String) {
      if text == "never" { self = .distantFuture } else { self.init(rfc3339: text) }
    }
  }

  extension Erasure {
    package var members: [String: JSONValue] {
      func total(_ count: (ErasureReport) -> Int) -> JSONValue { .int(Int64(runs.map(count).reduce(0, +))) }
      return [
        "runs": .array(runs.map { .string("\($0.run)") }), "payload_bytes": total(\.payloadBytes),
        "steps": total(\.steps), "history_entries": total(\.historyEntries), "inbox_events": total(\.inboxEvents),
        "outbox_events": total(\.outboxEvents), "cached_results": .int(Int64(cachedResults)),
        "cached_result_bytes": .int(Int64(cachedResultBytes)), "stream_events": .int(Int64(streamEvents)),
      ]
    }
  }

  extension CircuitBreaker.Snapshot {
    /// Of a breaker, with its name.
    package func members(name: String) -> [String: JSONValue] {
      var members: [String: JSONValue] = [
        "name": .string(name), "state": .string(state.rawValue), "changes": .int(Int64(changeCount)),
        "failures": .int(Int64(failures.count)),
      ]
      // One that was restored counts as changed, and may never have been.
      if changedAt.microseconds > 0 { members["changed_at"] = .string("\(changedAt)") }
      return members
    }
  }
#endif
