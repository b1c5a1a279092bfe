import Millrace

/// A graph of tasks as a program: a task begins when what it needs has ended.
///
/// A task's step has its name; an element of a fan-out is `load[3]`; `load#fallback` and `load[3]#fallback` run in place of one that has failed, `load#compensate` after one that has succeeded, `hook:failed` on the way to the end.
/// Steps that stand for others (fan-outs, waits, sub-workflows, what a fallback runs for) are `waiting` meanwhile; those of which attempts are made are `running`.
struct GraphProgram: RunProgram {
  let checked: CheckedDefinition
  let handlers: [String: any TaskHandler]
  let vault: Vault
  let source: Payload
  let bounds: RunBounds
  let eventNames: Set<String>

  var definition: WorkflowDefinition { checked.definition }
  var name: String { definition.name }
  var hash: ContentHash { checked.hash }
  var durability: Durability { definition.durability }
  var deadline: Duration { definition.deadline }
  var pauseAfterErrors: Int? { definition.pauseAfterErrors }
  var resumeAfter: Duration? { definition.resumeAfter }
  var circuits: [String: CircuitPolicy] { definition.circuits }
  var queues: [String: QueuePolicy] { definition.queues }
  var resources: [String: Int] { definition.resources }
  var retention: RetentionPolicy? { definition.retention }

  init(_ checked: CheckedDefinition, handlers: [String: any TaskHandler], vault: Vault) {
    self.checked = checked
    self.handlers = handlers
    self.vault = vault
    source = Payload(checked.definition.json)
    bounds = RunBounds(attempts: checked.bounds.attempts, duration: checked.bounds.wall)
    var names: Set<String> = []
    for task in checked.tasks {
      let task = task.definition
      for field in Self.awaited where task.kind == EngineKind.wait.rawValue {
        if let name = task.input[field]?.constant?.text { names.insert(name) }
      }
    }
    eventNames = names
  }

  /// Fields of a wait that name an event.
  static let awaited = ["event", "approval"]

  // MARK: Beginning

  func prepare(_ request: StartRequest) throws(WorkflowError) -> (payload: Payload, exclusiveKey: String?) {
    let parameters = try definition.parameters(from: request.input)
    var key: String?
    if let template = definition.exclusiveKey {
      key = try template.resolve(in: Bindings(["parameters": parameters])).interpolated
    }
    return (Payload(parameters), key)
  }

  func begin(_ run: inout RunImage, at place: String?, _ turn: inout Turn) throws(WorkflowError) {
    guard let place else { return }
    guard let start = checked.index(of: place), checked.tasks[start].role == .ordinary else {
      throw WorkflowError(.invalidInput, "\(name) has no task \"\(place)\" to begin at")
    }
    // What it needs is taken as done, and gives nothing.
    let after = successors(of: [start])
    for index in checked.order where !after.contains(index) {
      var step = StepRecord(name: checked.tasks[index].name, state: .skipped)
      step.reason = Self.passedOver
      run[step: step.name] = step
    }
  }

  static let passedOver = "the run began later"

  /// These tasks and all that follow from them.
  func successors(of tasks: [Int]) -> Set<Int> {
    var found = Set(tasks)
    var waiting = tasks
    while let task = waiting.popLast() {
      for next in checked.tasks[task].successors where found.insert(next).inserted { waiting.append(next) }
    }
    return found
  }

  // MARK: Going on

  func advance(_ run: inout RunImage, _ turn: inout Turn) {
    for step in run.activeSteps(.waiting) {
      guard run.record.closing == nil else { return }
      if let task = task(ofStep: step.name), step.name != task.name || task.foreach == nil {
        lookAt(step.name, task, &run, &turn)
      }
    }
    // In topological order, so that what ends at once lets its successors begin in the same pass.
    var isDone = true
    for index in checked.order {
      guard run.record.closing == nil else { return }
      let task = checked.tasks[index].definition
      switch run.steps[task.name]?.state ?? .pending {
      case .pending: consider(checked.tasks[index], &run, &turn)
      case .waiting where task.foreach != nil:
        trying(task.name, &run, &turn) { run, turn throws(WorkflowError) in try fanOut(task, &run, &turn) }
      default: break
      }
      if run.steps[task.name]?.state.isFinal != true { isDone = false }
    }
    guard isDone, run.record.closing == nil else { return }
    do throws(WorkflowError) {
      var outputs: [String: JSONValue] = [:]
      for (name, template) in definition.outputs {
        outputs[name] = try template.resolve(in: bindings(for: template.references, &run))
      }
      run.record.result = Payload(.object(outputs))
      end(.completed, "", &run, &turn)
    } catch {
      end(.failed, "the run's outputs: \(error)", &run, &turn)
    }
  }

