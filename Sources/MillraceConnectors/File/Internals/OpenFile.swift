import CMillrace
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

  init(path: String, mark: LinePosition.Mark, size: Int64, modified: Timestamp) {
    (self.path, self.mark, self.size, self.modified) = (path, mark, size, modified)
  }

  /// nil: there is no such file.
  init?(_ path: String) {
    var status = millrace_file_status()
    guard unsafe millrace_file_status_get(-1, path, &status) == 0, status.is_regular else { return nil }
    self.init(status, path)
  }

  init(_ status: millrace_file_status, _ path: String) {
    self.init(
      path: path,
      mark: LinePosition.Mark(
        inode: status.inode, born: status.born_nanoseconds == 0 ? nil : status.born_nanoseconds),
      size: status.size, modified: Timestamp(microseconds: status.modified_microseconds))
  }

  var name: String { URL(filePath: path).lastPathComponent }
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
    guard descriptor >= 0 else { throw Self.trouble(path, errno) }
    var status = millrace_file_status()
    let failure = unsafe millrace_file_status_get(descriptor, nil, &status)
    mark = FileStatus(status, path).mark
    guard failure == 0 else { throw Self.trouble(path, failure) }
    guard status.is_regular else {
      throw WorkflowError(.invalidInput, "expected a regular file", at: path)
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  func status() throws -> FileStatus {
    var status = millrace_file_status()
    let failure = unsafe millrace_file_status_get(descriptor, nil, &status)
    guard failure == 0 else { throw Self.trouble(path, failure) }
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

  /// As much of its beginning as was read of the marked one; nil: it is another, or was cut since.
  func head(of mark: LinePosition.Mark) throws -> [UInt8]? {
    let head = try bytes(at: 0, count: mark.headLength)
    return head.count == mark.headLength && ContentHash(of: head) == mark.head ? head : nil
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
