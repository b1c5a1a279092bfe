/// What happens in a tick: firing what is due, and draining what soon will be.
extension TimerWheel {
  /// Fires each entry that is due at `now`, those of earlier ticks first; returns how many.
  ///
  /// An entry is out of the wheel when `fire` is called, which may schedule, move and cancel any entry, this one and others that are due too, and may
  /// free this one. What it schedules for a tick not after `now` fires in the same call, unless it is overdue in the tick that is being fired:
  /// then in the next call, so that no call is endless. It must not call `advance`.
  ///
  /// Stretches in which nothing is due are skipped. What should have been drained meanwhile is then drained at once; see ``nextUpkeep``.
  /// - Parameter limit: Fires no more than these; the next call goes on where this one stopped.
  @safe @discardableResult
  public func advance(
    to now: UInt64, limit: Int = .max, _ fire: (UnsafeMutablePointer<TimerEntry>) -> Void
  ) -> Int {
    unsafe precondition(!state.pointee.isAdvancing, "advance was called by an entry that is being fired")
    unsafe state.pointee.isAdvancing = true
    defer { unsafe state.pointee.isAdvancing = false }
    var left = max(limit, 0)
    unsafe fireLate(&left, fire)
    // Only what a limit has left over is still there.
    unsafe fireTick(&left, fire)
    let target = max(Tick(begunAt: now), current)
    while left > 0 {
      let next = bound(rings: Self.lateRing)
      move(to: min(next, target))
      if next > target { break }
      unsafe fireTick(&left, fire)
    }
    return max(limit, 0) - left
  }

  /// When the next entry is due, in nanoseconds, or a lower bound of it; nil when there is none.
  ///
  /// Exact, unless the earliest entry of a slot of level ≥ 1 was cancelled or moved, or is due in more than 52 days. Advancing to it always makes
  /// progress: what does not fire moves to a finer level. For tolerant entries: the tick in which they will be fired.
  public var nextDeadline: UInt64? {
    isEmpty ? nil : bound(rings: Self.lateRing + 1).nanoseconds
  }

  /// When to advance next so that no call has much to move: ``nextDeadline``, or sooner while a crowded slot is drained, nil when empty.
  ///
  /// A wheel that is asleep does not drain. An owner that sleeps until this instead of until the next deadline moves at most
  /// 256 entries per level and call, and one more, or one tick's share if that is more; slots of up to 256 entries never cost a wake-up.
  public var nextUpkeep: UInt64? {
    if isEmpty { return nil }
    var next = bound(rings: Self.lateRing + 1).number
    for level in 1..<Self.levels {
      guard let first = occupiedSlot(ring: level, from: current.slot(level)) else { continue }
      // The one after it too: the first one's deadline, which is a wake-up, may be late in the ticks that the second should be drained in.
      for slot in first...first + 1 {
        let count = unsafe UInt64(heads[Int(Self.place(level, slot))].tag)
        if count <= 256 { continue }
        let end = (slot << (level * 6)) - 1
        let begin = max(current.number, end - (1 << (level * 6)))
        next = min(next, begin + max(1, 256 * (end - begin) / count))
      }
    }
    return Tick(next).nanoseconds
  }

  private func fireLate(_ left: inout Int, _ fire: (UnsafeMutablePointer<TimerEntry>) -> Void) {
    let filedInto = unsafe state.pointee.lateSlot
    if unsafe first(in: filedInto ^ 1) == nil { unsafe state.pointee.lateSlot = filedInto ^ 1 }
    let slot = unsafe state.pointee.lateSlot ^ 1
    unsafe fireSlot(slot, &left, fire)
  }

  /// Fires the slot of the current tick, and those of tolerant entries that end with it.
  private func fireTick(_ left: inout Int, _ fire: (UnsafeMutablePointer<TimerEntry>) -> Void) {
    let tick = current
    unsafe fireSlot(tick.number & 127, &left, fire)
    var level: UInt64 = 1
    while level < Self.levels, tick.slot(level - 1) & 63 == 63 {
      unsafe fireSlot(Self.place(Self.levels - 1 + level, tick.slot(level)), &left, fire)
      level += 1
    }
  }

  /// Always takes the first: what `fire` cancels is simply not there any more, and nothing is ever filed into a slot that is being fired.
  private func fireSlot(_ slot: UInt64, _ left: inout Int, _ fire: (UnsafeMutablePointer<TimerEntry>) -> Void) {
    while left > 0, let entry = unsafe first(in: slot) {
      unsafe state.pointee.touched &+= 1
      if unsafe entry.pointee.due > current {
        unsafe takeOut(entry)
        unsafe file(entry)
      } else {
        unsafe unlink(entry)
        left -= 1
        unsafe fire(entry)
      }
    }
  }

