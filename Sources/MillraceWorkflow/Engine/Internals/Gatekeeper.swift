import Millrace
import Synchronization

/// Lets attempts begin: when their queue admits them, the resources that they need are free, and the breaker of their dependency lets them pass.
///
/// Queues, resources and breakers belong to the engine, by name: workflows that declare the same name share it.
final class Gatekeeper: Sendable {
  private let executor: any TaskExecutor
  private let wallClock: any WallClock
  private let state = Mutex(State())
  private let observers: [any RunObserver]
  /// Keeps a breaker's snapshot.
  private let keep: @Sendable (_ circuit: String, CircuitBreaker.Snapshot) -> Void

  private enum Declared: Hashable, CustomStringConvertible {
    case circuit(String)
    case queue(String)
    case resource(String)

    var description: String {
      switch self {
      case .circuit(let name): "circuit \"\(name)\""
      case .queue(let name): "queue \"\(name)\""
      case .resource(let name): "resource \"\(name)\""
      }
    }
  }

  private struct State {
    var queues: [String: AdmissionQueue<Int>] = [:]
    var lookers: [String: Task<Void, Never>] = [:]
    var breakers: [String: CircuitBreaker] = [:]
    /// What breakers were when the process ended, of which no definition has been read yet.
    var kept: [String: CircuitBreaker.Snapshot] = [:]
    var units: [String: Int] = [:]
    /// The workflows that have declared each name.
    var declarers: [Declared: Set<String>] = [:]
    var pool = ResourcePool<Int>(units: [:])
    var waiting: [Int: CheckedContinuation<Void, any Error>] = [:]
    /// Tickets that were called or withdrawn before they began to wait.
    var early: [Int: Result<Void, any Error>] = [:]
    var lastTicket = 0

    /// Whether a program declares a name otherwise than it is.
    func differs(_ name: Declared, in program: any RunProgram) -> Bool {
      switch name {
      case .circuit(let name): breakers[name].map { $0.policy != program.circuits[name] } ?? false
      case .queue(let name): queues[name].map { $0.policy != program.queues[name] } ?? false
      case .resource(let name): units[name].map { $0 != program.resources[name] } ?? false
      }
    }
  }

  init(
    executor: any TaskExecutor, wallClock: any WallClock, observers: [any RunObserver] = [],
    keep: @escaping @Sendable (_ circuit: String, CircuitBreaker.Snapshot) -> Void
  ) {
    self.executor = executor
    self.wallClock = wallClock
    self.observers = observers
    self.keep = keep
  }

  // MARK: Declaring

  /// - Parameter isStored: it is of runs under way. What its workflow has declared in another version stays, and holds for them, too.
  /// - Throws: ``WorkflowError/Code/invalidDefinition`` for a name that has been declared otherwise.
  func declare(_ program: any RunProgram, isStored: Bool) throws(WorkflowError) {
    let fault = state.withLock { state -> String? in
      let names =
        program.circuits.keys.map { Declared.circuit($0) } + program.queues.keys.map { .queue($0) }
        + program.resources.keys.map { .resource($0) }
      for name in names where state.differs(name, in: program) {
        let isOwn = state.declarers[name]?.contains(program.name) ?? false
        if !(isStored && isOwn) { return name.description }
      }
      for name in names { state.declarers[name, default: []].insert(program.name) }
      for (name, policy) in program.circuits where state.breakers[name] == nil {
        let kept = state.kept.removeValue(forKey: name)
        state.breakers[name] =
          kept.map { CircuitBreaker(policy: policy, snapshot: $0) } ?? CircuitBreaker(policy: policy)
      }
      for (name, policy) in program.queues where state.queues[name] == nil {
        state.queues[name] = AdmissionQueue(policy: policy)
      }
      for (name, units) in program.resources where state.units[name] == nil {
        state.units[name] = units
        state.pool.add(name, units: units)
      }
      return nil
    }
    if let fault {
      throw WorkflowError(
        .invalidDefinition,
        "\(fault) has been declared with other values, by another workflow or an older definition of this one",
        at: program.name)
    }
  }