  /// What cannot be computed is the step's failure.
  func trying(
    _ step: String, _ run: inout RunImage, _ turn: inout Turn,
    _ body: (inout RunImage, inout Turn) throws(WorkflowError) -> Void
  ) {
    do throws(WorkflowError) {
      try body(&run, &turn)
    } catch {
      finish(step, .failed, &run, &turn, reason: "\(error)")
      failed(step, &run, &turn)
    }
  }

  /// Begins a task, skips it, or leaves it for later.
  func consider(_ checkedTask: CheckedTask, _ run: inout RunImage, _ turn: inout Turn) {
    let task = checkedTask.definition
    var skipped: String?
    var hasSucceeded = false
    for index in checkedTask.needs {
      let need = checked.tasks[index]
      switch run.steps[need.name]?.state ?? .pending {
      case .succeeded:
        if let choice = need.cases.firstIndex(where: { $0.contains(checkedTask.index) }),
          output(of: need.name, &run)["case"] != .int(Int64(choice))
        {
          return finish(task.name, .skipped, &run, &turn, reason: "\(need.name) has chosen otherwise")
        }
        hasSucceeded = true
      case .skipped where run.steps[need.name]!.reason == Self.passedOver: hasSucceeded = true
      case .skipped: skipped = need.name
      default: return
      }
    }
    if let skipped, task.skipPolicy == .skip || !hasSucceeded {
      return finish(task.name, .skipped, &run, &turn, reason: "\(skipped) was skipped")
    }
    trying(task.name, &run, &turn) { run, turn throws(WorkflowError) in
      if let condition = task.when, try !condition.holds(in: bindings(for: condition.references, &run)) {
        return finish(task.name, .skipped, &run, &turn, reason: "not \(condition.source)")
      }
      if task.foreach != nil {
        try fanOut(task, &run, &turn)
      } else {
        try start(task.name, task, &run, &turn)
      }
    }
  }

  /// Begins a task, or an element of it.
  func start(
    _ step: String, _ task: TaskDefinition, element: JSONValue? = nil, _ run: inout RunImage, _ turn: inout Turn
  ) throws(WorkflowError) {
    let input = try input(of: task, element: element, &run)
    switch EngineKind(rawValue: task.kind) {
    case nil: startAttempt(step, &run, &turn, inputHash: ContentHash(of: input.json))
    case .values: succeed(step, input, task, &run, &turn)
    case .switch:
      var choice: Int64?
      for (index, one) in task.cases.enumerated() where choice == nil {
        let holds = try one.when.map { condition throws(WorkflowError) in
          try condition.holds(in: bindings(for: condition.references, &run))
        }
        if holds ?? true { choice = Int64(index) }
      }
      succeed(step, ["case": choice.map { .int($0) } ?? .null], task, &run, &turn)
    case .emit:
      emit(input, of: step, &run)
      succeed(step, .null, task, &run, &turn)
    case .wait:
      hold(step, until: try due(of: task, input, turn), &run, turn)
      lookAt(step, task, &run, &turn)
    case .workflow:
      let children = run[step: step].attempt
      hold(step, until: turn.now.advanced(by: task.timeout), &run, turn)
      run[step: step].attempt = children + 1
      turn.effects.append(.startChild(childRequest(forStep: step, input, run)))
    case .call: preconditionFailure("a call has been replaced by its function's tasks")
    }
  }

  private func emit(_ input: JSONValue, of step: String, _ run: inout RunImage) {
    run.emit(
      OutboxEvent(
        id: "\(run.record.id)/\(step)", topic: input["topic"]?.text ?? name,
        key: input["key"]?.text ?? "\(run.record.id)", payload: Payload(input["payload"] ?? .null)))
  }

  func hold(_ step: String, until due: Timestamp, _ run: inout RunImage, _ turn: Turn) {
    var record = StepRecord(name: step, state: .waiting)
    record.startedAt = turn.now
    run[step: step] = record
    run.setTimer(Self.waitTimer(of: step), due: due)
  }

