import MillraceWfFormat

/// Replaces calls by the tasks of their functions.
///
/// A call `fetch` becomes `fetch/parameters`, which gives what the function is given; the function's tasks, `fetch/parse` and so on, whose expressions refer to these; and `fetch`, which gives the function's outputs when all have ended.
struct TaskExpansion {
  struct Task {
    var definition: TaskDefinition
    var path: String
    /// Names of all that it needs.
    var needs: [String]
  }

  static let countMaximum = 10_000

  let definition: WorkflowDefinition
  private let functions: [String: FunctionDefinition]
  private(set) var tasks: [Task] = []

  init(_ definition: WorkflowDefinition) {
    self.definition = definition
    functions = definition.functionsByName
  }

  /// - Returns: whether there are not too many.
  mutating func expand() -> Bool {
    add(definition.tasks, prefix: "", begin: nil, path: [])
    return tasks.count <= Self.countMaximum
  }

  private mutating func add(_ definitions: [TaskDefinition], prefix: String, begin: String?, path: [PathStep]) {
    var switches: [String: String] = [:]
    for task in definitions {
      for name in task.cases.flatMap(\.tasks) { switches[name] = task.name }
    }
    let forOthers = Set(definitions.flatMap { [$0.fallback, $0.compensation].compactMap { $0 } })
    for definition in definitions {
      guard tasks.count <= Self.countMaximum else { return }
      var task = definition.renamed { prefix + $0 }
      if let begin { task = task.mappingPaths { Self.path($0, $1, prefix: prefix, parameters: begin) } }
      var needs = task.allNeeds(switches[definition.name].map { prefix + $0 })
      if let begin, needs.isEmpty, !forOthers.contains(definition.name) { needs = [begin] }
      let place = path + [.member("tasks"), .member(definition.name)]
      if let name = definition.callee, let function = functions[name] {
        addCall(task, function, needs, PathStep.text(place))
      } else {
        tasks.append(Task(definition: task, path: PathStep.text(place), needs: needs))
      }
    }
  }

  private mutating func addCall(
    _ task: TaskDefinition, _ function: FunctionDefinition, _ needs: [String], _ path: String
  ) {
    let prefix = "\(task.name)/"
    var begin = TaskDefinition(name: prefix + "parameters", kind: EngineKind.values.rawValue)
    begin.when = task.when
    begin.skipPolicy = task.skipPolicy
    begin.needs = task.needs
    begin.input = task.callParameters.adding(
      function.parameters.compactMap { parameter in parameter.defaultValue.map { (parameter.name, $0) } })
    begin.outputs = Dictionary(uniqueKeysWithValues: function.parameters.map { ($0.name, $0.type) })
    tasks.append(Task(definition: begin, path: path, needs: needs))

    add(
      function.tasks, prefix: prefix, begin: begin.name, path: [.member("functions"), .member(function.name)])

    var end = TaskDefinition(name: task.name, kind: EngineKind.values.rawValue)
    end.summary = task.summary
    // What ended well suffices: with it in ``needs``, the beginning does, when all else was skipped.
    end.skipPolicy = .any
    end.outputs = task.outputs
    end.compensation = task.compensation
    end.input = Template(
      .object(function.outputs.mapValues(\.source))
    ).mappingPaths { Self.path($0, $1, prefix: prefix, parameters: begin.name) }
    let forOthers = Set(function.tasks.flatMap { [$0.fallback, $0.compensation].compactMap { $0 } })
    end.needs = [begin.name] + function.tasks.map(\.name).filter { !forOthers.contains($0) }.map { prefix + $0 }
    tasks.append(Task(definition: end, path: path, needs: end.allNeeds(nil)))
  }

  /// What a path in a function's task is in the graph.
  private static func path(
    _ root: String, _ accessors: [Expression.Accessor], prefix: String, parameters: String
  ) -> Expression.Node {
    switch (root, accessors.first) {
    case ("tasks", .member(let name)):
      return .access(.name(root), [.member(prefix + name)] + accessors.dropFirst())
    case ("parameters", _): return .access(.name("tasks"), [.member(parameters)] + accessors)
    default: return .looking(up: accessors, in: .name(root))
    }
  }
}

extension TaskDefinition {
  fileprivate func renamed(_ rename: (String) -> String) -> TaskDefinition {
    var task = self
    task.name = rename(name)
    task.needs = needs.map(rename)
    task.fallback = fallback.map(rename)
    task.compensation = compensation.map(rename)
    task.cases = cases.map { SwitchCase(when: $0.when, tasks: $0.tasks.map(rename)) }
    return task
  }

  fileprivate func mappingPaths(
    _ change: (String, [Expression.Accessor]) -> Expression.Node
  ) -> TaskDefinition {
    func changed(_ expression: Expression) -> Expression { Expression(expression.root.mappingPaths(change)) }
    var task = self
    task.input = input.mappingPaths(change)
    task.when = when.map(changed)
    task.cases = cases.map { SwitchCase(when: $0.when.map(changed), tasks: $0.tasks) }
    if let foreach { task.foreach!.elements = changed(foreach.elements) }
    return task
  }
}

extension Template {
  /// With members that it does not have already; they are constants.
  fileprivate func adding(_ constants: [(String, JSONValue)]) -> Template {
    guard case .object(var members) = source else { return self }
    for (name, value) in constants where members[name] == nil {
      members[name] = Part.constant(value).source
    }
    return Template(.object(members))
  }
}
