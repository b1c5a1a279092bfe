#if Workflow
  import MillraceWorkflow

  /// Something that somebody should know, from when it was first seen until it is over.
  public struct Alert: Sendable, Hashable {
    public enum Severity: String, Sendable, Hashable, Codable, CaseIterable {
      case warning, critical
    }

    /// The same for all that a rule says about one subject: `failure/orders`.
    public var id: String
    /// The rule's name.
    public var rule: String
    public var severity: Severity
    /// A sentence.
    public var text: String
    /// What a program said about it. Not stored with the alert: it may be data of a run, which goes when the run's data is deleted.
    public var detail: String
    public var workflow: String?
    public var run: RunID?
    public var since: Timestamp
    public var lastSeen: Timestamp
    /// How often it was seen.
    public var count: Int
    public var acknowledgedAt: Timestamp?
    public var acknowledgedBy: String?
    /// What they said to it.
    public var comment: String?
    public var recoveredAt: Timestamp?
    /// When sinks were told last.
    public var toldAt: Timestamp

    public var isActive: Bool { recoveredAt == nil }

    /// What there is to be said of it now.
    public var lastMessage: AlertMessage {
      if recoveredAt != nil { return AlertMessage(event: .recovered, alert: self) }
      if acknowledgedAt != nil { return AlertMessage(event: .acknowledged, alert: self) }
      return AlertMessage(event: count > 1 ? .reminded : .raised, alert: self)
    }
  }

  extension Alert: Codable {
    private enum CodingKeys: CodingKey {
      case id, rule, severity, text, workflow, run, since, lastSeen, count, acknowledgedAt, acknowledgedBy, comment
      case recoveredAt, toldAt
    }

    public init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      id = try values.decode(String.self, forKey: .id)
      rule = try values.decode(String.self, forKey: .rule)
      severity = try values.decode(Severity.self, forKey: .severity)
      text = try values.decode(String.self, forKey: .text)
      detail = ""
      workflow = try values.decodeIfPresent(String.self, forKey: .workflow)
      run = try values.decodeIfPresent(RunID.self, forKey: .run)
      since = try values.decode(Timestamp.self, forKey: .since)
      lastSeen = try values.decode(Timestamp.self, forKey: .lastSeen)
      count = try values.decode(Int.self, forKey: .count)
      acknowledgedAt = try values.decodeIfPresent(Timestamp.self, forKey: .acknowledgedAt)
      acknowledgedBy = try values.decodeIfPresent(String.self, forKey: .acknowledgedBy)
      comment = try values.decodeIfPresent(String.self, forKey: .comment)
      recoveredAt = try values.decodeIfPresent(Timestamp.self, forKey: .recoveredAt)
      toldAt = try values.decode(Timestamp.self, forKey: .toldAt)
    }
  }

  /// What sinks are told.
  public struct AlertMessage: Sendable, Hashable {
    public enum Event: String, Sendable, Hashable, CaseIterable {
      case raised
      /// It goes on, and nobody has acknowledged it.
      case reminded
      case acknowledged
      case recovered
    }

    public var event: Event
    public var alert: Alert

    /// One line for people.
    public var line: String {
      let detail = alert.detail.isEmpty ? "" : ": \(alert.detail)"
      let end =
        switch event {
        case .raised: ""
        case .reminded: " (seen \(alert.count) times since \(alert.since))"
        case .acknowledged: " (acknowledged by \(alert.acknowledgedBy ?? "somebody"))"
        case .recovered: " (recovered)"
        }
      return "\(alert.severity.rawValue) \(alert.rule): \(alert.text)\(detail)\(end)"
    }

    /// For programs: an object with all that is known.
    public var json: JSONValue {
      var members: [String: JSONValue] = [
        "event": .string(event.rawValue), "id": .string(alert.id), "rule": .string(alert.rule),
        "severity": .string(alert.severity.rawValue), "text": .string(alert.text), "detail": .string(alert.detail),
        "since": .string("\(alert.since)"), "lastSeen": .string("\(alert.lastSeen)"),
        "count": .int(Int64(alert.count)), "line": .string(line),
      ]
      members["workflow"] = alert.workflow.map { .string($0) }
      members["run"] = alert.run.map { .string("\($0)") }
      members["acknowledgedAt"] = alert.acknowledgedAt.map { .string("\($0)") }
      members["acknowledgedBy"] = alert.acknowledgedBy.map { .string($0) }
      members["comment"] = alert.comment.map { .string($0) }
      members["recoveredAt"] = alert.recoveredAt.map { .string("\($0)") }
      return .object(members)
    }
  }
#endif
