import MillraceTimers
import Synchronization

/// One use of a timer: filed in a shard's wheel, or in a simulation, it fires once or is cancelled once, whatever threads do.
///
/// | state | `start` | `cancel` | due |
/// |---|---|---|---|
/// | idle | → pending, filed | → cancelled; a later `start` gives the cancellation on | |
/// | pending | | → cancelled, taken out, now or by whoever holds the wheel | → fired |
/// | fired, cancelled | | nothing | nothing |
///
/// The one who makes the step out of `pending` acts. A wheel, and an inbox, keep a timer alive.
// SAFETY: the action is written once, before the step to `pending` (Y1), and read after the step out of it; the node's `entry` belongs to who holds
// the shard's wheel, `below` to who has the timer in hand for the inbox; the rest is atomic or constant.
@safe
final class Timer: @unchecked Sendable {
  /// What happens when it is due, on the timekeeper's thread: something short.
  @safe
  enum Action {
    case none
    case resume(UnsafeContinuation<Void, any Error>)
    case cancel(CancellationToken)
    case cancelTask(DeadlineChild)
    case call(@Sendable () -> Void)
  }

  /// What lies in the wheel: it must not move, and leads back to the timer.
  @safe
  struct Node: ~Copyable {
    var entry = TimerEntry()
    let timer: Unmanaged<Timer>
  }

  /// Who has it fired: the timekeeper, or the simulation whose thread made it.
  private enum Home {
    case shard(TimerShard)
    case simulation(SimulatedTimers)
  }

  let deadline: UInt64
  let tolerance: UInt64
  let node: UnsafeMutablePointer<Node>
  private let home: Home
  private let state = Atomic<UInt8>(Timer.idle)
  /// It is in the inbox of its shard, or on its way there.
  let isInInbox = Atomic<Bool>(false)
  /// Below it in the inbox.
  var below: UInt = 0
  private var action = Action.none

  private static let idle: UInt8 = 0
  private static let pending: UInt8 = 1
  private static let fired: UInt8 = 2
  private static let cancelled: UInt8 = 3

  init(_ deadline: Deadline, tolerance: Duration) {
    self.deadline = deadline.nanoseconds
    self.tolerance = tolerance == .zero ? 0 : UInt64(max(0, tolerance.wholeNanoseconds))
    home = SimulatedWorker.current.map { .simulation($0.timers) } ?? .shard(Timekeeper.shared.shardOfThread)
    unsafe node = .allocate(capacity: 1)
    unsafe node.initialize(to: Node(timer: Unmanaged.passUnretained(self)))
  }

  deinit {
    unsafe node.deinitialize(count: 1)
    unsafe node.deallocate()
  }

  /// Files it. Once.
  func start(_ action: Action) {
    self.action = action
    // Y1: pairs with the step out of `pending`; the action travels.
    if state.compareExchange(
      expected: Self.idle, desired: Self.pending, successOrdering: .releasing, failureOrdering: .relaxed
    ).exchanged {
      settle()
    } else {
      giveCancellationOn()
    }
  }

  /// True: it was pending, and will not fire. Any thread, any number of times.
  @discardableResult
  func cancel() -> Bool {
    // Relaxed: it had no action yet; `start` finds the state.
    if state.compareExchange(
      expected: Self.idle, desired: Self.cancelled, ordering: .relaxed
    ).exchanged {
      return true
    }
    guard leavePending(to: Self.cancelled) else { return false }
    settle()
    giveCancellationOn()
    return true
  }

  private func settle() {
    switch home {
    case .shard(let shard): shard.settle(self)
    case .simulation(let timers): timers.settle(self)
    }
  }

  /// It is due. True: the caller, who holds the wheel, calls `fire` when it no longer does.
  func becomeFired() -> Bool { leavePending(to: Self.fired) }

  /// It is to be in the wheel. For who holds the wheel.
  var isPending: Bool {
    // Y2: pairs with the step out of `pending`: whoever saw the timer in the inbox has the step seen (Y3).
    state.load(ordering: .acquiring) == Self.pending
  }

  private func leavePending(to next: UInt8) -> Bool {
    // Y1, Y2: pairs with `start`, and with `isPending`.
    state.compareExchange(
      expected: Self.pending, desired: next, successOrdering: .acquiringAndReleasing, failureOrdering: .relaxed
    ).exchanged
  }

  func fire() {
    switch action {
    case .none: break
    case .resume(let continuation): unsafe continuation.resume()
    case .cancel(let token): token.cancel()
    case .cancelTask(let child):
      // A simulation has no other thread, and no timekeeper that could be held up.
      if case .simulation = home { child.cancel() } else { Canceller.shared.cancel(child) }
    case .call(let body): body()
    }
    action = .none
  }

  private func giveCancellationOn() {
    if case .resume(let continuation) = action { unsafe continuation.resume(throwing: CancellationError()) }
    action = .none
  }
}
