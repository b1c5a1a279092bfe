import MillraceExecutor
import Synchronization

/// Runs a whole asynchronous program on the calling thread, in an order that a seed decides, under a clock of its own.
///
/// ```swift
/// let sum = try SimulatedExecutor.run(seed: 1234) { simulator in
///   async let one = 1
///   async let two = 2
///   try await simulator.clock.sleep(for: .seconds(3600))
///   return await one + two
/// }
/// ```
///
/// The same seed gives the same schedule, and so the same result, every time. To look for a bug that only some schedules show, use ``explore(seeds:stepLimit:_:)``.
///
/// Whatever the body calls with `await` stays in the simulator: functions, default actors, actors with a ``SimulatedSerialExecutor``, `async let` and task groups, runs of task graphs and pipelines.
/// Deadlines, timeouts and the clock of executors go by the simulation's ``clock``; joins and parallel loops run in place.
///
/// An unstructured `Task {}` does not stay, because Swift lets only child tasks inherit the preference for an executor: write `Task(executorPreference: simulator) {}`. Neither do work that is given to
/// a `WorkStealingExecutor`, the main actor, `Task.sleep`, Dispatch, and threads. Where a task waits for one of these it is resumed from another thread, which the simulator reports as ``SimulationError/Code/leftSimulator``.
///
/// The simulator switches between tasks where they suspend, and nowhere else: two threads that race for an atomic are not simulated. `await Task.yield()` is a place to switch.
public final class SimulatedExecutor: TaskExecutor, Sendable {
  /// Decides which of the ready jobs is run, at each step.
  public let seed: UInt64
  /// The time of the simulation. It stands still while a job is ready, and then jumps to the next deadline.
  public let clock = ManualClock()

  private let stepLimit: Int
  private let patience: Duration
  private let worker = SimulatedWorker()
  let schedule: Mutex<Schedule>

  /// A simulator for one run.
  ///
  /// - Parameters:
  ///   - seed: any number; neighbouring ones give unrelated schedules.
  ///   - stepLimit: how many jobs are run at most, nodes of graphs and stages of pipelines among them.
  ///   - patience: how long, in real time, a run that cannot go on waits for a task that has left the simulator before it is called a deadlock. A run inside a task, as in a test of Swift
  ///     Testing, holds one of Swift's own threads meanwhile, of which there are as many as processors.
  public init(seed: UInt64, stepLimit: Int = 100_000, patience: Duration = .milliseconds(50)) {
    self.seed = seed
    self.stepLimit = stepLimit
    self.patience = patience
    schedule = Mutex(Schedule(seed: seed))
    clock.observeSleepers { [weak self] in
      let name = currentTaskName()
      self?.schedule.withLock { $0.fallAsleep(currentTask: name) }
    }
  }

  /// How many jobs have been run.
  public var stepCount: Int { schedule.withLock { $0.stepCount } }

  /// Stands for the whole schedule so far: which job was chosen among how many at each step, and when. Two runs with the same one took the same decisions.
  public var traceHash: UInt64 { schedule.withLock { $0.traceHash } }

  /// How often another thread handed a job to the simulator, or slept on its clock. While it is 0, the seed alone decides what happens, as far as the simulator can tell.
  public var escapeCount: Int { schedule.withLock { $0.escapeCount } }

  /// Runs the body and everything that it starts, and returns when it has ended.
  ///
  /// Afterwards what is ready is still run, and who sleeps on the ``clock`` gets a `CancellationError`, so that no background task is left. One that waits for something else stays
  /// in memory for ever, as do all tasks of a run that failed by a deadlock or at the step limit, and those that come back from elsewhere later.
  ///
  /// - Throws: what `body` throws; else a ``SimulationError``.
  public func run<T: Sendable>(_ body: @Sendable @escaping (SimulatedExecutor) async throws -> T) throws -> T {
    schedule.withLock { $0.begin() }
    let outcome = Outcome<T>()
    try worker.run(self) {
      Task(name: "body", executorPreference: self) {
        await self.named("body") {
          do {
            outcome.set(.success(try await SimulatedWorker.withoutDeadline { try await body(self) }))
          } catch {
            outcome.set(.failure(error))
          }
        }
      }
      try runUntil { outcome.isSet }
      windDown()
    }
    if escapeCount > 0 { throw leftSimulator(schedule.withLock { $0.escaped }, outcome.failure) }
    return try outcome.get()
  }

