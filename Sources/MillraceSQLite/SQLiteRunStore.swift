#if Workflow
  import Foundation
  import GRDB
  import MillraceWorkflow
  import Synchronization

  /// Runs in an SQLite database: in this process, without a server.
  ///
  /// ```swift
  /// let store = try SQLiteRunStore(path: "runs.db")
  /// let verdicts = try await store.commit([RunChange(record: record, expected: nil, durability: .powerLoss)])
  /// ```
  ///
  /// Keeps every clause of `RunStore`. Any thread may call. All writing happens on one thread of the store; calls that wait for it at the same time share a transaction, and so a synced write.
  /// Readers run beside it, on as many connections as are needed, up to five, and see what was acknowledged before they began.
  ///
  /// What an acknowledged change survives is chosen for each (`Durability`): `.powerLoss` waits for the disk (`synchronous = FULL`), the others leave that to the system (`NORMAL`), and survive the end of the process by any signal.
  /// A change that waits for the disk makes all before it survive, too. `.memory` is kept like `.processCrash`.
  ///
  /// Beside the database `runs.db` there are `runs.db-wal` and `runs.db-shm`, which belong to it, and `runs.db-lock`. ``eraseData(of:)`` writes the whole database anew, so that none of them has what was deleted: it takes time and space like a copy
  /// of the file, and others' changes wait for it.
  public final class SQLiteRunStore: RunStore {
    /// Who else may use the database.
    public enum Sharing: Sendable, Hashable {
      /// This store's engine drives its runs alone: a second one is refused.
      case exclusive
      /// Several engines drive its runs, each under leases of its own; one that is alone is refused.
      case leased
      /// Somebody may drive its runs; this store is for looking, and for sending events. Its changes are compared and swapped like any.
      case visitor
    }

    private let pool: DatabasePool
    private let writer: StoreWriter
    private let clock: any WallClock
    private let limits: StoreLimits
    private let path: String
    /// Nil when it is closed, or a visitor's.
    private let lock: Mutex<Lock?>
    private let isClosed = Mutex(false)

    /// A name for the engine on a store whose ``Sharing`` is ``Sharing/leased``: among live processes nobody else has it, and a process that is started again after it was killed has the same one, so that it gets its runs back at once (`Leasing/owner`).
    ///
    /// For one engine on each store. nil on others.
    public let engineName: String?

    private final class Lock: Sendable {
      let held: StoreLock
      let place: StoreLock?
      /// Of the place.
      let number: Int?
      init(_ held: consuming StoreLock, _ place: consuming StoreLock?) {
        self.held = held
        number = place?.place
        self.place = place
      }
    }

    /// Opens a database, or makes one.
    ///
    /// Reads and writes files on the calling thread: milliseconds, more after a crash.
    ///
    /// - Parameters:
    ///   - busyTimeout: how long to wait for another process that writes.
    ///   - maximumPages: how large the database may grow, in pages of 4 KiB; nil: as large as the disk allows.
    /// - Throws: `WorkflowError/Code/storeUnavailable` if the file cannot be opened, or is in use (`Sharing`); `WorkflowError/Code/storeDamaged` if it is damaged, of a newer version, or not a database of this kind.
    public init(
      path: String, sharing: Sharing = .exclusive, clock: any WallClock = SystemWallClock(),
      limits: StoreLimits = StoreLimits(), busyTimeout: Duration = .seconds(5), maximumPages: Int? = nil
    ) throws {
      self.path = path
      self.clock = clock
      self.limits = limits
      let held = try Self.lock(path, sharing)
      lock = Mutex(held)
      engineName = (held?.number).map { "engine \($0) on \(ProcessInfo.processInfo.hostName)" }
      var configuration = Configuration()
      configuration.label = "millrace"
      configuration.maximumReaderCount = 5
      configuration.allowsUnsafeTransactions = true
      configuration.busyMode = .timeout(busyTimeout / .seconds(1))
      configuration.prepareDatabase { database in
        // Deleted content is overwritten by zeros, in the pages that it was in and in those that become free.
        try database.execute(sql: "PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY")
        StoreReader.addFunctions(to: database)
      }
      do {
        pool = try DatabasePool(path: path, configuration: configuration)
        try pool.writeWithoutTransaction { database in
          try Schema.migrate(database, to: path)
          if let maximumPages { try database.execute(sql: "PRAGMA max_page_count = \(maximumPages)") }
        }
      } catch {
        throw WorkflowError.trouble(error, with: path)
      }
      writer = StoreWriter(pool, path: path, limits: limits, clock: clock)
    }

    private static func lock(_ path: String, _ sharing: Sharing) throws -> Lock? {
      switch sharing {
      case .visitor: nil
      case .exclusive: Lock(try StoreLock(path: path, isShared: false), nil)
      case .leased: Lock(try StoreLock(path: path, isShared: true), try StoreLock.firstPlace(path: path))
      }
    }

    deinit { writer.stop() }

    public var durability: Durability { .powerLoss }

    public func commit(_ changes: [RunChange]) async throws -> [CommitVerdict] {
      let durability = changes.lazy.map(\.durability).max() ?? .memory
      return try await write(durability) { session in try changes.map { try session.commit($0) } }
    }

    public func now() async throws -> Timestamp {
      try checkOpen()
      return clock.now
    }

    // MARK: Runs

    public func load(_ id: RunID) async throws -> StoredRun? { try await read { try $0.load(id) } }

    public func runsToResume(after id: RunID?, limit: Int, in shards: ShardSelection?) async throws -> [StoredRun] {
      try await read { try $0.runsToResume(after: id, limit: limit, in: shards) }
    }

    public func dueRuns(at time: Timestamp, limit: Int, in shards: ShardSelection?) async throws -> [RunID] {
      try await read { try $0.dueRuns(at: time, limit: limit, in: shards) }
    }

    public func earliestTimer(after time: Timestamp?) async throws -> Timestamp? {
      try await read { try $0.earliestTimer(after: time) }
    }

    public func runs(_ query: RunQuery) async throws -> [RunRecord] { try await read { try $0.runs(query) } }

    public func count(_ query: RunQuery) async throws -> Int { try await read { try $0.count(query) } }

    public func history(of id: RunID) async throws -> [HistoryEntry] { try await read { try $0.history(of: id) } }

    // MARK: Events

    public func deliver(
      _ events: [(run: RunID, event: InboxEvent)], durability: Durability
    ) async throws -> [DeliveryVerdict] {
      try await write(durability) { session in try events.map { try session.deliver($0.event, to: $0.run) } }
    }

    public func outbox(after sequence: Int64, limit: Int) async throws -> [SequencedEvent] {
      try await read { try $0.outbox(after: sequence, limit: limit) }
    }

    public func acknowledgeOutbox(through sequence: Int64) async throws {
      try await write(.processCrash) { try $0.acknowledgeOutbox(through: sequence) }
    }

    // MARK: Leases

    public func acquireLease(role: String, owner: String, duration: Duration) async throws -> Lease? {
      precondition(duration > .zero, "a lease of \(role) for \(duration) would end before it begins")
      return try await write(.processCrash) { try $0.acquireLease(role: role, owner: owner, duration: duration) }
    }

    public func releaseLease(_ lease: Lease) async throws {
      try await write(.processCrash) { try $0.releaseLease(lease) }
    }

    public func leases() async throws -> [Lease] {
      let time = clock.now
      return try await read { try $0.leases(at: time) }
    }

    // MARK: Documents

    public func document(_ name: DocumentName) async throws -> Document? { try await read { try $0.document(name) } }

    public func documents(in collection: String, after key: String?, limit: Int) async throws -> [Document] {
      try await read { try $0.documents(in: collection, after: key, limit: limit) }
    }

    public func setDocument(
      _ name: DocumentName, to value: Payload?, expected: Revision?, durability: Durability
    ) async throws -> Bool {
      try checkOpen()
      try limits.check(name, value)
      return try await write(durability) { try $0.setDocument(name, to: value, expected: expected) }
    }

    // MARK: Keeping and deleting

    public func eraseData(of id: RunID) async throws -> ErasureReport? {
      try await write(.powerLoss, rewrites: true) { try $0.eraseData(of: id) }
    }

    public func purge(finishedBefore time: Timestamp, workflow: String?, limit: Int) async throws -> Int {
      try await write(.processCrash) { try $0.purge(finishedBefore: time, workflow: workflow, limit: limit) }
    }

    /// Blocks no worker: it waits on a thread of its own.
    public func close() async throws {
      let isFirst = isClosed.withLock { closed in
        defer { closed = true }
        return !closed
      }
      guard isFirst else { return }
      let (writer, pool, path) = (writer, pool, path)
      defer { lock.withLock { $0 = nil } }
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        Thread {
          writer.stop()
          writer.waitUntilDone()
          continuation.resume(with: Result { try pool.close() }.mapError { WorkflowError.trouble($0, with: path) })
        }.start()
      }
    }

    // MARK: Threads

    private func write<Result: Sendable>(
      _ durability: Durability, rewrites: Bool = false,
      _ body: @escaping @Sendable (StoreSession) throws -> Result
    ) async throws -> Result { try await writer.write(durability, rewrites: rewrites, body) }

    private func read<Result: Sendable>(_ body: @escaping @Sendable (StoreReader) throws -> Result) async throws
      -> Result
    {
      try checkOpen()
      do {
        return try await pool.read { try body(StoreReader($0)) }
      } catch {
        throw WorkflowError.trouble(error, with: path)
      }
    }

    private func checkOpen() throws {
      if isClosed.withLock({ $0 }) { throw WorkflowError(.storeUnavailable, "the store has been closed", at: path) }
    }
  }
#endif
