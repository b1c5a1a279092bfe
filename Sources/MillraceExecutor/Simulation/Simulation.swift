import MillracePrimitives

/// A program that runs on one thread, in an order and under a clock that are the simulation's own.
///
/// Modules above ask ``SimulatedWorker/simulation`` where they would otherwise hand something to a worker, and hand it to the simulation instead. Timers need not ask: those that
/// simulated code makes are the simulation's.
package protocol Simulation: AnyObject, Sendable {
  /// What its clock shows.
  var now: Deadline { get }
  /// Where tasks run that belong to it.
  var taskExecutor: any TaskExecutor { get }
  /// Has `step` called, on the simulation's worker and with nothing else in between. When, and after what else that is ready, the simulation chooses.
  func submit(_ step: @escaping @Sendable (CurrentWorker) -> Void)
  /// A number below `count`, which must be positive, for a choice that is made elsewhere.
  func choose(below count: Int) -> Int
  /// Something waits; when nothing can go on, it is what has not ended. Returns what ``endOperation(_:)`` is told.
  func beginOperation(_ name: String) -> Int
  func endOperation(_ identity: Int)
}

extension Deadline {
  /// What the clock of a simulation shows at its beginning: the same in all, so that a replay sees the same instants. 146 years: no wheel comes there.
  package static var simulationStart: Deadline { Deadline(nanoseconds: 1 << 62) }
}

/// Steps of work that a simulated task waits for without being suspended: they are run in its own step, in an order that the simulation chooses.
///
/// Other tasks and timers stand still meanwhile. So such work cannot wait for them: it is over, or stuck, when no step is left.
package final class HeldSteps: Simulation {
  private let simulation: any Simulation
  private let steps = Lock<[@Sendable (CurrentWorker) -> Void]>([])

  package init(in simulation: any Simulation) { self.simulation = simulation }

  /// Runs steps, and those that they submit, until none is left.
  package func run(on worker: CurrentWorker) {
    while let step = takeStep() { step(worker) }
  }

  private func takeStep() -> (@Sendable (CurrentWorker) -> Void)? {
    let count = steps.withLock { $0.count }
    guard count > 0 else { return nil }
    let choice = simulation.choose(below: count)
    return steps.withLock { $0.remove(at: choice) }
  }

  package func submit(_ step: @escaping @Sendable (CurrentWorker) -> Void) { steps.withLock { $0.append(step) } }

  package var now: Deadline { simulation.now }
  package var taskExecutor: any TaskExecutor { simulation.taskExecutor }
  package func choose(below count: Int) -> Int { simulation.choose(below: count) }
  package func beginOperation(_ name: String) -> Int { simulation.beginOperation(name) }
  package func endOperation(_ identity: Int) { simulation.endOperation(identity) }
}
