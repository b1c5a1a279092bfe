import CMillrace
import MillracePrimitives
import MillraceTimers
import Synchronization

/// A timer wheel that any thread may use, and none waits for: who finds it held leaves its timer in the inbox, and whoever holds the wheel sees to it.
///
/// | who | does | then |
/// |---|---|---|
/// | files or cancels a timer | tries to hold the wheel (Y4) | held: changes the wheel itself; not: pushes the timer to the inbox (Y3), and tries once more |
/// | holder | changes the wheel, empties the inbox (Y3), publishes when it is to be looked at next (Y5), lets go (Y4) | inbox not empty: tries to hold it again |
///
/// *No timer stays in the inbox unseen.* Push and then try, let go and then look: all four are sequentially consistent, so not both miss the other: either the pusher holds the wheel
/// after its push, or the holder that made it fail finds the inbox not empty after it let go.
///
/// A timer in the inbox says nothing about what is to be done; its phase does, when it is taken out (see `TimerSlot`). So it is there at most once (`isInInbox`), and a cancellation that comes
/// while it is there adds nothing; and a slot that comes out of the inbox after its timer's end, free or used again, is harmless.
///
/// A worker's threads use one shard, so that on most calls the line is its own and nobody holds the wheel.
// SAFETY: the wheel is used by who holds it; the rest is atomic.
@safe
final class TimerShard: @unchecked Sendable {
  private let wheel: TimerWheel
  /// Somebody uses the wheel.
  private let isHeld = Atomic<Bool>(false)
  /// Address of the topmost timer in the inbox, or 0.
  private let inbox = Atomic<UInt>(0)
  /// The timekeeper has found it held when it was to be advanced, and wants to be told.
  private let isAwaited = Atomic<Bool>(false)
  /// When the timekeeper is to look at it, in nanoseconds: not after the earliest deadline.
  private let next = Atomic<UInt64>(.max)
  /// Timers that have fired, and how late they were together, in nanoseconds.
  let firedCount = Atomic<UInt64>(0)
  let firedLate = Atomic<UInt64>(0)
  // Whoever holds the wheel is alone with these, which spares the check at run time.

  /// Timers filed since the wheel was last asked when it needs upkeep. Of the holder.
  @exclusivity(unchecked) private var filed = 0

  /// Slots that are free, of the holder: the topmost one's address, or 0, and how many.
  @exclusivity(unchecked) private var free: UInt = 0
  @exclusivity(unchecked) private var freeCount = 0
  /// Slots for those who find the wheel held: a chain, or 0.
  private let spare = Atomic<UInt>(0)
  @exclusivity(unchecked) private var targets = TimerTargets()
  /// What time it was, and when that was in ticks. Of the holder.
  @exclusivity(unchecked) private var clock = SteadyClock()

  init() { wheel = TimerWheel(now: millrace_nanoseconds()) }

  var nextLook: UInt64 {
    // Y5: sequentially consistent with `Timekeeper.planned`.
    next.load(ordering: .sequentiallyConsistent)
  }

  // MARK: For the handles

  /// A timer that starts at once.
  func begin(at deadline: UInt64, tolerance: UInt64, _ action: consuming TimerSlot.Action) -> Timer {
    if tryHold() { return unsafe begin(take(), deadline, 0, tolerance, action) }
    return beginOutside(deadline, 0, tolerance, action)
  }

  /// The same, `delay` nanoseconds from now.
  func begin(after delay: UInt64, _ action: consuming TimerSlot.Action) -> Timer {
    if tryHold() { return unsafe begin(take(), sum(clock.now(), delay), 0, 0, action) }
    return beginOutside(sum(millrace_nanoseconds(), delay), 0, 0, action)
  }

  /// One that submits a job `delay` nanoseconds from now, and then, if `period` is not 0, every `period`.
  func begin(
    after delay: UInt64, every period: UInt64, tolerance: UInt64, _ scheduler: Scheduler, _ urgency: JobUrgency,
    _ body: @escaping @Sendable () -> Void
  ) -> Timer {
    guard tryHold() else {
      let action = TimerSlot.Action.submit(body, to: scheduler, urgency)
      return beginOutside(sum(millrace_nanoseconds(), delay), period, tolerance, action)
    }
    let slot = unsafe take()
    let target = unsafe targets.add(scheduler)
    unsafe slot.pointee.target = target
    let action: TimerSlot.Action =
      target == TimerTargets.none ? .submit(body, to: scheduler, urgency) : .submitToTarget(body, urgency)
    return unsafe begin(slot, sum(clock.now(), delay), period, tolerance, action)
  }