  /// When a wait is over: a wait for time ends well then, one for an event has come to nothing.
  func due(of task: TaskDefinition, _ input: JSONValue, _ turn: Turn) throws(WorkflowError) -> Timestamp {
    if let text = input["until"]?.text {
      guard let time = Timestamp(text) else {
        throw WorkflowError(
          .invalidInput, "expected a time such as 2026-01-31T12:00:00Z, found \"\(text)\"", at: "until")
      }
      return time
    }
    if let text = input["duration"]?.text {
      guard let duration = DurationText.read(text) else {
        throw WorkflowError(.invalidInput, "expected a duration such as 90s or 5m, found \"\(text)\"", at: "duration")
      }
      return turn.now.advanced(by: duration)
    }
    return turn.now.advanced(by: task.timeout)
  }

  func childRequest(forStep step: String, _ input: JSONValue, _ run: RunImage) -> StartRequest {
    var request = StartRequest(
      workflow: input["workflow"]?.text ?? "", input: input["parameters"] ?? .object([:]))
    request.key = input["key"]?.text ?? ""
    request.idempotencyKey = ChildEnd.key(parent: run.record.id, step: step, run[step: step].attempt)
    request.parent = run.record.id
    request.parentStep = step
    request.depth = run.record.depth + 1
    request.priority = run.record.priority
    request.traceparent = run.record.traceparent
    request.deadline = min(run.record.deadline, run.timers[Self.waitTimer(of: step)] ?? .distantFuture)
    return request
  }

  /// Begins as many elements as may run at a time, and gathers what they gave.
  func fanOut(_ task: TaskDefinition, _ run: inout RunImage, _ turn: inout Turn) throws(WorkflowError) {
    let foreach = task.foreach!
    let elements = try elements(of: task, &run)
    if run.steps[task.name]?.state != .waiting {
      guard elements.count <= foreach.limit else {
        throw WorkflowError(.invalidInput, "\(elements.count) elements, more than its limit of \(foreach.limit)")
      }
      var record = StepRecord(name: task.name, state: .waiting)
      record.startedAt = turn.now
      run[step: task.name] = record
    }
    var running = 0
    for index in elements.indices where run.steps[Self.item(index, of: task.name)]?.state.isActive == true {
      running += 1
    }
    for index in elements.indices where running < foreach.parallel && run.record.closing == nil {
      let step = Self.item(index, of: task.name)
      guard run.steps[step]?.state ?? .pending == .pending else { continue }
      try start(step, task, element: elements[index], &run, &turn)
      if run.steps[step]?.state.isActive == true { running += 1 }
    }
    let done = elements.indices.filter { run.steps[Self.item($0, of: task.name)]?.state == .succeeded }.count
    if done == elements.count {
      let outputs = elements.indices.map { output(of: Self.item($0, of: task.name), &run) }
      // Each was checked when it ended.
      succeed(task.name, .array(outputs), nil, &run, &turn)
    } else {
      run[step: task.name].progress = Double(done) / Double(elements.count)
    }
  }

  func elements(of task: TaskDefinition, _ run: inout RunImage) throws(WorkflowError) -> [JSONValue] {
    let expression = task.foreach!.elements
    let key = "foreach:\(task.name)"
    if case .array(let elements)? = run.decoded[key] { return elements }
    let value = try expression.value(in: bindings(for: expression.references, &run))
    guard case .array(let elements) = value else {
      throw WorkflowError(
        .invalidInput, "expected an array of elements, found \(value.summary)", at: "foreach.elements")
    }
    run.decoded[key] = value
    return elements
  }

