#if Workflow
  import MillraceExecutor
  import MillraceWorkflow

  /// A workflow's graph as JSON: alone, or with where the steps of a run stand.
  struct GraphView {
    /// nil: the definition is not there.
    let workflow: KnownWorkflow?
    /// nil: no run.
    let steps: [StepRecord]?

    var value: JSONValue {
      if let checked = workflow?.checked { return tasks(checked) }
      if let workflow { return states(workflow) }
      let nodes = (steps ?? []).filter { !$0.name.contains("[") }.map { step -> JSONValue in
        var members = Self.members(step)
        (members["name"], members["kind"], members["role"]) = (.string(step.name), "unknown", "task")
        return .object(members)
      }
      return ["kind": "unknown", "nodes": .array(nodes), "edges": []]
    }

    private static func members(_ step: StepRecord) -> [String: JSONValue] {
      step.members.filter { ["state", "attempt", "progress", "reason", "started_at", "finished_at"].contains($0.key) }
    }

    // MARK: Tasks

    private func tasks(_ checked: CheckedDefinition) -> JSONValue {
      let named = Dictionary((steps ?? []).map { ($0.name, $0) }) { first, _ in first }
      var elements: [Substring: [StepRecord]] = [:]
      for step in steps ?? [] where step.name.contains("[") && !step.name.contains("#") {
        elements[step.name.prefix { $0 != "[" }, default: []].append(step)
      }
      let others = checked.tasks.filter { $0.role != .ordinary }
      let nodes = (checked.order.map { checked.tasks[$0] } + others).map { task -> JSONValue in
        var members = Self.members(task)
        var step = named[task.name]
        switch task.role {
        case .ordinary: members["role"] = "task"
        case .fallback(let index):
          (members["role"], members["of"]) = ("fallback", .string(checked.tasks[index].name))
          step = named[checked.tasks[index].name + "#fallback"]
        case .compensation(let index):
          (members["role"], members["of"]) = ("compensation", .string(checked.tasks[index].name))
          step = named[checked.tasks[index].name + "#compensate"]
        case .hook(let event):
          (members["role"], members["of"]) = ("hook", .string(event.rawValue))
          let name = "hook:\(event.rawValue)"
          step = (steps ?? []).last { $0.name == name || $0.name.hasPrefix("\(name):") }
        }
        if steps != nil { members["state"] = .string((step?.state ?? .pending).rawValue) }
        if let step { members.merge(Self.members(step)) { _, last in last } }
        if let found = elements[task.name[...]] {
          var counts: [String: JSONValue] = ["total": .int(Int64(found.count))]
          for (state, all) in Dictionary(grouping: found, by: \.state) {
            counts[state.rawValue] = .int(Int64(all.count))
          }
          members["elements"] = .object(counts)
        }
        return .object(members)
      }
      var edges: [JSONValue] = []
      checked.forEachEdge { from, to, label, isDashed in
        var edge: [String: JSONValue] = [
          "from": .string(checked.tasks[from].name), "to": .string(checked.tasks[to].name),
        ]
        if let label { edge["label"] = .string(label) }
        if isDashed { edge["is_dashed"] = true }
        edges.append(.object(edge))
      }
      return ["kind": "tasks", "nodes": .array(nodes), "edges": .array(edges)]
    }

    private static func members(_ task: CheckedTask) -> [String: JSONValue] {
      let definition = task.definition
      var members: [String: JSONValue] = [
        "name": .string(task.name), "kind": .string(definition.kind), "input": definition.input.source,
        "timeout_seconds": definition.timeout.json, "attempts_limit": .int(Int64(task.bounds.attempts)),
      ]
      if !definition.summary.isEmpty { members["summary"] = .string(definition.summary) }
      if definition.foreach != nil { members["is_fan_out"] = true }
      if let queue = definition.queue { members["queue"] = .string(queue) }
      if let circuit = definition.circuit { members["circuit"] = .string(circuit) }
      return members
    }

    // MARK: States

    private func states(_ workflow: KnownWorkflow) -> JSONValue {
      let initial = workflow.machine["initial"]?.text ?? ""
      guard case .object(let statuses)? = workflow.machine["statuses"] else {
        return ["kind": "unknown", "nodes": [], "edges": []]
      }
      let visits = (steps ?? []).filter { !$0.name.hasPrefix("hook:") }
        .sorted { ($0.startedAt ?? .distantFuture, $0.name) < ($1.startedAt ?? .distantFuture, $1.name) }
      let path = visits.map { String($0.name.prefix { $0 != "#" }) }
      let taken = Set(zip(path, path.dropFirst()).map { "\($0)\n\($1)" })
      var edges: [JSONValue] = []
      var following: [String: [String]] = [:]
      func add(_ from: String, _ to: JSONValue, _ label: String?, isDashed: Bool = false) {
        guard let to = to.text else { return }
        following[from, default: []].append(to)
        var edge: [String: JSONValue] = ["from": .string(from), "to": .string(to)]
        if let label { edge["label"] = .string(label) }
        if isDashed { edge["is_dashed"] = true }
        if taken.contains("\(from)\n\(to)") { edge["is_taken"] = true }
        edges.append(.object(edge))
      }
      for (name, place) in statuses.sorted(by: { $0.key < $1.key }) {
        for to in place["step"]?.elements ?? [] { add(name, to, nil) }
        if case .object(let callbacks)? = place["callbacks"] {
          for (event, destinations) in callbacks.sorted(by: { $0.key < $1.key }) {
            for to in destinations.elements ?? [] { add(name, to, event) }
          }
        }
        for timeout in place["timeouts"]?.elements ?? [] {
          for to in timeout["to"]?.elements ?? [] { add(name, to, "timeout", isDashed: true) }
        }
      }
      let nodes = Self.order(from: initial, following).filter { statuses[$0] != nil }.map { name -> JSONValue in
        var members: [String: JSONValue] = ["name": .string(name), "kind": "status", "role": "status"]
        if name == initial { members["is_initial"] = true }
        if following[name] == nil { members["is_final"] = true }
        if steps != nil {
          let mine = zip(path, visits).filter { $0.0 == name }.map(\.1)
          members["state"] = .string((mine.last?.state ?? .pending).rawValue)
          members["visits"] = .int(Int64(mine.count))
          if let last = mine.last { members.merge(Self.members(last)) { _, last in last } }
        }
        return .object(members)
      }
      return ["kind": "states", "nodes": .array(nodes), "edges": .array(edges)]
    }

    /// In breadth, each once.
    private static func order(from first: String, _ following: [String: [String]]) -> [String] {
      var order = [first]
      var seen: Set = [first]
      var place = 0
      while place < order.count {
        for next in following[order[place]] ?? [] where seen.insert(next).inserted { order.append(next) }
        place += 1
      }
      return order
    }
  }

  extension Duration {
    /// In seconds.
    var json: JSONValue { .double(self / .seconds(1)) }
  }
#endif
