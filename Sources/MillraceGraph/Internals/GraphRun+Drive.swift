import CMillrace
import MillraceExecutor
import MillracePrimitives
import Synchronization

extension GraphRun {
  /// Runs nodes until the participant's own deque, the sources and the others' deques have none. While a profile is on, it is looked at once in a while, and nodes with names go the
  /// other way.
  func drive(_ worker: CurrentWorker, _ own: UnsafeMutablePointer<IndexDeque>) {
    var pace = Pace(isAlone: !isShared)
    if pace.isAlone {
      begin = pace.begin
      if sharing.isReluctant { pace.keepToItself(expecting: sharing.sharedTicks, for: nodeCount) }
    }
    while let node = unsafe own.pointee.pop() ?? takeSources(worker, own, &pace) ?? steal(into: own) {
      unsafe runOn(from: node, worker, own, &pace)
    }
  }

  /// Runs `node`, then the nearest of those that it made ready, and so on.
  @inline(__always)
  private func runOn(
    from first: UInt32, _ worker: CurrentWorker, _ own: UnsafeMutablePointer<IndexDeque>, _ pace: inout Pace
  ) {
    var node = first
    while true {
      // Relaxed: a request to stop; a hint.
      let flags = flags.load(ordering: .relaxed)
      if flags & Self.isStopped != 0 { return unsafe leaveOut(node, own) }
      if pace.isTimeToLook {
        pace.look()
        if worker.isCancelled {
          stop()
          return unsafe leaveOut(node, own)
        }
        if worker.isProfiled, unsafe !plan.names.isEmpty {
          unsafe own.pointee.push(node)
          unsafe driveAny(worker, own)
          // It may have asked for help.
          pace.isAlone = !isShared
          return
        }
        if unsafe own.pointee.count > 0, !pace.keepsToItself {
          if pace.isSlow { shareBeforeLong(worker, flags, &pace) } else { shareIfWanted(worker, flags, &pace) }
        }
      }
      let words = unsafe plan.bodies.words.base[Int(node)]
      let error = words.context & 3 == 2 ? runSpecial(node, words) : NodeBodies.call(words, node)
      if error != 0 {
        return mark(node, conclude(node, takeError(error), worker))
      }
      guard let next = unsafe end(node, worker, own, flags, &pace) else { return }
      node = next
    }
  }

  /// Counts the successors of `node` down. Returns the nearest of those that are ready; the others are on the deque.
  @inline(__always)
  private func end(
    _ node: UInt32, _ worker: CurrentWorker, _ own: UnsafeMutablePointer<IndexDeque>, _ flags: UInt8,
    _ pace: inout Pace
  ) -> UInt32? {
    var nearest = UInt32.max
    var distance = UInt32.max
    var hasPushed = false
    let list = unsafe plan.successors.of(node)
    let isBranching = list.count > 1
    // A locked step lets nothing overtake it: so that counters which are far from here come all at once, and not one after the other.
    if isBranching { for successor in list { unsafe millrace_prefetch_to_write(counters + Int(successor)) } }
    for position in 0..<list.count {
      let successor = list[position]
      let left =
        unsafe pace.isAlone ? countDownAlone(counters + Int(successor)) : countDown(counters + Int(successor))
      // What the node will need comes when the last predecessor but one ends, what that leads to when it is ready. No branch: which of its predecessors this is cannot be foretold.
      if isBranching { prefetch(left == 1 ? successor : node) }
      if left > 0 { continue }
      if isBranching { prefetchBehind(successor) }
      let itsDistance = successor > node ? successor - node : node - successor
      if nearest == .max {
        (nearest, distance) = (successor, itsDistance)
      } else {
        unsafe own.pointee.push(itsDistance < distance ? nearest : successor)
        if itsDistance < distance { (nearest, distance) = (successor, itsDistance) }
        hasPushed = true
      }
    }
    if hasPushed { shareIfWanted(worker, flags, &pace) }
    return nearest == .max ? nil : nearest
  }

  @inline(__always)
  private func prefetch(_ node: UInt32) {
    unsafe millrace_prefetch(plan.bodies.words.base + Int(node))
    unsafe millrace_prefetch(plan.successors.offsets.base + Int(node))
  }

  /// Its closure's captures, and its successors.
  @inline(__always)
  private func prefetchBehind(_ node: UInt32) {
    unsafe millrace_prefetch_address(plan.bodies.words.base[Int(node)].context)
    unsafe millrace_prefetch(plan.successors.targets.base + Int(plan.successors.offsets.base[Int(node)]))
  }

  /// How many predecessors have not ended. The caller is alone.
  @inline(__always)
  private func countDownAlone(_ counter: UnsafeMutablePointer<Atomic<UInt32>>) -> UInt32 {
    // Relaxed: nobody else touches it before `askForHelp` (G2).
    let left = unsafe counter.pointee.load(ordering: .relaxed) &- 1
    unsafe counter.pointee.store(left, ordering: .relaxed)
    return left
  }

