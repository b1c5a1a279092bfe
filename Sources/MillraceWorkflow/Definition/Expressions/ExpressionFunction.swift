/// What expressions can call.
public enum ExpressionFunction: String, Sendable, Hashable, CaseIterable {
  case abs, all, any, ceil, contains
  case defaulted = "default"
  case endsWith, first, flatten, floor, has
  case choice = "if"
  case join, json, keys, last, length, lower, max, min, number, round, split, startsWith, sum, text, trim, type, upper,
    values

  /// How it is called, and what it gives.
  public var usage: String {
    switch self {
    case .abs: "abs(number)"
    case .all: "all(array): whether all elements are true"
    case .any: "any(array): whether an element is true"
    case .ceil: "ceil(number): the next whole number above"
    case .contains: "contains(whole, part): as part in whole"
    case .defaulted: "default(value, other): the other if the value is not there, or null"
    case .endsWith: "endsWith(text, end)"
    case .first: "first(array)"
    case .flatten: "flatten(array): elements of its arrays, in one"
    case .floor: "floor(number): the next whole number below"
    case .has: "has(value): whether it is there, and not null"
    case .choice: "if(condition, value, other): one of the two; the other one is not looked at"
    case .join: "join(array, separator)"
    case .json: "json(value): as a text of JSON"
    case .keys: "keys(object): in alphabetical order"
    case .last: "last(array)"
    case .length: "length(value): of a text in characters, of an array or an object"
    case .lower: "lower(text)"
    case .max: "max(array), or max(value, …): of numbers or of texts"
    case .min: "min(array), or min(value, …): of numbers or of texts"
    case .number: "number(text): the number that it spells"
    case .round: "round(number), or round(number, digits): halves away from zero"
    case .split: "split(text, separator)"
    case .startsWith: "startsWith(text, beginning)"
    case .sum: "sum(array): of numbers"
    case .text: "text(value): a text as it is, all else as JSON"
    case .trim: "trim(text): without blanks at the ends"
    case .type: "type(value): null, bool, number, string, array or object"
    case .upper: "upper(text)"
    case .values: "values(object): in the order of its keys"
    }
  }

  var argumentCounts: ClosedRange<Int> {
    switch self {
    case .contains, .defaulted, .endsWith, .join, .split, .startsWith: 2...2
    case .choice: 3...3
    case .max, .min: 1...1000
    case .round: 1...2
    default: 1...1
    }
  }

  func value(of arguments: [Expression.Node], in bindings: Bindings) throws(EvaluationFault) -> JSONValue {
    // These look at an argument only when it is needed.
    switch self {
    case .choice: return try arguments[arguments[0].truth(in: bindings) ? 1 : 2].value(in: bindings)
    case .defaulted:
      if let value = try Self.present(arguments[0], in: bindings) { return value }
      return try arguments[1].value(in: bindings)
    case .has: return .bool(try Self.present(arguments[0], in: bindings) != nil)
    default: break
    }
    var values: [JSONValue] = []
    for argument in arguments { values.append(try argument.value(in: bindings)) }
    return try result(of: values, arguments)
  }

  private static func present(
    _ node: Expression.Node, in bindings: Bindings
  ) throws(EvaluationFault) -> JSONValue? {
    do throws(EvaluationFault) {
      let value = try node.value(in: bindings)
      // A bare `nil` beside a value would be JSON's null.
      return value == .null ? JSONValue?.none : value
    } catch {
      guard error.isMissing else { throw error }
      return nil
    }
  }

