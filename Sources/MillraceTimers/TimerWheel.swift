/// A hierarchical timing wheel: any number of timers, each scheduled, moved and cancelled in constant time.
///
/// ```text
///           now
///            ▼   slot of level 1, 64 ticks
/// level 0 │··········│··········│                                   128 slots of 1 tick: two slots of level 1
/// level 1 │   now    │   next   │    +2    │    +3    │ …           128 slots of 64 ticks: two slots of level 2
/// level 2 │                    now                    │   next  …   128 slots of 4096 ticks
///              ▲          │
///              └──────────┘ while time is in "now", "next" is drained into the finer level, an equal share in each tick
/// ```
/// An entry is filed at the finest level that reaches its deadline, that is, whose two parent slots contain it. While time
/// passes through one slot of a level, the entries of the next slot are moved to finer levels, in equal shares per tick.
///
/// *Lemma (no cascade).* Let time be in slot p − 1 of level k ≥ 1, which is W = 64ᵏ ticks wide, and slot p hold n entries when
/// that began. (1) Nothing is filed into p: its deadlines are within two slots of width W, so a finer level reaches them.
/// (2) With r ticks left and m entries, a tick moves ⌈m / r⌉. By induction m ≤ r·⌈n / W⌉: it holds for r = W, a move leaves at most
/// m − m / r = m (r − 1) / r ≤ (r − 1)·⌈n / W⌉, and cancelling only lowers m. So each tick moves at most ⌈n / W⌉ entries, and with r = 1 the
/// slot is empty. (3) So when slot p begins, its entries are in finer levels; at level 0 that is: in the slots of their own ticks.
/// A tick that is advanced to by itself touches therefore
///
///     due + Σₖ ⌈nₖ / 64ᵏ⌉
///
/// entries: each summand is the mean number due per tick in the slot that is drained, rounded up.
/// It is *not* bounded by what is due in the same tick alone, and cannot be: a million timers of one tick among
/// those of 64 are told apart by looking at each, at some time before the first of the 64.
///
/// ## Tolerance
/// Each level but the finest has a second ring, of entries that may be late by the width of its slots. They are not drained but fired, in the
/// last tick of their slot, so a tolerant timer is touched once or twice in its life.
///
/// ## Where we differ
/// From Varghese & Lauck, scheme 7 (1987, DOI 10.1145/41457.37504): they move a parent slot's entries all at once when it begins, a spike
/// as large as the slot; rings here have twice the slots of a parent slot, so that there is room to move them earlier.
/// Empty stretches are skipped by bitmap. A slot also knows a lower bound of its deadlines, so the owner sleeps until the first of them
/// instead of waking at each level's border. Moving a deadline later moves nothing.
///
/// ## Who may call it
/// One thread, the owner. Methods do not mutate: the wheel is a handle, so that what is fired may call it while it advances.
/// A wheel that is destroyed forgets its entries, and touches none.
///
/// - Complexity: schedule, cancel, reschedule: O(1). `nextDeadline`: O(levels). Memory: 48 KiB, whatever is in it.
@safe
public struct TimerWheel: ~Copyable {
  /// What changes; apart from the handle, so that the handle can be a `let`.
  @usableFromInline struct State {
    /// All entries due in or before this tick have been taken out, unless a limit stopped that.
    @usableFromInline var current: Tick
    @usableFromInline var count = 0
    @usableFromInline var touched = 0
    /// Which of the two slots of late entries is filed into; the other one is being fired.
    @usableFromInline var lateSlot = TimerWheel.lateRing &* 128
    @usableFromInline var isAdvancing = false
  }

  /// SAFETY: the three blocks live as long as the wheel, which frees them; it cannot be copied, so no one else does.
  @usableFromInline let state: UnsafeMutablePointer<State>
  /// The heads of all slots, ring after ring: an entry each, in a circle with those of its slot.
  @usableFromInline let heads: UnsafeMutablePointer<TimerEntry>
  /// A bit for each slot that has an entry.
  @usableFromInline let occupied: UnsafeMutablePointer<UInt64>

  /// 128 · 64⁵ ticks are 104 days; what is due later waits in the last slot and is filed again when that is near.
  @usableFromInline static let levels: UInt64 = 6
  /// Rings 0 ..< 6: the levels. Ring 5 + k: the tolerant entries of level k ≥ 1. Ring 11: two slots of late entries.
  @usableFromInline static let lateRing: UInt64 = 11
  @usableFromInline static let slots = 12 * 128

  /// `now`: of the clock that all deadlines are given in; nanoseconds.
  public init(now: UInt64) {
    unsafe state = .allocate(capacity: 1)
    unsafe heads = .allocate(capacity: Self.slots)
    unsafe occupied = .allocate(capacity: Self.slots / 64)
    unsafe state.initialize(to: State(current: Tick(begunAt: now)))
    unsafe occupied.initialize(repeating: 0, count: Self.slots / 64)
    for slot in 0..<Self.slots {
      let head = unsafe heads + slot
      unsafe head.initialize(to: TimerEntry())
      unsafe head.pointee.next = head
      unsafe head.pointee.previous = head
    }
  }

  deinit {
    unsafe state.deallocate()
    unsafe heads.deallocate()
    unsafe occupied.deallocate()
  }

  /// Entries in the wheel.
  @inlinable public var count: Int { unsafe state.pointee.count }
  @inlinable public var isEmpty: Bool { count == 0 }

  /// How often an entry was fired or moved to another slot by ``advance(to:limit:_:)``, since the beginning.
  public var touched: Int { unsafe state.pointee.touched }

  /// The tick that was last advanced to.
  public var current: Tick { unsafe state.pointee.current }

  /// Takes all entries out, in no order. `body` may free the entry it is given, and may not call the wheel.
  @safe
  public func removeAll(_ body: (UnsafeMutablePointer<TimerEntry>) -> Void) {
    for slot in 0..<Self.slots {
      while let entry = unsafe first(in: UInt64(slot)) {
        unsafe unlink(entry)
        unsafe body(entry)
      }
    }
  }
}
