import MillracePrimitives
import MillraceTimers
import Synchronization

/// The place of a timer: one after the other uses it, and it is never given back, so that a handle of an earlier use may still ask whose it is.
///
/// `word` holds the number of the use and its phase:
///
/// | phase | `start` | `cancel` | who holds the wheel, when it is due |
/// |---|---|---|---|
/// | reserved | → pending, filed | → early; `start` then gives the cancellation on | |
/// | pending | | → ending: takes the action out; → ended, or at once → free | once: takes the action out, → free; recurring: → firing |
/// | firing | | → stopped | files it again, → pending |
/// | stopped, early, ending | | nothing | stopped: → free |
/// | ended | | nothing | takes it out of the wheel, → free |
///
/// The one who makes the step out of `pending` has the action, and nobody frees the slot while it does. Only who holds the wheel makes a slot free, or takes a free one.
// SAFETY: `word` says whose the rest is: `entry` and `free` belong to who holds the wheel, `below` to who has the slot in hand for the inbox, all else to the one who starts it, and
// then to the one who makes the step out of `pending`.
@safe
struct TimerSlot: ~Copyable {
  enum Phase {
    static let free: UInt64 = 0
    static let reserved: UInt64 = 1
    static let pending: UInt64 = 2
    static let firing: UInt64 = 3
    static let stopped: UInt64 = 4
    static let early: UInt64 = 5
    static let ending: UInt64 = 6
    static let ended: UInt64 = 7
    static let mask: UInt64 = 7
    static let nextUse: UInt64 = 8
  }

  /// What happens when it is due, on the timekeeper's thread: something short.
  @safe
  enum Action {
    case none
    case resume(UnsafeContinuation<Void, any Error>)
    case cancel(CancellationToken)
    case cancelTask(DeadlineTask)
    case call(@Sendable () -> Void)
    case submit(@Sendable () -> Void, to: Scheduler, JobUrgency)
    /// The same, to the slot's target.
    case submitToTarget(@Sendable () -> Void, JobUrgency)
  }

  /// What lies in the wheel. First, so that its address is the slot's.
  var entry = TimerEntry()
  /// Behind it, see `actionPlace`.
  private var action = Action.none
  /// Its wheel.
  let shard: Unmanaged<TimerShard>
  let word = Atomic<UInt64>(0)
  /// It is in the inbox of its shard, or on its way there.
  let isInInbox = Atomic<Bool>(false)
  /// Which of the shard's targets it counts for; of who holds the wheel.
  var target = TimerTargets.none
  /// Below it in the inbox.
  var below: UInt = 0
  /// The next slot that is free.
  var free: UInt = 0
  var deadline: UInt64 = 0
  var tolerance: UInt64 = 0
  /// 0: it fires once.
  var period: UInt64 = 0

  init(_ shard: TimerShard) { unsafe self.shard = Unmanaged.passUnretained(shard) }
}

extension UnsafeMutablePointer<TimerSlot> {
  /// By distance: `&pointee.action` would be an access of all fields, of which others use some at the same time.
  private var actionPlace: UnsafeMutablePointer<TimerSlot.Action> {
    unsafe (UnsafeMutableRawPointer(self) + MemoryLayout<TimerEntry>.size)
      .assumingMemoryBound(to: TimerSlot.Action.self)
  }

  func setAction(_ action: consuming TimerSlot.Action) { unsafe actionPlace.initialize(to: action) }

  /// Another one like it; of a recurring timer.
  func copyOfAction() -> TimerSlot.Action { unsafe actionPlace.pointee }

  func takeAction() -> TimerSlot.Action {
    // SAFETY: what is moved out is replaced by what owns nothing.
    let taken = unsafe actionPlace.move()
    unsafe actionPlace.initialize(to: .none)
    return taken
  }

  /// The use that it is in, with the phase `free`.
  var use: UInt64 {
    // Relaxed: of who holds the wheel, or has taken the slot.
    unsafe pointee.word.load(ordering: .relaxed) & ~TimerSlot.Phase.mask
  }

  /// True: the caller has made the step. Else nothing has changed.
  func step(_ use: UInt64, from: UInt64, to: UInt64) -> Bool {
    // Y1: pairs with every other step, and with `TimerShard.fill`; what belongs to the phase travels.
    // Y1: the other end.
    unsafe pointee.word.compareExchange(
      expected: use | from, desired: use | to, successOrdering: .acquiringAndReleasing, failureOrdering: .relaxed
    ).exchanged
  }
}

extension TimerSlot.Action {
  /// It is due. False: there is nobody any more to whom it matters.
  consuming func fire(_ id: UInt64, due deadline: UInt64) -> Bool {
    switch self {
    case .none: break
    case .resume(let continuation): unsafe continuation.resume()
    case .cancel(let token): token.cancel()
    case .cancelTask(let task):
      // A simulation has no other thread, and no timekeeper that could be held up.
      if SimulatedWorker.current != nil { task.cancel() } else { Canceller.shared.cancel(task) }
    case .call(let body): body()
    case .submitToTarget: preconditionFailure("the holder of the wheel says which")
    case .submit(let body, let scheduler, let urgency):
      scheduler.noteTimerFired(
        id: id, late: UInt64(max(0, Deadline(nanoseconds: deadline).duration(to: .now).wholeNanoseconds)))
      return scheduler.submit({ JobWord(SubmittedJob(body)) }, urgency)
    }
    return true
  }

  /// It was cancelled.
  consuming func giveCancellationOn() {
    if case .resume(let continuation) = self { unsafe continuation.resume(throwing: CancellationError()) }
  }
}
