/// What tasks and parameters can be added to: a workflow, or a function of one.
///
/// ```swift
/// import MillraceWorkflow
///
/// var flow = WorkflowDefinition(name: "report")
/// let day = flow.addParameter("day", .string)
/// let fetch = flow.addTask("fetch", kind: "http", input: ["url": "https://example.org/\(day)"]) { task in
///   task.retry.attempts = 3
///   task.outputs = ["rows": .integer]
/// }
/// flow.addTask("tell", kind: "emit", input: ["topic": "reports", "payload": "\(fetch.rows)"])
/// print(fetch.rows)  // ${tasks.fetch.rows}
/// ```
///
/// What is built is plain data, the same as a file gives; ``WorkflowDefinition/check(kinds:)`` tells what does not fit together.
public protocol TaskContainer {
  var parameters: [ParameterDefinition] { get set }
  var tasks: [TaskDefinition] { get set }
}

extension WorkflowDefinition: TaskContainer {}
extension FunctionDefinition: TaskContainer {}

/// The output of a task, or a parameter, for templates: its description is an expression between `${` and `}`.
@dynamicMemberLookup
public struct ValueReference: Sendable, Hashable, CustomStringConvertible {
  /// Of the task or the parameter.
  public let name: String
  private let accessors: [Expression.Accessor]
  private let root: String

  init(root: String, name: String) {
    self.root = root
    self.name = name
    accessors = [.member(name)]
  }

  private init(_ base: ValueReference, _ accessor: Expression.Accessor) {
    (root, name) = (base.root, base.name)
    accessors = base.accessors + [accessor]
  }

  /// A member of it.
  public subscript(dynamicMember name: String) -> ValueReference { self[name] }
  /// A member of it.
  public subscript(name: String) -> ValueReference { ValueReference(self, .member(name)) }
  /// An element of it; from -1 downwards from the last.
  public subscript(index: Int) -> ValueReference { ValueReference(self, .index(.literal(.int(Int64(index))))) }
  /// What follows is looked up in each element.
  public var each: ValueReference { ValueReference(self, .each) }

  /// For conditions: `tasks.fetch.rows`.
  public var expression: Expression { Expression(.access(.name(root), accessors)) }

  public var description: String { "${\(expression.source)}" }
}

extension TaskContainer {
  /// Adds a parameter.
  ///
  /// - Parameter defaultValue: nil: it must be given.
  @discardableResult
  public mutating func addParameter(
    _ name: String, _ type: ValueType, default defaultValue: JSONValue? = nil, summary: String = ""
  ) -> ValueReference {
    var parameter = ParameterDefinition(name: name, type: type, default: defaultValue)
    parameter.summary = summary
    parameters.append(parameter)
    return ValueReference(root: "parameters", name: name)
  }

  /// Adds a task.
  ///
  /// - Parameters:
  ///   - needs: besides those that expressions refer to.
  ///   - change: sets what else there is to set.
  /// - Returns: its output.
  @discardableResult
  public mutating func addTask(
    _ name: String, kind: String, needs: [ValueReference] = [], input: Template = [:],
    _ change: (inout TaskDefinition) -> Void = { _ in }
  ) -> ValueReference {
    var task = TaskDefinition(name: name, kind: kind)
    task.needs = needs.map(\.name)
    task.input = input
    change(&task)
    tasks.append(task)
    return ValueReference(root: "tasks", name: name)
  }

  /// Adds a task that lets the tasks of the first case run whose condition holds.
  @discardableResult
  public mutating func addSwitch(
    _ name: String, needs: [ValueReference] = [], cases: [(when: Expression, tasks: [ValueReference])],
    otherwise: [ValueReference]? = nil
  ) -> ValueReference {
    addTask(name, kind: EngineKind.switch.rawValue, needs: needs) { task in
      task.cases = cases.map { SwitchCase(when: $0.when, tasks: $0.tasks.map(\.name)) }
      if let otherwise { task.cases.append(SwitchCase(when: nil, tasks: otherwise.map(\.name))) }
    }
  }

  /// Adds a call of a function.
  @discardableResult
  public mutating func addCall(
    _ name: String, of function: String, needs: [ValueReference] = [], parameters: [String: JSONValue] = [:],
    _ change: (inout TaskDefinition) -> Void = { _ in }
  ) -> ValueReference {
    let input: Template = ["function": .string(function), "parameters": .object(parameters)]
    return addTask(name, kind: EngineKind.call.rawValue, needs: needs, input: input, change)
  }
}

extension WorkflowDefinition {
  /// Adds a function.
  public mutating func addFunction(_ name: String, _ build: (inout FunctionDefinition) -> Void) {
    var function = FunctionDefinition(name: name)
    build(&function)
    functions.append(function)
  }

  /// Adds a trigger.
  public mutating func addTrigger(_ name: String, _ source: TriggerDefinition.Source, input: Template = [:]) {
    var trigger = TriggerDefinition(name: name, source: source)
    trigger.input = input
    triggers.append(trigger)
  }
}
