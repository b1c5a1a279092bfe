import MillraceWorkflow
import Testing

@Suite struct ExpressionTests {
  static let bindings = Bindings([
    "parameters": ["mode": "full", "x": 3, "ratio": 0.5, "none": nil],
    "tasks": [
      "clean": ["rows": 7, "files": ["a.csv", "b.csv"], "odd name": true],
      "load": [["rows": 1], ["rows": 2], ["rows": 4]],
    ],
    "item": ["name": "Ünï"],
  ])

  @Test(
    arguments: [
      ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("7 / 2", 3.5), ("8 / 2", 4), ("7 % 4", 3), ("2 - 3 - 4", -5),
      ("-2 * -3", 6), ("1e3", 1000.0), ("2.5 + 1", 3.5), ("'a' + \"b\"", "ab"), ("[1] + [2, 'x']", [1, 2, "x"]),
      ("tasks.clean.rows > 0 and parameters.mode == \"full\"", true), ("not true or true", true),
      ("not (true or true)", false), ("1 == 1.0", true), ("[1, 2.0] == [1.0, 2]", true), ("1 != '1'", true),
      ("'a' < 'b'", true), ("2 <= 2 and 2 >= 2", true), ("2 in [1, 2]", true), ("'b' not in 'abc'", false),
      ("'rows' in tasks.clean", true), ("tasks.clean.files[0]", "a.csv"), ("tasks.clean.files[-1]", "b.csv"),
      ("tasks.clean[\"odd name\"]", true), ("tasks.clean[lower('ROWS')]", 7), ("tasks.load[*].rows", [1, 2, 4]),
      ("sum(tasks.load[*].rows)", 7), ("(tasks.load[*].rows)[0]", 1), ("length(item.name)", 3),
      ("upper(item.name)", "ÜNÏ"),
      ("tasks.load[parameters.x - 1].rows", 4), ("default(tasks.clean.missing, 5)", 5),
      ("default(parameters.none, 'x')", "x"), ("has(tasks.gone.rows)", false), ("has(parameters.x)", true),
      ("if(parameters.x > 2, 'big', 1 / 0)", "big"), ("min(3, 1, 2)", 1), ("max(['a', 'c', 'b'])", "c"),
      ("round(2.5)", 3), ("round(-2.5)", -3), ("round(1.256, 2)", 1.26), ("floor(-1.5)", -2), ("ceil(1.2)", 2),
      ("abs(-3)", 3), ("keys(tasks)", ["clean", "load"]), ("values({})", nil),
      ("join(tasks.clean.files, ', ')", "a.csv, b.csv"),
      ("split('a,b,', ',')", ["a", "b", ""]), ("trim(' \\n a b ')", "a b"), ("number('12') + number('0.5')", 12.5),
      ("text(12) + text('x') + text([1])", "12x[1]"), ("json('a')", "\"a\""), ("type(1.5)", "number"),
      ("first([4, 5]) + last([4, 5])", 9), ("flatten([[1], [], [2]])", [1, 2]), ("any([false, true])", true),
      ("all([])", true), ("contains('abc', 'bc')", true), ("startsWith('abc', 'ab') and endsWith('abc', 'bc')", true),
      ("'\\u00e4\\n'", "ä\n"), ("false and 1 / 0 > 1", false), ("true or missing", true),
    ] as [(String, JSONValue)])
  func valuesAreAsExpected(source: String, expected: JSONValue) throws {
    // There are no literal objects.
    if source == "values({})" {
      #expect(throws: WorkflowError.self) { try Expression(source) }
      return
    }
    let expression = try Expression(source)
    #expect(try expression.value(in: Self.bindings) == expected)
    let printed = try Expression(expression.description)
    #expect(try printed.value(in: Self.bindings) == expected)
    #expect(printed.description == expression.description)
  }

  @Test(arguments: [
    ("", "column 1: expected a value, found the end"),
    ("1 +", "column 4: expected a value, found the end"),
    ("ä > 1", "column 1: expected a value, found ä"),
    ("'ä' > §", "column 7: expected a value, found §"),
    ("(1 + 2", "column 7: expected ), found the end"),
    ("1 2", "column 3: expected an operator or the end, found 2"),
    ("a < b < c", "column 7: expected brackets or `and` before a second comparison, found <"),
    ("a.", "column 3: expected a name after the dot, found the end"),
    ("a[1", "column 4: expected ], found the end"),
    ("lenght(a)", "column 1: there is no function lenght; did you mean length?"),
    (
      "length(a, b)",
      "column 1: expected length(value): of a text in characters, of an array or an object, found 2 arguments"
    ),
    ("'abc", "column 1: expected the text that begins here to be closed, found the end"),
    ("99999999999999999999", "column 1: expected a number within the range of 64 bits, found 99999999999999999999"),
    ("a and or b", "column 7: expected a value, found or"),
    ("a = b", "column 3: expected an operator or the end, found ="),
    ("12x", "column 3: expected an operator after the number, found x"),
  ])
  func mistakesHaveAColumn(source: String, message: String) {
    let error = #expect(throws: WorkflowError.self) { try Expression(source) }
    #expect(error?.code == .invalidDefinition)
    // The end is found where a text is not closed, too, without being said.
    #expect(error?.description == message || error.map { "\($0), found the end" } == message)
  }

