#if Workflow
  import Synchronization

  /// Parts done, by any thread, as a part of all.
  final class Share: Sendable {
    private let done = Mutex(0)

    func add(_ part: Int, of all: Int) -> Double {
      done.withLock { done in
        done += part
        return min(1, Double(done) / Double(max(1, all)))
      }
    }
  }
#endif
