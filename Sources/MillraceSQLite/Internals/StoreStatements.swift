#if Workflow
  import GRDB
  import MillraceWorkflow

  /// What the writer says again and again, compiled once.
  struct StoreStatements {
    let find, findHolder, findByIdempotencyKey, insertRun, updateHot, updateState, updateAll: SQLStatement
    let setStep, deleteSteps, addHistory, addOutbox, acknowledge: SQLStatement
    let setTimer, removeTimer, deleteTimers, armTimers: SQLStatement
    let addEvent, findEvent, countUnread, take, takeAll: SQLStatement
    let findLease, setLease, setDocument, removeDocument: SQLStatement

    /// Columns of a run that no index looks at: what a change in the midst of a run writes.
    private static let hot = [
      "revision", "definition", "closing", "status", "reason", "parent_step", "origin", "shard_hash", "priority",
      "updated_at", "deadline", "traceparent", "attempts", "errors", "payload", "result",
    ]
    /// Written when they change; the state is one of its own.
    private static let cold = ["key", "holds_key", "finished_at", "parent"]
    /// Never written again.
    private static let fixed = ["id", "workflow", "idempotency_key", "created_at", "depth"]

    /// Parameters: hot ones from 1, then the state, then cold ones, then `run` or fixed ones.
    static let hotCount = Int32(hot.count)
    static let coldEnd = Int32(hot.count + 1 + cold.count)

    init(_ database: Database) throws {
      func statement(_ sql: String) throws -> SQLStatement { try SQLStatement(database, sql) }
      func update(_ columns: [String]) throws -> SQLStatement {
        let settings = columns.enumerated().map { "\($1) = ?\($0 + 1)" }
        return try statement("UPDATE runs SET \(settings.joined(separator: ", ")) WHERE run = ?\(Self.coldEnd + 1)")
      }
      find = try statement(
        "SELECT run, revision, state, workflow, key, holds_key, finished_at, parent FROM runs WHERE id = ?1")
      findHolder = try statement(
        "SELECT id FROM runs WHERE workflow = ?1 AND key = ?2 AND holds_key = 1 AND state NOT IN \(Schema.final)")
      findByIdempotencyKey = try statement("SELECT id FROM runs WHERE workflow = ?1 AND idempotency_key IN (?2, ?3)")
      let all = Self.hot + ["state"] + Self.cold + Self.fixed
      insertRun = try statement(
        """
        INSERT INTO runs (\(all.joined(separator: ", ")))
        VALUES (\(all.indices.map { "?\($0 + 1)" }.joined(separator: ", ")))
        """)
      updateHot = try update(Self.hot)
      updateState = try update(Self.hot + ["state"])
      updateAll = try update(Self.hot + ["state"] + Self.cold)

      setStep = try statement(
        """
        INSERT OR REPLACE INTO steps
        (run, name, state, attempt, input_hash, reason, started_at, finished_at, progress, output)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
        """)
      deleteSteps = try statement("DELETE FROM steps WHERE run = ?1")
      addHistory = try statement("INSERT INTO history VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")
      addOutbox = try statement("INSERT INTO outbox (id, event, topic, key, payload) VALUES (?1, ?2, ?3, ?4, ?5)")
      acknowledge = try statement("DELETE FROM outbox WHERE sequence <= ?1")

      setTimer = try statement("INSERT OR REPLACE INTO timers (id, name, due, armed) VALUES (?1, ?2, ?3, ?4)")
      removeTimer = try statement("DELETE FROM timers WHERE id = ?1 AND name = ?2")
      deleteTimers = try statement("DELETE FROM timers WHERE id = ?1")
      armTimers = try statement("UPDATE timers SET armed = ?2 OR (?3 AND name = '\(TimerRecord.resume)') WHERE id = ?1")

      addEvent = try statement("INSERT INTO inbox (run, event, name, taken, payload) VALUES (?1, ?2, ?3, 0, ?4)")
      findEvent = try statement("SELECT 1 FROM inbox WHERE run = ?1 AND event = ?2")
      countUnread = try statement(
        "SELECT count(*) FROM (SELECT 1 FROM inbox WHERE run = ?1 AND taken = 0 LIMIT ?2)")
      take = try statement(
        "UPDATE inbox SET taken = 1, name = '', payload = x'' WHERE run = ?1 AND event = ?2 AND taken = 0")
      takeAll = try statement("UPDATE inbox SET taken = 1, name = '', payload = x'' WHERE run = ?1 AND taken = 0")

      findLease = try statement("SELECT owner, token, expires FROM leases WHERE role = ?1")
      setLease = try statement("INSERT OR REPLACE INTO leases (role, owner, token, expires) VALUES (?1, ?2, ?3, ?4)")
      setDocument = try statement(
        "INSERT OR REPLACE INTO documents (collection, key, revision, value) VALUES (?1, ?2, ?3, ?4)")
      removeDocument = try statement("DELETE FROM documents WHERE collection = ?1 AND key = ?2")
    }

    /// Runs a statement whose only parameter is a number.
    func run(_ statement: SQLStatement, _ number: Int64) throws {
      statement.bind(1, number)
      try statement.run()
    }
  }

  extension SQLStatement {
    func bindHot(_ record: RunRecord) {
      bind(1, record.revision.number)
      bind(2, record.definition)
      bind(3, record.closing?.rawValue)
      bind(4, record.status)
      bind(5, record.reason)
      bind(6, record.parentStep)
      bind(7, record.origin)
      bind(8, Int64(record.shardHash))
      bind(9, record.priority)
      bind(10, record.updatedAt)
      bind(11, record.deadline)
      bind(12, record.traceparent)
      bind(13, record.attemptCount)
      bind(14, record.errorCount)
      bind(15, record.payload)
      bind(16, record.result)
    }

    func bindCold(_ record: RunRecord) {
      let first = StoreStatements.hotCount + 2
      bind(first, record.key)
      bind(first + 1, record.holdsKey)
      bind(first + 2, record.finishedAt)
      bind(first + 3, record.parent)
    }

    func run(_ step: StepRecord, of run: Int64) throws {
      bind(1, run)
      bind(2, step.name)
      bind(3, step.state.rawValue)
      bind(4, step.attempt)
      bind(5, step.inputHash)
      bind(6, step.reason)
      bind(7, step.startedAt)
      bind(8, step.finishedAt)
      bind(9, step.progress)
      bind(10, step.output)
      try self.run()
    }

    func run(_ entry: HistoryEntry, of run: Int64, at revision: Revision, place: Int) throws {
      bind(1, run)
      bind(2, revision.number)
      bind(3, place)
      bind(4, entry.at)
      bind(5, entry.kind)
      bind(6, entry.step)
      bind(7, entry.attempt)
      bind(8, entry.reason)
      bind(9, entry.inputHash)
      bind(10, entry.outputHash)
      try self.run()
    }

    func run(_ event: OutboxEvent, of id: RunID) throws {
      bind(1, id)
      bind(2, event.id)
      bind(3, event.topic)
      bind(4, event.key)
      bind(5, event.payload)
      try self.run()
    }
  }
#endif
