/// What all programs have in common: attempts and retries, pausing, cancelling, ending, deadlines. Pure, like the rest of a program.
///
/// ```text
///            begin                    nothing ready, something awaited
/// initiated ───────→ running ────────────────────────────────→ waiting
///                      ↑  ↑  event, timer, end of an attempt        │
///                resume│  └─────────────────────────────────────────┘
///                      │   pause
///                    paused ←──────── running, waiting
///
/// running, waiting, paused ──→ (closing: compensations, hooks) ──→ completed | failed | cancelled ──retry, restart──→ running
/// ```
extension RunProgram {
  /// - Throws: ``WorkflowError`` for a control that is not possible; the run is as it was.
  func handle(_ event: RunEvent, _ run: inout RunImage, _ turn: inout Turn) throws(WorkflowError) {
    switch event {
    case .begin(let place):
      run.note("started", at: turn.now)
      run.record.state = .running
      run.setTimer(Self.deadlineTimer, due: run.record.deadline)
      try begin(&run, at: place, &turn)
    case .fork(let origin, let step, let reason):
      try rewind(&run, to: step, &turn)
      run.note("forked", at: turn.now, step: step, reason: "from run \(origin)" + (reason.isEmpty ? "" : ": \(reason)"))
      run.record.state = .running
      run.setTimer(Self.deadlineTimer, due: run.record.deadline)
    case .loaded: loaded(&run, &turn)
    case .migrated(let migrated):
      run.note("migrated", at: turn.now, reason: "from definition \(run.record.definition)")
      run.record.definition = hash
      try takeOver(&run, as: migrated, &turn)
      loaded(&run, &turn)
    case .attemptEnded(let step, let attempt, let outcome): ended(step, attempt, outcome, &run, &turn)
    case .progress(let step, let attempt, let fraction):
      guard let fraction, let record = run.steps[step], record.attempt == attempt, record.state == .running else {
        return
      }
      // Stored in steps of a hundredth: however often a step says it, that are a hundred commits at most.
      if fraction - record.progress >= 0.01 { run[step: step].progress = min(fraction, 1) }
      return
    case .timersDue: timersDue(&run, &turn)
    case .arrived(let event): run.receive(event)
    case .control(let control): try obey(control, &run, &turn)
    case .tooLarge(let what): end(.failed, "too large: \(what)", &run, &turn)
    }
    heedParent(&run, &turn)
    goOn(&run, &turn)
  }

  static var deadlineTimer: String { "deadline" }

  /// Advances, and says where the run stands now.
  private func goOn(_ run: inout RunImage, _ turn: inout Turn) {
    if run.record.state.isFinal || run.record.state == .paused { return }
    if run.record.closing == nil { advance(&run, &turn) }
    if run.record.closing != nil { close(&run, &turn) }
    if run.record.state.isFinal || run.record.state == .paused { return }
    let isBusy = run.activeSteps.contains {
      let step = run.steps[$0]!
      return step.state == .running || isHeld(step, run) || needsStart(step)
    }
    run.record.state = isBusy ? .running : .waiting
  }

  /// Ready, and without a time at which it begins.
  private func isHeld(_ step: StepRecord, _ run: RunImage) -> Bool {
    step.state == .queued && run.timers[Self.retryTimer(of: step.name)] == nil
  }

  private func loaded(_ run: inout RunImage, _ turn: inout Turn) {
    for record in run.activeSteps(.running) {
      let step = record.name
      run.note(
        "attempt interrupted", at: turn.now, step: step, attempt: record.attempt, reason: "the process ended meanwhile")
      switch interruptionPolicy(ofStep: step) {
      case .again where turn.holds:
        // The same attempt, made by the next engine that makes any.
        var record = record
        record.state = .queued
        record.attempt -= 1
        run[step: step] = record
        if !isClosingStep(step) { run.record.attemptCount -= 1 }
      case .again:
        if let order = order(forStep: step, run) { turn.effects.append(.attempt(order)) }
      case .fail:
        let failure = TaskFailure(
          code: "interrupted", "the process ended during the attempt, and it may not be made twice", isRetryable: false)
        fail(step, failure, isTimeout: false, &run, &turn)
      }
    }
    startHeld(&run, &turn)
    reopen(&run, &turn)
  }