  /// A step that waits for an event or a child: has it come?
  func lookAt(_ step: String, _ task: TaskDefinition, _ run: inout RunImage, _ turn: inout Turn) {
    // What runs in its place does not wait: the end of a part that was given up comes too late.
    if run.steps[step + Self.fallback]?.state ?? .pending != .pending { return }
    switch EngineKind(rawValue: task.kind) {
    case .wait:
      guard let name = Self.awaited.compactMap({ field in task.input[field]?.constant?.text }).first else {
        return
      }
      while let event = run.event(named: name) {
        run.take(event)
        let value = (try? event.payload.value()) ?? .null
        if let fault = Self.fault(in: value, task.outputs) {
          // The wait goes on: another event may be right.
          run.note("event refused", at: turn.now, step: step, reason: "\(event.id): \(fault)")
          continue
        }
        run.note("event taken", at: turn.now, step: step, reason: event.id)
        return succeed(step, value, nil, &run, &turn)
      }
    case .workflow:
      guard let event = run.event(named: ChildEnd.name(ofStep: step, run[step: step].attempt)) else { return }
      run.take(event)
      guard let end = ChildEnd(event.payload) else { return }
      if end.state == .completed { return succeed(step, end.result, task, &run, &turn) }
      run.removeTimer(Self.waitTimer(of: step))
      finish(step, .failed, &run, &turn, reason: "its run has \(end.state.rawValue): \(end.reason)")
      failed(step, &run, &turn)
    default: break
    }
  }

  /// - Parameter task: whose declared outputs it must have; nil: it has been checked.
  func succeed(
    _ step: String, _ output: JSONValue, _ task: TaskDefinition?, _ run: inout RunImage, _ turn: inout Turn
  ) {
    run.removeTimer(Self.waitTimer(of: step))
    if let task, task.kind != EngineKind.switch.rawValue, let fault = Self.fault(in: output, task.outputs) {
      finish(step, .failed, &run, &turn, reason: fault)
      return failed(step, &run, &turn)
    }
    run.decoded[step] = output
    let payload = Payload(output)
    run[step: step].output = payload
    run[step: step].progress = 1
    finish(step, .succeeded, &run, &turn, outputHash: ContentHash(of: payload.bytes))
  }

  func attemptEnded(_ step: String, _ outcome: AttemptOutcome, _ run: inout RunImage, _ turn: inout Turn) {
    switch outcome {
    case .succeeded(let output):
      run.decoded[step] = nil
      if executed(byStep: step)?.kind == EngineKind.emit.rawValue, let input = try? output.value() {
        emit(input, of: step, &run)
      }
      if let owner = Self.owner(of: step, Self.fallback) {
        run[step: owner].output = output
        run.decoded[owner] = nil
        finish(owner, .succeeded, &run, &turn, reason: "by its fallback", outputHash: ContentHash(of: output.bytes))
      } else if let owner = Self.owner(of: step, Self.compensation) {
        run[step: owner].state = .compensated
      }
    case .failed, .timedOut: failed(step, &run, &turn)
    case .cancelled, .interrupted, .moved: break
    }
  }

  /// What becomes of the run when a step has finally failed.
  func failed(_ step: String, _ run: inout RunImage, _ turn: inout Turn) {
    if isClosingStep(step) { return }
    let reason = run[step: step].reason
    if let owner = Self.owner(of: step, Self.fallback) {
      finish(owner, .failed, &run, &turn, reason: "its fallback failed as well: \(reason)")
      return giveUp(owner, &run, &turn)
    }
    guard run.record.closing == nil || run.record.closing == .paused, let task = task(ofStep: step) else { return }
    if task.fallback != nil, step != task.name || task.foreach == nil {
      // It is not over: its fallback is under way.
      run[step: step].state = .waiting
      run[step: step].finishedAt = nil
      return startAttempt(step + Self.fallback, &run, &turn, inputHash: run[step: step].inputHash)
    }
    giveUp(step, &run, &turn)
  }

  func giveUp(_ step: String, _ run: inout RunImage, _ turn: inout Turn) {
    let task = Self.taskName(ofStep: step)
    let reason = "task \(step): \(run[step: step].reason)"
    if task != step { finish(task, .failed, &run, &turn, reason: reason) }
    end(.failed, reason, &run, &turn)
    if checked.hooks[.stepFailed] != nil { startAttempt("hook:\(HookEvent.stepFailed.rawValue):\(step)", &run, &turn) }
  }

  func timerDue(_ name: String, _ run: inout RunImage, _ turn: inout Turn) {
    let step = String(name.dropFirst(Self.waitTimer(of: "").count))
    guard name.hasPrefix(Self.waitTimer(of: "")), let task = task(ofStep: step), run.steps[step]?.state == .waiting
    else { return }
    if task.kind == EngineKind.wait.rawValue, Self.awaited.allSatisfy({ task.input[$0] == nil }) {
      return succeed(step, .null, nil, &run, &turn)
    }
    cancelChildren(
      of: [run[step: step]], "step \(step) waits no longer than \(DurationText.write(task.timeout))", &run)
    finish(step, .timedOut, &run, &turn, reason: "nothing came within \(DurationText.write(task.timeout))")
    failed(step, &run, &turn)
  }

