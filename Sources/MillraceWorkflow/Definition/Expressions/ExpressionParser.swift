/// Reads one expression from UTF-8, by precedence.
struct ExpressionParser {
  private let bytes: [UInt8]
  private let start: Int
  /// Of the next byte that has not been taken.
  private var position: Int
  /// Of the closing brace.
  private(set) var end = 0
  private var depth = 0

  init(_ bytes: [UInt8], from start: Int = 0) {
    self.bytes = bytes
    self.start = start
    position = start
  }

  /// An expression that is the whole text.
  mutating func whole() throws(WorkflowError) -> Expression.Node {
    let node = try expression()
    guard position == bytes.count else { throw unexpected("an operator or the end") }
    return node
  }

  /// An expression that ends with a brace, at ``end``.
  mutating func untilBrace() throws(WorkflowError) -> Expression.Node {
    let node = try expression()
    end = position
    guard take("}") else { throw unexpected("an operator or }") }
    return node
  }

  private mutating func expression() throws(WorkflowError) -> Expression.Node {
    skipBlanks()
    return try any()
  }

  // MARK: Operators, the weakest first

  private mutating func any() throws(WorkflowError) -> Expression.Node {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Expression.depthMaximum else {
      throw fault("expected an expression at most \(Expression.depthMaximum) levels deep", at: position)
    }
    var nodes = [try all()]
    while takeWord("or") { nodes.append(try all()) }
    return nodes.count == 1 ? nodes[0] : .any(nodes)
  }

  private mutating func all() throws(WorkflowError) -> Expression.Node {
    var nodes = [try negation()]
    while takeWord("and") { nodes.append(try negation()) }
    return nodes.count == 1 ? nodes[0] : .all(nodes)
  }

  private mutating func negation() throws(WorkflowError) -> Expression.Node {
    guard takeWord("not") else { return try comparison() }
    depth += 1
    defer { depth -= 1 }
    try checkDepth()
    return .not(try negation())
  }

  private mutating func comparison() throws(WorkflowError) -> Expression.Node {
    let left = try sum()
    guard let comparison = takeComparison() else { return left }
    let node = Expression.Node.comparison(left, comparison, try sum())
    let end = position
    if let second = takeComparison() {
      throw fault("expected brackets or `and` before a second comparison, found \(second.rawValue)", at: end)
    }
    return node
  }

  private mutating func takeComparison() -> Expression.Comparison? {
    for (text, comparison) in Self.comparisons where take(text) { return comparison }
    if takeWord("in") { return .isIn }
    let before = position
    if takeWord("not") {
      if takeWord("in") { return .isNotIn }
      position = before
    }
    return nil
  }

  /// Longer ones before those that they begin with.
  private static let comparisons: [(StaticString, Expression.Comparison)] = [
    ("==", .equal), ("!=", .unequal), ("<=", .lessOrEqual), (">=", .greaterOrEqual), ("<", .less), (">", .greater),
  ]

  private mutating func sum() throws(WorkflowError) -> Expression.Node {
    let first = try product()
    var terms: [Expression.Term] = []
    while let sign: Expression.Arithmetic = take("+") ? .plus : take("-") ? .minus : nil {
      terms.append(.init(sign: sign, node: try product()))
    }
    return terms.isEmpty ? first : .arithmetic(first, terms)
  }

  private mutating func product() throws(WorkflowError) -> Expression.Node {
    let first = try negative()
    var terms: [Expression.Term] = []
    while let sign: Expression.Arithmetic = take("*") ? .times : take("/") ? .divided : take("%") ? .remainder : nil {
      terms.append(.init(sign: sign, node: try negative()))
    }
    return terms.isEmpty ? first : .arithmetic(first, terms)
  }

  private mutating func negative() throws(WorkflowError) -> Expression.Node {
    guard take("-") else { return try access() }
    depth += 1
    defer { depth -= 1 }
    try checkDepth()
    return .negative(try negative())
  }

  private func checkDepth() throws(WorkflowError) {
    guard depth <= Expression.depthMaximum else {
      throw fault("expected an expression at most \(Expression.depthMaximum) levels deep", at: position)
    }
  }

  // MARK: Operands

  private mutating func access() throws(WorkflowError) -> Expression.Node {
    let base = try operand()
    var accessors: [Expression.Accessor] = []
    while true {
      try checkLength()
      if take(".") {
        guard let name = name() else { throw unexpected("a name after the dot") }
        accessors.append(.member(name))
      } else if take("[") {
        if take("*") {
          accessors.append(.each)
        } else {
          let index = try expression()
          if case .literal(.string(let name)) = index {
            accessors.append(.member(name))
          } else {
            accessors.append(.index(index))
          }
        }
        guard take("]") else { throw unexpected("]") }
      } else {
        return .looking(up: accessors, in: base)
      }
    }
  }

  private mutating func operand() throws(WorkflowError) -> Expression.Node {
    try checkLength()
    guard position < bytes.count else { throw unexpected("a value") }
    let byte = bytes[position]
    if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") { return .literal(.string(try text())) }
    if Self.isDigit(byte) { return .literal(try number()) }
    if take("(") {
      let node = try expression()
      guard take(")") else { throw unexpected(")") }
      return node
    }
    if take("[") { return .list(try list("]")) }
    let place = position
    guard let name = name() else { throw unexpected("a value") }
    switch name {
    case "true": return .literal(true)
    case "false": return .literal(false)
    case "null": return .literal(nil)
    case "and", "or", "not", "in":
      position = place
      throw unexpected("a value")
    default: break
    }
    guard take("(") else { return .name(name) }
    guard let function = ExpressionFunction(rawValue: name) else {
      let known = ExpressionFunction.allCases.map(\.rawValue)
      throw fault("there is no function \(name)" + suggestion(for: name, among: known), at: place)
    }
    let arguments = try list(")")
    guard function.argumentCounts.contains(arguments.count) else {
      throw fault("expected \(function.usage), found \(arguments.count) arguments", at: place)
    }
    return .call(function, arguments)
  }

