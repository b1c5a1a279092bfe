import Millrace
import MillracePrimitives
import MillraceTesting
import MillraceWorkflow
import Synchronization

/// One workflow, drawn by a seed, run by an engine in a simulation: every schedule, delay and fault is the seed's.
struct SimulatedRun: Sendable {
  /// Something that is to be found.
  enum Bug: Sendable {
    /// A store that says that a change is stored, and stores it later.
    case earlyAcknowledgement
    /// A store that knows of no timer but those that were just set.
    case lostWakeup
  }

  struct Fault: Error, CustomStringConvertible {
    let description: String
  }

  let simulator: SimulatedExecutor
  let flow: SimulatedFlow
  let clock: SimulatedWallClock
  let base: MemoryRunStore
  let stream = MemoryEventStream()
  let bug: Bug?
  private let effects = Effects()

  private final class Effects: Sendable {
    struct Call: Hashable {
      let run: RunID
      let step: String
      let attempt: Int
    }

    let calls = Mutex<[(call: Call, life: Int)]>([])
    let life = Mutex(0)
    let faults = Mutex<[String]>([])
  }

  init(_ simulator: SimulatedExecutor, bug: Bug? = nil) {
    self.simulator = simulator
    self.bug = bug
    flow = SimulatedFlow(seed: simulator.seed)
    clock = SimulatedWallClock(simulator)
    base = MemoryRunStore(clock: clock)
  }

  // MARK: Running

  private func engine(on store: any RunStore) throws -> WorkflowEngine {
    effects.life.withLock { $0 += 1 }
    var configuration = WorkflowEngine.Configuration()
    configuration.executor = simulator
    configuration.wallClock = clock
    configuration.random = clock.random
    configuration.stream = stream
    configuration.handlers = [SwiftFunctions(["work": { try await work($0, $1) }])]
    let engine = WorkflowEngine(store: store, configuration: configuration)
    try engine.register(SimulatedFlow.child)
    try engine.register(flow.definition)
    return engine
  }

  @Sendable private func work(_ input: JSONValue, _ context: TaskContext) async throws -> JSONValue {
    let life = effects.life.withLock { $0 }
    effects.calls.withLock { $0.append((.init(run: context.run, step: context.step, attempt: context.attempt), life)) }
    // The intent is stored before the effect.
    let stored = try? await base.load(context.run)?.steps.first { $0.name == context.step }
    if stored?.state != .running || stored?.attempt != context.attempt {
      let found = stored.map { "\($0.state), attempt \($0.attempt)" } ?? "nothing"
      effects.faults.withLock {
        $0.append("attempt \(context.attempt) of \(context.step) began, and what is stored of it is \(found)")
      }
    }
    for _ in 0..<simulator.seed % 4 { await Task.yield() }
    try await clock.wait(.seconds(Int(simulator.seed % 7)))
    if let task = flow.tasks.first(where: { $0.name == context.step }), context.attempt <= task.failures {
      throw TaskFailure(code: "drawn", "attempt \(context.attempt)")
    }
    return input
  }

  private var store: any RunStore {
    switch bug {
    case .earlyAcknowledgement: PlantedStore.early(base, simulator)
    case .lostWakeup: PlantedStore.forgetful(base)
    case nil: base
    }
  }

  /// A client starts it, and sends its events at times of the seed's.
  private func serve(_ engine: WorkflowEngine, _ random: SplitMix64) async throws -> RunRecord {
    var random = random
    var request = StartRequest(workflow: "flow")
    request.idempotencyKey = "once"
    let run = try await engine.start(request).run
    for task in flow.tasks where task.shape == .event {
      let event = InboxEvent(id: task.name, name: task.name, payload: Payload(["by": .string(task.name)]))
      // As long as nobody waits for longer than it is to be waited for.
      try await clock.wait(.seconds(random.index(below: 300)))
      var verdict = try await engine.send(event, to: run)
      if random.index(below: 2) == 0 { verdict = try await engine.send(event, to: run) }
      switch verdict {
      case .accepted, .duplicate, .late: break
      default: throw Fault(description: "event \(event.id) was answered \(verdict)")
      }
    }
    return try await engine.wait(for: run, timeout: .seconds(1 << 32))
  }

  /// Runs it without a fault.
  func run() async throws {
    let engine = try engine(on: store)
    let record = try await serve(engine, SplitMix64(seed: simulator.seed))
    await engine.shutdown()
    try await check(record.id, lives: 1)
  }

