import MillraceTimers
import Testing

@Suite struct TimerWheelTests {
  @Test func entryIs32Bytes() {
    #expect(MemoryLayout<TimerEntry>.size == 32)
    #expect(MemoryLayout<TimerEntry>.stride == 32)
  }

  @Test func smoke() {
    let timers = TestTimers(3)
    let wheel = TimerWheel(now: 1000)
    #expect(wheel.isEmpty && wheel.nextDeadline == nil && wheel.nextUpkeep == nil)
    unsafe wheel.schedule(timers[0], at: 3_000_000_000)
    unsafe wheel.schedule(timers[1], at: 1_000_000)
    #expect(wheel.count == 2)
    #expect(wheel.nextDeadline == 16 * tick)
    var fired: [UInt32] = []
    #expect(wheel.advance(to: 16 * tick - 1) { entry in fired.append(unsafe entry.pointee.tag) } == 0)
    #expect(wheel.advance(to: 16 * tick) { entry in fired.append(unsafe entry.pointee.tag) } == 1)
    #expect(fired == [1])
    #expect(unsafe !wheel.cancel(timers[1]))
    #expect(unsafe !wheel.cancel(timers[2]))
    #expect(unsafe wheel.cancel(timers[0]))
    #expect(unsafe !wheel.cancel(timers[0]))
    #expect(wheel.isEmpty && wheel.nextDeadline == nil)
  }

  /// Deadlines at, just before and just after the border of a slot of each level, from starts that are not borders, or just are.
  @Test(arguments: 0..<UInt64(8))
  func levelBorders(level: UInt64) {
    let width: UInt64 = 1 << (6 * level)
    let timers = TestTimers(1)
    let entry = unsafe timers[0]
    for start in [1, 63, 64, 12_345_678, width - 1, width, 64 * width - 1, 63 * width + 17] {
      let first = start / width + 1
      for border in [
        first, first + 1, first + 2, first + 62, first + 63, first + 64, first + 126, first + 127, first + 128,
      ] {
        for due in [border * width - 1, border * width, border * width + 1]
        where due > start && due < 1 << 47 {
          for approach in 0..<3 {
            let wheel = TimerWheel(now: start * tick)
            unsafe wheel.schedule(entry, at: due * tick)
            var firedAt: UInt64?
            var now = start
            while firedAt == nil, now <= due {
              switch approach {
              case 0: now = wheel.nextDeadline! / tick
              case 1: now = now < due - 1 ? due - 1 : due
              default: now = now + 300 < due ? due - 300 : now + 1
              }
              let at = now
              wheel.advance(to: now * tick) { _ in firedAt = at }
            }
            #expect(firedAt == due, "from \(start), approach \(approach)")
            #expect(wheel.count == 0)
          }
        }
      }
    }
  }

  @Test func nextDeadlineIsExact() {
    var random = Random(state: 7)
    let timers = TestTimers(100)
    for _ in 0..<1000 {
      let start = random.magnitude(40)
      let wheel = TimerWheel(now: start)
      var earliest = UInt64.max
      for number in 0..<timers.count {
        let deadline = start + tick + random.magnitude(52)
        unsafe wheel.schedule(timers[number], at: deadline)
        earliest = min(earliest, (deadline + tick - 1) / tick * tick)
      }
      #expect(wheel.nextDeadline == earliest)
      wheel.removeAll { _ in }
    }
  }

  /// Where the earliest was cancelled, sleeping until the bound and advancing comes to an end all the same.
  @Test func sleepingMakesProgress() {
    var random = Random(state: 8)
    let timers = TestTimers(1000)
    for _ in 0..<20 {
      var now = random.magnitude(50)
      let wheel = TimerWheel(now: now)
      for number in 0..<timers.count { unsafe wheel.schedule(timers[number], at: now + random.magnitude(60)) }
      for number in 0..<timers.count where number % 10 != 0 { _ = unsafe wheel.cancel(timers[number]) }
      var rounds = 0
      while let next = wheel.nextDeadline {
        #expect(next >= now / tick * tick)
        now = next
        wheel.advance(to: now) { _ in }
        rounds += 1
        if rounds > 10_000 { break }
      }
      #expect(rounds < 1000)
    }
  }

  @Test func yearsAndNever() {
    let timers = TestTimers(2)
    let wheel = TimerWheel(now: 12345)
    let years: UInt64 = 1 << 62
    unsafe wheel.schedule(timers[0], at: years)
    unsafe wheel.schedule(timers[1], at: .max)
    var now: UInt64 = 12345
    var rounds = 0
    while wheel.count == 2, rounds < 10_000 {
      now = wheel.nextDeadline!
      wheel.advance(to: now) { entry in #expect(unsafe entry.pointee.tag == 0) }
      rounds += 1
    }
    #expect(now == years)
    #expect(wheel.advance(to: .max) { _ in } == 0)
    #expect(wheel.count == 1)
    #expect(wheel.nextDeadline == .max)
  }

  @Test func puttingOffMovesNothing() {
    let timers = TestTimers(1)
    let entry = unsafe timers[0]
    let wheel = TimerWheel(now: 0)
    let timeout: UInt64 = 30_000_000_000
    unsafe wheel.schedule(entry, at: timeout)
    // A packet each millisecond, for ten minutes.
    for now in stride(from: 0, to: 600_000_000_000 as UInt64, by: 1_000_000) {
      wheel.advance(to: now) { _ in Issue.record("fired") }
      unsafe wheel.reschedule(entry, at: now + timeout)
    }
    #expect(wheel.touched <= 20 * 4)
    #expect(wheel.advance(to: 629_999_000_000 - tick) { _ in } == 0)
    #expect(wheel.advance(to: 629_999_000_000 + tick) { _ in } == 1)
  }

  @Test func removeAllTakesEachOnce() {
    var random = Random(state: 9)
    let timers = TestTimers(1000)
    let wheel = TimerWheel(now: 1 << 40)
    for number in 0..<timers.count {
      unsafe wheel.schedule(timers[number], at: random.magnitude(62), tolerance: random.magnitude(40))
    }
    var seen: Set<UInt32> = []
    wheel.removeAll { entry in
      seen.insert(unsafe entry.pointee.tag)
      unsafe entry.pointee = TimerEntry()
    }
    #expect(seen.count == 1000 && wheel.isEmpty && wheel.nextDeadline == nil)
    #expect(wheel.advance(to: .max) { _ in } == 0)
  }

  @Test func destroyedWheelForgets() {
    let timers = TestTimers(1)
    do {
      let wheel = TimerWheel(now: 0)
      unsafe wheel.schedule(timers[0], at: 5 * tick)
    }
    #expect(unsafe timers[0].pointee.tag == 0)
  }

  @Test func timeDoesNotGoBack() {
    let timers = TestTimers(1)
    let wheel = TimerWheel(now: 1000 * tick)
    unsafe wheel.schedule(timers[0], at: 10 * tick)
    #expect(wheel.advance(to: 5 * tick) { _ in } == 1)
    #expect(wheel.current == Tick(1000))
  }
}
