import MillraceTimers
import Testing

/// What is fired may use the wheel.
@Suite struct TimerWheelFireTests {
  @Test func entryIsOutWhenFired() {
    let timers = TestTimers(1)
    let wheel = TimerWheel(now: 0)
    unsafe wheel.schedule(timers[0], at: tick)
    wheel.advance(to: tick) { entry in
      #expect(unsafe !entry.pointee.isScheduled)
      #expect(wheel.count == 0)
      #expect(unsafe !wheel.cancel(entry))
      // It may be freed.
      unsafe entry.pointee = TimerEntry()
    }
    #expect(wheel.count == 0)
  }

  @Test func periodicTimerCatchesUp() {
    let timers = TestTimers(1)
    let wheel = TimerWheel(now: 0)
    unsafe wheel.schedule(timers[0], at: 10 * tick)
    var fired = 0
    wheel.advance(to: 10_000 * tick) { entry in
      fired += 1
      unsafe wheel.reschedule(entry, at: entry.pointee.deadline.nanoseconds + 10 * tick)
    }
    #expect(fired == 1000)
    #expect(wheel.nextDeadline == 10_010 * tick)
  }

  @Test func overdueInCallbackWaitsForNextAdvance() {
    let timers = TestTimers(1)
    let wheel = TimerWheel(now: 0)
    unsafe wheel.schedule(timers[0], at: 10 * tick)
    for round in 0..<5 {
      let fired = wheel.advance(to: 10 * tick) { entry in unsafe wheel.schedule(entry, at: 3) }
      #expect(fired == 1, "round \(round)")
      #expect(wheel.nextDeadline == 10 * tick)
    }
  }

  /// Each fired entry cancels, moves or schedules others, of the same tick and of other ones.
  @Test(arguments: 0..<UInt64(30))
  func callbacksChangeAnything(seed: UInt64) {
    var random = Random(state: seed)
    let timers = TestTimers(64)
    var now = random.magnitude(50)
    let wheel = TimerWheel(now: now)
    var deadlines = [UInt64?](repeating: nil, count: timers.count)
    for _ in 0..<2000 {
      let number = Int(random.next() % 64)
      if deadlines[number] == nil {
        let deadline = now + random.magnitude(Int(17 + random.next() % 20))
        unsafe wheel.schedule(timers[number], at: deadline, tolerance: random.magnitude(30))
        deadlines[number] = deadline
      }
      now += random.magnitude(Int(18 + random.next() % 10))
      wheel.advance(to: now) { entry in
        let fired = Int(unsafe entry.pointee.tag)
        #expect(deadlines[fired] ?? .max <= now, "seed \(seed)")
        deadlines[fired] = nil
        for _ in 0..<random.next() % 3 {
          let other = Int(random.next() % 64)
          // Half of them in ticks that this call passes.
          let deadline = now + random.magnitude(24) - min(now, random.magnitude(24))
          switch random.next() % 3 {
          case 0:
            #expect(unsafe wheel.cancel(timers[other]) == (deadlines[other] != nil), "seed \(seed)")
            deadlines[other] = nil
          case 1 where deadlines[other] == nil:
            unsafe wheel.schedule(timers[other], at: deadline)
            deadlines[other] = deadline
          default:
            unsafe wheel.reschedule(timers[other], at: deadline)
            deadlines[other] = deadline
          }
        }
      }
      #expect(wheel.count == deadlines.count { $0 != nil }, "seed \(seed)")
    }
    // Nothing is lost: with callbacks that change nothing, all the rest fires.
    for _ in 0..<2 {
      now += 1 << 45
      wheel.advance(to: now) { entry in
        #expect(deadlines[Int(unsafe entry.pointee.tag)] != nil, "seed \(seed)")
        deadlines[Int(unsafe entry.pointee.tag)] = nil
      }
    }
    #expect(wheel.isEmpty && !deadlines.contains { $0 != nil }, "seed \(seed)")
  }

  @Test(arguments: [1, 2, 7, 100])
  func limitSplitsACall(limit: Int) {
    let timers = TestTimers(500)
    let wheel = TimerWheel(now: 0)
    for number in 0..<500 {
      unsafe wheel.schedule(
        timers[number], at: UInt64(1 + number / 50) * 40 * tick, tolerance: number % 2 == 0 ? 0 : 64 * tick)
    }
    unsafe wheel.reschedule(timers[499], at: 0)
    var order: [UInt64] = []
    var calls = 0
    while !wheel.isEmpty, calls <= 1000 {
      let fired = wheel.advance(to: 10_000 * tick, limit: limit) { entry in
        if unsafe entry.pointee.tag % 2 == 0 { order.append(unsafe entry.pointee.deadline.number) }
      }
      #expect(fired == min(limit, 500 - calls * limit))
      #expect(wheel.isEmpty || wheel.nextDeadline! <= 10_000 * tick)
      calls += 1
    }
    #expect(calls == (500 + limit - 1) / limit)
    #expect(order.count == 250 && order == order.sorted())
    #expect(wheel.advance(to: 10_000 * tick, limit: 0) { _ in } == 0)
  }
}
