#if Workflow
  import GRDB
  import MillraceWorkflow
  import Synchronization

  /// Rows that are added to a table, as a source: an event for each, in order of a column that grows.
  ///
  /// ```swift
  /// import MillraceSQLite
  /// import MillraceWorkflow
  /// func orders(_ store: any RunStore) -> some EventSource {
  ///   TableSource("orders", database: "shop.sqlite", table: "orders", column: "id", key: "customer", store: store)
  /// }
  /// ```
  ///
  /// The table is only read, again and again after a period; what was read is remembered in the store. The payload is the row, as an object. Rows that are changed, or deleted before they were read, make no event.
  ///
  /// The column is an integer, and a new row has a greater one than every row that was committed before: `INTEGER PRIMARY KEY AUTOINCREMENT`. A smaller one that comes later is not seen.
  public struct TableSource: EventSource {
    public struct Configuration: Sendable {
      /// How often the table is looked at. Positive.
      public var period = Duration.seconds(1)
      public var wallClock: any WallClock = SystemWallClock()

      public init() {}
    }

    private let name: String
    private let path: String
    private let table: String
    private let column: String
    private let key: String?
    private let configuration: Configuration
    private let positions: GroupPositions<Int64>

    /// - Parameters:
    ///   - name: the source's in the store, of which no other has the same.
    ///   - database: its path.
    ///   - key: the column of events' keys; nil: all have the same, so that they stay in order.
    public init(
      _ name: String, database: String, table: String, column: String = "id", key: String? = nil, store: any RunStore,
      configuration: Configuration = Configuration()
    ) {
      precondition(configuration.period > .zero, "TableSource: a positive period is expected; found \(configuration)")
      self.name = name
      path = database
      self.table = table
      self.column = column
      self.key = key
      self.configuration = configuration
      positions = GroupPositions(store, source: name, beginning: .min)
    }

    public func subscribe(_ consumer: StreamConsumer) async throws -> any EventSubscription {
      let position = try await positions.begin(consumer)
      return Subscription(self, consumer, try AskedDatabase(path, isReadOnly: true), from: position)
    }

    private final class Subscription: EventSubscription {
      private let source: TableSource
      private let consumer: StreamConsumer
      private let database: AskedDatabase
      private let end = SubscriptionEnd()
      private let state: Mutex<State>

      private struct State {
        var position: Int64
        /// With the values of the column.
        var inHand: [(event: SourceEvent, at: Int64)] = []
      }

      init(_ source: TableSource, _ consumer: StreamConsumer, _ database: AskedDatabase, from position: Int64) {
        (self.source, self.consumer, self.database) = (source, consumer, database)
        state = Mutex(State(position: position))
      }

      func next(limit: Int) async throws -> [SourceEvent] {
        try await end.orElse { [self] in
          while true {
            try Task.checkCancellation()
            let rows = try await read(after: state.withLock { $0.position }, limit: limit)
            let own = rows.filter { consumer.takes(key: $0.event.event.key) }
            state.withLock { $0.inHand = own }
            if !own.isEmpty { return own.map(\.event) }
            if let last = rows.last {
              // Of others: nobody has to look at them again.
              try await advance(to: last.at)
            } else {
              try await source.configuration.wallClock.sleep(for: source.configuration.period)
            }
          }
        }
      }

      private func read(after position: Int64, limit: Int) async throws -> [(event: SourceEvent, at: Int64)] {
        let source = source
        let column = source.column.quotedName
        return try await database.read { db in
          let rows = try Row.fetchAll(
            db,
            sql: "SELECT * FROM \(source.table.quotedName) WHERE \(column) > ? ORDER BY \(column) LIMIT ?",
            arguments: [position, limit])
          return try rows.map { row in try source.event(row) }
        }
      }

      func acknowledge(_ count: Int) async throws {
        try end.check()
        guard let last = state.withLock({ $0.inHand.prefix(count).last }) else { return }
        try await advance(to: last.at)
        state.withLock { $0.inHand.removeFirst(count) }
      }

      private func advance(to position: Int64) async throws {
        try await source.positions.advance(consumer, to: position)
        state.withLock { $0.position = position }
      }

      func lag() async throws -> Int? {
        let (source, position) = (source, state.withLock { $0.position })
        return try await database.read { db in
          try Int.fetchOne(
            db, sql: "SELECT COUNT(*) FROM \(source.table.quotedName) WHERE \(source.column.quotedName) > ?",
            arguments: [position])
        }
      }

      func close() async {
        end.come()
        database.letGo()
      }
    }

    private func event(_ row: Row) throws -> (event: SourceEvent, at: Int64) {
      let json = row.json
      guard case .int(let number)? = json[column] else {
        throw WorkflowError(
          .invalidInput, "expected a column \(column) of integers; found \(json[column]?.kindOfValue ?? "none")",
          at: "\(path), table \(table)")
      }
      var event = OutboxEvent(id: "\(name)/\(number)", topic: name, key: name, payload: Payload(json))
      let place = "\(path), table \(table), \(column) \(number)"
      guard let key else { return (SourceEvent(event, place: place), number) }
      var fault: String?
      switch json[key] {
      case .string(let text)?: event.key = text
      case .int(let number)?: event.key = "\(number)"
      case let other: fault = "expected a text or an integer in \(key); found \(other?.kindOfValue ?? "none")"
      }
      return (SourceEvent(event, place: place, fault: fault), number)
    }
  }
#endif
