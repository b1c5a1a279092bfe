import Millrace
import MillraceWfFormat

/// Looks for what does not fit together in a definition, in the main graph and in each function by itself.
struct DefinitionChecker {
  let definition: WorkflowDefinition
  let kinds: [String: any TaskHandler]
  let functions: [String: FunctionDefinition]
  private(set) var faults: [DefinitionFault] = []

  init(_ definition: WorkflowDefinition, _ kinds: [String: any TaskHandler]) {
    self.definition = definition
    self.kinds = kinds
    functions = definition.functionsByName
  }

  mutating func check() {
    var main = ScopeChecker(self, definition.tasks, definition.parameters, path: [], hooks: definition.hooks)
    main.check(outputs: definition.outputs)
    faults += main.faults
    for function in definition.functions {
      let path: [PathStep] = [.member("functions"), .member(function.name)]
      var scope = ScopeChecker(self, function.tasks, function.parameters, path: path, hooks: [:])
      scope.check(outputs: function.outputs)
      faults += scope.faults
    }
    checkRecursion()
    checkTriggers()
    if let key = definition.exclusiveKey {
      check(key, ["parameters": parameterTypes(definition.parameters)], [.member("exclusiveKey")])
    }
    if definition.resumeAfter != nil, definition.pauseAfterErrors == nil {
      fail("expected pauseAfterErrors besides resumeAfter", [.member("resumeAfter")])
    }
  }

  private mutating func fail(_ message: String, _ path: [PathStep]) {
    faults.append(DefinitionFault(message, path: PathStep.text(path)))
  }

  private mutating func check(_ template: Template, _ roots: [String: ValueType], _ path: [PathStep]) {
    var inference = TypeInference(roots)
    _ = inference.type(of: template.root)
    for complaint in inference.complaints { fail(complaint, path) }
    if let secret = template.secretNames.min() {
      fail("expected no secret outside of a task's input, found secrets.\(secret)", path)
    }
  }

  func parameterTypes(_ parameters: [ParameterDefinition]) -> ValueType {
    .object(Dictionary(parameters.map { ($0.name, $0.type) }, uniquingKeysWith: { first, _ in first }))
  }

  // MARK: Functions

  /// A function that calls itself, in however many steps, would never end.
  private mutating func checkRecursion() {
    var graph = TaskGraph()
    let nodes = Dictionary(
      uniqueKeysWithValues: definition.functions.map { ($0.name, graph.addNode($0.name)) })
    for function in definition.functions {
      for task in function.tasks {
        guard let callee = task.callee, let other = nodes[callee] else { continue }
        graph.precede(nodes[function.name]!, other)
      }
    }
    do {
      _ = try graph.finalize()
    } catch {
      let names = circle(error.nodes, order: definition.functions.map(\.name))
      fail(
        "functions call each other in a circle: \(names.joined(separator: " → "))",
        [.member("functions"), .member(names[0])])
    }
  }

  // MARK: Triggers

  /// A definition is stored, and shown.
  private mutating func check(_ connector: ConnectorDefinition, _ path: [PathStep]) {
    switch connector {
    case .nats(let url, _, _, _) where url.contains("@"):
      fail(
        "expected a URL without user and password, which everybody could read; the field `secret` names a secret with user:password",
        path + [.member("nats"), .member("url")])
    case .kafka(let brokers, _) where brokers.contains("@"):
      fail("expected host:port,host:port, without user and password", path + [.member("kafka"), .member("brokers")])
    default: break
    }
  }

  private mutating func checkTriggers() {
    for trigger in definition.triggers {
      let path: [PathStep] = [.member("triggers"), .member(trigger.name)]
      check(trigger.input, ["event": .any], path + [.member("input")])
      if case .cron(let expression, let timeZone) = trigger.source {
        do throws(WorkflowError) {
          _ = try CronSchedule(expression, timeZone: timeZone)
        } catch {
          fail("\(error)", path + [.member("cron")])
        }
      }
      if case .event(_, let when?) = trigger.source {
        var inference = TypeInference(["event": .any])
        inference.expect(.bool, when.root)
        for complaint in inference.complaints { fail(complaint, path + [.member("event"), .member("when")]) }
      }
      if case .connector(let connector) = trigger.source { check(connector, path) }
      guard case .object(let members) = trigger.input.source else {
        fail("expected an object of parameters, found \(trigger.input.source.summary)", path + [.member("input")])
        continue
      }
      for complaint in parameterComplaints(trigger.input, members, definition.parameters, of: definition.name) {
        fail(complaint.message, path + [.member("input")] + complaint.path)
      }
    }
  }

  /// What is wrong with a template for parameters: unknown ones, missing ones, and constants of the wrong type.
  func parameterComplaints(
    _ template: Template, _ members: [String: JSONValue], _ parameters: [ParameterDefinition], of owner: String
  ) -> [(path: [PathStep], message: String)] {
    var complaints: [(path: [PathStep], message: String)] = []
    let names = Set(parameters.map(\.name))
    for unknown in members.keys.filter({ !names.contains($0) }).sorted().prefix(100) {
      complaints.append(([.member(unknown)], "\(owner) has no such parameter" + suggestion(for: unknown, among: names)))
    }
    for parameter in parameters {
      guard let given = template[parameter.name] else {
        if parameter.defaultValue == nil {
          complaints.append(([], "expected a value of the parameter \(parameter.name), which has no default"))
        }
        continue
      }
      if let constant = given.constant, let complaint = parameter.type.complaint(about: constant) {
        complaints.append(([.member(parameter.name)], complaint.message))
      }
    }
    return complaints
  }
}

extension WorkflowDefinition {
  var functionsByName: [String: FunctionDefinition] {
    Dictionary(functions.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }
}

extension TaskDefinition {
  /// The function that it stands for, if it is a call that says so.
  var callee: String? {
    guard kind == EngineKind.call.rawValue, case .string(let name)? = input["function"]?.constant else { return nil }
    return name
  }

  /// What the function is given.
  var callParameters: Template { input["parameters"] ?? Template(.object([:])) }
}
