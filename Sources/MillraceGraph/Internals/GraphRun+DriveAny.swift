import MillraceExecutor
import MillracePrimitives
import Synchronization

/// Runs of plans whose nodes have options, wait for something outside, choose branches, or go on after errors; and runs that are timed, or profiled by name.
extension GraphRun {
  /// What one step of a node has come to.
  enum Step {
    /// It has ended. `branch`: which one it chose.
    case ended(NodeOutcome, branch: Int?)
    /// It is to be tried again at once.
    case again
    /// It waits for something outside.
    case waits
    /// The run has been stopped, and the node with it.
    case leftOut
  }

  /// ``drive(_:_:)`` for any plan.
  func driveAny(_ worker: CurrentWorker, _ own: UnsafeMutablePointer<IndexDeque>) {
    var pace = Pace(isAlone: !isShared)
    while true {
      if let (node, how) = mailbox.takeResumed() {
        removeActive()
        unsafe runOn(from: node, how, worker, own, &pace)
      } else if let node = unsafe mailbox.takeUrgent() ?? own.pointee.pop() ?? takeSources(worker, own, &pace)
        ?? steal(into: own) ?? mailbox.takeLater()
      {
        unsafe runOn(from: node, .ready, worker, own, &pace)
      } else {
        return
      }
    }
  }

  private func runOn(
    from first: UInt32, _ how: Resumption, _ worker: CurrentWorker, _ own: UnsafeMutablePointer<IndexDeque>,
    _ pace: inout Pace
  ) {
    var (node, how) = (first, how)
    while true {
      if pace.isTimeToLook {
        pace.look()
        if worker.isCancelled { stop() }
        if unsafe own.pointee.count > 0 {
          // Relaxed: a hint.
          let flags = flags.load(ordering: .relaxed)
          if pace.isSlow { shareBeforeLong(worker, flags, &pace) } else { shareIfWanted(worker, flags, &pace) }
        }
      }
      switch step(node, how, worker) {
      case .again: how = .ready
      case .waits: return
      case .leftOut: return mark(node, .notRun)
      case .ended(let outcome, let branch):
        times?.endIfOpen(node)
        mark(node, outcome)
        guard let next = unsafe end(node, outcome, branch, worker, own, &pace) else { return }
        if mailbox.isEmpty {
          (node, how) = (next, .ready)
        } else {
          unsafe own.pointee.push(next)
          return
        }
      }
    }
  }

  // MARK: One node

  func step(_ node: UInt32, _ how: Resumption, _ worker: CurrentWorker) -> Step {
    guard let special = unsafe plan.bodies.special(Int(node)) else {
      if hasStopped { return .leftOut }
      if !isToRun(node, .allRan) { return .ended(.skipped, branch: nil) }
      times?.begin(node, worker: worker.index)
      let error = profiling(node, worker) { unsafe NodeBodies.call(plan.bodies.words.base[Int(node)], node) }
      return error == 0 ? .ended(.ran, branch: nil) : .ended(conclude(node, takeError(error), worker), branch: nil)
    }
    switch how {
    case .ended(.success): return succeed(node, special, branch: nil)
    case .ended(.failure(let error)): return fail(node, special, error, worker)
    case .hasUnit: progress.withLock { $0[node, default: NodeProgress()].units += 1 }
    case .ready: break
    }
    if hasStopped {
      releaseUnits(node, special)
      return .leftOut
    }
    if !isToRun(node, special.options.trigger) { return .ended(.skipped, branch: nil) }
    guard takeUnits(node, special) else { return .waits }
    do {
      return try attempt(node, special, worker)
    } catch {
      return fail(node, special, error, worker)
    }
  }

  /// Whether what became of its predecessors lets the node run.
  private func isToRun(_ node: UInt32, _ trigger: NodeOptions.Trigger) -> Bool {
    // Relaxed: the predecessors have ended (G1).
    let word = unsafe (counters + Int(node)).pointee.load(ordering: .relaxed)
    return switch trigger {
    case .allRan: word & Self.hasSkipped == 0
    case .anyRan: unsafe word & Self.hasRun != 0 || initialCounters[Int(node)] == 0
    case .always: true
    }
  }

  private func attempt(_ node: UInt32, _ special: SpecialNode, _ worker: CurrentWorker) throws -> Step {
    switch special.body {
    case .plain(let words):
      times?.begin(node, worker: worker.index)
      try profiling(node, worker) {
        try special.options.perform {
          let error = NodeBodies.call(words, node)
          if error != 0 { throw takeError(error) }
        }
      }
      return succeed(node, special, branch: nil)
    case .value(let body):
      times?.begin(node, worker: worker.index)
      try profiling(node, worker) { try special.options.perform { try body(self) } }
      return succeed(node, special, branch: nil)
    case .condition(let body):
      times?.begin(node, worker: worker.index)
      let branch = try profiling(node, worker) { try special.options.perform { try body(self) } }
      guard branch >= 0, branch < special.branchCount else {
        throw GraphError.branch(unsafe plan.name(node), branch, of: special.branchCount)
      }
      return succeed(node, special, branch: branch)
    case .async(let body):
      times?.begin(node, worker: nil)
      startTask(node, special, body, worker.isProfiled ? unsafe plan.profiledName(node) : nil)
      return .waits
    case .plan(let body):
      let count = progress.withLock { $0[node]?.times ?? 0 }
      if count == 0 { times?.begin(node, worker: nil) }
      try profiling(node, worker) {
        let subrun = try body(self, count)
        progress.withLock { $0[node, default: NodeProgress()].times = count + 1 }
        start(subrun, node, special, worker)
      }
      return .waits
    }
  }

