#if Workflow
  import MillraceExecutor
  import MillraceWorkflow

  /// Workflows, and what starts their runs.
  extension API {
    func listWorkflows(_ call: Call) async throws -> HTTPResponse {
      try call.expectNoQuery()
      let triggers = Dictionary(grouping: configuration.triggers?.added ?? [], by: \.workflow)
      var found: [JSONValue] = []
      for workflow in engine.workflows {
        var query = RunQuery()
        query.workflow = workflow.name
        let counts = try await counts.counts(query, in: engine.allStores)
        let unfinished = counts.filter { !$0.key.isFinal }.values.reduce(0, +)
        var members = Self.heading(workflow)
        members["runs"] = ["unfinished": .int(Int64(unfinished))]
        members["trigger_count"] = .int(Int64(triggers[workflow.name]?.count ?? 0))
        found.append(.object(members))
      }
      return .json(["workflows": shown(.array(found))])
    }

    private static func heading(_ workflow: KnownWorkflow) -> [String: JSONValue] {
      var members: [String: JSONValue] = [
        "name": .string(workflow.name), "kind": workflow.checked == nil ? "states" : "tasks",
        "definition": .string("\(workflow.hash)"), "durability": .string(workflow.durability.rawValue),
      ]
      if let summary = workflow.checked?.definition.summary, !summary.isEmpty { members["summary"] = .string(summary) }
      return members
    }

    func showWorkflow(_ call: Call) async throws -> HTTPResponse {
      let name = try call.name("workflow")
      try call.expectNoQuery()
      guard let workflow = engine.workflows.first(where: { $0.name == name }) else {
        throw Problem(.notFound, "there is no such workflow")
      }
      func names(_ names: some Sequence<String>) -> JSONValue { .array(names.sorted().map { .string($0) }) }
      var members = Self.heading(workflow)
      members["parameters"] = .array((workflow.checked?.definition.parameters ?? []).map(Self.value))
      members["deadline_seconds"] = workflow.deadline.json
      members["graph"] = GraphView(workflow: workflow, steps: nil).value
      members["bounds"] = [
        "attempts": .int(Int64(workflow.bounds.attempts)), "duration_seconds": workflow.bounds.duration.json,
      ]
      if let path = workflow.checked?.bounds.pathTasks { members["path"] = .array(path.map { .string($0) }) }
      var triggers: [JSONValue] = []
      for (_, trigger) in configuration.triggers?.added.filter({ $0.workflow == name }) ?? [] {
        triggers.append(try await value(of: trigger, name))
      }
      members["triggers"] = .array(triggers)
      members["events"] = names(workflow.eventNames)
      members["queues"] = names(workflow.queues)
      members["circuits"] = names(workflow.circuits)
      members["resources"] = names(workflow.resources)
      if let errors = workflow.pauseAfterErrors { members["pause_after_errors"] = .int(Int64(errors)) }
      return .json(shown(.object(members)))
    }

    private static func value(_ parameter: ParameterDefinition) -> JSONValue {
      var members: [String: JSONValue] = [
        "name": .string(parameter.name), "type": schema(of: parameter.type),
        "is_required": .bool(parameter.defaultValue == nil),
      ]
      if !parameter.summary.isEmpty { members["summary"] = .string(parameter.summary) }
      if let value = parameter.defaultValue { members["default"] = value }
      return .object(members)
    }

    /// As JSON Schema.
    private static func schema(of type: ValueType) -> JSONValue {
      switch type {
      case .any: [:]
      case .bool: ["type": "boolean"]
      case .integer: ["type": "integer"]
      case .number: ["type": "number"]
      case .string: ["type": "string"]
      case .array(let element): ["type": "array", "items": schema(of: element)]
      case .object(let members):
        [
          "type": "object", "properties": .object(members.mapValues(schema)),
          "required": .array(members.keys.sorted().map { .string($0) }),
        ]
      case .oneOf(let texts): ["type": "string", "enum": .array(texts.map { .string($0) })]
      }
    }

    func listSchedules(_ call: Call) async throws -> HTTPResponse {
      try call.expectNoQuery()
      var found: [JSONValue] = []
      for (workflow, trigger) in configuration.triggers?.added ?? [] {
        found.append(try await value(of: trigger, workflow))
      }
      return .json(["schedules": shown(.array(found))])
    }

    private func value(of trigger: TriggerDefinition, _ workflow: String) async throws -> JSONValue {
      var members: [String: JSONValue] = [
        "workflow": .string(workflow), "name": .string(trigger.name), "catch_up": .string(trigger.catchUp.rawValue),
      ]
      let (kind, text) = Self.text(trigger.source)
      (members["kind"], members["text"]) = (.string(kind), .string(text))
      let times = try await configuration.triggers?.times(of: trigger, workflow: workflow, count: 5)
      members["next"] = .array((times?.next ?? []).map { .string("\($0)") })
      if let last = times?.last { members["last"] = .string("\(last)") }
      return .object(members)
    }

    private static func text(_ source: TriggerDefinition.Source) -> (kind: String, text: String) {
      switch source {
      case .cron(let expression, let timeZone): return ("cron", "\(expression) \(timeZone)")
      case .interval(let period): return ("interval", "every \(period)")
      case .event(let topic, let condition):
        return ("event", "topic \(topic)" + (condition.map { " when \($0)" } ?? ""))
      case .file(let folder, let pattern): return ("file", "\(folder)/\(pattern)")
      case .threshold(let metric, let above, let below):
        let bounds = [above.map { "above \($0)" }, below.map { "below \($0)" }].compactMap(\.self)
        return ("threshold", "\(metric) \(bounds.joined(separator: ", "))")
      case .workflow(let name, let states):
        return ("workflow", "\(name) \(states.map(\.rawValue).sorted().joined(separator: ", "))")
      case .connector(let connector): return (connector.kind, Self.place(of: connector))
      }
    }

    /// Without addresses, which may have a password in them.
    private static func place(of connector: ConnectorDefinition) -> String {
      switch connector {
      case .lines(let path, _, _, _): path
      case .table(let database, let table, _, _), .queue(let database, let table): "\(table) of \(database)"
      case .webhook(let name, _, _): "POST /hooks/\(name)"
      case .nats(_, let stream, let subject, _): "\(stream) \(subject)"
      case .kafka(_, let topic): topic
      }
    }
  }
#endif
