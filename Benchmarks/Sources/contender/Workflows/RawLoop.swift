import Foundation
import GRDBSQLite
import MillraceWorkflow

/// The rows of changes by SQLite's C functions, with the store's settings, and nothing else: no checks but the revision, nobody who waits.
struct RawLoop {
  private let database: OpaquePointer
  private let insert, update, step, history, timer, removal, outbox: OpaquePointer

  /// - Parameter path: a database with the store's tables.
  init(path: String, isSynced: Bool) {
    var opened: OpaquePointer?
    guard sqlite3_open(path, &opened) == SQLITE_OK, let database = opened else { fail("\(path) cannot be opened") }
    self.database = database
    for pragma in ["secure_delete = ON", "temp_store = MEMORY", "synchronous = \(isSynced ? "FULL" : "NORMAL")"] {
      sqlite3_exec(database, "PRAGMA \(pragma)", nil, nil, nil)
    }
    func prepare(_ sql: String) -> OpaquePointer {
      var statement: OpaquePointer?
      guard sqlite3_prepare_v2(database, sql, -1, &statement, nil) == SQLITE_OK, let statement else {
        fail("\(sql): \(String(cString: sqlite3_errmsg(database)))")
      }
      return statement
    }
    insert = prepare(
      """
      INSERT INTO runs (revision, state, closing, status, reason, updated_at, finished_at, deadline, attempts, errors, payload, result,
      id, workflow, definition, key, holds_key, shard_hash, priority, created_at)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)
      """)
    update = prepare(
      """
      UPDATE runs SET revision = ?1, state = ?2, closing = ?3, status = ?4, reason = ?5, updated_at = ?6, finished_at = ?7,
      deadline = ?8, attempts = ?9, errors = ?10, payload = ?11, result = ?12 WHERE id = ?13 AND revision = ?1 - 1
      """)
    step = prepare(
      """
      INSERT OR REPLACE INTO steps (run, name, state, attempt, reason, started_at, finished_at, progress, output)
      VALUES ((SELECT run FROM runs WHERE id = ?1), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
      """)
    history = prepare(
      """
      INSERT INTO history (run, revision, place, at, kind, step, attempt, reason)
      VALUES ((SELECT run FROM runs WHERE id = ?1), ?2, ?3, ?4, ?5, ?6, ?7, ?8)
      """)
    timer = prepare("INSERT OR REPLACE INTO timers (id, name, due, armed) VALUES (?1, ?2, ?3, 1)")
    removal = prepare("DELETE FROM timers WHERE id = ?1 AND name = ?2")
    outbox = prepare("INSERT INTO outbox (id, event, topic, key, payload) VALUES (?1, ?2, ?3, ?4, ?5)")
  }

  func commit(_ changes: some Sequence<RunChange>) {
    execute("BEGIN IMMEDIATE")
    for change in changes { write(change) }
    execute("COMMIT")
  }

  private func write(_ change: RunChange) {
    let record = change.record
    let id = Self.bytes(record.id)
    let statement = change.expected == nil ? insert : update
    int(statement, 1, record.revision.number)
    text(statement, 2, record.state.rawValue)
    text(statement, 3, record.closing?.rawValue)
    text(statement, 4, record.status)
    text(statement, 5, record.reason)
    int(statement, 6, record.updatedAt.microseconds)
    int(statement, 7, record.finishedAt?.microseconds)
    int(statement, 8, record.deadline.microseconds)
    int(statement, 9, Int64(record.attemptCount))
    int(statement, 10, Int64(record.errorCount))
    blob(statement, 11, record.payload.bytes)
    blob(statement, 12, record.result.bytes)
    blob(statement, 13, id)
    if change.expected == nil {
      text(insert, 14, record.workflow)
      // As long as its hash.
      blob(insert, 15, id + id)
      text(insert, 16, record.key)
      int(insert, 17, record.holdsKey ? 1 : 0)
      int(insert, 18, Int64(record.shardHash))
      int(insert, 19, Int64(record.priority))
      int(insert, 20, record.createdAt.microseconds)
    }
    run(statement)
    precondition(sqlite3_changes(database) == 1, "run \(record.id) has another revision")
    for each in change.steps {
      blob(step, 1, id)
      text(step, 2, each.name)
      text(step, 3, each.state.rawValue)
      int(step, 4, Int64(each.attempt))
      text(step, 5, each.reason)
      int(step, 6, each.startedAt?.microseconds)
      int(step, 7, each.finishedAt?.microseconds)
      sqlite3_bind_double(step, 8, each.progress)
      blob(step, 9, each.output.bytes)
      run(step)
    }
    for name in change.removedTimers {
      blob(removal, 1, id)
      text(removal, 2, name)
      run(removal)
    }
    for each in change.timers {
      blob(timer, 1, id)
      text(timer, 2, each.name)
      int(timer, 3, each.due.microseconds)
      run(timer)
    }
    for (place, each) in change.history.enumerated() {
      blob(history, 1, id)
      int(history, 2, record.revision.number)
      int(history, 3, Int64(place))
      int(history, 4, each.at.microseconds)
      text(history, 5, each.kind)
      text(history, 6, each.step)
      int(history, 7, Int64(each.attempt))
      text(history, 8, each.reason)
      run(history)
    }
    for each in change.outbox {
      blob(outbox, 1, id)
      text(outbox, 2, each.id)
      text(outbox, 3, each.topic)
      text(outbox, 4, each.key)
      blob(outbox, 5, each.payload.bytes)
      run(outbox)
    }
  }

  func close() {
    for statement in [insert, update, step, history, timer, removal, outbox] { sqlite3_finalize(statement) }
    sqlite3_close(database)
  }

  private func execute(_ sql: String) {
    let code = sqlite3_exec(database, sql, nil, nil, nil)
    precondition(code == SQLITE_OK, "\(sql): SQLite returns \(code)")
  }

  private func run(_ statement: OpaquePointer) {
    let code = sqlite3_step(statement)
    precondition(code == SQLITE_DONE, "SQLite returns \(code)")
    sqlite3_reset(statement)
  }

  private static func bytes(_ id: RunID) -> [UInt8] {
    (0..<16).map { UInt8(truncatingIfNeeded: ($0 < 8 ? id.high : id.low) >> UInt64(56 - $0 % 8 * 8)) }
  }

  private func int(_ statement: OpaquePointer, _ place: Int32, _ value: Int64?) {
    if let value { sqlite3_bind_int64(statement, place, value) } else { sqlite3_bind_null(statement, place) }
  }

  private func text(_ statement: OpaquePointer, _ place: Int32, _ value: String?) {
    if let value {
      sqlite3_bind_text(statement, place, value, Int32(value.utf8.count), Self.copied)
    } else {
      sqlite3_bind_null(statement, place)
    }
  }

  private func blob(_ statement: OpaquePointer, _ place: Int32, _ value: [UInt8]) {
    guard !value.isEmpty else {
      sqlite3_bind_zeroblob(statement, place, 0)
      return
    }
    _ = value.withUnsafeBytes {
      sqlite3_bind_blob(statement, place, $0.baseAddress, Int32($0.count), Self.copied)
    }
  }

  private static var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
}
