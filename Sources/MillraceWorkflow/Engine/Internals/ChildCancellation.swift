/// That a run waits for some of its parts no more, so that they are cancelled: told by the outbox of the change that says so, and from there by their inboxes. So each heeds it if the change is stored, whenever a process ends.
struct ChildCancellation {
  /// Of outbox events that the engine itself reads.
  static let topic = "millrace.children-cancelled"
  /// Of the event in a part's inbox: of no step, and so of no ``ChildEnd``.
  static let eventName = ChildEnd.eventPrefix + "#cancel"

  /// Idempotency keys of the parts.
  let keys: Set<String>
  let reason: String

  init(_ keys: some Sequence<String>, reason: String) {
    (self.keys, self.reason) = (Set(keys), reason)
  }

  init?(_ payload: Payload) {
    guard let value = try? payload.value(), case .array(let keys)? = value["keys"], let reason = value["reason"]?.text
    else { return nil }
    self.init(keys.compactMap(\.text), reason: reason)
  }

  /// - Parameter parent: as it was before the change: no other change of it has the same id.
  func event(of parent: RunRecord) -> OutboxEvent {
    let keys = keys.sorted()
    return OutboxEvent(
      id: "cancel/\(parent.id)/\(parent.revision)/\(keys.first ?? "")", topic: Self.topic, key: "\(parent.id)",
      payload: Payload(["keys": .array(keys.map { .string($0) }), "reason": .string(reason)]))
  }

  func inboxEvent(id: String) -> InboxEvent {
    InboxEvent(id: id, name: Self.eventName, payload: Payload(["keys": [], "reason": .string(reason)]))
  }
}
