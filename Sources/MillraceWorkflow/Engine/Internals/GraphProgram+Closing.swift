extension GraphProgram {
  func close(_ run: inout RunImage, _ turn: inout Turn) {
    guard let closing = run.record.closing else { return }
    if closing != .paused {
      // What is being cancelled comes to its end first.
      if run.activeSteps(.running).contains(where: { !isClosingStep($0.name) }) { return }
    }
    if closing == .failed || closing == .cancelled, !compensate(&run, &turn) { return }
    // Also of a step's failure.
    if run.activeSteps.contains(where: { $0.hasPrefix("hook:") }) { return }
    let event: HookEvent? =
      switch closing {
      case .paused: .paused
      case .cancelled: .cancelled
      case .completed: .completed
      case .failed: .failed
      default: nil
      }
    if let event, checked.hooks[event] != nil {
      let step = "hook:\(event.rawValue)"
      if run.steps[step]?.state ?? .pending == .pending { return startAttempt(step, &run, &turn) }
      // A second pause calls its hook again.
      if event == .paused { run[step: step] = StepRecord(name: step) }
    }
    settle(&run, &turn)
  }

  /// Compensates what has succeeded, the latest first, one at a time.
  ///
  /// - Returns: whether all that is to be compensated has been, or has failed to be.
  func compensate(_ run: inout RunImage, _ turn: inout Turn) -> Bool {
    let done = run.steps.values
      .filter { step in
        guard step.state == .succeeded, !step.name.contains("#"), let task = task(ofStep: step.name),
          task.compensation != nil
        else { return false }
        // A fan-out is compensated element by element.
        return (step.name == task.name) == (task.foreach == nil)
      }
      .sorted { ($0.finishedAt ?? turn.now, $0.name) > ($1.finishedAt ?? turn.now, $1.name) }
    for step in done {
      switch run.steps[step.name + Self.compensation]?.state ?? .pending {
      case .pending:
        startAttempt(step.name + Self.compensation, &run, &turn)
        return false
      case .running, .queued, .waiting: return false
      case .succeeded, .failed, .skipped, .timedOut, .compensated, .cancelled: continue
      }
    }
    return true
  }

  func rewind(_ run: inout RunImage, to step: String?, _ turn: inout Turn) throws(WorkflowError) {
    let start: [Int]
    if let step {
      guard let task = checked.index(of: step), checked.tasks[task].role == .ordinary else {
        throw WorkflowError(.impossible, "\(name) has no task \"\(step)\" to restart from")
      }
      start = [task]
    } else {
      start = checked.order.filter {
        switch run.steps[checked.tasks[$0].name]?.state ?? .pending {
        // Queued: of runs that were closed so by earlier versions.
        case .failed, .timedOut, .cancelled, .compensated, .queued: true
        default: false
        }
      }
    }
    let again = Set(successors(of: start).map { checked.tasks[$0].name })
    for name in run.steps.keys.sorted() where name.hasPrefix("hook:") || again.contains(Self.taskName(ofStep: name)) {
      // Elements of a fan-out that have succeeded stay, when others have failed.
      if step == nil, run.steps[name]!.state == .succeeded, Self.index(ofStep: name) != nil { continue }
      run.removeTimer(Self.waitTimer(of: name))
      var record = StepRecord(name: name)
      // How many children it has started: the next is another one.
      if task(ofStep: name)?.kind == EngineKind.workflow.rawValue { record.attempt = run.steps[name]!.attempt }
      run[step: name] = record
      run.decoded[name] = nil
      run.decoded["foreach:\(name)"] = nil
    }
  }
}
