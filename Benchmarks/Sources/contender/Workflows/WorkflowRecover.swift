import Foundation
import Millrace
import MillraceSQLite
import MillraceWorkflow
import Synchronization

/// A process with that many runs, each in the midst of a step, is ended by `kill -9`. How long it takes until each of these steps has begun again: from the opening of the database. `all_done`: until each run has completed.
func workflowRecover(_ options: Options) -> Plan? {
  guard let durability = Durability(rawValue: options.variant), durability != .memory else { return nil }
  let count = options.size > 0 ? options.size : 10_000
  if options.contender == "victim" { becomeVictim(options, durability, count) }
  guard options.contender == "millrace" else { return nil }
  let file = WorkflowFolder.path + "/runs.db"
  let begun = Place(0)
  return Plan(
    operations: count,
    measure: {
      makeVictim(options, file, count)
      let measured = Place(Measured())
      awaitHere {
        let (wall, cpu) = (nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_PROCESS_CPUTIME_ID))
        let (all, done) = (Countdown(count), Countdown(count))
        do {
          let store = try SQLiteRunStore(path: file)
          let engine = sleepers(options, durability, store, observer: done) {
            all.countDown()
            await all.wait()
          }
          let (resumed, _) = try await engine.resumeRuns()
          begun.value = resumed
          await all.wait()
          measured.value.wall = nanoseconds(CLOCK_MONOTONIC) - wall
          measured.value.cpu = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu
          await done.wait()
          measured.value.figures["all_done"] = Double(nanoseconds(CLOCK_MONOTONIC) - wall)
          await engine.shutdown()
          try await store.close()
        } catch {
          fail("\(error)")
        }
      }
      let sync = WorkflowFolder.syncTimes()
      measured.value.figures["fsync_p50"] = Double(sync[sync.count / 2])
      WorkflowFolder.remove()
      return measured.value
    }, verify: { begun.value == count })
}

/// An engine with a workflow of one step.
func sleepers(
  _ options: Options, _ durability: Durability, _ store: any RunStore, observer: (any RunObserver)? = nil,
  _ body: @escaping @Sendable () async throws -> Void
) -> WorkflowEngine {
  var configuration = WorkflowEngine.Configuration()
  configuration.executor = options.makeExecutor()
  configuration.observers = observer.map { [$0] } ?? []
  let engine = WorkflowEngine(store: store, configuration: configuration)
  var machine = StateMachine<Traveller, Sleep>("sleepers", initial: .asleep)
  machine.durability = durability
  var step = StepOptions()
  step.timeout = .seconds(86_400)
  machine.addStep(at: .asleep, to: .awake, options: step) { _, _ in
    try await body()
    return .awake
  }
  do { try engine.register(machine) } catch { fail("\(error)") }
  return engine
}

enum Sleep: String, CaseIterable, Sendable { case asleep, awake }

/// Starts that many runs of a workflow, a few at a time.
func start(_ count: Int, of workflow: String, on engine: WorkflowEngine) async {
  let callers = 64
  await withTaskGroup { group in
    for caller in 0..<callers {
      group.addTask {
        for place in stride(from: caller, to: count, by: callers) {
          do {
            _ = try await engine.start(StartRequest(workflow: workflow, input: ["place": .int(Int64(place))]))
          } catch {
            fail("\(error)")
          }
        }
      }
    }
  }
}

/// Waits until so many have come. Told by an observer, of each run that completes.
final class Countdown: RunObserver {
  private let state: Mutex<(rest: Int, waiting: [CheckedContinuation<Void, Never>])>

  init(_ count: Int) { state = Mutex((count, [])) }

  func countDown() {
    let waiting = state.withLock { state in
      state.rest -= 1
      guard state.rest == 0 else { return [] as [CheckedContinuation<Void, Never>] }
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
  }

  func wait() async {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      let isOver = state.withLock { state in
        if state.rest > 0 { state.waiting.append(continuation) }
        return state.rest <= 0
      }
      if isOver { continuation.resume() }
    }
  }

  func observe(_ observation: RunObservation) {
    if case .changed = observation.kind, observation.record.state == .completed { countDown() }
  }
}

// MARK: The process that is killed

private func makeVictim(_ options: Options, _ file: String, _ count: Int) {
  let victim = Process()
  victim.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
  victim.arguments = [
    "--workload", options.workload, "--contender", "victim", "--case", options.variant, "--size", "\(count)",
    "--workers",
    "\(options.workers)",
  ]
  victim.environment = ProcessInfo.processInfo.environment.merging(["VICTIM_DATABASE": file]) { $1 }
  let pipe = Pipe()
  victim.standardOutput = pipe
  do { try victim.run() } catch { fail("\(error)") }
  guard pipe.fileHandleForReading.availableData == Data("asleep\n".utf8) else {
    fail("the process to be killed ended by itself")
  }
  kill(victim.processIdentifier, SIGKILL)
  victim.waitUntilExit()
}

/// Starts its runs, says when all are in the midst of their step, and waits to be killed.
private func becomeVictim(_ options: Options, _ durability: Durability, _ count: Int) -> Never {
  guard let file = ProcessInfo.processInfo.environment["VICTIM_DATABASE"] else { fail("no database is named") }
  awaitHere {
    do {
      let begun = Countdown(count)
      let engine = sleepers(options, durability, try SQLiteRunStore(path: file)) {
        begun.countDown()
        try await TimerClock().sleep(for: .seconds(3_600))
      }
      await start(count, of: "sleepers", on: engine)
      await begun.wait()
      try FileHandle.standardOutput.write(contentsOf: Data("asleep\n".utf8))
      try await TimerClock().sleep(for: .seconds(600))
    } catch {
      fail("\(error)")
    }
  }
  exit(1)
}
