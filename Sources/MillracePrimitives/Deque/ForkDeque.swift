import CMillrace
import Synchronization

/// A worker's deque of forked jobs: the owner pushes and pops at one end for a few plain stores, thieves claim the oldest.
///
/// A cell's place is its depth: the owner's fork takes the next cell, its join gives it back, so cells are used like a stack
/// and are never freed while a thief may look. A cell holds the two words of a closure, and the function word says at
/// the same time that the job is there to take.
///
/// ## The protocol
///
/// | who | does | then |
/// |---|---|---|
/// | owner, fork | context, then `state = function` (F1), then `next` past the cell (F2) | |
/// | owner, join | `next` back to the cell, light fence (F3), reads `state` | still the function: runs the job itself, *no atomic read-modify-write* |
/// | thief | `state: function → claimed(thief)` (F1), heavy fence (F3), reads `next` (F2) | `next` beyond the cell: `claimed → stolen` (F4); else `claimed → function` |
/// | owner, join, sees `claimed` | `claimed → empty` (F4) | won: runs the job itself; lost: it is stolen, waits for `done` (F5) |
///
/// A thief *announces before it looks*, the owner *withdraws before it looks*: the fences F3 between (a compiler barrier for the
/// owner, `membarrier` for the thief) make it impossible that both miss the other, so a join whose job nobody wants, even the
/// last one in the deque, costs no read-modify-write. This is the agreement of Cilk's THE protocol
/// (Frigo, Leiserson & Randall 1998) with the claim in the cell instead of a lock. Whoever wins the one contended
/// compare-exchange F4 runs the job, so no thread waits for another to finish a step: lock-free.
///
/// *Why a reused cell is no danger.* Between a thief's claim and its last compare-exchange the owner may pop the cell and push
/// another job into it. The push overwrites `claimed(thief)`, so F4 fails, and the restoring compare-exchange fails too.
/// A claim that hits a new job with an equal function word is a claim of that job: its context is read only after F4.
///
/// *Why `membarrier` is enough.* Let the owner's join miss the claim: its load of `state` came before the claim was visible.
/// The heavy fence, after the claim, puts a full fence into the owner's program order: not before that load (a later load would see the
/// claim), so after it, and then the store to `next` before the load is visible to the thief, which retreats.
///
/// ## Who may touch what
/// 1. `next` is written by the owner only. 2. `top` is a hint where the oldest unstolen job may be: thieves raise it after
/// a steal and before they run the job, the owner lowers it after it has seen that job done; so it is never above an unstolen job
/// once both are visible. 3. A cell's `context` is written by the owner before F1 and read by a thief after F4.
///
/// `Tests/Models/fork.pml` checks every interleaving of one owner with two thieves, with store buffers.
@frozen
public struct ForkDeque: ~Copyable {
  /// Address of the cell that the next fork uses. Written by the owner only.
  public let next: Atomic<UInt>
  public let cells: UInt
  /// The owner's join must fence (no `membarrier` here).
  public let ownerFences: Bool
  @usableFromInline let end: UInt

  // Thieves write this; its own pair of cache lines.
  @usableFromInline let padding = CacheLinePadding()
  public let top: Atomic<UInt>

  /// Reserves `capacity` cells; pages that are never used cost nothing.
  public init(capacity: Int) {
    let bytes = capacity * MemoryLayout<ForkCell>.stride
    guard let pages = unsafe millrace_pages_reserve(bytes) else {
      fatalError("Millrace could not reserve \(bytes) bytes of address space for a worker's fork deque")
    }
    cells = UInt(bitPattern: pages)
    end = cells + UInt(bytes)
    next = Atomic(cells)
    top = Atomic(cells)
    ownerFences = !millrace_asymmetric_fence_available()
  }

  deinit {
    unsafe millrace_pages_release(UnsafeMutableRawPointer(bitPattern: cells)!, Int(end - cells))
  }
}

/// One place of a ``ForkDeque``.
@frozen
public struct ForkCell: ~Copyable {
  public let state: Atomic<UInt>
  public var context: UInt

  @inlinable @inline(__always)
  public static func at(_ address: UInt) -> UnsafeMutablePointer<ForkCell> {
    unsafe UnsafeMutablePointer(bitPattern: address).unsafelyUnwrapped
  }
}

/// 128 bytes between fields that different threads write: two lines, because neighbours are prefetched in pairs.
@frozen
public struct CacheLinePadding {
  @usableFromInline let words: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (
    0, 0, 0, 0, 0, 0, 0, 0
  )
  @usableFromInline let more: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (
    0, 0, 0, 0, 0, 0, 0, 0
  )
  @inlinable public init() {}
}

/// What a cell's state word says when it is not a job's function: the top bit, a kind, the thief, and where in the thief's
/// deque the stolen job's own forks begin.
@frozen
public struct ForkState: Equatable, Sendable {
  public let word: UInt

  @inlinable public init(word: UInt) { self.word = word }

  @usableFromInline static let mark: UInt = 1 << 63
  @usableFromInline static let kindMask: UInt = 0b111 << 60

  public static let empty = ForkState(word: 0)
  /// The job has been run by a thief and its results are visible to whoever acquires this (F5).
  public static let done = ForkState(word: mark | 1 << 60)

  /// `base`: index of the thief's first free cell, in its own deque.
  static func claimed(by thief: Int) -> ForkState { ForkState(word: mark | 2 << 60 | UInt(thief)) }
  package static func running(on worker: Int, base: Int) -> ForkState { stolen(by: worker, base: base) }
  static func stolen(by thief: Int, base: Int) -> ForkState {
    ForkState(word: mark | 3 << 60 | UInt(base) << 16 | UInt(thief))
  }

  /// The same, and the owner has gone to sleep until it is done.
  public var awaited: ForkState { ForkState(word: (word & ~Self.kindMask) | 4 << 60) }

  /// A job is there to take, and this word is its function.
  @inlinable public var isReady: Bool { Int(bitPattern: word) > 0 }
  public var isClaimed: Bool { word & (Self.mark | Self.kindMask) == Self.mark | 2 << 60 }
  /// By a thief that has not finished.
  public var isStolen: Bool {
    let kind = word & (Self.mark | Self.kindMask)
    return kind == Self.mark | 3 << 60 || kind == Self.mark | 4 << 60
  }
  public var isAwaited: Bool { word & (Self.mark | Self.kindMask) == Self.mark | 4 << 60 }
  public var thief: Int { Int(word & 0xffff) }
  public var thiefBase: Int { Int((word >> 16) & 0xfff_ffff_ffff) }
}
