import Synchronization

/// Numbers moments, so that it can be told which of two was first.
final class LookCounter: Sendable {
  /// Under a lock, so that whoever gets a number sees all that was done before a smaller one was given.
  private let last = Mutex(0)

  /// This moment. Greater than all that were told before.
  func next() -> Int {
    last.withLock { last in
      last += 1
      return last
    }
  }
}