  /// Runs `body`, the node's, and tells a profile of it by the node's name.
  private func profiling<R>(_ node: UInt32, _ worker: CurrentWorker, _ body: () throws -> R) rethrows -> R {
    guard worker.isProfiled, let name = unsafe plan.profiledName(node) else { return try body() }
    return try worker.profilingNode(name, body)
  }

  private func succeed(_ node: UInt32, _ special: SpecialNode, branch: Int?) -> Step {
    releaseUnits(node, special)
    return .ended(.ran, branch: branch)
  }

  private func fail(_ node: UInt32, _ special: SpecialNode, _ error: any Error, _ worker: CurrentWorker) -> Step {
    releaseUnits(node, special)
    if let retry = special.options.retry, !hasStopped, !(error is CancellationError), retry.isWorthwhile(error) {
      let failed = progress.withLock { progress in
        progress[node, default: NodeProgress()].failedAttempts += 1
        progress[node]!.times = 0
        return progress[node]!.failedAttempts
      }
      if failed < retry.attempts {
        let delay = retry.delay(before: failed + 1)
        if delay == .zero { return .again }
        suspend(node) {
          let delay = Delay(delay) { self.resume(node, .ready) }
          return { if delay.cancel() { self.resume(node, .ready) } }
        }
        return .waits
      }
    }
    let outcome = conclude(node, error, worker)
    let isLate = outcome == .failed && special.options.timeout != nil && error is DeadlineExceeded
    return .ended(isLate ? .timedOut : outcome, branch: nil)
  }

  // MARK: Waiting for something outside

  /// The node waits: `begin` starts what it waits for, which calls ``resume(_:_:isHere:)`` exactly once, and returns what asks that to end early. Nil: there is nothing to wait for.
  /// Returns whether it waits.
  @discardableResult
  private func suspend(_ node: UInt32, _ begin: () -> (@Sendable () -> Void)?) -> Bool {
    addActive()
    let wait = progress.withLock { progress in
      progress[node, default: NodeProgress()].waits += 1
      return progress[node]!.waits
    }
    guard let cancel = begin() else {
      removeActive()
      return false
    }
    let operation = simulation?.beginOperation(unsafe plan.name(node))
    progress.withLock { progress in
      // It may have been resumed by now, and may wait for something else.
      if progress[node]?.waits == wait {
        progress[node]!.cancel = cancel
        progress[node]!.operation = operation
      }
    }
    // Whoever stops the run has seen `cancel` behind the lock, or is seen here.
    if hasStopped { cancel() }
    return true
  }

  /// What `node` waits for has come. Any thread. `isHere`: the calling thread takes part in the run, and goes on with it.
  func resume(_ node: UInt32, _ how: Resumption, isHere: Bool = false) {
    let operation = progress.withLock { progress in
      progress[node]?.cancel = nil
      progress[node]?.waits += 1
      return progress[node]?.operation.take()
    }
    if let simulation {
      if let operation { simulation.endOperation(operation) }
      return submit(node, how)
    }
    let help = help
    mailbox.post(node, how)
    if !isHere { summon(help) }
  }

  private func startTask(
    _ node: UInt32, _ special: SpecialNode, _ body: @escaping @Sendable (GraphRun) async throws -> Void,
    _ profiledName: ProfileName?
  ) {
    let work: @Sendable () async throws -> Void = {
      if let profiledName {
        try await withProfileName(profiledName) { try await body(self) }
      } else {
        try await body(self)
      }
    }
    let timeout = special.options.timeout
    let (deadline, number) = (Deadline.current, epoch)
    suspend(node) {
      let place: any TaskExecutor = simulation?.taskExecutor ?? executor ?? WorkStealingExecutor.shared
      // A simulation's errors name tasks.
      let name = unsafe simulation == nil ? nil : plan.name(node)
      let task = Task(name: name, executorPreference: place) {
        let result: Result<Void, any Error>
        do {
          let limit = [timeout.map { Deadline.now + $0 }, deadline].compactMap(\.self).min()
          if let limit { try await withDeadline(limit, work) } else { try await work() }
          result = .success(())
        } catch let error as DeadlineExceeded where deadline == error.deadline {
          // The run's own deadline, which whoever set it will tell of.
          self.stop(number)
          result = .failure(CancellationError())
        } catch {
          result = .failure(error)
        }
        self.times?.end(node)
        self.resume(node, .ended(result))
      }
      return { task.cancel() }
    }
  }

