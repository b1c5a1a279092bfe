import MillraceExecutor
import MillracePrimitives

/// What is ready, what the seed makes of it, and what is known about the tasks.
struct Schedule {
  struct Ready {
    enum Work {
      /// `serial`: nil for the simulator itself.
      case job(UnownedJob, serial: SimulatedSerialExecutor?)
      /// A node of a graph, or what else is simulated beside tasks.
      case step(@Sendable (CurrentWorker) -> Void)
    }

    let work: Work
    /// Nil for what is not a task's: a step, a default actor's job, or half of a `Task.yield()`.
    let task: Int?
    /// The task for which the job works: its own, or the one that made it. -1 when no task of the simulation did. Each step has an owner of its own, less than that.
    let owner: Int
  }

  private var chooser: Chooser
  private var ready: [Ready] = []
  /// The thread that runs the simulation, once it runs.
  private var thread: UInt?
  /// The job whose step is being run.
  private var running: Ready?
  private var tasks = SeenTasks()
  private var operations: [(identity: Int, name: String)] = []
  private var operationCount = 0

  /// Steps that are no task's.
  private var submittedCount = 0

  private(set) var stepCount = 0
  private(set) var traceHash: UInt64 = 0
  private(set) var escapeCount = 0
  /// What is known about those that came from other threads.
  private(set) var escaped: [String] = []

  init(seed: UInt64) { chooser = Chooser(seed: seed) }

  var isReady: Bool { !ready.isEmpty }
  var unfinishedOperations: [String] { operations.map(\.name) }
  var seenTasks: [String] { tasks.descriptions }

  mutating func begin() {
    precondition(thread == nil, "a simulator is for one run, and this one has been used")
    thread = Thread.current
  }

  mutating func add(_ job: UnownedJob, serial: SimulatedSerialExecutor?, currentTask name: String?) {
    let task = tasks.ordinal(of: job)
    if isForeign {
      let name = task.map { tasks.describe($0) } ?? "an actor"
      noteEscape("\(name), resumed by another thread")
    } else if let running = running?.task, let name {
      tasks.setName(name, of: running)
    }
    ready.append(Ready(work: .job(job, serial: serial), task: task, owner: task ?? running?.owner ?? -1))
  }

  mutating func add(_ step: @escaping @Sendable (CurrentWorker) -> Void) {
    if isForeign { noteEscape("a step of a graph or a pipeline, made ready by another thread") }
    submittedCount += 1
    ready.append(Ready(work: .step(step), task: nil, owner: -1 - submittedCount))
  }

  mutating func fallAsleep(currentTask name: String?) {
    if isForeign {
      noteEscape("a task\(name.map { " \"\($0)\"" } ?? ""), asleep on the clock in another thread")
    } else if let running = running?.task, let name {
      tasks.setName(name, of: running)
    }
  }

  private var isForeign: Bool { thread.map { $0 != Thread.current } ?? false }

  private mutating func noteEscape(_ name: String) {
    escapeCount += 1
    if !escaped.contains(name) { escaped.append(name) }
  }

  /// Chooses the next job. The last one takes its place, so that a step costs no more the more is ready.
  mutating func next(at now: ManualClock.Instant) -> Ready? {
    if ready.isEmpty { return nil }
    let choice = chooser.choose(among: ready)
    let (seconds, attoseconds) = now.offset.components
    note([ready.count, choice, ready[choice].task ?? -1, Int(seconds), Int(attoseconds)])
    ready.swapAt(choice, ready.count - 1)
    let chosen = ready.removeLast()
    stepCount += 1
    running = chosen
    if let task = chosen.task { tasks.setStep(stepCount, of: task) }
    return chosen
  }

  private mutating func note(_ parts: [Int]) {
    for part in parts { traceHash = SplitMix64.mix(traceHash &+ 1 ^ UInt64(truncatingIfNeeded: part)) }
  }

  /// A choice that is made within a step.
  mutating func choose(below count: Int) -> Int {
    let choice = chooser.choose(below: count)
    note([count, choice])
    return choice
  }

  mutating func endStep() { running = nil }

  mutating func beginOperation(_ name: String) -> Int {
    operationCount += 1
    operations.append((operationCount, name))
    return operationCount
  }

  mutating func endOperation(_ identity: Int) { operations.removeAll { $0.identity == identity } }
}