  // MARK: Steps and their names

  static let fallback = "#fallback"
  static let compensation = "#compensate"

  static func waitTimer(of step: String) -> String { "wait:\(step)" }
  static func item(_ index: Int, of task: String) -> String { "\(task)[\(index)]" }

  /// The step that a fallback or a compensation is for; nil for other steps.
  static func owner(of step: String, _ suffix: String) -> String? {
    step.hasSuffix(suffix) ? String(step.dropLast(suffix.count)) : nil
  }

  static func taskName(ofStep step: String) -> String { String(step.prefix { $0 != "[" && $0 != "#" }) }

  /// The element of a fan-out for which a step stands.
  static func index(ofStep step: String) -> Int? {
    guard let open = step.firstIndex(of: "["), let close = step.firstIndex(of: "]") else { return nil }
    return Int(step[step.index(after: open)..<close])
  }

  /// The task for which a step stands, whatever is run in its place.
  func task(ofStep step: String) -> TaskDefinition? {
    checked.index(of: Self.taskName(ofStep: step)).map { checked.tasks[$0].definition }
  }

  /// What a step runs: the task itself, or its fallback, compensation or hook.
  func executed(byStep step: String) -> TaskDefinition? {
    if step.hasPrefix("hook:") {
      let event = HookEvent(rawValue: String(step.dropFirst(5).prefix { $0 != ":" }))
      return event.flatMap { checked.hooks[$0] }.map { checked.tasks[$0].definition }
    }
    guard let index = checked.index(of: Self.taskName(ofStep: step)) else { return nil }
    let task = checked.tasks[index]
    if step.hasSuffix(Self.fallback) { return task.fallback.map { checked.tasks[$0].definition } }
    if step.hasSuffix(Self.compensation) { return task.compensation.map { checked.tasks[$0].definition } }
    return task.definition
  }

  func isClosingStep(_ step: String) -> Bool { step.hasPrefix("hook:") || step.hasSuffix(Self.compensation) }

  func interruptionPolicy(ofStep step: String) -> InterruptionPolicy {
    executed(byStep: step)?.retry.interrupted ?? .again
  }

  func retryPolicy(ofStep step: String) -> RetryPolicy { executed(byStep: step)?.retry ?? RetryPolicy() }

  // MARK: Bindings

  /// What expressions with these references need of the run.
  func bindings(
    for references: Set<[String]>, _ run: inout RunImage, others: [String: JSONValue] = [:]
  ) -> Bindings {
    var roots = others
    var tasks: [String: JSONValue] = [:]
    for reference in references {
      switch reference.first {
      case "parameters":
        if run.decoded["parameters:"] == nil { run.decoded["parameters:"] = (try? run.record.payload.value()) ?? .null }
        roots["parameters"] = run.decoded["parameters:"]
      case "run":
        roots["run"] = [
          "id": .string("\(run.record.id)"), "workflow": .string(name), "key": .string(run.record.key),
          "startedAt": .string("\(run.record.createdAt)"), "deadline": .string("\(run.record.deadline)"),
        ]
      case "tasks":
        for name in reference.count > 1 ? [reference[1]] : checked.tasks.map(\.name) where tasks[name] == nil {
          tasks[name] = output(of: name, &run)
        }
      default: break
      }
    }
    if !tasks.isEmpty { roots["tasks"] = .object(tasks) }
    return Bindings(roots)
  }

  /// Null for a task that was skipped.
  func output(of step: String, _ run: inout RunImage) -> JSONValue {
    if let value = run.decoded[step] { return value }
    guard let bytes = run.steps[step]?.output, !bytes.bytes.isEmpty, let value = try? bytes.value() else {
      return .null
    }
    run.decoded[step] = value
    return value
  }

  func input(
    of task: TaskDefinition, element: JSONValue?, event: JSONValue? = nil, _ run: inout RunImage
  ) throws(WorkflowError) -> JSONValue {
    var others: [String: JSONValue] = [:]
    if let element, let foreach = task.foreach { others[foreach.variable] = element }
    if let event { others["event"] = event }
    return try task.input.resolve(in: bindings(for: task.input.references, &run, others: others))
  }
}
