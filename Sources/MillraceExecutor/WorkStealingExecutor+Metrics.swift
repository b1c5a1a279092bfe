import CMillrace
import MillracePrimitives
import Synchronization

extension WorkStealingExecutor {
  /// What the executor has done so far and what it does now.
  public struct Metrics: Sendable, Hashable {
    public struct Worker: Sendable, Hashable {
      public var index: Int
      /// Jobs that it took from queues: Swift jobs, submitted closures, spawned children.
      public var jobsRun: UInt64
      /// Second closures of joins that it made available.
      public var forks: UInt64
      /// Claims of other workers' forks that it tried, and how many jobs of all kinds it got from others.
      public var stealAttempts: UInt64
      public var steals: UInt64
      /// Forks of others that it ran: those that became jobs of their own.
      public var promoted: UInt64
      /// Times that it slept, and that it woke another.
      public var parks: UInt64
      public var wakes: UInt64
      /// Since its start.
      public var busy: Duration
      public var idle: Duration
      /// Jobs ready on its queue, and forks open to others.
      public var queued: Int
      public var forked: Int
    }

    public var workers: [Worker]
    /// Jobs from outside that wait to be taken.
    public var injectorDepth: Int
    /// Jobs that came from outside the workers.
    public var injected: UInt64
    /// Bytes that the allocator gave out, when jemalloc is linked in.
    public var allocatedBytes: Int?
    /// Bytes of physical memory that the allocator holds, when jemalloc is linked in.
    public var residentBytes: Int?

    public var jobsRun: UInt64 { workers.reduce(0) { $0 + $1.jobsRun } }
    public var forks: UInt64 { workers.reduce(0) { $0 + $1.forks } }
    public var steals: UInt64 { workers.reduce(0) { $0 + $1.steals } }
    public var busy: Duration { workers.reduce(.zero) { $0 + $1.busy } }
  }

  /// Reads the counters. Stops nobody: each figure is right by itself, together they are of about the same moment.
  ///
  /// - Complexity: O(workers).
  public func metrics() -> Metrics {
    let now = millrace_nanoseconds()
    let statistics = AllocatorStatistics.current
    return Metrics(
      workers: (0..<scheduler.workersCreated).compactMap { index in
        unsafe scheduler.worker(index).map { unsafe $0.metrics(now) }
      },
      injectorDepth: scheduler.injected.count, injected: scheduler.injectedCount,
      allocatedBytes: statistics?.allocated, residentBytes: statistics?.resident)
  }
}

extension UnsafeMutablePointer where Pointee == Worker {
  fileprivate func metrics(_ now: UInt64) -> WorkStealingExecutor.Metrics.Worker {
    // Relaxed: figures.
    func read(_ counter: borrowing Atomic<UInt64>) -> UInt64 { counter.load(ordering: .relaxed) }
    let started = unsafe read(pointee.counters.startedAt)
    let since = unsafe read(pointee.counters.parkedSince)
    let life = started == 0 || now < started ? 0 : now - started
    let parked = unsafe read(pointee.counters.parkedNanoseconds) + (since == 0 || now < since ? 0 : now - since)
    let visit = unsafe read(pointee.counters.visitedSince)
    let visited =
      unsafe read(pointee.counters.visitedNanoseconds) &+ (visit == 0 || now < visit ? 0 : now - visit)
    let idle = min(life, visited < parked ? parked - visited : 0)
    return unsafe WorkStealingExecutor.Metrics.Worker(
      index: pointee.index, jobsRun: read(pointee.counters.jobsRun), forks: read(pointee.counters.forks),
      stealAttempts: read(pointee.counters.stealAttempts), steals: read(pointee.counters.steals),
      promoted: read(pointee.counters.promoted), parks: read(pointee.counters.parks),
      wakes: read(pointee.counters.wakes),
      busy: .nanoseconds(life - idle), idle: .nanoseconds(idle), queued: pointee.ready.count,
      forked: pointee.forks.count)
  }
}
