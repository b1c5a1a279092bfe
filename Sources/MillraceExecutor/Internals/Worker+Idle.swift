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
        unsafe endSearch(scheduler)
        return job
      }
      if scheduler.isClosed {
        if unsafe scheduler.isDrained(for: self) {
          _ = unsafe pointee.sleepers.pointee.endSearch()
          return nil
        }
        continue
      }
      unsafe noteParked(.noWork)
      unsafe pointee.sleepers.pointee.enter(pointee.index)
      if scheduler.isWorkVisible { unsafe wakeOne() }
      // S1: parked, then look; pairs with `close`.
      if scheduler.isClosed { scheduler.wakeAll() }
      unsafe keepWatch(scheduler)
      unsafe noteWoken()
    }
  }

  /// This worker has found a job. If it was the last to search, producers that have left theirs to it are to be answered: is there more work, another is woken.
  private func endSearch(_ scheduler: Scheduler) {
    guard unsafe pointee.sleepers.pointee.endSearch(), unsafe pointee.sleepers.pointee.snapshot.parked > 0 else {
      return
    }
    // S1: no longer searching, then look; pairs with the producers' light fence.
    millrace_heavy_fence()
    if scheduler.isWorkVisible { unsafe wakeOne() }
  }

  /// Parks until it is given its token. One parked worker keeps watch while others run: it looks around now and then, for the one job that
  /// a running worker may keep for itself without waking anybody (see `Scheduler.jobWasKept`).
  private func keepWatch(_ scheduler: Scheduler) {
    guard scheduler.beginWatch() else { return unsafe park() }
    let hasToken = unsafe countingIdle {
      var interval = Watch.shortest
      while scheduler.isSomebodyRunning {
        if unsafe pointee.parker.park(nanoseconds: interval) { return true }
        interval = scheduler.isWorkVisible && scheduler.wakeOne() ? Watch.shortest : min(interval * 2, Watch.longest)
      }
      return false
    }
    // S3: no watch, then look; pairs with `jobWasKept`.
    scheduler.endWatch()
    let isCalled = unsafe hasToken && pointee.guest.isCalling
    if hasToken, !isCalled { return }
    millrace_heavy_fence()
    if scheduler.isWorkVisible { unsafe wakeOne() }
    if isCalled { unsafe serveGuest() }
    unsafe park()
  }

  /// Blocks until somebody who has taken this worker off a list gives it its token, and counts the time. A token that a guest gives is for its call: only with the
  /// token in hand is it looked for, or a call would be served twice, once for itself and once for its token.
  func park() {
    unsafe countingIdle {
      unsafe pointee.parker.park()
      while unsafe pointee.guest.isCalling {
        unsafe serveGuest()
        unsafe pointee.parker.park()
      }
    }
  }

  private func countingIdle<R>(_ body: () -> R) -> R {
    let start = millrace_nanoseconds()
    // Relaxed: figures.
    unsafe pointee.counters.parkedSince.store(start, ordering: .relaxed)
    let result = body()
    unsafe pointee.counters.parkedSince.store(0, ordering: .relaxed)
    unsafe pointee.counters.parkedNanoseconds.bump(by: millrace_nanoseconds() &- start)
    unsafe pointee.counters.parks.bump()
    return result
  }

  /// Wakes a parked worker, unless one searches already.
  @usableFromInline
  @inline(never)
  func wakeOne() { _ = unsafe schedulerReference.wakeOne() }
}

/// How often the watching worker looks around, in nanoseconds: rarer the longer it finds nothing.
private enum Watch {
  static let shortest: UInt64 = 100_000
  static let longest: UInt64 = 1_000_000
}
