#if Workflow
  import GRDB
  import GRDBSQLite
  import MillraceWorkflow

  /// A prepared statement, bound and read without a detour through boxed values: half the time of a small commit would go there.
  ///
  /// Bind, then ``run()``, or ``step()`` until it returns false. Of one connection, used on its queue only.
  // SAFETY: `statement` keeps the handle valid; what its columns point to is copied before the next step.
  @safe struct SQLStatement {
    /// Keeps the handle alive.
    private let statement: Statement
    private let handle: SQLiteStatement

    /// Compiles SQL, or finds it in the connection's cache.
    init(_ database: Database, _ sql: String) throws {
      statement = try database.cachedStatement(sql: sql)
      unsafe handle = statement.sqliteStatement
    }

    // MARK: Binding, from 1

    func bind(_ place: Int32, _ value: Int64) { unsafe sqlite3_bind_int64(handle, place, value) }
    func bind(_ place: Int32, _ value: Int) { bind(place, Int64(value)) }
    func bind(_ place: Int32, _ value: Bool) { bind(place, value ? 1 as Int64 : 0) }
    func bind(_ place: Int32, _ value: Double) { unsafe sqlite3_bind_double(handle, place, value) }
    func bind(_ place: Int32, _ value: Timestamp) { bind(place, value.microseconds) }

    func bind(_ place: Int32, _ value: Timestamp?) {
      if let value { bind(place, value) } else { bindNull(place) }
    }

    func bind(_ place: Int32, _ value: String) {
      var text = value
      text.withUTF8 { bytes in
        let start = unsafe UnsafeRawPointer(bytes.baseAddress)?.assumingMemoryBound(to: CChar.self)
        // An empty string may have no address, which would be bound as NULL.
        if let start = unsafe start {
          unsafe sqlite3_bind_text(handle, place, start, Int32(bytes.count), Self.copied)
        } else {
          unsafe sqlite3_bind_text(handle, place, "", 0, Self.copied)
        }
      }
    }

    func bind(_ place: Int32, _ value: String?) {
      if let value { bind(place, value) } else { bindNull(place) }
    }

    func bind(_ place: Int32, _ value: [UInt8]) {
      guard !value.isEmpty else {
        // Without an address it would be bound as NULL.
        unsafe sqlite3_bind_zeroblob(handle, place, 0)
        return
      }
      unsafe value.withUnsafeBytes { bytes in
        _ = unsafe sqlite3_bind_blob(handle, place, bytes.baseAddress, Int32(bytes.count), Self.copied)
      }
    }

    func bind(_ place: Int32, _ value: Payload) { bind(place, value.bytes) }

    func bind(_ place: Int32, _ value: RunID) {
      let words = (value.high.bigEndian, value.low.bigEndian)
      unsafe withUnsafeBytes(of: words) { bytes in
        _ = unsafe sqlite3_bind_blob(handle, place, bytes.baseAddress, 16, Self.copied)
      }
    }

    func bind(_ place: Int32, _ value: RunID?) {
      if let value { bind(place, value) } else { bindNull(place) }
    }

    func bind(_ place: Int32, _ value: ContentHash?) {
      if let value { bind(place, value.bytes) } else { bindNull(place) }
    }

    func bindNull(_ place: Int32) { unsafe sqlite3_bind_null(handle, place) }

    private static var copied: sqlite3_destructor_type { unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

    // MARK: Running

    /// To the end, without looking at rows.
    func run() throws { while try step() {} }

    /// To the next row; at the end false, and then it can be bound again.
    func step() throws -> Bool {
      switch unsafe sqlite3_step(handle) {
      case SQLITE_ROW: return true
      case SQLITE_DONE:
        reset()
        return false
      default:
        let connection = unsafe sqlite3_db_handle(handle)
        let failure = unsafe SQLiteFailure(
          code: sqlite3_extended_errcode(connection), message: String(cString: sqlite3_errmsg(connection)))
        reset()
        throw failure
      }
    }

    /// The first row; the others are left alone.
    func first<Result>(_ read: (SQLStatement) throws -> Result) throws -> Result? {
      guard try step() else { return nil }
      defer { reset() }
      return try read(self)
    }

    func all<Result>(_ read: (SQLStatement) throws -> Result) throws -> [Result] {
      var rows: [Result] = []
      do {
        while try step() { rows.append(try read(self)) }
      } catch {
        reset()
        throw error
      }
      return rows
    }

    /// Makes it ready to be bound again, and lets go of what was bound.
    func reset() {
      unsafe sqlite3_reset(handle)
      unsafe sqlite3_clear_bindings(handle)
    }

    // MARK: Reading a row, from 0

    func isNull(_ column: Int32) -> Bool { unsafe sqlite3_column_type(handle, column) == SQLITE_NULL }
    func isText(_ column: Int32) -> Bool { unsafe sqlite3_column_type(handle, column) == SQLITE_TEXT }
    func int64(_ column: Int32) -> Int64 { unsafe sqlite3_column_int64(handle, column) }
    func int(_ column: Int32) -> Int { Int(int64(column)) }
    func bool(_ column: Int32) -> Bool { int64(column) != 0 }
    func double(_ column: Int32) -> Double { unsafe sqlite3_column_double(handle, column) }
    func time(_ column: Int32) -> Timestamp { Timestamp(microseconds: int64(column)) }
    func timeIfAny(_ column: Int32) -> Timestamp? { isNull(column) ? nil : time(column) }
    func textIfAny(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }
    func payload(_ column: Int32) -> Payload { Payload(bytes(column)) }

    func text(_ column: Int32) -> String {
      let start = unsafe sqlite3_column_text(handle, column)
      let count = unsafe Int(sqlite3_column_bytes(handle, column))
      return unsafe String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    func bytes(_ column: Int32) -> [UInt8] {
      let start = unsafe sqlite3_column_blob(handle, column)
      let count = unsafe Int(sqlite3_column_bytes(handle, column))
      return unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }

    func run(_ column: Int32) throws -> RunID {
      guard unsafe sqlite3_column_bytes(handle, column) == 16,
        let start = unsafe sqlite3_column_blob(handle, column)
      else { throw WorkflowError(.storeDamaged, "a run's id has 16 bytes, not \(bytes(column).count)") }
      let high = unsafe start.loadUnaligned(as: UInt64.self)
      let low = unsafe start.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
      return RunID(high: UInt64(bigEndian: high), low: UInt64(bigEndian: low))
    }

    func runIfAny(_ column: Int32) throws -> RunID? { isNull(column) ? nil : try run(column) }

    func hashIfAny(_ column: Int32) throws -> ContentHash? {
      if isNull(column) { return nil }
      guard let hash = ContentHash(bytes: bytes(column)) else {
        throw WorkflowError(.storeDamaged, "a hash has 32 bytes, not \(bytes(column).count)")
      }
      return hash
    }

    func named<Value: RawRepresentable<String>>(_ column: Int32, _ type: Value.Type) throws -> Value {
      let name = text(column)
      guard let value = Value(rawValue: name) else {
        throw WorkflowError(.storeDamaged, "\"\(name)\" is no \(type)")
      }
      return value
    }
  }
#endif
