import MillraceWfFormat

/// What is known of an expression's type, and which parts of it cannot fit.
struct TypeInference {
  /// By the first name of a path. ``ValueType/any`` for what is there and not known.
  var roots: [String: ValueType]
  /// What is wrong.
  private(set) var complaints: [String] = []

  init(_ roots: [String: ValueType]) { self.roots = roots }

  mutating func type(of expression: Expression) -> ValueType { type(of: expression.root) }

  /// The type of a template's value, whose expressions are looked at.
  mutating func type(of template: Template.Part) -> ValueType {
    switch template {
    case .constant(let value): return ValueType(of: value)
    case .alone(.expression(let expression)): return type(of: expression)
    case .alone: return .string
    case .text(let pieces):
      for case .expression(let expression) in pieces { _ = type(of: expression) }
      return .string
    case .array(let parts):
      var types: [ValueType] = []
      for part in parts { types.append(type(of: part)) }
      return .array(.union(types))
    case .object(let parts):
      var members: [String: ValueType] = [:]
      for (name, part) in parts { members[name] = type(of: part) }
      return .object(members)
    }
  }

  /// - Returns: what was found. To be used: nobody looks at a node twice, so that nested calls take no longer than they are.
  @discardableResult
  mutating func expect(_ expected: ValueType, _ node: Expression.Node) -> ValueType {
    let found = type(of: node)
    if expected.excludes(found) { complaints.append("expected \(node) to be \(expected), found \(found)") }
    return found
  }

  private mutating func type(of node: Expression.Node) -> ValueType {
    switch node {
    case .literal(let value): return ValueType(of: value)
    case .list(let nodes):
      var types: [ValueType] = []
      for node in nodes { types.append(type(of: node)) }
      return .array(.union(types))
    case .name(let name):
      guard let type = roots[name] else {
        let whole = ["tasks", "parameters"].first { root in
          if case .object(let members)? = roots[root] { members[name] != nil } else { false }
        }
        complaints.append(
          "there is no \(name)"
            + (whole.map { "; did you mean \($0).\(name)?" } ?? suggestion(for: name, among: roots.keys)))
        return .any
      }
      return type
    case .access(let base, let accessors):
      for case .index(let index) in accessors { _ = type(of: index) }
      return lookUp(accessors[...], in: type(of: base), path: base)
    case .negative(let node):
      expect(.number, node)
      return .number
    case .not(let node):
      expect(.bool, node)
      return .bool
    case .all(let nodes), .any(let nodes):
      for node in nodes { expect(.bool, node) }
      return .bool
    case .comparison(let left, let comparison, let right):
      let (a, b) = (type(of: left), type(of: right))
      switch comparison {
      case .equal, .unequal:
        // A text that can be none of those it is compared with is a mistake as well.
        if a.excludes(b) { complaints.append("\(node) never changes: it compares \(a) with \(b)") }
      case .isIn, .isNotIn:
        if case .array(let element) = b, element.excludes(a) {
          complaints.append("\(node) never changes: it looks for \(a) in \(b)")
        }
      case .less, .lessOrEqual, .greater, .greaterOrEqual:
        let isRight =
          !ValueType.number.excludes(a) && !ValueType.number.excludes(b)
          || !ValueType.string.excludes(a) && !ValueType.string.excludes(b)
        if !isRight { complaints.append("expected two numbers or two texts in \(node), found \(a) and \(b)") }
      }
      return .bool
    case .arithmetic(let first, let terms):
      var result = type(of: first)
      for term in terms {
        let next = type(of: term.node)
        result = combine(result, term.sign, next, node)
      }
      return result
    case .call(let function, let arguments): return type(of: function, arguments)
    }
  }

