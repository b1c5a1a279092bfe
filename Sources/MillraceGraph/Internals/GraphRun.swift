import CMillrace
import MillraceExecutor
import MillracePrimitives
import Synchronization

/// What one run of a plan changes: counters, values, errors, and who takes part. Used again by the next run.
///
/// ## The protocol
/// A node is ready when its counter, the number of its predecessors that have not ended, is 0. Whoever ends a node counts its successors down (G1), goes on with the ready one that is
/// nearest in memory, and pushes the others onto its own deque, from which other participants steal.
///
/// *Alone.* Until it asks for help, the participant that the run began with is the only one, and counts down without locked operations, which let no access to memory overtake them. Nobody joins
/// before it has said that the run is shared (G2).
///
/// *A counter that reads 1 need not be counted down by a locked operation*: the reader's own node is the only predecessor left, so nobody else touches the counter before the node has been run.
///
/// *The end.* `active` counts participants, and nodes that wait for something outside (a task, a timer, a run of another plan). A participant leaves when its deque is empty and it finds
/// nothing to steal. Only what is active makes nodes ready, so the run has ended when `active` falls to 0 (G2), and no counter of nodes has to tell.
///
/// *Help.* A participant with more than one ready node asks for help when somebody sleeps. A look that comes too early is no harm: it is repeated with the next node, and each
/// participant runs all that it has pushed, so nothing waits for help.
///
/// *The caller* takes part, and sleeps when it finds nothing. Whoever changes `callerSleeps` back gives it its token: one that has more than it can do, or the last to leave.
// SAFETY: counters, deques and flags are atomics; a value is written by its node before G1 and read by its successors after it; all else is written before a run begins, or behind a lock.
@safe
final class GraphRun: SharedWork, @unchecked Sendable {
  /// The plan, which whoever is active keeps alive.
  unowned(unsafe) let plan: PlanStorage
  let nodeCount: Int
  let counters: UnsafeMutablePointer<Atomic<UInt32>>
  let values: ValueMemory
  /// Addresses of the participants' deques; 0: not made yet.
  private let deques: [64 of Atomic<UInt>] = .init { _ in Atomic(0) }
  /// Which deques are in use.
  private let participants = Atomic<UInt64>(0)
  /// The next source that nobody has taken.
  let nextSource = Atomic<Int>(0)
  /// How many are active, and ``shared``.
  let active = Atomic<Int>(0)
  let flags = Atomic<UInt8>(0)
  /// Somebody has been asked to take part, and has not begun.
  let isInvited = Atomic<Bool>(false)
  /// Set when all else is.
  var invitation: Invitation!
  let callerParker = Parker()
  /// What nodes threw, in the order of their ends.
  let failures = Lock<[(node: UInt32, error: any Error)]>([])
  /// What the run is of; nil: of the whole plan.
  private var selection: SelectionStorage?
  private(set) var scope = OpenScope.none
  private(set) var deadline: Deadline?
  /// The executor that the run is on: an invitation of an earlier run may be found by a worker of another one.
  private let home = Atomic<UInt>(0)
  private var token = CancellationToken()
  /// Where tasks run, and who is asked to take part from outside. Nil: as ``shared``.
  private(set) var executor: WorkStealingExecutor?
  /// The run is simulated: see `GraphRun+Simulate`.
  private(set) var simulation: (any Simulation)?
  /// Called by whoever ends the run, when nobody waits for it.
  var onEnd: (@Sendable (GraphRun) -> Void)?
  /// Nodes that wait for something outside, or have been tried before.
  let progress = Lock<[UInt32: NodeProgress]>([:])
  let mailbox = Mailbox()
  /// When its nodes ran, if that was asked for.
  private(set) var times: NodeTimes?
  /// Ticks, when a run began that was alone, else 0. Written by who was.
  var begin: UInt64 = 0
  private(set) var sharing = Sharing()
  /// How many runs have ended. Changed under the lock of `progress`, when nobody is active.
  private(set) var epoch = 0

  static let isStopped: UInt8 = 1
  // In a counter: how many predecessors have not ended; what others have come to; whether the node is part of the run. See also `NodeOutcome.mark`.
  static let countMask: UInt32 = (1 << 28) - 1
  static let hasSkipped: UInt32 = 1 << 28
  static let hasRun: UInt32 = 1 << 29
  static let isLeftOut: UInt32 = 1 << 30
  static let callerSleeps: UInt8 = 2
  /// In `active`: others may join.
  static let shared = 1 << 32

