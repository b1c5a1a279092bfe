/// How long steps of a workflow have taken in runs that have completed: what suggests timeouts, and an order.
///
/// ```swift
/// import MillraceWorkflow
/// func suggest(_ workflow: CheckedDefinition, _ store: any RunStore) async throws {
///   let history = try await StepHistory(of: workflow.definition.name, in: store)
///   for hint in workflow.timeoutHints(from: history) { print(hint.task, hint.declared, hint.suggested) }
/// }
/// ```
///
/// Only steps that succeeded at their first attempt count: what another one waited between its attempts says nothing about the next. A step begins when its attempt is due, so a wait in its queue is part of it; a result that was used again took no time.
public struct StepHistory: Sendable, Hashable {
  public struct Durations: Sendable, Hashable {
    public var count: Int
    /// Half of them took no longer.
    public var p50: Duration
    /// Of a hundred, 99 took no longer.
    public var p99: Duration
    public var longest: Duration

    /// - Precondition: There is one at least.
    init(_ durations: [Duration]) {
      precondition(!durations.isEmpty, "Durations: expected one at least; found none")
      let sorted = durations.sorted()
      /// The nearest rank: one that there was.
      func quantile(_ share: Double) -> Duration {
        sorted[max(0, Int((share * Double(sorted.count)).rounded(.up)) - 1)]
      }
      count = sorted.count
      (p50, p99, longest) = (quantile(0.5), quantile(0.99), sorted.last!)
    }
  }

  /// By task or status; of a fan-out, all elements together.
  public var steps: [String: Durations]
  /// Of whole runs; nil: none has completed.
  public var runs: Durations?

  /// Reads the newest runs of a workflow that have completed.
  ///
  /// - Parameter limit: how many. Each is read with all of its steps.
  /// - Throws: ``WorkflowError/Code/storeUnavailable``.
  public init(of workflow: String, in store: any RunStore, limit: Int = 200) async throws {
    var query = RunQuery()
    query.workflow = workflow
    query.states = [.completed]
    query.limit = limit
    var found: [String: [Duration]] = [:]
    var whole: [Duration] = []
    for record in try await store.runs(query) {
      // Purged meanwhile.
      guard let run = try await store.load(record.id) else { continue }
      if let end = record.finishedAt { whole.append(end.duration(since: record.createdAt)) }
      for step in run.steps where step.state == .succeeded && step.attempt == 1 {
        guard let start = step.startedAt, let end = step.finishedAt, end >= start else { continue }
        found[Self.name(ofStep: step.name), default: []].append(end.duration(since: start))
      }
    }
    steps = found.mapValues { Durations($0) }
    runs = whole.isEmpty ? nil : Durations(whole)
  }

  /// `load` for `load[3]`, `placed` for `placed#1`, `load#fallback` for `load[3]#fallback`.
  package static func name(ofStep step: String) -> String {
    let (bracket, hash) = (UInt8(ascii: "["), UInt8(ascii: "#"))
    guard step.utf8.contains(where: { $0 == bracket || $0 == hash }) else { return step }
    func isDigit(_ byte: UInt8?) -> Bool { byte.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false }
    var name: [UInt8] = []
    var rest = step.utf8[...]
    while let first = rest.popFirst() {
      if first == bracket, let end = rest.firstIndex(of: UInt8(ascii: "]")) {
        rest = rest[rest.index(after: end)...]
      } else if first == hash, isDigit(rest.first) {
        rest = rest.drop(while: isDigit)
      } else {
        name.append(first)
      }
    }
    return String(decoding: name, as: UTF8.self)
  }
}

/// A timeout that history suggests.
public struct TimeoutHint: Sendable, Hashable {
  public var task: String
  public var durations: StepHistory.Durations
  public var declared: Duration
  /// p99 × a factor, in whole milliseconds.
  public var suggested: Duration
}

extension CheckedDefinition {
  /// Timeouts that would do, in the order of tasks. Suggestions only: nothing changes by itself, because a run's worst case is computed from what is declared.
  ///
  /// - Parameters:
  ///   - factor: how much longer than its p99 a step may take.
  ///   - least: tasks with fewer durations are left out.
  /// - Precondition: `factor` is 1 or more.
  public func timeoutHints(from history: StepHistory, factor: Double = 3, least: Int = 20) -> [TimeoutHint] {
    precondition(factor >= 1 && factor.isFinite, "timeoutHints: expected a factor of 1 or more; found \(factor)")
    return tasks.compactMap { task in
      // The time of a wait is somebody else's.
      guard EngineKind(rawValue: task.definition.kind) == nil, let durations = history.steps[task.name],
        durations.count >= least
      else { return nil }
      let milliseconds = max(1, (durations.p99 * factor / .milliseconds(1)).rounded(.up))
      return TimeoutHint(
        task: task.name, durations: durations, declared: task.definition.timeout,
        suggested: .milliseconds(Int64(milliseconds)))
    }
  }
}
