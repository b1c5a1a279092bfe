// What every store does the same way.

extension RunRecord {
  /// What remains of a record when its data has been deleted. A change that was computed before is refused: the revision is another one.
  package func erased(at time: Timestamp) -> RunRecord {
    var record = self
    record.state = .dataDeleted
    record.key = ""
    record.holdsKey = false
    record.idempotencyKey = nil
    record.payload = .empty
    record.result = .empty
    record.reason = ""
    record.traceparent = nil
    record.closing = nil
    // It was made from the key.
    record.shardHash = 0
    record.revision = revision.next
    record.updatedAt = time
    return record
  }

  /// Stands for the idempotency key of a run whose data has been deleted: a second start with it is still recognised, but it cannot be read.
  package static func idempotencyHash(workflow: String, key: String) -> ContentHash {
    ContentHash(of: Array(workflow.utf8) + [0] + Array(key.utf8))
  }
}

extension RunChange {
  package func checkRevision() {
    let next = expected?.next ?? .first
    precondition(
      record.revision == next,
      "run \(record.id): a change from revision \(expected.map { "\($0)" } ?? "none") makes \(next), not \(record.revision)"
    )
  }
}

extension RunQuery {
  /// Whether a run is one of those that are asked for: all of the query but its page.
  package func matches(_ record: RunRecord) -> Bool {
    if let workflow, record.workflow != workflow { return false }
    if !states.isEmpty, !states.contains(record.state) { return false }
    if let key, record.key != key { return false }
    if let parent, record.parent != parent { return false }
    if let createdAfter, record.createdAt <= createdAfter { return false }
    if let createdBefore, record.createdAt >= createdBefore { return false }
    if let finishedBefore {
      guard let finishedAt = record.finishedAt, finishedAt < finishedBefore else { return false }
    }
    if let text {
      return Self.matches(
        text, id: record.id, workflow: record.workflow, key: record.key, status: record.status, reason: record.reason)
    }
    return true
  }

  package static func matches(
    _ text: String, id: RunID, workflow: String, key: String, status: String, reason: String
  ) -> Bool {
    let part = text.lowercased()
    return part.isEmpty || id.description.hasPrefix(part)
      || [workflow, key, status, reason].contains { $0.lowercased().contains(part) }
  }
}
