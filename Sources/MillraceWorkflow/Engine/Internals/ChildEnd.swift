/// How a run that is a part of another ended: told to the parent by the outbox of the child's last change, so that it is told if the change is stored.
struct ChildEnd {
  /// Of outbox events that the engine itself reads. Their key is the parent's id, and their id that of the event in the parent's inbox.
  static let topic = "millrace.child-ended"

  let state: RunState
  let value: JSONValue

  init(_ record: RunRecord) {
    state = record.state
    value = [
      "run": .string("\(record.id)"), "state": .string(record.state.rawValue), "reason": .string(record.reason),
      "result": (try? record.result.value()) ?? .null,
    ]
  }

  /// A child that could not be started.
  init(refused reason: String) {
    state = .failed
    value = ["run": nil, "state": .string(RunState.failed.rawValue), "reason": .string(reason), "result": nil]
  }

  init?(_ payload: Payload) {
    guard let value = try? payload.value(), case .string(let text)? = value["state"],
      let state = RunState(rawValue: text)
    else { return nil }
    (self.state, self.value) = (state, value)
  }

  var result: JSONValue { value["result"] ?? .null }

  var reason: String {
    guard case .string(let text)? = value["reason"] else { return "" }
    return text
  }

  func event(parent: RunID, step: String) -> OutboxEvent {
    let child: String = if case .string(let text)? = value["run"] { text } else { "none" }
    return OutboxEvent(
      id: "\(Self.name(ofStep: step))/\(child)", topic: Self.topic, key: "\(parent)", payload: Payload(value))
  }

  /// Of the event in the parent's inbox.
  static func name(ofStep step: String) -> String { eventPrefix + step }

  /// No event from outside has such a name: see ``RunProgram/eventNames``.
  static let eventPrefix = "child:"

  /// The event in the parent's inbox, for one in the child's outbox.
  static func inboxEvent(_ event: OutboxEvent) -> InboxEvent {
    let name = event.id.lastIndex(of: "/").map { String(event.id[..<$0]) } ?? event.id
    return InboxEvent(id: event.id, name: name, payload: event.payload)
  }
}
