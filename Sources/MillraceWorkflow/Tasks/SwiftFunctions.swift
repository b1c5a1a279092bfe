/// Tasks of kind `swift`: functions of the program that runs the engine.
///
/// ```swift
/// let functions = SwiftFunctions(["double": { input, _ in
///   guard case .int(let number)? = input["number"] else { throw TaskFailure(code: "input", "no number", isRetryable: false) }
///   return ["number": .int(number * 2)]
/// }])
/// ```
///
/// | input | |
/// |---|---|
/// | `function` | its name |
/// | all else | what it is given |
///
/// The output is what it returns.
public struct SwiftFunctions: TaskHandler {
  public typealias Function = @Sendable (_ input: JSONValue, _ context: TaskContext) async throws -> JSONValue

  public let kind = "swift"
  private let functions: [String: Function]

  public init(_ functions: [String: Function]) {
    self.functions = functions
  }

  public func check(_ task: TaskDefinition, at place: String) throws(WorkflowError) {
    guard let name = task.input["function"]?.constant?.text else {
      throw WorkflowError(.invalidDefinition, "expected the name of a function", at: "\(place).function")
    }
    if functions[name] == nil {
      throw WorkflowError(
        .invalidDefinition, "there is no function \(name)" + suggestion(for: name, among: functions.keys),
        at: "\(place).function")
    }
  }

  public func run(_ input: JSONValue, _ context: TaskContext) async throws -> JSONValue {
    guard case .object(var members) = input, let name = members.removeValue(forKey: "function")?.text,
      let function = functions[name]
    else {
      throw TaskFailure(
        code: "unknown function", "there is no function \(input["function"] ?? .null)", isRetryable: false)
    }
    return try await function(.object(members), context)
  }
}
