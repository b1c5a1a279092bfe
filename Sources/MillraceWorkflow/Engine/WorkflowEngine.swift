import Millrace
import Synchronization

/// Runs workflows in this process: durable where their store is.
///
/// ```swift
/// let engine = WorkflowEngine(store: MemoryRunStore())
/// try engine.register(orders)
/// try await engine.resumeRuns()
/// let run = try await engine.start(StartRequest(workflow: "orders", input: ["item": "anvil"])).run
/// let record = try await engine.wait(for: run)
/// try await engine.shutdown()
/// ```
///
/// Register all workflows, then call ``resumeRuns()`` once: it goes on with what was under way when the process ended. Any thread or task may call anything.
///
/// A step may run more than once (after a crash, or when it fails), a transition commits exactly once.
public final class WorkflowEngine: RunStarter, Sendable {
  let store: any RunStore
  /// Of runs that nothing survives.
  let memoryStore: any RunStore
  /// Tasks on it are detached: what becomes of a run has nothing to do with the deadline, the priority or the task-local values of who started it, or of whoever came first.
  let executor: any TaskExecutor
  let wallClock: any WallClock
  let configuration: Configuration
  let committer: GroupCommitter
  let memoryCommitter: GroupCommitter
  let timekeeper: Timekeeper
  let gatekeeper: Gatekeeper
  /// nil: no other engine drives runs of the store.
  let keeper: LeaseKeeper?
  /// Counts looks into stores, and what is put there: which was first.
  let looks = LookCounter()
  let state = Mutex(State())
  let draining = Mutex(false)

  struct State {
    /// By name and hash of the definition; ``current`` says which one new runs get.
    var programs: [String: [ContentHash: any RunProgram]] = [:]
    var current: [String: ContentHash] = [:]
    /// By workflow.
    var migrations: [String: Migration] = [:]
    /// How long steps take as a rule, by workflow.
    var durations: [String: [String: Duration]] = [:]
    /// Definitions that the store is known to have.
    var storedDefinitions: Set<ContentHash> = []
    var drivers: [RunID: RunDriver] = [:]
    var loading: [RunID: Task<RunDriver?, any Error>] = [:]
    var waiters: [RunID: [Int: RunWaiter]] = [:]
    var lastWaiter = 0
    /// Told when no driver is busy.
    var idle: [AsyncStream<Void>.Continuation] = []
    /// Of the store, and of the memory store if that is another.
    var relays: [(relay: OutboxRelay, task: Task<Void, Never>)] = []
    var willSignalRelays = false
    /// Looks for what other engines leave; nil before ``WorkflowEngine/resumeRuns()``.
    var lookers: Task<Void, Never>?
    /// Shards whose runs are not read yet.
    var taken: [String: Set<Int>] = [:]
    /// Due, and left out for the time being.
    var untold = UntoldRuns()
    /// Definitions of other engines that have been looked at.
    var foreign: Set<ContentHash> = []
    /// Letters that are being followed.
    var letters: Set<String> = []
    /// Letters and answers that only another version can read.
    var unreadable: Set<DocumentName> = []
    /// Deletes old runs now and then.
    var sweeper: Task<Void, Never>?
  }

  public struct Configuration: Sendable {
    /// On which steps run.
    public var executor: any TaskExecutor = WorkStealingExecutor.shared
    public var wallClock: any WallClock = SystemWallClock()
    /// Where ids of runs and delays of retries get their chance from: a simulation gives its own.
    public var random: @Sendable () -> any RandomNumberGenerator = { SystemRandomNumberGenerator() }
    /// What payloads become on their way to the store.
    public var codec: (any PayloadCodec)?
    public var observers: [any RunObserver] = []
    /// Follows runs as spans of traces; is an observer, too.
    public var tracer: (any RunTracer)?
    /// False: changes are stored, and attempts are left to the next engine on the store, which may make them. For tools that start, pause or cancel runs and do not drive them.
    public var beginsAttempts = true
    /// The most changes of one commit.
    public var commitLimit = 1000
    /// Kinds of task that graphs may use, besides the engine's own.
    public var handlers: [any TaskHandler] = []
    /// Where secrets come from, and what hides them.
    public var vault = Vault()
    /// Where what runs tell the world goes.
    public var stream: any EventStream = MemoryEventStream()
    /// How the store is shared with other engines; nil: with none. Then a second one must not drive runs of the store.
    public var leasing: Leasing?
    /// The greatest ``RunRecord/depth``: workflows that start each other in a circle, by parts, events or outcomes, come to rest there. A start beyond it is refused with ``WorkflowError/Code/boundExceeded``.
    public var depthLimit = 32
    /// Of the attempts of a run that could begin at the same time, the one that took longest in earlier runs begins first; false: in the order written.
    public var beginsLongestFirst = false
    /// Which runs that have ended are deleted, and when.
    public var retention = Retention()

