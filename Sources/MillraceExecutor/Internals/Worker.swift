import CMillrace
import MillracePrimitives
import Synchronization

/// A thread, its deques, and its loop. Lives in raw memory of the ``Scheduler``, at a place that never moves and is freed only after every thread has ended.
///
/// Every field is constant or atomic, because the worker's own thread and others use the struct at the same time.
///
/// Who may touch what: 1. `forks`, `scopes`, `scopeWord`, `search`, `stackLimit`: the thread that is the worker, its own or a guest (thieves through `ForkDeque`'s and
/// `ScopeStack`'s protocols). 2. `ready`: pushed by the thread that is the worker, taken by any. 3. `parker`: parked by the worker's own thread when it has nothing to do,
/// unparked by whoever took the worker off a list. 4. `joinParker`: parked by the thread that is the worker, unparked by whoever ends the fork it waits for.
/// 5. `counters`: written by the thread that is the worker, but for those of parking (its own thread); read by any. 6. `guest`: see `Worker+Guest`. 7. All else is constant.
@safe
@usableFromInline
struct Worker: ~Copyable {
  @usableFromInline let forks: ForkDeque
  /// A join below this stack address is too deep.
  @usableFromInline let stackLimit = Atomic<UInt>(0)
  @usableFromInline let sleepers: UnsafeMutablePointer<Sleepers>
  /// Address of the innermost scope of the code that runs now, or 0.
  @usableFromInline let scopeWord = Atomic<UInt>(0)
  @usableFromInline let counters = WorkerCounters()
  @usableFromInline let scopes: ScopeStack
  /// For each fork cell, room for the part of a loop that may be forked there.
  let loopParts: ReservedArray<millrace_loop_part>
  @usableFromInline let index: Int
  let scheduler: Unmanaged<Scheduler>
  let ready: ReadyJobs
  let parker = Parker()
  let joinParker = Parker()
  let guest = Guest()
  let unparkNote = UnparkNote()
  let search: UnsafeMutablePointer<SearchState>
  let ticksPerMicrosecond = millrace_ticks_per_microsecond()
  /// Where the thread is to run, or nil.
  let processor: Int?
  /// Parked because there are more workers than wanted. Changed under the lifecycle's lock.
  let isRetired = Atomic<Bool>(false)

  init(index: Int, scheduler: Scheduler, cells: Int, processor: Int?) {
    self.index = index
    unsafe self.scheduler = Unmanaged.passUnretained(scheduler)
    unsafe sleepers = scheduler.sleepers
    self.processor = processor
    forks = ForkDeque(capacity: cells)
    scopes = ScopeStack(capacity: cells)
    unsafe loopParts = ReservedArray(capacity: cells)
    ready = ReadyJobs()
    unsafe search = .allocate(capacity: 1)
    unsafe search.initialize(to: SearchState(seed: UInt64(index)))
  }

  deinit {
    unsafe search.deinitialize(count: 1)
    unsafe search.deallocate()
  }
}

/// What a worker remembers from one search for work to the next.
struct SearchState {
  var tick: UInt = 0
  var random: SplitMix64
  /// Workers to steal from, nearest first, and for how many workers the list was made.
  var victims: [[Int]] = []
  var victimsOf = 0

  init(seed: UInt64) { random = SplitMix64(seed: seed) }
}

/// The worker of the current thread.
@usableFromInline
typealias WorkerPointer = UnsafeMutablePointer<Worker>

extension Worker {
  /// The worker that runs on the calling thread, or nil. A third of a nanosecond.
  @inlinable @inline(__always)
  static var current: WorkerPointer? {
    unsafe millrace_worker_get()?.assumingMemoryBound(to: Worker.self)
  }

  /// The same, or nil when the calling thread's stack is nearly used up: then the work goes ``elsewhere(_:)``.
  @inlinable @inline(__always)
  static var withStack: WorkerPointer? {
    // Relaxed: one thread.
    guard let worker = unsafe current,
      unsafe millrace_frame_address() >= worker.pointee.stackLimit.load(ordering: .relaxed)
    else {
      return nil
    }
    return unsafe worker
  }
}

extension UnsafeMutablePointer where Pointee == Worker {
  var schedulerReference: Scheduler { unsafe pointee.scheduler._withUnsafeGuaranteedRef { $0 } }

