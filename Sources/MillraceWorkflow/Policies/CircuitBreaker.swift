/// Keeps callers off a dependency that is broken, and finds out when it works again.
///
/// ```text
/// event         | closed      | open      | half-open
/// --------------|-------------|-----------|------------
/// request       | passed      | refused   | passed
/// request, busy | ·           | ·         | refused
/// request, due  | ·           | half-open | ·
/// success       | stays       | ·         | stays
/// last success  | ·           | ·         | closed
/// failure       | stays       | ·         | open
/// last failure  | open        | ·         | ·
/// abandoned     | stays       | ·         | stays
/// late result   | ignored     | ignored   | ignored
/// ```
///
/// "Busy": as many probes are under way as there may be; "due": it has been open for as long as the policy says; "last": the failure that fills the window, the
/// success that is enough; "late": of an attempt from before the latest change of state. A dot: cannot happen.
///
/// A pure value; time is an argument, and may go back. Whoever keeps it stores ``snapshot`` when ``changeCount`` has changed.
public struct CircuitBreaker: Sendable, Hashable {
  public enum State: String, Sendable, Hashable, Codable, CaseIterable {
    /// Everyone may call.
    case closed
    /// Nobody may.
    case open
    /// A few may try.
    case halfOpen
  }

  /// The right to call once. Its outcome is told to the breaker that gave it.
  public struct Pass: Sendable, Hashable {
    fileprivate let period: Int
    /// Whether the dependency's fate depends on it.
    public let isProbe: Bool
  }

  public enum Answer: Sendable, Hashable {
    case passed(Pass)
    /// Ask again then; nil: when a probe has ended.
    case refused(until: Timestamp?)
  }

  /// What becomes of a failed attempt.
  public struct Transition: Sendable, Hashable {
    public let from: State
    public let to: State

    public init(from: State, to: State) {
      self.from = from
      self.to = to
    }
  }

  public let policy: CircuitPolicy
  public private(set) var state = State.closed
  /// Changes of state so far, those of earlier processes included.
  public private(set) var changeCount = 0
  private var changedAt = Timestamp(microseconds: 0)
  /// While closed: the latest, at most as many as open it.
  private var failures: [Timestamp] = []
  private var probesUnderWay = 0
  private var probesSucceeded = 0
  private var budget: RetryBudget

  /// - Precondition: failures, probes, window and open time of the policy are positive.
  public init(policy: CircuitPolicy) {
    precondition(
      policy.failures > 0 && policy.probes > 0 && policy.window > .zero && policy.open > .zero,
      "CircuitBreaker: failures, probes, window and open of its policy are expected to be positive; found \(policy)")
    self.policy = policy
    budget = RetryBudget(fraction: policy.retryBudget, window: policy.window)
  }

  // MARK: Events

  /// Somebody wants to call.
  ///
  /// - Parameter isRetry: it was allowed by ``mayRetry(at:)``, which has counted it.
  public mutating func request(at now: Timestamp, isRetry: Bool = false) -> Answer {
    if state == .open {
      // A clock that was set back does not make it longer.
      changedAt = min(changedAt, now)
      let due = changedAt.advanced(by: policy.open)
      guard now >= due else { return .refused(until: due) }
      change(to: .halfOpen, at: now)
    }
    if state == .halfOpen {
      guard probesUnderWay < policy.probes else { return .refused(until: nil) }
      probesUnderWay += 1
    }
    if !isRetry { budget.attempt(at: now) }
    return .passed(Pass(period: changeCount, isProbe: state == .halfOpen))
  }

  /// Whether a failed attempt may be tried again, by the retry budget. True counts the retry.
  public mutating func mayRetry(at now: Timestamp) -> Bool { budget.mayRetry(at: now) }

  @discardableResult
  public mutating func succeeded(_ pass: Pass, at now: Timestamp) -> Transition? {
    guard pass.period == changeCount, state == .halfOpen else { return nil }
    probesUnderWay -= 1
    probesSucceeded += 1
    return probesSucceeded >= policy.probes ? change(to: .closed, at: now) : nil
  }

  @discardableResult
  public mutating func failed(_ pass: Pass, at now: Timestamp) -> Transition? {
    guard pass.period == changeCount else { return nil }
    switch state {
    case .halfOpen: return change(to: .open, at: now)
    case .open: preconditionFailure("CircuitBreaker: nobody passes while it is open")
    case .closed:
      // Of a clock that was set back: they count as of now.
      if let last = failures.last, last > now { failures = failures.map { min($0, now) } }
      failures.removeAll { now.duration(since: $0) >= policy.window }
      failures.append(now)
      return failures.count >= policy.failures ? change(to: .open, at: now) : nil
    }
  }

  /// The call ended without saying anything about the dependency: cancelled, or never begun.
  public mutating func abandoned(_ pass: Pass) {
    if pass.period == changeCount, state == .halfOpen { probesUnderWay -= 1 }
  }

  @discardableResult
  private mutating func change(to next: State, at now: Timestamp) -> Transition {
    defer { state = next }
    changeCount += 1
    changedAt = now
    failures = []
    (probesUnderWay, probesSucceeded) = (0, 0)
    return Transition(from: state, to: next)
  }
}

extension CircuitBreaker {
  /// What a store keeps of a breaker, and people look at.
  public struct Snapshot: Sendable, Hashable, Codable {
    public var state: State
    public var changeCount: Int
    public var changedAt: Timestamp
    public var failures: [Timestamp]
  }

  public var snapshot: Snapshot {
    Snapshot(state: state, changeCount: changeCount, changedAt: changedAt, failures: failures)
  }

  /// Goes on from a snapshot. Passes that were given before are late: the attempts are gone, or do not count.
  public init(policy: CircuitPolicy, snapshot: Snapshot) {
    self.init(policy: policy)
    state = snapshot.state
    changeCount = snapshot.changeCount + 1
    changedAt = snapshot.changedAt
    failures = snapshot.failures.suffix(policy.failures - 1)
  }

  /// The collection of a store's documents where breakers are kept, by the name of the dependency.
  public static let collection = "circuits"
}
