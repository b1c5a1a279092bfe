import MillracePrimitives

/// Runs synchronous work that is to be done by `deadline`, and cancels it when it is not.
///
/// ```swift
/// let best = try withDeadline(.now + .milliseconds(20)) {
///   try Parallel.reduce(moves, identity: .none, { try evaluate($0) }, combine: max)
/// }
/// ```
///
/// When the deadline passes, joins and loops inside `body` that can throw any error stop, within one grain, wherever they have been stolen to. Nothing is abandoned: this returns
/// or throws when all of it has ended, so it may borrow. Work that never looks (a plain loop) can ask ``Deadline/current``.
///
/// On a thread that is not a worker's, `body` runs on ``WorkStealingExecutor/shared`` and the caller waits.
///
/// - Parameters:
///   - deadline: an earlier one of the surroundings holds on.
///   - tolerance: how much later the cancellation may come.
/// - Returns: what `body` returns, even if that is late.
/// - Throws: ``DeadlineExceeded`` when the deadline passed and `body` threw `CancellationError`, or when it had passed before (`body` has not run then); else what `body` throws.
/// - Complexity: O(1), one allocation, one clock read.
@_disfavoredOverload
public func withDeadline<R: Sendable>(
  _ deadline: Deadline, tolerance: Duration = .zero, _ body: @Sendable () throws -> R
) throws -> R {
  try run(by: deadline, now: .now, tolerance, body)
}

private func run<R: Sendable>(
  by deadline: Deadline, now: Deadline, _ tolerance: Duration, _ body: @Sendable () throws -> R
) throws -> R {
  guard let worker = unsafe Worker.withStack else {
    return try elsewhere { () throws(any Error) -> R in try run(by: deadline, now: now, tolerance, body) }
  }
  // Also when that of the surroundings is earlier: a task that was started under it may have outlived what enforces it.
  let deadline = min(deadline, Deadline.current ?? deadline)
  if deadline <= now { throw DeadlineExceeded(deadline: deadline) }
  let token = CancellationToken()
  let timer = Timer(at: deadline.nanoseconds, tolerance: tolerance.wholeNanosecondsAhead, .cancel(token))
  defer { timer.cancel() }
  unsafe worker.openScope(token: Unmanaged.passUnretained(token), deadline: deadline.nanoseconds)
  defer {
    unsafe worker.closeScope()
    withExtendedLifetime(token) {}
  }
  do {
    return try body()
  } catch is CancellationError where token.isCancelled || deadline.hasPassed {
    // What has a timer of its own for the same deadline may be the first to stop.
    throw DeadlineExceeded(deadline: deadline)
  }
}

/// ``withDeadline(_:tolerance:_:)-(_,_,()->R)``, a duration from now.
@_disfavoredOverload
public func withTimeout<R: Sendable>(
  _ timeout: Duration, tolerance: Duration = .zero, _ body: @Sendable () throws -> R
) throws -> R {
  let now = Deadline.now
  return try run(by: now + timeout, now: now, tolerance, body)
}

/// Runs asynchronous work that is to be done by `deadline`, and cancels it when it is not.
///
/// ```swift
/// let page = try await withDeadline(.now + .seconds(2)) { try await fetch(url) }
/// ```
///
/// `body` runs in a child task, which is cancelled when the deadline passes; the calling task never is. This returns when the child has ended: what does not react to its cancellation is
/// waited for.
///
/// - Parameters:
///   - deadline: an earlier one of the surroundings holds on.
///   - tolerance: how much later the cancellation may come.
/// - Returns: what `body` returns, even if that is late.
/// - Throws: ``DeadlineExceeded`` when the deadline passed and `body` threw `CancellationError`, or when it had passed before (`body` has not run then); else what `body` throws.
///   A task that is cancelled from outside gets the `CancellationError` of its body, unless the deadline passes as well before the body has ended.
/// - Complexity: a child task and a timer.
public func withDeadline<R: Sendable>(
  _ deadline: Deadline, tolerance: Duration = .zero, _ body: @escaping @Sendable () async throws -> R
) async throws -> R {
  let deadline = min(deadline, Deadline.current ?? deadline)
  if deadline.hasPassed { throw DeadlineExceeded(deadline: deadline) }
  async let result = limit(by: deadline, tolerance, body)
  return try await result
}

/// ``withDeadline(_:tolerance:_:)-(_,_,()async->R)``, a duration from now.
public func withTimeout<R: Sendable>(
  _ timeout: Duration, tolerance: Duration = .zero, _ body: @escaping @Sendable () async throws -> R
) async throws -> R {
  try await withDeadline(.now + timeout, tolerance: tolerance, body)
}

/// Runs the rest of the calling task, which is to be done by `deadline`: when that passes, the calling task is cancelled, and stays so.
///
/// ```swift
/// let fetching = Task {
///   try await withTaskDeadline(.now + .seconds(2)) { try await fetch(url) }
/// }
/// ```
///
/// For tasks that were made for this work and do nothing else that matters. In all others use ``withDeadline(_:tolerance:_:)-(_,_,()async->R)``, whose child task costs a kilobyte or more and leaves the caller as it is.
///
/// - Parameters:
///   - deadline: an earlier one of the surroundings holds on.
///   - tolerance: how much later the cancellation may come.
/// - Returns: what `body` returns, even if that is late.
/// - Throws: ``DeadlineExceeded`` when the deadline passed and `body` threw `CancellationError`, or when it had passed before (`body` has not run then, and the task is not cancelled); else what `body` throws.
/// - Complexity: a timer, and some hundred bytes of the task's memory while it waits.
public func withTaskDeadline<R>(
  _ deadline: Deadline, tolerance: Duration = .zero, _ body: () async throws -> R,
  isolation: isolated (any Actor)? = #isolation
) async throws -> R {
  let deadline = min(deadline, Deadline.current ?? deadline)
  if deadline.hasPassed { throw DeadlineExceeded(deadline: deadline) }
  return try await limit(by: deadline, tolerance, body)
}

/// Runs `body`, and cancels the calling task when the deadline passes meanwhile; at once, if it has.
@inline(__always)
private func limit<R>(
  by deadline: Deadline, _ tolerance: Duration, _ body: () async throws -> R,
  isolation: isolated (any Actor)? = #isolation
) async throws -> R {
  let task = DeadlineTask()
  let timer = Timer(at: deadline.nanoseconds, tolerance: tolerance.wholeNanosecondsAhead, .cancelTask(task))
  defer { timer.cancel() }
  do {
    defer { task.end() }
    return try await InheritedDeadline.$value.withValue(deadline, operation: body)
  } catch is CancellationError where task.isLate || deadline.hasPassed {
    // As in the other: a task within may have had a timer of its own.
    throw DeadlineExceeded(deadline: deadline)
  }
}
