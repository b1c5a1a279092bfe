extension WorkflowEngine {
  /// Starts a run that takes over what another has done, but for a step and all that follows it: those it does itself.
  ///
  /// The other run stays as it is, and may be under way. What it has not done well, or has compensated, the new one does again. It has the other's definition, parameters and key, and names it as its ``RunRecord/origin``.
  ///
  /// ```swift
  /// import MillraceWorkflow
  /// func again(_ run: RunID, _ engine: WorkflowEngine) async throws {
  ///   let fork = try await engine.fork(run, from: "report", reason: "the template was wrong").run
  ///   print(try await engine.wait(for: fork).state)
  /// }
  /// ```
  ///
  /// - Parameter step: a task of a graph, or a status of a state machine.
  /// - Throws: ``WorkflowError/Code/unknownRun``; ``WorkflowError/Code/impossible`` for a step that is not there, and for a run whose data has been deleted; as ``start(_:)``.
  public func fork(_ id: RunID, from step: String, reason: String = "") async throws -> StartVerdict {
    if isDraining { throw WorkflowError(.shutDown, "the engine has been shut down: no run is started") }
    guard let (source, store) = try await load(id), let program = try await findProgram(of: source.record, in: store)
    else {
      throw WorkflowError(.unknownRun, "there is no such run, or its workflow is not registered", at: "run \(id)")
    }
    if source.record.state == .dataDeleted {
      throw WorkflowError(
        .impossible, "the run's data has been deleted: there is nothing to take over", at: "run \(id)")
    }
    let now = wallClock.now
    let key = source.record.key
    let (fork, shardHash) = makeID(key: key, program, at: now)
    var record = RunRecord(
      id: fork, workflow: program.name, definition: program.hash, key: key, holdsKey: source.record.holdsKey,
      status: source.record.status, payload: source.record.payload,
      shardHash: shardHash, priority: source.record.priority, createdAt: now,
      deadline: now.advanced(by: program.deadline))
    record.origin = id
    record.depth = source.record.depth
    var image = RunImage(new: record)
    for step in source.steps
    where (step.state == .succeeded || step.state == .skipped) && !program.isClosingStep(step.name) {
      image[step: step.name] = step
    }
    return try await begin(image, program, .fork(of: id, from: step, reason: reason))
  }
}
