import Foundation
import MillraceWorkflow

#if canImport(Glibc)
  import Glibc
#endif

/// What a file's name leads to at the moment.
struct FileStatus {
  let path: String
  let mark: LinePosition.Mark
  let size: Int64
  let modified: Timestamp

  /// nil: there is no such file.
  init?(_ path: String) {
    var status = stat()
    guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    self.init(status, path)
  }

  init(_ status: stat, _ path: String) {
    self.path = path
    mark = LinePosition.Mark(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    size = Int64(status.st_size)
    modified = Timestamp(
      microseconds: Int64(status.modified.tv_sec) * 1_000_000 + Int64(status.modified.tv_nsec) / 1000)
  }

  /// Whether it has the mark's number; another file may have it after that one was deleted.
  func isSame(as other: LinePosition.Mark) -> Bool { mark.inode == other.inode && mark.device == other.device }

  /// At the end of the name: the greater, the older among those that a rotation has left.
  var number: Int { path.firstMatch(of: /\.(\d+)$/).flatMap { Int($0.1) } ?? -1 }
}

/// A file that is read from any place. Closed when nobody has it any more.
final class OpenFile: Sendable {
  private let descriptor: Int32
  private let path: String
  let mark: LinePosition.Mark

  /// nil: there is no such file.
  ///
  /// - Throws: ``WorkflowError/Code/invalidInput`` for one that may not be read, or is none.
  init?(_ path: String) throws {
    descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if descriptor < 0, errno == ENOENT { return nil }
    self.path = path
    var status = stat()
    guard descriptor >= 0, unsafe fstat(descriptor, &status) == 0 else { throw Self.trouble(path, errno) }
    mark = FileStatus(status, path).mark
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw WorkflowError(.invalidInput, "expected a regular file", at: path)
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  func status() throws -> FileStatus {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw Self.trouble(path, errno) }
    return FileStatus(status, path)
  }

  /// Fewer than `count` at the end.
  func bytes(at offset: Int64, count: Int) throws -> [UInt8] {
    var failure: Int32 = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let read = unsafe pread(
          descriptor, buffer.baseAddress! + filled, count - filled, off_t(offset) + off_t(filled))
        if read < 0, errno == EINTR { continue }
        if read < 0 { failure = errno }
        guard read > 0 else { return }
        filled += read
      }
    }
    if failure != 0 { throw Self.trouble(path, failure) }
    return bytes
  }

  /// Whether it begins with what was read of the marked one.
  func begins(like mark: LinePosition.Mark) throws -> Bool {
    let head = try bytes(at: 0, count: mark.headLength)
    return head.count == mark.headLength && ContentHash(of: head) == mark.head
  }

  func newlines(from offset: Int64) throws -> Int {
    var count = 0
    try chunks(from: offset) { chunk in
      count += chunk.count { $0 == 0x0A }
      return true
    }
    return count
  }

  /// Of the line from here on, its newline included; nil: it has none yet.
  func lineLength(from offset: Int64, isWhole: Bool) throws -> Int? {
    var length = 0
    var isEnded = false
    try chunks(from: offset) { chunk in
      if let newline = chunk.firstIndex(of: 0x0A) {
        length += newline + 1
        isEnded = true
      } else {
        length += chunk.count
      }
      return !isEnded
    }
    return isEnded || isWhole ? length : nil
  }

  private func chunks(from offset: Int64, _ body: ([UInt8]) -> Bool) throws {
    var offset = offset
    while true {
      let chunk = try bytes(at: offset, count: 256 << 10)
      if chunk.isEmpty || !body(chunk) { return }
      offset += Int64(chunk.count)
    }
  }

  private static func trouble(_ path: String, _ number: Int32) -> WorkflowError {
    let reason = unsafe String(cString: strerror(number))
    return WorkflowError(.invalidInput, "expected a file that can be read: \(reason)", at: path)
  }
}

extension stat {
  fileprivate var modified: timespec {
    #if canImport(Darwin)
      st_mtimespec
    #else
      st_mtim
    #endif
  }
}
