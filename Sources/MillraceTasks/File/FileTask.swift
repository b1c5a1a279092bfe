#if Workflow
  import Crypto
  import Millrace
  import MillraceWorkflow

  #if canImport(Darwin)
    import Darwin
  #else
    import Glibc
  #endif

  /// Kind `file`: reads, writes, copies, moves, deletes, lists and compares files.
  ///
  /// ```yaml
  /// keep:
  ///   kind: file
  ///   input: { action: copy, path: "${tasks.clean.path}", to: archive/clean.csv }
  /// ```
  ///
  /// | `action` | input besides `path` | output |
  /// |---|---|---|
  /// | `read` | `format`: `text` (default), `json`, `lines`; `limit`: the most bytes, 16 MiB | `content`, `bytes` |
  /// | `write` | `content`; `format`: `text` (default for a text), `json` (default otherwise), `lines` | `path`, `bytes`, `sha256` |
  /// | `copy` | `to` | `path`, `bytes`, `sha256` |
  /// | `move` | `to` | `path`, `moved` |
  /// | `delete` | – | `deleted` |
  /// | `list` | `pattern`: as of the shell, for names | `files`: a list of `name`, `path`, `bytes`, `isFolder`, `modified` (seconds since 1970), by name |
  /// | `exists` | – | `exists`, `isFolder`, `bytes` |
  /// | `checksum` | – | `bytes`, `sha256` |
  ///
  /// A file that is written or copied to appears at its place whole, after it is on the disk; missing folders are made. Every action may be done twice: a move whose source is gone and whose target is there, and the deletion of what is not there,
  /// have succeeded. Folders are only moved, listed, and deleted when they are empty.
  ///
  /// **Failures.** `not found`, `disk full`, `file error`, `too large` (final), `not permitted`, `read-only`, `is a folder`, `no folder`, `exists`, `not empty` (all final), `invalid content` (final).
  public struct FileTask: TaskHandler {
    public let kind = "file"
    private let executor: WorkStealingExecutor

    public init(executor: WorkStealingExecutor = .shared) {
      self.executor = executor
    }

    private static let actions = ["read", "write", "copy", "move", "delete", "list", "exists", "checksum"]
    private static let fields = InputFields(
      .required("action", .oneOf(actions)), .required("path", .string), .optional("to", .string),
      .optional("content", .any), .optional("format", .oneOf(["text", "json", "lines"])),
      .optional("limit", .integer), .optional("pattern", .string))

    public func check(_ task: TaskDefinition, at place: String) throws(WorkflowError) {
      try Self.fields.check(task.input, at: place)
      guard let action = task.input.source["action"]?.text else { return }
      if action == "copy" || action == "move", task.input.source["to"] == nil {
        throw WorkflowError(.invalidDefinition, "is missing: where to \(action)", at: place + ".to")
      }
      if action == "write", task.input.source["content"] == nil {
        throw WorkflowError(.invalidDefinition, "is missing: what to write", at: place + ".content")
      }
    }

    public func run(_ value: JSONValue, _ context: TaskContext) async throws -> JSONValue {
      let input = try TaskInput(value, Self.fields)
      let key = context.idempotencyKey
      return try await executor.work { token in
        try blocking { try Self.run(input, key, token) }
      }
    }

    private static func run(_ input: TaskInput, _ key: String, _ token: CancellationToken) throws -> JSONValue {
      let path = input.text("path")!
      switch input.text("action")! {
      case "read": return try read(path, input)
      case "write": return .object(try WholeFile.write(content(input), to: path, for: key).json)
      case "copy": return .object(try copy(path, to: try target(input), key, token).json)
      case "move": return try move(path, to: try target(input))
      case "delete": return try delete(path)
      case "list": return try list(path, input.text("pattern"))
      case "exists": return try exists(path)
      default: return try checksum(path, token)
      }
    }

    private static func target(_ input: TaskInput) throws(TaskFailure) -> String {
      guard let target = input.text("to") else { throw .invalidInput("to: is missing") }
      return target
    }

    // MARK: Contents

    private static func read(_ path: String, _ input: TaskInput) throws -> JSONValue {
      let limit = try input.byteLimit("limit", default: 16 << 20)
      var bytes: [UInt8] = []
      try InputFile(path).forEachPart { part in
        bytes += part
        if bytes.count > limit {
          throw TaskFailure(code: "too large", "\(path) has more than \(limit) bytes (limit)", isRetryable: false)
        }
      }
      let content: JSONValue
      switch input.text("format") ?? "text" {
      case "json":
        do {
          content = try JSONValue(json: bytes)
        } catch {
          throw TaskFailure(code: "invalid content", "\(path) is \(error.message)", isRetryable: false)
        }
      case let format:
        guard let text = String(validating: bytes, as: UTF8.self) else {
          throw TaskFailure(code: "invalid content", "\(path) is not UTF-8 text", isRetryable: false)
        }
        content = format == "text" ? .string(text) : .array(Lines.split(bytes).map { .string($0) })
      }
      return ["content": content, "bytes": .int(Int64(bytes.count))]
    }

    private static func content(_ input: TaskInput) throws(TaskFailure) -> [UInt8] {
      guard let content = input["content"] else { throw .invalidInput("content: is missing") }
      switch (input.text("format"), content) {
      case (nil, .string(let text)), ("text", .string(let text)): return Array(text.utf8)
      case (nil, _), ("json", _): return content.json + [0x0a]
      case ("lines", .array(let values)): return Lines.join(values)
      case (let format?, _):
        throw .invalidInput("content: another value is expected for \(format), not \(content.kindOfValue)")
      }
    }

    private static func copy(
      _ path: String, to target: String, _ key: String, _ token: CancellationToken
    ) throws -> WholeFile.Written {
      let source = try InputFile(path)
      var file = try WholeFile(target, for: key)
      try source.forEachPart { part in
        try token.check()
        try file.write(part)
      }
      return try file.finish()
    }

    private static func checksum(_ path: String, _ token: CancellationToken) throws -> JSONValue {
      var digest = SHA256()
      var count = 0
      try InputFile(path).forEachPart { part in
        try token.check()
        digest.update(data: part)
        count += part.count
      }
      return ["bytes": .int(Int64(count)), "sha256": .string(Lines.hexadecimal(digest.finalize()))]
    }

    // MARK: Names

    private static func move(_ path: String, to target: String) throws(TaskFailure) -> JSONValue {
      let output = { (moved: Bool) -> JSONValue in ["path": .string(target), "moved": .bool(moved)] }
      try makeFolders(splitPath(target).folder)
      if unsafe rename(path, target) == 0 {
        try flushFolder(of: target)
        return output(true)
      }
      let error = errno
      if error == ENOENT, status(target) != nil { return output(false) }
      throw .file(path, "cannot be moved to \(target)", error)
    }

    private static func delete(_ path: String) throws(TaskFailure) -> JSONValue {
      if unsafe remove(path) != 0 {
        let error = errno
        if error == ENOENT { return ["deleted": false] }
        throw .file(path, "cannot be deleted", error)
      }
      try flushFolder(of: path)
      return ["deleted": true]
    }

    private static func list(_ path: String, _ pattern: String?) throws(TaskFailure) -> JSONValue {
      guard let folder = unsafe opendir(path) else { throw .file(path, "cannot be listed", errno) }
      defer { unsafe closedir(folder) }
      var names: [String] = []
      while let entry = unsafe readdir(folder) {
        let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
          unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name == "." || name == ".." { continue }
        if let pattern, unsafe fnmatch(pattern, name, FNM_PERIOD) != 0 { continue }
        names.append(name)
      }
      let files: [JSONValue] = names.sorted().compactMap { name in
        // One that is gone meanwhile is none.
        guard let status = status("\(path)/\(name)") else { return nil }
        return [
          "name": .string(name), "path": .string("\(path)/\(name)"), "bytes": .int(Int64(status.st_size)),
          "isFolder": .bool(isFolder(status)), "modified": .int(modified(status)),
        ]
      }
      return ["files": .array(files)]
    }

    private static func exists(_ path: String) throws(TaskFailure) -> JSONValue {
      guard let status = status(path) else {
        guard errno == ENOENT || errno == ENOTDIR else { throw .file(path, "cannot be looked at", errno) }
        return ["exists": false, "isFolder": false, "bytes": 0]
      }
      return ["exists": true, "isFolder": .bool(isFolder(status)), "bytes": .int(Int64(status.st_size))]
    }

    private static func status(_ path: String) -> stat? {
      var status = stat()
      return unsafe stat(path, &status) == 0 ? status : nil
    }

    private static func isFolder(_ status: stat) -> Bool { status.st_mode & S_IFMT == S_IFDIR }

    private static func modified(_ status: stat) -> Int64 {
      #if canImport(Darwin)
        Int64(status.st_mtimespec.tv_sec)
      #else
        Int64(status.st_mtim.tv_sec)
      #endif
    }
  }
#endif