  // MARK: Scopes

  /// The innermost scope of the code that runs now. The worker's own thread only.
  @usableFromInline
  var scope: UnsafeMutablePointer<ScopeRecord>? {
    // Relaxed: one thread.
    get { unsafe UnsafeMutablePointer<ScopeRecord>(bitPattern: pointee.scopeWord.load(ordering: .relaxed)) }
    nonmutating set { unsafe pointee.scopeWord.store(UInt(bitPattern: newValue), ordering: .relaxed) }
  }

  /// Opens a scope around the forks that follow. The outermost one in a Swift task remembers the task, for those who steal, and its deadline.
  func openScope(token: Unmanaged<CancellationToken>?, deadline: UInt64 = 0) {
    let task = unsafe scope == nil ? LiveTask.current : .none
    let inherited = task.isNone ? 0 : InheritedDeadline.value?.nanoseconds ?? 0
    unsafe pushScope(token: token, task: task, deadline: deadline != 0 ? deadline : inherited)
  }

  /// Opens a scope for closures that can throw.
  @usableFromInline
  func openThrowingScope() { unsafe openScope(token: nil) }

  private func pushScope(token: Unmanaged<CancellationToken>?, task: LiveTask, deadline: UInt64) {
    // Relaxed: only the owner writes `next`.
    unsafe scope = pointee.scopes.push(
      floor: pointee.forks.next.load(ordering: .relaxed), parent: scope, token: token, task: task, deadline: deadline)
  }

  @usableFromInline
  func closeScope() {
    unsafe scope = scope?.pointee.parent
    unsafe pointee.scopes.pop()
  }

  /// Runs `body` under a scope that goes on with `parent`, which may be of another worker, or under none.
  func withScope(
    inheriting parent: UnsafeMutablePointer<ScopeRecord>?, token: CancellationToken? = nil,
    task: LiveTask = .none, deadline: UInt64 = 0,
    _ body: () -> Void
  ) {
    let outer = unsafe scope
    unsafe scope = parent
    unsafe pushScope(token: token.map { unsafe Unmanaged.passUnretained($0) }, task: task, deadline: deadline)
    body()
    unsafe pointee.scopes.pop()
    unsafe scope = outer
    withExtendedLifetime(token) {}
  }

  @usableFromInline
  var isCancelled: Bool { unsafe ScopeRecord.isCancelled(scope) || Task.isCancelled }

  /// Stops with a message before the stack overflows.
  func trapStackExhausted() -> Never {
    fatalError(
      "join: forks are nested too deeply for worker \(unsafe pointee.index)'s stack of \(unsafe schedulerReference.configuration.stackSize) bytes; "
        + "set a larger Configuration.stackSize, or fork less deeply")
  }
}

/// What a worker counts. Each is written by its worker with a plain load and store, and may be read by anyone at any time.
@usableFromInline
struct WorkerCounters: ~Copyable {
  @usableFromInline let forks = Atomic<UInt64>(0)
  let jobsRun = Atomic<UInt64>(0)
  let injected = Atomic<UInt64>(0)
  let stealAttempts = Atomic<UInt64>(0)
  let steals = Atomic<UInt64>(0)
  let promoted = Atomic<UInt64>(0)
  let parks = Atomic<UInt64>(0)
  let wakes = Atomic<UInt64>(0)
  /// Nanoseconds parked, of parks that have ended.
  let parkedNanoseconds = Atomic<UInt64>(0)
  /// When the present park began, or 0.
  let parkedSince = Atomic<UInt64>(0)
  let startedAt = Atomic<UInt64>(0)
  /// Nanoseconds, within those parked, in which a guest was the worker; of visits that have ended, waits for forks left out.
  let visitedNanoseconds = Atomic<UInt64>(0)
  /// When the present visit began, or 0.
  let visitedSince = Atomic<UInt64>(0)

  @usableFromInline init() {}
}

extension Atomic where Value == UInt64 {
  /// For a counter with one writer: no read-modify-write.
  @inlinable @inline(__always)
  func bump(by amount: UInt64 = 1) {
    // Relaxed: one writer; readers want a figure, not an order.
    store(load(ordering: .relaxed) &+ amount, ordering: .relaxed)
  }
}