  /// How many predecessors have not ended; 0: this was the last.
  @inline(__always)
  func countDown(_ counter: UnsafeMutablePointer<Atomic<UInt32>>) -> UInt32 {
    // G1: pairs with the other predecessors' ends; what they did travels to the node.
    if unsafe counter.pointee.load(ordering: .acquiring) == 1 {
      // Relaxed: nobody else will touch it.
      unsafe counter.pointee.store(0, ordering: .relaxed)
      return 0
    }
    // G1: pairs with the load above, and with itself.
    return unsafe counter.pointee.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue
  }

  /// Some sources that nobody has taken. The first is returned, the others are pushed.
  func takeSources(
    _ worker: CurrentWorker, _ own: UnsafeMutablePointer<IndexDeque>, _ pace: inout Pace
  ) -> UInt32? {
    let sources = unsafe sources
    let count = sources.count
    // Relaxed: each index goes to one participant; the sources are constant.
    if nextSource.load(ordering: .relaxed) >= count { return nil }
    let grain = min(32, max(1, count / 8))
    // Relaxed: likewise.
    let first = nextSource.wrappingAdd(grain, ordering: .relaxed).oldValue
    guard first < count else { return nil }
    let end = min(first + grain, count)
    for position in stride(from: end - 1, to: first, by: -1) {
      unsafe own.pointee.push(sources[position])
    }
    // Relaxed: a hint.
    if count > 1 { shareIfWanted(worker, flags.load(ordering: .relaxed), &pace) }
    return unsafe sources[first]
  }

  /// The run has been stopped: `node` and what waits on the deque are not run.
  @inline(never)
  private func leaveOut(_ node: UInt32, _ own: UnsafeMutablePointer<IndexDeque>) {
    mark(node, .notRun)
    while let other = unsafe own.pointee.pop() { mark(other, .notRun) }
  }

  @inline(never)
  private func runSpecial(_ node: UInt32, _ words: NodeBodies.Words) -> UInt {
    // SAFETY: the plan holds a retain.
    let special = unsafe Unmanaged<SpecialNode>.fromOpaque(UnsafeRawPointer(bitPattern: words.context & ~3)!)
    do {
      try unsafe special._withUnsafeGuaranteedRef { special in
        // A plan whose special nodes do more than this is not plain.
        if case .value(let body) = special.body { try body(self) }
      }
      return 0
    } catch {
      return giveError(error)
    }
  }

  func mark(_ node: UInt32, _ outcome: NodeOutcome) {
    // Relaxed: read when the run has ended.
    unsafe (counters + Int(node)).pointee.store(outcome.mark, ordering: .relaxed)
  }
}

/// How a participant goes about it: whether it is alone in the run, and when it looks whether it has been cancelled, and whether somebody sleeps: after each node when they take long, after up to 64 when they do not.
struct Pace {
  /// Nobody else can join the run yet.
  var isAlone: Bool
  /// The participant is alone, and gets on better so.
  private(set) var keepsToItself = false
  let begin = millrace_ticks()
  private var last: UInt64
  private var left = 1
  private var interval = 1
  /// Nodes so far, and what a shared run would have taken for each, in ticks.
  private var nodes = 0
  private var expected = 0.0

  /// About as long as it takes that somebody comes: a participant keeps to itself until it is so far behind.
  private static var helpTicks: Double { 25_000 }

  init(isAlone: Bool) {
    self.isAlone = isAlone
    last = begin
  }

  mutating func keepToItself(expecting ticks: UInt64, for nodes: Int) {
    keepsToItself = true
    expected = Double(ticks) / Double(max(1, nodes))
  }

  var isTimeToLook: Bool {
    @inline(__always) mutating get {
      left -= 1
      return left == 0
    }
  }

  /// Nodes take long.
  var isSlow: Bool { interval == 1 }

  @inline(never)
  mutating func look() {
    let now = millrace_ticks()
    if keepsToItself {
      nodes += interval
      if Double(now &- begin) > expected * Double(nodes) + Self.helpTicks { keepsToItself = false }
    }
    interval = now &- last < 4_000 ? min(interval * 4, 64) : 1
    (left, last) = (interval, now)
  }
}

/// Gives an error away as one word, for `takeError`.
func giveError(_ error: any Error) -> UInt {
  struct Box { let error: any Error }
  var bits: UInt = 0
  // SAFETY: an error is one word, a reference; its retain is given away with the word.
  unsafe withUnsafeMutablePointer(to: &bits) {
    _ = unsafe UnsafeMutableRawPointer($0).initializeMemory(as: Box.self, to: Box(error: error))
  }
  return bits
}
