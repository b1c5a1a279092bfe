extension MachineProgram {
  func comparison(with older: Payload) throws(WorkflowError) -> ProgramComparison {
    let changes = try MachineShape.changes(from: try older.value(), to: try source.value())
    return ProgramComparison(changes: changes.map(\.text)) { [self] run in
      var found: [String] = []
      if statuses[run.record.status] == nil {
        found = changes.filter { $0.status == run.record.status }.map(\.text)
        if found.isEmpty { found = ["status \(run.record.status): there is no such status"] }
      }
      do { try checkState(run.record.payload) } catch { found.append("its state is not one of this version: \(error)") }
      guard found.isEmpty else { return found }
      for step in run.steps where step.state.isActive && !isClosingStep(step.name) {
        let runsCode = step.state != .waiting
        // A status that waits has no step of its own; one that is under way must still be there.
        guard runsCode ? self.step(named: step.name) == nil : statuses[run.record.status]!.step != nil else { continue }
        found += changes.filter { $0.status == run.record.status }.map(\.text)
        if found.isEmpty { found = ["step \(step.name) is \(step.state.rawValue), and there is no such step"] }
      }
      return found
    }
  }

  func takeOver(_ run: inout RunImage, as migrated: MigratingRun?, _ turn: inout Turn) throws(WorkflowError) {
    let before = run.record.status
    let status = migrated?.status ?? before
    guard let place = statuses[status] else {
      throw WorkflowError(.incompatibleDefinition, "there is no status \"\(status)\"", at: name)
    }
    if let migrated {
      do {
        try checkState(Payload(migrated.payload))
      } catch {
        throw WorkflowError(
          .incompatibleDefinition, "what a migration gives is not a state of \(name): \(error)", underlying: error)
      }
      run.record.payload = Payload(migrated.payload)
    }
    let active = run.activeSteps(.running, .queued, .waiting).filter { !isClosingStep($0.name) }
    let stays =
      status == before && !place.isFinal
      && active.allSatisfy { $0.state == .waiting ? place.step == nil : self.step(named: $0.name) != nil }
    guard stays else {
      for step in active {
        finish(step.name, .skipped, &run, &turn, reason: "the run was moved to another definition at \(status)")
      }
      // Being moved is no visit of its own.
      let visits = visits(of: status, run)
      if visits > 0 { run.decoded["visits:\(status)"] = .int(Int64(visits - 1)) }
      return enter(status, &run, &turn)
    }
    // Timeouts that it has known count from when it came; others from now.
    let prefix = "timeout:\(current(run)):"
    let names = place.timeouts.indices.map { "\(prefix)\($0)" }
    run.removeTimers { $0.hasPrefix(prefix) && !names.contains($0) }
    for (name, timeout) in zip(names, place.timeouts) where run.timers[name] == nil {
      run.setTimer(name, due: turn.now.advanced(by: timeout.delay))
    }
  }
}

extension MachineShape {
  struct Change: Sendable {
    /// Empty: of the whole machine.
    let status: String
    let text: String
  }

  /// What is different between two machines, as ``value(version:visitLimit:)`` writes them.
  static func changes(from old: JSONValue, to new: JSONValue) throws(WorkflowError) -> [Change] {
    guard case .object(let before)? = old["statuses"], case .object(let after)? = new["statuses"] else {
      throw WorkflowError(.incompatibleDefinition, "the older definition is not a state machine")
    }
    var changes: [Change] = []
    func compare(_ status: String, _ path: String, _ old: JSONValue?, _ new: JSONValue?) {
      guard old != new else { return }
      let change = DefinitionChange(path: path, old: old, new: new, effect: .none)
      changes.append(Change(status: status, text: change.description))
    }
    for field in ["initial", "version", "visitLimit"] { compare("", field, old[field], new[field]) }
    for status in Set(before.keys).union(after.keys).sorted() {
      guard let a = before[status], let b = after[status] else {
        compare(status, "statuses.\(status)", before[status], after[status])
        continue
      }
      for field in ["step", "callbacks", "timeouts"] {
        compare(status, "statuses.\(status).\(field)", a[field], b[field])
      }
    }
    return changes
  }
}
