import CMillrace
import MillracePrimitives
import Synchronization

/// The slow half of a join: somebody has, or wants, the job.
extension UnsafeMutablePointer where Pointee == Worker {
  /// True: the job is the caller's to run after all. False: a thief has run it.
  @usableFromInline
  @inline(never)
  func awaitStolen(_ cell: UInt) -> Bool {
    guard unsafe pointee.forks.settle(cell) != nil else { return true }
    unsafe pointee.forks.keepStolen(cell)
    while let (job, victim) = unsafe waitOrLeapfrog(cell) { unsafe run(job, from: victim) }
    unsafe pointee.forks.release(cell)
    return false
  }

  /// Waits for a stolen job's end: nil. Or returns a job that descends from it, for the caller to run while it waits.
  ///
  /// The owner takes jobs that the stolen one has forked, and no others (leapfrogging; Wagner & Calder 1993,
  /// DOI 10.1145/155332.155354): it never runs work it does not wait for, so it cannot deadlock on a lock that its caller holds, and its
  /// stack grows no deeper than the program's own depth.
  func waitOrLeapfrog(_ cell: UInt) -> (StolenFork, WorkerPointer)? {
    let scheduler = unsafe schedulerReference
    let start = millrace_ticks()
    var patience = Patience()
    while true {
      // F5: pairs with the thief's `finish`; the results travel.
      let state = unsafe ForkState(word: ForkCell.at(cell).pointee.state.load(ordering: .acquiring))
      if state == .done { return nil }
      if let found = unsafe leapfrog(state, scheduler, &patience) { return unsafe found }
      if millrace_ticks() &- start < scheduler.spinTicks {
        patience.pause()
      } else if unsafe pointee.forks.announceWait(cell, state) {
        // The thief's `finish` sees it and gives exactly one token.
        unsafe parkForJoin()
      }
    }
  }

  /// Steals a job that descends from the stolen one: forked by its thief, or by whom that thief waits for.
  func leapfrog(
    _ state: ForkState, _ scheduler: Scheduler, _ patience: inout Patience
  ) -> (StolenFork, WorkerPointer)? {
    var state = state
    for _ in 0..<4 {
      guard let thief = unsafe scheduler.worker(state.thief) else { return nil }
      let floor = unsafe thief.pointee.forks.cell(at: state.thiefBase)
      if let job = unsafe stealFork(from: thief, floor: floor, &patience) { return unsafe (job, thief) }
      guard let next = unsafe thief.pointee.forks.firstStolen(from: floor) else { return nil }
      state = next
    }
    return nil
  }
}
