#if Workflow
  import CMillrace
  import Crypto
  import MillraceWorkflow

  #if canImport(Darwin)
    import Darwin
  #else
    import Glibc
  #endif

  /// A file that is there as a whole or not at all: written beside its place, flushed to the disk, and then renamed.
  ///
  /// What a killed attempt leaves behind has a name made of the step's, so that the next attempt of the step writes over it.
  struct WholeFile: ~Copyable {
    /// What was written.
    struct Written: Sendable {
      var path: String
      var bytes: Int
      var sha256: String

      var json: [String: JSONValue] {
        ["path": .string(path), "bytes": .int(Int64(bytes)), "sha256": .string(sha256)]
      }
    }

    private let path: String
    private let temporary: String
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var digest = SHA256()
    private var count = 0
    private var isFinished = false

    /// Begins one; missing folders are made.
    ///
    /// - Throws: ``TaskFailure``.
    init(_ path: String, for key: String) throws(TaskFailure) {
      let (folder, name) = splitPath(path)
      guard !name.isEmpty else { throw .invalidInput("a file's path is expected, not \"\(path)\"") }
      try makeFolders(folder)
      let temporary = "\(folder)/.\(name).\(ContentHash(of: key.utf8).description.prefix(12)).part"
      let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
      if descriptor < 0 { throw .file(path, "cannot be written", errno) }
      self.init(path: path, temporary: temporary, descriptor: descriptor)
    }

    private init(path: String, temporary: String, descriptor: Int32) {
      self.path = path
      self.temporary = temporary
      self.descriptor = descriptor
    }

    deinit {
      guard !isFinished else { return }
      close(descriptor)
      unsafe unlink(temporary)
    }

    mutating func write(_ bytes: some Collection<UInt8>) throws(TaskFailure) {
      buffer += bytes
      if buffer.count >= 1 << 16 { try flush() }
    }

    mutating func write(_ text: String) throws(TaskFailure) { try write(text.utf8) }

    /// From here on the file is at its place.
    mutating func finish() throws(TaskFailure) -> Written {
      try flush()
      guard fsync(descriptor) == 0, unsafe rename(temporary, path) == 0 else {
        throw .file(path, "cannot be written", errno)
      }
      isFinished = true
      close(descriptor)
      try flushFolder(of: path)
      return Written(path: path, bytes: count, sha256: Lines.hexadecimal(digest.finalize()))
    }

    private mutating func flush() throws(TaskFailure) {
      digest.update(data: buffer)
      count += buffer.count
      var done = 0
      while done < buffer.count {
        let written = unsafe buffer.withUnsafeBytes { bytes in
          unsafe millrace_write(descriptor, bytes.baseAddress! + done, bytes.count - done)
        }
        if written < 0, errno == EINTR { continue }
        if written < 0 { throw .file(path, "cannot be written", errno) }
        done += written
      }
      buffer.removeAll(keepingCapacity: true)
    }
  }

  extension WholeFile {
    /// Writes a file at once.
    static func write(_ bytes: some Collection<UInt8>, to path: String, for key: String) throws(TaskFailure) -> Written
    {
      var file = try WholeFile(path, for: key)
      try file.write(bytes)
      return try file.finish()
    }
  }

  /// The folder and the name; the folder of a bare name is `.`.
  func splitPath(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return (".", path) }
    let name = String(path[path.utf8.index(after: slash)...])
    return slash == path.startIndex ? ("/", name) : (String(path[..<slash]), name)
  }

  func makeFolders(_ folder: String) throws(TaskFailure) {
    var status = stat()
    if unsafe stat(folder, &status) == 0 { return }
    let (parent, name) = splitPath(folder)
    if !name.isEmpty, parent != folder { try makeFolders(parent) }
    if unsafe mkdir(folder, 0o777) != 0, errno != EEXIST { throw .file(folder, "cannot be made", errno) }
  }

  /// A rename is on the disk when its folder is.
  func flushFolder(of path: String) throws(TaskFailure) {
    let folder = splitPath(path).folder
    let descriptor = unsafe open(folder, O_RDONLY | O_CLOEXEC)
    defer { close(descriptor) }
    // File systems that cannot flush a folder say EINVAL.
    guard descriptor >= 0, fsync(descriptor) == 0 || errno == EINVAL else {
      throw .file(folder, "cannot be flushed", errno)
    }
  }

  extension TaskFailure {
    /// A file system's refusal. Another attempt helps where space, descriptors or devices were short, and where a file may yet come.
    static func file(_ path: String, _ what: String, _ error: Int32) -> TaskFailure {
      let text = unsafe String(cString: strerror(error))
      let names: [Int32: String] = [
        ENOENT: "not found", EACCES: "not permitted", EPERM: "not permitted", EROFS: "read-only", EISDIR: "is a folder",
        ENOTDIR: "no folder", EEXIST: "exists", ENOTEMPTY: "not empty", ENOSPC: "disk full", EDQUOT: "disk full",
      ]
      let isFinal = [EACCES, EPERM, EROFS, EISDIR, ENOTDIR, EEXIST, ENOTEMPTY, ENAMETOOLONG, ELOOP].contains(error)
      return TaskFailure(code: names[error] ?? "file error", "\(path) \(what): \(text)", isRetryable: !isFinal)
    }
  }
#endif
