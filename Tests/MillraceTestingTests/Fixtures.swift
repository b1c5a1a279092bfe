import Foundation
import MillraceTesting
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

struct Oops: Error {}

final class Log: Sendable {
  private let list = Mutex<[String]>([])
  var entries: [String] { list.withLock { $0 } }
  func add(_ entry: String) { list.withLock { $0.append(entry) } }
}

actor Diary {
  private(set) var entries: [String] = []
  func add(_ entry: String) { entries.append(entry) }
  var thread: ThreadID { ThreadID() }
}

actor PinnedDiary {
  private let executor: SimulatedSerialExecutor
  private(set) var entries: [String] = []

  nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

  init(on simulator: SimulatedExecutor) { executor = SimulatedSerialExecutor(on: simulator) }

  func add(_ entry: String) { entries.append(entry) }
  func addLater(_ entry: String) -> Task<Void, Never> { Task { add(entry) } }
}

struct ThreadID: Equatable, Sendable {
  private let bits: UInt

  init() {
    #if canImport(Glibc)
      bits = UInt(pthread_self())
    #else
      bits = unsafe UInt(bitPattern: pthread_self())
    #endif
  }
}

/// A wait that nobody ends.
enum Forever {
  private static let lost = Mutex<[CheckedContinuation<Void, Never>]>([])

  static func wait() async {
    await withCheckedContinuation { continuation in lost.withLock { $0.append(continuation) } }
  }
}

/// Runs a body on a thread of its own. A simulation that waits for a task that has left must not hold one of the few threads that this task could run on.
func onThread<T: Sendable>(_ body: @Sendable @escaping () throws -> T) async throws -> T {
  try await withCheckedThrowingContinuation { continuation in
    Foundation.Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
  }
}

/// Yields from another thread, and returns when that is done.
func resumeElsewhere(_ values: AsyncStream<Void>.Continuation) {
  let isDone = DispatchSemaphore(value: 0)
  Foundation.Thread.detachNewThread {
    values.yield()
    isDone.signal()
  }
  isDone.wait()
}
