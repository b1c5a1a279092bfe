import MillraceWorkflow
import Synchronization

/// The wall clock of a simulation: it goes as the simulator's ``SimulatedExecutor/clock`` does, and jumps when it is told to.
///
/// ```swift
/// try SimulatedExecutor.run(seed: 7) { simulator in
///   let clock = SimulatedWallClock(simulator)
///   var configuration = WorkflowEngine.Configuration()
///   configuration.executor = simulator
///   configuration.wallClock = clock
///   configuration.random = clock.random
///   let engine = WorkflowEngine(store: MemoryRunStore(clock: clock), configuration: configuration)
///   // … a workflow that sleeps for hours takes no time, and its schedule is the seed's.
///   await engine.shutdown()
/// }
/// ```
///
/// Sleeping is that of every ``WallClock``: by timers of the executor, which the simulator replaces.
public final class SimulatedWallClock: WallClock, Sendable {
  private let simulator: SimulatedExecutor
  private let begin: Timestamp
  private let jumps = Mutex(Duration.zero)

  /// By default the simulation begins at 2026-01-01T00:00:00Z.
  public init(_ simulator: SimulatedExecutor, now: Timestamp = Timestamp(microseconds: 1_767_225_600_000_000)) {
    self.simulator = simulator
    begin = now
  }

  public var now: Timestamp { begin.advanced(by: simulator.clock.now.offset + jumps.withLock { $0 }) }

  /// Sets the clock, forward or back; no time passes.
  public func jump(by duration: Duration) { jumps.withLock { $0 += duration } }

  /// What a simulated engine should take its chance from: the simulation's seed decides.
  public var random: @Sendable () -> any RandomNumberGenerator {
    let simulator = simulator
    return { SimulatedNumbers(simulator: simulator) }
  }
}

private struct SimulatedNumbers: RandomNumberGenerator {
  let simulator: SimulatedExecutor

  func next() -> UInt64 {
    UInt64(simulator.choose(below: 1 << 32)) << 32 | UInt64(simulator.choose(below: 1 << 32))
  }
}
