/// Why an expression has no value.
struct EvaluationFault: Error {
  var message: String
  /// Something that a path names is not there: what `default` is for.
  var isMissing = false

  init(_ message: String, isMissing: Bool = false) {
    self.message = message
    self.isMissing = isMissing
  }
}

extension Expression.Node {
  func value(in bindings: Bindings) throws(EvaluationFault) -> JSONValue {
    switch self {
    case .literal(let value): return value
    case .list(let nodes): return .array(try values(of: nodes, in: bindings))
    case .name(let name):
      guard let value = bindings.roots[name] else { throw Self.missing(name, in: bindings.roots.keys, of: nil) }
      return value
    case .access(let base, let accessors):
      return try base.looking(up: accessors[...], in: try base.value(in: bindings), bindings)
    case .negative(let node):
      switch try node.value(in: bindings) {
      case .int(let value):
        let (result, overflows) = Int64(0).subtractingReportingOverflow(value)
        guard !overflows else { throw EvaluationFault("\(self) is beyond 64 bits") }
        return .int(result)
      case .double(let value): return .double(-value)
      case let value: throw node.wrongType("a number", value)
      }
    case .not(let node): return .bool(!(try node.truth(in: bindings)))
    case .all(let nodes):
      for node in nodes where !(try node.truth(in: bindings)) { return false }
      return true
    case .any(let nodes):
      for node in nodes where try node.truth(in: bindings) { return true }
      return false
    case .comparison(let left, let comparison, let right):
      return .bool(try compare(left, comparison, right, in: bindings))
    case .arithmetic(let first, let terms):
      var result = try first.value(in: bindings)
      for term in terms {
        result = try combine(result, term.sign, try term.node.value(in: bindings))
      }
      return result
    case .call(let function, let arguments):
      return try function.value(of: arguments, in: bindings)
    }
  }

  func truth(in bindings: Bindings) throws(EvaluationFault) -> Bool {
    let value = try value(in: bindings)
    guard case .bool(let truth) = value else { throw wrongType("true or false", value) }
    return truth
  }

  func wrongType(_ expected: String, _ value: JSONValue) -> EvaluationFault {
    EvaluationFault("expected \(self) to be \(expected), found \(value.summary)")
  }

  private func values(of nodes: [Expression.Node], in bindings: Bindings) throws(EvaluationFault) -> [JSONValue] {
    var values: [JSONValue] = []
    for node in nodes { values.append(try node.value(in: bindings)) }
    return values
  }

  // MARK: Paths

  private func looking(
    up accessors: ArraySlice<Expression.Accessor>, in value: JSONValue, _ bindings: Bindings
  ) throws(EvaluationFault) -> JSONValue {
    var value = value
    for (place, accessor) in zip(accessors.indices, accessors) {
      /// For errors: what has been looked up so far.
      func path() -> String {
        place == accessors.startIndex ? description : "\(Expression.Node.access(self, Array(accessors[..<place])))"
      }
      switch accessor {
      case .member(let name):
        guard case .object(let members) = value else {
          throw EvaluationFault(
            "expected \(path()) to be an object, which has \(name), found \(value.summary)", isMissing: value == .null)
        }
        guard let member = members[name] else { throw Self.missing(name, in: members.keys, of: path()) }
        value = member
      case .index(let node):
        let index = try node.value(in: bindings)
        switch (value, index) {
        case (.array(let elements), .int(let number)):
          let place = number < 0 ? Int64(elements.count) + number : number
          guard place >= 0, place < elements.count else {
            throw EvaluationFault("\(path()) has \(elements.count) elements; there is no [\(number)]", isMissing: true)
          }
          value = elements[Int(place)]
        case (.object(let members), .string(let name)):
          guard let member = members[name] else { throw Self.missing(name, in: members.keys, of: path()) }
          value = member
        default:
          throw EvaluationFault(
            "expected \(path()) to be an array with a whole number for an index, or an object with a text, found \(value.summary) and \(index.summary)",
            isMissing: value == .null)
        }
      case .each:
        guard case .array(let elements) = value else {
          throw EvaluationFault("expected \(path()) to be an array, found \(value.summary)", isMissing: value == .null)
        }
        let rest = accessors[(place + 1)...]
        if rest.isEmpty { return value }
        var found: [JSONValue] = []
        for element in elements { found.append(try looking(up: rest, in: element, bindings)) }
        return .array(found)
      }
    }
    return value
  }

  private static func missing(
    _ name: String, in names: some Collection<String>, of path: String?
  ) -> EvaluationFault {
    let place = path.map { "\($0) has no \(name)" } ?? "there is no \(name)"
    return EvaluationFault(place + suggestion(for: name, among: names), isMissing: true)
  }

  // MARK: Operators

