import MillracePrimitives
import Synchronization

/// Runs an actor's jobs one at a time on the workers of a ``WorkStealingExecutor``.
///
/// ```swift
/// actor Ledger {
///   let executor = SerialWorkStealingExecutor(on: .shared)
///   nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
/// }
/// ```
///
/// Actors without one run on the workers, too, while a task that prefers the executor calls them; this pins an actor to them whoever calls.
/// After the executor's shutdown the jobs go on, still one at a time, on the global concurrent executor.
public final class SerialWorkStealingExecutor: SerialExecutor, Sendable {
  private let executor: WorkStealingExecutor
  private let jobs = Injector()
  /// Jobs that were queued and have not ended. Whoever makes it 1 starts a drain, and the drain ends when it is 0.
  private let pending = Atomic<Int>(0)

  /// How many jobs one drain runs before other work gets its turn.
  private static let batch = 64

  public init(on executor: WorkStealingExecutor) { self.executor = executor }

  public func enqueue(_ job: consuming ExecutorJob) {
    let urgency = JobUrgency(job.priority)
    jobs.push(unsafe unsafeBitCast(UnownedJob(job), to: UInt.self))
    // A1: pairs with the drain that ends; the queued job travels.
    if pending.wrappingAdd(1, ordering: .acquiringAndReleasing).oldValue == 0 { scheduleDrain(urgency) }
  }

  private func scheduleDrain(_ urgency: JobUrgency) {
    if !executor.scheduler.submit({ JobWord(SubmittedJob { self.drain(urgency) }) }, urgency) {
      Task.detached { self.drain(urgency) }
    }
  }

  private func drain(_ urgency: JobUrgency) {
    var done = 0
    // An actor's code is asynchronous: it runs under no fork-join scope, not even that of this job.
    let worker = unsafe Worker.current
    let scope = unsafe worker?.scope
    unsafe worker?.scope = nil
    defer { unsafe worker?.scope = scope }
    while done < Self.batch, let bits = jobs.pop() {
      // SAFETY: the bits were made from an `UnownedJob`, and only the one drain takes them.
      let job = unsafe unsafeBitCast(bits, to: UnownedJob.self)
      unsafe job.runSynchronously(on: asUnownedSerialExecutor())
      done += 1
    }
    // A1: pairs with `enqueue`: its job is seen by the drain that it starts.
    if pending.wrappingSubtract(done, ordering: .acquiringAndReleasing).newValue > 0 { scheduleDrain(urgency) }
  }
}
