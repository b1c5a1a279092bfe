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

  /// - Parameter key: the child's idempotency key.
  func event(parent: RunID, step: String, key: String?) -> OutboxEvent {
    let child: String = if case .string(let text)? = value["run"] { text } else { "none" }
    let name = Self.name(ofStep: step, Self.number(inKey: key))
    return OutboxEvent(id: "\(name)/\(child)", topic: Self.topic, key: "\(parent)", payload: Payload(value))
  }

  // MARK: Names

  /// The idempotency key of the child that a step starts for the `number`th time: a crash starts none twice, a retry of the parent another one.
  static func key(parent: RunID, step: String, _ number: Int) -> String { "\(parent)/\(step)" + suffix(number) }

  /// Of the event in the parent's inbox. Another one for each child of the step: what an earlier one comes to is not what the step waits for now.
  static func name(ofStep step: String, _ number: Int) -> String { eventPrefix + step + suffix(number) }

  private static func suffix(_ number: Int) -> String { number > 1 ? "#\(number)" : "" }

  private static func number(inKey key: String?) -> Int {
    key.flatMap { key in key.lastIndex(of: "#").flatMap { Int(key[key.index(after: $0)...]) } } ?? 1
  }

  /// No event from outside has such a name: see ``RunProgram/eventNames``.
  static let eventPrefix = "child:"

  /// The event in the parent's inbox, for one in the child's outbox.
  static func inboxEvent(_ event: OutboxEvent) -> InboxEvent {
    let name = event.id.lastIndex(of: "/").map { String(event.id[..<$0]) } ?? event.id
    return InboxEvent(id: event.id, name: name, payload: event.payload)
  }
}
