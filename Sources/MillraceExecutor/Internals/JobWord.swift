import CMillrace
import MillracePrimitives

/// One job in a ready queue: eight bytes, whose low bits tell what they point to.
///
/// | low bits | job | owned by |
/// |---|---|---|
/// | 0 | a Swift job (`UnownedJob`); 8: of the global executor | the Swift runtime |
/// | 1 | a ``SubmittedJob`` | the queue: one retain |
/// | 2 | a ``WaitedJob`` | the thread that waits for it |
/// | 3 | a ``SpawnQueue`` with a job to run | the queue: one retain |
/// | 4 more | the same, submitted while the executor was being profiled | |
struct JobWord {
  private(set) var bits: UInt

  init(bits: UInt) { self.bits = bits }

  init(_ job: UnownedJob) {
    // SAFETY: an `UnownedJob` is one pointer to a 16-byte aligned job; the runtime keeps it until it is run.
    bits = unsafe unsafeBitCast(job, to: UInt.self)
    precondition(bits & 15 == 0, "a Swift job is expected to be aligned to 16 bytes")
  }

  /// A Swift job of the global executor: it has no task executor.
  init(global job: UnownedJob) {
    self.init(job)
    isGlobal = true
  }

  init(_ job: SubmittedJob) { bits = unsafe UInt(bitPattern: Unmanaged.passRetained(job).toOpaque()) | 1 }
  init(_ job: UnsafeMutablePointer<WaitedJob>) { bits = UInt(bitPattern: job) | 2 }
  init(_ queue: SpawnQueue) { bits = unsafe UInt(bitPattern: Unmanaged.passRetained(queue).toOpaque()) | 3 }

  private var isGlobal: Bool {
    get { bits & 8 != 0 }
    set { bits = newValue ? bits | 8 : bits & ~8 }
  }

  /// Runs the job on a worker of `scheduler`. Once.
  func run(on worker: WorkerPointer, _ scheduler: Scheduler) {
    if isProfiled { return unsafe runProfiled(on: worker, scheduler) }
    unsafe worker.pointee.counters.jobsRun.bump()
    let pointer = unsafe UnsafeMutableRawPointer(bitPattern: bits & (bits & 7 == 0 ? ~15 : ~7))!
    switch bits & 7 {
    case 0:
      // SAFETY: the bits were made from an `UnownedJob` that nobody has run yet.
      let job = unsafe unsafeBitCast(pointer, to: UnownedJob.self)
      if isGlobal { job.runOnGlobalExecutor() } else { scheduler.runSwiftJob(job) }
    case 1:
      let job = unsafe Unmanaged<SubmittedJob>.fromOpaque(pointer).takeRetainedValue()
      unsafe worker.withScope(
        inheriting: nil, token: job.cancellation, task: job.task, deadline: job.deadline, job.body)
    case 2:
      let job = unsafe pointer.assumingMemoryBound(to: WaitedJob.self)
      unsafe worker.withScope(inheriting: nil, task: job.pointee.task, deadline: job.pointee.deadline) {
        unsafe job.pointee.call()
      }
      unsafe job.pointee.done.unpark()
    default:
      let queue = unsafe Unmanaged<SpawnQueue>.fromOpaque(pointer).takeRetainedValue()
      unsafe queue.runOne(on: worker)
    }
  }
}

/// A closure submitted from anywhere.
@safe
final class SubmittedJob: Sendable {
  let body: @Sendable () -> Void
  let cancellation: CancellationToken?
  /// The Swift task that waits for it: alive until `body` resumes it. Afterwards, nobody asks.
  let task: LiveTask
  /// Of the code that waits, in nanoseconds; 0: none.
  let deadline: UInt64

  init(
    cancellation: CancellationToken? = nil, task: LiveTask = .none, deadline: UInt64 = 0,
    _ body: @escaping @Sendable () -> Void
  ) {
    self.body = body
    self.cancellation = cancellation
    self.task = task
    self.deadline = deadline
  }
}

/// A closure whose submitter blocks until it is done, so that it may borrow.
@safe
struct WaitedJob: ~Copyable {
  let function: UInt
  let context: UInt
  /// The Swift task that waits, if one does.
  let task: LiveTask
  /// Of the code that waits, in nanoseconds; 0: none.
  let deadline: UInt64
  let done = Parker()

  func call() { unsafe millrace_closure_call(function, UnsafeMutableRawPointer(bitPattern: context)) }
}
