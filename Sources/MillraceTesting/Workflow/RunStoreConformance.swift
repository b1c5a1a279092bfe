import MillraceWorkflow

/// Shows whether a store keeps the contract of `RunStore`: cases for each of its numbered clauses, random operations against a plain model, and committers at the same time.
///
/// ```swift
/// let suite = RunStoreConformance { clock, limits in MyRunStore(clock: clock, limits: limits) }
/// let failures = await suite.run()
/// precondition(failures.isEmpty, "\(failures)")
/// ```
///
/// Stands on no test framework: failures are values that name the clause, what was expected and what was found. Give ``cases`` as arguments to a parameterised test to see them one by one. What is drawn at random depends on the seed alone.
public struct RunStoreConformance: Sendable {
  /// What a store did that its contract does not allow.
  public struct Failure: Error, Sendable, CustomStringConvertible {
    /// Of `RunStore`'s contract.
    public let clause: Int
    public let caseName: String
    /// What was expected and what was found.
    public let message: String
    /// To see it again: ``RunStoreConformance/init(seed:makeStore:reopen:)``.
    public let seed: UInt64

    public var description: String { "clause \(clause), \(caseName): \(message) (seed \(seed))" }
  }

  /// One thing that is tried on an empty store.
  public struct Case: Sendable, CustomStringConvertible {
    /// The clause of `RunStore`'s contract that it is about. What is random is about all of them, and counted as 3.
    public let clause: Int
    public let name: String
    let body: @Sendable (Trial) async throws -> Void

    public var description: String { "\(clause) \(name)" }
  }

  /// A new, empty store, whose time is the clock's and which takes no more than the limits. Called once for each case.
  public typealias MakeStore = @Sendable (ManualWallClock, StoreLimits) async throws -> any RunStore
  /// Closes a store and opens another one on the same data, with the same clock and limits.
  public typealias Reopen = @Sendable (any RunStore, ManualWallClock, StoreLimits) async throws -> any RunStore

  let seed: UInt64
  let makeStore: MakeStore
  let reopen: Reopen?

  /// - Parameters:
  ///   - seed: what random cases depend on.
  ///   - reopen: for a store that outlives its process: then what was acknowledged is looked for in what is opened again.
  public init(seed: UInt64 = 1, makeStore: @escaping MakeStore, reopen: Reopen? = nil) {
    self.seed = seed
    self.makeStore = makeStore
    self.reopen = reopen
  }

  /// All that is tried.
  public static let cases: [Case] =
    changeCases + keyCases + eventCases + leaseCases + readingCases + documentCases + deletionCases + lifeCases
    + contentionCases + randomCases

  /// Tries every case, one after the other.
  public func run() async -> [Failure] {
    var failures: [Failure] = []
    for each in Self.cases { failures += await run(each) }
    return failures
  }

  /// Tries one case on a store of its own.
  public func run(_ tried: Case) async -> [Failure] {
    let clock = ManualWallClock()
    var messages: [String]
    do {
      let store = try await makeStore(clock, Trial.limits)
      let trial = Trial(store: store, clock: clock, seed: seed, reopen: reopen)
      do {
        try await tried.body(trial)
        messages = trial.complaints
      } catch {
        messages = trial.complaints + ["unexpected error: \(error)"]
      }
      // A case may have closed it.
      try? await trial.store.close()
    } catch {
      messages = ["no store could be made: \(error)"]
    }
    return messages.map { Failure(clause: tried.clause, caseName: tried.name, message: $0, seed: seed) }
  }
}
