import Foundation
import Millrace
import MillracePrimitives

/// Takes a session's events out, every 10 ms, on a thread of its own, and ends the session there. What it allocates is in an arena of its own, where there are arenas.
final class Collector: Sendable {
  struct Collected {
    var recording = ProfileRecording()
    /// The most bytes that the program had in use at one of the looks.
    var allocatedMax: Int?
  }

  private let session: ProfileSession
  private let isOver = DispatchSemaphore(value: 0)
  private let hasEnded = DispatchSemaphore(value: 0)
  // SAFETY: written by the thread until it signals `hasEnded`, then read by whoever has waited for that.
  private nonisolated(unsafe) var collected = Collected()

  init(_ session: ProfileSession, _ observer: ObserverArena?) {
    self.session = session
    Thread.detachNewThread { [self] in
      observer?.useOnThisThread()
      var isLast: Bool
      repeat {
        isLast = isOver.wait(timeout: .now() + .milliseconds(10)) == .success
        if let observer {
          unsafe collected.allocatedMax = max(collected.allocatedMax ?? 0, observer.allocatedElsewhere)
        }
        unsafe collected.recording.append(isLast ? session.stop() : session.drain())
      } while !isLast
      hasEnded.signal()
    }
  }

  func finish() -> Collected {
    isOver.signal()
    hasEnded.wait()
    return unsafe collected
  }
}
