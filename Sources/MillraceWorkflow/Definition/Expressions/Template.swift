/// A value with expressions in it: a text that is `${…}` alone becomes the expression's value, and `${…}` within a text its text. `$${` stands for `${`.
///
/// ```swift
/// let template = Template(["url": "https://${parameters.host}/rows", "count": "${tasks.clean.rows}"])
/// try template.resolve(in: bindings)  // {"count":3,"url":"https://example.org/rows"}
/// ```
///
/// `${secrets.NAME}` stays as it is when a template is resolved, so that what is stored has no secret in it; ``JSONValue/resolvingSecrets(_:)`` replaces it. Keys of objects are taken as they are.
///
/// A template with a mistake in it can be made, and does not resolve: ``faults`` tells, and a definition that has one is refused.
public struct Template: Sendable {
  public let source: JSONValue
  let root: Part
  /// What is wrong in its texts; the place is the way from the template to the text, and the column in it.
  public let faults: [WorkflowError]

  public init(_ source: JSONValue) {
    var faults: [WorkflowError] = []
    self.source = source
    root = Part(source, at: "", &faults)
    self.faults = faults
  }

  private init(_ root: Part) {
    self.root = root
    source = root.source
    faults = []
  }

  /// Its value, if there is no expression in it; nil otherwise.
  public var constant: JSONValue? { faults.isEmpty ? root.constant : nil }

  /// A member's template, if this is one of an object that has it.
  public subscript(name: String) -> Template? {
    guard case .object = root, let member = source[name] else { return nil }
    return Template(member)
  }

  /// Names that its expressions refer to, as ``Expression/references``. Without secrets.
  public var references: Set<[String]> {
    var found: Set<[String]> = []
    forEachExpression { found.formUnion($0.references) }
    return found
  }

  /// Names of the secrets that it needs.
  public var secretNames: Set<String> {
    var found: Set<String> = []
    root.forEachPiece { if case .secret(let name) = $0 { found.insert(name) } }
    return found
  }

  /// The value, in which secrets are still placeholders.
  ///
  /// Texts that come from the bindings and look like a placeholder are marked, so that ``JSONValue/resolvingSecrets(_:)`` gives them back as they were: nobody gets a secret by asking for it in a parameter.
  ///
  /// - Throws: ``WorkflowError/Code/invalidInput``, as ``Expression/value(in:)``; ``WorkflowError/Code/invalidDefinition`` for one of ``faults``.
  public func resolve(in bindings: Bindings) throws(WorkflowError) -> JSONValue {
    if let fault = faults.first { throw fault }
    return try root.value(in: bindings)
  }

  func forEachExpression(_ body: (Expression) -> Void) {
    root.forEachPiece { if case .expression(let expression) = $0 { body(expression) } }
  }

  func mappingPaths(_ change: (String, [Expression.Accessor]) -> Expression.Node) -> Template {
    faults.isEmpty ? Template(root.mappingPaths(change)) : self
  }
}

extension Template: Hashable {
  public static func == (a: Template, b: Template) -> Bool { a.source == b.source }
  public func hash(into hasher: inout Hasher) { hasher.combine(source) }
}

extension Template: ExpressibleByStringInterpolation, ExpressibleByDictionaryLiteral {
  public init(stringLiteral value: String) { self.init(.string(value)) }
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self.init(.object(Dictionary(uniqueKeysWithValues: elements)))
  }
}

// MARK: Parts

extension Template {
  indirect enum Part: Sendable {
    case constant(JSONValue)
    /// One expression alone, whose value keeps its type.
    case alone(Piece)
    /// A text with at least one expression in it.
    case text([Piece])
    case array([Part])
    case object([String: Part])
  }

  enum Piece: Sendable {
    case literal(String)
    case expression(Expression)
    case secret(String)
  }
}

