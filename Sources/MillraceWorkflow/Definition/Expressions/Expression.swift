/// A condition or a value over a run's bindings.
///
/// ```swift
/// let condition = try Expression("tasks.clean.rows > 0 and parameters.mode == 'full'")
/// try condition.value(in: bindings)  // true
/// ```
///
/// It always ends: there are no loops and no recursion, and a text has at most ``lengthMaximum`` bytes and is nested at most ``depthMaximum`` deep. Any thread may evaluate it.
///
/// From the weakest: `or`, `and`, `not`, one comparison (`==` `!=` `<` `<=` `>` `>=` `in` `not in`), `+ -`, `* / %`, a minus sign; then literals (numbers, texts in either kind of quotes, `true`, `false`, `null`, `[1, 2]`), paths
/// (`tasks.clean.rows`, `tasks["load-data"].files[0]`, `[-1]` for the last element, `[*]` for each: what follows is looked up in all elements) and calls of ``ExpressionFunction``.
public struct Expression: Sendable, CustomStringConvertible {
  /// As it was written.
  public let source: String
  let root: Node

  /// The most bytes of an expression.
  public static let lengthMaximum = 8_192
  /// The deepest that brackets, signs and `not` may be nested.
  public static let depthMaximum = 50
  /// The most bytes or elements of a value that an expression puts together.
  public static let resultMaximum = 16_777_216

  /// - Throws: ``WorkflowError/Code/invalidDefinition``, with the column, what was expected and what was found.
  public init(_ source: String) throws(WorkflowError) {
    var parser = ExpressionParser(Array(source.utf8))
    self.source = source
    root = try parser.whole()
  }

  /// - Parameter source: nil: the usual spelling.
  init(_ root: Node, source: String? = nil) {
    self.root = root
    self.source = source ?? root.description
  }

  /// The same expression in the usual spelling: reading it gives an expression that does the same.
  public var description: String { root.description }

  /// Names that it refers to, as paths: `["tasks", "clean", "rows"]`. A path ends before an index that is computed, and before `[*]`.
  public var references: Set<[String]> {
    var found: Set<[String]> = []
    root.forEachPath { root, accessors in
      var path = [root]
      for accessor in accessors {
        guard case .member(let name) = accessor else { break }
        path.append(name)
      }
      found.insert(path)
    }
    return found
  }

  /// - Throws: ``WorkflowError/Code/invalidInput`` for what is not there, is of the wrong type or has no finite value.
  public func value(in bindings: Bindings) throws(WorkflowError) -> JSONValue {
    do throws(EvaluationFault) {
      return try root.value(in: bindings)
    } catch {
      throw WorkflowError(.invalidInput, error.message)
    }
  }

  /// The value as a condition.
  ///
  /// - Throws: ``WorkflowError/Code/invalidInput``, as ``value(in:)``, and for what is neither true nor false.
  public func holds(in bindings: Bindings) throws(WorkflowError) -> Bool {
    guard case .bool(let holds) = try value(in: bindings) else {
      throw WorkflowError(.invalidInput, "expected \(self) to be true or false; it is neither")
    }
    return holds
  }
}

extension Expression: Hashable {
  public static func == (a: Expression, b: Expression) -> Bool { a.source == b.source }
  public func hash(into hasher: inout Hasher) { hasher.combine(source) }
}

extension Expression: ExpressibleByStringLiteral {
  /// Traps when the text is no expression: for expressions that stand in a program.
  public init(stringLiteral source: String) {
    do throws(WorkflowError) {
      try self.init(source)
    } catch {
      preconditionFailure("\"\(source)\" is no expression: \(error)")
    }
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

// MARK: Tree

extension Expression {
  /// Chains of one operator are one node, so that a tree is not deeper than the text is nested.
  indirect enum Node: Sendable, Hashable {
    case literal(JSONValue)
    case list([Node])
    case name(String)
    case access(Node, [Accessor])
    case negative(Node)
    case not(Node)
    case all([Node])
    case any([Node])
    case comparison(Node, Comparison, Node)
    case arithmetic(Node, [Term])
    case call(ExpressionFunction, [Node])
  }

  enum Accessor: Sendable, Hashable {
    case member(String)
    case index(Node)
    case each
  }

  struct Term: Sendable, Hashable {
    var sign: Arithmetic
    var node: Node
  }

  enum Comparison: String, Sendable {
    case equal = "=="
    case unequal = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case isIn = "in"
    case isNotIn = "not in"
  }

  enum Arithmetic: String, Sendable {
    case plus = "+"
    case minus = "-"
    case times = "*"
    case divided = "/"
    case remainder = "%"

    var isSum: Bool { self == .plus || self == .minus }
  }
}

extension Expression.Node {
  /// What is looked up in a path makes it longer, but for one with `[*]`: there it would be looked up in each element.
  static func looking(up accessors: [Expression.Accessor], in base: Self) -> Self {
    if accessors.isEmpty { return base }
    guard case .access(let inner, let first) = base, !first.contains(.each) else { return .access(base, accessors) }
    return .access(inner, first + accessors)
  }

  /// Calls `body` with each name and what is looked up in it.
  func forEachPath(_ body: (String, [Expression.Accessor]) -> Void) {
    switch self {
    case .literal: break
    case .name(let name): body(name, [])
    case .access(.name(let name), let accessors):
      body(name, accessors)
      for case .index(let index) in accessors { index.forEachPath(body) }
    case .access(let base, let accessors):
      base.forEachPath(body)
      for case .index(let index) in accessors { index.forEachPath(body) }
    case .negative(let node), .not(let node): node.forEachPath(body)
    case .list(let nodes), .all(let nodes), .any(let nodes), .call(_, let nodes):
      for node in nodes { node.forEachPath(body) }
    case .comparison(let left, _, let right):
      left.forEachPath(body)
      right.forEachPath(body)
    case .arithmetic(let first, let terms):
      first.forEachPath(body)
      for term in terms { term.node.forEachPath(body) }
    }
  }

  /// The same with other paths: `change` is given a name and what is looked up in it, and returns what shall stand there.
  func mappingPaths(_ change: (String, [Expression.Accessor]) -> Expression.Node) -> Expression.Node {
    func mapped(_ node: Expression.Node) -> Expression.Node { node.mappingPaths(change) }
    func mapped(_ accessors: [Expression.Accessor]) -> [Expression.Accessor] {
      accessors.map { accessor in
        if case .index(let index) = accessor { .index(mapped(index)) } else { accessor }
      }
    }
    switch self {
    case .literal: return self
    case .name(let name): return change(name, [])
    case .access(.name(let name), let accessors): return change(name, mapped(accessors))
    case .access(let base, let accessors): return .looking(up: mapped(accessors), in: mapped(base))
    case .negative(let node): return .negative(mapped(node))
    case .not(let node): return .not(mapped(node))
    case .list(let nodes): return .list(nodes.map(mapped))
    case .all(let nodes): return .all(nodes.map(mapped))
    case .any(let nodes): return .any(nodes.map(mapped))
    case .call(let function, let nodes): return .call(function, nodes.map(mapped))
    case .comparison(let left, let comparison, let right):
      return .comparison(mapped(left), comparison, mapped(right))
    case .arithmetic(let first, let terms):
      return .arithmetic(mapped(first), terms.map { .init(sign: $0.sign, node: mapped($0.node)) })
    }
  }
}