  private func sum(_ now: UInt64, _ delay: UInt64) -> UInt64 {
    let (sum, overflow) = now.addingReportingOverflow(delay)
    return overflow ? .max : sum
  }

  /// By the holder, who lets go.
  @inline(__always)
  private func begin(
    _ slot: UnsafeMutablePointer<TimerSlot>, _ deadline: UInt64, _ period: UInt64, _ tolerance: UInt64,
    _ action: consuming TimerSlot.Action
  ) -> Timer {
    let use = unsafe fill(slot, deadline, period, tolerance, action)
    unsafe file(slot)
    letGo()
    return unsafe Timer(slot, use)
  }

  /// By one who has found the wheel held.
  private func beginOutside(
    _ deadline: UInt64, _ period: UInt64, _ tolerance: UInt64, _ action: consuming TimerSlot.Action
  ) -> Timer {
    let slot = unsafe takeSpare()
    let use = unsafe fill(slot, deadline, period, tolerance, action)
    unsafe leaveInInbox(slot)
    return unsafe Timer(slot, use)
  }

  @inline(__always)
  private func fill(
    _ slot: UnsafeMutablePointer<TimerSlot>, _ deadline: UInt64, _ period: UInt64, _ tolerance: UInt64,
    _ action: consuming TimerSlot.Action
  ) -> UInt64 {
    unsafe slot.pointee.deadline = deadline
    unsafe slot.pointee.period = period
    unsafe slot.pointee.tolerance = tolerance
    unsafe slot.setAction(action)
    let use = unsafe slot.use &+ TimerSlot.Phase.nextUse
    // Y1: pairs with the steps.
    unsafe slot.pointee.word.store(use | TimerSlot.Phase.pending, ordering: .releasing)
    return use
  }

  func reserve() -> Timer {
    let isHolder = tryHold()
    let slot = unsafe isHolder ? take() : takeSpare()
    let use = unsafe slot.use &+ TimerSlot.Phase.nextUse
    // Relaxed: nothing is in it yet.
    unsafe slot.pointee.word.store(use | TimerSlot.Phase.reserved, ordering: .relaxed)
    if isHolder { letGo() }
    return unsafe Timer(slot, use)
  }

  /// Does what the phase of a timer asks for: now, or whoever holds the wheel does.
  func settle(_ slot: UnsafeMutablePointer<TimerSlot>) {
    if tryHold() {
      unsafe apply(slot)
      letGo()
    } else {
      unsafe leaveInInbox(slot)
    }
  }

  /// Takes a timer out and frees its slot. By the one who has taken its action, in a phase in which nobody else does anything with it.
  func end(_ slot: UnsafeMutablePointer<TimerSlot>, _ use: UInt64, from phase: UInt64) {
    if tryHold() {
      unsafe recycle(slot, use)
      letGo()
    } else {
      // Y1: pairs with the holder's look; the action has been taken.
      unsafe slot.pointee.word.store(use | TimerSlot.Phase.ended, ordering: .releasing)
      unsafe leaveInInbox(slot)
    }
  }

  /// Fires what is due. False: somebody holds the wheel, who will tell the timekeeper.
  func advance(to now: UInt64) -> Bool {
    var due: [Due] = []
    while true {
      if !tryHold() {
        // Y4: announce, then look; sequentially consistent with `letGo`.
        isAwaited.store(true, ordering: .sequentiallyConsistent)
        guard tryHold() else { return false }
      }
      emptyInbox()
      let count = wheel.advance(to: now, limit: Self.batch) { entry in
        let slot = unsafe Self.slot(of: entry)
        if let fired = unsafe slot.pointee.period == 0 ? fireOnce(slot) : fireAgain(slot, now) { due.append(fired) }
      }
      publish(wheel.nextUpkeep ?? .max)
      letGo()
      countFired(due, at: now)
      for fired in due { fired.fire() }
      if count < Self.batch { return true }
      due.removeAll(keepingCapacity: true)
    }
  }

