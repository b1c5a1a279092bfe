import Foundation
import GRDBSQLite
import MillraceWorkflow

/// The rows of a change by SQLite's C functions, with the store's settings, and nothing else: no checks but the revision, nobody who waits.
struct RawLoop {
  private let database: OpaquePointer
  private let update, step, history, outbox: OpaquePointer

  init(path: String, isSynced: Bool) throws {
    var opened: OpaquePointer?
    guard unsafe sqlite3_open(path, &opened) == SQLITE_OK, let database = unsafe opened else {
      throw WorkflowError(.storeUnavailable, "cannot be opened", at: path)
    }
    unsafe self.database = database
    for pragma in ["secure_delete = ON", "temp_store = MEMORY", "synchronous = \(isSynced ? "FULL" : "NORMAL")"] {
      unsafe sqlite3_exec(database, "PRAGMA \(pragma)", nil, nil, nil)
    }
    func prepare(_ sql: String) throws -> OpaquePointer {
      var statement: OpaquePointer?
      guard unsafe sqlite3_prepare_v2(database, sql, -1, &statement, nil) == SQLITE_OK, let statement = unsafe statement
      else {
        throw WorkflowError(.storeUnavailable, unsafe String(cString: sqlite3_errmsg(database)), at: path)
      }
      return unsafe statement
    }
    unsafe update = try prepare(
      """
      UPDATE runs SET revision = ?1, status = ?2, reason = ?3, updated_at = ?4, deadline = ?5, attempts = ?6, errors = ?7,
      payload = ?8, result = ?9 WHERE id = ?10 AND revision = ?11
      """)
    unsafe step = try prepare(
      """
      INSERT OR REPLACE INTO steps (run, name, state, attempt, reason, started_at, finished_at, progress, output)
      VALUES ((SELECT run FROM runs WHERE id = ?1), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
      """)
    unsafe history = try prepare(
      """
      INSERT INTO history (run, revision, place, at, kind, step, attempt, reason)
      VALUES ((SELECT run FROM runs WHERE id = ?1), ?2, ?3, ?4, ?5, ?6, ?7, ?8)
      """)
    unsafe outbox = try prepare("INSERT INTO outbox (id, event, topic, key, payload) VALUES (?1, ?2, ?3, ?4, ?5)")
  }

  func commit(_ changes: [RunChange]) {
    execute("BEGIN IMMEDIATE")
    for change in changes {
      let record = change.record
      let id = Self.bytes(record.id)
      unsafe int(update, 1, record.revision.number)
      unsafe text(update, 2, record.status)
      unsafe text(update, 3, record.reason)
      unsafe int(update, 4, record.updatedAt.microseconds)
      unsafe int(update, 5, record.deadline.microseconds)
      unsafe int(update, 6, Int64(record.attemptCount))
      unsafe int(update, 7, Int64(record.errorCount))
      unsafe blob(update, 8, record.payload.bytes)
      unsafe blob(update, 9, record.result.bytes)
      unsafe blob(update, 10, id)
      unsafe int(update, 11, record.revision.number - 1)
      unsafe run(update)
      precondition(unsafe sqlite3_changes(database) == 1, "run \(record.id) has another revision")
      for each in change.steps {
        unsafe blob(step, 1, id)
        unsafe text(step, 2, each.name)
        unsafe text(step, 3, each.state.rawValue)
        unsafe int(step, 4, Int64(each.attempt))
        unsafe text(step, 5, each.reason)
        unsafe int(step, 6, each.startedAt?.microseconds ?? 0)
        unsafe int(step, 7, each.finishedAt?.microseconds ?? 0)
        unsafe sqlite3_bind_double(step, 8, each.progress)
        unsafe blob(step, 9, each.output.bytes)
        unsafe run(step)
      }
      for (place, each) in change.history.enumerated() {
        unsafe blob(history, 1, id)
        unsafe int(history, 2, record.revision.number)
        unsafe int(history, 3, Int64(place))
        unsafe int(history, 4, each.at.microseconds)
        unsafe text(history, 5, each.kind)
        unsafe text(history, 6, each.step)
        unsafe int(history, 7, Int64(each.attempt))
        unsafe text(history, 8, each.reason)
        unsafe run(history)
      }
      for each in change.outbox {
        unsafe blob(outbox, 1, id)
        unsafe text(outbox, 2, each.id)
        unsafe text(outbox, 3, each.topic)
        unsafe text(outbox, 4, each.key)
        unsafe blob(outbox, 5, each.payload.bytes)
        unsafe run(outbox)
      }
    }
    execute("COMMIT")
  }

  func close() {
    for statement in unsafe [update, step, history, outbox] { unsafe sqlite3_finalize(statement) }
    unsafe sqlite3_close(database)
  }

  private func execute(_ sql: String) {
    let code = unsafe sqlite3_exec(database, sql, nil, nil, nil)
    precondition(code == SQLITE_OK, "\(sql): SQLite returns \(code)")
  }

  private func run(_ statement: OpaquePointer) {
    let code = unsafe sqlite3_step(statement)
    precondition(code == SQLITE_DONE, "SQLite returns \(code)")
    unsafe sqlite3_reset(statement)
  }

  private static func bytes(_ id: RunID) -> [UInt8] {
    (0..<16).map { UInt8(truncatingIfNeeded: ($0 < 8 ? id.high : id.low) >> UInt64(56 - $0 % 8 * 8)) }
  }

  private func int(_ statement: OpaquePointer, _ place: Int32, _ value: Int64) {
    unsafe sqlite3_bind_int64(statement, place, value)
  }

  private func text(_ statement: OpaquePointer, _ place: Int32, _ value: String) {
    unsafe sqlite3_bind_text(statement, place, value, Int32(value.utf8.count), Self.copied)
  }

  private func blob(_ statement: OpaquePointer, _ place: Int32, _ value: [UInt8]) {
    guard !value.isEmpty else {
      unsafe sqlite3_bind_zeroblob(statement, place, 0)
      return
    }
    unsafe value.withUnsafeBytes { bytes in
      _ = unsafe sqlite3_bind_blob(statement, place, bytes.baseAddress, Int32(bytes.count), Self.copied)
    }
  }

  private static var copied: sqlite3_destructor_type { unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
}