  /// Runs the body under a new simulator: see ``run(_:)``.
  public static func run<T: Sendable>(
    seed: UInt64, stepLimit: Int = 100_000, _ body: @Sendable @escaping (SimulatedExecutor) async throws -> T
  ) throws -> T {
    try SimulatedExecutor(seed: seed, stepLimit: stepLimit).run(body)
  }

  /// Gives an operation a name, by which a ``SimulationError`` lists it as long as it has not ended.
  ///
  /// The names of tasks, as in `addTask(name:)`, are not always known to an executor, and it does not learn when a task ends. This says both.
  public nonisolated(nonsending) func named<T, E: Error>(
    _ name: String, _ operation: nonisolated(nonsending) () async throws(E) -> T
  ) async throws(E) -> T {
    let identity = schedule.withLock { $0.beginOperation(name) }
    defer { schedule.withLock { $0.endOperation(identity) } }
    return try await operation()
  }

  /// Takes a job of a task that prefers this executor, from any thread.
  public func enqueue(_ job: consuming ExecutorJob) { enqueue(UnownedJob(job), serial: nil) }

  func enqueue(_ job: UnownedJob, serial: SimulatedSerialExecutor?) {
    // Outside a task, and where one has just been suspended, there is no name.
    let name = currentTaskName()
    schedule.withLock { $0.add(job, serial: serial, currentTask: name) }
  }

  // MARK: The loop

  private func runUntil(_ isDone: () -> Bool) throws {
    while !isDone() {
      if stepCount >= stepLimit { throw stepLimitReached() }
      if runJob() || passTime() || waitForOutside() { continue }
      throw deadlock()
    }
  }

  /// Lets what is left come to its end, if it does so within as many steps as there were.
  private func windDown() {
    let limit = stepCount + max(stepCount, 1000)
    while stepCount < limit {
      if runJob() { continue }
      if nextDeadline == nil { break }
      clock.cancelSleepers()
      worker.timers.cancelAll()
    }
  }

  /// When somebody is to be woken next.
  private var nextDeadline: ManualClock.Instant? {
    let timer = worker.timers.next.map { ManualClock.Instant(offset: Deadline.simulationStart.duration(to: $0)) }
    return [clock.nextDeadline, timer].compactMap(\.self).min()
  }

  /// Jumps to the next deadline; false when nobody waits for one.
  private func passTime() -> Bool {
    guard let next = nextDeadline else { return false }
    clock.advance(to: next)
    worker.timers.fire(until: now)
    return true
  }

  /// False when nothing is ready.
  private func runJob() -> Bool {
    let now = clock.now
    guard let ready = schedule.withLock({ $0.next(at: now) }) else { return false }
    worker.step { worker in
      switch ready.work {
      case .job(let job, let serial?):
        // SAFETY: the schedule has given the job away, and it is run once. `serial` and `self` outlive the call.
        unsafe job.runSynchronously(
          isolatedTo: serial.asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
      case .job(let job, nil):
        // SAFETY: as above.
        unsafe job.runSynchronously(on: asUnownedTaskExecutor())
      case .step(let body): body(worker)
      }
    }
    schedule.withLock { $0.endStep() }
    return true
  }

  /// True when another thread has given the simulation a way to go on. Only a run that is about to fail comes here: so it may look again and again, and need not be told.
  private func waitForOutside() -> Bool {
    let end = ContinuousClock.now + patience
    while true {
      if schedule.withLock({ $0.isReady }) || nextDeadline != nil { return true }
      if ContinuousClock.now >= end { return false }
      Thread.pause()
    }
  }
}

extension SimulatedExecutor: Simulation {
  package var now: Deadline { .simulationStart + clock.now.offset }
  package var taskExecutor: any TaskExecutor { self }

  package func submit(_ step: @escaping @Sendable (CurrentWorker) -> Void) { schedule.withLock { $0.add(step) } }

  package func choose(below count: Int) -> Int { schedule.withLock { $0.choose(below: count) } }
  package func beginOperation(_ name: String) -> Int { schedule.withLock { $0.beginOperation(name) } }
  package func endOperation(_ identity: Int) { schedule.withLock { $0.endOperation(identity) } }
}

/// What the body came to.
private final class Outcome<T: Sendable>: Sendable {
  private let result = Mutex<Result<T, any Error>?>(nil)

  var isSet: Bool { result.withLock { $0 != nil } }

  var failure: (any Error)? {
    result.withLock {
      if case .failure(let error) = $0 { error } else { nil }
    }
  }

  func set(_ value: Result<T, any Error>) { result.withLock { $0 = value } }

  func get() throws -> T { try result.withLock { $0! }.get() }
}
