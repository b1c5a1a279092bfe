#if Workflow
  import Foundation
  import GRDBSQLite
  import Synchronization

  /// What SQLite does to a file.
  enum FileOperation: Sendable, Hashable {
    case write(String, offset: Int, [UInt8])
    case truncate(String, size: Int)
    /// All that was done to the file before is on the disk when it returns.
    case sync(String)
    case delete(String)
  }

  /// Stands between SQLite and the files of a folder, and tells of everything that is done to them, before it is done.
  ///
  /// For a process of its own: it becomes the process's default way to files, for good.
  enum WatchedFiles {
    private struct State: Sendable {
      var folder = ""
      var observe: @Sendable (Int, FileOperation) -> Void = { _, _ in }
      var count = 0
      /// Open files, by their addresses: names, and addresses of what SQLite's own way does to them.
      var files: [UInt: (name: String, methods: UInt)] = [:]
      /// Addresses of our methods, by those of SQLite's own.
      var tables: [UInt: UInt] = [:]
      /// SQLite's own way to files.
      var base: UInt = 0
    }

    private static let state = Mutex(State())

    /// - Parameter observe: is given each operation with its number, from 0, one at a time.
    static func watch(_ folder: String, _ observe: @escaping @Sendable (Int, FileOperation) -> Void) {
      // SAFETY: SQLite's own structure lives as long as the process, as does its changed copy, which is never freed.
      sqlite3_initialize()
      let base = unsafe sqlite3_vfs_find(nil)!
      state.withLock { state in
        precondition(state.base == 0, "files are watched already")
        state.folder = folder
        state.observe = observe
        state.base = UInt(bitPattern: base)
      }
      let watched = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
      unsafe watched.initialize(to: base.pointee)
      unsafe watched.pointee.zName = UnsafePointer(strdup("watched"))
      unsafe watched.pointee.pNext = nil
      unsafe watched.pointee.xOpen = { _, path, file, flags, outFlags in
        unsafe WatchedFiles.open(path, file, flags, outFlags)
      }
      unsafe watched.pointee.xDelete = { _, path, syncsFolder in
        if let name = unsafe WatchedFiles.name(path) { WatchedFiles.tell(.delete(name)) }
        let base = unsafe WatchedFiles.base
        return unsafe base.pointee.xDelete(base, path, syncsFolder)
      }
      let status = unsafe sqlite3_vfs_register(watched, 1)
      precondition(status == SQLITE_OK, "SQLite does not take another way to files: \(status)")
    }

    private static var base: UnsafeMutablePointer<sqlite3_vfs> {
      unsafe UnsafeMutablePointer(bitPattern: state.withLock { $0.base })!
    }

    private static func name(_ path: UnsafePointer<CChar>?) -> String? {
      guard let path = unsafe path.map({ unsafe String(cString: $0) }) else { return nil }
      let folder = state.withLock { $0.folder }
      // The folder may be named in another way, by links or doubled slashes.
      let place = URL(fileURLWithPath: path).resolvingSymlinksInPath()
      guard place.deletingLastPathComponent().path == URL(fileURLWithPath: folder).resolvingSymlinksInPath().path else {
        return nil
      }
      return place.lastPathComponent
    }

    private static func tell(_ operation: FileOperation) {
      state.withLock { state in
        state.observe(state.count, operation)
        state.count += 1
      }
    }

    private static func open(
      _ path: UnsafePointer<CChar>?, _ file: UnsafeMutablePointer<sqlite3_file>?, _ flags: Int32,
      _ outFlags: UnsafeMutablePointer<Int32>?
    ) -> Int32 {
      let base = unsafe base
      let status = unsafe base.pointee.xOpen(base, path, file, flags, outFlags)
      guard status == SQLITE_OK, let file = unsafe file, let name = unsafe name(path),
        let methods = unsafe file.pointee.pMethods
      else { return status }
      let table = state.withLock { state -> UInt in
        state.files[UInt(bitPattern: file)] = (name, UInt(bitPattern: methods))
        let known = UInt(bitPattern: methods)
        if let table = state.tables[known] { return table }
        let made = UInt(bitPattern: unsafe Self.watched(methods))
        state.tables[known] = made
        return made
      }
      unsafe file.pointee.pMethods = UnsafePointer(bitPattern: table)
      return status
    }

    /// SQLite's own methods, of which those that change a file tell of it first.
    private static func watched(_ methods: UnsafePointer<sqlite3_io_methods>) -> UnsafePointer<sqlite3_io_methods> {
      let table = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
      unsafe table.initialize(to: methods.pointee)
      unsafe table.pointee.xWrite = { file, bytes, count, offset in
        let (name, methods) = unsafe WatchedFiles.own(file)
        let content = unsafe Array(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
        WatchedFiles.tell(.write(name, offset: Int(offset), content))
        return unsafe methods.pointee.xWrite(file, bytes, count, offset)
      }
      unsafe table.pointee.xTruncate = { file, size in
        let (name, methods) = unsafe WatchedFiles.own(file)
        WatchedFiles.tell(.truncate(name, size: Int(size)))
        return unsafe methods.pointee.xTruncate(file, size)
      }
      unsafe table.pointee.xSync = { file, flags in
        let (name, methods) = unsafe WatchedFiles.own(file)
        WatchedFiles.tell(.sync(name))
        return unsafe methods.pointee.xSync(file, flags)
      }
      unsafe table.pointee.xClose = { file in
        let (_, methods) = unsafe WatchedFiles.own(file)
        WatchedFiles.state.withLock { _ = $0.files.removeValue(forKey: UInt(bitPattern: file)) }
        return unsafe methods.pointee.xClose(file)
      }
      return unsafe UnsafePointer(table)
    }

    private static func own(_ file: UnsafeMutablePointer<sqlite3_file>?) -> (
      String, UnsafePointer<sqlite3_io_methods>
    ) {
      let (name, methods) = state.withLock { $0.files[UInt(bitPattern: file)]! }
      return unsafe (name, UnsafePointer(bitPattern: methods)!)
    }
  }
#endif
