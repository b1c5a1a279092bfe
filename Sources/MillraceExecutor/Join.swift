import CMillrace
import MillracePrimitives
import Synchronization

/// Runs two closures, potentially in parallel, and returns both results.
///
/// ```swift
/// func fibonacci(_ n: Int) -> Int {
///   if n < 2 { return n }
///   let (a, b) = join({ fibonacci(n - 1) }, { fibonacci(n - 2) })
///   return a + b
/// }
/// ```
///
/// The calling worker runs `a` itself and leaves `b` where idle workers can take it. When nobody has by the time `a` is done, the caller runs `b` too;
/// such a fork costs about three nanoseconds more than calling both. While a thief still runs `b`, the caller helps
/// with what `b` has forked, and with nothing else. Both closures have ended when `join` returns, so they may borrow
/// from the caller; what they mutate is passed as parameters, see ``join(splitting:at:_:_:)``.
///
/// On a thread that is not a worker's, the pair runs on ``WorkStealingExecutor/shared`` and the caller waits.
///
/// - Throws: The error of `a`, or else that of `b`. The other closure's parallel work is then cancelled: it is not started, or stops at its next
///   grain. In a scope that has been cancelled, closures that can throw any error are not started, and `CancellationError` is thrown.
/// - Precondition: The worker's stack has room. Joins may nest 100,000 deep under the default ``WorkStealingExecutor/Configuration/stackSize``;
///   beyond that `join` traps with a message.
/// - Complexity: O(1), no allocation.
@inlinable @inline(__always)
public func join<A: Sendable, B: Sendable, E: Error>(
  _ a: @Sendable () throws(E) -> A, _ b: @Sendable () throws(E) -> B
) throws(E) -> (A, B) {
  guard let worker = unsafe Worker.withStack else { return try joinElsewhere(a, b) }
  return unsafe try worker.forkBoth({ (_) throws(E) in try a() }, { (_) throws(E) in try b() })
}

extension UnsafeMutablePointer where Pointee == Worker {
  /// Runs both, the second where it may be stolen. Each is given the worker that it runs on.
  @inlinable @inline(__always)
  func forkBoth<A, B, E: Error>(
    _ a: (WorkerPointer) throws(E) -> A, _ b: (WorkerPointer) throws(E) -> B
  ) throws(E) -> (A, B) {
    guard E.self == Never.self else { return unsafe try forkThrowing(a, b) }
    var resultOfB: B? = nil
    return unsafe _withUnprotectedUnsafeMutablePointer(to: &resultOfB) { place in
      let resultOfA = unsafe fork(
        job: { unsafe place.pointee = try! b(Worker.current.unsafelyUnwrapped) },
        meanwhile: { unsafe try! a(self) },
        unlessStolen: { unsafe place.pointee = try! b(self) })
      return (resultOfA, unsafe place.pointee.unsafelyUnwrapped)
    }
  }

  /// For closures that can throw: they share a scope, so that one's error stops the other.
  @inlinable
  func forkThrowing<A, B, E: Error>(
    _ a: (WorkerPointer) throws(E) -> A, _ b: (WorkerPointer) throws(E) -> B
  ) throws(E) -> (A, B) {
    unsafe openThrowingScope()
    defer { unsafe closeScope() }
    let scope = unsafe self.scope
    var resultOfB: Result<B, E>? = nil
    let resultOfA: Result<A, E> = unsafe _withUnprotectedUnsafeMutablePointer(to: &resultOfB) { place in
      unsafe fork(
        job: { unsafe place.pointee = Worker.current.unsafelyUnwrapped.runUnlessCancelled(scope, b) },
        meanwhile: { () -> Result<A, E> in unsafe runUnlessCancelled(scope, a) },
        unlessStolen: {
          if unsafe !ScopeRecord.isCancelledHere(scope) { unsafe place.pointee = runUnlessCancelled(scope, b) }
        })
    }
    switch (resultOfA, resultOfB) {
    case (.success(let a), .success(let b)?): return (a, b)
    case (.failure(let error), .failure(let other)?) where error is CancellationError: throw other
    case (.failure(let error), _): throw error
    case (_, .failure(let error)?): throw error
    case (.success, nil): fatalError("join: the second closure neither ran nor was cancelled")
    }
  }

  /// What to throw instead of starting work that has been cancelled, if an `E` can say so.
  @usableFromInline
  func cancellation<E: Error>(_: E.Type) -> E? {
    guard canBeCancelled(E.self), unsafe isCancelled else { return nil }
    return CancellationError() as? E
  }

  /// Runs `body`, unless it can throw any error and has been cancelled; an error cancels `scope`.
  @inlinable
  func runUnlessCancelled<R, E: Error>(
    _ scope: UnsafeMutablePointer<ScopeRecord>?, _ body: (WorkerPointer) throws(E) -> R
  ) -> Result<R, E> {
    do throws(E) {
      if let cancellation = unsafe cancellation(E.self) { throw cancellation }
      return .success(unsafe try body(self))
    } catch {
      unsafe ScopeRecord.cancel(scope)
      return .failure(error)
    }
  }
}

@usableFromInline
func joinElsewhere<A: Sendable, B: Sendable, E: Error>(
  _ a: @Sendable () throws(E) -> A, _ b: @Sendable () throws(E) -> B
) throws(E) -> (A, B) {
  try elsewhere { () throws(E) -> (A, B) in try join(a, b) }
}

/// Runs `body` where there is a worker, and room on its stack, the caller waiting: on the shared executor when the calling thread is no worker; on the
/// worker's own thread when a guest's stack is used up.
@usableFromInline
@inline(never)
package func elsewhere<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
  let place =
    unsafe Worker.current.map { unsafe Elsewhere.ownThread(of: $0) }
    ?? .worker(of: WorkStealingExecutor.shared.scheduler)
  return try place.result(of: body)!.get()
}

extension UnsafeMutablePointer where Pointee == Worker {
  /// The fork itself. `job` and `unlessStolen` do the same work: the first is what a thief calls through its two words, the
  /// second is called directly, and inlined, when there was none.
  @inlinable @inline(__always)
  func fork<R>(job: () -> Void, meanwhile: () -> R, unlessStolen: () -> Void) -> R {
    let parts = closureParts(job)
    let cell = unsafe share(function: parts.function, context: parts.context)
    let result = meanwhile()
    if unsafe pointee.forks.pop(cell, function: parts.function) || awaitStolen(cell) { unlessStolen() }
    return result
  }
}

// MARK: Three and four closures

/// Runs three closures, potentially in parallel. See ``join(_:_:)``.
@inlinable @inline(__always)
public func join<A: Sendable, B: Sendable, C: Sendable, E: Error>(
  _ a: @Sendable () throws(E) -> A, _ b: @Sendable () throws(E) -> B, _ c: @Sendable () throws(E) -> C
) throws(E) -> (A, B, C) {
  let (first, (second, third)) = try join(a, { () throws(E) -> (B, C) in try join(b, c) })
  return (first, second, third)
}

/// Runs four closures, potentially in parallel. See ``join(_:_:)``.
@inlinable @inline(__always)
public func join<A: Sendable, B: Sendable, C: Sendable, D: Sendable, E: Error>(
  _ a: @Sendable () throws(E) -> A, _ b: @Sendable () throws(E) -> B, _ c: @Sendable () throws(E) -> C,
  _ d: @Sendable () throws(E) -> D
) throws(E) -> (A, B, C, D) {
  let ((first, second), (third, fourth)) = try join(
    { () throws(E) -> (A, B) in try join(a, b) }, { () throws(E) -> (C, D) in try join(c, d) })
  return (first, second, third, fourth)
}
