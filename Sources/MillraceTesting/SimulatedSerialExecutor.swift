/// Runs an actor's jobs one at a time under a ``SimulatedExecutor``, whoever calls the actor.
///
/// ```swift
/// actor Ledger {
///   let executor: SimulatedSerialExecutor
///   nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
///   init(on simulator: SimulatedExecutor) { executor = SimulatedSerialExecutor(on: simulator) }
/// }
/// ```
///
/// A default actor needs none to be simulated, but it works through its queue in order, in one step. An actor with this executor takes its jobs one per step and in any order.
public final class SimulatedSerialExecutor: SerialExecutor, Sendable {
  private let simulator: SimulatedExecutor

  /// An executor for one actor, or for several that exclude each other.
  public init(on simulator: SimulatedExecutor) { self.simulator = simulator }

  /// Takes a job of an actor, from any thread.
  public func enqueue(_ job: consuming ExecutorJob) { simulator.enqueue(UnownedJob(job), serial: self) }
}