extension Template.Part {
  init(_ source: JSONValue, at path: String, _ faults: inout [WorkflowError]) {
    switch source {
    case .null, .bool, .int, .double: self = .constant(source)
    case .string(let text):
      do throws(WorkflowError) {
        self.init(try Template.pieces(text))
      } catch {
        let place = [path, error.place].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: ", ")
        faults.append(WorkflowError(error.code, error.message, at: place))
        self = .constant(source)
      }
    case .array(let elements):
      self = .array(elements.enumerated().map { Self($1, at: "\(path)[\($0)]", &faults) })
    case .object(let members):
      var parts: [String: Self] = [:]
      for (name, member) in members.sorted(by: { $0.key < $1.key }) {
        parts[name] = Self(member, at: path.isEmpty ? name : "\(path).\(name)", &faults)
      }
      self = .object(parts)
    }
  }

  private init(_ pieces: [Template.Piece]) {
    switch pieces.first {
    case nil: self = .constant("")
    case .literal(let text) where pieces.count == 1: self = .constant(.string(text))
    case let piece?: self = pieces.count == 1 ? .alone(piece) : .text(pieces)
    }
  }

  var constant: JSONValue? {
    switch self {
    case .constant(let value): return value
    case .alone, .text: return nil
    case .array(let parts):
      let values = parts.compactMap(\.constant)
      return values.count == parts.count ? .array(values) : nil
    case .object(let parts):
      let values = parts.compactMapValues(\.constant)
      return values.count == parts.count ? .object(values) : nil
    }
  }

  /// As it could have been written.
  var source: JSONValue {
    switch self {
    case .constant(.string(let text)): .string(Template.escaped(text))
    case .constant(let value): value
    case .alone(let piece): .string(piece.source)
    case .text(let pieces): .string(pieces.map(\.source).joined())
    case .array(let parts): .array(parts.map(\.source))
    case .object(let parts): .object(parts.mapValues(\.source))
    }
  }

  func forEachPiece(_ body: (Template.Piece) -> Void) {
    switch self {
    case .constant: break
    case .alone(let piece): body(piece)
    case .text(let pieces): pieces.forEach(body)
    case .array(let parts): for part in parts { part.forEachPiece(body) }
    case .object(let parts): for part in parts.values { part.forEachPiece(body) }
    }
  }

  func mappingPaths(_ change: (String, [Expression.Accessor]) -> Expression.Node) -> Self {
    func mapped(_ piece: Template.Piece) -> Template.Piece {
      guard case .expression(let expression) = piece else { return piece }
      return .expression(Expression(expression.root.mappingPaths(change)))
    }
    switch self {
    case .constant: return self
    case .alone(let piece): return .alone(mapped(piece))
    case .text(let pieces): return .text(pieces.map(mapped))
    case .array(let parts): return .array(parts.map { $0.mappingPaths(change) })
    case .object(let parts): return .object(parts.mapValues { $0.mappingPaths(change) })
    }
  }

  func value(in bindings: Bindings) throws(WorkflowError) -> JSONValue {
    switch self {
    case .constant(let value): return value.markingPlaceholders()
    case .alone(.literal(let text)): return JSONValue.string(text).markingPlaceholders()
    case .alone(.secret(let name)): return .string(JSONValue.placeholder(name))
    case .alone(.expression(let expression)): return try expression.value(in: bindings).markingPlaceholders()
    case .text(let pieces): return try text(pieces, in: bindings)
    case .array(let parts):
      var values: [JSONValue] = []
      for part in parts { values.append(try part.value(in: bindings)) }
      return .array(values)
    case .object(let parts):
      var values: [String: JSONValue] = [:]
      for (name, part) in parts { values[name] = try part.value(in: bindings) }
      return .object(values)
    }
  }

  private func text(_ pieces: [Template.Piece], in bindings: Bindings) throws(WorkflowError) -> JSONValue {
    var hasSecret = false
    var texts: [(text: String, isPlaceholder: Bool)] = []
    var size = 0
    for piece in pieces {
      switch piece {
      case .literal(let text): texts.append((text, false))
      case .expression(let expression): texts.append((try expression.value(in: bindings).interpolated, false))
      case .secret(let name):
        hasSecret = true
        texts.append((JSONValue.placeholder(name), true))
      }
      size += texts.last!.text.utf8.count
      guard size <= Expression.resultMaximum else {
        throw WorkflowError(.invalidInput, "expected a text of at most \(Expression.resultMaximum) bytes, found more")
      }
    }
    if !hasSecret { return JSONValue.string(texts.map(\.text).joined()).markingPlaceholders() }
    return .string(texts.map { $0.isPlaceholder ? $0.text : JSONValue.marking($0.text) }.joined())
  }
}

extension Template.Piece {
  fileprivate var source: String {
    switch self {
    case .literal(let text): Template.escaped(text)
    case .expression(let expression): "${\(expression.source)}"
    case .secret(let name): JSONValue.placeholder(name)
    }
  }
}

extension Template {
  fileprivate static func escaped(_ text: String) -> String {
    String(decoding: Array(text.utf8).replacing("${".utf8, with: "$${".utf8), as: UTF8.self)
  }

  /// Cuts a text at its expressions.
  fileprivate static func pieces(_ text: String) throws(WorkflowError) -> [Piece] {
    // Most texts have none.
    guard text.utf8.contains(UInt8(ascii: "$")) else { return text.isEmpty ? [] : [.literal(text)] }
    let bytes = Array(text.utf8)
    let (dollar, brace) = (UInt8(ascii: "$"), UInt8(ascii: "{"))
    var pieces: [Piece] = []
    var literal: [UInt8] = []
    var place = 0
    while place < bytes.count {
      if bytes[place...].starts(with: [dollar, dollar, brace]) {
        literal += [dollar, brace]
        place += 3
      } else if bytes[place...].starts(with: [dollar, brace]) {
        if !literal.isEmpty { pieces.append(.literal(String(decoding: literal, as: UTF8.self))) }
        literal = []
        var parser = ExpressionParser(bytes, from: place + 2)
        let node = try parser.untilBrace()
        pieces.append(try piece(node, String(decoding: bytes[place + 2..<parser.end], as: UTF8.self), at: place + 2))
        place = parser.end + 1
      } else {
        literal.append(bytes[place])
        place += 1
      }
    }
    if !literal.isEmpty { pieces.append(.literal(String(decoding: literal, as: UTF8.self))) }
    return pieces
  }

  private static func piece(_ node: Expression.Node, _ source: String, at byte: Int) throws(WorkflowError) -> Piece {
    if case .access(.name("secrets"), let accessors) = node, accessors.count == 1,
      case .member(let name) = accessors[0], Expression.isName(name)
    {
      return .secret(name)
    }
    let expression = Expression(node, source: source)
    guard !expression.references.contains(where: { $0[0] == "secrets" }) else {
      throw WorkflowError(
        .invalidDefinition,
        "expected a secret alone, as ${secrets.NAME}: nothing can be computed of it; found \(source)")
    }
    return .expression(expression)
  }
}
