import CMillrace
import MillracePrimitives
import Synchronization

/// What the workers of one executor share. Kept alive by the executor and by each worker's thread.
// SAFETY: every stored property is constant, atomic, behind `lifecycle`'s lock, or a structure made for sharing; the raw memory is
// freed in `deinit`, after the last thread has let go.
@safe
@usableFromInline
final class Scheduler: @unchecked Sendable {
  let configuration: WorkStealingExecutor.Configuration
  let sleepers: UnsafeMutablePointer<Sleepers>
  let injected = InjectedJobs()
  /// Addresses of the workers; 0: not made yet.
  private let table: UnsafeMutablePointer<Atomic<UInt>>
  private let created = Atomic<Int>(0)
  /// Workers with an index at or above this rest.
  let wanted: Atomic<Int>
  private let closed = Atomic<Bool>(false)
  /// Low 16 bits: submissions under way that may have seen the executor open. Above: submissions in all.
  private let submissions = Atomic<UInt64>(0)
  /// Workers that are one too many, and rest. Changed under the lifecycle's lock.
  let resting = Atomic<Int>(0)
  /// A parked worker looks around now and then.
  private let isWatched = Atomic<Bool>(false)
  let spinTicks: UInt64
  private let producersFence = !millrace_asymmetric_fence_available()
  /// Address of the executor whose workers these are: what Swift jobs are run on. 0 once it is gone.
  let executorAddress = Atomic<UInt>(0)
  let lifecycle: Lock<Lifecycle>
  let profile = ProfileSwitch()

  init(_ configuration: WorkStealingExecutor.Configuration) {
    self.configuration = configuration
    let capacity = WorkStealingExecutor.Configuration.maximumWorkers
    unsafe sleepers = .allocate(capacity: 1)
    unsafe sleepers.initialize(to: Sleepers(capacity: capacity))
    unsafe table = .allocate(capacity: capacity)
    for index in 0..<capacity { unsafe (table + index).initialize(to: Atomic(0)) }
    wanted = Atomic(configuration.workerCount)
    let (seconds, attoseconds) = configuration.spinBudget.components
    spinTicks = UInt64(max(0, seconds * 1_000_000 + attoseconds / 1_000_000_000_000)) * millrace_ticks_per_microsecond()
    lifecycle = Lock(
      Lifecycle(workerCount: configuration.workerCount, maximumExtra: configuration.maximumBlockingThreads))
  }

  deinit {
    for index in 0..<workersCreated {
      let worker = unsafe worker(index)!
      unsafe worker.deinitialize(count: 1)
      unsafe worker.deallocate()
    }
    unsafe table.deinitialize(count: WorkStealingExecutor.Configuration.maximumWorkers)
    unsafe table.deallocate()
    unsafe sleepers.deinitialize(count: 1)
    unsafe sleepers.deallocate()
  }

  // MARK: Workers

  /// Any thread. Nil: not made yet.
  func worker(_ index: Int) -> WorkerPointer? {
    // W1: pairs with `publish`; the worker's fields travel.
    unsafe WorkerPointer(bitPattern: table[index].load(ordering: .acquiring))
  }

  /// How many workers have been made: their indices are below this.
  var workersCreated: Int {
    // W1: pairs with `publish`.
    created.load(ordering: .acquiring)
  }

  /// Under the lifecycle's lock.
  func publish(_ worker: WorkerPointer, at index: Int) {
    // W1: pairs with `worker(_:)` and `workersCreated`.
    unsafe table[index].store(UInt(bitPattern: worker), ordering: .releasing)
    created.store(index + 1, ordering: .releasing)
  }

  func victimOrder(for index: Int, count: Int) -> [[Int]] {
    configuration.topology.victimOrder(for: index, workerCount: count, isPinned: configuration.isPinned)
  }

  // MARK: Closing

  var isClosed: Bool {
    // Q1: pairs with `close`.
    closed.load(ordering: .acquiring)
  }

  /// From now on submissions are refused. Those under way are still taken.
  func close() {
    // Q1: sequentially consistent with `beginSubmission`: it sees this, or this thread's workers see it.
    closed.store(true, ordering: .sequentiallyConsistent)
    millrace_heavy_fence()
    wakeAll()
  }

  /// False: closed. True: the caller pushes its job and then calls `endSubmission`.
  func beginSubmission() -> Bool {
    // Q1: announce, then look; pairs with `close`, then `isDrained`.
    submissions.wrappingAdd(1 << 16 | 1, ordering: .sequentiallyConsistent)
    if closed.load(ordering: .sequentiallyConsistent) {
      cancelSubmission()
      return false
    }
    return true
  }

  /// Nothing was submitted, and nothing is counted.
  func cancelSubmission() {
    // Q2: pairs with `isDrained`.
    submissions.wrappingSubtract(1 << 16 | 1, ordering: .releasing)
  }

  func endSubmission() {
    // Q2: pairs with `isDrained`; the pushed job travels.
    submissions.wrappingSubtract(1, ordering: .releasing)
  }

  /// After `close`: nothing is left for `worker`, and nothing can come that it would have to run.
  func isDrained(for worker: WorkerPointer) -> Bool {
    // Q1, Q2: pairs with `beginSubmission` and `endSubmission`.
    guard submissions.load(ordering: .sequentiallyConsistent) & 0xffff == 0 else { return false }
    return unsafe injected.isEmpty && worker.pointee.ready.isEmpty
  }

  // MARK: Jobs from anywhere

