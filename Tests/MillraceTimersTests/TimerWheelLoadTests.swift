import MillraceTimers
import Testing

/// How much one tick may touch, and many timers.
@Suite(.serialized) struct TimerWheelLoadTests {
  static let many = isDebug ? 100_000 : 1_000_000

  /// Where the deadlines are, in ticks: spread over this many, or all of them in one slot of a level, or in the first or last tick of it.
  enum Shape: Hashable {
    case spread(UInt64)
    case slot(level: UInt64)
    case firstTick(level: UInt64)
    case lastTick(level: UInt64)
  }

  /// The lemma, tick by tick: an entry is touched when it is due, and each level moves no more than the mean that is due per tick in the
  /// slot that it drains, rounded up.
  @Test(arguments: [
    Shape.spread(1 << 14), .spread(1 << 17), .spread(1 << 20), .slot(level: 1), .slot(level: 2), .slot(level: 3),
    .firstTick(level: 1), .lastTick(level: 1), .firstTick(level: 2), .lastTick(level: 3),
  ])
  func touchedPerTickIsBounded(shape: Shape) {
    var random = Random(state: 11)
    let timers = TestTimers(Self.many)
    let start: UInt64 = 64 * 64 * 64 * 1000 + 12_345
    let wheel = TimerWheel(now: start * tick)
    // How many are due in each tick and in each slot of each level, counted from `origin`, a border of all levels in use.
    let origin: UInt64 = (start >> 24) << 24
    var due = [[Int]](repeating: [], count: 5)
    for level in 0..<5 { due[level] = Array(repeating: 0, count: (2 << 24) >> (6 * level)) }
    for number in 0..<Self.many {
      let ticks =
        switch shape {
        case .spread(let ticks): start + 1 + random.next() % ticks
        case .slot(let level): (start >> (6 * level) + 5) << (6 * level) + random.next() % (1 << (6 * level))
        case .firstTick(let level): (start >> (6 * level) + 5) << (6 * level)
        case .lastTick(let level): (start >> (6 * level) + 6) << (6 * level) - 1
        }
      for level in 0..<5 { due[level][Int((ticks - origin) >> (6 * UInt64(level)))] += 1 }
      unsafe wheel.schedule(timers[number], at: ticks * tick)
    }
    var now = start
    var overTwice = 0
    var most = 0
    while !wheel.isEmpty, now < start + 3 << 20 {
      now += 1
      let before = wheel.touched
      let fired = wheel.advance(to: now * tick) { _ in }
      let touched = wheel.touched - before
      var bound = due[0][Int(now - origin)]
      if fired != bound { Issue.record("\(fired) fired of \(bound) in tick \(now)") }
      for level in 1..<5 {
        let width = 1 << (6 * level)
        bound += (due[level][Int(now - origin) / width + 1] + width - 1) / width
      }
      if touched > bound { Issue.record("\(touched) touched, bound \(bound), in tick \(now)") }
      most = max(most, touched)
      overTwice = max(overTwice, touched - 2 * fired)
    }
    #expect(wheel.count == 0)
    print("touched per tick, \(Self.many) timers, \(shape): at most \(most); beyond twice the due ones: \(overTwice)")
    // Where a tick's mean is small, that is a constant.
    if case .spread(1 << 20) = shape { #expect(overTwice <= 8) }
    if case .slot(level: 3) = shape { #expect(overTwice <= 16) }
  }

  /// An owner that sleeps when nothing is to be done, but not through the draining of a crowded slot.
  @Test func upkeepKeepsCallsShort() {
    var random = Random(state: 12)
    let timers = TestTimers(Self.many)
    let start: UInt64 = 1 << 30 + 77
    let wheel = TimerWheel(now: start * tick)
    for number in 0..<Self.many {
      unsafe wheel.schedule(timers[number], at: (start + 10_000_000 + random.next() % 100_000) * tick)
    }
    var calls = 0
    var most = 0
    while let next = wheel.nextUpkeep {
      let before = wheel.touched
      let fired = wheel.advance(to: next) { _ in }
      most = max(most, wheel.touched - before - fired)
      calls += 1
    }
    print("upkeep, \(Self.many) timers: \(calls) calls, at most \(most) moved by one")
    #expect(most <= 5 * 257)
    #expect(calls < 300_000)
  }

  @Test func millionsAtOnce() {
    let count = isDebug ? 100_000 : 10_000_000
    var random = Random(state: 13)
    let timers = TestTimers(count)
    let wheel = TimerWheel(now: 987_654_321)
    for number in 0..<count {
      unsafe wheel.schedule(timers[number], at: 987_654_321 + random.next() % (1 << 40))
    }
    #expect(wheel.count == count)
    var fired = 0
    var last = Tick(0)
    var now: UInt64 = 987_654_321
    while !wheel.isEmpty, now < 1 << 41 {
      now += 100_000_000
      wheel.advance(to: now) { entry in
        fired += 1
        if unsafe entry.pointee.deadline < last { Issue.record("out of order") }
        unsafe last = entry.pointee.deadline
      }
    }
    #expect(fired == count)
    #expect(wheel.touched <= 4 * count)
  }
}
