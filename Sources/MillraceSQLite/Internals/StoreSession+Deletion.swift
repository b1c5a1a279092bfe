#if Workflow
  import GRDB
  import MillraceWorkflow

  extension StoreSession {
    func eraseData(of id: RunID) throws -> ErasureReport? {
      guard let found = try find(id), found.state.isFinal, let stored = try StoreReader(database).load(id) else {
        return nil
      }
      func sum(_ table: String, _ column: String, _ value: SQLStatement.Key) throws -> (rows: Int, bytes: Int) {
        let payload = ["steps": "output", "history": "''"][table] ?? "payload"
        let statement = try SQLStatement(
          database, "SELECT count(*), coalesce(sum(length(\(payload))), 0) FROM \(table) WHERE \(column) = ?1")
        statement.bind(1, value)
        return try statement.first { ($0.int(0), $0.int(1)) } ?? (0, 0)
      }
      func delete(_ table: String, _ column: String, _ value: SQLStatement.Key) throws {
        let statement = try SQLStatement(database, "DELETE FROM \(table) WHERE \(column) = ?1")
        statement.bind(1, value)
        try statement.run()
      }
      let steps = try sum("steps", "run", .row(found.run))
      let history = try sum("history", "run", .row(found.run))
      let inbox = try sum("inbox", "run", .row(found.run))
      let outbox = try sum("outbox", "id", .id(id))
      for table in ["steps", "history", "inbox"] { try delete(table, "run", .row(found.run)) }
      for table in ["outbox", "timers"] { try delete(table, "id", .id(id)) }

      let record = stored.record.erased(at: time)
      let update = statements.updateAll
      update.bindHot(record)
      update.bind(StoreStatements.hotCount + 1, record.state.rawValue)
      update.bindCold(record)
      update.bind(StoreStatements.coldEnd + 1, found.run)
      try update.run()
      if let key = stored.record.idempotencyKey {
        let hide = try SQLStatement(database, "UPDATE runs SET idempotency_key = ?1 WHERE run = ?2")
        hide.bind(1, RunRecord.idempotencyHash(workflow: found.workflow, key: key))
        hide.bind(2, found.run)
        try hide.run()
      }
      return ErasureReport(
        run: id,
        payloadBytes: stored.record.payload.bytes.count + stored.record.result.bytes.count + steps.bytes + inbox.bytes
          + outbox.bytes, steps: steps.rows, historyEntries: history.rows, inboxEvents: inbox.rows,
        outboxEvents: outbox.rows)
    }

    func purge(finishedBefore end: Timestamp, workflow: String?, limit: Int) throws -> Int {
      let old = try SQLStatement(
        database,
        """
        SELECT run, id FROM runs
        WHERE finished_at < ?1 AND state IN \(Schema.final)\(workflow == nil ? "" : " AND workflow = ?3")
        ORDER BY finished_at, id LIMIT ?2
        """)
      old.bind(1, end)
      old.bind(2, max(0, limit))
      if let workflow { old.bind(3, workflow) }
      let runs = try old.all { ($0.int64(0), try $0.run(1)) }
      let tables = ["steps", "history", "inbox", "runs"]
      let deletions = try tables.map { try SQLStatement(database, "DELETE FROM \($0) WHERE run = ?1") }
      for (run, id) in runs {
        for deletion in deletions { try statements.run(deletion, run) }
        statements.deleteTimers.bind(1, id)
        try statements.deleteTimers.run()
      }
      return runs.count
    }
  }

  extension SQLStatement {
    /// What rows of a run are found by.
    enum Key {
      case row(Int64)
      case id(RunID)
    }

    func bind(_ place: Int32, _ key: Key) {
      switch key {
      case .row(let run): bind(place, run)
      case .id(let id): bind(place, id)
      }
    }
  }
#endif
