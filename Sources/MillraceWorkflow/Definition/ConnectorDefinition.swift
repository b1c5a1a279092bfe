/// A source of events outside, as a trigger names it. What connects to it is given to the ``TriggerRunner``.
public enum ConnectorDefinition: Sendable, Hashable {
  /// Lines of a file that grows; with `json` what they say, of which `key` and `id` name members.
  case lines(path: String, json: Bool, key: String?, id: String?)
  /// Rows that are added to a table, in order of a column; `key` names another.
  case table(database: String, table: String, column: String, key: String?)
  /// Rows that are taken out of a table.
  case queue(database: String, table: String)
  /// What others send by HTTP, signed with a secret of this name; `key` names a member.
  case webhook(name: String, secret: String, key: String?)
  /// Messages of a JetStream stream; `subject` may have wildcards; `secret` names one with `user:password`, or with a token.
  case nats(url: String, stream: String, subject: String, secret: String?)
  /// Messages of a topic.
  case kafka(brokers: String, topic: String)

  /// As in a workflow file.
  public var kind: String {
    switch self {
    case .lines: "lines"
    case .table: "table"
    case .queue: "queue"
    case .webhook: "webhook"
    case .nats: "nats"
    case .kafka: "kafka"
    }
  }
}
