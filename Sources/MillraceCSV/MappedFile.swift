#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A file's bytes, mapped: files larger than memory are read page by page.
// SAFETY: the mapping is read only and lives as long as the object.
@safe
final class MappedFile: @unchecked Sendable {
  let path: String
  let bytes: UnsafePointer<UInt8>
  let count: Int
  private let descriptor: Int32
  private let modified: timespec

  /// - Throws: ``CSVError`` for a file that is missing, a directory, unreadable or empty.
  init(path: String) throws(CSVError) {
    self.path = path
    func refuse(_ code: CSVError.Code, _ message: String) -> CSVError {
      CSVError(code: code, file: path, message: message)
    }
    let descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK)
    guard descriptor >= 0 else { throw refuse(.unreadable, "cannot be opened: \(lastSystemError())") }
    var isOpen = false
    defer { if !isOpen { close(descriptor) } }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw refuse(.unreadable, "cannot be read: \(lastSystemError())")
    }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      throw refuse(.unreadable, "is a directory; a CSV file is expected")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw refuse(.unreadable, "is not a regular file; a CSV file on disk is expected")
    }
    guard status.st_size > 0 else { throw Self.emptyError(path) }
    guard status.st_size <= TextSlot.fileLimit else {
      throw refuse(.unreadable, "is larger than 16 TiB; a smaller file is expected")
    }
    count = Int(status.st_size)
    guard let mapping = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), unsafe mapping != MAP_FAILED
    else {
      throw refuse(.unreadable, "cannot be mapped: \(lastSystemError())")
    }
    unsafe bytes = UnsafePointer(mapping.assumingMemoryBound(to: UInt8.self))
    _ = unsafe madvise(mapping, count, Int32(MADV_SEQUENTIAL))
    self.descriptor = descriptor
    modified = Self.modified(status)
    isOpen = true
  }

  deinit {
    unsafe munmap(UnsafeMutableRawPointer(mutating: bytes), count)
    close(descriptor)
  }

  /// There is nothing in the file.
  var emptyError: CSVError { Self.emptyError(path) }

  private static func emptyError(_ path: String) -> CSVError {
    CSVError(code: .malformed, file: path, message: "is empty; a header line is expected")
  }

  private static func modified(_ status: stat) -> timespec {
    #if canImport(Darwin)
      status.st_mtimespec
    #else
      status.st_mtim
    #endif
  }

  /// Touching a page that the file no longer has would end the process (SIGBUS), so this is asked before each stretch of the file is read. A file that is
  /// cut within such a stretch, some milliseconds, is not saved by it.
  ///
  /// - Throws: when the file has another size, or has been written to.
  func checkUnchanged() throws(Fault) {
    var status = stat()
    let isKnown = unsafe fstat(descriptor, &status) == 0
    let now = Self.modified(status)
    guard isKnown, Int(status.st_size) == count, now.tv_sec == modified.tv_sec, now.tv_nsec == modified.tv_nsec else {
      throw Fault(offset: nil, message: "changed while it was being read; a file that stays as it is is expected")
    }
  }

  /// Gives the pages of a range back; they are read again when needed.
  func forget(_ range: Range<Int>) {
    let page = 4096
    let start = (range.lowerBound + page - 1) / page * page
    guard range.upperBound > start else { return }
    _ = unsafe madvise(
      UnsafeMutableRawPointer(mutating: bytes + start), (range.upperBound - start) / page * page, Int32(MADV_DONTNEED))
  }

  /// The fault, with its line and column, if it has a place, counted. O(offset).
  func error(_ fault: Fault) -> CSVError {
    guard let place = fault.offset else { return CSVError(code: .unreadable, file: path, message: fault.message) }
    var line = 1
    var start = 0
    for offset in 0..<min(place, count) where unsafe bytes[offset] == Byte.lineFeed {
      line += 1
      start = offset + 1
    }
    return CSVError(code: .malformed, file: path, line: line, column: place - start + 1, message: fault.message)
  }
}

private func lastSystemError() -> String { unsafe String(cString: strerror(errno)) }

/// Bytes that mean something in a CSV file.
enum Byte {
  static let lineFeed: UInt8 = 0x0a
  static let carriageReturn: UInt8 = 0x0d
  static let quote: UInt8 = 0x22
  static let comma: UInt8 = 0x2c
}
