import CMillrace
import MillraceTimers
import Synchronization

/// One use of a timer: it fires once, or again and again, or is cancelled once, whatever threads do.
///
/// A value: which slot, and which use of it. It may outlive the timer; then it finds that the slot's use is another.
// SAFETY: slots live as long as the process; what is read of one here is atomic or constant.
@safe
struct Timer: @unchecked Sendable {
  let slot: UnsafeMutablePointer<TimerSlot>
  private let use: UInt64

  init(_ slot: UnsafeMutablePointer<TimerSlot>, _ use: UInt64) {
    unsafe self.slot = slot
    self.use = use
  }

  /// Starts one that is due at `deadline`, in nanoseconds.
  init(at deadline: UInt64, tolerance: UInt64, _ action: TimerSlot.Action) {
    if SimulatedWorker.current != nil {
      self = Timer.reserve()
      start(at: deadline, tolerance: tolerance, action)
      return
    }
    self = unsafe Timekeeper.shared.shardOfThread._withUnsafeGuaranteedRef {
      $0.begin(at: deadline, tolerance: tolerance, action)
    }
  }

  /// Starts one that is due after `delay` nanoseconds.
  init(after delay: UInt64, _ action: TimerSlot.Action) {
    if SimulatedWorker.current != nil {
      self.init(at: (Deadline.now + .nanoseconds(Int64(clamping: delay))).nanoseconds, tolerance: 0, action)
      return
    }
    self = unsafe Timekeeper.shared.shardOfThread._withUnsafeGuaranteedRef { $0.begin(after: delay, action) }
  }

  /// Starts one that submits `body` after `delay` nanoseconds, and then, if `period` is not 0, every `period`.
  init(
    after delay: UInt64, every period: UInt64, tolerance: UInt64, submits body: @escaping @Sendable () -> Void,
    to scheduler: Scheduler, _ urgency: JobUrgency
  ) {
    self = unsafe Timekeeper.shared.shardOfThread._withUnsafeGuaranteedRef {
      $0.begin(after: delay, every: period, tolerance: tolerance, scheduler, urgency, body)
    }
  }

  /// One that is yet to be started, for an action that does not exist yet. It must be, also when it has been cancelled meanwhile.
  static func reserve() -> Timer {
    unsafe Timekeeper.shared.shardOfThread._withUnsafeGuaranteedRef { $0.reserve() }
  }

  /// Starts a reserved one. Once.
  func start(at deadline: UInt64, tolerance: UInt64, _ action: consuming TimerSlot.Action) {
    unsafe slot.pointee.deadline = deadline
    unsafe slot.pointee.tolerance = tolerance
    unsafe slot.pointee.period = 0
    unsafe slot.setAction(action)
    if unsafe slot.step(use, from: TimerSlot.Phase.reserved, to: TimerSlot.Phase.pending) {
      // One of a simulation lies in no wheel.
      if let simulated = SimulatedWorker.current { return simulated.timers.add(self, at: deadline) }
      unsafe slot.pointee.shard._withUnsafeGuaranteedRef { unsafe $0.settle(slot) }
    } else {
      end(TimerSlot.Phase.early)
    }
  }

  /// True: it will not fire any more, and this is why. Any thread, any number of times.
  @discardableResult
  func cancel() -> Bool {
    while true {
      if unsafe slot.step(use, from: TimerSlot.Phase.pending, to: TimerSlot.Phase.ending) {
        end(TimerSlot.Phase.ending)
        return true
      }
      // Relaxed: the step checks it.
      switch unsafe slot.pointee.word.load(ordering: .relaxed) {
      case use | TimerSlot.Phase.pending: continue
      case use | TimerSlot.Phase.reserved:
        if unsafe slot.step(use, from: TimerSlot.Phase.reserved, to: TimerSlot.Phase.early) { return true }
      case use | TimerSlot.Phase.firing:
        if unsafe slot.step(use, from: TimerSlot.Phase.firing, to: TimerSlot.Phase.stopped) { return true }
      default: return false
      }
    }
  }

  /// By the one who has its action.
  private func end(_ phase: UInt64) {
    let action = unsafe slot.takeAction()
    unsafe slot.pointee.shard._withUnsafeGuaranteedRef { unsafe $0.end(slot, use, from: phase) }
    action.giveCancellationOn()
  }

  // MARK: In a simulation

  /// It has neither fired nor been cancelled.
  var isPending: Bool {
    // Relaxed: in a simulation one thread, and whoever has left it; the step checks it.
    unsafe slot.pointee.word.load(ordering: .relaxed) == use | TimerSlot.Phase.pending
  }

  /// It is due: does what it is to do, unless it has been cancelled.
  func fire(due deadline: UInt64) {
    guard unsafe slot.step(use, from: TimerSlot.Phase.pending, to: TimerSlot.Phase.ending) else { return }
    let action = unsafe slot.takeAction()
    unsafe slot.pointee.shard._withUnsafeGuaranteedRef { unsafe $0.end(slot, use, from: TimerSlot.Phase.ending) }
    _ = unsafe action.fire(UInt64(UInt(bitPattern: slot)), due: deadline)
  }
}