  /// Lets time pass, to a tick before which nothing is due.
  private func move(to tick: Tick) {
    let old = current
    // First: what is drained is filed by the new time, so that none of it goes into a slot that must be drained itself.
    unsafe state.pointee.current = tick
    for level in 1..<Self.levels {
      let from = old.slot(level)
      let to = tick.slot(level)
      if from != to { drainAll(level, after: from, through: to) }
      let next = Self.place(level, to + 1)
      let count = unsafe UInt64(heads[Int(next)].tag)
      if count == 0 { continue }
      // This slot's share of the ticks of the slot before it: of those that were left, those that passed.
      let width: UInt64 = 1 << (level * 6)
      var left = width
      var passed = (tick.number & (width - 1)) + 1
      if from == to {
        left = width - 1 - (old.number & (width - 1))
        passed = tick.number - old.number
      }
      drain(next, passed == left ? count : (count * passed + left - 1) / left)
    }
  }

  /// Drains each slot that time jumps into or over; there is none left if it passed tick by tick.
  private func drainAll(_ level: UInt64, after from: UInt64, through to: UInt64) {
    // A copy: what was put off may be filed again into this ring, into slots that are numbered otherwise by the new time.
    var words = unsafe (occupied[Int(level * 2)], occupied[Int(level * 2 + 1)])
    while let slot = Self.firstSlot(of: words, from: from), slot <= to {
      if slot & 64 == 0 { words.0 &= ~(1 << (slot & 63)) } else { words.1 &= ~(1 << (slot & 63)) }
      let head = unsafe heads + Int(Self.place(level, slot))
      // The bound is of the old time. All that is in the slot is filed again, which makes a new one.
      unsafe head.pointee.due = Tick(.max)
      drain(Self.place(level, slot), unsafe UInt64(head.pointee.tag))
    }
  }

  private func drain(_ slot: UInt64, _ count: UInt64) {
    for _ in 0..<count {
      guard let entry = unsafe first(in: slot) else { return }
      unsafe state.pointee.touched &+= 1
      unsafe takeOut(entry)
      if unsafe entry.pointee.due > current {
        unsafe file(entry)
      } else {
        // Due in this very tick, which is fired next; `file` would take it for one that came late.
        unsafe link(entry, slot: Self.place(0, current.number), bound: current)
      }
    }
  }

  @inline(__always)
  func first(in slot: UInt64) -> UnsafeMutablePointer<TimerEntry>? {
    let head = unsafe heads + Int(truncatingIfNeeded: slot)
    let first = unsafe head.pointee.next.unsafelyUnwrapped
    return unsafe first == head ? nil : first
  }

  /// No entry of the first rings is due, or is to be fired, before this.
  private func bound(rings: UInt64) -> Tick {
    var bound = UInt64.max
    for ring in 0..<rings {
      if ring == Self.lateRing {
        for slot in 0..<2 { bound = unsafe min(bound, heads[Int(ring) * 128 + slot].due.number) }
        continue
      }
      let level = ring < Self.levels ? ring : ring - (Self.levels - 1)
      // Earlier slots have earlier bounds, so the first one's will do.
      guard let slot = occupiedSlot(ring: ring, from: current.slot(level)) else { continue }
      bound = unsafe min(bound, heads[Int(Self.place(ring, slot))].due.number)
    }
    return Tick(bound)
  }

  private func occupiedSlot(ring: UInt64, from: UInt64) -> UInt64? {
    Self.firstSlot(of: unsafe (occupied[Int(ring * 2)], occupied[Int(ring * 2 + 1)]), from: from)
  }

  /// The first slot with an entry, counted from the clock's zero as `from` is: rotate, and count trailing zeros.
  private static func firstSlot(of words: (UInt64, UInt64), from: UInt64) -> UInt64? {
    let (low, high) = from & 64 == 0 ? words : (words.1, words.0)
    let shift = from & 63
    let near = low &>> shift
    if near != 0 { return from + UInt64(near.trailingZeroBitCount) }
    if high != 0 { return from - shift + 64 + UInt64(high.trailingZeroBitCount) }
    if low != 0 { return from - shift + 128 + UInt64(low.trailingZeroBitCount) }
    return nil
  }
}
