#if Workflow
  import GRDB
  import MillraceWorkflow
  import Synchronization

  /// A database that is somebody else's, as a source asks it.
  final class AskedDatabase: Sendable {
    private let path: String
    /// Let go of, not closed: using a queue that has been closed is undefined.
    private let queue: Mutex<DatabaseQueue?>

    init(_ path: String, isReadOnly: Bool = false) throws {
      var configuration = GRDB.Configuration()
      configuration.readonly = isReadOnly
      configuration.busyMode = .timeout(10)
      self.path = path
      do {
        queue = Mutex(try DatabaseQueue(path: path, configuration: configuration))
      } catch {
        throw WorkflowError.trouble(error, with: path)
      }
    }

    /// What is under way comes to its end.
    func letGo() { queue.withLock { $0 = nil } }

    func read<Result: Sendable>(_ body: @escaping @Sendable (Database) throws -> Result) async throws -> Result {
      try await ask { try await $0.read(body) }
    }

    func write<Result: Sendable>(_ body: @escaping @Sendable (Database) throws -> Result) async throws -> Result {
      try await ask { try await $0.write(body) }
    }

    private func ask<Result: Sendable>(_ body: (DatabaseQueue) async throws -> Result) async throws -> Result {
      guard let queue = queue.withLock({ $0 }) else { throw SubscriptionEnd.error }
      do {
        return try await body(queue)
      } catch let error as DatabaseError {
        throw WorkflowError.trouble(asking: error, with: path)
      }
    }
  }

  extension WorkflowError {
    /// What SQLite says of somebody's statement, or of the database.
    static func trouble(asking error: DatabaseError, with path: String) -> any Error {
      switch error.resultCode {
      case .SQLITE_INTERRUPT, .SQLITE_ABORT: CancellationError()
      case .SQLITE_ERROR: WorkflowError(.invalidInput, error.message ?? "\(error.resultCode)", at: path)
      default: WorkflowError.trouble(error, with: path)
      }
    }
  }
#endif
