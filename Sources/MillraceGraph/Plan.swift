import MillraceExecutor

/// A frozen ``TaskGraph``, ready to run any number of times.
///
/// Runs may overlap, on one executor or several: each has its own counters and values. Any thread may run it.
public struct Plan: Sendable {
  let storage: PlanStorage

  /// How many nodes it has.
  public var count: Int { storage.count }

  /// Runs every node, each after those that it depends on, and waits for the end.
  ///
  /// The calling worker takes part. On a thread that is not a worker's, the run is on ``WorkStealingExecutor/shared``, and the thread is one of its workers meanwhile.
  ///
  /// Cancelling the surroundings, by a token, a task or a deadline, stops the run: nothing else is started.
  ///
  /// - Returns: what the nodes computed.
  /// - Throws: ``NodeFailure`` when a node threw; `CancellationError`. What was running has ended by then, and the plan can run again.
  /// - Complexity: after the first run without an overlap, no allocation.
  @discardableResult
  public func run() throws -> Results {
    let run = storage.takeRun()
    try perform(run)
    return Results(run, of: storage)
  }

  /// ``run()`` on the workers of `executor`.
  ///
  /// - Throws: also ``ExecutorError/Code/shutDown``; nothing has run.
  @discardableResult
  public func run(on executor: WorkStealingExecutor) throws -> Results {
    let run = storage.takeRun()
    try executor.runBlocking { try perform(run) }
    return Results(run, of: storage)
  }

  private func perform(_ run: GraphRun) throws {
    guard let worker = CurrentWorker.withStack else { return try elsewhere { () throws(any Error) in try perform(run) } }
    do {
      try run.run(on: worker)
    } catch {
      run.clear()
      storage.giveBack(run)
      throw error
    }
  }
}

extension TaskGraph {
  /// Freezes the graph.
  ///
  /// - Throws: ``GraphError/Code/cycle``
  /// - Complexity: O(nodes + edges)
  public consuming func finalize() throws(GraphError) -> Plan { Plan(storage: try PlanStorage(self)) }
}
