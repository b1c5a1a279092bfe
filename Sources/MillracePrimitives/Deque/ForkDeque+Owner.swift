import CMillrace
import Synchronization

/// What only the owner does.
extension ForkDeque {
  /// Makes a job stealable and returns its cell, which must be given to ``pop(_:function:)`` next.
  @inlinable @inline(__always)
  public func push(function: UInt, context: UInt) -> UInt {
    // Relaxed: only the owner writes `next`.
    let cell = next.load(ordering: .relaxed)
    unsafe ForkCell.at(cell).pointee.context = context
    // F1: pairs with the thief's claim; the context travels.
    unsafe ForkCell.at(cell).pointee.state.store(function, ordering: .releasing)
    // F2: pairs with the thief's look at `next`; the state travels.
    next.store(cell &+ UInt(MemoryLayout<ForkCell>.stride), ordering: .releasing)
    return cell
  }

  /// Takes the newest job back. True: it is the caller's to run. False: a thief has it or may have it, see ``settle(_:)``.
  @inlinable @inline(__always)
  public func pop(_ cell: UInt, function: UInt) -> Bool {
    // F3: withdraw, then look; pairs with the heavy fence in `steal`. Relaxed stores: the fence orders them.
    next.store(cell, ordering: .relaxed)
    if ownerFences {
      millrace_full_fence()
    } else {
      millrace_compiler_barrier()
    }
    // Relaxed: an untouched word carries nothing but what this thread wrote.
    return unsafe ForkCell.at(cell).pointee.state.load(ordering: .relaxed) == function
  }

  /// Decides a contended join. Nil: the job is the caller's to run. Else who has stolen it.
  package func settle(_ cell: UInt) -> ForkState? {
    // F5: pairs with the thief's `done`, should it have finished already.
    let seen = ForkState(word: unsafe ForkCell.at(cell).pointee.state.load(ordering: .acquiring))
    if seen.isReady { return nil }
    if seen.isClaimed {
      // F4: pairs with the thief's last compare-exchange: one of the two wins.
      let (won, _) = unsafe ForkCell.at(cell).pointee.state.compareExchange(
        expected: seen.word, desired: ForkState.empty.word, ordering: .acquiring)
      // A thief may also have put the function back, or a second one may have claimed it after that.
      return won ? nil : settle(cell)
    }
    return seen
  }

  /// While a stolen job runs, its cell stays in use: forks made meanwhile go above it.
  package func keepStolen(_ cell: UInt) {
    // F2: pairs with the thief's look at `next`.
    next.store(cell + UInt(MemoryLayout<ForkCell>.stride), ordering: .releasing)
  }

  /// Tells the thief that the owner goes to sleep. False: the job is done.
  package func announceWait(_ cell: UInt, _ state: ForkState) -> Bool {
    // F5: pairs with `finish`; either it sees this, or this sees `done`.
    unsafe ForkCell.at(cell).pointee.state.compareExchange(
      expected: state.word, desired: state.awaited.word, ordering: .acquiringAndReleasing
    ).exchanged
  }

  /// Index of the cell that the next fork uses.
  package var nextIndex: Int {
    // Relaxed: only the owner writes it.
    Int(next.load(ordering: .relaxed) - cells) / MemoryLayout<ForkCell>.stride
  }

  /// After a stolen job is done: its cell is free again.
  package func release(_ cell: UInt) {
    // Relaxed: thieves raised `top` before the job ran, and F5 ordered that before this.
    top.store(min(top.load(ordering: .relaxed), cell), ordering: .relaxed)
    next.store(cell, ordering: .relaxed)
  }

  /// Nothing of this deque can be stolen: time to fork more. A hint.
  @inlinable @inline(__always)
  public var isDrained: Bool {
    // Relaxed: a hint; being wrong costs one grain.
    top.load(ordering: .relaxed) >= next.load(ordering: .relaxed)
  }

  /// How many jobs lie between the two ends. A hint.
  package var count: Int {
    // Relaxed: a figure.
    let newest = next.load(ordering: .relaxed)
    let oldest = top.load(ordering: .relaxed)
    return newest > oldest ? Int(newest - oldest) / MemoryLayout<ForkCell>.stride : 0
  }
}
