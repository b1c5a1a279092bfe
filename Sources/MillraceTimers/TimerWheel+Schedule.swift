/// What happens between ticks: filing, and taking out.
extension TimerWheel {
  /// Files an entry that is in no wheel.
  ///
  /// It fires in the first tick that begins at or after `deadline`; with a `tolerance` (4.2 ms and more has an effect) up to that much
  /// later, which costs less. What is overdue already fires at the next ``advance(to:limit:_:)``, before all else and in no order.
  /// - Parameters: `deadline`, of the wheel's clock, and `tolerance` in nanoseconds.
  @inlinable @inline(__always)
  public func schedule(
    _ entry: UnsafeMutablePointer<TimerEntry>, at deadline: UInt64, tolerance: UInt64 = 0
  ) {
    unsafe assert(!entry.pointee.isScheduled, "an entry that is in a wheel was scheduled; reschedule moves it")
    unsafe entry.pointee.due = Tick(roundingUp: deadline)
    unsafe entry.pointee.coarsest = Self.coarsest(within: tolerance)
    unsafe state.pointee.count &+= 1
    unsafe file(entry)
  }

  /// When the slot that a scheduled entry lies in will be looked at, in nanoseconds, or before: not after its deadline and tolerance.
  @inlinable @inline(__always)
  public func bound(of entry: UnsafeMutablePointer<TimerEntry>) -> UInt64 {
    unsafe heads[Int(truncatingIfNeeded: entry.pointee.slot)].due.nanoseconds
  }

  /// Takes an entry out. False: it was in no wheel, because it has fired or was never scheduled.
  @inlinable @inline(__always)
  public func cancel(_ entry: UnsafeMutablePointer<TimerEntry>) -> Bool {
    guard unsafe entry.pointee.isScheduled else { return false }
    unsafe unlink(entry)
    return true
  }

  /// Gives an entry another deadline, and schedules it if it is in no wheel. Its tolerance stays.
  ///
  /// To a later deadline this is one store: the entry stays where it is, and is filed again when that slot comes due.
  /// A timeout that is put off at each packet is thus touched once per timeout, not once per packet.
  @inlinable @inline(__always)
  public func reschedule(_ entry: UnsafeMutablePointer<TimerEntry>, at deadline: UInt64) {
    let tick = Tick(roundingUp: deadline)
    let isPutOff = unsafe tick >= entry.pointee.due
    unsafe entry.pointee.due = tick
    if unsafe entry.pointee.isScheduled {
      if isPutOff { return }
      // It had been put off, and less of that is wanted now; or it is just about to be fired: its slot may still be early enough.
      if unsafe max(tick, state.pointee.current) >= heads[Int(entry.pointee.slot)].due { return }
      unsafe takeOut(entry)
    } else {
      unsafe state.pointee.count &+= 1
    }
    unsafe file(entry)
  }

  /// The coarsest level whose slots are not wider than the tolerance.
  @inlinable @inline(__always)
  static func coarsest(within tolerance: UInt64) -> UInt16 {
    let ticks = tolerance &>> 16
    if ticks < 64 { return 0 }
    return UInt16(truncatingIfNeeded: min(level(of: ticks), levels &- 1))
  }

  /// ⌊log₆₄⌋ of a number that is not zero.
  @inlinable @inline(__always)
  static func level(of ticks: UInt64) -> UInt64 {
    UInt64(truncatingIfNeeded: 63 &- ticks.leadingZeroBitCount) / 6
  }

  /// Where in all rings a slot is that is counted from the clock's zero.
  @inlinable @inline(__always)
  static func place(_ ring: UInt64, _ slot: UInt64) -> UInt64 { ring &* 128 &+ (slot & 127) }

  /// Puts an entry that has a deadline into its slot. Does not count it.
  @inlinable @inline(__always)
  func file(_ entry: UnsafeMutablePointer<TimerEntry>) {
    let now = unsafe state.pointee.current
    let tick = unsafe entry.pointee.due
    if tick <= now {
      let slot = unsafe state.pointee.lateSlot
      unsafe link(entry, slot: slot, bound: now)
      return
    }
    // The finest level that reaches the deadline: `now` and it are in the same slot of the level above or in adjacent ones. If they are at
    // most 64ᵏ⁺¹ apart level k does; k − 1 may do, if they are less than twice 64ᵏ apart; k − 2 never does.
    var level = Self.level(of: (tick.number &- now.number &- 1) | 1)
    if level > 0, tick.slot(level) &- now.slot(level) <= 1 { level &-= 1 }
    let coarsest = unsafe UInt64(truncatingIfNeeded: entry.pointee.coarsest)
    if level >= Self.levels {
      let slot = (now.slot(Self.levels) &* 64) &+ 127
      unsafe link(
        entry, slot: Self.place(Self.levels &- 1, slot), bound: Tick(slot &<< ((Self.levels &- 1) &* 6)))
    } else if coarsest == 0 || level > coarsest {
      unsafe link(entry, slot: Self.place(level, tick.slot(level)), bound: tick)
    } else {
      let slot = tick.slot(coarsest)
      unsafe link(
        entry, slot: Self.place(Self.levels &- 1 &+ coarsest, slot),
        bound: Tick(((slot &+ 1) &<< (coarsest &* 6)) &- 1))
    }
  }

  /// Last in its slot, whose bit is set. `bound`: the slot will be looked at in this tick or before.
  @inlinable @inline(__always)
  func link(_ entry: UnsafeMutablePointer<TimerEntry>, slot: UInt64, bound: Tick) {
    let head = unsafe heads + Int(truncatingIfNeeded: slot)
    let last = unsafe head.pointee.previous.unsafelyUnwrapped
    unsafe entry.pointee.slot = UInt16(truncatingIfNeeded: slot)
    unsafe entry.pointee.next = head
    unsafe entry.pointee.previous = last
    unsafe head.pointee.previous = entry
    unsafe last.pointee.next = entry
    unsafe head.pointee.tag &+= 1
    if unsafe bound < head.pointee.due { unsafe head.pointee.due = bound }
    unsafe occupied[Int(truncatingIfNeeded: slot &>> 6)] |= 1 &<< (slot & 63)
  }

  @inlinable @inline(__always)
  func unlink(_ entry: UnsafeMutablePointer<TimerEntry>) {
    unsafe takeOut(entry)
    unsafe entry.pointee.slot = TimerEntry.outside
    unsafe state.pointee.count &-= 1
  }

  /// Out of its slot, but still counted: it is filed again.
  @inlinable @inline(__always)
  func takeOut(_ entry: UnsafeMutablePointer<TimerEntry>) {
    let next = unsafe entry.pointee.next.unsafelyUnwrapped
    let previous = unsafe entry.pointee.previous.unsafelyUnwrapped
    unsafe next.pointee.previous = previous
    unsafe previous.pointee.next = next
    let slot = unsafe UInt64(truncatingIfNeeded: entry.pointee.slot)
    let head = unsafe heads + Int(truncatingIfNeeded: slot)
    unsafe head.pointee.tag &-= 1
    if unsafe head.pointee.tag == 0 {
      unsafe head.pointee.due = Tick(.max)
      unsafe occupied[Int(truncatingIfNeeded: slot &>> 6)] &= ~(1 &<< (slot & 63))
    }
  }
}