    public init() {}
  }

  /// - Parameter memoryStore: for workflows whose durability is ``Durability/memory``.
  public init(store: any RunStore, memoryStore: (any RunStore)? = nil, configuration: Configuration = Configuration()) {
    configuration.retention.check()
    precondition(
      configuration.depthLimit >= 0,
      "WorkflowEngine: expected a depth limit of 0 or more; found \(configuration.depthLimit)")
    self.store = store
    self.memoryStore = memoryStore ?? store
    var configuration = configuration
    if let tracer = configuration.tracer { configuration.observers.append(tracer) }
    self.configuration = configuration
    executor = configuration.executor
    wallClock = configuration.wallClock
    let observers = configuration.observers
    committer = GroupCommitter(
      store: store, executor: executor, limit: configuration.commitLimit, observers: observers)
    memoryCommitter = GroupCommitter(
      store: self.memoryStore, executor: executor, limit: configuration.commitLimit, observers: observers)
    timekeeper = Timekeeper(wallClock: wallClock, executor: executor)
    let breakers = BreakerKeeper(store: store, executor: executor)
    gatekeeper = Gatekeeper(executor: executor, wallClock: wallClock, observers: observers) { circuit, snapshot in
      breakers.keep(circuit, snapshot)
      for observer in observers { observer.observe(.circuit(circuit, snapshot.state)) }
    }
    keeper = configuration.leasing.map {
      LeaseKeeper($0, store: store, wallClock: configuration.wallClock, executor: configuration.executor)
    }
  }

  // MARK: Registering

  /// Makes a workflow known. New runs get the definition that was registered last under its name; those under way finish on theirs.
  ///
  /// - Throws: ``WorkflowError/Code/invalidDefinition``.
  /// - Returns: the worst that a run can come to.
  @discardableResult
  public func register<State, Status>(_ machine: StateMachine<State, Status>) throws(WorkflowError) -> RunBounds {
    let program = try MachineProgram(machine)
    try register(program)
    return program.bounds
  }

  func register(_ program: any RunProgram) throws(WorkflowError) {
    try keep(program)
    state.withLock { $0.current[program.name] = program.hash }
  }

  /// Makes a program known to runs that were started with it.
  ///
  /// - Parameter isStored: it was found in the store: what its workflow has declared since stays.
  func keep(_ program: any RunProgram, isStored: Bool = false) throws(WorkflowError) {
    try gatekeeper.declare(program, isStored: isStored)
    state.withLock { $0.programs[program.name, default: [:]][program.hash] = program }
  }

  func currentProgram(_ name: String) throws(WorkflowError) -> any RunProgram {
    let program = state.withLock { state in state.current[name].flatMap { state.programs[name]?[$0] } }
    guard let program else {
      let known = state.withLock { $0.current.keys.sorted() }
      throw WorkflowError(
        .unknownWorkflow, "no workflow \"\(name)\" is registered; there are: \(known.joined(separator: ", "))")
    }
    return program
  }

  func program(of record: RunRecord) -> (any RunProgram)? {
    state.withLock { $0.programs[record.workflow]?[record.definition] }
  }

  // MARK: Starting

  public func start(_ request: StartRequest) async throws -> StartVerdict {
    if isDraining { throw WorkflowError(.shutDown, "the engine has been shut down: no run is started") }
    let program = try currentProgram(request.workflow)
    let depth = try await depth(of: request)
    if let queue = gatekeeper.fullQueue(of: program) {
      observe(.refused(.queue, name: queue))
      throw WorkflowError(.full, "queue \"\(queue)\" is full: no run is started", at: program.name)
    }
    let (payload, exclusiveKey) = try program.prepare(request)
    try await storeDefinition(of: program)
    try await cover([program.name])
    let now = wallClock.now
    let key = exclusiveKey ?? request.key
    let (id, shardHash) = makeID(key: key, program, at: now)
    var record = RunRecord(
      id: id, workflow: program.name, definition: program.hash, key: key, holdsKey: exclusiveKey != nil,
      idempotencyKey: request.idempotencyKey, payload: payload,
      shardHash: shardHash, priority: request.priority, createdAt: now,
      deadline: request.deadline ?? now.advanced(by: program.deadline))
    record.traceparent =
      configuration.tracer.map { TraceContext.traceparent(ofNew: id, request, by: $0) } ?? request.traceparent
    record.parent = request.parent
    record.parentStep = request.parentStep
    record.origin = request.origin
    record.depth = depth
    return try await begin(RunImage(new: record), program, .begin(at: request.startingAt))
  }

