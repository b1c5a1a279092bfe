import CMillrace
import MillracePrimitives
import Synchronization

/// Worker threads that run fork-join work, submitted closures and Swift tasks, taking work from each other when they have none.
///
/// ```swift
/// let sum = try await WorkStealingExecutor.shared.run {
///   Parallel.reduce(0..<1_000_000, identity: 0, { $0 }, combine: +)
/// }
/// ```
///
/// Most programs use ``shared``. Make one of your own to give work its own threads, and end it with ``shutdown()``, or use
/// ``withWorkStealingExecutor(_:isolation:_:)``, which does so.
///
/// - Synchronous work (``join(_:_:)``, ``Parallel``) goes to the workers by ``run(priority:cancellation:_:)`` or ``runBlocking(_:)``.
/// - Swift tasks run here under `withTaskExecutorPreference(_:)` or `Task(executorPreference:)`, and actors on ``SerialWorkStealingExecutor``.
///
/// Any thread may call anything. An idle executor uses no CPU; while some worker runs, one that sleeps looks around every 0.1 to 1 ms. An executor that goes away without a shutdown runs what it has, and its
/// threads then end by themselves.
public final class WorkStealingExecutor: TaskExecutor, Sendable {
  @usableFromInline let scheduler: Scheduler
  private let isShared: Bool

  /// The process-wide executor, with a worker for each CPU that the process may use. Starts on first use and is never shut down.
  public static let shared = WorkStealingExecutor(Configuration(), isShared: true)

  /// Starts the workers.
  ///
  /// - Precondition: The system grants the threads.
  public convenience init(_ configuration: Configuration = Configuration()) {
    self.init(configuration, isShared: false)
  }

  private init(_ configuration: Configuration, isShared: Bool) {
    scheduler = Scheduler(configuration)
    self.isShared = isShared
    // Relaxed: published with the first job.
    unsafe scheduler.executorAddress.store(
      UInt(bitPattern: Unmanaged.passUnretained(self).toOpaque()), ordering: .relaxed)
    do throws(ExecutorError) {
      try scheduler.adjust { _ in }
    } catch {
      fatalError("\(error)")
    }
  }

  deinit {
    scheduler.detach()
  }

  /// How it was set up.
  public var configuration: Configuration { scheduler.configuration }

  // MARK: Running closures

  /// Runs synchronous work on a worker and returns its result.
  ///
  /// When the calling task already runs on a worker of this executor, the work is called at once, in place.
  ///
  /// - Parameters:
  ///   - priority: high overtakes; low waits, but for a bounded number of jobs. Says nothing for work that is called in place.
  ///   - cancellation: stops the work's parallel loops and joins when it is cancelled, as does cancelling the calling task.
  /// - Throws: ``ExecutorError/Code/shutDown`` (the work has not run), or what `body` throws.
  /// - Complexity: two allocations and one wake-up at most.
  public func run<R: Sendable>(
    priority: TaskPriority = .medium, cancellation: CancellationToken? = nil, _ body: @escaping @Sendable () throws -> R
  ) async throws -> R {
    if unsafe Worker.current?.schedulerReference === scheduler {
      guard let cancellation else { return try body() }
      return try withCancellation(cancellation, body)
    }
    let task = LiveTask.current
    let deadline = Deadline.current?.nanoseconds ?? 0
    return unsafe try await withUnsafeThrowingContinuation { continuation in
      let isTaken = scheduler.submit(
        {
          JobWord(
            SubmittedJob(cancellation: cancellation, task: task, deadline: deadline) {
              unsafe continuation.resume(with: Result { try body() })
            })
        }, JobUrgency(priority))
      if !isTaken { unsafe continuation.resume(throwing: ExecutorError.shutDown(configuration.name)) }
    }
  }

  /// Runs synchronous work as a worker, and returns its result.
  ///
  /// When a worker is parked, the calling thread is that worker for as long as `body` runs: nobody is woken. When all are busy, one of them runs `body` and the
  /// calling thread sleeps. So `body` may run on the calling thread's stack; joins and loops in it that need more go on on a worker's.
  ///
  /// For `main` and threads of your own. In `async` code use ``run(priority:cancellation:_:)``: this would hold a thread of
  /// the task's executor. On a worker of this executor the work is called at once, in place.
  ///
  /// - Throws: ``ExecutorError/Code/shutDown`` (the work has not run), or what `body` throws.
  /// - Complexity: under a microsecond when a worker is parked; else one allocation and two wake-ups.
  @inlinable
  public func runBlocking<R: Sendable>(_ body: @Sendable () throws -> R) throws -> R {
    if isCallerWorker { return try body() }
    // Here, and not behind a call, the types are known: looking them up takes longer than all else.
    var result: Result<R, any Error>? = nil
    try unsafe withUnsafeMutablePointer(to: &result) { place in
      try callAsWorker {
        do {
          unsafe place.pointee = .success(try body())
        } catch {
          unsafe place.pointee = .failure(error)
        }
      }
    }
    return try result!.get()
  }

