import MillraceWorkflow
import Testing

@Suite struct TemplateTests {
  private let bindings = Bindings([
    "parameters": [
      "x": 3, "host": "example.org", "list": [1, 2], "evil": "${secrets.KEY}", "dollar": "$", "rest": "{secrets.KEY}",
      "doubled": "$${secrets.KEY}", "nested": ["a": ["${secrets.KEY}"]],
    ]
  ])

  @Test(
    arguments: [
      ("plain", "plain"), ("", ""), ("${parameters.x}", 3), ("x = ${parameters.x}!", "x = 3!"),
      ("${ parameters.list }", [1, 2]), ("${parameters.list} of ${'}'}", "[1,2] of }"),
      ("$${parameters.x}", "${parameters.x}"),
      ("costs $5 or $$", "costs $5 or $$"), ("${'$'}${parameters.x}", "$3"),
      (["a": ["${parameters.x + 1}", true], "${k}": nil], ["a": [4, true], "${k}": nil]),
    ] as [(JSONValue, JSONValue)])
  func expressionsAreReplaced(source: JSONValue, expected: JSONValue) throws {
    let template = Template(source)
    #expect(template.faults.isEmpty)
    #expect(try template.resolve(in: bindings).resolvingSecrets { _ in "no" } == expected)
  }

  @Test func constantsHaveNoExpressions() {
    #expect(Template(["a": ["$${x}", 1]]).constant == ["a": ["${x}", 1]])
    #expect(Template(["a": "${x}"]).constant == nil)
    #expect(Template("${secrets.A}").constant == nil)
    #expect(Template(["a": "${x}", "b": "c"])["b"]?.constant == "c")
    #expect(Template(["a": "${x}"])["b"] == nil)
  }

  @Test func referencesAndSecretsAreKnown() {
    let template = Template(["a": "${tasks.b.c} ${secrets.KEY}", "d": ["${parameters.e + item}"]])
    #expect(template.references == [["tasks", "b", "c"], ["parameters", "e"], ["item"]])
    #expect(template.secretNames == ["KEY"])
  }

  @Test func faultsSayWhere() throws {
    let template = Template(["url": ["x ${1 +} y"], "b": "${a", "c": "${secrets.A + 'x'}"])
    #expect(
      template.faults.map(\.description) == [
        "b, column 4: expected an operator or }, found the end",
        "c: expected a secret alone, as ${secrets.NAME}: nothing can be computed of it; found secrets.A + 'x'",
        "url[0], column 8: expected a value, found }",
      ])
    #expect(throws: WorkflowError.self) { try template.resolve(in: bindings) }
    #expect(template.constant == nil)
  }

  @Test func secretsArePutInLast() throws {
    let template = Template(["auth": "Bearer ${secrets.KEY}", "key": "${secrets.KEY}", "x": "${parameters.x}"])
    let resolved = try template.resolve(in: bindings)
    #expect(resolved == ["auth": "Bearer ${secrets.KEY}", "key": "${secrets.KEY}", "x": 3])
    #expect(resolved.secretNames == ["KEY"])
    #expect(resolved.resolvingSecrets { "\($0)!$$" } == ["auth": "Bearer KEY!$$", "key": "KEY!$$", "x": 3])
  }

  /// Nobody gets a secret by asking for it in data, in one piece or in several, with or without a real one beside it.
  @Test(arguments: [
    "${parameters.evil}", "a ${parameters.evil}", "${parameters.dollar}${parameters.rest}", "${parameters.doubled}",
    "${parameters.nested}", "$${secrets.KEY}", "${parameters.nested.a} $${secrets.KEY}", "${'$'}{secrets.KEY}",
    "${'${secrets.KEY'}}",
  ])
  func dataIsNoPlaceholder(source: String) throws {
    let bytes = try Template(.string(source)).resolve(in: bindings)
    #expect(bytes.secretNames == [])
    // What comes out is what went in.
    let plain = bytes.resolvingSecrets { _ in "LEAKED" }
    #expect(!plain.description.contains("LEAKED"))
    #expect(plain.description.contains("{secrets.KEY}"))
    let beside = Template(.string("\(source)${secrets.KEY}\u{301} ${parameters.dollar}${secrets.OTHER}"))
    let resolved = try beside.resolve(in: bindings).resolvingSecrets { "<\($0)>" }
    #expect(resolved == .string("\(plain.asText)<KEY>\u{301} $<OTHER>"))
  }
}

extension JSONValue {
  fileprivate var asText: String {
    if case .string(let text) = self { text } else { description }
  }
}
