/// Why a simulation failed.
public struct SimulationError: Error, Sendable, CustomStringConvertible {
  /// What kind of failure it is.
  public struct Code: Sendable, Hashable {
    private enum Value { case deadlock, stepLimit, leftSimulator, seedFailed }
    private let value: Value

    /// Nothing was ready, nobody slept on the clock, and the body had not ended.
    public static let deadlock = Code(value: .deadlock)
    /// The body had not ended after as many steps as were allowed: perhaps its tasks wake each other for ever.
    public static let stepLimit = Code(value: .stepLimit)
    /// Another thread handed a job to the simulator, or slept on its clock: what happens no longer depends on the seed alone.
    public static let leftSimulator = Code(value: .leftSimulator)
    /// ``SimulatedExecutor/explore(seeds:stepLimit:_:)`` found a seed with which the body fails; ``SimulationError/underlying`` says how.
    public static let seedFailed = Code(value: .seedFailed)
  }

  /// What kind of failure it is.
  public let code: Code
  /// The seed to replay it with.
  public let seed: UInt64
  /// What the body threw, or for ``Code/seedFailed`` also what the simulator did.
  public let underlying: (any Error)?
  /// The operations that had begun and not ended: the body, and those that were given a name by ``SimulatedExecutor/named(_:_:)``.
  public let operations: [String]
  /// For a deadlock or the step limit: all tasks that were seen, the last active first; an executor does not learn which of them have ended. For
  /// ``Code/leftSimulator``: those that other threads resumed, or that slept there. A task's name is known if it ever started or resumed another task, slept, or yielded, outside an actor.
  public let tasks: [String]
  /// All of it, for people: seed, step, time on the clock, what happened, and to whom.
  public let description: String

  init(
    _ code: Code, seed: UInt64, operations: [String] = [], tasks: [String] = [], underlying: (any Error)? = nil,
    _ description: String
  ) {
    self.code = code
    self.seed = seed
    self.underlying = underlying
    self.operations = operations
    self.tasks = tasks
    self.description = description
  }
}
