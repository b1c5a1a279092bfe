import MillracePrimitives
import Synchronization

#if RuntimeHooks
  import CMillraceRuntimeHooks
#endif

extension WorkStealingExecutor {
  /// Makes this the executor of every task and default actor in the process that has no other: what `Task {}` runs on.
  ///
  /// ```swift
  /// try WorkStealingExecutor.shared.installAsGlobal()
  /// ```
  ///
  /// Call it first thing in `main`. It cannot be undone, and the executor can then not be shut down. Tasks that were queued before run where they were queued. The main actor
  /// stays on the main thread. `Task.sleep` waits on a timer wheel, see ``TimerClock``, and its task continues here.
  ///
  /// Needs the package trait `RuntimeHooks`, because it rests on hooks of the Swift runtime that may change between compiler releases.
  ///
  /// - Throws: ``ExecutorError/Code/takeoverUnsupported`` when the package was built without the trait or this runtime lacks the hooks;
  ///   ``ExecutorError/Code/shutDown`` when it has been shut down; ``ExecutorError/Code/takenOver`` when another executor has been installed. Installing the same one again does nothing.
  public func installAsGlobal() throws(ExecutorError) {
    #if RuntimeHooks
      let outcome = Self.global.withLock { installed -> ExecutorError? in
        if let installed {
          return installed === self
            ? nil
            : ExecutorError(
              .takenOver,
              "executor \"\(installed.configuration.name)\" is the global one already; there can be one in a process")
        }
        guard scheduler.keepOpen(true) else { return .shutDown(configuration.name) }
        installed = self
        let hooks = unsafe millrace_global_enqueue(
          enqueue: { job in unsafe WorkStealingExecutor.enqueueGlobal(job) },
          enqueue_later: { job, nanoseconds in unsafe WorkStealingExecutor.enqueueGlobal(job, after: nanoseconds) })
        // X1: pairs with `enqueueGlobal`; the scheduler travels.
        unsafe Self.globalScheduler.store(
          UInt(bitPattern: Unmanaged.passUnretained(scheduler).toOpaque()), ordering: .releasing)
        if millrace_hooks_install(hooks) { return nil }
        installed = nil
        _ = scheduler.keepOpen(false)
        return ExecutorError(
          .takeoverUnsupported,
          "this Swift runtime has no hooks for a global executor, or other hooks have been installed")
      }
      if let outcome { throw outcome }
    #else
      throw ExecutorError(
        .takeoverUnsupported,
        "installAsGlobal() needs Millrace to be built with its package trait \"RuntimeHooks\": .package(url: …, traits: [\"RuntimeHooks\"])"
      )
    #endif
  }
}

#if RuntimeHooks
  extension WorkStealingExecutor {
    private static let global = Lock<WorkStealingExecutor?>(nil)
    /// The scheduler of the global executor; it lives as long as the process.
    private static let globalScheduler = Atomic<UInt>(0)

    private static func enqueueGlobal(_ job: UnsafeMutableRawPointer) {
      // X1: pairs with the store in `installAsGlobal`.
      let address = globalScheduler.load(ordering: .acquiring)
      // SAFETY: the global executor is never released.
      let scheduler = unsafe Unmanaged<Scheduler>.fromOpaque(UnsafeRawPointer(bitPattern: address)!)
      // SAFETY: the runtime hands over a job that nobody else has.
      let job = unsafe unsafeBitCast(job, to: UnownedJob.self)
      let isTaken = unsafe scheduler._withUnsafeGuaranteedRef {
        $0.submit({ JobWord(global: job) }, JobUrgency(job.priority))
      }
      precondition(isTaken, "the global executor is never closed")
    }

    private static func enqueueGlobal(_ job: UnsafeMutableRawPointer, after nanoseconds: UInt64) {
      // SAFETY: a job belongs to whoever has it; it is handed on once.
      nonisolated(unsafe) let job = unsafe job
      _ = Timer(after: nanoseconds, .call { unsafe enqueueGlobal(job) })
    }
  }
#endif