  init(_ plan: PlanStorage) {
    unsafe self.plan = plan
    nodeCount = plan.count
    unsafe counters = Memory.allocate(bytes: max(1, nodeCount) * 4, alignment: 64).bindMemory(
      to: Atomic<UInt32>.self, capacity: max(1, nodeCount))
    values = ValueMemory(plan.values)
    invitation = Invitation(to: self)
  }

  deinit {
    unsafe Memory.deallocate(counters, bytes: max(1, nodeCount) * 4, alignment: 64)
    for index in 0..<64 {
      // Relaxed: nobody else is left.
      guard let deque = unsafe Self.deque(deques[index].load(ordering: .relaxed)) else { continue }
      unsafe deque.deinitialize(count: 1)
      unsafe deque.deallocate()
    }
  }

  // MARK: A run

  /// Runs the plan on the calling worker and those that help, to its end.
  func run(_ selection: SelectionStorage?, on worker: CurrentWorker, isTimed: Bool) throws {
    worker.openScope()
    defer { worker.closeScope() }
    let steps = SimulatedWorker.simulation.map { HeldSteps(in: $0) }
    unsafe prepare(
      worker.scope, selection, executor: plan.isPlain ? nil : .current, home: worker.executorIdentity,
      simulation: steps, isTimed: isTimed)
    if let steps {
      simulateHere(steps, on: worker)
    } else {
      enter(worker)
      while true {
        if findSome(worker) {
          enter(worker)
        } else if sleepAsCaller(worker) {
          break
        }
      }
    }
    try end()
  }

  /// Makes everything ready for a run. The caller is counted as active, and enters it. Returns what ``stop(_:)`` is told.
  @discardableResult
  func prepare(
    _ scope: OpenScope, _ selection: SelectionStorage? = nil, deadline: Deadline? = nil,
    executor: WorkStealingExecutor?, home: ExecutorIdentity?, simulation: (any Simulation)? = nil, isTimed: Bool = false
  ) -> Int {
    self.selection = selection
    times = isTimed ? NodeTimes(count: nodeCount) : nil
    if let selection, selection.keepsOthers {
      // Relaxed: likewise.
      for node in 0..<UInt32(nodeCount) where selection.contains(node) {
        unsafe counters[Int(node)].store(selection.counters[Int(node)], ordering: .relaxed)
      }
    } else {
      unsafe UnsafeMutableRawPointer(counters).copyMemory(from: initialCounters, byteCount: nodeCount * 4)
    }
    // Relaxed, here and below: nobody takes part yet, and `active` publishes it.
    nextSource.store(0, ordering: .relaxed)
    flags.store(0, ordering: .relaxed)
    isInvited.store(false, ordering: .relaxed)
    self.home.store(home?.address ?? 0, ordering: .relaxed)
    self.scope = scope
    self.deadline = deadline
    self.executor = executor
    self.simulation = simulation
    begin = 0
    if token.isCancelled { token = CancellationToken() }
    // G2: pairs with `join`; what has been prepared travels.
    active.store(isPlain && simulation == nil ? 1 : Self.shared + 1, ordering: .releasing)
    return epoch
  }

  /// Nodes are just called, and that is all.
  private var isPlain: Bool { unsafe plan.isPlain && times == nil }

  /// What the counters of the run began with.
  var initialCounters: UnsafeMutablePointer<UInt32> { unsafe selection?.counters.base ?? plan.inDegrees.base }

  /// Nodes of the run that wait for nobody.
  var sources: UnsafeBufferPointer<UInt32> {
    if let selection {
      return unsafe UnsafeBufferPointer(start: selection.sources.base, count: selection.sources.count)
    }
    return unsafe UnsafeBufferPointer(start: plan.sources.base, count: plan.sources.count)
  }

  /// After the end: throws what stopped the run.
  func end() throws {
    // Whoever waited knows; but what orders a resumed task after who resumed it is not seen by ThreadSanitizer, and this is.
    precondition(hasEnded, "a run was ended under a participant")
    times?.finish()
    progress.withLock { progress in
      progress.removeAll(keepingCapacity: true)
      epoch += 1
    }
    executor = nil
    let wasSimulated = simulation != nil
    simulation = nil
    // Relaxed: the run is over.
    guard flags.load(ordering: .relaxed) & Self.isStopped != 0 else {
      if !wasSimulated { noteSharing() }
      return
    }
    // Where errors do not stop a run, something else has.
    guard unsafe plan.errorPolicy == .cancel, let (node, error) = failures.withLock({ $0.first }) else {
      throw CancellationError()
    }
    throw unsafe NodeFailure(node: plan.name(node), index: node, underlying: error, report: RunReport(self))
  }

