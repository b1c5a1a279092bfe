extension GraphProgram {
  func comparison(with older: Payload) throws(WorkflowError) -> ProgramComparison {
    let old = try WorkflowDefinition(json: older.bytes).check(kinds: handlers)
    let checked = checked
    return ProgramComparison(changes: checked.changes(since: old).map(\.description)) { run in
      let states = Dictionary(uniqueKeysWithValues: run.steps.map { ($0.name, $0.state) })
      return checked.obstacles(toMovingFrom: old, steps: states).map(\.description)
    }
  }

  func takeOver(_ run: inout RunImage, as migrated: MigratingRun?, _ turn: inout Turn) throws(WorkflowError) {
    if let migrated { try take(migrated, &run) }
    for step in run.activeSteps.sorted() { try adopt(step, &run, &turn) }
  }

  private func take(_ migrated: MigratingRun, _ run: inout RunImage) throws(WorkflowError) {
    run.record.payload = Payload(try definition.parameters(from: migrated.payload))
    let old = MigratingRun(StoredRun(record: run.record, steps: Array(run.steps.values))).outputs
    for step in old.keys.sorted() where migrated.outputs[step] == nil { run[step: step] = StepRecord(name: step) }
    for (step, output) in migrated.outputs.sorted(by: { $0.key < $1.key }) where old[step] != output {
      guard let task = executed(byStep: step) else {
        throw WorkflowError(
          .incompatibleDefinition, "a migration gives an output to \"\(step)\", and there is no such task", at: name)
      }
      // A fan-out gives a list of what its elements give.
      let isWhole = task.foreach != nil && Self.index(ofStep: step) == nil
      if !isWhole, let fault = Self.fault(in: output, task.outputs) {
        throw WorkflowError(.incompatibleDefinition, "the output that a migration gives: \(fault)", at: step)
      }
      var record = run[step: step]
      record.state = .succeeded
      record.output = Payload(output)
      record.progress = 1
      run[step: step] = record
    }
  }

  /// A step that is under way stays so, if it can; else it begins anew, or is forgotten.
  private func adopt(_ step: String, _ run: inout RunImage, _ turn: inout Turn) throws(WorkflowError) {
    guard let task = executed(byStep: step) else {
      run.removeTimer(Self.waitTimer(of: step))
      return finish(step, .skipped, &run, &turn, reason: "the newer definition has no such task")
    }
    let isElement = Self.index(ofStep: step) != nil
    let fits =
      switch run[step: step].state {
      case .running, .queued: handlers[task.kind] != nil && (task.foreach == nil || isElement)
      default:
        task.kind == EngineKind.wait.rawValue || task.kind == EngineKind.workflow.rawValue
          || (task.foreach != nil && !isElement) || task.fallback != nil
      }
    // Elements belong to a fan-out, and to nothing else; a fallback is no fan-out itself.
    if fits, !isElement || task.foreach != nil || step.contains("#") { return }
    run.removeTimer(Self.waitTimer(of: step))
    run.removeTimer(Self.retryTimer(of: step))
    if isElement, task.foreach == nil {
      finish(step, .skipped, &run, &turn, reason: "its task has no elements in the newer definition")
    } else {
      run[step: step] = StepRecord(name: step)
    }
  }
}
