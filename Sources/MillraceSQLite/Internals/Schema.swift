#if Workflow
  import GRDB
  import MillraceWorkflow

  /// Tables and indexes. The number of the last migration is the database's `user_version`.
  enum Schema {
    /// Each is applied once, in this order, in one transaction with its number. What has been released is never changed: another one is added.
    static let migrations = [first, second, third]

    /// Tells a database of ours from others'.
    static let applicationID: Int32 = 0x4D6C_7274

    /// Brings a database up to date.
    ///
    /// - Throws: ``WorkflowError/Code/storeDamaged`` for one of a newer version, or of somebody else.
    static func migrate(_ database: Database, to path: String) throws {
      try database.inTransaction(.immediate) {
        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        let application = try Int32.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        // Others' tables may stand beside ours, under other names.
        let isTaken = try Bool.fetchOne(
          database, sql: "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'runs')")
        guard application == applicationID || application == 0 && version == 0 && isTaken == false else {
          throw WorkflowError(.storeDamaged, "this is a database of something else: name another file", at: path)
        }
        guard version <= migrations.count else {
          throw WorkflowError(
            .storeDamaged,
            "the database has version \(version), this program knows \(migrations.count) at most: use a newer program",
            at: path)
        }
        guard version < migrations.count else { return .commit }
        for migration in migrations[version...] { try database.execute(sql: migration) }
        try database.execute(
          sql: "PRAGMA application_id = \(applicationID); PRAGMA user_version = \(migrations.count)")
        return .commit
      }
    }

    /// States of runs of which the timers do not count, or which hold no key.
    static let final = "('completed', 'failed', 'cancelled', 'dataDeleted')"

    private static let first = """
      CREATE TABLE runs (
        run INTEGER PRIMARY KEY,
        id BLOB NOT NULL,
        revision INTEGER NOT NULL,
        state TEXT NOT NULL,
        workflow TEXT NOT NULL,
        definition BLOB NOT NULL,
        key TEXT NOT NULL,
        holds_key INTEGER NOT NULL,
        -- Text; when the data has been deleted, a hash.
        idempotency_key,
        closing TEXT,
        status TEXT NOT NULL,
        reason TEXT NOT NULL,
        parent BLOB,
        parent_step TEXT,
        origin BLOB,
        shard_hash INTEGER NOT NULL,
        priority INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        finished_at INTEGER,
        deadline INTEGER NOT NULL,
        traceparent TEXT,
        attempts INTEGER NOT NULL,
        errors INTEGER NOT NULL,
        payload BLOB NOT NULL,
        result BLOB NOT NULL
      );
      CREATE UNIQUE INDEX runs_id ON runs (id);
      CREATE UNIQUE INDEX runs_idempotency ON runs (workflow, idempotency_key) WHERE idempotency_key IS NOT NULL;
      CREATE UNIQUE INDEX runs_held ON runs (workflow, key)
        WHERE holds_key = 1 AND state NOT IN ('completed', 'failed', 'cancelled', 'dataDeleted');
      CREATE INDEX runs_resumable ON runs (id) WHERE state IN ('initiated', 'running');
      CREATE INDEX runs_waiting ON runs (id) WHERE state = 'waiting';
      CREATE INDEX runs_workflow ON runs (workflow, id);
      CREATE INDEX runs_finished ON runs (finished_at, id) WHERE finished_at IS NOT NULL;
      CREATE INDEX runs_key ON runs (key, id) WHERE key <> '';
      CREATE INDEX runs_parent ON runs (parent, id) WHERE parent IS NOT NULL;

      CREATE TABLE steps (
        run INTEGER NOT NULL,
        name TEXT NOT NULL,
        state TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        input_hash BLOB,
        reason TEXT NOT NULL,
        started_at INTEGER,
        finished_at INTEGER,
        progress REAL NOT NULL,
        output BLOB NOT NULL,
        PRIMARY KEY (run, name)
      ) WITHOUT ROWID;

      CREATE TABLE history (
        run INTEGER NOT NULL,
        revision INTEGER NOT NULL,
        place INTEGER NOT NULL,
        at INTEGER NOT NULL,
        kind TEXT NOT NULL,
        step TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        reason TEXT NOT NULL,
        input_hash BLOB,
        output_hash BLOB,
        PRIMARY KEY (run, revision, place)
      ) WITHOUT ROWID;

      -- By id, so that those of one time are in order of ids. Armed: the run is neither paused nor final.
      CREATE TABLE timers (
        id BLOB NOT NULL,
        name TEXT NOT NULL,
        due INTEGER NOT NULL,
        armed INTEGER NOT NULL,
        PRIMARY KEY (id, name)
      ) WITHOUT ROWID;
      CREATE INDEX timers_due ON timers (due, id) WHERE armed = 1;

      -- Of a taken event the id remains.
      CREATE TABLE inbox (
        arrival INTEGER PRIMARY KEY,
        run INTEGER NOT NULL,
        event TEXT NOT NULL,
        name TEXT NOT NULL,
        taken INTEGER NOT NULL,
        payload BLOB NOT NULL
      );
      CREATE UNIQUE INDEX inbox_event ON inbox (run, event);
      CREATE INDEX inbox_unread ON inbox (run) WHERE taken = 0;

      -- Numbers of events that are gone are not used again.
      CREATE TABLE outbox (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        id BLOB NOT NULL,
        event TEXT NOT NULL,
        topic TEXT NOT NULL,
        key TEXT NOT NULL,
        payload BLOB NOT NULL
      );
      CREATE INDEX outbox_run ON outbox (id);

      CREATE TABLE leases (
        role TEXT NOT NULL PRIMARY KEY,
        owner TEXT NOT NULL,
        token INTEGER NOT NULL,
        expires INTEGER NOT NULL
      ) WITHOUT ROWID;

      CREATE TABLE documents (
        collection TEXT NOT NULL,
        key TEXT NOT NULL,
        revision INTEGER NOT NULL,
        value BLOB NOT NULL,
        PRIMARY KEY (collection, key)
      ) WITHOUT ROWID;
      """

    /// How far a run is from a start from outside; and what finds the oldest finished runs of a workflow, without a look at others'.
    private static let second = """
      ALTER TABLE runs ADD COLUMN depth INTEGER NOT NULL DEFAULT 0;
      CREATE INDEX runs_kept ON runs (workflow, finished_at, id) WHERE finished_at IS NOT NULL;
      """

    /// Of a paused run the timer that ends the pause is armed.
    private static let third = """
      UPDATE timers SET armed = 1 WHERE name = 'resume' AND id IN (SELECT id FROM runs WHERE state = 'paused');
      """
  }
#endif
