#if Workflow
  import Foundation
  import Synchronization

  /// SIGINT and SIGTERM: the first is told to who waits for it, the second ends the process at once. Nothing is lost by either: what is acknowledged is stored.
  final class Interruption: Sendable {
    private let signals: AsyncStream<Int32>

    /// From now on these signals end the process no more by themselves. Once in a process.
    init() {
      let (signals, continuation) = AsyncStream.makeStream(of: Int32.self)
      self.signals = signals
      var ends: [Int32] = [-1, -1]
      precondition(unsafe pipe(&ends) == 0, "no pipe for signals: \(unsafe String(cString: strerror(errno)))")
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      // Relaxed: it is stored before the handler is there.
      writingEnd.store(ends[1], ordering: .relaxed)
      for number in [SIGINT, SIGTERM] {
        _ = signal(number) { number in
          let saved = errno
          var byte = UInt8(truncatingIfNeeded: number)
          // Relaxed: nothing travels with it but itself.
          _ = unsafe write(writingEnd.load(ordering: .relaxed), &byte, 1)
          errno = saved
        }
      }
      let readingEnd = ends[0]
      Thread.detachNewThread {
        var byte: UInt8 = 0
        var isSecond = false
        while true {
          let count = unsafe read(readingEnd, &byte, 1)
          if count < 0, errno == EINTR { continue }
          guard count == 1 else { return }
          if isSecond { _exit(128 + Int32(byte)) }
          isSecond = true
          continuation.yield(Int32(byte))
        }
      }
    }

    /// Waits for the first signal; nil when the surrounding task is cancelled. Asked once at a time.
    func next() async -> Int32? {
      var iterator = signals.makeAsyncIterator()
      return await iterator.next()
    }
  }

  /// Of the pipe by which the handler tells of a signal: the little that a handler may do.
  private let writingEnd = Atomic<Int32>(-1)
#endif
