/// Which runs of a workflow that have ended are deleted, whole.
public struct RetentionPolicy: Sendable, Hashable {
  /// Since their end; nil: none is too old.
  public var age: Duration?
  /// When more have ended, the oldest go; nil: there may be any number.
  public var count: Int?

  /// Keeps everything, unless told otherwise.
  public init(age: Duration? = nil, count: Int? = nil) {
    self.age = age
    self.count = count
  }
}

/// How an engine keeps its store from growing for ever.
public struct Retention: Sendable {
  /// For workflows that say nothing themselves: a year, and a million runs of each.
  public var standard = RetentionPolicy(age: .seconds(365 * 86_400), count: 1_000_000)
  /// By workflow; each wins over what its definition says.
  public var workflows: [String: RetentionPolicy] = [:]
  /// How often the engine looks, first a minute after ``WorkflowEngine/resumeRuns()`` or after a period, if that is shorter. nil: only when ``WorkflowEngine/applyRetention()`` is called.
  public var period: Duration? = .seconds(3600)
  /// The most runs that one transaction deletes.
  public var batch = 200
  /// Between two transactions, for others who want to write.
  public var pause = Duration.milliseconds(20)

  public init() {}

  /// Traps on values that mean nothing.
  func check() {
    precondition(batch > 0, "Retention: a positive batch is expected; found \(batch)")
    precondition(pause >= .zero, "Retention: a pause of 0 or more is expected; found \(pause)")
    if let period { precondition(period > .zero, "Retention: a positive period is expected; found \(period)") }
    for (workflow, policy) in workflows.merging(["standard": standard], uniquingKeysWith: { own, _ in own }) {
      precondition(
        policy.age ?? .zero >= .zero && policy.count ?? 0 >= 0,
        "Retention: an age and a count of 0 or more are expected of \(workflow); found \(policy)")
    }
  }
}

/// What retention has deleted.
public struct RetentionReport: Sendable, Hashable {
  /// Runs, by workflow; those without any are left out.
  public var runs: [String: Int] = [:]
  /// Results kept for other runs to use again, of which the lifetime was over.
  public var cachedResults = 0

  public init() {}
}
