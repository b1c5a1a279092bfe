import MillraceExecutor

/// A frozen ``TaskGraph``, ready to run any number of times.
///
/// Runs may overlap, on one executor or several: each has its own counters and values. Any thread may run it.
///
/// ```swift
/// let plan = try graph.finalize()
/// let results = try plan.run()
/// print(results[total])
/// ```
public struct Plan: Sendable {
  let storage: PlanStorage

  /// How many nodes it has.
  public var count: Int { storage.count }

  /// How many edges it has.
  public var edgeCount: Int { storage.successors.targets.count }

  /// Runs every node, each after those that it depends on, and waits for the end.
  ///
  /// The calling worker takes part. On a thread that is not a worker's, the run is on `executor`, and the thread is one of its workers meanwhile. In `async` code use
  /// the other `run`.
  ///
  /// Cancelling the surroundings, by a token, a task or a deadline, stops the run: nothing else is started, and this throws when what was running has ended. Then the plan can run again.
  ///
  /// - Parameters:
  ///   - executor: nil: that of the calling worker, or else ``WorkStealingExecutor/shared``. Under a simulator there is no other than the simulator.
  ///   - deadline: cancels the run when it passes. An earlier one of the surroundings holds on.
  ///   - isTimed: the results have a ``Results/timeline``: 24 bytes a node, and two looks at the clock. Other runs pay nothing for it.
  /// - Returns: what the nodes computed. Its memory is the run's, and is used again when it goes away.
  /// - Throws: ``NodeFailure`` when a node threw and the graph's error policy is to cancel; `CancellationError`; ``DeadlineExceeded``; ``ExecutorError/Code/shutDown`` (nothing has run).
  /// - Complexity: after the first run without an overlap, no allocation.
  @discardableResult
  public func run(
    on executor: WorkStealingExecutor? = nil, deadline: Deadline? = nil, isTimed: Bool = false
  ) throws -> Results {
    try run(storage.takeRun(), nil, on: executor, deadline: deadline, isTimed: isTimed)
  }

  func run(
    _ run: GraphRun, _ selection: SelectionStorage?, on executor: WorkStealingExecutor?, deadline: Deadline?,
    isTimed: Bool
  ) throws -> Results {
    do {
      // A simulation has no other executor.
      if let executor, SimulatedWorker.simulation == nil {
        try executor.runBlocking { try perform(run, selection, deadline, isTimed) }
      } else {
        try perform(run, selection, deadline, isTimed)
      }
    } catch {
      storage.discard(run)
      throw error
    }
    return Results(run, of: storage)
  }

  private func perform(
    _ run: GraphRun, _ selection: SelectionStorage?, _ deadline: Deadline?, _ isTimed: Bool
  ) throws {
    if let deadline { return try withDeadline(deadline) { try perform(run, selection, nil, isTimed) } }
    guard let worker = CurrentWorker.withStack else {
      return try elsewhere { () throws(any Error) in try perform(run, selection, nil, isTimed) }
    }
    try run.run(selection, on: worker, isTimed: isTimed)
  }

  /// Runs every node, each after those that it depends on; the calling task is suspended meanwhile.
  ///
  /// Cancelling the task stops the run.
  ///
  /// - Parameters: as of the other `run`.
  /// - Throws: as the other `run`.
  @discardableResult
  public func run(
    on executor: WorkStealingExecutor? = nil, deadline: Deadline? = nil, isTimed: Bool = false
  ) async throws -> Results {
    try await run(storage.takeRun(), nil, on: executor, deadline: deadline, isTimed: isTimed)
  }

  func run(
    _ run: GraphRun, _ selection: SelectionStorage?, on executor: WorkStealingExecutor?, deadline: Deadline?,
    isTimed: Bool
  ) async throws -> Results {
    do {
      if let deadline {
        try await withDeadline(deadline) { try await perform(run, selection, on: executor, isTimed) }
      } else {
        try await perform(run, selection, on: executor, isTimed)
      }
    } catch {
      storage.discard(run)
      throw error
    }
    return Results(run, of: storage)
  }

  private func perform(
    _ run: GraphRun, _ selection: SelectionStorage?, on executor: WorkStealingExecutor?, _ isTimed: Bool
  ) async throws {
    let simulation = SimulatedWorker.simulation
    let executor = simulation == nil ? executor ?? .shared : nil
    let number = run.prepare(
      .none, selection, deadline: .current, executor: executor, home: executor?.identity, simulation: simulation,
      isTimed: isTimed)
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        run.onEnd = { _ in continuation.resume() }
        guard let executor else { return run.simulate() }
        do {
          try executor.submit(onWorker: { run.enterAgainAndAgain($0) })
        } catch {
          run.abandon()
          continuation.resume(throwing: error)
        }
      }
      try run.end()
    } onCancel: {
      run.stop(number)
    }
  }

  /// Runs the plan `count` times, one run after the other.
  ///
  /// - Throws: as ``run(on:deadline:isTimed:)``.
  public func run(times count: Int, on executor: WorkStealingExecutor? = nil, deadline: Deadline? = nil) throws {
    for _ in 0..<count { try run(on: executor, deadline: deadline) }
  }

  /// Runs the plan `count` times, one run after the other; the calling task is suspended meanwhile.
  ///
  /// Cancelling the task stops the run that is under way, and begins no other.
  ///
  /// - Throws: as ``run(on:deadline:isTimed:)``.
  public func run(
    times count: Int, on executor: WorkStealingExecutor? = nil, deadline: Deadline? = nil
  ) async throws {
    for _ in 0..<count { try await run(on: executor, deadline: deadline) }
  }

  /// Runs the plan again and again, until `condition` holds for the results.
  ///
  /// - Returns: the last run's results.
  /// - Throws: as ``run(on:deadline:isTimed:)``, or what `condition` throws.
  @_disfavoredOverload
  @discardableResult
  public func run(
    until condition: (borrowing Results) throws -> Bool, on executor: WorkStealingExecutor? = nil,
    deadline: Deadline? = nil, isTimed: Bool = false
  ) throws -> Results {
    while true {
      let results = try run(on: executor, deadline: deadline, isTimed: isTimed)
      if try condition(results) { return results }
    }
  }

  /// Runs the plan again and again, until `condition` holds for the results; the calling task is suspended during the runs.
  ///
  /// Cancelling the task stops the run that is under way, and begins no other.
  ///
  /// - Parameter condition: called in the isolation of the caller. May wait.
  /// - Returns: the last run's results.
  /// - Throws: as ``run(on:deadline:isTimed:)``, or what `condition` throws.
  @discardableResult
  public func run(
    until condition: (borrowing Results) async throws -> Bool, on executor: WorkStealingExecutor? = nil,
    deadline: Deadline? = nil, isTimed: Bool = false, isolation: isolated (any Actor)? = #isolation
  ) async throws -> Results {
    while true {
      let results = try await run(on: executor, deadline: deadline, isTimed: isTimed)
      if try await condition(results) { return results }
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
