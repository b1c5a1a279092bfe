import Millrace

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Elements between two pages that nobody may touch: a read or a write beyond either end ends the process.
///
/// `slack` bytes stay free after the last element, and before it lie as many as fill the page: so one of both ends is near its guard for each of two placements.
@safe
struct Guarded<Element: BitwiseCopyable>: ~Copyable {
  let elements: UnsafeMutableBufferPointer<Element>
  private let pages: UnsafeMutableRawPointer
  private let bytes: Int

  enum End { case first, last }

  /// - Parameters:
  ///   - end: which of the elements lies at a guard.
  ///   - slack: bytes between it and the guard.
  init(_ count: Int, _ end: End, slack: Int = 0) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let size = count * MemoryLayout<Element>.stride
    let room = max(page, (size + slack + page - 1) / page * page)
    bytes = room + 2 * page
    unsafe pages = mmap(nil, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    precondition(unsafe pages != MAP_FAILED)
    let usable = unsafe pages + page
    precondition(unsafe mprotect(usable, room, PROT_READ | PROT_WRITE) == 0)
    let first = unsafe end == .first ? usable + slack : usable + room - slack - size
    // Memory that is not aligned for the elements is bound as it is: kernels take any address, and tests go through bytes.
    unsafe elements = UnsafeMutableBufferPointer(
      start: first.assumingMemoryBound(to: Element.self), count: count)
  }

  init(copying source: [Element], _ end: End, slack: Int = 0) {
    self.init(source.count, end, slack: slack)
    unsafe source.withUnsafeBytes { unsafe UnsafeMutableRawBufferPointer(elements).copyMemory(from: $0) }
  }

  deinit { unsafe munmap(pages, bytes) }

  var array: [Element] { unsafe Array(elements) }
}
