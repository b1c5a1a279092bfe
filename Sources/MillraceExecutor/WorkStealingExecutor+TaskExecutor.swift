import MillracePrimitives

extension WorkStealingExecutor {
  /// Takes a Swift job: tasks with a preference for this executor arrive here. After shutdown the job goes to the global concurrent executor.
  ///
  /// - Complexity: no allocation, amortised.
  public func enqueue(_ job: consuming ExecutorJob) {
    let urgency = JobUrgency(job.priority)
    let job = UnownedJob(job)
    if !scheduler.submit({ JobWord(job) }, urgency) {
      scheduler.forward(job)
    }
  }
}

extension UnownedJob {
  /// Runs a job that has no task executor and no actor of its own choosing.
  func runOnGlobalExecutor() {
    // SAFETY: an executor reference is two words, and two zeros mean the generic executor.
    let generic = unsafe unsafeBitCast((0, 0) as (Int, Int), to: UnownedSerialExecutor.self)
    unsafe runSynchronously(on: generic)
  }
}

extension Scheduler {
  /// Runs a Swift job that arrived by task executor preference.
  func runSwiftJob(_ job: UnownedJob) {
    // Relaxed: the job was published after it.
    let address = executorAddress.load(ordering: .relaxed)
    // SAFETY: a task that prefers the executor keeps it alive, and this job is one of its.
    let executor = unsafe Unmanaged<WorkStealingExecutor>.fromOpaque(UnsafeRawPointer(bitPattern: address)!)
    unsafe executor._withUnsafeGuaranteedRef {
      unsafe job.runSynchronously(on: $0.asUnownedTaskExecutor())
    }
  }

  /// Gives a job that can no longer run here to the executor that all tasks share.
  func forward(_ job: UnownedJob) {
    globalConcurrentExecutor.enqueue(job)
  }
}