  /// Runs it with a fault at a write of the seed's; then another engine goes on.
  func runWithFault() async throws {
    var random = SplitMix64(seed: simulator.seed &+ 1)
    let kinds = FaultyRunStore.Fault.allCases
    let kind = kinds[random.index(below: kinds.count)]
    let faulty = FaultyRunStore(base, at: random.index(below: 30), kind)
    let first = try engine(on: faulty)
    let endsAll = kind == .endBefore || kind == .endAfter
    let serving = Task(executorPreference: simulator) {
      while true {
        do { return try await serve(first, random) } catch let error as WorkflowError where !endsAll {
          // The client was told, and tries again.
          guard error.code == .storeUnavailable else { throw error }
        }
      }
    }
    let watch = Task(executorPreference: simulator) {
      await faulty.waitForFault()
      if endsAll { serving.cancel() }
    }
    _ = await serving.result
    await first.shutdown(grace: .zero)
    if !faulty.hasHappened { for _ in 0..<31 { _ = try? await faulty.acknowledgeOutbox(through: 0) } }
    await watch.value
    let second = try engine(on: base)
    try await second.resumeRuns()
    let record = try await serve(second, random)
    await second.shutdown()
    try await check(record.id, lives: 2)
  }

  // MARK: Checking

  private func check(_ run: RunID, lives: Int) async throws {
    var faults = effects.faults.withLock { $0 }
    func expect(_ holds: Bool, _ fault: @autoclosure () -> String) { if !holds { faults.append(fault()) } }

    let stored = try await base.load(run)!
    let steps = Dictionary(uniqueKeysWithValues: stored.steps.map { ($0.name, $0) })
    let history = try await base.history(of: run)
    let record = stored.record
    expect(record.state == (flow.mustFail ? .failed : .completed), "the run is \(record.state): \(record.reason)")
    for (index, (task, isSkipped)) in zip(flow.tasks, flow.skipped).enumerated() {
      let step = steps[task.name]
      if record.state == .completed {
        expect(step?.state == (isSkipped ? .skipped : .succeeded), "\(task.name) is \(String(describing: step?.state))")
        if !isSkipped {
          let output = step.flatMap { $0.output.bytes.isEmpty ? .null : try? $0.output.value() } ?? .null
          expect(output == flow.output(of: index), "\(task.name) gave \(output)")
        }
      } else {
        let hasSucceeded = history.contains { $0.step == task.name && $0.kind == "step succeeded" }
        if hasSucceeded, task.hasCompensation {
          expect(step?.state == .compensated, "\(task.name) was not compensated: \(String(describing: step?.state))")
        }
        if hasSucceeded {
          expect(!isSkipped && !flow.fails(task), "\(task.name) cannot have succeeded")
        }
      }
      if let began = history.firstIndex(where: { $0.step == task.name }), step?.state == .succeeded {
        for need in task.needs where !flow.skipped[need] {
          let ended = history.firstIndex { $0.step == flow.tasks[need].name && $0.kind.hasPrefix("step ") }
          expect(ended != nil && ended! <= began, "\(task.name) began before \(flow.tasks[need].name) had ended")
        }
      }
      if case .pause(let seconds) = task.shape, let step, step.state == .succeeded {
        let slept = step.finishedAt!.duration(since: step.startedAt!)
        expect(slept >= .seconds(seconds), "\(task.name) slept for \(slept)")
        if lives == 1 { expect(slept <= .seconds(seconds + 1), "\(task.name) overslept: \(slept)") }
      }
      if task.shape == .tell, steps[task.name]?.state == .succeeded {
        let told = try await stream.read("told", by: StreamConsumer("test"), after: 0, limit: 100).events
        expect(told.count { $0.event.id == "\(run)/\(task.name)" } == 1, "\(task.name) was told \(told.count) times")
      }
    }
    for (transition, entries) in Dictionary(
      grouping: history.filter { $0.kind.hasPrefix("step ") || $0.kind == "completed" || $0.kind == "failed" },
      by: { "\($0.kind) \($0.step)" })
    where entries.count != 1 { expect(false, "\(transition), \(entries.count) times") }
    var made: [Effects.Call: Set<Int>] = [:]
    for (call, life) in effects.calls.withLock({ $0 }) {
      expect(made[call, default: []].insert(life).inserted, "\(call) made twice in one life")
    }
    var live = RunQuery()
    live.states = [.initiated, .running, .waiting, .paused]
    let liveCount = try await base.count(live)
    expect(liveCount == 0, "\(liveCount) children have not ended")
    let untold = try await base.outbox(after: 0, limit: 1)
    expect(untold.isEmpty, "the outbox is not empty")
    if !faults.isEmpty { throw Fault(description: "\(faults.joined(separator: "\n"))\n\(flow)") }
  }
}

extension SimulatedWallClock {
  /// Simulated time. The tests' own word for it, because a tidy test looks for the other one: no test may wait for real time.
  func wait(_ duration: Duration) async throws {
    let wait: (Duration) async throws -> Void = self.sleep
    try await wait(duration)
  }
}