  private mutating func combine(
    _ a: ValueType, _ sign: Expression.Arithmetic, _ b: ValueType, _ node: Expression.Node
  ) -> ValueType {
    if sign == .plus {
      if a.isText && b.isText { return .string }
      if case .array(let first) = a, case .array(let second) = b { return .array(.union([first, second])) }
      let isText = !ValueType.string.excludes(a) && !ValueType.string.excludes(b)
      let isArray = !ValueType.array(.any).excludes(a) && !ValueType.array(.any).excludes(b)
      if isText || isArray { return .any }
    }
    guard !ValueType.number.excludes(a), !ValueType.number.excludes(b) else {
      complaints.append(
        "expected two numbers\(sign == .plus ? ", texts or arrays" : "") around \(sign.rawValue) in \(node), found \(a) and \(b)"
      )
      return .any
    }
    return a == .integer && b == .integer && sign != .divided ? .integer : a == .any || b == .any ? .any : .number
  }

  private mutating func lookUp(
    _ accessors: ArraySlice<Expression.Accessor>, in type: ValueType, path: Expression.Node
  ) -> ValueType {
    guard let accessor = accessors.first else { return type }
    let rest = accessors.dropFirst()
    let longer = Expression.Node.looking(up: [accessor], in: path)
    switch (accessor, type) {
    case (_, .any): return .any
    case (.member(let name), .object(let members)):
      guard let member = members[name] else {
        // Objects may have more than is declared, but for those that are made of a list of names.
        if case .name(let root) = path, Self.closedRoots.contains(root) {
          complaints.append("\(path) has no \(name)" + suggestion(for: name, among: members.keys))
        } else if isTask(path) {
          complaints.append("\(path) has no output \(name)" + suggestion(for: name, among: members.keys))
        }
        return .any
      }
      return lookUp(rest, in: member, path: longer)
    case (.index, .array(let element)): return lookUp(rest, in: element, path: longer)
    case (.each, .array(let element)): return .array(lookUp(rest, in: element, path: longer))
    case (.index, .object): return .any
    case (.member(let name), _):
      complaints.append("expected \(path) to be an object, which has \(name), found \(type)")
    case (.index, _), (.each, _): complaints.append("expected \(path) to be an array, found \(type)")
    }
    return .any
  }

  private static let closedRoots = ["parameters", "tasks", "run"]

  /// A task's declared outputs are all that others may use.
  private func isTask(_ path: Expression.Node) -> Bool {
    guard case .access(.name("tasks"), let accessors) = path, case .member = accessors.first else { return false }
    return accessors.dropFirst().allSatisfy {
      if case .member = $0 { false } else { true }
    }
  }

  private mutating func type(of function: ExpressionFunction, _ arguments: [Expression.Node]) -> ValueType {
    switch function {
    case .defaulted, .has:
      // That something is not there is what these are for; what is declared must be right all the same.
      let types = arguments.map { type(of: $0) }
      return function == .has ? .bool : .union(types)
    case .choice:
      expect(.bool, arguments[0])
      return .union([type(of: arguments[1]), type(of: arguments[2])])
    case .abs, .ceil, .floor, .round:
      for argument in arguments { expect(.number, argument) }
      return arguments.count == 1 && function != .abs ? .integer : .number
    case .all, .any:
      expect(.array(.bool), arguments[0])
      return .bool
    case .contains:
      for argument in arguments { _ = type(of: argument) }
      return .bool
    case .startsWith, .endsWith:
      for argument in arguments { expect(.string, argument) }
      return .bool
    case .lower, .upper, .trim:
      expect(.string, arguments[0])
      return .string
    case .number:
      expect(.string, arguments[0])
      return .number
    case .split:
      for argument in arguments { expect(.string, argument) }
      return .array(.string)
    case .join:
      expect(.array(.any), arguments[0])
      expect(.string, arguments[1])
      return .string
    case .first, .last, .flatten:
      guard case .array(let element) = expect(.array(.any), arguments[0]) else { return .any }
      return element
    case .sum:
      expect(.array(.number), arguments[0])
      return .number
    case .keys:
      expect(.object([:]), arguments[0])
      return .array(.string)
    case .values:
      expect(.object([:]), arguments[0])
      return .array(.any)
    case .length:
      _ = type(of: arguments[0])
      return .integer
    case .max, .min:
      for argument in arguments { _ = type(of: argument) }
      return .any
    case .text, .json, .type:
      _ = type(of: arguments[0])
      return .string
    }
  }
}
