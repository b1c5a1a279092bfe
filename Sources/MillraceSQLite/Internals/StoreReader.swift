#if Workflow
  import GRDB
  import MillraceWorkflow

  /// What is read from one connection, in a transaction of the caller.
  struct StoreReader {
    private let database: Database

    init(_ database: Database) {
      self.database = database
    }

    private func statement(_ sql: String) throws -> SQLStatement { try SQLStatement(database, sql) }

    // MARK: Runs

    /// In the order in which ``record(_:from:)`` reads them.
    static let recordColumns = """
      id, revision, state, workflow, definition, key, holds_key, idempotency_key, closing, status, reason, parent, \
      parent_step, origin, shard_hash, priority, created_at, updated_at, finished_at, deadline, traceparent, attempts, \
      errors, payload, result, depth
      """

    private static func record(_ row: SQLStatement, from first: Int32 = 0) throws -> RunRecord {
      guard let definition = try row.hashIfAny(first + 4) else {
        throw WorkflowError(.storeDamaged, "a run has no definition")
      }
      let state = try row.named(first + 2, RunState.self)
      var record = RunRecord(
        id: try row.run(first), workflow: row.text(first + 3), definition: definition, key: row.text(first + 5),
        holdsKey: row.bool(first + 6), idempotencyKey: state == .dataDeleted ? nil : row.keyIfAny(first + 7),
        state: state, status: row.text(first + 9), payload: row.payload(first + 23),
        shardHash: UInt32(truncatingIfNeeded: row.int64(first + 14)), priority: row.int(first + 15),
        createdAt: row.time(first + 16), deadline: row.time(first + 19))
      record.revision = Revision(row.int64(first + 1))
      record.closing = row.isNull(first + 8) ? nil : try row.named(first + 8, RunState.self)
      record.reason = row.text(first + 10)
      record.parent = try row.runIfAny(first + 11)
      record.parentStep = row.textIfAny(first + 12)
      record.origin = try row.runIfAny(first + 13)
      record.updatedAt = row.time(first + 17)
      record.finishedAt = row.timeIfAny(first + 18)
      record.traceparent = row.textIfAny(first + 20)
      record.attemptCount = row.int(first + 21)
      record.errorCount = row.int(first + 22)
      record.result = row.payload(first + 24)
      record.depth = row.int(first + 25)
      return record
    }

    func load(_ id: RunID) throws -> StoredRun? {
      let found = try statement("SELECT run, \(Self.recordColumns) FROM runs WHERE id = ?1")
      found.bind(1, id)
      guard let (run, record) = try found.first({ ($0.int64(0), try Self.record($0, from: 1)) }) else { return nil }
      return try stored(run, record)
    }

    private func stored(_ run: Int64, _ record: RunRecord) throws -> StoredRun {
      let steps = try statement(
        """
        SELECT name, state, attempt, input_hash, reason, started_at, finished_at, progress, output
        FROM steps WHERE run = ?1
        """)
      steps.bind(1, run)
      let timers = try statement("SELECT name, due FROM timers WHERE id = ?1")
      timers.bind(1, record.id)
      let inbox = try statement("SELECT event, name, payload FROM inbox WHERE run = ?1 AND taken = 0 ORDER BY arrival")
      inbox.bind(1, run)
      return StoredRun(
        record: record,
        steps: try steps.all { row in
          var step = StepRecord(name: row.text(0), state: try row.named(1, StepState.self))
          step.attempt = row.int(2)
          step.inputHash = try row.hashIfAny(3)
          step.reason = row.text(4)
          step.startedAt = row.timeIfAny(5)
          step.finishedAt = row.timeIfAny(6)
          step.progress = row.double(7)
          step.output = row.payload(8)
          return step
        },
        timers: try timers.all { TimerRecord(name: $0.text(0), due: $0.time(1)) },
        inbox: try inbox.all { InboxEvent(id: $0.text(0), name: $0.text(1), payload: $0.payload(2)) })
    }

    func runsToResume(after id: RunID?, limit: Int, in shards: ShardSelection?) throws -> [StoredRun] {
      let found = try statement(
        """
        SELECT run, \(Self.recordColumns) FROM runs WHERE run IN (
          SELECT run FROM (
            SELECT id, run FROM runs WHERE state IN ('initiated', 'running') AND id > ?1 \(Self.term(shards))
            UNION
            SELECT runs.id, runs.run FROM inbox JOIN runs USING (run)
            WHERE inbox.taken = 0 AND runs.state = 'waiting' AND runs.id > ?1 \(Self.term(shards))
            ORDER BY 1 LIMIT ?2))
        ORDER BY id
        """)
      found.bind(1, after: id)
      found.bind(2, max(0, limit))
      return try found.all { ($0.int64(0), try Self.record($0, from: 1)) }.map { try stored($0, $1) }
    }

    /// What a selection asks of a run. Names are written as hexadecimal digits: nothing in them is read as SQL. With a sign, so that the index by workflow is not taken: it has all that ever ran.
    private static func term(_ shards: ShardSelection?) -> String {
      guard let shards else { return "" }
      let terms = shards.shards.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }.map { workflow, numbers in
        let name = workflow.utf8.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        let isAll = numbers.count == shards.total
        return "+runs.workflow = CAST(x'\(name)' AS TEXT)"
          + (isAll
            ? ""
            : " AND runs.shard_hash % \(shards.total) IN (\(numbers.sorted().map(String.init).joined(separator: ", ")))")
      }
      return terms.isEmpty ? "AND FALSE" : "AND (\(terms.joined(separator: " OR ")))"
    }

    func dueRuns(at time: Timestamp, limit: Int, in shards: ShardSelection?) throws -> [RunID] {
      guard limit > 0 else { return [] }
      // In this order of joining: by the index of what is due.
      let join = shards == nil ? "" : "CROSS JOIN runs USING (id)"
      let due = try statement(
        "SELECT timers.id FROM timers \(join) WHERE armed = 1 AND due <= ?1 \(Self.term(shards)) ORDER BY due, timers.id"
      )
      due.bind(1, time)
      defer { due.reset() }
      var found: [RunID] = []
      var seen: Set<RunID> = []
      while found.count < limit, try due.step() {
        let id = try due.run(0)
        if seen.insert(id).inserted { found.append(id) }
      }
      return found
    }

    func earliestTimer(after time: Timestamp?) throws -> Timestamp? {
      let later = time == nil ? "" : "AND due > ?1"
      let earliest = try statement("SELECT due FROM timers WHERE armed = 1 \(later) ORDER BY due LIMIT 1")
      if let time { earliest.bind(1, time) }
      return try earliest.first { $0.time(0) }
    }

    func runs(_ query: RunQuery) throws -> [RunRecord] {
      let found = try selection(query, "SELECT \(Self.recordColumns)", page: true)
      return try found.all { try Self.record($0) }
    }

    func count(_ query: RunQuery) throws -> Int {
      try selection(query, "SELECT count(*)", page: false).first { $0.int(0) } ?? 0
    }

    private func selection(_ query: RunQuery, _ columns: String, page: Bool) throws -> SQLStatement {
      var terms: [String] = []
      var binds: [(SQLStatement, Int32) -> Void] = []
      func add(_ term: String, _ bind: @escaping (SQLStatement, Int32) -> Void) {
        binds.append(bind)
        terms.append(term.replacing("?", with: "?\(binds.count)"))
      }
      if let workflow = query.workflow { add("workflow = ?") { $0.bind($1, workflow) } }
      if !query.states.isEmpty {
        terms.append("state IN (\(query.states.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ")))")
      }
      // With the index's own condition, so that it serves.
      if let key = query.key { add(key.isEmpty ? "key = ?" : "key = ? AND key <> ''") { $0.bind($1, key) } }
      if let parent = query.parent { add("parent = ?") { $0.bind($1, parent) } }
      if let time = query.createdAfter { add("created_at > ?") { $0.bind($1, time) } }
      if let time = query.createdBefore { add("created_at < ?") { $0.bind($1, time) } }
      if let time = query.finishedBefore { add("finished_at < ?") { $0.bind($1, time) } }
      if let text = query.text {
        add("\(Self.matchFunction)(?, id, workflow, key, status, reason)") { $0.bind($1, text) }
      }
      if page, let before = query.before { add("id < ?") { $0.bind($1, before) } }
      var sql = "\(columns) FROM runs"
      if !terms.isEmpty { sql += " WHERE \(terms.joined(separator: " AND "))" }
      if page {
        binds.append { $0.bind($1, max(0, query.limit)) }
        sql += " ORDER BY id DESC LIMIT ?\(binds.count)"
      }
      let found = try statement(sql)
      for (place, bind) in binds.enumerated() { bind(found, Int32(place + 1)) }
      return found
    }

    /// `RunQuery`'s search for a text, as a function of SQL: SQLite's own LIKE knows the case of ASCII letters only.
    static let matchFunction = "millrace_matches"

    static func addFunctions(to database: Database) {
      database.add(
        function: DatabaseFunction(matchFunction, argumentCount: 6, pure: true) { values in
          let texts = values.map { String.fromDatabaseValue($0) ?? "" }
          guard let id = [UInt8].init(values[1]).flatMap(RunID.init(bytes:)) else { return false }
          return RunQuery.matches(
            texts[0], id: id, workflow: texts[2], key: texts[3], status: texts[4], reason: texts[5])
        })
    }

    func history(of id: RunID) throws -> [HistoryEntry] {
      let found = try statement(
        """
        SELECT at, kind, step, attempt, reason, input_hash, output_hash
        FROM history WHERE run = (SELECT run FROM runs WHERE id = ?1) ORDER BY revision, place
        """)
      found.bind(1, id)
      return try found.all { row in
        HistoryEntry(
          at: row.time(0), kind: row.text(1), step: row.text(2), attempt: row.int(3), reason: row.text(4),
          inputHash: try row.hashIfAny(5), outputHash: try row.hashIfAny(6))
      }
    }

    // MARK: The rest

    func outbox(after sequence: Int64, limit: Int) throws -> [SequencedEvent] {
      let found = try statement(
        "SELECT sequence, id, event, topic, key, payload FROM outbox WHERE sequence > ?1 ORDER BY sequence LIMIT ?2")
      found.bind(1, sequence)
      found.bind(2, max(0, limit))
      return try found.all { row in
        SequencedEvent(
          sequence: row.int64(0), run: try row.run(1),
          event: OutboxEvent(id: row.text(2), topic: row.text(3), key: row.text(4), payload: row.payload(5)))
      }
    }

    func leases(at time: Timestamp) throws -> [Lease] {
      let found = try statement("SELECT role, owner, token, expires FROM leases WHERE expires > ?1 ORDER BY role")
      found.bind(1, time)
      return try found.all { row in
        Lease(role: row.text(0), owner: row.text(1), token: row.int64(2), expires: row.time(3))
      }
    }

    func document(_ name: DocumentName) throws -> Document? {
      let found = try statement("SELECT value, revision FROM documents WHERE collection = ?1 AND key = ?2")
      found.bind(1, name.collection)
      found.bind(2, name.key)
      return try found.first { Document(name: name, value: $0.payload(0), revision: Revision($0.int64(1))) }
    }

    func documents(in collection: String, after key: String?, limit: Int) throws -> [Document] {
      let after = key == nil ? "" : "AND key > ?3"
      let found = try statement(
        "SELECT key, value, revision FROM documents WHERE collection = ?1 \(after) ORDER BY key LIMIT ?2")
      found.bind(1, collection)
      found.bind(2, max(0, limit))
      if let key { found.bind(3, key) }
      return try found.all { row in
        Document(
          name: DocumentName(collection, row.text(0)), value: row.payload(1), revision: Revision(row.int64(2)))
      }
    }
  }

  extension SQLStatement {
    /// The bound of a page: without one, what is before all.
    fileprivate func bind(_ place: Int32, after id: RunID?) {
      if let id { bind(place, id) } else { bind(place, [UInt8]()) }
    }

    /// Text, or nil for the hash that is left of it.
    fileprivate func keyIfAny(_ column: Int32) -> String? { isText(column) ? text(column) : nil }
  }

  extension [UInt8] {
    fileprivate init?(_ value: DatabaseValue) {
      guard case .blob(let data) = value.storage else { return nil }
      self.init(data)
    }
  }
#endif
