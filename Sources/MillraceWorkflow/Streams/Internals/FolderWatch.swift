import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// Hears of files that are closed after writing, or moved into a folder, by Linux's inotify. Elsewhere it hears nothing, and the folder is looked through from time to time.
package final class FolderWatch: Sendable {
  /// Raised when something was heard.
  package let changed = ChangeSignal()
  /// nil: all files; else of those whose names begin so, and of everything that is written to them.
  private let prefix: String?
  private let heard = Mutex(Heard())
  /// Ends the thread when it is closed; -1: it is, or there is no thread.
  private let stopper: Mutex<Int32>

  package struct Heard {
    var closed: Set<String> = []
    /// False: some of what happened was not heard.
    var isComplete = true
  }

  /// What was heard since the last call.
  @discardableResult
  package func take() -> Heard {
    heard.withLock { heard in
      defer { heard = Heard() }
      return heard
    }
  }

  #if canImport(Glibc)
    /// - Parameter prefix: only files whose names begin so count, and whatever is written to them; nil: all files, when they are whole.
    package init(_ folder: String, prefix: String? = nil) {
      self.prefix = prefix
      let descriptor = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
      let mask = UInt32(IN_CLOSE_WRITE | IN_MOVED_TO) | (prefix == nil ? 0 : UInt32(IN_MODIFY | IN_CREATE))
      guard descriptor >= 0, unsafe inotify_add_watch(descriptor, folder, mask) >= 0 else {
        // No more of them for this user, or no such folder, of which looking through it will tell.
        if descriptor >= 0 { close(descriptor) }
        stopper = Mutex(-1)
        return
      }
      var ends: [Int32] = [-1, -1]
      guard unsafe pipe(&ends) == 0 else {
        close(descriptor)
        stopper = Mutex(-1)
        return
      }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      let stop = ends[0]
      stopper = Mutex(ends[1])
      let thread = Thread { [self] in listen(descriptor, stop) }
      thread.name = "millrace-folder"
      thread.start()
    }

    /// It hears nothing more. The thread closes what it has opened.
    package func stop() {
      stopper.withLock { stopper in
        guard stopper >= 0 else { return }
        close(stopper)
        stopper = -1
      }
    }

    private func listen(_ descriptor: Int32, _ stop: Int32) {
      defer {
        close(descriptor)
        close(stop)
      }
      var bytes = [UInt8](repeating: 0, count: 64 * 1024)
      while true {
        var polled = [
          pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
          pollfd(fd: stop, events: Int16(POLLIN), revents: 0),
        ]
        guard unsafe poll(&polled, 2, -1) >= 0 || errno == EINTR else { return }
        if polled[1].revents != 0 { return }
        let count = unsafe read(descriptor, &bytes, bytes.count)
        if count > 0 {
          if hear(bytes[..<count]) { changed.raise() }
        }
      }
    }

    /// As the kernel writes them: watch, mask, cookie, length (four bytes each), and a name of that length, filled up with zeros.
    ///
    /// - Returns: whether any of it matters.
    private func hear(_ bytes: ArraySlice<UInt8>) -> Bool {
      var rest = bytes
      var matters = false
      func word(_ offset: Int) -> UInt32 {
        (0..<4).reversed().reduce(0) { $0 << 8 | UInt32(rest[rest.startIndex + offset + $1]) }
      }
      while rest.count >= 16 {
        let (mask, length) = (word(4), Int(word(12)))
        let name = String(decoding: rest.dropFirst(16).prefix(length).prefix { $0 != 0 }, as: UTF8.self)
        let isMeant = prefix.map { name.hasPrefix($0) } ?? true
        matters = matters || isMeant || name.isEmpty
        heard.withLock { heard in
          // The queue was full, or the folder is gone.
          if mask & UInt32(IN_Q_OVERFLOW | IN_IGNORED) != 0 { heard.isComplete = false }
          if mask & UInt32(IN_CLOSE_WRITE | IN_MOVED_TO) != 0, !name.isEmpty, isMeant { heard.closed.insert(name) }
        }
        rest = rest.dropFirst(16 + length)
      }
      return matters
    }
  #else
    package init(_ folder: String, prefix: String? = nil) {
      self.prefix = prefix
      stopper = Mutex(-1)
    }

    package func stop() {}
  #endif
}
