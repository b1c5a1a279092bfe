/// How much a store takes of one run at once. What is more is refused, without harm to anything else.
public struct StoreLimits: Sendable, Hashable {
  /// Bytes of one payload. Default: 16 MiB.
  public var payloadBytes = 16 << 20
  /// Bytes of all payloads, names and texts of one change. Default: 64 MiB.
  public var changeBytes = 64 << 20
  /// Events in a run's inbox that it has not taken. Default: 1,000.
  public var unreadEvents = 1000

  public init() {}

  /// Whether a run with so many events that it has not taken gets another.
  ///
  /// What the engine tells a run of its own parts always fits: there are no more of these than its definition allows, and a run whose inbox others have filled must not lose them.
  public func takes(_ event: InboxEvent, unread: Int) -> Bool {
    unread < unreadEvents || event.name.hasPrefix(ChildEnd.eventPrefix)
  }

  /// Why a store refuses the change; nil if it does not.
  package func complaint(about change: RunChange) -> String? {
    let (payload, whole) = change.sizes
    if payload > payloadBytes {
      return
        "run \(change.record.id) of \(change.record.workflow): a payload has \(payload) bytes, more than \(payloadBytes)"
    }
    if whole > changeBytes {
      return
        "run \(change.record.id) of \(change.record.workflow): a change has \(whole) bytes, more than \(changeBytes)"
    }
    return nil
  }

  /// Why a store refuses the event; nil if it does not.
  package func complaint(about event: InboxEvent) -> String? {
    let size = event.byteCount
    return size > payloadBytes ? "event \(event.name): \(size) bytes, more than \(payloadBytes)" : nil
  }

  /// - Throws: ``WorkflowError/Code/tooLarge``.
  package func check(_ name: DocumentName, _ value: Payload?) throws(WorkflowError) {
    if let value, value.bytes.count > payloadBytes {
      throw WorkflowError(
        .tooLarge, "document \(name.key): \(value.bytes.count) bytes, more than \(payloadBytes)", at: name.collection)
    }
  }
}

extension RunChange {
  /// Bytes of the largest payload, and of everything.
  fileprivate var sizes: (payload: Int, whole: Int) {
    var payload = max(record.payload.bytes.count, record.result.bytes.count)
    var whole = record.byteCount
    for step in steps {
      payload = max(payload, step.output.bytes.count)
      whole += step.output.bytes.count + step.name.utf8.count + step.reason.utf8.count
    }
    for entry in history { whole += entry.kind.utf8.count + entry.step.utf8.count + entry.reason.utf8.count }
    for timer in timers { whole += timer.name.utf8.count }
    for event in inbox {
      payload = max(payload, event.payload.bytes.count)
      whole += event.byteCount
    }
    for event in outbox {
      payload = max(payload, event.payload.bytes.count)
      whole +=
        event.payload.bytes.count + event.id.utf8.count + event.topic.utf8.count + event.key.utf8.count
    }
    return (payload, whole)
  }
}

extension RunRecord {
  fileprivate var byteCount: Int {
    payload.bytes.count + result.bytes.count + workflow.utf8.count + key.utf8.count + status.utf8.count
      + reason.utf8.count + (idempotencyKey?.utf8.count ?? 0)
  }
}

extension InboxEvent {
  fileprivate var byteCount: Int { payload.bytes.count + id.utf8.count + name.utf8.count }
}
