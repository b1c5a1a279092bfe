extension WorkflowEngine {
  /// Runs of a workflow that are to be moved to its newest definition.
  struct Migration: Sendable {
    let program: any RunProgram
    let kind: RunMigration.Kind
    /// What is in the way of a run of an older definition.
    var obstacles: [ContentHash: @Sendable (StoredRun) -> [String]] = [:]
  }

  /// Makes a graph known, and moves runs that an older definition has begun when they are woken next: by a timer, an event, the end of an attempt that was under way alone, somebody's command, or a start of the engine.
  ///
  /// The move is a part of the run's next change: it is on the one definition with all it has, or on the other.
  ///
  /// - Throws: ``WorkflowError/Code/invalidDefinition``; ``WorkflowError/Code/incompatibleDefinition`` with what is different, when a run cannot go on with it as it is: nothing is registered then; ``WorkflowError/Code/storeUnavailable``.
  @discardableResult
  public func register(
    _ definition: WorkflowDefinition, migrating migration: RunMigration
  ) async throws -> MigrationReport {
    let checked = try definition.check(kinds: kinds)
    return try await register(GraphProgram(checked, handlers: kinds, vault: configuration.vault), migration)
  }

  /// As for a graph. The code of an older version is not needed.
  @discardableResult
  public func register<State, Status>(
    _ machine: StateMachine<State, Status>, migrating migration: RunMigration
  ) async throws -> MigrationReport {
    try await register(try MachineProgram(machine), migration)
  }

  /// Makes an older version of a state machine known: runs that have begun with it finish on it. New ones get the version that was registered by ``register(_:)``.
  ///
  /// Queues, breakers and resources are what the version says that is registered first; so register the new one before older ones.
  ///
  /// Older definitions of graphs are stored with their runs, and need not be registered.
  public func registerOlder<State, Status>(_ machine: StateMachine<State, Status>) throws(WorkflowError) {
    try keep(try MachineProgram(machine), isStored: true)
  }

  private func register(_ program: any RunProgram, _ migration: RunMigration) async throws -> MigrationReport {
    var planned = Migration(program: program, kind: migration.kind)
    let report = try await check(&planned)
    try await storeDefinition(of: program)
    try register(program)
    state.withLock { $0.migrations[program.name] = planned }
    return report
  }

  /// Looks at all runs that have begun with another definition.
  private func check(_ migration: inout Migration) async throws -> MigrationReport {
    let program = migration.program
    var report = MigrationReport()
    var refused: (first: RunID, count: Int, lines: [String])?
    for store in stores {
      var query = RunQuery()
      query.workflow = program.name
      query.states = [.initiated, .running, .waiting, .paused]
      query.limit = 1000
      while true {
        let page = try await store.runs(query)
        for record in page where record.definition != program.hash {
          report.runs += 1
          guard case .asTheyAre = migration.kind else { continue }
          try await learn(record.definition, &migration, &report, store)
          guard let run = try await store.load(record.id) else { continue }
          let lines = migration.obstacles[record.definition]!(try decode(run))
          guard !lines.isEmpty else { continue }
          let known = refused ?? (first: record.id, count: 0, lines: [])
          refused = (known.first, known.count + 1, known.lines + lines.filter { !known.lines.contains($0) })
        }
        guard page.count == query.limit else { break }
        query.before = page.last!.id
      }
    }
    guard let refused else { return report }
    let runs = report.runs == 1 ? "the run" : "\(refused.count) of the \(report.runs) runs"
    throw WorkflowError(
      .incompatibleDefinition,
      "\(runs) that an older definition has begun cannot go on with this one (the first: run \(refused.first)): register it with a migration, or without, so that they finish on theirs\n"
        + refused.lines.joined(separator: "\n"),
      at: program.name)
  }

  /// Reads an older definition.
  private func learn(
    _ hash: ContentHash, _ migration: inout Migration, _ report: inout MigrationReport, _ store: any RunStore
  ) async throws {
    guard migration.obstacles[hash] == nil else { return }
    guard let document = try await store.document(DocumentName("definitions", "\(hash)")) else {
      migration.obstacles[hash] = { _ in ["the older definition \(hash) is not stored"] }
      return
    }
    let comparison = try migration.program.comparison(with: document.value)
    report.changes[hash] = comparison.changes
    migration.obstacles[hash] = comparison.obstacles
  }

  // MARK: Waking

  /// Who drives a run that has been read from its store; nil for one of which the workflow is not registered.
  ///
  /// - Parameter look: of ``looks``, before it was read.
  func newDriver(for run: StoredRun, in store: any RunStore, at look: Int) async throws -> RunDriver? {
    if let (program, migrated) = moved(run) {
      return RunDriver(RunImage(run), program: program, engine: self, first: .migrated(migrated), look: look)
    }
    guard let program = try await findProgram(of: run.record, in: store) else { return nil }
    return RunDriver(RunImage(run), program: program, engine: self, first: .loaded, look: look)
  }

  /// - Returns: nil: it stays on the definition that it has.
  private func moved(_ run: StoredRun) -> (program: any RunProgram, migrated: MigratingRun?)? {
    let record = run.record
    guard let migration = state.withLock({ $0.migrations[record.workflow] }),
      record.definition != migration.program.hash, !record.state.isFinal,
      // One that is being closed is compensated by the definition that has done what is to be undone.
      record.closing == nil || record.closing == .paused
    else { return nil }
    do {
      var migrated: MigratingRun?
      switch migration.kind {
      case .asTheyAre:
        // It may have gone on since the registration, or have been begun by another engine.
        let obstacles = migration.obstacles[record.definition]?(run) ?? ["its definition was not known then"]
        guard obstacles.isEmpty else {
          throw WorkflowError(.incompatibleDefinition, obstacles.joined(separator: "; "))
        }
      case .by(let body):
        var moving = MigratingRun(run)
        try body(&moving)
        migrated = moving
      }
      // A rehearsal: what does not fit is found before anything is begun.
      var image = RunImage(run)
      var turn = Turn(now: wallClock.now, holds: true, generator: configuration.random())
      try migration.program.takeOver(&image, as: migrated, &turn)
      return (migration.program, migrated)
    } catch {
      observeTrouble("migration trouble", error, record: record)
      return nil
    }
  }
}