  /// Operands between commas, up to a bracket that is taken.
  private mutating func list(_ end: StaticString) throws(WorkflowError) -> [Expression.Node] {
    if take(end) { return [] }
    var nodes = [try expression()]
    while take(",") { nodes.append(try expression()) }
    guard take(end) else { throw unexpected("a comma or \(end)") }
    return nodes
  }

  private mutating func name() -> String? {
    guard position < bytes.count, Self.beginsName(bytes[position]) else { return nil }
    let first = position
    while position < bytes.count, Self.beginsName(bytes[position]) || Self.isDigit(bytes[position]) { position += 1 }
    defer { skipBlanks() }
    return String(decoding: bytes[first..<position], as: UTF8.self)
  }

  private mutating func number() throws(WorkflowError) -> JSONValue {
    let first = position
    skipDigits()
    var isWhole = true
    if position + 1 < bytes.count, bytes[position] == UInt8(ascii: "."), Self.isDigit(bytes[position + 1]) {
      isWhole = false
      position += 1
      skipDigits()
    }
    if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
      isWhole = false
      position += 1
      if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
        position += 1
      }
      guard position < bytes.count, Self.isDigit(bytes[position]) else { throw unexpected("digits of an exponent") }
      skipDigits()
    }
    if position < bytes.count, Self.beginsName(bytes[position]) { throw unexpected("an operator after the number") }
    let text = String(decoding: bytes[first..<position], as: UTF8.self)
    defer { skipBlanks() }
    if isWhole, let value = Int64(text) { return .int(value) }
    guard !isWhole, let value = Double(text), value.isFinite else {
      throw fault("expected a number within the range of 64 bits, found \(text)", at: first)
    }
    return .double(value)
  }

  private mutating func skipDigits() {
    while position < bytes.count, Self.isDigit(bytes[position]) { position += 1 }
  }

  private mutating func text() throws(WorkflowError) -> String {
    let (quote, opening) = (bytes[position], position)
    position += 1
    var text: [UInt8] = []
    while position < bytes.count, bytes[position] != quote {
      let byte = bytes[position]
      position += 1
      guard byte == UInt8(ascii: "\\") else {
        text.append(byte)
        continue
      }
      guard position < bytes.count else { break }
      let escape = bytes[position]
      position += 1
      switch escape {
      case UInt8(ascii: "b"): text.append(0x08)
      case UInt8(ascii: "f"): text.append(0x0c)
      case UInt8(ascii: "n"): text.append(0x0a)
      case UInt8(ascii: "r"): text.append(0x0d)
      case UInt8(ascii: "t"): text.append(0x09)
      case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'"): text.append(escape)
      case UInt8(ascii: "u"):
        let digits = String(decoding: bytes[position..<min(position + 4, bytes.count)], as: UTF8.self)
        guard digits.utf8.count == 4, digits.allSatisfy(\.isHexDigit), let number = UInt32(digits, radix: 16),
          let scalar = Unicode.Scalar(number)
        else { throw fault("expected four hexadecimal digits of a character after \\u", at: position) }
        position += 4
        text += Array(String(scalar).utf8)
      default: throw fault("expected one of b f n r t \\ \" ' u after the backslash", at: position - 1)
      }
    }
    guard position < bytes.count else { throw fault("expected the text that begins here to be closed", at: opening) }
    position += 1
    skipBlanks()
    return String(decoding: text, as: UTF8.self)
  }

  // MARK: Small parts

  private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
  private static func beginsName(_ byte: UInt8) -> Bool {
    (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "_")
  }

  /// Called before each operand and after each token of a path, so that nothing long gets by.
  private func checkLength() throws(WorkflowError) {
    guard position - start <= Expression.lengthMaximum else {
      throw fault("expected an expression of at most \(Expression.lengthMaximum) bytes", at: start)
    }
  }

  private mutating func skipBlanks() {
    while position < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[position]) { position += 1 }
  }

  private mutating func take(_ text: StaticString) -> Bool {
    let isThere = text.withUTF8Buffer { unsafe bytes[position...].starts(with: $0) }
    if isThere {
      position += text.utf8CodeUnitCount
      skipBlanks()
    }
    return isThere
  }

  private mutating func takeWord(_ word: String) -> Bool {
    let before = position
    if name() == word { return true }
    position = before
    return false
  }

  private func unexpected(_ expected: String) -> WorkflowError {
    guard position < bytes.count else { return fault("expected \(expected), found the end", at: position) }
    var end = position
    if Self.beginsName(bytes[position]) {
      while end < bytes.count, end < position + 30, Self.beginsName(bytes[end]) || Self.isDigit(bytes[end]) { end += 1 }
    } else {
      // A whole character.
      end += 1
      while end < bytes.count, bytes[end] & 0xc0 == 0x80 { end += 1 }
    }
    return fault("expected \(expected), found \(String(decoding: bytes[position..<end], as: UTF8.self))", at: position)
  }

  /// - Parameter place: a byte. The error has the column: characters from 1.
  private func fault(_ message: String, at place: Int) -> WorkflowError {
    let column = String(decoding: bytes[..<min(place, bytes.count)], as: UTF8.self).count + 1
    return WorkflowError(.invalidDefinition, message, at: "column \(column)")
  }
}
