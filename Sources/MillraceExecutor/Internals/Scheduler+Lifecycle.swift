import CMillrace
import MillracePrimitives
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Threads: starting, resting, ending.
extension Scheduler {
  /// The worker leaves what it has queued to all: others that have jobs of their own do not look at its queue.
  func handOver(_ worker: WorkerPointer) {
    for urgency in JobUrgency.allCases {
      while let job = unsafe worker.pointee.ready.take(urgency) { injected.push(job, urgency) }
    }
  }

  /// Starts or wakes workers until as many work as are wanted.
  ///
  /// - Throws: ``ExecutorError`` when the system refuses a thread; those that started stay.
  func adjust(_ event: (inout Lifecycle) -> Void) throws(ExecutorError) {
    let error = lifecycle.withLock { state -> ExecutorError? in
      event(&state)
      if isClosed { return nil }
      // Relaxed: read by workers as a hint, and again under this lock.
      wanted.store(state.wanted, ordering: .relaxed)
      for index in 0..<state.wanted {
        if let worker = unsafe worker(index) {
          if unsafe worker.isRetired { unsafe callBack(worker).pointee.parker.unpark() }
        } else if let error = start(index, &state) {
          return error
        }
      }
      return nil
    }
    if let error { throw error }
  }

  private func start(_ index: Int, _ state: inout Lifecycle) -> ExecutorError? {
    let worker = WorkerPointer.allocate(capacity: 1)
    let cells = configuration.stackSize / 64
    unsafe worker.initialize(
      to: Worker(
        index: index, scheduler: self, cells: cells,
        processor: configuration.isPinned ? configuration.topology.cpu(forWorker: index) : nil))
    // The thread holds the scheduler until it ends.
    _ = unsafe Unmanaged.passRetained(self)
    var thread: UInt = 0
    let error = unsafe millrace_thread_start(
      &thread, "\(configuration.name.prefix(10))-\(index)", configuration.stackSize, { unsafe workerThreadMain($0) },
      worker)
    guard error == 0 else {
      unsafe Unmanaged.passUnretained(self).release()
      unsafe worker.deinitialize(count: 1)
      unsafe worker.deallocate()
      return ExecutorError(
        .threadRefused,
        "executor \"\(configuration.name)\" could not start worker \(index) of \(state.wanted): \(unsafe String(cString: strerror(error)))"
      )
    }
    state.threads.append(thread)
    state.live += 1
    unsafe publish(worker, at: index)
    return nil
  }

  /// Rests a worker that is one too many, after handing over its ready jobs. True: the executor is closed, with nothing left for it.
  func retireIfSurplus(_ worker: WorkerPointer) -> Bool {
    // Relaxed: decided under the lock.
    guard unsafe worker.pointee.index >= wanted.load(ordering: .relaxed) else { return false }
    let retired = lifecycle.withLock { state in
      guard unsafe worker.pointee.index >= state.wanted, !isClosed else { return false }
      unsafe worker.isRetired = true
      // Relaxed: under the lock; a figure to those outside.
      resting.wrappingAdd(1, ordering: .relaxed)
      return true
    }
    guard retired else { return false }
    unsafe handOver(worker)
    _ = wakeOne()
    unsafe worker.noteParked(.surplus)
    unsafe worker.park()
    unsafe worker.noteWoken()
    return false
  }

  /// From now on the executor cannot be closed. False: it has been.
  func keepOpen(_ isKept: Bool) -> Bool {
    lifecycle.withLock { state in
      if isClosed { return false }
      state.isKeptOpen = isKept
      return true
    }
  }

  var isKeptOpen: Bool { lifecycle.withLock { $0.isKeptOpen } }

  /// Closes, and wakes those who rest as well.
  func closeAndWake() {
    lifecycle.withLock { state in
      close()
      for index in 0..<workersCreated {
        if let worker = unsafe worker(index), unsafe worker.isRetired {
          unsafe callBack(worker).pointee.parker.unpark()
        }
      }
    }
  }

  /// Under the lock: the worker rests no more. The caller unparks it.
  private func callBack(_ worker: WorkerPointer) -> WorkerPointer {
    unsafe worker.isRetired = false
    // Relaxed: under the lock; a figure to those outside.
    resting.wrappingSubtract(1, ordering: .relaxed)
    return unsafe worker
  }

  /// The executor has gone away: what was accepted runs, and the threads end by themselves.
  func detach() {
    closeAndWake()
    for thread in takeThreads() { millrace_thread_detach(thread) }
  }

  /// Blocks until every thread has ended. For a thread that is not one of them.
  func join() {
    for thread in takeThreads() { millrace_thread_join(thread) }
    // Another caller may have taken the threads: wait for their end with it.
    let sleeper = Sleeper()
    let isOver = lifecycle.withLock { state in
      if state.live > 0 { state.sleepers.append(sleeper) }
      return state.live == 0
    }
    if !isOver { sleeper.parker.park() }
  }

  private func takeThreads() -> [UInt] {
    lifecycle.withLock { state in
      defer { state.threads = [] }
      return state.threads
    }
  }

  /// The last thing a worker's thread does: it is no worker any more.
  fileprivate func ended() {
    let waiters = lifecycle.withLock { state -> [CheckedContinuation<Void, Never>] in
      state.live -= 1
      guard state.live == 0 else { return [] }
      for sleeper in state.sleepers { sleeper.parker.unpark() }
      state.sleepers = []
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }
}

/// A worker's thread.
private func workerThreadMain(_ argument: UnsafeMutableRawPointer) {
  let worker = unsafe argument.assumingMemoryBound(to: Worker.self)
  let scheduler = unsafe worker.pointee.scheduler.takeRetainedValue()
  // Whoever started this thread holds the lock until the worker is in the table, where those who are to wake it look.
  scheduler.lifecycle.withLock { _ in }
  unsafe worker.adoptThread()
  unsafe worker.main(scheduler)
  // Relaxed: a figure. From here on it is idle.
  unsafe worker.pointee.counters.parkedSince.store(millrace_nanoseconds(), ordering: .relaxed)
  millrace_worker_set(nil)
  scheduler.ended()
}

extension UnsafeMutablePointer where Pointee == Worker {
  /// Parked because there are more workers than wanted. Under the lifecycle's lock.
  fileprivate var isRetired: Bool {
    // Relaxed: the lock orders it.
    get { unsafe pointee.isRetired.load(ordering: .relaxed) }
    nonmutating set { unsafe pointee.isRetired.store(newValue, ordering: .relaxed) }
  }

  fileprivate func adoptThread() {
    unsafe millrace_worker_set(self)
    // Relaxed: one thread.
    unsafe pointee.stackLimit.store(
      millrace_stack_low() &+ UInt(min(Guest.stackReserve, schedulerReference.configuration.stackSize / 2)),
      ordering: .relaxed)
    // Relaxed: a figure.
    unsafe pointee.counters.startedAt.store(millrace_nanoseconds(), ordering: .relaxed)
    if let processor = unsafe pointee.processor { _ = pinCurrentThread(to: processor) }
  }
}