  private func countFired(_ due: [Due], at now: UInt64) {
    let late = due.reduce(into: 0 as UInt64) { $0 &+= now > $1.deadline ? now - $1.deadline : 0 }
    // Relaxed: figures.
    firedCount.wrappingAdd(UInt64(due.count), ordering: .relaxed)
    firedLate.wrappingAdd(late, ordering: .relaxed)
  }

  /// What is to be done when the wheel has been let go.
  private struct Due {
    let timer: Timer
    let deadline: UInt64
    let action: TimerSlot.Action

    func fire() {
      // An executor that has been shut down ends its recurring timers.
      if unsafe !action.fire(UInt64(UInt(bitPattern: timer.slot)), due: deadline) { timer.cancel() }
    }
  }

  /// Nil: it has been cancelled, and who did that sees to the slot.
  private func fireOnce(_ slot: UnsafeMutablePointer<TimerSlot>) -> Due? {
    let use = unsafe slot.use
    // To `ending`: as a cancellation would; the slot is free when the action is out.
    guard unsafe slot.step(use, from: TimerSlot.Phase.pending, to: TimerSlot.Phase.ending) else { return nil }
    let due = unsafe Due(
      timer: Timer(slot, use), deadline: slot.pointee.deadline, action: addressed(slot.takeAction(), slot))
    unsafe recycle(slot, use)
    return due
  }

  /// What can be done without the wheel.
  private func addressed(
    _ action: consuming TimerSlot.Action, _ slot: UnsafeMutablePointer<TimerSlot>
  ) -> TimerSlot.Action {
    guard case .submitToTarget(let body, let urgency) = action else { return action }
    return unsafe .submit(body, to: targets[slot.pointee.target], urgency)
  }

  private func fireAgain(_ slot: UnsafeMutablePointer<TimerSlot>, _ now: UInt64) -> Due? {
    let use = unsafe slot.use
    guard unsafe slot.step(use, from: TimerSlot.Phase.pending, to: TimerSlot.Phase.firing) else { return nil }
    let (deadline, period) = unsafe (slot.pointee.deadline, slot.pointee.period)
    let due = unsafe Due(
      timer: Timer(slot, use), deadline: deadline, action: addressed(slot.copyOfAction(), slot))
    // From when it was to be, not from when it was: no drift. What has been missed is left out.
    let late = now > deadline ? now - deadline : 0
    unsafe slot.pointee.deadline = sum(deadline, period * (late / period + 1))
    if unsafe slot.step(use, from: TimerSlot.Phase.firing, to: TimerSlot.Phase.pending) {
      unsafe file(slot)
    } else {
      // Cancelled meanwhile. This last time it fires.
      _ = unsafe slot.takeAction()
      unsafe recycle(slot, use)
    }
    return due
  }

  /// Timers in the wheel, for tests; those in the inbox are put there first. Nil: somebody holds it.
  var count: Int? {
    guard tryHold() else { return nil }
    emptyInbox()
    defer { letGo() }
    return wheel.count
  }

  /// Timers that are fired before the wheel is let go for others.
  private static let batch = 128

  // MARK: Holding

  private func tryHold() -> Bool {
    // Y4: pairs with `letGo`; the wheel travels.
    !isHeld.exchange(true, ordering: .sequentiallyConsistent)
  }

  private func letGo() {
    repeat {
      emptyInbox()
      // Y4: pairs with `tryHold`, then look.
      isHeld.store(false, ordering: .sequentiallyConsistent)
      if isAwaited.load(ordering: .sequentiallyConsistent) {
        // Y4: told once.
        if isAwaited.exchange(false, ordering: .sequentiallyConsistent) { Timekeeper.shared.wake() }
      }
      // Y3: let go, then look; pairs with `push`.
    } while inbox.load(ordering: .sequentiallyConsistent) != 0 && tryHold()
  }

  // MARK: The inbox

  private func leaveInInbox(_ slot: UnsafeMutablePointer<TimerSlot>) {
    unsafe push(slot)
    if tryHold() { letGo() }
  }

