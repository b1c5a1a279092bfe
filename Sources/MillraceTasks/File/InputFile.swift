#if Workflow
  import MillraceWorkflow

  #if canImport(Darwin)
    import Darwin
  #else
    import Glibc
  #endif

  /// A file that is read from its beginning to its end.
  struct InputFile: ~Copyable {
    private let path: String
    private let descriptor: Int32

    init(_ path: String) throws(TaskFailure) {
      let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
      if descriptor < 0 { throw .file(path, "cannot be read", errno) }
      self.init(path: path, descriptor: descriptor)
    }

    private init(path: String, descriptor: Int32) {
      self.path = path
      self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    func forEachPart(_ body: (ArraySlice<UInt8>) throws -> Void) throws {
      var buffer = [UInt8](repeating: 0, count: 1 << 18)
      while true {
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress!, $0.count) }
        if count == 0 { return }
        if count < 0 {
          if errno == EINTR { continue }
          throw TaskFailure.file(path, "cannot be read", errno)
        }
        try body(buffer[..<count])
      }
    }
  }
#endif
