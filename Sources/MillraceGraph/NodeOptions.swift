import MillraceExecutor

/// How a node is run. Set with ``TaskGraph/configure(_:_:)``; nodes that have none pay nothing for it.
public struct NodeOptions: Sendable {
  /// What its predecessors must have come to for the node to run.
  public enum Trigger: Sendable {
    /// All of them ran. Otherwise the node is skipped.
    case allRan
    /// At least one of them ran: where branches meet again.
    case anyRan
    /// All of them have ended, whatever came of them: to clean up.
    case always
  }

  /// Which ready nodes a participant takes first.
  public enum Priority: Sendable, Comparable {
    case low, medium, high
  }

  /// How often a node that throws is tried again, and how long it waits before.
  public struct Retry: Sendable {
    /// At least 1.
    public var attempts: Int
    /// Before the second attempt; each one after waits twice as long, up to `longestDelay`.
    public var delay: Duration
    public var longestDelay: Duration
    /// Errors for which it is false are not tried again.
    public var isWorthwhile: @Sendable (any Error) -> Bool

    public init(
      attempts: Int, delay: Duration = .zero, longestDelay: Duration = .seconds(60),
      isWorthwhile: @escaping @Sendable (any Error) -> Bool = { _ in true }
    ) {
      precondition(attempts >= 1, "a node is tried at least once; found \(attempts) attempts")
      precondition(delay >= .zero, "a delay is not negative; found \(delay)")
      self.attempts = attempts
      self.delay = delay
      self.longestDelay = longestDelay
      self.isWorthwhile = isWorthwhile
    }

    /// Before attempt `number`, from 2.
    func delay(before number: Int) -> Duration {
      var delay = delay
      for _ in 2..<number where delay < longestDelay { delay *= 2 }
      return min(delay, longestDelay)
    }
  }

  public var trigger = Trigger.allRan
  public var priority = Priority.medium
  /// How long an attempt may take: when it is over, the attempt is cancelled, and has failed with ``DeadlineExceeded`` unless it returns.
  public var timeout: Duration?
  public var retry: Retry?
  /// The node runs while it holds one unit of each.
  public var limits: [ResourceLimit] = []
  /// The node may block its thread: another worker takes the thread's place meanwhile.
  public var isBlocking = false

  public init() {}
}

extension TaskGraph {
  /// Changes how `node` is run.
  ///
  /// ```swift
  /// graph.configure(fetch) {
  ///   $0.timeout = .seconds(2)
  ///   $0.retry = .init(attempts: 3, delay: .milliseconds(100))
  /// }
  /// ```
  public mutating func configure(_ node: some NodeHandle, _ change: (inout NodeOptions) -> Void) {
    check(node.untyped)
    isPlain = false
    let options = bodies.changeOptions(of: Int(node.untyped.index), change)
    if options.retry != nil || !options.limits.isEmpty { waitsOutside = true }
    if options.trigger != .allRan { hasTriggers = true }
  }
}
