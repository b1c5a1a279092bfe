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
/// A timer in the inbox says nothing about what is to be done; its state does, when it is taken out. So it is there at most once (`isInInbox`), and a cancellation that comes while it is there
/// adds nothing.
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
  /// Timers filed since the wheel was last asked when it needs upkeep. Of the holder.
  private var filed = 0

  init() { wheel = TimerWheel(now: millrace_nanoseconds()) }

  var nextLook: UInt64 {
    // Y5: sequentially consistent with `Timekeeper.planned`.
    next.load(ordering: .sequentiallyConsistent)
  }

  /// Puts a timer into the wheel or takes it out, as its state says: now, or whoever holds the wheel does.
  func settle(_ timer: Timer) {
    if tryHold() {
      apply(timer)
    } else {
      push(timer)
      guard tryHold() else { return }
    }
    letGo()
  }

  /// Fires what is due. False: somebody holds the wheel, who will tell the timekeeper.
  func advance(to now: UInt64) -> Bool {
    var due: [Timer] = []
    while true {
      if !tryHold() {
        // Y4: announce, then look; sequentially consistent with `letGo`.
        isAwaited.store(true, ordering: .sequentiallyConsistent)
        guard tryHold() else { return false }
      }
      emptyInbox()
      let count = wheel.advance(to: now, limit: Self.batch) { entry in
        let timer = unsafe Self.timer(of: entry).takeRetainedValue()
        if timer.becomeFired() { due.append(timer) }
      }
      publish(wheel.nextUpkeep ?? .max)
      letGo()
      for timer in due { timer.fire() }
      if count < Self.batch { return true }
      due.removeAll(keepingCapacity: true)
    }
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

  private func push(_ timer: Timer) {
    // Y3: pairs with `emptyInbox`: who takes it out sees the state that the timer has now.
    if timer.isInInbox.exchange(true, ordering: .acquiringAndReleasing) { return }
    let address = unsafe UInt(bitPattern: Unmanaged.passRetained(timer).toOpaque())
    // Relaxed: the exchange checks it.
    var top = inbox.load(ordering: .relaxed)
    while true {
      timer.below = top
      // Y3: pairs with `emptyInbox`; the timer travels.
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
    while let pointer = unsafe UnsafeRawPointer(bitPattern: address) {
      let timer = unsafe Unmanaged<Timer>.fromOpaque(pointer).takeRetainedValue()
      address = timer.below
      // Y3: pairs with `push`: before its state is read.
      _ = timer.isInInbox.exchange(false, ordering: .acquiringAndReleasing)
      apply(timer)
    }
  }

  // MARK: The wheel, for who holds it

  private func apply(_ timer: Timer) {
    let entry = unsafe Self.entry(of: timer)
    if timer.isPending {
      guard unsafe !entry.pointee.isScheduled else { return }
      _ = unsafe Unmanaged.passRetained(timer)
      unsafe wheel.schedule(entry, at: timer.deadline, tolerance: timer.tolerance)
      filed += 1
      if filed == 256 {
        filed = 0
        publish(min(wheel.nextUpkeep ?? .max, unsafe wheel.bound(of: entry)))
      } else {
        let bound = unsafe wheel.bound(of: entry)
        // Relaxed: only the holder writes it.
        if bound < next.load(ordering: .relaxed) { publish(bound) }
      }
    } else if unsafe wheel.cancel(entry) {
      unsafe Unmanaged.passUnretained(timer).release()
    }
  }

  private func publish(_ nanoseconds: UInt64) {
    // Y5: sequentially consistent with `Timekeeper.planned`.
    next.store(nanoseconds, ordering: .sequentiallyConsistent)
    Timekeeper.shared.reconsider(nanoseconds)
  }

  private static func entry(of timer: Timer) -> UnsafeMutablePointer<TimerEntry> {
    unsafe UnsafeMutableRawPointer(timer.node).assumingMemoryBound(to: TimerEntry.self)
  }

  /// The wheel's reference to the timer that an entry is the first field of.
  private static func timer(of entry: UnsafeMutablePointer<TimerEntry>) -> Unmanaged<Timer> {
    unsafe UnsafeMutableRawPointer(entry).assumingMemoryBound(to: Timer.Node.self).pointee.timer
  }
}
