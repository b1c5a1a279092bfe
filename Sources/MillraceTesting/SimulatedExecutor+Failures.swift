extension SimulatedExecutor {
  func deadlock() -> SimulationError {
    unfinished(
      .deadlock,
      "deadlock: nothing is ready, nobody sleeps on the clock, and the body has not ended. (Or it waits for what is not simulated: Task {}, Task.sleep, the main actor.)"
    )
  }

  func stepLimitReached() -> SimulationError {
    unfinished(.stepLimit, "the limit of steps is reached, and the body has not ended.")
  }

  func leftSimulator(_ tasks: [String], _ underlying: (any Error)?) -> SimulationError {
    var text = "\(place): a task left the simulator, so the seed alone does not decide what happens."
    text += " That happened \(escapeCount) times:" + tasks.map { "\n- \($0)" }.joined()
    if let underlying { text += "\nThe body threw \(underlying)." }
    return SimulationError(.leftSimulator, seed: seed, tasks: tasks, underlying: underlying, text)
  }

  private func unfinished(_ code: SimulationError.Code, _ what: String) -> SimulationError {
    let (operations, tasks, escaped) = schedule.withLock { ($0.unfinishedOperations, $0.seenTasks, $0.escaped) }
    var text = "\(place): \(what)"
    text += "\nOperations that have not ended, \(operations.count): \(operations.joined(separator: ", "))"
    text += "\nTasks that were seen, \(tasks.count), ended or not, the last active first:"
    // The rest is in the property.
    text += tasks.prefix(10).map { "\n- \($0)" }.joined()
    if tasks.count > 10 { text += "\n- …" }
    if !escaped.isEmpty { text += "\nNot to be trusted: tasks left the simulator: \(escaped.joined(separator: "; "))" }
    return SimulationError(code, seed: seed, operations: operations, tasks: tasks, text)
  }

  private var place: String { "seed \(seed), step \(stepCount), \(clock.now.offset)" }
}