  /// Queues a job: on the calling worker if it is one of ours, else on the injector. False: closed, the job was not taken.
  @inline(__always)
  func submit(_ job: () -> JobWord, _ urgency: JobUrgency) -> Bool {
    if let worker = unsafe Worker.current, unsafe worker.schedulerReference === self {
      // A worker runs what it queues before it ends, so this needs no look at `closed`.
      let isOnly = unsafe worker.pointee.ready.isEmpty
      unsafe worker.pointee.ready.push(submitting(job()), urgency)
      if isOnly { jobWasKept() } else { jobWasQueued() }
      return true
    }
    guard beginSubmission() else { return false }
    injected.push(submitting(job()), urgency)
    endSubmission()
    // S1: made visible, then look; pairs with the full fence in `Sleepers.giveBack`.
    millrace_full_fence()
    jobWasQueued()
    return true
  }

  /// Submissions from outside so far.
  var injectedCount: UInt64 {
    // Relaxed: a figure.
    submissions.load(ordering: .relaxed) >> 16
  }

  fileprivate func submitAndWait(_ body: () -> Void) -> Bool {
    let parts = closureParts(body)
    let job = UnsafeMutablePointer<WaitedJob>.allocate(capacity: 1)
    unsafe job.initialize(
      to: WaitedJob(
        function: parts.function, context: parts.context, task: .current,
        deadline: Deadline.current?.nanoseconds ?? 0))
    defer {
      unsafe job.deinitialize(count: 1)
      unsafe job.deallocate()
    }
    guard submit({ unsafe JobWord(job) }, .medium) else { return false }
    // A worker of another executor that waits here is blocked.
    blocking { unsafe job.pointee.done.park() }
    return true
  }

  /// A worker has queued its only job. It most often runs it itself at once, when its present job suspends (an actor hop, an awaited child),
  /// so nobody is woken for it if a parked worker keeps watch: should the present job go on, the watch finds the one that waits.
  private func jobWasKept() {
    // S3: made visible, then look; pairs with the heavy fence in `keepWatch`.
    if producersFence { millrace_full_fence() } else { millrace_compiler_barrier() }
    // Relaxed: the fences order it.
    if !isWatched.load(ordering: .relaxed) { jobWasQueued() }
  }

  /// True: the caller, which is on the list of parked workers, keeps watch. One does at a time.
  func beginWatch() -> Bool {
    // S3: pairs with `endWatch`.
    !isWatched.exchange(true, ordering: .acquiringAndReleasing)
  }

  func endWatch() {
    // S3: pairs with `beginWatch`.
    isWatched.store(false, ordering: .releasing)
  }

  /// Some worker is neither parked nor searching.
  var isSomebodyRunning: Bool {
    // Relaxed: looked at again soon, or after `endWatch`'s fence.
    unsafe sleepers.pointee.snapshot.parked < workersCreated - resting.load(ordering: .relaxed)
  }

  func jobWasQueued() {
    // S1: made visible, then look; pairs with the heavy fence in `Sleepers.enter`.
    if producersFence { millrace_full_fence() } else { millrace_compiler_barrier() }
    // Relaxed: the fences order it.
    if Sleepers.wantsWake(unsafe sleepers.pointee.word.load(ordering: .relaxed)) { _ = wakeOne() }
  }

  // MARK: Waking

  /// Wakes a parked worker if there is one and nobody searches.
  func wakeOne() -> Bool {
    guard let index = unsafe sleepers.pointee.take() else { return false }
    unsafe worker(index)!.noteUnpark()
    unsafe worker(index)!.pointee.parker.unpark()
    if let waker = unsafe Worker.current, unsafe waker.schedulerReference === self {
      unsafe waker.pointee.counters.wakes.bump()
    }
    return true
  }

  func wakeAll() {
    while let index = unsafe sleepers.pointee.take(force: true) {
      unsafe worker(index)!.noteUnpark()
      unsafe worker(index)!.pointee.parker.unpark()
    }
  }

  /// A worker's last look before it parks, after the heavy fence.
  var isWorkVisible: Bool {
    if !injected.isEmpty { return true }
    for index in 0..<workersCreated {
      guard let worker = unsafe worker(index) else { continue }
      if unsafe !worker.pointee.ready.isEmpty || worker.pointee.forks.look() != .nothing { return true }
    }
    return false
  }
}

/// Where a closure runs while its caller's frames stay as they are.
@safe
enum Elsewhere {
  case worker(of: Scheduler)
  case ownThread(of: WorkerPointer)

  /// Nil: the executor is closed, `body` has not run.
  func result<R, E: Error>(of body: () throws(E) -> R) -> Result<R, E>? {
    var result: Result<R, E>? = nil
    let hasRun = unsafe withUnsafeMutablePointer(to: &result) { place in
      call {
        do throws(E) {
          unsafe place.pointee = .success(try body())
        } catch {
          unsafe place.pointee = .failure(error)
        }
      }
    }
    return hasRun ? result! : nil
  }

  /// False: the executor is closed, `body` has not run.
  ///
  /// As a parked worker, on the calling thread; when all workers are busy, on one of them while the calling thread sleeps.
  func call(_ body: () -> Void) -> Bool {
    switch self {
    case .worker(let scheduler): return scheduler.runAsGuest(body) ?? scheduler.submitAndWait(body)
    case .ownThread(let worker):
      unsafe worker.runOnOwnThread(body)
      return true
    }
  }
}
