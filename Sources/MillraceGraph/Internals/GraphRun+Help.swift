import MillraceExecutor
import MillracePrimitives
import Synchronization

/// Who comes for what a participant cannot do at once, and how the caller waits.
extension GraphRun {
  /// The calling participant has more to do than it does now.
  @inline(__always)
  func shareIfWanted(_ worker: CurrentWorker, _ flags: UInt8, _ pace: inout Pace) {
    if !pace.keepsToItself, flags & Self.callerSleeps != 0 || worker.isHelpAsleep { askForHelp(worker, &pace) }
  }

  /// The same before a node that may take long: a worker that searches now finds the invitation, and would else be seen asleep only after the node.
  func shareBeforeLong(_ worker: CurrentWorker, _ flags: UInt8, _ pace: inout Pace) {
    if flags & Self.callerSleeps != 0 || worker.hasColleagues { askForHelp(worker, &pace) }
  }

  @inline(never)
  private func askForHelp(_ worker: CurrentWorker, _ pace: inout Pace) {
    if pace.isAlone {
      // G2: pairs with `join`; what was done alone travels.
      active.wrappingAdd(Self.shared, ordering: .releasing)
      pace.isAlone = false
    }
    if wakeCaller() { return }
    // Relaxed: a hint.
    if !isInvited.exchange(true, ordering: .relaxed) { worker.invite(invitation) }
  }

  /// Where whoever has posted to the mailbox finds somebody to come for it. Taken before the post: after it the run may end at any time, and the block be another run's.
  struct Help {
    fileprivate let executor: WorkStealingExecutor?
    fileprivate let epoch: Int
  }

  /// For who is active, or resumes a node that is.
  var help: Help { Help(executor: executor, epoch: epoch) }

  /// Sees to it that somebody comes for what is in the mailbox. Any thread.
  func summon(_ help: Help) {
    if wakeCaller() { return }
    // G7: pairs with `takePart`: who has been invited, and has not begun, will look.
    if isInvited.exchange(true, ordering: .acquiringAndReleasing) { return }
    do {
      try (help.executor ?? .shared).submit(invitation)
    } catch {
      // What was accepted runs to its end, if need be elsewhere.
      try! WorkStealingExecutor.shared.submit(onWorker: { self.takePart($0, movingRun: help.epoch) })
    }
  }

  /// Wakes the caller if it sleeps.
  @discardableResult
  func wakeCaller() -> Bool {
    // G6: pairs with `sleepAsCaller`.
    guard flags.bitwiseAnd(~Self.callerSleeps, ordering: .acquiringAndReleasing).oldValue & Self.callerSleeps != 0
    else {
      return false
    }
    callerParker.unpark()
    return true
  }

  /// Sleeps until somebody has more than it can do, or the run has ended. True: it has ended. The caller is not counted as active.
  func sleepAsCaller(_ worker: CurrentWorker) -> Bool {
    // G6: pairs with `wakeCaller`.
    flags.bitwiseOr(Self.callerSleeps, ordering: .acquiringAndReleasing)
    // Announced, and then counted in and out: whoever leaves last sees it, or it is this.
    let isLast = !join() || leave()
    // G6: pairs with `wakeCaller`: if somebody was faster, there is a token.
    if !isLast
      || flags.bitwiseAnd(~Self.callerSleeps, ordering: .acquiringAndReleasing).oldValue & Self.callerSleeps == 0
    {
      if unsafe plan.waitsOutside {
        // What wakes it may come from outside, and nobody else may be there to see that the run is to stop.
        worker.waitBlocking(for: callerParker) { if worker.isCancelled { stop() } }
      } else {
        worker.wait(for: callerParker)
      }
    }
    // Also when it was seen before that the run has ended: the last one's work is to be seen now.
    return hasEnded
  }
}