  /// A run has ended of its own accord.
  private func noteSharing() {
    if begin != 0, selection == nil, isShared || sharing.isReluctant {
      sharing.note(ticks: millrace_ticks() &- begin, nodes: nodeCount, wasShared: isShared)
    }
  }

  /// Destroys the values, when nobody needs them any more.
  func clear(_ selection: SelectionStorage? = nil) {
    unsafe values.clear(plan.values) { node in selection?.contains(node) ?? true }
    if unsafe hasStopped || plan.errorPolicy == .continue {
      failures.withLock { $0.removeAll { selection?.contains($0.node) ?? true } }
    }
    times = nil
  }

  /// Nothing else is started, and what is outside is asked to end. For who is active.
  func stop() { stop(epoch) }

  /// The same for any thread: nothing happens when the run that began as number `epoch` has ended.
  func stop(_ number: Int) {
    let cancels = progress.withLock { progress -> [@Sendable () -> Void] in
      guard epoch == number else { return [] }
      // Relaxed: a request to stop; what waits outside finds it behind the lock.
      flags.bitwiseOr(Self.isStopped, ordering: .relaxed)
      token.cancel()
      // By node: in a simulation the order must not depend on hashes.
      return progress.sorted { $0.key < $1.key }.compactMap(\.value.cancel)
    }
    for cancel in cancels { cancel() }
  }

  /// A node threw: what it has come to. May stop the run.
  func conclude(_ node: UInt32, _ error: any Error, _ worker: CurrentWorker) -> NodeOutcome {
    if error is CancellationError, hasStopped || worker.isCancelled {
      stop()
      return .notRun
    }
    failures.withLock { $0.append((node, error)) }
    if unsafe plan.errorPolicy == .cancel { stop() }
    return .failed
  }

  var hasStopped: Bool {
    // Relaxed: a request to stop.
    flags.load(ordering: .relaxed) & Self.isStopped != 0
  }

  // MARK: Taking part

  /// Called on a worker that was asked to.
  func takePart(_ worker: CurrentWorker) { takePart(worker, movingRun: nil) }

  /// `number`: of the run whose executor is gone, which goes on here.
  func takePart(_ worker: CurrentWorker, movingRun number: Int?) {
    // G7: pairs with `summon`.
    _ = isInvited.exchange(false, ordering: .acquiringAndReleasing)
    guard join() else { return }
    // Relaxed: each participant that reads the old one leaves, and is needed no more.
    if number == epoch { home.store(worker.executorIdentity.address, ordering: .relaxed) }
    enterAgainAndAgain(worker)
  }

  /// Takes part until there is nothing to find for a while. The caller is counted as active.
  func enterAgainAndAgain(_ worker: CurrentWorker) {
    repeat {
      // Relaxed: set before the run began, and when it moves.
      guard home.load(ordering: .relaxed) == worker.executorIdentity.address else { return leaveForGood() }
      enter(worker)
    } while findSome(worker)
  }

  /// Nobody has come, or will: the run that was prepared is over.
  func abandon() {
    // Relaxed: nobody else knows of it.
    active.store(0, ordering: .relaxed)
    onEnd = nil
    executor = nil
  }

  /// The caller, who takes part, is not alone, or others may join it at any time.
  var isShared: Bool {
    // Relaxed: the caller has said so, or has joined (G2).
    active.load(ordering: .relaxed) >= Self.shared
  }

  var hasEnded: Bool {
    // G2: pairs with `leave`.
    active.load(ordering: .acquiring) & (Self.shared - 1) == 0
  }

  /// True: the run goes on and is shared, and the caller is counted as active.
  func join() -> Bool {
    // Relaxed: the exchange checks it.
    var count = active.load(ordering: .relaxed)
    while count > Self.shared {
      // G2: pairs with `prepare` and `askForHelp`.
      let (done, seen) = active.weakCompareExchange(
        expected: count, desired: count + 1, successOrdering: .acquiring, failureOrdering: .relaxed)
      if done { return true }
      count = seen
    }
    return false
  }

  /// Runs nodes until there is nothing more to find, and leaves. The caller is counted as active.
  func enter(_ worker: CurrentWorker) {
    unsafe participate(worker) { own in
      if isPlain { unsafe drive(worker, own) } else { unsafe driveAny(worker, own) }
    }
  }