  @Test(arguments: [
    ("tasks.claen.rows", "tasks has no claen; did you mean clean?"),
    ("task.clean", "there is no task; did you mean tasks?"),
    ("tasks.clean.rows.x", "expected tasks.clean.rows to be an object, which has x, found 7"),
    ("tasks.clean.files[2]", "tasks.clean.files has 2 elements; there is no [2]"),
    ("tasks.clean.rows > 'a'", "expected two numbers or two texts in tasks.clean.rows > \"a\", found 7 and \"a\""),
    ("1 / 0", "1 / 0 divides by zero"),
    ("1.5 / 0", "1.5 / 0 is no finite number"),
    ("9223372036854775807 + 1", "9223372036854775807 + 1 is beyond 64 bits"),
    ("-9223372036854775807 - 1 - 1", "-9223372036854775807 - 1 - 1 is beyond 64 bits"),
    ("not 1", "expected 1 to be true or false, found 1"),
    ("1 + 'a'", "expected two numbers, texts or arrays around + in 1 + \"a\", found 1 and \"a\""),
    ("upper(1)", "expected 1 to be a text, found 1"),
    ("min([])", "[] is empty"),
  ])
  func whatHasNoValueSaysWhy(source: String, message: String) throws {
    let expression = try Expression(source)
    let error = #expect(throws: WorkflowError.self) { try expression.value(in: Self.bindings) }
    #expect(error?.code == .invalidInput)
    #expect(error?.message == message)
  }

  @Test func referencesArePaths() throws {
    let expression = Expression(
      "tasks.clean.rows + tasks['odd name'][item.index].x + sum(tasks.load[*].rows) + default(parameters.a, run.id)")
    #expect(
      expression.references == [
        ["tasks", "clean", "rows"], ["tasks", "odd name"], ["item", "index"], ["tasks", "load"], ["parameters", "a"],
        ["run", "id"],
      ])
  }

  @Test(arguments: ["(", "[", "-", "not ", "a[", "abs(", "1+", "[1,", "a.", " "])
  func hostileTextsAreRefused(part: String) {
    let source = String(repeating: part, count: 100_000) + "a"
    let error = #expect(throws: WorkflowError.self) { _ = try Expression(source) }
    #expect(error?.message.hasPrefix("expected an expression ") == true)
  }

  /// A value that doubles with every term would fill the memory.
  @Test func valuesDoNotGrowWithoutLimit() throws {
    let expression = try Expression(repeatElement("a", count: 20).joined(separator: " + "))
    let text = JSONValue.string(String(repeating: "x", count: 1_000_000))
    #expect(throws: WorkflowError.self) { try expression.value(in: Bindings(["a": text])) }
  }

  /// Random trees, printed and read back, print the same and have the same value.
  @Test(arguments: 0..<300)
  func printingReadsBack(seed: UInt64) throws {
    var random = Seeded(seed)
    let text = Self.draw(&random, depth: 5)
    let expression = try Expression(text)
    let printed = try Expression(expression.description)
    #expect(printed.description == expression.description, "seed \(seed): \(text)")
    #expect(printed.references == expression.references)
    let value = Result { try expression.value(in: Self.bindings) }
    let again = Result { try printed.value(in: Self.bindings) }
    #expect((try? value.get()) == (try? again.get()), "seed \(seed): \(text)")
  }

  private static func draw(_ random: inout Seeded, depth: Int) -> String {
    let leaves = ["1", "2.5", "'a'", "true", "null", "parameters.x", "tasks.clean.rows", "tasks.load[*].rows", "[]"]
    guard depth > 0, random.below(5) > 0 else { return leaves[random.below(leaves.count)] }
    func next() -> String { draw(&random, depth: depth - 1) }
    switch random.below(9) {
    case 0: return "(\(next()) \(["+", "-", "*", "/", "%"][random.below(5)]) \(next()))"
    case 1: return "(\(next()) \(["and", "or"][random.below(2)]) \(next()))"
    case 2: return "(\(next()) \(["==", "<", "in", "not in"][random.below(4)]) \(next()))"
    case 3: return "(not (\(next())))"
    case 4: return "-(\(next()))"
    case 5: return "[\(next()), \(next())]"
    case 6: return "default(\(next()), \(next()))"
    case 7: return "(\(next()))[\(next())]"
    default: return "\(next()) \(["+", "-", "*", "/"][random.below(4)]) 2"
    }
  }
}

/// SplitMix64.
struct Seeded: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }

  mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &self) }
}