  private func push(_ slot: UnsafeMutablePointer<TimerSlot>) {
    // Y3: pairs with `emptyInbox`: who takes it out sees the phase that the timer has now.
    if unsafe slot.pointee.isInInbox.exchange(true, ordering: .acquiringAndReleasing) { return }
    let address = UInt(bitPattern: slot)
    // Relaxed: the exchange checks it.
    var top = inbox.load(ordering: .relaxed)
    while true {
      unsafe slot.pointee.below = top
      // Y3: pairs with `emptyInbox`; the slot travels.
      let (done, original) = inbox.weakCompareExchange(
        expected: top, desired: address, successOrdering: .sequentiallyConsistent, failureOrdering: .relaxed)
      if done { return }
      top = original
    }
  }

  private func emptyInbox() {
    // Relaxed: looked at again after letting go.
    guard inbox.load(ordering: .relaxed) != 0 else { return }
    // Y3: pairs with `push`.
    var address = inbox.exchange(0, ordering: .sequentiallyConsistent)
    while let slot = unsafe UnsafeMutablePointer<TimerSlot>(bitPattern: address) {
      address = unsafe slot.pointee.below
      // Y3: pairs with `push`: before its phase is read.
      _ = unsafe slot.pointee.isInInbox.exchange(false, ordering: .acquiringAndReleasing)
      unsafe apply(slot)
    }
    if unsafe freeCount >= 2 * Self.chunk { refillSpare() }
  }

  // MARK: The wheel, for who holds it

  private func apply(_ slot: UnsafeMutablePointer<TimerSlot>) {
    // Y1: pairs with the step or the store to this phase.
    let word = unsafe slot.pointee.word.load(ordering: .acquiring)
    switch word & TimerSlot.Phase.mask {
    case TimerSlot.Phase.pending: if unsafe !slot.pointee.entry.isScheduled { unsafe file(slot) }
    case TimerSlot.Phase.ended: unsafe recycle(slot, word & ~TimerSlot.Phase.mask)
    // Somebody has it in hand, who comes here or to the inbox; or this is left of an earlier use.
    default: break
    }
  }

  @inline(__always)
  private func file(_ slot: UnsafeMutablePointer<TimerSlot>) {
    let entry = unsafe Self.entry(of: slot)
    unsafe wheel.schedule(entry, at: slot.pointee.deadline, tolerance: slot.pointee.tolerance)
    unsafe filed += 1
    let bound = unsafe wheel.bound(of: entry)
    if unsafe filed == 256 {
      unsafe filed = 0
      publish(min(wheel.nextUpkeep ?? .max, bound))
    } else {
      // Relaxed: only the holder writes it.
      if bound < next.load(ordering: .relaxed) { publish(bound) }
    }
  }

  /// Out of the wheel, and free.
  @inline(__always)
  private func recycle(_ slot: UnsafeMutablePointer<TimerSlot>, _ use: UInt64) {
    _ = unsafe wheel.cancel(Self.entry(of: slot))
    // Y1: pairs with the steps: a handle finds it free, or in another use.
    unsafe slot.pointee.word.store(use | TimerSlot.Phase.free, ordering: .releasing)
    let target = unsafe slot.pointee.target
    if target != TimerTargets.none {
      unsafe slot.pointee.target = TimerTargets.none
      unsafe targets.remove(target)
    }
    unsafe slot.pointee.free = free
    unsafe free = UInt(bitPattern: slot)
    unsafe freeCount += 1
  }

  private func publish(_ nanoseconds: UInt64) {
    // Y5: sequentially consistent with `Timekeeper.planned`.
    next.store(nanoseconds, ordering: .sequentiallyConsistent)
    Timekeeper.shared.reconsider(nanoseconds)
  }

  private static func entry(of slot: UnsafeMutablePointer<TimerSlot>) -> UnsafeMutablePointer<TimerEntry> {
    unsafe UnsafeMutableRawPointer(slot).assumingMemoryBound(to: TimerEntry.self)
  }

  private static func slot(of entry: UnsafeMutablePointer<TimerEntry>) -> UnsafeMutablePointer<TimerSlot> {
    unsafe UnsafeMutableRawPointer(entry).assumingMemoryBound(to: TimerSlot.self)
  }

  // MARK: Slots

  /// A free slot, for who holds the wheel.
  @inline(__always)
  private func take() -> UnsafeMutablePointer<TimerSlot> {
    guard let slot = unsafe UnsafeMutablePointer<TimerSlot>(bitPattern: free) else { return unsafe takeNew() }
    unsafe free = slot.pointee.free
    unsafe freeCount -= 1
    return unsafe slot
  }

