/// Sources of events outside as they are written: at most one of them is there.
struct ConnectorParts: Sendable {
  enum Format: String, Sendable, CaseIterable {
    case text, json
  }

  struct Lines: Sendable, Equatable {
    var path = ""
    var format = Format.text
    var key: String?
    var id: String?

    static let fields: [Field<Lines>] = [
      Field("path", \.path, .text, isRequired: true, "Of a file that grows, and may be rotated."),
      Field("format", \.format, .choice(Format.self), "Each line is a text, or JSON."),
      Field(
        optional: "key", \.key, .text, "The member whose value is the event's key; lines with one key stay in order."),
      Field(optional: "id", \.id, .text, "The member by which a line that comes twice is known."),
    ]
  }

  struct Table: Sendable, Equatable {
    var database = ""
    var table = ""
    var column = "id"
    var key: String?

    static let fields: [Field<Table>] = [
      Field("database", \.database, .text, isRequired: true, "The path of a SQLite database."),
      Field("table", \.table, .text, isRequired: true, "To which rows are added."),
      Field("column", \.column, .text, "Of integers that grow from row to row."),
      Field(optional: "key", \.key, .text, "The column of the event's key."),
    ]
  }

  struct Queue: Sendable, Equatable {
    var database = ""
    var table = ""

    static let fields: [Field<Queue>] = [
      Field("database", \.database, .text, isRequired: true, "The path of a SQLite database."),
      Field(
        "table", \.table, .text, isRequired: true,
        "With the columns `id`, `key`, `payload`, `claimed_by` and `claimed_until`; rows are deleted when they have started a run."
      ),
    ]
  }

  struct Webhook: Sendable, Equatable {
    var name = ""
    var secret = ""
    var key: String?

    static let fields: [Field<Webhook>] = [
      Field("name", \.name, .name, isRequired: true, "It is sent to /hooks/ and this name."),
      Field("secret", \.secret, .text, isRequired: true, "The name of the secret that it is signed with."),
      Field(optional: "key", \.key, .text, "The member of the body whose value is the event's key."),
    ]
  }

  struct NATS: Sendable, Equatable {
    var url = ""
    var stream = ""
    var subject = ""
    var secret: String?

    static let fields: [Field<NATS>] = [
      Field("url", \.url, .text, isRequired: true, "Of one server or several: nats://a:4222,nats://b:4222."),
      Field("stream", \.stream, .text, isRequired: true, "Of JetStream."),
      Field("subject", \.subject, .text, isRequired: true, "Of its messages; with wildcards if you like."),
      Field(
        optional: "secret", \.secret, .text, "The name of a secret: user:password, or a token, if the server wants one."
      ),
    ]
  }

  struct Kafka: Sendable, Equatable {
    var brokers = ""
    var topic = ""

    static let fields: [Field<Kafka>] = [
      Field("brokers", \.brokers, .text, isRequired: true, "Where to begin: host:port,host:port."),
      Field("topic", \.topic, .text, isRequired: true, "Of the messages."),
    ]
  }

  var lines: Lines?
  var table: Table?
  var queue: Queue?
  var webhook: Webhook?
  var nats: NATS?
  var kafka: Kafka?

  static let fields: [Field<TriggerParts>] = [
    Field(
      optional: "lines", \.connector.lines, .object(Lines(), Lines.fields), "For a line of a file that grows."),
    Field(
      optional: "table", \.connector.table, .object(Table(), Table.fields), "For a row that was added to a table."),
    Field(
      optional: "queue", \.connector.queue, .object(Queue(), Queue.fields), "For a row that is taken out of a table."),
    Field(
      optional: "webhook", \.connector.webhook, .object(Webhook(), Webhook.fields), "For what others send by HTTP."),
    Field(optional: "nats", \.connector.nats, .object(NATS(), NATS.fields), "For a message of NATS JetStream."),
    Field(optional: "kafka", \.connector.kafka, .object(Kafka(), Kafka.fields), "For a message of Kafka."),
  ]

  init() {}

  init(_ definition: ConnectorDefinition) {
    switch definition {
    case .lines(let path, let json, let key, let id):
      lines = Lines(path: path, format: json ? .json : .text, key: key, id: id)
    case .table(let database, let table, let column, let key):
      self.table = Table(database: database, table: table, column: column, key: key)
    case .queue(let database, let table): queue = Queue(database: database, table: table)
    case .webhook(let name, let secret, let key): webhook = Webhook(name: name, secret: secret, key: key)
    case .nats(let url, let stream, let subject, let secret):
      nats = NATS(url: url, stream: stream, subject: subject, secret: secret)
    case .kafka(let brokers, let topic): kafka = Kafka(brokers: brokers, topic: topic)
    }
  }

  /// One for each that is there.
  var definitions: [ConnectorDefinition] {
    [
      lines.map { .lines(path: $0.path, json: $0.format == .json, key: $0.key, id: $0.id) },
      table.map { .table(database: $0.database, table: $0.table, column: $0.column, key: $0.key) },
      queue.map { .queue(database: $0.database, table: $0.table) },
      webhook.map { .webhook(name: $0.name, secret: $0.secret, key: $0.key) },
      nats.map { .nats(url: $0.url, stream: $0.stream, subject: $0.subject, secret: $0.secret) },
      kafka.map { .kafka(brokers: $0.brokers, topic: $0.topic) },
    ].compactMap { $0 }
  }
}