  /// How far from a start from outside the new run would be.
  ///
  /// - Throws: ``WorkflowError/Code/boundExceeded``.
  private func depth(of request: StartRequest) async throws -> Int {
    var depth = request.depth
    var before: RunRecord?
    if let origin = request.origin {
      before = try await record(of: origin)
      // One that was purged says nothing: a circle that is slower than retention is bounded by that.
      if let before { depth = max(depth, before.depth + 1) }
    }
    guard depth > configuration.depthLimit else { return depth }
    observe(.refused(.depth, name: request.workflow))
    let last = before.map { ", the last of them of \($0.workflow)" } ?? ""
    throw WorkflowError(
      .boundExceeded,
      "\(depth) runs have started each other\(last), more than the limit of \(configuration.depthLimit): do workflows start each other in a circle?",
      at: request.workflow)
  }

  /// Stores a new run, and drives it.
  func begin(_ image: RunImage, _ program: any RunProgram, _ event: RunEvent) async throws -> StartVerdict {
    let id = image.record.id
    let driver = RunDriver(image, program: program, engine: self)
    state.withLock { $0.drivers[id] = driver }
    do {
      _ = try await ask(driver, event)
      return .started(id)
    } catch is Retired {
      // Its shard was lost at this moment.
      return try await begin(image, program, event)
    } catch let refusal as Refusal {
      switch refusal.verdict {
      case .duplicate(let other):
        // It may have been stored by a start that was told that it had failed: then nobody drives it yet.
        do { _ = try await self.driver(for: other) } catch let held as HeldElsewhere {
          try await knock(at: held.record)
        }
        return .duplicate(other)
      case .keyHeld(let other): return .keyHeld(other)
      case .tooLarge(let what): throw WorkflowError(.tooLarge, what)
      // The lease has ended just now: what is started is for another engine.
      case .fenced: return try await begin(image, program, event)
      case .committed, .conflict, .unknownRun, .exists:
        throw WorkflowError(.storeDamaged, "the store refused a new run: \(refusal.verdict)")
      }
    }
  }

  func ask(_ driver: RunDriver, _ event: RunEvent) async throws -> RunRecord {
    try await withCheckedThrowingContinuation { continuation in
      if !driver.post(event, reply: { continuation.resume(with: $0) }) {
        // Out of the table, so that the next is another one.
        retire(driver)
        continuation.resume(throwing: Retired())
      }
    }
  }

  func store(of program: any RunProgram) -> any RunStore { program.durability == .memory ? memoryStore : store }

  // MARK: Drivers

  /// The driver of a run, which is read from its store if need be; nil for a run that is not there, or whose workflow is not registered.
  ///
  /// - Throws: ``HeldElsewhere``; what the store throws.
  func driver(for id: RunID) async throws -> RunDriver? {
    enum Place {
      case here(RunDriver)
      case coming(Task<RunDriver?, any Error>)
    }
    let place = state.withLock { state -> Place in
      if let driver = state.drivers[id] { return .here(driver) }
      if let task = state.loading[id] { return .coming(task) }
      let task = Task.detached(executorPreference: executor) { [self] () -> RunDriver? in
        defer { self.state.withLock { $0.loading[id] = nil } }
        let look = looks.next()
        guard let (run, store) = try await load(id), let driver = try await newDriver(for: run, in: store, at: look)
        else { return nil }
        // Timers that were stored by a commit that was told that it had failed, are known to nobody yet.
        if let due = run.timers.map(\.due).min() { wake(at: due) }
        try await cover([run.record.workflow])
        if case .elsewhere = grant(of: run.record, in: store) { throw HeldElsewhere(record: run.record) }
        // In the table first: it may retire as soon as it has something to do. Not into that of an engine that ends, which may have looked already.
        let isTaken = self.state.withLock { state in
          if isDraining { return false }
          state.drivers[id] = driver
          return true
        }
        guard isTaken else { return nil }
        driver.begin()
        return driver
      }
      state.loading[id] = task
      return .coming(task)
    }
    switch place {
    case .here(let driver): return driver
    case .coming(let task): return try await task.value
    }
  }

  func load(_ id: RunID) async throws -> (StoredRun, any RunStore)? {
    for store in stores {
      if let run = try await store.load(id) { return (try decode(run), store) }
    }
    return nil
  }

