import MillraceTimers

typealias EntryPointer = UnsafeMutablePointer<TimerEntry>

/// Timers in one block, numbered by their tags.
@safe final class TestTimers {
  let count: Int
  private let block: EntryPointer

  init(_ count: Int) {
    self.count = count
    unsafe block = .allocate(capacity: count)
    for number in 0..<count { unsafe (block + number).initialize(to: TimerEntry(tag: UInt32(number))) }
  }

  deinit { unsafe block.deallocate() }

  subscript(_ number: Int) -> EntryPointer { unsafe block + number }
}

/// SplitMix64.
struct Random: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  /// As many small numbers as large ones: up to 2^bits.
  mutating func magnitude(_ bits: Int) -> UInt64 { next() >> UInt64.random(in: UInt64(64 - bits)...63, using: &self) }
}

/// Nanoseconds of a tick.
let tick: UInt64 = 1 << 16

#if DEBUG
  let isDebug = true
#else
  let isDebug = false
#endif
