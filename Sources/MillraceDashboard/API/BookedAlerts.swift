#if Workflow
  import MillraceObserve
  import MillraceWorkflow

  /// The alerts of a book.
  public struct BookedAlerts: AlertSource {
    private let book: AlertBook

    public init(_ book: AlertBook) {
      self.book = book
    }

    public func alerts() async -> [AlertView] { book.alerts.map(AlertView.init) }

    public func acknowledge(_ id: String, by name: String, comment: String) async throws -> AlertView? {
      // One that somebody has acknowledged before stays as it is.
      let isNew = book.acknowledge(id, by: name, comment: comment)
      guard let alert = book.alert(id) else { return nil }
      if !isNew, !alert.isActive { throw WorkflowError(.impossible, "the alert has recovered", at: id) }
      return AlertView(alert)
    }

    public func follow(_ changed: @escaping @Sendable (_ id: String) -> Void) {
      book.onMessage { changed($0.alert.id) }
    }
  }

  extension AlertView {
    fileprivate init(_ alert: Alert) {
      self.init(
        id: alert.id, rule: alert.rule, severity: alert.severity == .critical ? .critical : .warning,
        state: !alert.isActive ? .recovered : alert.acknowledgedAt == nil ? .firing : .acknowledged,
        message: alert.detail.isEmpty ? alert.text : "\(alert.text): \(alert.detail)", since: alert.since,
        last: alert.lastSeen)
      (count, workflow, run) = (alert.count, alert.workflow, alert.run)
      (acknowledgedBy, acknowledgedAt, comment) = (alert.acknowledgedBy, alert.acknowledgedAt, alert.comment)
    }
  }
#endif
