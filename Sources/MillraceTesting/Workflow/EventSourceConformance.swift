import MillraceWorkflow

/// Shows whether a source keeps the contract of `EventSource`: cases for each of its numbered clauses.
///
/// ```swift
/// let suite = EventSourceConformance { name in MyBench(topic: name) }
/// let failures = await suite.run()
/// precondition(failures.isEmpty, "\(failures)")
/// ```
///
/// Stands on no test framework: failures are values. Give ``cases`` as arguments to a parameterised test to see them one by one.
public struct EventSourceConformance: Sendable {
  /// Its clause is of `EventSource`'s contract.
  public typealias Failure = ConformanceFailure

  /// One thing that is tried on an empty source.
  public struct Case: Sendable, CustomStringConvertible {
    public let clause: Int
    public let name: String
    let body: @Sendable (SourceTrial) async throws -> Void

    public var description: String { "\(clause) \(name)" }
  }

  /// A new, empty source. Called once for each case.
  public typealias MakeBench = @Sendable (_ name: String) async throws -> any EventSourceBench

  let makeBench: MakeBench
  let patience: Duration

  /// - Parameter patience: a case that takes longer waits for what does not come, and has failed.
  public init(patience: Duration = .seconds(120), makeBench: @escaping MakeBench) {
    self.patience = patience
    self.makeBench = makeBench
  }

  /// Tries every case, one after the other.
  public func run() async -> [Failure] {
    var failures: [Failure] = []
    for each in Self.cases { failures += await run(each) }
    return failures
  }

  public func run(_ each: Case) async -> [Failure] {
    func failure(_ message: String) -> Failure {
      Failure(clause: each.clause, caseName: each.name, message: message)
    }
    let trial: SourceTrial
    do {
      trial = SourceTrial(try await makeBench(each.name))
    } catch {
      return [failure("there is nothing to try: \(error)")]
    }
    var failures: [Failure] = []
    do {
      let isInTime = try await withThrowingTaskGroup(of: Bool.self) { group in
        group.addTask {
          try await each.body(trial)
          return true
        }
        group.addTask { [patience] in
          try await SystemWallClock().sleep(for: patience)
          return false
        }
        defer { group.cancelAll() }
        return try await group.next()!
      }
      if !isInTime { failures.append(failure("waited for \(patience), and what was expected did not come")) }
    } catch {
      failures.append(failure("threw \(error)"))
    }
    await trial.bench.end()
    return failures + trial.complaints.map(failure)
  }
}

/// A source that is tried, with something that brings it events.
public protocol EventSourceBench: Sendable {
  var source: any EventSource { get }

  /// What is durable of the source, as a process sees it that has just begun: what one that has died had in hand is not known to it.
  ///
  /// - Parameter dead: a subscription of the process that has died: it is not closed. When the source gives what it had to others only after a time, that time has passed when this returns.
  func sourceAfterDeath(of dead: any EventSubscription) async throws -> any EventSource

  /// Brings events, in the order given, with these keys; each of them has a payload with its number.
  func append(_ events: [(number: Int, key: String)]) async throws

  /// Which event it is; nil: none of those that were appended.
  func number(of event: SourceEvent) -> Int?

  /// Whether there may be more than one group; false where acknowledging takes an event out of the source.
  var hasGroups: Bool { get }

  /// Whether an event's key is the one that it was appended with; false where each event has its own.
  var hasKeys: Bool { get }

  func end() async
}

extension EventSourceBench {
  public func sourceAfterDeath(of dead: any EventSubscription) async throws -> any EventSource { source }
  public func number(of event: SourceEvent) -> Int? {
    guard case .int(let number)? = try? event.event.payload.value()["number"] else { return nil }
    return Int(number)
  }
  public var hasGroups: Bool { true }
  public var hasKeys: Bool { true }
  public func end() async {}
}
