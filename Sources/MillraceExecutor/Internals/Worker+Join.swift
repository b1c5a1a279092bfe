import CMillrace
import MillracePrimitives
import Synchronization

/// The slow half of a join: somebody has, or wants, the job.
extension UnsafeMutablePointer where Pointee == Worker {
  /// True: the job is the caller's to run after all. False: a thief has run it.
  ///
  /// While the thief runs, the owner takes jobs that the stolen one has forked, and no others (leapfrogging; Wagner & Calder 1993,
  /// DOI 10.1145/155332.155354): it never runs work it does not wait for, so it cannot deadlock on a lock that its caller holds, and its
  /// stack grows no deeper than the program's own depth.
  @usableFromInline
  @inline(never)
  func awaitStolen(_ cell: UInt) -> Bool {
    guard unsafe pointee.forks.settle(cell) != nil else { return true }
    unsafe pointee.forks.keepStolen(cell)
    let scheduler = unsafe schedulerReference
    var start = millrace_ticks()
    var patience = Patience()
    while true {
      // F5: pairs with the thief's `finish`; the results travel.
      let state = unsafe ForkState(word: ForkCell.at(cell).pointee.state.load(ordering: .acquiring))
      if state == .done { break }
      if unsafe leapfrog(state, scheduler, &patience) {
        start = millrace_ticks()
      } else if millrace_ticks() &- start < scheduler.spinTicks {
        patience.pause()
      } else if unsafe pointee.forks.announceWait(cell, state) {
        // The thief's `finish` sees it and gives exactly one token.
        unsafe park()
      }
    }
    unsafe pointee.forks.release(cell)
    return false
  }

  /// Runs one job that descends from the stolen one: forked by its thief, or by whom that thief waits for.
  func leapfrog(_ state: ForkState, _ scheduler: Scheduler, _ patience: inout Patience) -> Bool {
    var state = state
    for _ in 0..<4 {
      guard let thief = unsafe scheduler.worker(state.thief) else { return false }
      let floor = unsafe thief.pointee.forks.cell(at: state.thiefBase)
      if let job = unsafe stealFork(from: thief, floor: floor, &patience) {
        unsafe run(job, from: thief)
        return true
      }
      guard let next = unsafe thief.pointee.forks.firstStolen(from: floor) else { return false }
      state = next
    }
    return false
  }
}
