/// A state machine as a program: a run stands at a status; a step, a callback or a timeout takes it to the next.
///
/// Steps are named by status and visit: `placed#1` is the step there, `placed#1/shipped` a callback, `placed#1/timeout0` a timeout with its action, `hook/completed` a hook.
struct MachineProgram: RunProgram {
  let name: String
  let hash: ContentHash
  let durability: Durability
  let bounds: RunBounds
  let deadline: Duration
  let pauseAfterErrors: Int?
  let resumeAfter: Duration?
  let eventNames: Set<String>
  let source: Payload
  let circuits: [String: CircuitPolicy]
  let queues: [String: QueuePolicy]
  let resources: [String: Int] = [:]
  let retention: RetentionPolicy?

  private let initial: String
  let statuses: [String: MachineStatus]
  private let visitLimit: Int
  private let hooks: [HookEvent: @Sendable (Payload, TaskContext) async throws -> Void]
  let checkState: @Sendable (Payload) throws -> Void

  /// - Throws: ``WorkflowError/Code/invalidDefinition``.
  init<State, Status>(_ machine: StateMachine<State, Status>) throws(WorkflowError) {
    name = machine.name
    durability = machine.durability
    deadline = machine.deadline
    pauseAfterErrors = machine.pauseAfterErrors
    resumeAfter = machine.resumeAfter
    circuits = machine.circuits
    queues = machine.queues
    retention = machine.retention
    initial = machine.initial.rawValue
    statuses = machine.statuses
    hooks = machine.hooks
    checkState = { _ = try StateMachine<State, Status>.decode($0) }
    eventNames = Set(machine.statuses.values.flatMap(\.callbacks.keys))
    let shape = MachineShape(initial: initial, statuses: machine.statuses, name: machine.name)
    visitLimit = machine.visitLimit ?? 1
    bounds = try shape.check(
      visitLimit: machine.visitLimit, deadline: machine.deadline, hooks: machine.hooks.count,
      circuits: machine.circuits,
      queues: machine.queues)
    source = Payload(shape.value(version: machine.version, visitLimit: machine.visitLimit))
    hash = ContentHash(of: source.bytes)
  }

  // MARK: Beginning

  func prepare(_ request: StartRequest) throws(WorkflowError) -> (payload: Payload, exclusiveKey: String?) {
    let payload = Payload(request.input)
    do {
      try checkState(payload)
    } catch {
      throw WorkflowError(.invalidInput, "the input is not a state of \(name): \(error)", underlying: error)
    }
    return (payload, nil)
  }

  func begin(_ run: inout RunImage, at place: String?, _ turn: inout Turn) throws(WorkflowError) {
    if let place, statuses[place] == nil {
      throw WorkflowError(.invalidInput, "\(name) has no status \"\(place)\"")
    }
    enter(place ?? initial, &run, &turn)
  }

  /// Takes the run to a status: its step, timers and visit begin.
  func enter(_ status: String, _ run: inout RunImage, _ turn: inout Turn) {
    run.record.status = status
    run.removeTimers { $0.hasPrefix("timeout:") }
    let place = statuses[status]!
    let visit = visits(of: status, run) + 1
    run.decoded["visits:\(status)"] = .int(Int64(visit))
    if visit > visitLimit {
      return end(.failed, "status \(status) entered more than \(visitLimit) times", &run, &turn)
    }
    let step = "\(status)#\(visit)"
    run.note("entered", at: turn.now, step: step)
    if place.isFinal {
      run[step: step] = StepRecord(name: step, state: .succeeded)
      run.record.result = run.record.payload
      return end(.completed, "", &run, &turn)
    }
    for (index, timeout) in place.timeouts.enumerated() {
      run.setTimer("timeout:\(step):\(index)", due: turn.now.advanced(by: timeout.delay))
    }
    if place.step != nil {
      startAttempt(step, &run, &turn)
    } else {
      run[step: step] = StepRecord(name: step, state: .waiting)
    }
  }

