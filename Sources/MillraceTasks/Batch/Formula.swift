#if Workflow
  import MillraceWorkflow

  /// An expression over the columns of a file: `(temp - mean(temp)) / stddev(temp)`.
  ///
  /// ```text
  /// comparison := sum [("<" | "<=" | ">" | ">=" | "==" | "!=") sum]
  /// sum        := product {("+" | "-") product}
  /// product    := factor {("*" | "/") factor}
  /// factor     := "-" factor | number | column | "`" any name "`" | function "(" comparison {"," comparison} ")" | "(" comparison ")"
  /// ```
  indirect enum Formula: Hashable {
    case number(Double)
    case column(String)
    case call(String, [Formula])

    /// Element by element, by name and number of arguments.
    static let functions: [String: Int] = [
      "abs": 1, "sqrt": 1, "exp": 1, "log": 1, "sin": 1, "cos": 1, "tanh": 1, "sigmoid": 1, "clamp": 3, "if": 3,
      "min": 2, "max": 2,
    ]
    /// Of a whole column one number.
    static let aggregates: Set<String> = ["sum", "mean", "stddev", "min", "max", "count"]

    /// - Throws: ``TaskFailure`` with the character at which it cannot go on.
    init(_ source: String) throws(TaskFailure) {
      var parser = Parser(source)
      self = try parser.whole()
    }

    var columns: Set<String> {
      switch self {
      case .number: []
      case .column(let name): [name]
      case .call(_, let arguments): arguments.reduce(into: []) { $0.formUnion($1.columns) }
      }
    }

    var operationCount: Int {
      switch self {
      case .number, .column: 0
      case .call(_, let arguments): 1 + arguments.reduce(0) { $0 + $1.operationCount }
      }
    }

    /// One number of a column, not an element of it.
    var isAggregate: Bool {
      if case .call(let name, let arguments) = self {
        Self.aggregates.contains(name) && arguments.count == 1
      } else {
        false
      }
    }
  }

  private struct Parser {
    private let source: String
    private let characters: [Character]
    private var place = 0
    private var depth = 0

    init(_ source: String) {
      self.source = source
      characters = Array(source)
    }

    mutating func whole() throws(TaskFailure) -> Formula {
      let formula = try comparison()
      if skipSpace() != nil { throw fault("an operator or the end is expected") }
      return formula
    }

    private mutating func comparison() throws(TaskFailure) -> Formula {
      depth += 1
      defer { depth -= 1 }
      guard depth <= 100 else { throw fault("at most 100 parentheses are expected inside each other") }
      let left = try sum()
      for sign in ["<=", ">=", "==", "!=", "<", ">"] where take(sign) { return .call(sign, [left, try sum()]) }
      return left
    }

    private mutating func sum() throws(TaskFailure) -> Formula {
      var formula = try product()
      while true {
        if take("+") {
          formula = .call("+", [formula, try product()])
        } else if take("-") {
          formula = .call("-", [formula, try product()])
        } else {
          return formula
        }
      }
    }

    private mutating func product() throws(TaskFailure) -> Formula {
      var formula = try factor()
      while true {
        if take("*") {
          formula = .call("*", [formula, try factor()])
        } else if take("/") {
          formula = .call("/", [formula, try factor()])
        } else {
          return formula
        }
      }
    }

    private mutating func factor() throws(TaskFailure) -> Formula {
      var isNegative = false
      while take("-") { isNegative.toggle() }
      let formula = try term()
      if case .number(let number) = formula, isNegative { return .number(-number) }
      return isNegative ? .call("neg", [formula]) : formula
    }

    private mutating func term() throws(TaskFailure) -> Formula {
      guard let first = skipSpace() else { throw fault("a number, a column or a function is expected") }
      if take("(") {
        let formula = try comparison()
        guard take(")") else { throw fault("\")\" is expected") }
        return formula
      }
      if take("`") {
        let name = takeWhile { $0 != "`" }
        guard take("`") else { throw fault("a closing \"`\" is expected") }
        return .column(name)
      }
      if first.isASCII, first.isNumber || first == "." { return try number() }
      let start = place
      let name = takeWhile { $0.isLetter || $0.isNumber || $0 == "_" }
      guard !name.isEmpty else { throw fault("a number, a column or a function is expected") }
      return take("(") ? try call(name, at: start) : .column(name)
    }

    private mutating func number() throws(TaskFailure) -> Formula {
      let start = place
      var text = takeWhile { $0.isASCII && $0.isNumber || $0 == "." }
      if let e = next, e == "e" || e == "E" {
        text.append(e)
        place += 1
        if let sign = next, sign == "-" || sign == "+" {
          text.append(sign)
          place += 1
        }
        text += takeWhile { $0.isASCII && $0.isNumber }
      }
      guard let number = Double(text) else {
        place = start
        throw fault("a number is expected")
      }
      return .number(number)
    }

    private mutating func call(_ name: String, at start: Int) throws(TaskFailure) -> Formula {
      var arguments = [try comparison()]
      while take(",") { arguments.append(try comparison()) }
      guard take(")") else { throw fault("\",\" or \")\" is expected") }
      let isKnown =
        Formula.functions[name] == arguments.count || Formula.aggregates.contains(name) && arguments.count == 1
      guard isKnown else {
        place = start
        let names = Set(Formula.functions.keys).union(Formula.aggregates).sorted()
        throw fault("no function \(name) takes \(arguments.count); there are \(names.joined(separator: ", "))")
      }
      return .call(name, arguments)
    }

    // MARK: Characters

    private var next: Character? { place < characters.count ? characters[place] : nil }

    @discardableResult
    private mutating func skipSpace() -> Character? {
      while let character = next, character.isWhitespace { place += 1 }
      return next
    }

    private mutating func take(_ text: String) -> Bool {
      skipSpace()
      guard characters[place...].starts(with: text) else { return false }
      place += text.count
      return true
    }

    private mutating func takeWhile(_ isPart: (Character) -> Bool) -> String {
      let start = place
      while let character = next, isPart(character) { place += 1 }
      return String(characters[start..<place])
    }

    private func fault(_ message: String) -> TaskFailure {
      .invalidInput("\"\(source)\", character \(place + 1): \(message)")
    }
  }
#endif
