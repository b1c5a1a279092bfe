import Millrace

extension GraphProgram {
  func order(forStep step: String, _ run: RunImage) -> AttemptOrder? {
    guard let task = executed(byStep: step) else { return nil }
    let handler = handlers[task.kind]
    // What is done in the program itself is an attempt, too, where it stands for another task.
    guard handler != nil || [EngineKind.values, .emit].map(\.rawValue).contains(task.kind) else { return nil }
    var run = run
    let attempt = run.steps[step]?.attempt ?? 1
    var order = AttemptOrder(
      step: step, attempt: attempt, timeout: task.timeout, heartbeat: task.heartbeat, circuit: task.circuit,
      queue: task.queue, resources: task.resources, limits: task.limits, isRetry: attempt > 1
    ) { _ in .succeeded(.empty) }
    let input: JSONValue
    do throws(WorkflowError) {
      input = try self.input(ofStep: step, running: task, &run)
    } catch {
      order.body = { _ in throw TaskFailure(code: error.code.description, error.description, isRetryable: false) }
      return order
    }
    if let cache = task.cache {
      order.cacheKey = ContentHash(of: Array("\(hash)/\(task.name)/".utf8) + input.json)
      order.cacheLifetime = cache.lifetime
    }
    let (vault, outputs) = (vault, task.outputs)
    order.body = { context in
      guard let handler else {
        if let fault = Self.fault(in: input, outputs) {
          throw TaskFailure(code: "invalid output", fault, isRetryable: false)
        }
        return .succeeded(Payload(input))
      }
      let secrets = try await vault.secrets(named: input.secretNames)
      let value = input.resolvingSecrets { secrets[$0]!.revealed }
      do {
        let output = vault.redactor.redact(try await handler.run(value, context))
        if let fault = Self.fault(in: output, outputs) {
          throw TaskFailure(code: "invalid output", fault, isRetryable: false)
        }
        return .succeeded(Payload(output))
      } catch let failure as TaskFailure {
        throw vault.redactor.redact(failure)
      } catch let error as WorkflowError {
        throw TaskFailure(code: error.code.description, vault.redactor.redact("\(error)"))
      } catch  where !(error is CancellationError || error is DeadlineExceeded) {
        throw TaskFailure(code: "error", vault.redactor.redact("\(error)"))
      }
    }
    return order
  }

  /// A fallback without an input of its own is given that of its task; what runs for another may say what has happened, as `event`.
  func input(
    ofStep step: String, running task: TaskDefinition, _ run: inout RunImage
  ) throws(WorkflowError) -> JSONValue {
    if step.hasPrefix("hook:") {
      let parts = step.split(separator: ":", maxSplits: 2).map(String.init)
      let failed = parts.count > 2 ? parts[2] : ""
      let event: JSONValue = [
        "name": .string(parts[1]), "step": .string(failed),
        "reason": .string(failed.isEmpty ? run.record.reason : run[step: failed].reason),
      ]
      return try input(of: task, element: nil, event: event, &run)
    }
    guard let owner = self.task(ofStep: step) else { return .null }
    var element: JSONValue?
    if owner.foreach != nil, let index = Self.index(ofStep: step) {
      let elements = try elements(of: owner, &run)
      guard elements.indices.contains(index) else {
        throw WorkflowError(.invalidInput, "there are \(elements.count) elements, and no number \(index)")
      }
      element = elements[index]
    }
    if task.name == owner.name { return try input(of: task, element: element, &run) }
    let ownerStep = Self.owner(of: step, Self.fallback) ?? Self.owner(of: step, Self.compensation) ?? owner.name
    let given = try input(of: owner, element: element, &run)
    let event: JSONValue = [
      "task": .string(owner.name), "step": .string(ownerStep), "reason": .string(run[step: ownerStep].reason),
      "input": given, "output": output(of: ownerStep, &run),
    ]
    if step.hasSuffix(Self.fallback), task.input.source == .object([:]) { return given }
    return try input(of: task, element: nil, event: event, &run)
  }

  /// What is wrong with an output; nil if nothing is.
  static func fault(in output: JSONValue, _ types: [String: ValueType]) -> String? {
    guard !types.isEmpty, let (path, message) = ValueType.object(types).complaint(about: output) else { return nil }
    return "output\(path): \(message)"
  }

  // MARK: Runs of other workflows

  /// A part that was to be started when the process ended may not have been.
  func needsStart(_ step: StepRecord) -> Bool {
    step.state == .waiting && !step.name.contains("#") && task(ofStep: step.name)?.kind == EngineKind.workflow.rawValue
      && (task(ofStep: step.name)?.foreach == nil || Self.index(ofStep: step.name) != nil)
  }

  func childKey(ofStep step: StepRecord, of run: RunID) -> String? {
    needsStart(step) ? ChildEnd.key(parent: run, step: step.name, step.attempt) : nil
  }

  /// Starting a part again finds the one that was started.
  func reopen(_ run: inout RunImage, _ turn: inout Turn) {
    for step in run.activeSteps(.waiting) where needsStart(step) {
      guard let task = task(ofStep: step.name), let input = try? input(ofStep: step.name, running: task, &run) else {
        continue
      }
      turn.effects.append(.startChild(childRequest(forStep: step.name, input, run)))
    }
  }
}