  /// Begins what was left for later because the engine was about to end, or to give the run away.
  private func startHeld(_ run: inout RunImage, _ turn: inout Turn) {
    if turn.holds { return }
    for step in run.activeSteps(.queued) where isHeld(step, run) { startAttempt(step.name, &run, &turn) }
  }

  // MARK: Attempts

  /// The next attempt of a step becomes part of the run, to be made after the commit.
  func startAttempt(_ step: String, _ run: inout RunImage, _ turn: inout Turn, inputHash: ContentHash? = nil) {
    if turn.holds || !isClosingStep(step) && (run.record.state == .paused || run.record.closing == .paused) {
      // The next start, or `resume`, lets it begin.
      run[step: step].state = .queued
      run[step: step].inputHash = inputHash ?? run[step: step].inputHash
      return
    }
    // Hooks and compensations are bounded by what they are for, and are made in any case: also of a run that has used up its worst case, or was paused by hand again and again.
    if !isClosingStep(step) {
      run.record.attemptCount += 1
      if run.record.attemptCount > bounds.attempts {
        return end(
          .failed, "more than \(bounds.attempts) attempts, the most that its definition allows", &run, &turn)
      }
    }
    var record = run[step: step]
    record.attempt += 1
    record.state = .running
    record.startedAt = record.startedAt ?? turn.now
    record.inputHash = inputHash ?? record.inputHash
    record.reason = ""
    run[step: step] = record
    guard let order = order(forStep: step, run) else { return }
    turn.effects.append(.attempt(order))
  }

  private func ended(
    _ step: String, _ attempt: Int, _ outcome: AttemptOutcome, _ run: inout RunImage, _ turn: inout Turn
  ) {
    // One that was given up, by a timeout of its status or a restart, comes to nothing.
    guard let record = run.steps[step], record.state == .running, record.attempt == attempt else { return }
    switch outcome {
    case .interrupted: return
    case .cancelled:
      finish(step, .cancelled, &run, &turn)
      attemptEnded(step, outcome, &run, &turn)
    case .failed(let failure): fail(step, failure, isTimeout: false, &run, &turn)
    case .timedOut:
      fail(step, TaskFailure(code: "timeout", "the attempt took too long"), isTimeout: true, &run, &turn)
    case .succeeded(let output):
      run.record.errorCount = 0
      var record = record
      record.output = output
      record.progress = 1
      run[step: step] = record
      finish(step, .succeeded, &run, &turn, outputHash: output.bytes.isEmpty ? nil : ContentHash(of: output.bytes))
      attemptEnded(step, outcome, &run, &turn)
    case .moved:
      run.record.errorCount = 0
      finish(step, .succeeded, &run, &turn)
      attemptEnded(step, outcome, &run, &turn)
    }
  }

