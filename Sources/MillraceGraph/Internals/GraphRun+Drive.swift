import CMillrace
import MillraceExecutor
import MillracePrimitives
import Synchronization

extension GraphRun {
  /// Runs nodes until the participant's own deque, the sources and the others' deques have none. While a profile is on, it is looked at once in a while, and nodes with names go the
  /// other way.
  func drive(_ worker: CurrentWorker, _ own: UnsafeMutablePointer<IndexDeque>) {
    var pace = Pace()
    while let node = unsafe own.pointee.pop() ?? takeSources(worker, own) ?? steal(into: own) {
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
          return unsafe driveAny(worker, own)
        }
        if unsafe own.pointee.count > 0 {
          if pace.isSlow { shareBeforeLong(worker, flags) } else { shareIfWanted(worker, flags) }
        }
      }
      let words = unsafe plan.bodies.words.base[Int(node)]
      let error = words.context & 3 == 2 ? runSpecial(node, words) : NodeBodies.call(words, node)
      if error != 0 {
        return mark(node, conclude(node, takeError(error), worker))
      }
      guard let next = unsafe end(node, worker, own, flags) else { return }
      node = next
    }
  }

  /// Counts the successors of `node` down. Returns the nearest of those that are ready; the others are on the deque.
  @inline(__always)
  private func end(
    _ node: UInt32, _ worker: CurrentWorker, _ own: UnsafeMutablePointer<IndexDeque>, _ flags: UInt8
  ) -> UInt32? {
    var nearest = UInt32.max
    var distance = UInt32.max
    var hasPushed = false
    let list = unsafe plan.successors.of(node)
    // A locked step lets nothing overtake it: so that counters which are far from here come all at once, and not one after the other.
    if list.count > 1 { for successor in list { unsafe millrace_prefetch(counters + Int(successor)) } }
    for position in 0..<list.count {
      let successor = list[position]
      guard unsafe countDown(counters + Int(successor)) else { continue }
      unsafe millrace_prefetch(plan.bodies.words.base + Int(successor))
      unsafe millrace_prefetch(plan.successors.offsets.base + Int(successor))
      let itsDistance = successor > node ? successor - node : node - successor
      if nearest == .max {
        (nearest, distance) = (successor, itsDistance)
      } else {
        unsafe own.pointee.push(itsDistance < distance ? nearest : successor)
        if itsDistance < distance { (nearest, distance) = (successor, itsDistance) }
        hasPushed = true
      }
    }
    if hasPushed { shareIfWanted(worker, flags) }
    return nearest == .max ? nil : nearest
  }

  /// True: it was the last predecessor.
  @inline(__always)
  func countDown(_ counter: UnsafeMutablePointer<Atomic<UInt32>>) -> Bool {
    // G1: pairs with the other predecessors' ends; what they did travels to the node.
    if unsafe counter.pointee.load(ordering: .acquiring) == 1 {
      // Relaxed: nobody else will touch it.
      unsafe counter.pointee.store(0, ordering: .relaxed)
      return true
    }
    // G1: pairs with the load above, and with itself.
    return unsafe counter.pointee.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == 0
  }

  /// Some sources that nobody has taken. The first is returned, the others are pushed.
  func takeSources(_ worker: CurrentWorker, _ own: UnsafeMutablePointer<IndexDeque>) -> UInt32? {
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
    if count > 1 { shareIfWanted(worker, flags.load(ordering: .relaxed)) }
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

/// When a participant looks whether it has been cancelled, and whether somebody sleeps: after each node when they take long, after up to 64 when they do not.
struct Pace {
  private var left = 1
  private var interval = 1
  private var last = millrace_ticks()

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
    interval = now &- last < 4_000 ? min(interval * 2, 64) : 1
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
