#if Workflow
  import Foundation
  import GRDB
  import MillraceWorkflow
  import Synchronization

  /// Rows of a table that are taken out of it, as a source: an outbox that another program writes in its own transactions.
  ///
  /// ```swift
  /// import MillraceSQLite
  /// import MillraceWorkflow
  /// let orders = QueueSource("orders", database: "shop.sqlite")
  /// try await orders.makeTable()
  /// // insert into orders (key, payload) values ('anvil', '{"count": 3}')
  /// ```
  ///
  /// A consumer claims rows for a time, and deletes them when it acknowledges them; so a table has one group, whose consumers take what they can, and never a row while another has an earlier one with its key. A claim that has ended is another's: give it more time than an event takes.
  public struct QueueSource: EventSource {
    public struct Configuration: Sendable {
      /// How often the table is looked at. Positive.
      public var period = Duration.seconds(1)
      /// For how long a row is a consumer's. Positive.
      public var claim = Duration.seconds(60)
      public var wallClock: any WallClock = SystemWallClock()

      public init() {}
    }

    private let table: String
    private let path: String
    private let configuration: Configuration

    /// - Parameters:
    ///   - table: as ``makeTable()`` makes it.
    ///   - database: its path.
    public init(_ table: String, database: String, configuration: Configuration = Configuration()) {
      precondition(
        configuration.period > .zero && configuration.claim > .zero,
        "QueueSource: positive times are expected; found \(configuration)")
      self.table = table
      path = database
      self.configuration = configuration
    }

    /// Makes the table, if it is not there: `id`, by which rows are in order, `key`, `payload` (JSON), and whose they are.
    public func makeTable() async throws {
      let name = table.quotedName
      let index = "\(table) by key".quotedName
      try await AskedDatabase(path).write { db in
        try db.execute(
          sql: """
            CREATE TABLE IF NOT EXISTS \(name) (
              id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL DEFAULT '', payload TEXT NOT NULL,
              claimed_by TEXT, claimed_until INTEGER
            );
            CREATE INDEX IF NOT EXISTS \(index) ON \(name) (key, id);
            """)
      }
    }

    public func subscribe(_ consumer: StreamConsumer) async throws -> any EventSubscription {
      Subscription(self, try AskedDatabase(path))
    }

    private final class Subscription: EventSubscription {
      private let source: QueueSource
      private let database: AskedDatabase
      private let end = SubscriptionEnd()
      private let inHand = Mutex<[Int64]>([])
      /// By which its rows are its own.
      private let name = UUID().uuidString

      init(_ source: QueueSource, _ database: AskedDatabase) {
        (self.source, self.database) = (source, database)
      }

      func next(limit: Int) async throws -> [SourceEvent] {
        try await end.orElse { [self] in
          while true {
            try Task.checkCancellation()
            let rows = try await claim(limit: limit)
            inHand.withLock { $0 = rows.map(\.id) }
            if !rows.isEmpty { return rows.map(\.event) }
            try await source.configuration.wallClock.sleep(for: source.configuration.period)
          }
        }
      }

      private func claim(limit: Int) async throws -> [(id: Int64, event: SourceEvent)] {
        let (source, name) = (source, name)
        let now = source.configuration.wallClock.now
        let arguments: StatementArguments = [
          "me": name, "now": now.microseconds, "limit": limit,
          "until": now.advanced(by: source.configuration.claim).microseconds,
        ]
        let table = source.table.quotedName
        return try await database.write { db in
          try Row.fetchAll(
            db,
            sql: """
              UPDATE \(table) SET claimed_by = :me, claimed_until = :until WHERE id IN (
                SELECT id FROM \(table) AS mine
                WHERE (claimed_until IS NULL OR claimed_until <= :now OR claimed_by = :me) AND NOT EXISTS (
                  SELECT 1 FROM \(table) AS other
                  WHERE other.key = mine.key AND other.id < mine.id AND other.claimed_until > :now
                    AND other.claimed_by <> :me)
                ORDER BY id LIMIT :limit)
              RETURNING id, key, payload
              """, arguments: arguments
          ).map { row in
            let id: Int64 = row["id"]
            let event = OutboxEvent(
              id: "\(source.table)/\(id)", topic: source.table, key: row["key"],
              payload: Payload(Array((row["payload"] as String).utf8)))
            return (id, SourceEvent(event, place: "\(source.path), table \(source.table), id \(id)"))
          }.sorted { $0.id < $1.id }
        }
      }

      func acknowledge(_ count: Int) async throws {
        try end.check()
        let (ids, table, name) = (inHand.withLock { Array($0.prefix(count)) }, source.table.quotedName, name)
        try await database.write { db in
          for id in ids {
            try db.execute(sql: "DELETE FROM \(table) WHERE id = ? AND claimed_by = ?", arguments: [id, name])
          }
        }
        inHand.withLock { $0.removeFirst(ids.count) }
      }

      func lag() async throws -> Int? {
        let table = source.table.quotedName
        return try await database.write { db in try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM \(table)") }
      }

      func close() async {
        guard end.come() else { return }
        let (table, name) = (source.table.quotedName, name)
        // If it fails, the claim ends by itself.
        _ = try? await database.write { db in
          try db.execute(
            sql: "UPDATE \(table) SET claimed_by = NULL, claimed_until = NULL WHERE claimed_by = ?",
            arguments: [name])
        }
        database.letGo()
      }
    }
  }
#endif