  @usableFromInline
  var isCallerWorker: Bool { unsafe Worker.current?.schedulerReference === scheduler }

  @usableFromInline
  func callAsWorker(_ body: () -> Void) throws(ExecutorError) {
    if !Elsewhere.worker(of: scheduler).call(body) { throw .shutDown(configuration.name) }
  }

  /// Hands a closure in, to be run some time, and does not wait.
  ///
  /// - Throws: ``ExecutorError/Code/shutDown``; `body` is then released and never runs.
  /// - Complexity: one allocation beside the closure's own; wakes a sleeping worker if none is looking for work.
  public func submit(
    priority: TaskPriority = .medium, _ body: @escaping @Sendable () -> Void
  ) throws(ExecutorError) {
    if !scheduler.submit({ JobWord(SubmittedJob(body)) }, JobUrgency(priority)) {
      throw .shutDown(configuration.name)
    }
  }

  // MARK: Its size and its end

  /// Changes the number of workers, while work goes on. Those above the number hand over what they have queued when their present job ends, and rest.
  ///
  /// - Throws: ``ExecutorError/Code/threadRefused``; the workers that could be started work. ``ExecutorError/Code/shutDown``; nothing has changed.
  public func resize(workerCount: Int) throws(ExecutorError) {
    Configuration.check(workerCount)
    if scheduler.isClosed { throw .shutDown(configuration.name) }
    try scheduler.adjust { $0.resize(to: workerCount) }
  }

  /// How many workers there are to be, those that stand in for blocked ones not counted.
  public var workerCount: Int { scheduler.lifecycle.withLock { $0.workerCount } }

  /// Refuses new work from outside, runs all that was accepted and what that submits, and ends the threads. May be called any number of times.
  ///
  /// A suspended task that wakes up after this continues on the global concurrent executor.
  ///
  /// - Precondition: Not ``shared``.
  public func shutdown() async {
    beginShutdown()
    await withCheckedContinuation { continuation in
      let isOver = scheduler.lifecycle.withLock { state in
        if state.live > 0 { state.waiters.append(continuation) }
        return state.live == 0
      }
      if isOver { continuation.resume() }
    }
    scheduler.join()
  }

  /// ``shutdown()`` for synchronous code: the calling thread sleeps until the threads have ended.
  ///
  /// - Precondition: Not ``shared``, and not called on one of its workers, which would wait for itself.
  public func shutdownBlocking() {
    precondition(
      unsafe Worker.current?.schedulerReference !== scheduler,
      "shutdownBlocking() was called on a worker of the executor that it is to end; call it from another thread, or await shutdown()"
    )
    beginShutdown()
    scheduler.join()
  }

  private func beginShutdown() {
    precondition(
      !isShared,
      "WorkStealingExecutor.shared lives as long as the process and cannot be shut down; make an executor of your own")
    precondition(
      !scheduler.isKeptOpen,
      "an executor that was installed as the global one lives as long as the process and cannot be shut down")
    scheduler.closeAndWake()
  }
}

/// Makes an executor, runs `body` with it, then runs all that was submitted and ends the threads.
///
/// ```swift
/// let rows = try await withWorkStealingExecutor(.init(workerCount: 4)) { executor in
///   try await executor.run { parse(file) }
/// }
/// ```
///
/// - Throws: What `body` throws, after the executor has ended.
public func withWorkStealingExecutor<R>(
  _ configuration: WorkStealingExecutor.Configuration = .init(),
  isolation: isolated (any Actor)? = #isolation,
  _ body: (WorkStealingExecutor) async throws -> R
) async rethrows -> R {
  let executor = WorkStealingExecutor(configuration)
  do {
    let result = try await body(executor)
    await executor.shutdown()
    return result
  } catch {
    await executor.shutdown()
    throw error
  }
}