  /// Goes on with what a breaker was when the process ended.
  func restore(_ circuit: String, _ snapshot: CircuitBreaker.Snapshot) {
    state.withLock { state in
      guard let breaker = state.breakers[circuit] else {
        state.kept[circuit] = snapshot
        return
      }
      state.breakers[circuit] = CircuitBreaker(policy: breaker.policy, snapshot: snapshot)
    }
  }

  var circuits: [String: CircuitBreaker.Snapshot] { state.withLock { $0.breakers.mapValues(\.snapshot) } }

  var breakers: [String: CircuitBreaker] { state.withLock(\.breakers) }

  /// Attempts that wait in and outside of each queue, and those that run.
  var inspectedQueues: [String: (policy: QueuePolicy, waiting: Int, running: Int)] {
    state.withLock {
      $0.queues.mapValues { ($0.policy, $0.waitingCount + $0.outsideCount, $0.runningCount) }
    }
  }

  /// With the tickets that wait for one, among others.
  var inspectedResources: [String: (units: Int, free: Int, waiting: Int)] {
    state.withLock { state in
      state.units.reduce(into: [:]) { result, unit in
        let (name, units) = unit
        result[name] = (units, state.pool.freeUnits(of: name) ?? units, state.pool.waitingCount(for: name))
      }
    }
  }

  /// A queue of the program's that takes no more.
  func fullQueue(of program: any RunProgram) -> String? {
    guard !program.queues.isEmpty else { return nil }
    return state.withLock { state in program.queues.keys.sorted().first { state.queues[$0]?.isFull == true } }
  }

  // MARK: Passing

  /// What an attempt holds while it runs.
  struct Entry {
    fileprivate var ticket: Int
    fileprivate var queue: String?
    fileprivate var holdsResources = false
    fileprivate var circuit: (name: String, pass: CircuitBreaker.Pass)?
  }

  /// Waits until the attempt may begin.
  ///
  /// - Throws: ``TaskFailure`` for a full queue, a wait that was too long, or an open breaker; `CancellationError`.
  func enter(_ order: AttemptOrder, key: String, priority: Int) async throws -> Entry {
    let ticket = state.withLock { state in
      state.lastTicket += 1
      return state.lastTicket
    }
    var entry = Entry(ticket: ticket)
    do {
      if let queue = order.queue {
        let now = wallClock.now
        let isFull = state.withLock {
          $0.queues[queue]!.offer(ticket, key: key, priority: priority, at: now) == .full
        }
        if isFull {
          observe(.refused(.queue, name: queue))
          throw TaskFailure(code: "full", "queue \"\(queue)\" is full")
        }
        entry.queue = queue
        admit(queue)
        try await wait(ticket)
        observe(.waited(queue: queue, wallClock.now.duration(since: now)))
      }
      if !order.resources.isEmpty {
        // An older definition may ask for more than there is now: it gets all.
        let holds = try state.withLock { state in
          let needs = order.resources.reduce(into: [:]) { $0[$1.key] = min($1.value, state.units[$1.key] ?? $1.value) }
          return try state.pool.request(ticket, needs: needs)
        }
        entry.holdsResources = true
        if !holds { try await wait(ticket) }
      }
      if let circuit = order.circuit {
        let now = wallClock.now
        let (answer, changed) = state.withLock { state in
          let before = state.breakers[circuit]!.changeCount
          let answer = state.breakers[circuit]!.request(at: now, isRetry: order.isRetry)
          return (answer, before == state.breakers[circuit]!.changeCount ? nil : state.breakers[circuit]!.snapshot)
        }
        if let changed { keep(circuit, changed) }
        switch answer {
        case .passed(let pass): entry.circuit = (circuit, pass)
        case .refused(let until):
          observe(.refused(.circuit, name: circuit))
          throw TaskFailure(
            code: "circuit open", "\"\(circuit)\" has failed too often, and is not called for the time being",
            retryAfter: until.map { $0.duration(since: now) })
        }
      }
      return entry
    } catch {
      leave(entry)
      throw error
    }
  }

