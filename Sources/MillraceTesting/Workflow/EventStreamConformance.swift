import MillraceWorkflow

/// Shows whether a stream keeps the contract of `EventStream`: cases for each of its numbered clauses.
///
/// ```swift
/// let suite = EventStreamConformance { capacity in MyEventStream(capacity: capacity) }
/// let failures = await suite.run()
/// precondition(failures.isEmpty, "\(failures)")
/// ```
///
/// Stands on no test framework: failures are values. Give ``cases`` as arguments to a parameterised test to see them one by one.
public struct EventStreamConformance: Sendable {
  /// Its clause is of `EventStream`'s contract.
  public typealias Failure = ConformanceFailure

  /// One thing that is tried on an empty stream.
  public struct Case: Sendable, CustomStringConvertible {
    public let clause: Int
    public let name: String
    let body: @Sendable (StreamTrial) async throws -> Void

    public var description: String { "\(clause) \(name)" }
  }

  /// A new, empty stream of a capacity. Called once for each case.
  public typealias MakeStream = @Sendable (_ capacity: Int) async throws -> any EventStream

  let makeStream: MakeStream

  public init(makeStream: @escaping MakeStream) {
    self.makeStream = makeStream
  }

  /// Tries every case, one after the other.
  public func run() async -> [Failure] {
    var failures: [Failure] = []
    for each in Self.cases { failures += await run(each) }
    return failures
  }

  public func run(_ each: Case) async -> [Failure] {
    let trial: StreamTrial
    do {
      trial = StreamTrial(stream: try await makeStream(StreamTrial.capacity))
      try await each.body(trial)
      try await trial.stream.close()
    } catch {
      return [Failure(clause: each.clause, caseName: each.name, message: "threw \(error)")]
    }
    return trial.complaints.map { Failure(clause: each.clause, caseName: each.name, message: $0) }
  }
}
