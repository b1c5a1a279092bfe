import MillraceWfFormat

/// A difference between two versions of a definition.
public struct DefinitionChange: Sendable, Hashable, CustomStringConvertible {
  /// What it means for a run that is under way.
  public enum Effect: Sendable, Hashable {
    /// It goes on with the new version as it would have begun with it.
    case none
    /// It cannot go on with the new version once this task has begun.
    case unlessBegun(task: String, reason: String)
    /// It cannot go on with the new version while this task is under way.
    case unlessUnderWay(task: String, reason: String)
    /// It cannot go on with the new version.
    case always(reason: String)
  }

  /// `tasks.clean.timeout`
  public var path: String
  /// nil: it was not there.
  public var old: JSONValue?
  /// nil: it is not there any more.
  public var new: JSONValue?
  public var effect: Effect

  public var description: String {
    func short(_ value: JSONValue) -> String {
      let text = value.description
      return text.count > 60 ? "\(text.prefix(60))…" : text
    }
    let change =
      switch (old, new) {
      case (nil, let new?): "added \(short(new))"
      case (let old?, nil): "removed \(short(old))"
      case (let old?, let new?): "\(short(old)) → \(short(new))"
      case (nil, nil): "changed"
      }
    switch effect {
    case .none: return "\(path): \(change)"
    case .unlessBegun(let task, let reason):
      return "\(path): \(change) (not for runs in which \(task) has begun: \(reason))"
    case .unlessUnderWay(let task, let reason):
      return "\(path): \(change) (not for runs in which \(task) is under way: \(reason))"
    case .always(let reason): return "\(path): \(change) (not for runs that have begun: \(reason))"
    }
  }
}

extension CheckedDefinition {
  /// What has changed from an older version to this one, calls of functions expanded. Empty: nothing.
  ///
  /// - Complexity: O(size of both)
  public func changes(since old: CheckedDefinition) -> [DefinitionChange] {
    var changes: [DefinitionChange] = []
    let ownPlaces: Set = ["parameters", "tasks", "functions"]
    for field in WorkflowDefinition.fields where !ownPlaces.contains(field.name) {
      guard let (old, new) = difference(field, old.definition, definition, WorkflowDefinition(name: "")) else {
        continue
      }
      let effect: DefinitionChange.Effect =
        field.name == "name" ? .always(reason: "it is another workflow") : .none
      changes.append(DefinitionChange(path: field.name, old: old, new: new, effect: effect))
    }
    changes += parameterChanges(since: old.definition)
    changes += taskChanges(since: old)
    return changes
  }

  /// Which changes are in the way of going on with this version in a run that an older one has begun. Empty: it can.
  ///
  /// - Parameter steps: states of its steps, by name.
  public func obstacles(
    toMovingFrom old: CheckedDefinition, steps: [String: StepState]
  ) -> [DefinitionChange] {
    /// The task's own step, its elements' and its fallback's.
    func states(of task: String) -> [StepState] {
      steps.filter { $0.key.prefix { $0 != "[" && $0 != "#" } == task }.map(\.value)
    }
    return changes(since: old).filter { change in
      switch change.effect {
      case .none: false
      case .always: true
      case .unlessBegun(let task, _): states(of: task).contains { $0 != .pending }
      case .unlessUnderWay(let task, _): states(of: task).contains { $0 != .pending && !$0.isFinal }
      }
    }
  }

  private func difference<Owner>(
    _ field: Field<Owner>, _ old: Owner, _ new: Owner, _ prototype: Owner
  ) -> (old: JSONValue?, new: JSONValue?)? {
    let a = field.write(old, prototype, .canonical)?.value
    let b = field.write(new, prototype, .canonical)?.value
    return a == b ? nil : (a, b)
  }

  private func parameterChanges(since old: WorkflowDefinition) -> [DefinitionChange] {
    var changes: [DefinitionChange] = []
    let prototype = ParameterDefinition(name: "", type: .any)
    func value(_ parameter: ParameterDefinition) -> JSONValue {
      Shape.object(prototype, ParameterDefinition.fields).write(parameter, .canonical).value
    }
    for parameter in definition.parameters {
      let path: [PathStep] = [.member("parameters"), .member(parameter.name)]
      guard let before = old.parameters.first(where: { $0.name == parameter.name }) else {
        let effect: DefinitionChange.Effect = .always(reason: "they have no value of it")
        changes.append(DefinitionChange(path: PathStep.text(path), old: nil, new: value(parameter), effect: effect))
        continue
      }
      for field in ParameterDefinition.fields {
        guard let (old, new) = difference(field, before, parameter, prototype) else { continue }
        let effect: DefinitionChange.Effect =
          field.name == "type" ? .always(reason: "their value may be of another type") : .none
        changes.append(
          DefinitionChange(path: PathStep.text(path + [.member(field.name)]), old: old, new: new, effect: effect))
      }
    }
    for parameter in old.parameters where !definition.parameters.contains(where: { $0.name == parameter.name }) {
      let path = PathStep.text([.member("parameters"), .member(parameter.name)])
      changes.append(DefinitionChange(path: path, old: value(parameter), new: nil, effect: .none))
    }
    return changes
  }

  private func taskChanges(since old: CheckedDefinition) -> [DefinitionChange] {
    var changes: [DefinitionChange] = []
    let prototype = TaskDefinition(name: "", kind: "")
    func value(_ task: CheckedTask) -> JSONValue {
      Shape.object(prototype, TaskDefinition.fields).write(task.definition, .canonical).value
    }
    for task in tasks {
      let path: [PathStep] = [.member("tasks"), .member(task.name)]
      guard let index = old.index(of: task.name) else {
        changes.append(DefinitionChange(path: PathStep.text(path), old: nil, new: value(task), effect: .none))
        continue
      }
      let before = old.tasks[index]
      for field in TaskDefinition.fields {
        // What it needs is compared below, with what expressions refer to.
        guard field.name != "needs",
          let (old, new) = difference(field, before.definition, task.definition, prototype)
        else { continue }
        changes.append(
          DefinitionChange(
            path: PathStep.text(path + [.member(field.name)]), old: old, new: new,
            effect: Self.effect(of: field.name, task.name)))
      }
      let needs = (old: Set(before.needs.map { old.tasks[$0].name }), new: Set(task.needs.map { tasks[$0].name }))
      if needs.old != needs.new {
        func list(_ names: Set<String>) -> JSONValue { .array(names.sorted().map { .string($0) }) }
        changes.append(
          DefinitionChange(
            path: PathStep.text(path + [.member("needs")]), old: list(needs.old), new: list(needs.new),
            effect: .unlessBegun(task: task.name, reason: "it has begun after other tasks than it needs now")))
      }
    }
    for task in old.tasks where index(of: task.name) == nil {
      changes.append(
        DefinitionChange(
          path: PathStep.text([.member("tasks"), .member(task.name)]), old: value(task), new: nil,
          effect: .unlessBegun(task: task.name, reason: "what it has done would be forgotten")))
    }
    return changes
  }

  private static func effect(of field: String, _ task: String) -> DefinitionChange.Effect {
    switch field {
    case "kind": .unlessBegun(task: task, reason: "its output is that of another kind of task")
    case "outputs": .unlessBegun(task: task, reason: "its output may be of another type")
    case "foreach": .unlessBegun(task: task, reason: "its elements may be others")
    case "when", "skipPolicy", "cases": .unlessBegun(task: task, reason: "it may have been decided otherwise")
    case "input": .unlessUnderWay(task: task, reason: "another attempt would be given something else")
    default: .none
    }
  }
}