  @inline(never)
  private func takeNew() -> UnsafeMutablePointer<TimerSlot> {
    let slot = unsafe chain(of: Self.largeChunk)
    unsafe free = slot.pointee.free
    unsafe freeCount = Self.largeChunk - 1
    return unsafe slot
  }

  /// New slots, each leading to the next.
  private func chain(of count: Int) -> UnsafeMutablePointer<TimerSlot> {
    let slots = UnsafeMutablePointer<TimerSlot>.allocate(capacity: count)
    for index in 0..<count {
      unsafe (slots + index).initialize(to: TimerSlot(self))
      unsafe slots[index].free = index + 1 < count ? UInt(bitPattern: slots + index + 1) : 0
    }
    return unsafe slots
  }

  /// A free slot for one who finds the wheel held. It takes the whole chain, so nobody takes the same, and gives the rest back.
  @inline(never)
  private func takeSpare() -> UnsafeMutablePointer<TimerSlot> {
    // Y6: pairs with `giveSpare`; the chain travels.
    let address = spare.exchange(0, ordering: .acquiring)
    let slot = unsafe UnsafeMutablePointer<TimerSlot>(bitPattern: address) ?? chain(of: Self.chunk)
    let rest = unsafe slot.pointee.free
    if rest != 0 { giveSpare(rest) }
    return unsafe slot
  }

  /// Puts a chain of slots that nobody else has on top of the spare ones.
  private func giveSpare(_ chain: UInt) {
    var last = unsafe UnsafeMutablePointer<TimerSlot>(bitPattern: chain)!
    while let next = unsafe UnsafeMutablePointer<TimerSlot>(bitPattern: last.pointee.free) { unsafe last = next }
    // Relaxed: the exchange checks it.
    var top = spare.load(ordering: .relaxed)
    while true {
      unsafe last.pointee.free = top
      // Y6: pairs with `takeSpare`; the chain travels, and those below it are of earlier stores to this word.
      let (done, original) = spare.weakCompareExchange(
        expected: top, desired: chain, successOrdering: .acquiringAndReleasing, failureOrdering: .relaxed)
      if done { return }
      top = original
    }
  }

  /// Somebody has found the wheel held, and others may: the holder's slots are theirs, too.
  @inline(never)
  private func refillSpare() {
    // Relaxed: whether there are any at all.
    guard spare.load(ordering: .relaxed) == 0 else { return }
    let first = unsafe free
    var last = unsafe UnsafeMutablePointer<TimerSlot>(bitPattern: first)!
    for _ in 1..<Self.chunk { unsafe last = UnsafeMutablePointer(bitPattern: last.pointee.free)! }
    unsafe free = last.pointee.free
    unsafe freeCount -= Self.chunk
    unsafe last.pointee.free = 0
    giveSpare(first)
  }

  /// How many slots are made at once: few by one who waits for one, more by the holder.
  private static let chunk = 32
  private static let largeChunk = 256
}

/// Reads the system's clock once in a millisecond, and meanwhile the processor's counter: never less than the system's, and at most two microseconds more.
struct SteadyClock {
  private var read: UInt64 = 0
  private var ticksThen: UInt64 = 0

  @inline(__always)
  mutating func now() -> UInt64 {
    let ticks = millrace_ticks()
    let passed = ticks &- ticksThen
    if passed < Self.rate.window { return read &+ (passed &* Self.rate.nanosecondsPerTick) &>> 32 }
    return readAgain(ticks)
  }

  /// The ticks are of before: an interruption makes what is read later too much, not too little.
  @inline(never)
  private mutating func readAgain(_ ticks: UInt64) -> UInt64 {
    ticksThen = ticks
    read = millrace_nanoseconds()
    return read
  }

  /// A thousandth more nanoseconds than there are, in units of 2⁻³², and how many ticks a millisecond has; no window where the counter is not steady.
  private static let rate: (nanosecondsPerTick: UInt64, window: UInt64) = {
    let ticks = millrace_ticks_per_microsecond()
    return ((1001 << 32) / ticks, millrace_ticks_are_steady() ? 1000 * ticks : 0)
  }()
}
