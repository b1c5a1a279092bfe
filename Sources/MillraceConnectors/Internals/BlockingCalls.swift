#if NATS || Kafka
  import Foundation

  /// Calls of a library that block: one after the other, on a thread that is nobody's worker.
  final class BlockingCalls: Sendable {
    private let queue = OperationQueue()

    init() { queue.maxConcurrentOperationCount = 1 }

    func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
      try await withCheckedThrowingContinuation { continuation in
        queue.addOperation { continuation.resume(with: Swift.Result { try body() }) }
      }
    }
  }
#endif