  private func compare(
    _ left: Expression.Node, _ comparison: Expression.Comparison, _ right: Expression.Node, in bindings: Bindings
  ) throws(EvaluationFault) -> Bool {
    let (a, b) = (try left.value(in: bindings), try right.value(in: bindings))
    switch comparison {
    case .equal: return a.means(b)
    case .unequal: return !a.means(b)
    case .isIn, .isNotIn:
      guard let isIn = a.isIn(b) else {
        throw EvaluationFault(
          "expected \(right) to be an array, or a text or an object for the text \(left), found \(b.summary) and \(a.summary)"
        )
      }
      return isIn == (comparison == .isIn)
    case .less, .lessOrEqual, .greater, .greaterOrEqual:
      guard let order = a.order(b) else {
        throw EvaluationFault("expected two numbers or two texts in \(self), found \(a.summary) and \(b.summary)")
      }
      switch comparison {
      case .less: return order < 0
      case .lessOrEqual: return order <= 0
      case .greater: return order > 0
      default: return order >= 0
      }
    }
  }

  private func combine(
    _ a: JSONValue, _ sign: Expression.Arithmetic, _ b: JSONValue
  ) throws(EvaluationFault) -> JSONValue {
    switch (a, b) {
    case (.int(let a), .int(let b)):
      let (result, overflows): (Int64, Bool)
      switch sign {
      case .plus: (result, overflows) = a.addingReportingOverflow(b)
      case .minus: (result, overflows) = a.subtractingReportingOverflow(b)
      case .times: (result, overflows) = a.multipliedReportingOverflow(by: b)
      case .divided:
        // A whole number where it comes out even.
        guard b != 0 else { throw EvaluationFault("\(self) divides by zero") }
        guard a.remainderReportingOverflow(dividingBy: b).partialValue == 0 else {
          return .double(Double(a) / Double(b))
        }
        (result, overflows) = a.dividedReportingOverflow(by: b)
      case .remainder:
        guard b != 0 else { throw EvaluationFault("\(self) divides by zero") }
        return .int(a.remainderReportingOverflow(dividingBy: b).partialValue)
      }
      guard !overflows else { throw EvaluationFault("\(self) is beyond 64 bits") }
      return .int(result)
    case (.string(let a), .string(let b)) where sign == .plus:
      try Self.checkSize(a.utf8.count + b.utf8.count)
      return .string(a + b)
    case (.array(let a), .array(let b)) where sign == .plus:
      try Self.checkSize(a.count + b.count)
      return .array(a + b)
    default:
      guard let x = a.number, let y = b.number else {
        throw EvaluationFault(
          "expected two numbers\(sign == .plus ? ", texts or arrays" : "") around \(sign.rawValue) in \(self), found \(a.summary) and \(b.summary)"
        )
      }
      let result =
        switch sign {
        case .plus: x + y
        case .minus: x - y
        case .times: x * y
        case .divided: x / y
        case .remainder: x.truncatingRemainder(dividingBy: y)
        }
      guard result.isFinite else { throw EvaluationFault("\(self) is no finite number") }
      return .double(result)
    }
  }

  /// Refuses what would take too much memory, before it is made.
  static func checkSize(_ size: Int) throws(EvaluationFault) {
    guard size <= Expression.resultMaximum else {
      throw EvaluationFault("expected a value of at most \(Expression.resultMaximum) bytes or elements, found \(size)")
    }
  }
}

extension JSONValue {
  /// For errors: what it is, and if it is short, which.
  var summary: String {
    switch self {
    case .null: "null"
    case .bool, .int, .double: description
    case .string(let text): text.utf8.count <= 40 ? description : "a text of \(text.count) characters"
    case .array(let elements): "an array of \(elements.count)"
    case .object(let members): "an object of \(members.count) members"
    }
  }

  /// Equal, where a number is equal however it is written.
  func means(_ other: JSONValue) -> Bool {
    switch (self, other) {
    case (.int(let a), .double(let b)), (.double(let b), .int(let a)): return Int64(exactly: b) == a
    case (.array(let a), .array(let b)): return a.elementsEqual(b) { $0.means($1) }
    case (.object(let a), .object(let b)):
      return a.count == b.count && a.allSatisfy { name, value in b[name].map { value.means($0) } ?? false }
    default: return self == other
    }
  }

  /// Below 0, 0 or above for two numbers or two texts; nil for anything else.
  func order(_ other: JSONValue) -> Int? {
    switch (self, other) {
    case (.int(let a), .int(let b)): a < b ? -1 : a > b ? 1 : 0
    case (.string(let a), .string(let b)): a < b ? -1 : a > b ? 1 : 0
    default:
      if let a = number, let b = other.number { a < b ? -1 : a > b ? 1 : 0 } else { nil }
    }
  }

  /// nil: `container` cannot contain it.
  func isIn(_ container: JSONValue) -> Bool? {
    switch (self, container) {
    case (_, .array(let elements)): elements.contains { means($0) }
    case (.string(let part), .string(let whole)): part.isEmpty || whole.contains(part)
    case (.string(let name), .object(let members)): members[name] != nil
    default: nil
    }
  }
}
