#if Workflow
  import MillraceSQLite
  import MillraceTesting
  import MillraceWorkflow
  import Synchronization
  import Testing

  @Suite struct SQLSourceTests {
    @Test(arguments: EventSourceConformance.cases)
    func table(_ each: EventSourceConformance.Case) async {
      let failures = await EventSourceConformance { _ in try await TableBench() }.run(each)
      #expect(failures.isEmpty, "\(failures)")
    }

    @Test(arguments: EventSourceConformance.cases)
    func queue(_ each: EventSourceConformance.Case) async {
      let failures = await EventSourceConformance { _ in try await QueueBench() }.run(each)
      #expect(failures.isEmpty, "\(failures)")
    }

    @Test func rowsAreObjectsAndWrongKeysFaults() async throws {
      let folder = try TemporaryFolder()
      defer { folder.remove() }
      let path = folder.path("a.db")
      try await SQL.run(path, "create table t (n integer primary key, name text, size real, raw blob, gone text)")
      try await SQL.run(path, "insert into t values (-5, 'é', 1.5, x'00ff', null), (7, null, 2, null, null)")
      let store = MemoryRunStore()
      let source = TableSource("t", database: path, table: "t", column: "n", key: "name", store: store)
      let subscription = try await source.subscribe(StreamConsumer("c"))
      let events = try await subscription.next(limit: 10)
      #expect(events.map(\.event.id) == ["t/-5", "t/7"])
      #expect(events[0].event.key == "é")
      #expect(
        try events[0].event.payload.value() == ["n": -5, "name": "é", "size": 1.5, "raw": "AP8=", "gone": .null])
      #expect(events[0].fault == nil)
      #expect(events[1].fault == "expected a text or an integer in name; found null")
      #expect(events[1].place == "\(path), table t, n 7")
      await subscription.close()
    }

    @Test func whatIsWrongIsSaid() async throws {
      let folder = try TemporaryFolder()
      defer { folder.remove() }
      let path = folder.path("a.db")
      try await SQL.run(path, "create table t (n integer primary key, name text)")
      try await SQL.run(path, "insert into t values (1, 'x')")
      func error(_ table: String, _ column: String) async throws -> String {
        let subscription = try await TableSource(
          "s", database: path, table: table, column: column, store: MemoryRunStore()
        ).subscribe(StreamConsumer("c"))
        do {
          _ = try await subscription.next(limit: 1)
          return "nothing"
        } catch {
          await subscription.close()
          return "\(error)"
        }
      }
      #expect(try await error("none", "n") == "\(path): no such table: none")
      #expect(
        try await error("t", "name") == "\(path), table t: expected a column name of integers; found this text")
      await #expect(throws: WorkflowError.self) {
        _ = try await TableSource("s", database: folder.path("none.db"), table: "t", store: MemoryRunStore())
          .subscribe(StreamConsumer("c"))
      }
    }
  }

  enum SQL {
    /// A statement, as another program would do it.
    static func run(_ path: String, _ statement: String, _ parameters: [JSONValue] = []) async throws {
      // A step that changes something is done once.
      let context = TaskContext(
        run: RunID(high: 1, low: 1), workflow: "w", step: "\(UInt64.random(in: 0 ... .max))", attempt: 1,
        deadline: Timestamp(microseconds: 0)
      ) { _ in }
      _ = try await SQLTask().run(
        [
          "action": "run", "database": .string(path),
          "statements": [["sql": .string(statement), "parameters": .array(parameters)]],
        ], context)
    }
  }

  /// Rows that are added to a table.
  final class TableBench: EventSourceBench {
    private let folder: TemporaryFolder
    private let store = MemoryRunStore()

    init() async throws {
      folder = try TemporaryFolder()
      try await SQL.run(path, "create table t (id integer primary key autoincrement, number integer, key text)")
    }

    private var path: String { folder.path("a.db") }

    var source: any EventSource {
      var configuration = TableSource.Configuration()
      configuration.period = .milliseconds(5)
      return TableSource("t", database: path, table: "t", key: "key", store: store, configuration: configuration)
    }

    func append(_ events: [(number: Int, key: String)]) async throws {
      let values = events.map { _ in "(?, ?)" }.joined(separator: ", ")
      try await SQL.run(
        path, "insert into t (number, key) values \(values)",
        events.flatMap { [.int(Int64($0.number)), .string($0.key)] as [JSONValue] })
    }

    func end() async { folder.remove() }
  }

  /// Rows that are taken out of a table.
  final class QueueBench: EventSourceBench {
    private let folder: TemporaryFolder
    private let clock = ShiftedClock()

    init() async throws {
      folder = try TemporaryFolder()
      try await queue.makeTable()
    }

    private var queue: QueueSource {
      var configuration = QueueSource.Configuration()
      configuration.period = .milliseconds(5)
      configuration.claim = .seconds(3600)
      configuration.wallClock = clock
      return QueueSource("t", database: folder.path("a.db"), configuration: configuration)
    }

    var source: any EventSource { queue }
    var hasGroups: Bool { false }

    func sourceAfterDeath(of dead: any EventSubscription) async throws -> any EventSource {
      clock.advance(by: .seconds(3600))
      return queue
    }

    func append(_ events: [(number: Int, key: String)]) async throws {
      let values = events.map { _ in "(?, ?)" }.joined(separator: ", ")
      try await SQL.run(
        folder.path("a.db"), "insert into t (key, payload) values \(values)",
        events.flatMap { [.string($0.key), .string("{\"number\": \($0.number)}")] as [JSONValue] })
    }

    func end() async { folder.remove() }
  }

  /// The system's clock, put forward.
  final class ShiftedClock: WallClock {
    private let shift = Mutex(Duration.zero)

    var now: Timestamp { SystemWallClock().now.advanced(by: shift.withLock { $0 }) }
    func sleep(until time: Timestamp) async throws { try await sleep(for: time.duration(since: now)) }
    func sleep(for duration: Duration) async throws { try await SystemWallClock().sleep(for: duration) }
    func advance(by duration: Duration) { shift.withLock { $0 += duration } }
  }
#endif