  private func fail(
    _ step: String, _ failure: TaskFailure, isTimeout: Bool, _ run: inout RunImage, _ turn: inout Turn
  ) {
    let policy = retryPolicy(ofStep: step)
    var record = run[step: step]
    record.reason = failure.description
    run.record.errorCount += 1
    let delay = max(
      policy.delay(afterAttempt: record.attempt, using: &turn.generator), failure.retryAfter ?? .zero)
    let next = turn.now.advanced(by: delay)
    let last = record.startedAt.flatMap { start in policy.deadline.map { start.advanced(by: $0) } } ?? .distantFuture
    // No step is tried again when the run ends.
    let isEnding = run.record.closing != nil && run.record.closing != .paused && !isClosingStep(step)
    let isFinal =
      isEnding || !failure.isRetryable || policy.nonRetryable.contains(failure.code)
      || record.attempt >= policy.attempts
      || next > last || next > run.record.deadline
    run.note(
      isTimeout ? "attempt timed out" : "attempt failed", at: turn.now, step: step, attempt: record.attempt,
      reason: failure.description)
    if isFinal {
      run[step: step] = record
      finish(step, isTimeout ? .timedOut : .failed, &run, &turn)
      attemptEnded(step, isTimeout ? .timedOut : .failed(failure), &run, &turn)
    } else {
      record.state = .queued
      run[step: step] = record
      run.setTimer(Self.retryTimer(of: step), due: next)
      if let most = pauseAfterErrors, run.record.errorCount >= most, run.record.closing == nil {
        pause(
          "\(run.record.errorCount) error\(run.record.errorCount == 1 ? "" : "s") in a row, the last: \(failure.description)",
          &run, &turn)
        if let resumeAfter { run.setTimer(TimerRecord.resume, due: turn.now.advanced(by: resumeAfter)) }
      }
    }
  }

  /// A step's end, and its line in the history.
  func finish(
    _ step: String, _ state: StepState, _ run: inout RunImage, _ turn: inout Turn, reason: String? = nil,
    outputHash: ContentHash? = nil
  ) {
    var record = run[step: step]
    record.state = state
    record.finishedAt = turn.now
    if let reason { record.reason = reason }
    run[step: step] = record
    run.removeTimer(Self.retryTimer(of: step))
    run.note(
      "step \(state.rawValue)", at: turn.now, step: step, attempt: record.attempt, reason: record.reason,
      inputHash: record.inputHash, outputHash: outputHash)
  }

  static func retryTimer(of step: String) -> String { "retry:\(step)" }

  // MARK: Time

  private func timersDue(_ run: inout RunImage, _ turn: inout Turn) {
    let due = run.timers.filter { $0.value <= turn.now }.sorted { ($0.value, $0.key) < ($1.value, $1.key) }
    for (name, _) in due where run.timers[name] != nil {
      run.removeTimer(name)
      if name == Self.deadlineTimer {
        if run.record.closing == .paused { run.record.closing = nil }
        end(.failed, "the run's deadline has passed", &run, &turn)
      } else if name == TimerRecord.resume {
        if run.record.state == .paused { resume("by itself", &run, &turn) }
      } else if name == TimerRecord.handover {
        // It has been found.
      } else if name.hasPrefix("retry:") {
        let step = String(name.dropFirst(6))
        // While the run is being paused or closed it stays queued; `resume` sets its timer again.
        guard run.steps[step]?.state == .queued, run.record.closing == nil || isClosingStep(step) else { continue }
        startAttempt(step, &run, &turn)
      } else {
        timerDue(name, &run, &turn)
      }
    }
    if run.record.closing == nil, run.record.state != .paused { startHeld(&run, &turn) }
  }

  // MARK: Control

  private func obey(_ control: RunControl, _ run: inout RunImage, _ turn: inout Turn) throws(WorkflowError) {
    let state = run.record.state
    func refuse(_ verb: String) -> WorkflowError {
      WorkflowError(.impossible, "the run is \(state.rawValue) and cannot be \(verb)", at: "run \(run.record.id)")
    }
    guard RunState.transitions[state]?[control.action] != nil else { throw refuse(control.participle) }
    switch control {
    case .pause(let reason):
      if state == .paused || run.record.closing == .paused { return }
      if run.record.closing != nil { throw refuse("paused: it ends") }
      pause(reason, &run, &turn)
    case .resume(let reason): resume(reason, &run, &turn)
    case .cancel(let reason):
      if state == .cancelled || run.record.closing == .cancelled { return }
      if state == .paused { run.record.state = .running }
      end(.cancelled, reason, &run, &turn)
    case .retry(let reason):
      try rewind(&run, to: nil, &turn)
      reopen("retried", reason, &run, &turn)
    case .restart(let step, let reason):
      try rewind(&run, to: step, &turn)
      reopen("restarted from \(step)", reason, &run, &turn)
    }
  }

