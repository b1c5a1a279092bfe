import CMillrace
import MillracePrimitives
import Synchronization

/// Work that any number of workers may take part in, each for as long as it finds something to do: a task graph's run.
///
/// Whoever takes part and has more than it can do asks for help, which costs a load when nobody sleeps.
package protocol SharedWork: AnyObject, Sendable {
  /// Called on a worker that had nothing else to do. May find nothing, or the work ended.
  func takePart(_ worker: CurrentWorker)
}

/// Asks workers to take part in some work, any number of times, without an allocation.
///
/// The work owns it, and it keeps the work alive only while it waits for a worker.
@safe
package struct Invitation: Sendable {
  private let job: SubmittedJob
  // SAFETY: the work owns the invitation, so it exists when somebody is invited; each job that waits has a retain of its own.
  private nonisolated(unsafe) let work: Unmanaged<AnyObject>

  package init<Work: SharedWork>(to work: Work) {
    let reference = unsafe Reference(work: Unmanaged.passUnretained(work))
    unsafe self.work = Unmanaged.passUnretained(work)
    job = SubmittedJob {
      unsafe reference.work.takeRetainedValue().takePart(CurrentWorker(Worker.current!))
    }
  }

  @safe
  private struct Reference<Work: SharedWork>: @unchecked Sendable {  // SAFETY: as `Invitation.work`.
    let work: Unmanaged<Work>
  }

  /// For a queue, whose jobs are run once each.
  fileprivate func word() -> JobWord {
    _ = unsafe work.retain()
    return JobWord(job)
  }
}

/// The worker that the calling thread is, for modules above. Not to be kept beyond the call.
@safe
package struct CurrentWorker: Sendable {
  // SAFETY: a worker lives as long as its executor's threads; its fields are made for sharing.
  @usableFromInline nonisolated(unsafe) let pointer: WorkerPointer

  @inline(__always)
  init(_ pointer: WorkerPointer) { unsafe self.pointer = pointer }

  /// Nil: the thread is no worker, or its stack is nearly used up.
  package static var withStack: CurrentWorker? { unsafe Worker.withStack.map { unsafe CurrentWorker($0) } }

  /// Where a run that waits in this code is to look whether it has been cancelled: good until the code that is running now returns.
  package var scope: OpenScope { unsafe OpenScope(record: pointer.scope) }

  /// Opens a scope that remembers the Swift task that runs now, and its deadline, for those who take part elsewhere.
  package func openScope() { unsafe pointer.openScope(token: nil) }

  /// Closes the innermost scope.
  package func closeScope() { unsafe pointer.closeScope() }

  /// Its number in its executor.
  package var index: Int { unsafe pointer.pointee.index }

  /// Whose worker it is.
  package var executorIdentity: ExecutorIdentity {
    unsafe ExecutorIdentity(address: UInt(bitPattern: pointer.pointee.scheduler.toOpaque()))
  }

  /// Somebody sleeps and nobody searches.
  @inline(__always)
  package var isHelpAsleep: Bool {
    // Relaxed: looked at again soon.
    Sleepers.wantsWake(unsafe pointer.pointee.sleepers.pointee.word.load(ordering: .relaxed))
  }

  /// The executor has other workers.
  package var hasColleagues: Bool { unsafe pointer.schedulerReference.workersCreated > 1 }

  /// The code that runs now has been cancelled. O(nesting).
  package var isCancelled: Bool { unsafe pointer.isCancelled }

  /// The executor is being profiled.
  @inline(__always)
  package var isProfiled: Bool { unsafe pointer.isProfiled }

  /// Runs `body`, that of a graph's node, and tells the profile of it.
  package func profilingNode<R>(_ name: ProfileName, _ body: () throws -> R) rethrows -> R {
    try unsafe pointer.profilingNode(name, body)
  }

  /// How long a worker looks for something to do before it sleeps, in ticks.
  package var spinTicks: UInt64 { unsafe pointer.schedulerReference.spinTicks }

  /// Lets `body` run under `scope`, which may be of another worker and must be open, and under `token` and `deadline`.
  package func withScope(_ scope: OpenScope, token: CancellationToken, deadline: Deadline?, _ body: () -> Void) {
    unsafe pointer.withScope(
      inheriting: scope.record, token: token, deadline: deadline?.nanoseconds ?? 0, body)
  }

  /// Asks a worker that sleeps to take part.
  package func invite(_ invitation: Invitation) {
    let scheduler = unsafe pointer.schedulerReference
    _ = scheduler.submit({ invitation.word() }, .medium)
    // Also when the invitation is the only job that waits here: the caller goes on with the work, and does not take it.
    scheduler.jobWasQueued()
  }

  /// Sleeps until `parker` has a token.
  package func wait(for parker: borrowing Parker) {
    unsafe pointer.countingWait(.scope) { parker.park() }
  }

  /// Sleeps until `parker` has a token, while another worker takes this one's place. Calls `look` every few milliseconds.
  package func waitBlocking(for parker: borrowing Parker, _ look: () -> Void) {
    unsafe pointer.countingWait(.scope) {
      blocking { while !parker.park(nanoseconds: 5_000_000) { look() } }
    }
  }

  /// The calling thread is `worker`.
  package static func isCurrent(_ worker: CurrentWorker) -> Bool { unsafe Worker.current == worker.pointer }
}