  /// Calls `body` with a deque of its own, under the scope of the run, and leaves. The caller is counted as active. There may be too many participants: then `body` is not called.
  @inline(__always)
  func participate(_ worker: CurrentWorker, _ body: (UnsafeMutablePointer<IndexDeque>) -> Void) {
    if let place = takePlace() {
      worker.withScope(scope, token: token, deadline: deadline) {
        // Relaxed: made by who has, or had, the place.
        unsafe body(Self.deque(deques[place].load(ordering: .relaxed))!)
      }
      // G4: pairs with `takePlace`; the deque travels.
      participants.bitwiseAnd(~(1 << UInt64(place)), ordering: .releasing)
    }
    leaveForGood()
  }

  /// The caller, who is counted as active, is so no more. If it was the last, the run has ended.
  func leaveForGood() {
    // Before the caller leaves: afterwards the block may be of another run.
    let hasCaller = onEnd == nil
    guard leave() else { return }
    if hasCaller {
      wakeCaller()
    } else {
      let onEnd = onEnd.take()!
      onEnd(self)
    }
  }

  /// A node waits for something outside, which ends with ``resume(_:_:)``. The caller is counted as active.
  func addActive() {
    // Relaxed: the caller is active, so the run goes on.
    active.wrappingAdd(1, ordering: .relaxed)
  }

  /// The caller, who is counted as active, goes on for a node that waited.
  func removeActive() {
    // G2: pairs with the others' ends.
    let left = active.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue
    precondition(left > Self.shared, "a run has ended under a participant")
  }

  /// True: the run has ended.
  func leave() -> Bool {
    // G2: pairs with the others' ends; what was done travels to whoever ends the run.
    active.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue & (Self.shared - 1) == 0
  }

  /// Looks for work that others have, for the length of the spin budget. True: there is some, and the caller is counted as active. The caller is not, and is in no scope of the run.
  private func findSome(_ worker: CurrentWorker) -> Bool {
    let start = millrace_ticks()
    repeat {
      // Relaxed: a hint, `join` looks again.
      if active.load(ordering: .relaxed) <= Self.shared { return false }
      if isSomeInSight(2) { return join() }
      for _ in 0..<8 { millrace_pause() }
    } while millrace_ticks() &- start < worker.spinTicks
    // A single node is left to the participant that has it, but not for as long as the node before it may take.
    return isSomeInSight(1) && join()
  }

  /// Somebody has `least` nodes waiting.
  private func isSomeInSight(_ least: Int) -> Bool {
    if !mailbox.isEmpty { return true }
    // Relaxed: a hint.
    var others = participants.load(ordering: .relaxed)
    while others != 0 {
      let place = others.trailingZeroBitCount
      others &= others - 1
      // G5: pairs with `makeDeque`.
      if let deque = unsafe Self.deque(deques[place].load(ordering: .acquiring)), unsafe deque.pointee.count >= least {
        return true
      }
    }
    return false
  }

  private func takePlace() -> Int? {
    // Relaxed: the exchange checks it.
    var taken = participants.load(ordering: .relaxed)
    while taken != .max {
      let place = (~taken).trailingZeroBitCount
      // G4: pairs with `enter`'s end.
      let (done, seen) = participants.weakCompareExchange(
        expected: taken, desired: taken | 1 << UInt64(place), successOrdering: .acquiring, failureOrdering: .relaxed)
      if done {
        // Relaxed: made by who had the place before (G4).
        if deques[place].load(ordering: .relaxed) == 0 { makeDeque(place) }
        return place
      }
      taken = seen
    }
    return nil
  }

  private func makeDeque(_ place: Int) {
    let deque = UnsafeMutablePointer<IndexDeque>.allocate(capacity: 1)
    unsafe deque.initialize(to: IndexDeque())
    // G5: pairs with `steal`.
    deques[place].store(UInt(bitPattern: deque), ordering: .releasing)
  }

  private static func deque(_ bits: UInt) -> UnsafeMutablePointer<IndexDeque>? {
    unsafe UnsafeMutablePointer(bitPattern: bits)
  }

  /// Half of what some other participant has. The first is returned, the others are pushed to `own`.
  func steal(into own: UnsafeMutablePointer<IndexDeque>) -> UInt32? {
    // Relaxed: a hint; whoever has something is there until it has run it.
    var others = participants.load(ordering: .relaxed)
    while others != 0 {
      let place = others.trailingZeroBitCount
      others &= others - 1
      // G5: pairs with `makeDeque`.
      guard let deque = unsafe Self.deque(deques[place].load(ordering: .acquiring)), unsafe deque != own else {
        continue
      }
      if let node = unsafe deque.pointee.steal(into: own.pointee) { return node }
    }
    return nil
  }
}