  private func pause(_ reason: String, _ run: inout RunImage, _ turn: inout Turn) {
    run.record.reason = reason
    run.record.closing = .paused
  }

  private func resume(_ reason: String, _ run: inout RunImage, _ turn: inout Turn) {
    run.note("resumed", at: turn.now, reason: reason)
    // What it was paused for does not count against it.
    run.record.deadline = run.record.deadline.advanced(by: turn.now.duration(since: run.record.updatedAt))
    run.setTimer(Self.deadlineTimer, due: run.record.deadline)
    run.removeTimer(TimerRecord.resume)
    for step in run.activeSteps(.queued) {
      let timer = Self.retryTimer(of: step.name)
      if run.timers[timer] == nil { run.setTimer(timer, due: turn.now) }
    }
    run.record.errorCount = 0
    run.record.reason = ""
    run.record.state = .running
  }

  private func reopen(_ kind: String, _ reason: String, _ run: inout RunImage, _ turn: inout Turn) {
    run.note(kind, at: turn.now, reason: reason)
    run.record.state = .running
    run.record.closing = nil
    run.record.reason = ""
    run.record.result = .empty
    run.record.finishedAt = nil
    run.record.errorCount = 0
    run.record.attemptCount = 0
    run.record.deadline = turn.now.advanced(by: deadline)
    run.setTimer(Self.deadlineTimer, due: run.record.deadline)
  }

  // MARK: Ending

  /// Begins to close the run: no further step begins but compensations and hooks.
  func end(_ state: RunState, _ reason: String, _ run: inout RunImage, _ turn: inout Turn) {
    guard run.record.closing == nil || run.record.closing == .paused else { return }
    run.record.closing = state
    run.record.reason = reason
    run.note("ending: \(state.rawValue)", at: turn.now, reason: reason)
    guard state != .completed else { return }
    cancelChildren(of: run.activeSteps(.waiting), reason, &run)
    for step in run.activeSteps(.running, .queued, .waiting) {
      if step.state == .running {
        turn.effects.append(.cancelAttempt(step: step.name))
      } else {
        finish(step.name, .cancelled, &run, &turn, reason: reason)
      }
    }
  }

  /// Runs that these steps have waited for are not wanted any more.
  func cancelChildren(of steps: [StepRecord], _ reason: String, _ run: inout RunImage) {
    let keys = steps.compactMap { childKey(ofStep: $0, of: run.record.id) }
    if keys.isEmpty { return }
    run.emit(ChildCancellation(keys, reason: "its parent has ended: \(reason)").event(of: run.record))
  }

  /// What its parent waits for no more ends, also while it is paused.
  private func heedParent(_ run: inout RunImage, _ turn: inout Turn) {
    guard let event = run.event(named: ChildCancellation.eventName) else { return }
    run.take(event)
    if run.record.state.isFinal { return }
    if run.record.state == .paused { run.record.state = .running }
    end(.cancelled, ChildCancellation(event.payload)?.reason ?? "", &run, &turn)
  }

  /// The last transition, when nothing of the run is left to do.
  func settle(_ run: inout RunImage, _ turn: inout Turn) {
    guard let state = run.record.closing else { return }
    run.record.closing = nil
    run.record.state = state
    run.note(state.rawValue, at: turn.now, reason: run.record.reason)
    guard state.isFinal else { return }
    run.record.finishedAt = turn.now
    run.removeTimers { _ in true }
    if let parent = run.record.parent, let step = run.record.parentStep {
      run.emit(ChildEnd(run.record).event(parent: parent, step: step, key: run.record.idempotencyKey))
    }
    run.emitEnd()
  }
}