  /// Gives back what the attempt held, and tells the breaker what came of it.
  ///
  /// - Returns: the outcome; a failure that the retry budget does not allow to be tried again is final.
  func leave(_ entry: Entry, _ outcome: AttemptOutcome) -> AttemptOutcome {
    var outcome = outcome
    if let (name, pass) = entry.circuit {
      let now = wallClock.now
      let (changed, mayRetry) = state.withLock { state in
        let before = state.breakers[name]!.changeCount
        var mayRetry = true
        switch outcome {
        case .succeeded, .moved: state.breakers[name]!.succeeded(pass, at: now)
        case .failed(let failure) where failure.isRetryable:
          state.breakers[name]!.failed(pass, at: now)
          mayRetry = state.breakers[name]!.mayRetry(at: now)
        // What trying again would not help says nothing about the dependency.
        case .failed: state.breakers[name]!.succeeded(pass, at: now)
        case .timedOut: state.breakers[name]!.failed(pass, at: now)
        case .cancelled, .interrupted: state.breakers[name]!.abandoned(pass)
        }
        return (before == state.breakers[name]!.changeCount ? nil : state.breakers[name]!.snapshot, mayRetry)
      }
      if let changed { keep(name, changed) }
      if !mayRetry, case .failed(var failure) = outcome {
        failure.isRetryable = false
        failure.message += "; the retry budget of \"\(name)\" is spent"
        outcome = .failed(failure)
      }
    }
    leave(entry)
    return outcome
  }

  /// Gives back what the attempt held, which has not called anybody: that says nothing about the dependency.
  func leaveWithoutCall(_ entry: Entry) {
    if let (name, pass) = entry.circuit { state.withLock { $0.breakers[name]!.abandoned(pass) } }
    leave(entry)
  }

  private func leave(_ entry: Entry) {
    if entry.holdsResources {
      let next = state.withLock { state in
        state.pool.release(entry.ticket) + state.pool.withdraw(entry.ticket)
      }
      for ticket in next { call(ticket, .success(())) }
    }
    if let queue = entry.queue {
      state.withLock { state in
        if !state.queues[queue]!.finish(entry.ticket) { state.queues[queue]!.withdraw(entry.ticket) }
      }
      admit(queue)
    }
  }

  private func admit(_ queue: String) {
    let admission = state.withLock { state in
      let admission = state.queues[queue]!.admit(at: wallClock.now)
      state.lookers[queue]?.cancel()
      state.lookers[queue] = nil
      if let time = admission.lookAgain {
        let rest = time.duration(since: wallClock.now)
        state.lookers[queue] = Task.detached(executorPreference: executor) { [weak self] in
          do { try await TimerClock().sleep(for: max(.zero, rest)) } catch { return }
          self?.admit(queue)
        }
      }
      return admission
    }
    for ticket in admission.started { call(ticket, .success(())) }
    for ticket in admission.timedOut {
      observe(.refused(.queueTimeout, name: queue))
      call(ticket, .failure(TaskFailure(code: "queue timeout", "waited for too long in queue \"\(queue)\"")))
    }
  }

  private func wait(_ ticket: Int) async throws {
    // A cancellation that came when the wait was over.
    defer { state.withLock { _ = $0.early.removeValue(forKey: ticket) } }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let early = state.withLock { state -> Result<Void, any Error>? in
          if let early = state.early.removeValue(forKey: ticket) { return early }
          state.waiting[ticket] = continuation
          return nil
        }
        if let early { continuation.resume(with: early) }
      }
    } onCancel: {
      call(ticket, .failure(CancellationError()))
    }
    try Task.checkCancellation()
  }

  private func call(_ ticket: Int, _ result: Result<Void, any Error>) {
    let continuation = state.withLock { state in
      let continuation = state.waiting.removeValue(forKey: ticket)
      if continuation == nil, state.early[ticket] == nil { state.early[ticket] = result }
      return continuation
    }
    continuation?.resume(with: result)
  }

  private func observe(_ figure: @autoclosure () -> EngineFigure) {
    for observer in observers { observer.observe(figure()) }
  }

  /// Ends what it has under way of its own.
  func stop() {
    let lookers = state.withLock { state in
      defer { state.lookers = [:] }
      return Array(state.lookers.values)
    }
    for looker in lookers { looker.cancel() }
  }
}