  private func start(_ subrun: Subrun, _ node: UInt32, _ special: SpecialNode, _ worker: CurrentWorker) {
    let child = subrun.plan.takeRun()
    let (isLate, isStarting) = (Flag(), Flag())
    let starter = worker
    suspend(node) {
      child.onEnd = { child in
        let result = Result { () throws -> Bool in
          do {
            try child.end()
          } catch {
            subrun.plan.discard(child)
            throw isLate.isSet ? DeadlineExceeded.justNow : error
          }
          return try subrun.finish(Results(child, of: subrun.plan))
        }
        self.times?.end(node)
        let how: Resumption = if case .success(true) = result { .ready } else { .ended(result.map { _ in }) }
        self.resume(node, how, isHere: isStarting.isSet && CurrentWorker.isCurrent(starter))
      }
      let epoch = child.prepare(
        scope, deadline: deadline, executor: executor, home: worker.executorIdentity, simulation: simulation)
      let delay = special.options.timeout.map {
        Delay($0) {
          isLate.set()
          child.stop(epoch)
        }
      }
      return {
        _ = delay?.cancel()
        child.stop(epoch)
      }
    }
    if child.simulation != nil { return child.simulate() }
    isStarting.set()
    child.enter(worker)
    isStarting.clear()
  }

  // MARK: Units

  /// False: the node waits for one.
  private func takeUnits(_ node: UInt32, _ special: SpecialNode) -> Bool {
    let limits = special.options.limits
    if limits.isEmpty { return true }
    var held = progress.withLock { $0[node]?.units ?? 0 }
    while held < limits.count {
      let limit = limits[held]
      let waits = suspend(node) {
        if limit.acquire(self, node) { return nil }
        return { if limit.giveUp(self, node) { self.resume(node, .ready) } }
      }
      if waits { return false }
      held += 1
      progress.withLock { $0[node, default: NodeProgress()].units = held }
    }
    return true
  }

  private func releaseUnits(_ node: UInt32, _ special: SpecialNode) {
    if special.options.limits.isEmpty { return }
    let held = progress.withLock { progress in
      defer { progress[node]?.units = 0 }
      return progress[node]?.units ?? 0
    }
    for limit in special.options.limits.prefix(held).reversed() { limit.release() }
  }

  // MARK: Its end

  /// Counts the successors of `node` down, and tells them what has become of it. Returns the nearest of those that are ready.
  func end(
    _ node: UInt32, _ outcome: NodeOutcome, _ branch: Int?, _ worker: CurrentWorker,
    _ own: UnsafeMutablePointer<IndexDeque>, _ pace: inout Pace
  ) -> UInt32? {
    var nearest: UInt32?
    var hasPushed = false
    for successor in unsafe plan.successors.of(node) {
      let isChosen = unsafe plan.isChosen(successor, of: node, branch: branch)
      guard tell(successor, hasRun: outcome == .ran && isChosen) else { continue }
      let priority = unsafe plan.bodies.special(Int(successor))?.options.priority ?? .medium
      if priority != .medium {
        mailbox.post(ready: successor, isUrgent: priority == .high)
      } else if let known = nearest {
        let isNearer = successor.distance(from: node) < known.distance(from: node)
        unsafe own.pointee.push(isNearer ? known : successor)
        if isNearer { nearest = successor }
        hasPushed = true
      } else {
        nearest = successor
      }
    }
    // Relaxed: a hint.
    if hasPushed { shareIfWanted(worker, flags.load(ordering: .relaxed), &pace) }
    return nearest
  }

  /// True: `node` is ready.
  private func tell(_ node: UInt32, hasRun: Bool) -> Bool {
    let counter = unsafe counters + Int(node)
    let hasTriggers = unsafe plan.hasTriggers
    if !hasRun || hasTriggers {
      // Relaxed: the count below publishes it.
      unsafe counter.pointee.bitwiseOr(hasRun ? Self.hasRun : Self.hasSkipped, ordering: .relaxed)
    }
    // G1: pairs with the other predecessors' ends.
    let word = unsafe counter.pointee.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue
    return word & (Self.countMask | Self.isLeftOut) == 0
  }
}

extension UInt32 {
  fileprivate func distance(from other: UInt32) -> UInt32 { self > other ? self - other : other - self }
}

/// Said by one thread, seen by others.
private final class Flag: Sendable {
  private let word = Atomic<Bool>(false)
  // Relaxed, all: what it is about is told by other means.
  func set() { word.store(true, ordering: .relaxed) }
  func clear() { word.store(false, ordering: .relaxed) }
  var isSet: Bool { word.load(ordering: .relaxed) }
}

extension NodeOptions {
  /// Runs a synchronous body as the options say.
  fileprivate func perform<R: Sendable>(_ body: @Sendable () throws -> R) throws -> R {
    switch (timeout, isBlocking) {
    case (nil, false): try body()
    case (nil, true): try blocking { try body() }
    case (let timeout?, false): try withTimeout(timeout, body)
    case (let timeout?, true): try withTimeout(timeout) { try blocking { try body() } }
    }
  }
}
