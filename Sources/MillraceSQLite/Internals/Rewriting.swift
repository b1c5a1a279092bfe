#if Workflow
  import GRDB
  import GRDBSQLite
  import MillraceWorkflow

  extension Database {
    /// Writes the database anew, and cuts its log off: then no file has what was deleted.
    ///
    /// `secure_delete` is not enough: it overwrites rows where they are, but when SQLite moves rows between pages, copies stay in the unused part of those that they leave (found by `deletedDataIsInNoFile`).
    ///
    /// Nobody can write meanwhile, and so no lease be renewed. If that would take so long that leases end, it is given up, and the database is as it was.
    ///
    /// - Returns: false if a reader keeps the log.
    /// - Throws: also ``WorkflowError/Code/storeUnavailable`` when it was given up.
    func rewrite(at now: Timestamp) throws -> Bool {
      // A whole database is too much for memory.
      try execute(sql: "PRAGMA temp_store = FILE")
      defer { try? execute(sql: "PRAGMA temp_store = MEMORY") }
      // A quarter: that is for the copy. Writing it to the log and from there to the file takes about as long each.
      let patience = try leaseRest(at: now).map { Patience(until: .now + $0 / 4) }
      if let patience {
        unsafe sqlite3_progress_handler(
          sqliteConnection, 1000, { unsafe Patience.isOver($0) }, Unmanaged.passUnretained(patience).toOpaque())
      }
      defer {
        withExtendedLifetime(patience) { unsafe sqlite3_progress_handler(sqliteConnection, 0, nil, nil) }
      }
      do {
        try execute(sql: "VACUUM")
      } catch  where patience?.isSpent == true {
        throw WorkflowError(
          .storeUnavailable,
          "the data is deleted, but the database's files may still have it: writing them anew would take longer than the leases last by which engines share the database; end them, and delete it again"
        )
      }
      return try Bool.fetchOne(self, sql: "PRAGMA wal_checkpoint(TRUNCATE)") == false
    }

    /// Until the first of the leases ends that somebody has; nil if nobody has any.
    private func leaseRest(at now: Timestamp) throws -> Duration? {
      guard try tableExists("leases") else { return nil }
      return try StoreReader(self).leases(at: now).map { $0.expires.duration(since: now) }.min()
    }
  }

  /// How long a rewriting may take. Of one thread.
  private final class Patience {
    private let end: ContinuousClock.Instant
    private(set) var isSpent = false

    init(until end: ContinuousClock.Instant) { self.end = end }

    /// - Returns: what SQLite wants of a progress handler: not 0 to give up.
    static func isOver(_ context: UnsafeMutableRawPointer?) -> Int32 {
      // SAFETY: it was made of a reference that `rewrite` keeps until it has taken the handler away.
      let patience = unsafe Unmanaged<Patience>.fromOpaque(context!).takeUnretainedValue()
      if .now < patience.end { return 0 }
      patience.isSpent = true
      return 1
    }
  }
#endif
