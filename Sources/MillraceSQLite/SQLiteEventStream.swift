#if Workflow
  import Foundation
  import GRDB
  import MillraceWorkflow

  /// Events in a SQLite database, which several processes may share: a file of its own, beside that of a run store.
  ///
  /// ```swift
  /// import MillraceSQLite
  /// import MillraceWorkflow
  /// let stream = try SQLiteEventStream(path: "events.sqlite")
  /// _ = try await stream.append([OutboxEvent(id: "1", topic: "orders", key: "anvil")], whenFull: .wait)
  /// ```
  ///
  /// What has been acknowledged to the caller survives the end of the process, and with ``Durability/powerLoss`` a loss of power. Who waits is woken by changes of this process at once, by those of others within a second.
  public final class SQLiteEventStream: EventStream {
    /// Events of a topic.
    public let capacity: Int
    private let database: DatabasePool
    private let clock: any WallClock
    private let changed = ChangeSignal()

    /// Opens or creates the database.
    ///
    /// - Throws: ``WorkflowError/Code/storeUnavailable``, ``WorkflowError/Code/storeDamaged``.
    public init(
      path: String, capacity: Int = 10_000, durability: Durability = .processCrash,
      clock: any WallClock = SystemWallClock()
    ) throws {
      precondition(capacity > 0, "SQLiteEventStream: a positive capacity is expected; found \(capacity)")
      self.capacity = capacity
      self.clock = clock
      do {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase {
          try $0.execute(sql: "PRAGMA secure_delete = ON")
        }
        database = try DatabasePool(path: path, configuration: configuration)
        // Not where connections are prepared: the pool sets it to NORMAL after that.
        try database.writeWithoutTransaction {
          try $0.execute(sql: "PRAGMA synchronous = \(durability == .powerLoss ? "FULL" : "NORMAL")")
        }
        try database.write { try $0.execute(sql: Self.schema) }
      } catch {
        throw Self.trouble(error, path)
      }
    }

    private static let schema = """
      CREATE TABLE IF NOT EXISTS stream_topics (
        topic TEXT PRIMARY KEY, kept INTEGER NOT NULL, newest INTEGER NOT NULL
      ) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS stream_events (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, id TEXT NOT NULL, eventKey TEXT NOT NULL,
        keyHash INTEGER NOT NULL, payload BLOB NOT NULL, UNIQUE (topic, id)
      );
      CREATE INDEX IF NOT EXISTS stream_events_by_topic ON stream_events (topic, sequence);
      CREATE TABLE IF NOT EXISTS stream_positions (
        topic TEXT NOT NULL, consumers TEXT NOT NULL, shard INTEGER NOT NULL, shardCount INTEGER NOT NULL,
        position INTEGER NOT NULL, PRIMARY KEY (topic, consumers, shardCount, shard)
      ) WITHOUT ROWID;
      """

    public func append(_ events: [OutboxEvent], whenFull: FullPolicy) async throws -> [Int64] {
      while true {
        let version = changed.version
        do {
          let offsets = try await write { try self.append(events, $0) }
          changed.raise()
          return offsets
        } catch let error as WorkflowError where error.code == .full && whenFull == .wait {
          try await wait(after: version)
        }
      }
    }

    /// - Throws: ``WorkflowError/Code/full``, so that what has been removed to make room comes back.
    private func append(_ events: [OutboxEvent], _ db: Database) throws -> [Int64] {
      for (topic, ids) in Dictionary(grouping: events, by: \.topic).mapValues({ Set($0.map(\.id)) }) {
        if ids.count > capacity { throw StreamTrouble.tooLarge(ids.count, topic, capacity: capacity) }
        try makeRoom(for: ids, topic, db)
      }
      var kept: [String: (added: Int, newest: Int64)] = [:]
      let offsets = try events.map { event in
        if let known = try Int64.fetchOne(
          db, sql: "SELECT sequence FROM stream_events WHERE topic = ? AND id = ?", arguments: [event.topic, event.id])
        {
          return known
        }
        try db.execute(
          sql: "INSERT INTO stream_events (topic, id, eventKey, keyHash, payload) VALUES (?, ?, ?, ?, ?)",
          arguments: [
            event.topic, event.id, event.key, Int64(ContentHash(of: event.key.utf8).shardHash),
            Data(event.payload.bytes),
          ])
        kept[event.topic, default: (0, 0)].added += 1
        kept[event.topic]!.newest = db.lastInsertedRowID
        return db.lastInsertedRowID
      }
      for (topic, change) in kept {
        try db.execute(
          sql: """
            INSERT INTO stream_topics VALUES (?1, ?2, ?3)
            ON CONFLICT (topic) DO UPDATE SET kept = kept + ?2, newest = ?3
            """, arguments: [topic, change.added, change.newest])
      }
      return offsets
    }

    /// Drops the oldest that nobody wants, as many as must go.
    private func makeRoom(for ids: Set<String>, _ topic: String, _ db: Database) throws {
      var kept =
        try Int.fetchOne(db, sql: "SELECT kept FROM stream_topics WHERE topic = ?", arguments: [topic]) ?? 0
      guard kept + ids.count > capacity else { return }
      let wanted = try positions(topic, db).least ?? .max
      while true {
        // One that is kept, but must go to make room, is new again.
        let known = try ids.count {
          try Bool.fetchOne(
            db, sql: "SELECT EXISTS (SELECT 1 FROM stream_events WHERE topic = ? AND id = ?)", arguments: [topic, $0])!
        }
        let excess = kept + ids.count - known - capacity
        guard excess > 0 else { break }
        try db.execute(
          sql: """
            DELETE FROM stream_events WHERE sequence IN
            (SELECT sequence FROM stream_events WHERE topic = ? AND sequence <= ? ORDER BY sequence LIMIT ?)
            """, arguments: [topic, wanted, excess])
        if db.changesCount < excess { throw StreamTrouble.full(topic, capacity: capacity) }
        kept -= excess
      }
      try db.execute(sql: "UPDATE stream_topics SET kept = ? WHERE topic = ?", arguments: [kept, topic])
    }

    public func read(
      _ topic: String, by consumer: StreamConsumer, after offset: Int64?, limit: Int
    ) async throws -> StreamPage {
      // Only who comes for the first time changes anything.
      let known = try await read { try self.positions(topic, $0).all[consumer] }
      let position =
        if let known { known } else { try await write { db in try self.update(topic, db) { $0[consumer] } } }
      let start = offset ?? position
      return try await read { db in
        let rows = try Row.fetchAll(
          db,
          sql: """
            SELECT sequence, id, eventKey, keyHash, payload FROM stream_events
            WHERE topic = ? AND sequence > ? ORDER BY sequence LIMIT ?
            """, arguments: [topic, start, limit])
        let events = rows.filter { consumer.takes(keyHash: UInt32(truncatingIfNeeded: $0["keyHash"] as Int64)) }.map {
          StreamedEvent(
            offset: $0["sequence"],
            event: OutboxEvent(
              id: $0["id"], topic: topic, key: $0["eventKey"], payload: Payload([UInt8]($0["payload"] as Data))))
        }
        // With none left nobody waits for those that were removed.
        let last: Int64? = rows.last?["sequence"]
        let through = rows.count < limit ? max(start, try self.newest(topic, db)) : last ?? start
        return StreamPage(events: events, through: through)
      }
    }

    public func waitForEvents(_ topic: String, after offset: Int64) async throws {
      while true {
        let version = changed.version
        let newest = try await read { try self.newest(topic, $0) }
        if newest > offset { return }
        try await wait(after: version)
      }
    }

    public func acknowledge(_ topic: String, by consumer: StreamConsumer, through offset: Int64) async throws {
      try await write { db in
        let newest = try self.newest(topic, db)
        try self.update(topic, db) { $0[consumer] = max($0[consumer], min(offset, newest)) }
      }
      changed.raise()
    }

    public func rewind(_ topic: String, by consumer: StreamConsumer, to offset: Int64) async throws {
      try await write { db in
        let newest = try self.newest(topic, db)
        try self.update(topic, db) { $0[consumer] = min(max(offset, 0), newest) }
      }
    }

    public func consumers(of topic: String) async throws -> [ConsumerPosition] {
      try await read { db in
        try self.positions(topic, db).all.map { consumer, offset in
          let lag = try Int.fetchOne(
            db, sql: "SELECT COUNT(*) FROM stream_events WHERE topic = ? AND sequence > ?", arguments: [topic, offset])
          return ConsumerPosition(consumer: consumer, offset: offset, lag: lag!)
        }
      }.sorted { ($0.consumer.group, $0.consumer.shard) < ($1.consumer.group, $1.consumer.shard) }
    }

    public func removeGroup(_ group: String, of topic: String) async throws {
      try await write { db in try self.update(topic, db) { $0.removeGroup(group) } }
      changed.raise()
    }

    /// Writes the database anew, so that no file has what was deleted: it takes time and space like a copy.
    ///
    /// - Throws: also ``WorkflowError/Code/storeUnavailable`` when a reader keeps the log in which they were.
    public func removeEvents(withIDsBeginning beginning: String) async throws -> Int {
      let count = try await write { db in
        let topics = try Row.fetchAll(
          db, sql: "SELECT topic, count(*) AS n FROM stream_events WHERE substr(id, 1, length(?1)) = ?1 GROUP BY topic",
          arguments: [beginning])
        try db.execute(
          sql: "DELETE FROM stream_events WHERE substr(id, 1, length(?1)) = ?1", arguments: [beginning])
        var count = 0
        for topic in topics {
          try db.execute(
            sql: "UPDATE stream_topics SET kept = kept - ? WHERE topic = ?",
            arguments: [topic["n"] as Int, topic["topic"] as String])
          count += topic["n"] as Int
        }
        return count
      }
      guard count > 0 else { return 0 }
      do {
        let now = clock.now
        let isDone = try await database.writeWithoutTransaction { try $0.rewrite(at: now) }
        if !isDone {
          throw WorkflowError(
            .storeUnavailable,
            "the events are deleted, but a reader keeps the database's log, where they were: delete them again when the reader is done",
            at: database.path)
        }
      } catch {
        throw Self.trouble(error, database.path)
      }
      changed.raise()
      return count
    }

    public func close() async throws {
      try database.close()
      changed.raise()
    }

    // MARK: Positions

    private func positions(_ topic: String, _ db: Database) throws -> ConsumerPositions<Int64> {
      let rows = try Row.fetchAll(
        db, sql: "SELECT consumers, shard, shardCount, position FROM stream_positions WHERE topic = ?",
        arguments: [topic])
      return ConsumerPositions<Int64>(
        Dictionary(
          uniqueKeysWithValues: rows.map {
            (StreamConsumer($0["consumers"], shard: $0["shard"], of: $0["shardCount"]), $0["position"])
          }))
    }

    @discardableResult
    private func update<Result>(
      _ topic: String, _ db: Database, _ body: (inout ConsumerPositions<Int64>) -> Result
    ) throws -> Result {
      let before = try positions(topic, db)
      var after = before
      let result = body(&after)
      for consumer in before.all.keys where after.all[consumer] == nil {
        try db.execute(
          sql: "DELETE FROM stream_positions WHERE topic = ? AND consumers = ? AND shardCount = ? AND shard = ?",
          arguments: [topic, consumer.group, consumer.shardCount, consumer.shard])
      }
      for (consumer, position) in after.all where before.all[consumer] != position {
        try db.execute(
          sql: """
            INSERT OR REPLACE INTO stream_positions (topic, consumers, shard, shardCount, position)
            VALUES (?, ?, ?, ?, ?)
            """, arguments: [topic, consumer.group, consumer.shard, consumer.shardCount, position])
      }
      return result
    }

    private func newest(_ topic: String, _ db: Database) throws -> Int64 {
      try Int64.fetchOne(db, sql: "SELECT newest FROM stream_topics WHERE topic = ?", arguments: [topic]) ?? 0
    }

    // MARK: The database

    /// Other processes are looked for once a second.
    private func wait(after version: Int) async throws {
      try await changed.wait(after: version, atMost: .seconds(1), by: clock)
    }

    private func write<Result: Sendable>(_ body: @escaping @Sendable (Database) throws -> Result) async throws -> Result
    {
      do { return try await database.write(body) } catch { throw Self.trouble(error, database.path) }
    }

    private func read<Result: Sendable>(_ body: @escaping @Sendable (Database) throws -> Result) async throws -> Result
    {
      do { return try await database.read(body) } catch { throw Self.trouble(error, database.path) }
    }

    private static func trouble(_ error: any Error, _ path: String) -> any Error {
      if let error = error as? DatabaseError, error.resultCode == .SQLITE_MISUSE { return StreamTrouble.closed }
      return WorkflowError.trouble(error, with: path)
    }
  }
#endif