/// Tells executors apart; says nothing about an executor that is gone.
package struct ExecutorIdentity: Equatable, Sendable {
  package let address: UInt
}

/// A scope that code runs under, or none.
// SAFETY: whoever hands it on keeps the code running that opened it.
@safe
package struct OpenScope: @unchecked Sendable {
  let record: UnsafeMutablePointer<ScopeRecord>?

  package static var none: OpenScope { unsafe OpenScope(record: nil) }
}

extension WorkStealingExecutor {
  package var identity: ExecutorIdentity {
    unsafe ExecutorIdentity(address: UInt(bitPattern: Unmanaged.passUnretained(scheduler).toOpaque()))
  }

  /// Has a worker call `body`, soon. Throws when the executor has been shut down.
  package func submit(onWorker body: @escaping @Sendable (CurrentWorker) -> Void) throws(ExecutorError) {
    let isTaken = scheduler.submit(
      { JobWord(SubmittedJob { unsafe body(CurrentWorker(Worker.current!)) }) }, .medium)
    if !isTaken { throw .shutDown(configuration.name) }
  }

  /// Has a worker take part, soon. Throws when the executor has been shut down.
  package func submit(_ invitation: Invitation) throws(ExecutorError) {
    if !scheduler.submit({ invitation.word() }, .medium) { throw .shutDown(configuration.name) }
  }

  /// The executor of the calling thread's worker, if it still exists.
  package static var current: WorkStealingExecutor? {
    guard let worker = unsafe Worker.current else { return nil }
    // Relaxed: set before the first job.
    let address = unsafe worker.schedulerReference.executorAddress.load(ordering: .relaxed)
    guard let pointer = unsafe UnsafeRawPointer(bitPattern: address) else { return nil }
    return unsafe Unmanaged<WorkStealingExecutor>.fromOpaque(pointer).takeUnretainedValue()
  }
}

extension DeadlineExceeded {
  /// For work that was stopped because its time was over.
  package static var justNow: DeadlineExceeded { DeadlineExceeded(deadline: .now) }
}

/// Calls a closure when some time has passed, on the timekeeper's thread: something short.
package struct Delay: Sendable {
  private let timer: Timer

  package init(_ duration: Duration, _ body: @escaping @Sendable () -> Void) {
    timer = Timer(after: duration.wholeNanosecondsAhead, .call(body))
  }

  /// True: it will not be called. Any thread, any number of times.
  package func cancel() -> Bool { timer.cancel() }
}
