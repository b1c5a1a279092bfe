import CMillrace
import Synchronization

/// A job that a thief has made its own; run it, then call ``finish()``.
package struct StolenFork {
  package let cell: UInt
  package let function: UInt
  package let context: UInt

  package init(cell: UInt, function: UInt = 0, context: UInt = 0) {
    self.cell = cell
    self.function = function
    self.context = context
  }
}

/// What any thread may do.
extension ForkDeque {
  package enum Sight: Equatable {
    case nothing
    /// A job that could be claimed: its cell and its function.
    case job(cell: UInt, function: UInt)
  }

  /// Looks for the oldest job at or above `floor`, without touching anything.
  package func look(from floor: UInt = 0) -> Sight {
    // Relaxed: a hint.
    var cell = max(top.load(ordering: .relaxed), floor, cells)
    // F2: pairs with the owner's push; the states below `next` travel.
    let limit = next.load(ordering: .acquiring)
    while cell < limit {
      // Relaxed: the claim acquires.
      let state = ForkState(word: unsafe ForkCell.at(cell).pointee.state.load(ordering: .relaxed))
      if state.isReady { return .job(cell: cell, function: state.word) }
      cell += UInt(MemoryLayout<ForkCell>.stride)
    }
    return .nothing
  }

  package func cell(at index: Int) -> UInt { cells + UInt(index * MemoryLayout<ForkCell>.stride) }

  /// Who has stolen the first stolen job at or above `floor`. A hint.
  package func firstStolen(from floor: UInt) -> ForkState? {
    // F2: pairs with the owner's push.
    let limit = next.load(ordering: .acquiring)
    var cell = floor
    while cell < limit {
      // Relaxed: a hint.
      let state = ForkState(word: unsafe ForkCell.at(cell).pointee.state.load(ordering: .relaxed))
      if state.isStolen { return state }
      if state.isReady { return nil }
      cell += UInt(MemoryLayout<ForkCell>.stride)
    }
    return nil
  }

  /// Claims the job seen at `cell`. `thief` and `base` (the thief's own next free cell) are recorded, so that the owner can take part.
  package func steal(cell: UInt, function: UInt, thief: Int, base: Int) -> StolenFork? {
    let state = unsafe UnsafePointer(ForkCell.at(cell))
    let claimed = ForkState.claimed(by: thief).word
    // F1: pairs with the owner's push.
    guard
      unsafe state.pointee.state.compareExchange(
        expected: function, desired: claimed, successOrdering: .acquiring, failureOrdering: .relaxed
      ).exchanged
    else { return nil }
    // F3: announce, then look; pairs with the light fence in `pop`.
    millrace_heavy_fence()
    // F2: pairs with the owner's push.
    if next.load(ordering: .acquiring) > cell {
      // F4: pairs with the owner's `settle`.
      if unsafe state.pointee.state.compareExchange(
        expected: claimed, desired: ForkState.stolen(by: thief, base: base).word,
        successOrdering: .acquiringAndReleasing, failureOrdering: .relaxed
      ).exchanged {
        raiseTop(past: cell)
        return StolenFork(cell: cell, function: function, context: unsafe state.pointee.context)
      }
    } else {
      // F1: the owner has it, or has not published it yet: leave the cell as it was.
      _ = unsafe state.pointee.state.compareExchange(
        expected: claimed, desired: function, successOrdering: .releasing, failureOrdering: .relaxed)
    }
    return nil
  }

  private func raiseTop(past cell: UInt) {
    let above = cell + UInt(MemoryLayout<ForkCell>.stride)
    // Relaxed: a hint; the job's `done` (F5) orders it before the owner lowers it.
    var seen = top.load(ordering: .relaxed)
    while seen < above {
      let (done, original) = top.weakCompareExchange(expected: seen, desired: above, ordering: .relaxed)
      if done { return }
      seen = original
    }
  }
}

extension StolenFork {
  package func run() {
    unsafe millrace_closure_call(function, UnsafeMutableRawPointer(bitPattern: context))
  }

  /// Hands the results to the owner. True: the owner sleeps and must be unparked. The cell must not be touched afterwards.
  package func finish() -> Bool {
    // F5: pairs with the owner's wait; the job's results travel.
    let previous = unsafe ForkCell.at(cell).pointee.state.exchange(
      ForkState.done.word, ordering: .acquiringAndReleasing)
    return ForkState(word: previous).isAwaited
  }
}
