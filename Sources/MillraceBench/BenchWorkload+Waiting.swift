import Dispatch
import Millrace
import MillraceWorkflow
import Synchronization

extension BenchWorkload {
  /// Timeouts of 30 s that are scheduled and taken back, the oldest first, with so many waiting.
  static let timers: BenchWorkload = {
    let (waiting, count) = (1_000, 10_000)
    /// - Returns: how many were taken back in time.
    @Sendable func churn<Timeout>(_ schedule: () -> Timeout, _ cancel: (Timeout) -> Bool) -> Int {
      var timeouts = (0..<waiting).map { _ in schedule() }
      var cancelled = 0
      for number in 0..<count {
        cancelled += cancel(timeouts[number % waiting]) ? 1 : 0
        timeouts[number % waiting] = schedule()
      }
      return timeouts.reduce(cancelled) { $0 + (cancel($1) ? 1 : 0) }
    }
    return BenchWorkload(
      name: "timers", operation: "a timeout, scheduled and cancelled",
      contenders: [
        BenchContender(name: "millrace") { workers in
          let executor = WorkStealingExecutor(.init(workerCount: workers))
          let cancelled = Answer()
          return BenchContender.Job(
            operations: waiting + count,
            body: { cancelled.set(churn({ executor.schedule(after: .seconds(30)) {} }, { $0.cancel() })) },
            isRight: { _ in cancelled.value == waiting + count },
            end: { awaitHere { await executor.shutdown() } })
        },
        // What it does not say, whether it came in time, cannot be checked.
        .computing("dispatch", operations: waiting + count, expecting: waiting + count) {
          churn(
            {
              let timer = DispatchSource.makeTimerSource()
              timer.schedule(deadline: .now() + .seconds(30))
              timer.setEventHandler {}
              timer.activate()
              return timer
            },
            {
              $0.cancel()
              return true
            })
        },
      ])
  }()

  /// A step of a run of ten, kept in memory.
  static let transition: BenchWorkload = {
    let runs = 10
    return BenchWorkload(
      name: "transition", operation: "a step of a run, in memory",
      contenders: [
        BenchContender(name: "millrace") { workers in
          let executor = WorkStealingExecutor(.init(workerCount: workers))
          var configuration = WorkflowEngine.Configuration()
          configuration.executor = executor
          let engine = WorkflowEngine(store: MemoryRunStore(), configuration: configuration)
          try! engine.register(stops())
          let steps = Answer()
          steps.set(0)
          return BenchContender.Job(
            operations: runs * Stop.allCases.count,
            body: {
              awaitHere {
                for _ in 0..<runs {
                  let run = try! await engine.start(StartRequest(workflow: "stops", input: ["steps": 0])).run
                  let record = try! await engine.wait(for: run)
                  guard record.state == .completed,
                    let end = try? StateMachine<Traveller, Stop>.decode(record.payload)
                  else { continue }
                  steps.add(end.steps + 1)
                }
              }
            },
            isRight: { steps.value == $0 * runs * Stop.allCases.count },
            end: {
              awaitHere {
                await engine.shutdown()
                await executor.shutdown()
              }
            })
        }
      ])
  }()

  private enum Stop: String, CaseIterable { case s0, s1, s2, s3, s4, s5, s6, s7, s8, end }

  private struct Traveller: Codable { var steps: Int }

  private static func stops() -> StateMachine<Traveller, Stop> {
    var machine = StateMachine<Traveller, Stop>("stops", initial: .s0)
    machine.durability = .memory
    for (stop, next) in zip(Stop.allCases, Stop.allCases.dropFirst()) {
      machine.addStep(at: stop, to: next) { traveller, _ in
        traveller.steps += 1
        return next
      }
    }
    return machine
  }
}
