import Synchronization

/// Asks work to stop. Share it with whoever may ask; pass it to ``WorkStealingExecutor/run(priority:cancellation:_:)`` or open a scope
/// under it with ``withCancellation(_:_:)``.
///
/// Work under a cancelled token sees it within one grain of a parallel loop and at every join *whose closures can throw any error*, or `CancellationError` itself; those throw
/// `CancellationError`.
/// Work that cannot throw runs to its end, because it could not say that it did not.
///
/// Any thread may cancel, any number of times.
public final class CancellationToken: Sendable {
  private let flag = Atomic<Bool>(false)

  public init() {}

  public func cancel() {
    // Relaxed: a request to stop; nothing travels with it.
    flag.store(true, ordering: .relaxed)
  }

  public var isCancelled: Bool {
    // Relaxed: see `cancel`.
    flag.load(ordering: .relaxed)
  }
}

/// Runs `body` so that fork-join work inside it, wherever it is stolen to, stops when `token` is cancelled.
///
/// On a thread that is not a worker's, `body` runs on ``WorkStealingExecutor/shared`` and the caller waits.
///
/// - Throws: what `body` throws; its parallel work throws `CancellationError` when cancelled.
/// - Complexity: O(1); the scope costs a few nanoseconds.
public func withCancellation<R: Sendable, E: Error>(
  _ token: CancellationToken, _ body: @Sendable () throws(E) -> R
) throws(E) -> R {
  guard let worker = unsafe Worker.withStack else {
    return try elsewhere { () throws(E) -> R in try withCancellation(token, body) }
  }
  unsafe worker.openScope(token: Unmanaged.passUnretained(token))
  defer {
    unsafe worker.closeScope()
    withExtendedLifetime(token) {}
  }
  return try body()
}
