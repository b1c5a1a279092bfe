#if Workflow
  import GRDB
  import GRDBSQLite
  import MillraceWorkflow

  /// What a call of SQLite returned.
  struct SQLiteFailure: Error {
    /// Extended: the lowest eight bits say the kind.
    var code: Int32
    var message: String
  }

  extension WorkflowError {
    /// Says what to do about trouble with a database. A `WorkflowError` that names the place and a `CancellationError` stay what they are.
    static func trouble(_ error: any Error, with path: String) -> any Error {
      let failure: SQLiteFailure
      switch error {
      case let error as SQLiteFailure: failure = error
      case let error as DatabaseError:
        failure = SQLiteFailure(code: error.extendedResultCode.rawValue, message: error.message ?? "\(error)")
      case let error as WorkflowError where error.code == .storeDamaged && error.place == nil:
        // What was read makes no sense.
        return WorkflowError(
          .storeDamaged, "\(advice(for: SQLITE_CORRUPT).1) (\(error.message))", at: path, underlying: error)
      default: return error
      }
      let (code, advice) = advice(for: failure.code & 0xFF)
      return WorkflowError(code, "\(advice) (SQLite \(failure.code): \(failure.message))", at: path, underlying: error)
    }

    private static func advice(for code: Int32) -> (Code, String) {
      switch code {
      case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_FORMAT:
        (
          .storeDamaged,
          "the database is damaged, or is no database: restore it from a copy, or rescue what is left with sqlite3's .recover"
        )
      case SQLITE_FULL:
        (.storeUnavailable, "no space is left for the database: free some; what was acknowledged is safe")
      case SQLITE_BUSY, SQLITE_LOCKED:
        (.storeUnavailable, "another process keeps the database locked: end it, or try again when it is done")
      case SQLITE_READONLY: (.storeUnavailable, "the database is read-only: allow writing to the file and its folder")
      case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_AUTH:
        (.storeUnavailable, "the database cannot be opened: does the folder exist, and may this user write to it?")
      case SQLITE_IOERR:
        (.storeUnavailable, "the disk gives an error: what was acknowledged before is safe, this change may be lost")
      case SQLITE_MISUSE: (.storeUnavailable, "the store has been closed")
      default: (.storeUnavailable, "the database refuses")
      }
    }
  }
#endif
