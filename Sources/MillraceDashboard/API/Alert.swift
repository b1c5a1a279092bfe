#if Workflow
  import MillraceWorkflow

  /// Something that somebody should look into, as the page shows it.
  public struct AlertView: Sendable, Hashable {
    public enum Severity: String, Sendable, Hashable, CaseIterable { case info, warning, critical }
    public enum State: String, Sendable, Hashable, CaseIterable { case firing, acknowledged, recovered }

    /// Stays the same while it lasts.
    public var id: String
    public var rule: String
    public var severity: Severity
    public var state: State
    public var message: String
    public var since: Timestamp
    public var last: Timestamp
    /// How often it came.
    public var count = 1
    public var workflow: String?
    public var run: RunID?
    public var acknowledgedBy: String?
    public var acknowledgedAt: Timestamp?
    public var comment: String?

    public init(
      id: String, rule: String, severity: Severity, state: State, message: String, since: Timestamp, last: Timestamp
    ) {
      self.id = id
      self.rule = rule
      self.severity = severity
      self.state = state
      self.message = message
      self.since = since
      self.last = last
    }

    var value: JSONValue {
      var members: [String: JSONValue] = [
        "id": .string(id), "rule": .string(rule), "severity": .string(severity.rawValue),
        "state": .string(state.rawValue), "message": .string(message), "since": .string("\(since)"),
        "last": .string("\(last)"), "count": .int(Int64(count)),
      ]
      if let workflow { members["workflow"] = .string(workflow) }
      if let run { members["run"] = .string("\(run)") }
      if let acknowledgedBy { members["acknowledged_by"] = .string(acknowledgedBy) }
      if let acknowledgedAt { members["acknowledged_at"] = .string("\(acknowledgedAt)") }
      if let comment, !comment.isEmpty { members["comment"] = .string(comment) }
      return .object(members)
    }
  }

  /// Where the server finds alerts.
  public protocol AlertSource: Sendable {
    /// Those that last, and those that have recovered lately; the latest first.
    func alerts() async -> [AlertView]

    /// Somebody looks after it.
    ///
    /// - Returns: the alert after it; nil: there is none of this id.
    /// - Throws: `WorkflowError/Code/impossible` for one that has recovered.
    func acknowledge(_ id: String, by name: String, comment: String) async throws -> AlertView?

    /// Calls `changed` with the id of each alert that begins, is acknowledged, recovers, or is told again, from now on: so that it comes with live updates. One that tells nothing is asked by those who look.
    func follow(_ changed: @escaping @Sendable (_ id: String) -> Void)
  }

  extension AlertSource {
    public func follow(_ changed: @escaping @Sendable (_ id: String) -> Void) {}
  }
#endif
