#if NATS || Kafka
  import Foundation
  import Synchronization

  /// Calls of a library that block: one after the other, on a thread of their own, which is nobody's worker.
  final class BlockingCalls: Sendable {
    private final class Jobs: Sendable {
      private let waiting = Mutex<[(@Sendable () -> Void)?]>([])
      private let count = DispatchSemaphore(value: 0)

      /// - Parameter job: nil: it was the last.
      func add(_ job: (@Sendable () -> Void)?) {
        waiting.withLock { $0.append(job) }
        count.signal()
      }

      func next() -> (@Sendable () -> Void)? {
        count.wait()
        return waiting.withLock { $0.removeFirst() }
      }
    }

    private let jobs = Jobs()

    init() {
      let thread = Thread { [jobs] in while let job = jobs.next() { job() } }
      thread.name = "millrace-connector"
      thread.start()
    }

    deinit { jobs.add(nil) }

    func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
      try await withCheckedThrowingContinuation { continuation in
        jobs.add { continuation.resume(with: Swift.Result { try body() }) }
      }
    }
  }
#endif
