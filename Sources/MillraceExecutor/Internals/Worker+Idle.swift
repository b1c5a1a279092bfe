import CMillrace
import MillracePrimitives
import Synchronization

extension UnsafeMutablePointer where Pointee == Worker {
  /// The worker's life: find a job, run it; sleep when there is none; end when the executor is closed and drained.
  func main(_ scheduler: Scheduler) {
    while unsafe !scheduler.retireIfSurplus(self) {
      if let job = unsafe takeReady(scheduler) ?? findOrSleep(scheduler) {
        unsafe run(job, scheduler)
      } else {
        return
      }
    }
  }

  /// Searches, sleeps, searches again. Nil: the executor is closed and nothing is left.
  private func findOrSleep(_ scheduler: Scheduler) -> FoundJob? {
    unsafe pointee.sleepers.pointee.beginSearch()
    while true {
      if let job = unsafe search(scheduler) {
        if unsafe pointee.sleepers.pointee.endSearch() { unsafe wakeOne() }
        return job
      }
      if scheduler.isClosed {
        if unsafe scheduler.isDrained(for: self) {
          _ = unsafe pointee.sleepers.pointee.endSearch()
          return nil
        }
        continue
      }
      unsafe pointee.sleepers.pointee.enter(pointee.index)
      if scheduler.isWorkVisible { unsafe wakeOne() }
      // S1: parked, then look; pairs with `close`.
      if scheduler.isClosed { scheduler.wakeAll() }
      unsafe park()
    }
  }

  /// Blocks until somebody gives this worker its token, and counts the time.
  func park() {
    let start = millrace_nanoseconds()
    // Relaxed: figures.
    unsafe pointee.counters.parkedSince.store(start, ordering: .relaxed)
    unsafe pointee.parker.park()
    unsafe pointee.counters.parkedSince.store(0, ordering: .relaxed)
    unsafe pointee.counters.parkedNanoseconds.bump(by: millrace_nanoseconds() &- start)
    unsafe pointee.counters.parks.bump()
  }

  /// Wakes a parked worker, unless one searches already.
  @usableFromInline
  @inline(never)
  func wakeOne() {
    if unsafe schedulerReference.wakeOne() { unsafe pointee.counters.wakes.bump() }
  }
}
