import MillraceTimers
import Testing

/// The wheel against the plainest model: a list of deadlines, searched.
@Suite struct TimerWheelModelTests {
  struct Timer {
    var deadline: UInt64 = 0
    var tolerance: UInt64 = 0
    var isScheduled = false
    /// Overdue when it was given its deadline: has no place in the order.
    var isLate = false

    var due: UInt64 { deadline / tick + (deadline % tick == 0 ? 0 : 1) }
    /// What a wheel that is advanced at `now` must have fired.
    func mustHaveFired(at now: UInt64) -> Bool { now / tick >= due + tolerance / tick }
  }

  struct World: ~Copyable {
    let seed: UInt64
    let timers: TestTimers
    let wheel: TimerWheel
    var random: Random
    var now: UInt64
    var model: [Timer]
    /// One report is enough.
    var isBroken = false

    init(seed: UInt64, timers count: Int) {
      self.seed = seed
      random = Random(state: seed)
      now = random.magnitude(50)
      timers = TestTimers(count)
      wheel = TimerWheel(now: now)
      model = Array(repeating: Timer(), count: count)
    }

    mutating func deadline() -> UInt64 {
      switch random.next() % 16 {
      case 0: now - min(now, random.magnitude(30))
      case 1:
        // At a border between slots.
        (now / tick + (random.next() % 200) << (6 * (random.next() % 6))) * tick + random.next() % 3 * tick - tick
      default: now + random.magnitude(Int(20 + random.next() % 38))
      }
    }

    mutating func operate() {
      let number = Int(random.next() % UInt64(model.count))
      let deadline = deadline()
      switch random.next() % 8 {
      case 0...3 where !model[number].isScheduled:
        let tolerance = random.next() % 3 == 0 ? random.magnitude(44) : 0
        unsafe wheel.schedule(timers[number], at: deadline, tolerance: tolerance)
        model[number] = Timer(deadline: deadline, tolerance: tolerance, isScheduled: true)
      case 4:
        let was = unsafe wheel.cancel(timers[number])
        #expect(was == model[number].isScheduled, "seed \(seed)")
        model[number].isScheduled = false
        return
      case 5...6:
        let later = model[number].deadline + random.magnitude(36)
        let to = random.next() % 2 == 0 ? deadline : later
        unsafe wheel.reschedule(timers[number], at: to)
        if !model[number].isScheduled { model[number].isLate = false }
        model[number].deadline = to
        model[number].isScheduled = true
      default: return
      }
      model[number].isLate = model[number].isLate || model[number].due <= now / tick
    }

    mutating func advance() {
      switch random.next() % 16 {
      case 0: now += random.magnitude(52)
      case 1...3: now = max(now, wheel.nextDeadline ?? now)
      case 4...8: now += random.magnitude(30)
      default: now += random.magnitude(20)
      }
      var fired: [Int] = []
      let count = wheel.advance(to: now) { entry in fired.append(Int(unsafe entry.pointee.tag)) }
      #expect(count == fired.count, "seed \(seed)")
      var last: UInt64 = 0
      for number in fired {
        let timer = model[number]
        #expect(timer.isScheduled, "seed \(seed): \(number) fired and is not in the wheel")
        #expect(timer.due <= now / tick, "seed \(seed): \(number) is early")
        model[number].isScheduled = false
        if timer.isLate || timer.tolerance / tick >= 64 { continue }
        #expect(timer.due >= last, "seed \(seed): \(number) is out of order")
        last = timer.due
      }
      let now = now
      let overdue = model.indices.filter { model[$0].isScheduled && model[$0].mustHaveFired(at: now) }
      #expect(overdue == [], "seed \(seed): not fired")
      if !overdue.isEmpty { isBroken = true }
      let scheduled = model.filter(\.isScheduled)
      #expect(wheel.count == scheduled.count, "seed \(seed)")
      #expect(wheel.isEmpty == scheduled.isEmpty)
      #expect((wheel.nextDeadline == nil) == scheduled.isEmpty)
      let latest = scheduled.map { ($0.due + $0.tolerance / tick) * tick }.min() ?? .max
      #expect(wheel.nextDeadline ?? 0 <= latest, "seed \(seed): sleeps too long")
      #expect(wheel.nextUpkeep ?? 0 <= wheel.nextDeadline ?? 0)
    }
  }

  @Test(arguments: [1, 2, 3, 10, 100, 1000])
  func randomOperations(timers: Int) {
    for round in 0..<UInt64(isDebug ? 10 : 60) {
      let seed = UInt64(timers) << 32 | round
      var world = World(seed: seed, timers: timers)
      for _ in 0..<1000 where !world.isBroken {
        for _ in 0..<world.random.next() % 16 { world.operate() }
        world.advance()
      }
    }
  }

  /// Advanced at each tick: not early, and less than a tick late, plus the tolerance.
  @Test(arguments: 0..<UInt64(4))
  func eachTickInTime(seed: UInt64) {
    var random = Random(state: seed)
    let timers = TestTimers(5000)
    let start = random.magnitude(60) / tick * tick
    let wheel = TimerWheel(now: start)
    var deadlines: [(deadline: UInt64, tolerance: UInt64)] = []
    for number in 0..<timers.count {
      let tolerance = number % 4 == 0 ? random.magnitude(31) : 0
      let deadline = start + 1 + random.magnitude(34)
      deadlines.append((deadline, tolerance))
      unsafe wheel.schedule(timers[number], at: deadline, tolerance: tolerance)
    }
    var now = start
    var worst: UInt64 = 0
    while !wheel.isEmpty, now < start + 1 << 36 {
      now += tick
      wheel.advance(to: now) { entry in
        let (deadline, tolerance) = deadlines[Int(unsafe entry.pointee.tag)]
        #expect(now >= deadline, "seed \(seed)")
        #expect(now < deadline + tolerance + tick, "seed \(seed)")
        worst = max(worst, now - deadline)
      }
    }
    #expect(wheel.count == 0)
    #expect(worst >= tick * 64, "no entry made use of its tolerance")
  }
}
