import CMillrace
import Synchronization

/// A deque of 32-bit indices: its owner pushes and pops at one end for a few plain stores, thieves take half of it at the other.
///
/// ## The protocol
///
/// | who | does | then |
/// |---|---|---|
/// | owner, push | the index, then `tail` past it (K1) | |
/// | owner, pop | reads `taken`; `tail` back by one, light fence (K2), reads `head` | `head` at or below: the index is its own, *no atomic read-modify-write* |
/// | owner, pop, sees `head` beyond | takes the lock, looks again | the thief that was there has retreated, or the deque is empty |
/// | thief, under the lock | `head` past what it wants, heavy fence (K2), reads `tail` (K1) | retreats to `tail` if that is less; copies what is left to it, then `taken` (K3) |
/// | owner, push, buffer full | reads `taken` (K3); makes the buffer larger under the lock | |
///
/// This is Cilk's THE protocol (Frigo, Leiserson & Randall 1998) with many indices a claim, and the store-load fence on the thief's side. A thief *announces before it looks*, the owner
/// *withdraws before it looks*: the heavy fence is a point in the owner's program order; pops before it are seen in `tail`, pops after it see `head`. An owner that pops an index and
/// pushes another in its place is no danger: the thief reads the buffer after `tail`, and takes what is there now. But `head` alone does not say that the deque is empty: a thief that
/// announced more than was left moves it back, and what the owner pushed meanwhile is there again. What is below `taken` is gone for good.
///
/// The lock is held by one thief at a time, for a fence and a copy of at most ``mostStolen`` indices; the owner takes it only when it and a thief want the last few, and to grow.
///
/// Rejected: Chase and Lev's deque (one index, and one heavy fence, for each steal: with bodies of a few nanoseconds that is all the thief does); linked lists of indices in
/// the counters (a list cannot be halved without walking it).
///
/// Who may touch what: `tail`, `limit` and the buffer's words: written by the owner. `head`, `taken`: written under the lock. `buffer`, `mask`: written by the owner under the lock.
///
/// `Tests/Models/index.pml` checks every interleaving of one owner with two thieves, with store buffers.
@safe
package struct IndexDeque: ~Copyable {
  private let tail = Atomic<Int>(0)
  /// The owner may push below this without looking.
  private let limit: Atomic<Int>
  private let buffer: Atomic<UInt>
  private let mask: Atomic<Int>
  private let ownerFences = !millrace_asymmetric_fence_available()

  // Thieves write these; their own pair of cache lines.
  private let padding = CacheLinePadding()
  private let head = Atomic<Int>(0)
  private let taken = Atomic<Int>(0)
  private let lock = Lock(())

  /// A thief takes half, and no more than this.
  package static var mostStolen: Int { 2048 }
  private static var leastCapacity: Int { 64 }

  package init() {
    let capacity = Self.leastCapacity
    buffer = Atomic(UInt(bitPattern: unsafe Self.allocate(capacity)))
    mask = Atomic(capacity - 1)
    limit = Atomic(capacity)
  }

  deinit {
    // Relaxed: nobody else is left.
    Self.deallocate(address: buffer.load(ordering: .relaxed), capacity: mask.load(ordering: .relaxed) + 1)
  }

  // MARK: The owner

  /// Owner only.
  @inline(__always)
  package func push(_ index: UInt32) {
    // Relaxed: only the owner writes these.
    let end = tail.load(ordering: .relaxed)
    if end == limit.load(ordering: .relaxed) { _ = makeRoom(at: end, for: 1) }
    // Relaxed: K1 publishes it.
    unsafe place(end).pointee.store(index, ordering: .relaxed)
    // K1: pairs with `steal`; the index, and what made it ready, travel.
    tail.store(end + 1, ordering: .releasing)
  }

  /// The index that was pushed last. Owner only.
  @inline(__always)
  package func pop() -> UInt32? {
    // Relaxed: only the owner writes it.
    let last = tail.load(ordering: .relaxed) - 1
    // Relaxed: it only rises. (Not `head`, which may be past the end for a moment, and comes back when the thief has looked.)
    if taken.load(ordering: .relaxed) > last { return nil }
    // K1: pairs with `steal`: who reads this instead of what `push` wrote gets the same indices. Withdrawn, and then look; the fences order that.
    tail.store(last, ordering: .releasing)
    // K2: pairs with the heavy fence in `steal`.
    if ownerFences { millrace_full_fence() } else { millrace_compiler_barrier() }
    // Relaxed: the fence orders it.
    if head.load(ordering: .relaxed) > last { return popContended(last) }
    // Relaxed: the owner wrote it.
    return unsafe place(last).pointee.load(ordering: .relaxed)
  }

  /// A thief is after the same index, or has been.
  @inline(never)
  private func popContended(_ last: Int) -> UInt32? {
    lock.withLock { _ in
      // Relaxed: written under the lock.
      let first = head.load(ordering: .relaxed)
      if first > last {
        // Relaxed: there is nothing below it for a thief to see.
        tail.store(first, ordering: .relaxed)
        return nil
      }
      // Relaxed: the owner wrote it.
      return unsafe place(last).pointee.load(ordering: .relaxed)
    }
  }

  /// Owner only. Returns how many may be pushed, at least `wanted`.
  @inline(never)
  private func makeRoom(at end: Int, for wanted: Int) -> Int {
    // Relaxed: written by the owner.
    let capacity = mask.load(ordering: .relaxed) + 1
    // K3: pairs with `steal`: it has read what is overwritten.
    let free = taken.load(ordering: .acquiring) + capacity
    // Relaxed: the owner's own.
    limit.store(free, ordering: .relaxed)
    if end + wanted <= free { return free - end }
    return lock.withLock { _ in
      // Relaxed: written under the lock.
      let first = head.load(ordering: .relaxed)
      var larger = capacity * 2
      while end + wanted > first + larger { larger *= 2 }
      let new = unsafe Self.allocate(larger)
      for index in first..<max(first, end) {
        // Relaxed: the owner wrote it; nobody sees the new one yet.
        unsafe new[index & (larger - 1)].store(place(index).pointee.load(ordering: .relaxed), ordering: .relaxed)
      }
      // Relaxed: read by the owner, and under the lock.
      let old = buffer.exchange(UInt(bitPattern: new), ordering: .relaxed)
      mask.store(larger - 1, ordering: .relaxed)
      limit.store(first + larger, ordering: .relaxed)
      Self.deallocate(address: old, capacity: capacity)
      return first + larger - end
    }
  }

  // MARK: Thieves

  /// About how many there are. Any thread.
  @inline(__always)
  package var count: Int {
    // Relaxed: a hint.
    max(0, tail.load(ordering: .relaxed) - head.load(ordering: .relaxed))
  }

  /// Takes the older half, the oldest of which is returned, the rest pushed to `thief`, which the caller owns. Any thread but the owner.
  package func steal(into thief: borrowing IndexDeque) -> UInt32? {
    let seen = count
    if seen == 0 { return nil }
    // Before the lock: two thieves that steal from each other must not wait for each other's.
    // Relaxed: the thief owns it.
    let room = thief.makeRoom(at: thief.tail.load(ordering: .relaxed), for: min((seen + 1) / 2, Self.mostStolen))
    return lock.withLock { _ in
      // Relaxed: written under the lock; how much there is, is looked at again.
      let first = head.load(ordering: .relaxed)
      let available = tail.load(ordering: .relaxed) - first
      guard available > 0 else { return nil }
      var end = first + min((available + 1) / 2, room, Self.mostStolen)
      // Relaxed: announced, and then look; the fences order it.
      head.store(end, ordering: .relaxed)
      // K2: pairs with the light fence in `pop`.
      millrace_heavy_fence()
      // K1: pairs with `push`.
      let last = tail.load(ordering: .acquiring)
      if last < end {
        end = max(first, last)
        // Relaxed: likewise; the owner looks again under the lock.
        head.store(end, ordering: .relaxed)
      }
      guard first < end else { return nil }
      // Relaxed: K1 brought it, and it is not overwritten before `taken` says so.
      let oldest = unsafe place(first).pointee.load(ordering: .relaxed)
      // From the newest to the oldest, so that the thief goes on in the victim's order.
      for index in stride(from: end - 1, to: first, by: -1) {
        // Relaxed: likewise.
        thief.push(unsafe place(index).pointee.load(ordering: .relaxed))
      }
      // K3: pairs with `makeRoom`.
      taken.store(end, ordering: .releasing)
      return oldest
    }
  }

  // MARK: The buffer

  @inline(__always)
  private func place(_ index: Int) -> UnsafeMutablePointer<Atomic<UInt32>> {
    // Relaxed: written by the owner under the lock; read by the owner, or under the lock.
    unsafe UnsafeMutablePointer<Atomic<UInt32>>(bitPattern: buffer.load(ordering: .relaxed)).unsafelyUnwrapped
      // Relaxed: likewise.
      + (index & mask.load(ordering: .relaxed))
  }

  private static func allocate(_ capacity: Int) -> UnsafeMutablePointer<Atomic<UInt32>> {
    let memory = unsafe Memory.allocate(bytes: capacity * 4, alignment: 64)
      .bindMemory(to: Atomic<UInt32>.self, capacity: capacity)
    for index in 0..<capacity { unsafe (memory + index).initialize(to: Atomic(0)) }
    return unsafe memory
  }

  private static func deallocate(address: UInt, capacity: Int) {
    unsafe Memory.deallocate(UnsafeMutableRawPointer(bitPattern: address)!, bytes: capacity * 4, alignment: 64)
  }
}