  func visits(of status: String, _ run: RunImage) -> Int {
    // Kept while the run is in memory.
    if case .int(let count)? = run.decoded["visits:\(status)"] { return Int(count) }
    var visit = 0
    while run.steps["\(status)#\(visit + 1)"] != nil { visit += 1 }
    return visit
  }

  /// The step that stands for the status at which the run is.
  func current(_ run: RunImage) -> String {
    "\(run.record.status)#\(visits(of: run.record.status, run))"
  }

  // MARK: Going on

  /// Takes the earliest event for which the status has a callback.
  func advance(_ run: inout RunImage, _ turn: inout Turn) {
    let current = current(run)
    guard let place = statuses[run.record.status], !place.callbacks.isEmpty,
      !run.activeSteps(.running, .queued).contains(where: { $0.name.hasPrefix(current) })
    else { return }
    guard let event = run.inbox.first(where: { place.callbacks[$0.name] != nil }) else { return }
    let step = "\(current)/\(event.name)"
    // A callback that has stayed may be called again, by the next event.
    if run.steps[step]?.state.isFinal == true { run[step: step] = StepRecord(name: step) }
    startAttempt(step, &run, &turn)
  }

  func attemptEnded(_ step: String, _ outcome: AttemptOutcome, _ run: inout RunImage, _ turn: inout Turn) {
    if isClosingStep(step) { return }
    let current = current(run)
    guard step.hasPrefix(current) else { return }
    takeEvent(of: step, &run)
    switch outcome {
    case .moved(let next, let state):
      run.record.payload = state
      guard run.record.closing == nil || run.record.closing == .paused else { return }
      guard let next else {
        // The worst case counts each callback once: how often it stays is up to those who send events.
        run.record.attemptCount -= run[step: step].attempt
        return
      }
      let allowed = self.step(named: step)?.destinations ?? []
      guard allowed.contains(next) else {
        return end(
          .failed,
          "step \(step) went to \(next), which is not among its destinations: \(allowed.joined(separator: ", "))",
          &run, &turn)
      }
      for other in run.activeSteps(.running, .waiting, .queued)
      where other.name.hasPrefix(current) && other.name != step {
        if other.state == .running { turn.effects.append(.cancelAttempt(step: other.name)) }
        if other.state == .waiting {
          finish(other.name, .succeeded, &run, &turn)
        } else {
          finish(other.name, .cancelled, &run, &turn, reason: "left for \(next)")
        }
      }
      enter(next, &run, &turn)
    case .failed(let failure): end(.failed, "step \(step) failed: \(failure)", &run, &turn)
    case .timedOut: end(.failed, "step \(step) took too long", &run, &turn)
    case .succeeded, .cancelled, .interrupted: return
    }
  }

  private func takeEvent(of step: String, _ run: inout RunImage) {
    guard let (_, name) = Self.callback(in: step), let event = run.event(named: name) else { return }
    run.take(event)
  }

  func timerDue(_ name: String, _ run: inout RunImage, _ turn: inout Turn) {
    guard run.record.closing == nil, name.hasPrefix("timeout:\(current(run)):"),
      let index = name.split(separator: ":").last.flatMap({ Int($0) })
    else { return }
    // The first to be due takes the run away; one whose action is under way is not overtaken by a later one.
    let current = current(run)
    if run.steps["\(current)"]?.state == .running { turn.effects.append(.cancelAttempt(step: current)) }
    if run.steps["\(current)"]?.state.isFinal == false, statuses[run.record.status]?.step != nil {
      finish(current, .timedOut, &run, &turn, reason: "timeout \(index)")
    }
    startAttempt("\(current)/timeout\(index)", &run, &turn)
  }

  // MARK: Steps

