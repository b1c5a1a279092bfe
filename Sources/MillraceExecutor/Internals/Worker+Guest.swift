import CMillrace
import MillracePrimitives
import Synchronization

/// A thread from outside that is a parked worker for as long as its closure runs, so that `runBlocking`, or a `join` off the workers, wakes nobody and waits for nobody.
///
/// | who | does |
/// |---|---|
/// | guest | takes a parked worker off the list (S2), runs its closure as that worker, on its own stack |
/// | guest whose stack is nearly used up, at a `join` or a loop | leaves the work in ``call``, gives the worker's thread its token (P1), sleeps |
/// | the worker's own thread | sleeps all the while; with a token and a call there, runs the call on its own, large stack, then wakes the guest (P1) and parks again |
/// | guest, at the end | puts the worker back on the list (S2), fence and last look (S1), as a worker does that parks |
///
/// One thread is the worker at any time: the guest while it runs, the worker's own thread while the guest waits for its call. The worker's state travels between them with the list's word or
/// with a token. While it is off the list nobody else has the right to the worker's token, so a token that comes with a call in place is the guest's.
///
/// Rejected: a worker of its own for each guest (more threads at work than configured); waiting for a worker that is woken (twice a wake-up, 5 to 50 µs); running on the parked
/// thread's stack (a signal there would overwrite it).
@safe
struct Guest: ~Copyable {
  /// Address of the ``WaitedJob`` that the guest wants to be run on the worker's own thread, or 0.
  fileprivate let call = Atomic<UInt>(0)
  /// The stack limit of the worker's own thread while a guest is the worker, else 0.
  fileprivate let ownStackLimit = Atomic<UInt>(0)

  /// The token that the worker's own thread has just taken came from the guest.
  var isCalling: Bool {
    // Relaxed: the token (P1) orders it.
    call.load(ordering: .relaxed) != 0
  }

  /// What the system, the runtime and the user's own calls need below a join, in bytes.
  static let stackReserve = 512 << 10
  /// Threads with less stack than this left, above the reserve, are no guests.
  private static let leastStack: UInt = 512 << 10

  /// Below this address a guest's joins go to the worker's own thread. Nil: the calling thread cannot be a guest.
  fileprivate static var stackLimit: UInt? {
    let (limit, overflow) = millrace_stack_low().addingReportingOverflow(UInt(stackReserve))
    return overflow || millrace_frame_address() < limit + leastStack ? nil : limit
  }
}

extension Scheduler {
  /// Runs `body` on the calling thread as a parked worker. Nil: there is none, or the thread is a worker already; `body` has not run. False: closed.
  func runAsGuest(_ body: () -> Void) -> Bool? {
    guard unsafe Worker.current == nil, let limit = Guest.stackLimit else { return nil }
    // From here until the end of the submission an executor that is closed does not end. After that the worker, which is not on the list, keeps it.
    guard beginSubmission() else { return false }
    guard let index = unsafe sleepers.pointee.borrow() else {
      cancelSubmission()
      return nil
    }
    endSubmission()
    let worker = unsafe worker(index)!
    unsafe worker.visit(stackLimit: limit, body)
    unsafe sleepers.pointee.giveBack(index) { workersCreated }
    if isWorkVisible { _ = wakeOne() }
    // S1: parked, then look; pairs with `close`.
    if isClosed { wakeAll() }
    return true
  }
}

extension UnsafeMutablePointer where Pointee == Worker {
  /// The calling thread is the worker while `body` runs.
  fileprivate func visit(stackLimit: UInt, _ body: () -> Void) {
    // Relaxed: one thread is the worker.
    let ownLimit = unsafe pointee.stackLimit.load(ordering: .relaxed)
    unsafe pointee.guest.ownStackLimit.store(ownLimit, ordering: .relaxed)
    unsafe pointee.stackLimit.store(stackLimit, ordering: .relaxed)
    let start = millrace_nanoseconds()
    // Relaxed: figures.
    unsafe pointee.counters.visitedSince.store(start, ordering: .relaxed)
    unsafe pointee.counters.jobsRun.bump()
    unsafe millrace_worker_set(self)
    let task = LiveTask.current
    let deadline = task.isNone ? 0 : InheritedDeadline.value?.nanoseconds ?? 0
    unsafe profilingVisit { unsafe withScope(inheriting: nil, task: task, deadline: deadline, body) }
    millrace_worker_set(nil)
    // Relaxed: figures.
    unsafe pointee.counters.visitedSince.store(0, ordering: .relaxed)
    unsafe pointee.counters.visitedNanoseconds.bump(by: millrace_nanoseconds() &- start)
    // Relaxed: one thread is the worker.
    unsafe pointee.stackLimit.store(ownLimit, ordering: .relaxed)
    unsafe pointee.guest.ownStackLimit.store(0, ordering: .relaxed)
  }

  /// Blocks until the thief of a fork gives the token.
  func parkForJoin() { unsafe countingWait(.join) { unsafe pointee.joinParker.park() } }

  /// Calls `body`, which blocks until what its caller waits for has come; counts the time.
  func countingWait(_ reason: ProfiledPark, _ body: () -> Void) {
    let start = millrace_nanoseconds()
    unsafe noteParked(reason)
    body()
    unsafe noteWoken()
    unsafe pointee.counters.parks.bump()
    let waited = millrace_nanoseconds() &- start
    // Relaxed: one thread is the worker.
    if unsafe pointee.guest.ownStackLimit.load(ordering: .relaxed) != 0 {
      unsafe pointee.counters.visitedNanoseconds.bump(by: 0 &- waited)
    } else {
      unsafe pointee.counters.parkedNanoseconds.bump(by: waited)
    }
  }

  /// Runs `body` on the worker's own thread, while the guest that calls this sleeps. A worker's own thread has no other stack: it stops with a message.
  func runOnOwnThread(_ body: () -> Void) {
    // Relaxed: one thread is the worker.
    let limit = unsafe pointee.stackLimit.load(ordering: .relaxed)
    let ownLimit = unsafe pointee.guest.ownStackLimit.load(ordering: .relaxed)
    guard ownLimit != 0, limit != ownLimit else { unsafe trapStackExhausted() }
    let parts = closureParts(body)
    let call = UnsafeMutablePointer<WaitedJob>.allocate(capacity: 1)
    unsafe call.initialize(to: WaitedJob(function: parts.function, context: parts.context, task: .none, deadline: 0))
    // Relaxed: the token orders them (P1).
    unsafe pointee.stackLimit.store(ownLimit, ordering: .relaxed)
    unsafe pointee.guest.call.store(UInt(bitPattern: call), ordering: .relaxed)
    unsafe pointee.parker.unpark()
    unsafe call.pointee.done.park()
    // Relaxed: one thread is the worker.
    unsafe pointee.stackLimit.store(limit, ordering: .relaxed)
    unsafe call.deinitialize(count: 1)
    unsafe call.deallocate()
  }

  /// Runs what a guest has asked this thread to run. The thread has taken the guest's token.
  func serveGuest() {
    // Relaxed: the token orders them (P1).
    let address = unsafe pointee.guest.call.load(ordering: .relaxed)
    let call = unsafe UnsafeMutablePointer<WaitedJob>(bitPattern: address)!
    // Relaxed: likewise.
    unsafe pointee.guest.call.store(0, ordering: .relaxed)
    unsafe call.pointee.call()
    unsafe call.pointee.done.unpark()
  }
}
