/// A trigger as it is written: exactly one of the sources is there.
struct TriggerParts: Sendable {
  var name = ""
  var cron: Cron?
  var interval: Duration?
  var event: Event?
  var file: File?
  var threshold: Threshold?
  var workflow: Workflow?
  var connector = ConnectorParts()
  var input = Template(.object([:]))
  var catchUp = CatchUpPolicy.latest
  var catchUpWindow = Duration.seconds(86_400)

  struct Cron: Sendable, Equatable {
    var expression = ""
    var timeZone = "UTC"

    static let fields: [Field<Cron>] = [
      Field(
        "expression", \.expression, .text, isRequired: true, "Minute, hour, day of the month, month, day of the week."),
      Field("timeZone", \.timeZone, .text, "As in the IANA database: Europe/Berlin."),
    ]
  }

  struct Event: Sendable, Equatable {
    var topic = ""
    var when: Expression?

    static let fields: [Field<Event>] = [
      Field("topic", \.topic, .text, isRequired: true, "Of the stream of events."),
      Field(optional: "when", \.when, .expression, "Only for events for which this holds."),
    ]
  }

  struct File: Sendable, Equatable {
    var folder = ""
    var pattern = "*"

    static let fields: [Field<File>] = [
      Field("folder", \.folder, .text, isRequired: true, "That is watched."),
      Field("pattern", \.pattern, .text, "For names of files in it."),
    ]
  }

  struct Threshold: Sendable, Equatable {
    var metric = ""
    var above: Double?
    var below: Double?

    static let fields: [Field<Threshold>] = [
      Field("metric", \.metric, .text, isRequired: true, "That is watched."),
      Field(optional: "above", \.above, .number(), "When it rises above this."),
      Field(optional: "below", \.below, .number(), "When it falls below this."),
    ]
  }

  struct Workflow: Sendable, Equatable {
    var name = ""
    var states: Set<RunState> = [.completed]

    static let fields: [Field<Workflow>] = [
      Field("name", \.name, .text, isRequired: true, "Of the other workflow."),
      Field("states", \.states, Self.states, "What its run must have come to."),
    ]

    private static let states = Shape<Set<String>>.set(
      Shape<RunState>.choice(RunState.self).map(
        { state, _, _ in state.rawValue }, back: { RunState(rawValue: $0)! }
      )
    ).map({ names, _, _ in Set(names.map { RunState(rawValue: $0)! }) }, back: { Set($0.map(\.rawValue)) })
  }

  static let fields: [Field<TriggerParts>] =
    sourceFields + ConnectorParts.fields + [
      Field("input", \.input, .template, "Parameters of the run; `event` is what triggered it."),
      Field(
        "catchUp", \.catchUp, .choice(CatchUpPolicy.self),
        "What becomes of scheduled times that passed while nothing ran."),
      Field("catchUpWindow", \.catchUpWindow, .duration(), "A scheduled time older than this is never caught up with."),
    ]

  private static let sourceFields: [Field<TriggerParts>] = [
    Field(optional: "cron", \.cron, .object(Cron(), Cron.fields), "At times of the calendar."),
    Field(optional: "interval", \.interval, .duration(least: .milliseconds(1)), "Again and again after so long."),
    Field(optional: "event", \.event, .object(Event(), Event.fields), "For an event on a topic."),
    Field(optional: "file", \.file, .object(File(), File.fields), "When a file was created or changed."),
    Field(
      optional: "threshold", \.threshold, .object(Threshold(), Threshold.fields), "When a metric crosses a value."),
    Field(
      optional: "workflow", \.workflow, .object(Workflow(), Workflow.fields), "When another workflow's run has ended."),
  ]

  static let list = Shape<[TriggerParts]>.named(fields, name: \.name, schemaName: "trigger", prototype: TriggerParts())

  init() {}

  init(_ trigger: TriggerDefinition) {
    name = trigger.name
    input = trigger.input
    catchUp = trigger.catchUp
    catchUpWindow = trigger.catchUpWindow
    switch trigger.source {
    case .cron(let expression, let timeZone): cron = Cron(expression: expression, timeZone: timeZone)
    case .interval(let duration): interval = duration
    case .event(let topic, let when): event = Event(topic: topic, when: when)
    case .file(let folder, let pattern): file = File(folder: folder, pattern: pattern)
    case .threshold(let metric, let above, let below):
      threshold = Threshold(metric: metric, above: above, below: below)
    case .workflow(let name, let states): workflow = Workflow(name: name, states: states)
    case .connector(let definition): connector = ConnectorParts(definition)
    }
  }

  /// One for each that is there.
  var sources: [TriggerDefinition.Source] {
    [
      cron.map { .cron(expression: $0.expression, timeZone: $0.timeZone) },
      interval.map { .interval($0) },
      event.map { .event(topic: $0.topic, when: $0.when) },
      file.map { .file(folder: $0.folder, pattern: $0.pattern) },
      threshold.map { .threshold(metric: $0.metric, above: $0.above, below: $0.below) },
      workflow.map { .workflow(name: $0.name, states: $0.states) },
    ].compactMap { $0 } + connector.definitions.map { .connector($0) }
  }
}

extension TriggerDefinition {
  static let list = TriggerParts.list.map(
    { list, node, reader in
      var triggers: [TriggerDefinition] = []
      for parts in list {
        reader.inside(.member(parts.name), at: nil) { reader in
          guard parts.sources.count == 1 else {
            return reader.fail(
              "expected one of cron, interval, event, file, threshold, workflow, lines, table, queue, webhook, nats and kafka, found \(parts.sources.count)",
              at: node.place)
          }
          if let threshold = parts.threshold, threshold.above == nil, threshold.below == nil {
            reader.fail("expected a threshold with above or below", at: node.place)
          }
          var trigger = TriggerDefinition(name: parts.name, source: parts.sources[0])
          trigger.input = parts.input
          trigger.catchUp = parts.catchUp
          trigger.catchUpWindow = parts.catchUpWindow
          triggers.append(trigger)
        }
      }
      return triggers
    }, back: { $0.map { TriggerParts($0) } })
}