  /// The status and the event's name in a callback's step.
  private static func callback(in step: String) -> (String, String)? {
    guard let slash = step.firstIndex(of: "/"), let number = step.firstIndex(of: "#") else { return nil }
    return (String(step[..<number]), String(step[step.index(after: slash)...]))
  }

  func step(named step: String) -> MachineStep? {
    guard let number = step.firstIndex(of: "#"), let place = statuses[String(step[..<number])] else { return nil }
    guard let (_, rest) = Self.callback(in: step) else { return place.step }
    if let callback = place.callbacks[rest] { return callback }
    guard rest.hasPrefix("timeout"), let index = Int(rest.dropFirst(7)), place.timeouts.indices.contains(index) else {
      return nil
    }
    return place.timeouts[index].step
  }

  func interruptionPolicy(ofStep step: String) -> InterruptionPolicy {
    self.step(named: step)?.options.retry.interrupted ?? .again
  }

  func retryPolicy(ofStep step: String) -> RetryPolicy {
    if isClosingStep(step) { return Self.hookRetry }
    return self.step(named: step)?.options.retry ?? RetryPolicy()
  }

  func order(forStep step: String, _ run: RunImage) -> AttemptOrder? {
    let payload = run.record.payload
    let attempt = run.steps[step]?.attempt ?? 1
    if isClosingStep(step) {
      guard let event = HookEvent(rawValue: String(step.dropFirst(5))), let hook = hooks[event] else { return nil }
      return AttemptOrder(
        step: step, attempt: attempt, timeout: .seconds(60), heartbeat: nil, circuit: nil, queue: nil, resources: [:],
        limits: ProcessLimits(), isRetry: attempt > 1
      ) { context in
        try await hook(payload, context)
        return .succeeded(.empty)
      }
    }
    guard let machineStep = self.step(named: step) else { return nil }
    let event = Self.callback(in: step).flatMap { run.event(named: $0.1)?.payload } ?? .empty
    let options = machineStep.options
    return AttemptOrder(
      step: step, attempt: attempt, timeout: options.timeout, heartbeat: options.heartbeat, circuit: options.circuit,
      queue: options.queue, resources: [:], limits: ProcessLimits(), isRetry: attempt > 1
    ) { context in
      try await machineStep.body(payload, event, context)
    }
  }

  // MARK: Closing

  private static let hookRetry: RetryPolicy = {
    var policy = RetryPolicy()
    policy.attempts = 5
    return policy
  }()

  func needsStart(_ step: StepRecord) -> Bool { false }

  func childKey(ofStep step: StepRecord, of run: RunID) -> String? { nil }
  func reopen(_ run: inout RunImage, _ turn: inout Turn) {}

  func isClosingStep(_ step: String) -> Bool { step.hasPrefix("hook/") }

  func close(_ run: inout RunImage, _ turn: inout Turn) {
    guard let closing = run.record.closing else { return }
    if closing != .paused {
      // What is being cancelled comes to its end first.
      if run.activeSteps(.running).contains(where: { !isClosingStep($0.name) }) { return }
    }
    let event: HookEvent? =
      switch closing {
      case .paused: .paused
      case .cancelled: .cancelled
      case .completed: .completed
      case .failed: .failed
      default: nil
      }
    if let event, hooks[event] != nil {
      let step = "hook/\(event.rawValue)"
      switch run.steps[step]?.state {
      case nil, .pending: return startAttempt(step, &run, &turn)
      case .running, .queued, .waiting: return
      default: break
      }
      // A second pause calls its hook again.
      if event == .paused { run[step: step] = StepRecord(name: step) }
    }
    settle(&run, &turn)
  }

  func rewind(_ run: inout RunImage, to step: String?, _ turn: inout Turn) throws(WorkflowError) {
    let target: String
    if let step {
      guard statuses[step] != nil else {
        throw WorkflowError(.impossible, "\(name) has no status \"\(step)\"")
      }
      target = step
    } else {
      target = run.record.status
    }
    run.clear()
    enter(target, &run, &turn)
  }
}
