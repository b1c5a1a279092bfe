import Foundation
import Synchronization

/// A folder of `Tests/Fixtures`, as a root for what reads the system's files.
func fixture(_ name: String, file: String = #filePath) -> String {
  URL(filePath: file).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures/\(name)").path
}

/// Runs `body` on a thread that nobody else uses, and waits for it.
func onNewThread<R: Sendable>(_ body: @escaping @Sendable () -> R) -> R {
  let outcome = Outcome<R>()
  let done = DispatchSemaphore(value: 0)
  Thread.detachNewThread {
    outcome.value.withLock { $0 = body() }
    done.signal()
  }
  done.wait()
  return outcome.value.withLock { $0! }
}

private final class Outcome<R: Sendable>: Sendable {
  let value = Mutex<R?>(nil)
}
