import Millrace
import MillraceWfFormat

extension WorkflowDefinition {
  /// Checks that the parts fit together, and computes the worst case of a run.
  ///
  /// Found are: values out of their range, unknown tasks, kinds, queues, circuits, resources, functions, parameters and outputs; cycles; tasks that could never run; missing parameters of calls; types that do not match, as far as they are known;
  /// recursion of functions; inputs that a kind of task refuses; and a worst case beyond the ``deadline``. All faults are told at once, but those of the graph only when its names are right, and that of the deadline only when all else is.
  ///
  /// - Parameter kinds: handlers by ``TaskHandler/kind``. Those of ``EngineKind`` are known without.
  /// - Throws: ``WorkflowError/Code/invalidDefinition`` with ``DefinitionFaults``.
  /// - Complexity: O((tasks + needs) × (size of expressions)), after expansion.
  public func check(kinds: [String: any TaskHandler]) throws(WorkflowError) -> CheckedDefinition {
    // What the reader refuses in a file it refuses here, too: a definition may have been built in Swift.
    var reader = DefinitionReader()
    _ = Self.shape.read(Self.shape.write(self, .canonical), &reader)
    guard reader.faults.isEmpty else { throw DefinitionFaults(reader.faults).error }

    var checker = DefinitionChecker(self, kinds)
    checker.check()
    guard checker.faults.isEmpty else { throw DefinitionFaults(checker.faults).error }
    var expansion = TaskExpansion(self)
    guard expansion.expand() else {
      throw DefinitionFaults([
        DefinitionFault(
          "expected at most \(TaskExpansion.countMaximum) tasks after calls are expanded", path: "tasks")
      ]).error
    }
    let checked = BoundsCalculation(self, expansion.tasks).checked()
    if let fault = checked.deadlineFault { throw DefinitionFaults([fault]).error }
    return checked
  }

  /// A run's parameters: what was given, and defaults for the rest.
  ///
  /// - Throws: ``WorkflowError/Code/invalidInput`` for a parameter that is unknown, missing or of the wrong type.
  public func parameters(from input: JSONValue) throws(WorkflowError) -> JSONValue {
    guard case .object(var members) = input else {
      throw WorkflowError(.invalidInput, "expected an object of parameters, found \(input.summary)")
    }
    let names = Set(parameters.map(\.name))
    if let unknown = members.keys.sorted().first(where: { !names.contains($0) }) {
      throw WorkflowError(
        .invalidInput, "\(name) has no parameter \(quoted(unknown))" + suggestion(for: unknown, among: names),
        at: PathStep.text([.member("parameters"), .member(unknown)]))
    }
    for parameter in parameters {
      let place = PathStep.text([.member("parameters"), .member(parameter.name)])
      guard let value = members[parameter.name] ?? parameter.defaultValue else {
        throw WorkflowError(.invalidInput, "expected a value (\(parameter.type)): there is no default", at: place)
      }
      if let complaint = parameter.type.complaint(about: value) {
        throw WorkflowError(.invalidInput, complaint.message, at: place + complaint.path)
      }
      members[parameter.name] = value
    }
    return .object(members)
  }
}

extension CheckedDefinition {
  fileprivate var deadlineFault: DefinitionFault? {
    guard bounds.wall > definition.deadline else { return nil }
    var terms = bounds.pathTasks.map { name in
      "\(name) \(DurationText.write(tasks[index(of: name)!].bounds.wall))"
    }
    if terms.count > 12 { terms = terms.prefix(6) + ["… (\(terms.count - 11) more) …"] + terms.suffix(5) }
    for (name, duration) in [
      ("shared resources", bounds.resources), ("pauses", bounds.pauses), ("compensations", bounds.compensations),
      ("hooks", bounds.hooks),
    ] where duration > .zero {
      terms.append("\(name) \(DurationText.write(duration))")
    }
    return DefinitionFault(
      "expected a deadline of at least the worst case, \(DurationText.write(bounds.wall)) = \(terms.joined(separator: " + ")), found \(DurationText.write(definition.deadline))",
      path: "deadline")
  }
}
