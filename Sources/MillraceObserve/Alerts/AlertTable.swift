#if Workflow
  import MillraceWorkflow

  /// Alerts by their ids: plain transitions, time is an argument. Each says what sinks are to be told, if anything.
  ///
  /// ```text
  ///           raise                    recover
  ///   ·  ──────────→ active ──────────────────────→ recovered ──(too many)──→ ·
  ///                  │  ↑ raise: counted; told      │
  ///                  │  │ again after a while,      │ raise: told anew
  ///                  │  │ unless acknowledged       │
  ///                  └──┴──────────────────────────-┘
  /// ```
  struct AlertTable {
    /// What was seen.
    struct Occurrence {
      var id: String
      var rule: String
      var severity: Alert.Severity
      var text: String
      var detail = ""
      var workflow: String?
      var run: RunID?
      /// It is looked at now and then, and is still so: not one more.
      var isState = false
    }

    private(set) var alerts: [String: Alert] = [:]
    /// Ids of those that the store does not have as they are.
    private(set) var unsaved: Set<String> = []
    /// The most that are kept.
    let limit: Int
    /// After so long sinks are told again of what goes on.
    let repeatPeriod: Duration

    init(limit: Int, repeatPeriod: Duration) {
      (self.limit, self.repeatPeriod) = (limit, repeatPeriod)
    }

    /// From a store: what has happened here meanwhile counts more.
    mutating func restore(_ alert: Alert) {
      if alerts[alert.id] == nil { alerts[alert.id] = alert }
    }

    mutating func raise(_ occurrence: Occurrence, at now: Timestamp) -> AlertMessage? {
      if var alert = alerts[occurrence.id], alert.isActive {
        if !occurrence.isState { alert.count += 1 }
        alert.lastSeen = now
        (alert.text, alert.detail, alert.run) = (occurrence.text, occurrence.detail, occurrence.run)
        let isDue = alert.acknowledgedAt == nil && now.duration(since: alert.toldAt) >= repeatPeriod
        if isDue { alert.toldAt = now }
        alerts[alert.id] = alert
        // A state that goes on is not worth a document each time.
        if isDue || !occurrence.isState { unsaved.insert(alert.id) }
        return isDue ? AlertMessage(event: .reminded, alert: alert) : nil
      }
      // A place for it: of the oldest that is over.
      if alerts[occurrence.id] == nil, alerts.count >= limit {
        guard let oldest = alerts.values.filter({ !$0.isActive }).min(by: { $0.lastSeen < $1.lastSeen }) else {
          return nil
        }
        alerts[oldest.id] = nil
        unsaved.insert(oldest.id)
      }
      let alert = Alert(
        id: occurrence.id, rule: occurrence.rule, severity: occurrence.severity, text: occurrence.text,
        detail: occurrence.detail, workflow: occurrence.workflow, run: occurrence.run, since: now, lastSeen: now,
        count: 1, toldAt: now)
      set(alert)
      return AlertMessage(event: .raised, alert: alert)
    }

    mutating func recover(_ id: String, at now: Timestamp) -> AlertMessage? {
      guard var alert = alerts[id], alert.isActive else { return nil }
      alert.recoveredAt = now
      set(alert)
      return AlertMessage(event: .recovered, alert: alert)
    }

    /// nil for one that is over, or not there, or has been acknowledged.
    mutating func acknowledge(
      _ id: String, by person: String, _ comment: String, at now: Timestamp
    ) -> AlertMessage? {
      guard var alert = alerts[id], alert.isActive, alert.acknowledgedAt == nil else { return nil }
      (alert.acknowledgedAt, alert.acknowledgedBy) = (now, person)
      alert.comment = comment.isEmpty ? nil : comment
      set(alert)
      return AlertMessage(event: .acknowledged, alert: alert)
    }

    private mutating func set(_ alert: Alert) {
      alerts[alert.id] = alert
      unsaved.insert(alert.id)
    }

    // MARK: Saving

    /// One that is to be saved; nil for its alert: to be deleted.
    mutating func nextUnsaved() -> (id: String, alert: Alert?)? {
      unsaved.popFirst().map { ($0, alerts[$0]) }
    }

    mutating func isUnsaved(_ id: String) { unsaved.insert(id) }
  }
#endif