  private func result(
    of values: [JSONValue], _ nodes: [Expression.Node]
  ) throws(EvaluationFault) -> JSONValue {
    func expected(_ what: String, _ place: Int = 0) -> EvaluationFault { nodes[place].wrongType(what, values[place]) }
    func text(_ place: Int = 0) throws(EvaluationFault) -> String {
      guard case .string(let text) = values[place] else { throw expected("a text", place) }
      return text
    }
    func array() throws(EvaluationFault) -> [JSONValue] {
      guard case .array(let elements) = values[0] else { throw expected("an array") }
      return elements
    }
    func members() throws(EvaluationFault) -> [(key: String, value: JSONValue)] {
      guard case .object(let members) = values[0] else { throw expected("an object") }
      return members.sorted { $0.key < $1.key }
    }
    func truths() throws(EvaluationFault) -> [Bool] {
      var truths: [Bool] = []
      for element in try array() {
        guard case .bool(let truth) = element else { throw expected("an array of true and false") }
        truths.append(truth)
      }
      return truths
    }

    switch self {
    case .choice, .defaulted, .has: preconditionFailure("\(rawValue) has been called without being asked for")
    case .all: return .bool(try truths().allSatisfy { $0 })
    case .any: return .bool(try truths().contains(true))
    case .contains:
      guard let isIn = values[1].isIn(values[0]) else {
        throw expected("an array, or a text or an object when a text is looked for")
      }
      return .bool(isIn)
    case .endsWith: return .bool(try text().hasSuffix(try text(1)))
    case .startsWith: return .bool(try text().hasPrefix(try text(1)))
    case .lower: return .string(try text().lowercased())
    case .upper: return .string(try text().uppercased())
    case .trim:
      let text = try text()
      guard let first = text.firstIndex(where: { !$0.isWhitespace }) else { return "" }
      return .string(String(text[first...text.lastIndex { !$0.isWhitespace }!]))
    case .split:
      let (text, separator) = (try text(), try text(1))
      guard !separator.isEmpty else { throw EvaluationFault("expected a separator that is not empty in \(rawValue)") }
      return .array(text.split(separator: separator, omittingEmptySubsequences: false).map { .string(String($0)) })
    case .join:
      let (parts, separator) = (try array().map(\.interpolated), try text(1))
      try Expression.Node.checkSize(parts.reduce(0) { $0 + $1.utf8.count + separator.utf8.count })
      return .string(parts.joined(separator: separator))
    case .first:
      guard let first = try array().first else { throw EvaluationFault("\(nodes[0]) is empty", isMissing: true) }
      return first
    case .last:
      guard let last = try array().last else { throw EvaluationFault("\(nodes[0]) is empty", isMissing: true) }
      return last
    case .flatten:
      var flat: [JSONValue] = []
      for element in try array() {
        guard case .array(let elements) = element else { throw expected("an array of arrays") }
        try Expression.Node.checkSize(flat.count + elements.count)
        flat += elements
      }
      return .array(flat)
    case .keys: return .array(try members().map { .string($0.key) })
    case .values: return .array(try members().map(\.value))
    case .length:
      switch values[0] {
      case .string(let text): return .int(Int64(text.count))
      case .array(let elements): return .int(Int64(elements.count))
      case .object(let members): return .int(Int64(members.count))
      default: throw expected("a text, an array or an object")
      }
    case .max, .min: return try extreme(values, nodes)
    case .sum:
      var sum = JSONValue.int(0)
      for element in try array() {
        guard let next = sum.adding(element) else { throw expected("an array of numbers whose sum is finite") }
        sum = next
      }
      return sum
    case .abs, .ceil, .floor, .round: return try rounded(values, nodes)
    case .number:
      let text = try text()
      if let whole = Int64(text) { return .int(whole) }
      guard let value = Double(text), value.isFinite else { throw expected("a text that spells a number") }
      return .double(value)
    case .text: return .string(values[0].interpolated)
    case .json: return .string(values[0].description)
    case .type:
      switch values[0] {
      case .null: return "null"
      case .bool: return "bool"
      case .int, .double: return "number"
      case .string: return "string"
      case .array: return "array"
      case .object: return "object"
      }
    }
  }

  private func extreme(_ values: [JSONValue], _ nodes: [Expression.Node]) throws(EvaluationFault) -> JSONValue {
    var candidates = values
    if values.count == 1, case .array(let elements) = values[0] { candidates = elements }
    guard var best = candidates.first else { throw EvaluationFault("\(nodes[0]) is empty", isMissing: true) }
    for candidate in candidates {
      guard let order = candidate.order(best) else {
        throw EvaluationFault(
          "expected numbers or texts in \(rawValue), found \(candidate.summary) and \(best.summary)")
      }
      if self == .max ? order > 0 : order < 0 { best = candidate }
    }
    return best
  }

  private func rounded(_ values: [JSONValue], _ nodes: [Expression.Node]) throws(EvaluationFault) -> JSONValue {
    var scale = 1.0
    if values.count == 2 {
      guard case .int(let digits) = values[1], (0...15).contains(digits) else {
        throw nodes[1].wrongType("a number of digits from 0 to 15", values[1])
      }
      for _ in 0..<digits { scale *= 10 }
    }
    switch values[0] {
    case .int(let value):
      guard self == .abs else { return .int(value) }
      guard value != .min else { throw EvaluationFault("abs(\(nodes[0])) is beyond 64 bits") }
      return .int(Swift.abs(value))
    case .double(let value):
      if self == .abs { return .double(Swift.abs(value)) }
      let rule: FloatingPointRoundingRule =
        self == .ceil ? .up : self == .floor ? .down : .toNearestOrAwayFromZero
      let scaled = (value * scale).rounded(rule)
      // So large a number has no fraction.
      guard scaled.isFinite else { return .double(value) }
      if scale == 1, let whole = Int64(exactly: scaled) { return .int(whole) }
      return .double(scaled / scale)
    default: throw nodes[0].wrongType("a number", values[0])
    }
  }
}

extension JSONValue {
  /// Within a text: a text as it is, all else as JSON.
  var interpolated: String {
    if case .string(let text) = self { text } else { description }
  }

  /// nil for what is no number, and beyond the range.
  fileprivate func adding(_ other: JSONValue) -> JSONValue? {
    if case (.int(let a), .int(let b)) = (self, other) {
      let (sum, overflows) = a.addingReportingOverflow(b)
      return overflows ? JSONValue?.none : .int(sum)
    }
    guard let a = number, let b = other.number, (a + b).isFinite else { return nil }
    return .double(a + b)
  }
}
