/// A condition or a value over a run's bindings: `tasks.clean.rows > 0 and parameters.mode == "full"`.
public struct Expression: Sendable, Hashable {
  /// As it was written.
  public let source: String

  /// - Throws: ``WorkflowError/Code/invalidDefinition``, with the column.
  public init(_ source: String) throws(WorkflowError) {
    self.source = source
  }

  /// Names that it refers to, as paths: `["tasks", "clean", "rows"]`.
  public var references: Set<[String]> { [] }

  /// - Throws: ``WorkflowError/Code/invalidInput`` for what is not there or of the wrong type.
  public func value(in bindings: Bindings) throws(WorkflowError) -> JSONValue { .null }
}

/// A value with expressions in it: a text that is `${…}` alone becomes the expression's value, and `${…}` within a text its text.
public struct Template: Sendable, Hashable {
  public let source: JSONValue

  public init(_ source: JSONValue) {
    self.source = source
  }
}

/// What expressions may refer to.
public struct Bindings: Sendable {
  /// `parameters`, `tasks`, `item`, `event`, `run`, by name.
  public var roots: [String: JSONValue]

  public init(_ roots: [String: JSONValue] = [:]) {
    self.roots = roots
  }
}
