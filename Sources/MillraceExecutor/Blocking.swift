import MillracePrimitives

/// Runs code that may block its thread (a read, a lock held for long, a foreign call), while another worker takes this one's place.
///
/// ```swift
/// let data = try blocking { try Data(contentsOf: url) }
/// ```
///
/// On a worker, an extra worker is started, or woken, for as long as `body` runs, at most
/// ``WorkStealingExecutor/Configuration/maximumBlockingThreads`` at a time; beyond that the blocked workers simply block. What the worker has queued before is handed over, and what it has forked is
/// open to the others. On other threads `body` is just called.
///
/// - Throws: What `body` throws. When the system refuses the extra thread, `body` runs without one.
/// - Complexity: two locked steps, and a wake-up: some microseconds.
public func blocking<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
  guard let worker = unsafe Worker.current else { return try body() }
  let scheduler = unsafe worker.schedulerReference
  unsafe scheduler.handOver(worker)
  // Without the thread there is less parallelism, and nothing else.
  try? scheduler.adjust { $0.enterBlocking() }
  defer { try? scheduler.adjust { $0.leaveBlocking() } }
  return try body()
}
