#if Workflow
  import Foundation
  import GRDB
  import GRDBSQLite
  import MillraceWorkflow

  /// The one thread that writes. What waits for it when it comes back from the disk goes into one transaction: callers share the cost of a synced write.
  ///
  /// A request that fails takes its transaction with it; then each request of the transaction is tried again in one of its own, so that it fails alone.
  final class StoreWriter: Sendable {
    /// What one transaction may take: more would only delay the first of them.
    private static let groupLimit = 256

    private let pool: DatabasePool
    private let path: String
    private let limits: StoreLimits
    private let clock: any WallClock
    private let queue = WriteQueue()

    init(_ pool: DatabasePool, path: String, limits: StoreLimits, clock: any WallClock) {
      self.pool = pool
      self.path = path
      self.limits = limits
      self.clock = clock
      let thread = Thread { [self] in work() }
      thread.name = "millrace-sqlite"
      thread.start()
    }

    /// Does something in a transaction, and returns when it is as durable as was asked.
    ///
    /// `body` may be called twice; only what the last call did is kept.
    func write<Result: Sendable>(
      _ durability: Durability, rewrites: Bool = false,
      _ body: @escaping @Sendable (StoreSession) throws -> Result
    ) async throws -> Result {
      try await withCheckedThrowingContinuation { continuation in
        let request = WriteRequest(durability, rewrites: rewrites, body, continuation)
        if !queue.append(request) {
          request.fail(WorkflowError(.storeUnavailable, "the store has been closed", at: path))
        }
      }
    }

    /// Refuses what comes from now on.
    func stop() { queue.close() }

    /// Returns when all that came before ``stop()`` is done. Blocks: for a thread that may.
    func waitUntilDone() { queue.waitUntilDone() }

    // MARK: The thread

    private func work() {
      // The connection is the thread's until the end.
      pool.writeWithoutTransaction { database in
        var connection = WriteConnection(database)
        while let requests = queue.take(atMost: Self.groupLimit) { write(requests, &connection) }
      }
      queue.isDone()
    }

    private func write(_ requests: [any PendingWrite], _ connection: inout WriteConnection) {
      let durability = requests.lazy.map(\.durability).max() ?? .memory
      do {
        try connection.transaction(durability, limits: limits, time: clock.now) { session in
          for request in requests { try request.run(session) }
        }
      } catch {
        if requests.count > 1 {
          for request in requests { write([request], &connection) }
        } else {
          requests[0].fail(WorkflowError.trouble(error, with: path))
        }
        return
      }
      // The transaction is made: what fails now is a matter of those who asked for it.
      let rewriting = Result { if requests.contains(where: \.rewrites) { try connection.rewrite(at: clock.now) } }
      for request in requests {
        if request.rewrites, case .failure(let error) = rewriting {
          request.fail(WorkflowError.trouble(error, with: path))
        } else {
          request.succeed()
        }
      }
    }
  }

  /// The writer's connection: transactions, and what they must survive.
  private struct WriteConnection {
    private let database: Database
    private var statements: StoreStatements?
    private var begin, commit, rollback: SQLStatement?
    private var isSynced: Bool?

    init(_ database: Database) {
      self.database = database
    }

    mutating func transaction(
      _ durability: Durability, limits: StoreLimits, time: Timestamp, _ body: (StoreSession) throws -> Void
    ) throws {
      // Not in `init`: what fails here may succeed the next time.
      let statements = try statements ?? StoreStatements(database)
      self.statements = statements
      try sync(durability == .powerLoss)
      try run(&begin, "BEGIN IMMEDIATE")
      do {
        try body(StoreSession(database: database, limits: limits, statements: statements, time: time))
        try run(&commit, "COMMIT")
      } catch {
        // Some errors have ended the transaction already.
        if database.isInsideTransaction { try? run(&rollback, "ROLLBACK") }
        throw error
      }
    }

    /// Whether a commit waits for the disk. One that does makes all before it durable, too: they are in the same log.
    private mutating func sync(_ isSynced: Bool) throws {
      guard self.isSynced != isSynced else { return }
      self.isSynced = nil
      try database.execute(sql: "PRAGMA synchronous = \(isSynced ? "FULL" : "NORMAL")")
      self.isSynced = isSynced
    }

    func rewrite(at now: Timestamp) throws {
      guard try database.rewrite(at: now) else {
        throw WorkflowError(
          .storeUnavailable,
          "the data is deleted, but a reader keeps the database's log, where it was: delete it again when the reader is done"
        )
      }
    }

    private func run(_ statement: inout SQLStatement?, _ sql: String) throws {
      let compiled = try statement ?? SQLStatement(database, sql)
      statement = compiled
      try compiled.run()
    }
  }

  /// Something to be written, and somebody who waits for it.
  private protocol PendingWrite: AnyObject, Sendable {
    var durability: Durability { get }
    var rewrites: Bool { get }
    /// On the writer's thread.
    func run(_ session: StoreSession) throws
    /// Once, instead of ``fail(_:)``, after ``run(_:)``.
    func succeed()
    func fail(_ error: any Error)
  }

  // SAFETY: `result` is touched by the writer's thread only; the continuation is resumed by it, or by the caller if the writer never got the request.
  private final class WriteRequest<Result: Sendable>: PendingWrite, @unchecked Sendable {
    let durability: Durability
    let rewrites: Bool
    private let body: @Sendable (StoreSession) throws -> Result
    private let continuation: CheckedContinuation<Result, any Error>
    private var result: Result?

    init(
      _ durability: Durability, rewrites: Bool, _ body: @escaping @Sendable (StoreSession) throws -> Result,
      _ continuation: CheckedContinuation<Result, any Error>
    ) {
      self.durability = durability
      self.rewrites = rewrites
      self.body = body
      self.continuation = continuation
    }

    func run(_ session: StoreSession) throws { result = try body(session) }
    func succeed() { continuation.resume(returning: result!) }
    func fail(_ error: any Error) { continuation.resume(throwing: error) }
  }

  /// What waits for the writer, in order of arrival.
  // SAFETY: every field is touched under `condition`'s lock.
  private final class WriteQueue: @unchecked Sendable {
    private let condition = NSCondition()
    private var waiting: [any PendingWrite] = []
    private var isClosed = false
    private var isOver = false

    /// - Returns: false if the queue has been closed.
    func append(_ request: any PendingWrite) -> Bool {
      condition.withLock {
        guard !isClosed else { return false }
        waiting.append(request)
        if waiting.count == 1 { condition.broadcast() }
        return true
      }
    }

    /// Waits for something; nil when nothing will come any more.
    func take(atMost limit: Int) -> [any PendingWrite]? {
      condition.withLock {
        while waiting.isEmpty {
          if isClosed { return nil }
          condition.wait()
        }
        let taken = Array(waiting.prefix(limit))
        waiting.removeFirst(taken.count)
        return taken
      }
    }

    func close() {
      condition.withLock {
        isClosed = true
        condition.broadcast()
      }
    }

    func waitUntilDone() {
      condition.withLock {
        while !isOver { condition.wait() }
      }
    }

    func isDone() {
      condition.withLock {
        isOver = true
        condition.broadcast()
      }
    }
  }
#endif