  /// Tells a run something and waits until that is stored.
  ///
  /// - Parameter forwards: whether what somebody wants of a run that another engine drives is left to that engine.
  /// - Throws: ``WorkflowError/Code/unknownRun``, ``WorkflowError/Code/impossible``, ``WorkflowError/Code/heldElsewhere``.
  @discardableResult
  func tell(_ id: RunID, _ event: RunEvent, forwards: Bool = true) async throws -> RunRecord {
    while true {
      do {
        guard let driver = try await driver(for: id) else {
          throw WorkflowError(.unknownRun, "there is no such run, or its workflow is not registered", at: "run \(id)")
        }
        return try await ask(driver, event)
      } catch is Retired {
        // The next is asked.
      } catch let held as HeldElsewhere {
        switch event {
        case .control(let control) where forwards:
          if let keeper { return try await ask(control, of: held.record, keeper.leasing) }
        default: break
        }
        throw WorkflowError(.heldElsewhere, "the run is for another engine", at: "run \(id)")
      }
    }
  }

  func retire(_ driver: RunDriver) {
    let idle = state.withLock { state in
      if state.drivers[driver.id] === driver { state.drivers[driver.id] = nil }
      guard state.drivers.isEmpty else { return [] as [AsyncStream<Void>.Continuation] }
      defer { state.idle = [] }
      return state.idle
    }
    for continuation in idle { continuation.finish() }
  }

  /// Says to a new driver what an old one was told.
  func repost(_ letter: RunDriver.Letter, to id: RunID) {
    Task.detached(executorPreference: executor) { [self] in
      do {
        if case .arrived = letter.event, letter.reply == nil { return insist { try await $0.bringAll(to: id) } }
        let record = try await tell(id, letter.event)
        letter.reply?(.success(record))
      } catch {
        letter.reply?(.failure(error))
      }
    }
  }

  // MARK: Waiting

  func waitForRecord(
    _ id: RunID, _ condition: @escaping @Sendable (RunRecord) -> Bool
  ) async throws -> RunRecord {
    let waiter = RunWaiter(condition)
    // In the table before the store is asked, so that a change between is not missed.
    let number = state.withLock { state in
      state.lastWaiter += 1
      state.waiters[id, default: [:]][state.lastWaiter] = waiter
      return state.lastWaiter
    }
    defer {
      state.withLock { state in
        state.waiters[id]?[number] = nil
        if state.waiters[id]?.isEmpty == true { state.waiters[id] = nil }
      }
    }
    guard let record = try await record(of: id) else {
      throw WorkflowError(.unknownRun, "there is no such run", at: "run \(id)")
    }
    waiter.look(at: record)
    return try await waiter.value
  }

  /// The record of a run, as stored.
  public func record(of id: RunID) async throws -> RunRecord? {
    for store in stores {
      if let run = try await store.load(id) { return try run.record.decoded(by: configuration.codec) }
    }
    return nil
  }

  // MARK: Ending

  /// It has been shut down: nothing new is begun.
  public var isDraining: Bool { draining.withLock { $0 } }

  /// No attempt begins.
  var isHolding: Bool { isDraining || !configuration.beginsAttempts }

  /// Ends: starts nothing more, lets attempts that are under way come to their end for so long, then cancels them. What is not done is left to the next start.
  ///
  /// Returns when nothing of the engine runs any more. The store is the caller's to close. A second call waits as well.
  public func shutdown(grace: Duration = .seconds(10)) async {
    draining.withLock { $0 = true }
    timekeeper.stop()
    gatekeeper.stop()
    let interrupter = Task.detached(executorPreference: executor) { [self] in
      try await TimerClock().sleep(for: grace)
      for driver in state.withLock({ Array($0.drivers.values) }) { await driver.interrupt() }
    }
    // In a task of its own: whoever ends the engine may have been cancelled.
    await Task.detached(executorPreference: executor) { [self] in await waitUntilIdle() }.value
    interrupter.cancel()
    let (relays, sweeper) = state.withLock { state in
      defer { (state.relays, state.sweeper) = ([], nil) }
      return (state.relays, state.sweeper)
    }
    sweeper?.cancel()
    await sweeper?.value
    for (_, task) in relays { task.cancel() }
    for (relay, task) in relays {
      await task.value
      // What was told last is handed on now, if the store lets it; else by the next start.
      _ = try? await relay.drain()
    }
    await Task.detached(executorPreference: executor) { [self] in await waitUntilIdle() }.value
    await endLooking()
  }

  /// Returns when no run is in memory: those that have not ended wait, or are paused. Cancelled, it returns at once.
  package func waitUntilIdle() async {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
    let isIdle = state.withLock { state in
      if !state.drivers.isEmpty { state.idle.append(continuation) }
      return state.drivers.isEmpty
    }
    if isIdle { return }
    for await _ in stream {}
  }
}
