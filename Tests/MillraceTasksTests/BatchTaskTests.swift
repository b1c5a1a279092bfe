#if Workflow
  import Foundation
  import MillraceTasks
  import MillraceWorkflow
  import Testing

  @Suite struct BatchTaskTests {
    let batch = BatchTask()
    let folder: Folder

    init() throws { folder = try Folder() }

    private func value(_ formula: String, _ text: String = "a,b,c,d\n1,2,3,4\n2,0,5,NA\n6,-4,7,8\n") async throws
      -> JSONValue?
    {
      let path = try folder.write(text, "in.csv")
      return try await batch.output(["path": .string(path), "values": ["x": .string(formula)]])["values"]?["x"]
    }

    @Test(
      arguments: [
        ("1 + 2 * 3 - -4 / 2", 9.0), ("(1 + 2) * 3", 9), ("sum(a)", 9), ("mean(a)", 3), ("min(b)", -4), ("max(c)", 7),
        ("stddev(a)", 7.0.squareRoot()), ("count(d)", 2), ("sum(d)", 12), ("mean(d) * 2", 12), ("sum(a * b + c)", -7),
        ("sum(a > 1)", 2), ("sum(a + b + c + d)", 27), ("sum(if(b < 0, 100, a))", 103), ("sum(clamp(b, -1, 1))", 0),
        ("max(min(a, b))", 1), ("sum(`a` * 2)", 18), ("sum(sqrt(a * a))", 9), ("sum(abs(b))", 6), ("log(exp(2))", 2),
        ("sum(a == 2) + sum(a != 2) + sum(a <= 2) + sum(a >= 2)", 1 + 2 + 2 + 2), ("1.5e1", 15),
        ("sum(a - mean(a))", 0),
        ("if(1 > 2, 3, 4)", 4), ("clamp(9, 0, 5)", 5), ("2 - 1 - 1", 0), ("8 / 2 / 2", 2), ("-(a0)", -1),
      ] as [(String, Double)])
    func formulas(formula: String, expected: Double) async throws {
      let text = formula.contains("a0") ? "a0\n1\n" : "a,b,c,d\n1,2,3,4\n2,0,5,NA\n6,-4,7,8\n"
      let formula = formula.contains("a0") ? "sum(\(formula))" : formula
      let found = try await value(formula, text)
      let number: Double? = if case .double(let number) = found { number } else { nil }
      #expect(abs(try #require(number) - expected) < 1e-12)
    }

    @Test func elementwiseFunctionsAreThose() async throws {
      for (name, function) in [
        ("exp", exp), ("sin", sin), ("cos", cos), ("tanh", tanh), ("sigmoid", { 1 / (1 + exp(-$0)) }), ("log", log),
      ] as [(String, (Double) -> Double)] {
        guard case .double(let found) = try await value("sum(\(name)(a))") else {
          Issue.record("\(name): no number")
          continue
        }
        let expected = function(1) + function(2) + function(6)
        #expect(abs(found - expected) < 1e-9 * max(1, abs(expected)), "\(name)")
      }
    }

    @Test func longFormulasAreCutIntoPrograms() async throws {
      let terms = (1...200).map { "(a * \($0) + b)" }.joined(separator: " + ")
      // 200 × 201 / 2 × sum(a) + 200 × sum(b)
      #expect(try await value("sum(\(terms))") == .double(20_100 * 9 + 200 * -2))
    }

    @Test func newColumnsFollowTheOld() async throws {
      let path = try folder.write("name,f,x y\n\"a, b\",32,1\nc,NA,2\nd,212,0\n", "in.csv")
      let output = try await batch.output([
        "path": .string(path), "to": .string(folder.file("out.csv")),
        "columns": [
          ["name": "celsius", "formula": "(f - 32) / 1.8"], ["name": "double", "formula": "celsius * 2"],
          ["name": "inverse", "formula": "1 / `x y`"], ["name": "f", "formula": "f + 1"],
          ["name": "one", "formula": "1"],
        ], "values": ["warmest": "max(celsius)", "nothing": "max(f - f) / 0"],
      ])
      #expect(
        try folder.read("out.csv") == """
          name,x y,celsius,double,inverse,f,one
          "a, b",1,0.0,0.0,1.0,33.0,1.0
          c,2,,,0.5,,1.0
          d,0,100.0,200.0,,213.0,1.0

          """)
      #expect(output["rows"] == 3)
      #expect(output["values"] == ["warmest": 100.0, "nothing": nil])
      #expect(
        output["columns"]?["celsius"]
          == [
            "count": 2, "missing": 1, "mean": 50.0, "stddev": .double(5000.0.squareRoot()), "min": 0.0, "max": 100.0,
          ])
    }

    @Test func manyRowsOnAllWorkers() async throws {
      let path = try folder.write("x\n" + (1...200_000).map { "\($0)\n" }.joined(), "in.csv")
      let output = try await batch.output([
        "path": .string(path), "to": .string(folder.file("out.csv")),
        "columns": [["name": "z", "formula": "(x - mean(x)) / stddev(x)"]], "values": ["sum": "sum(x)"],
      ])
      #expect(output["values"]?["sum"] == .double(200_000 * 200_001 / 2))
      guard case .double(let deviation) = output["columns"]?["z"]?["stddev"] else {
        Issue.record("no deviation")
        return
      }
      #expect(abs(deviation - 1) < 1e-9)
    }

    @Test func mistakesNameThePlace() async throws {
      for (formula, message) in [
        ("a +", "character 4: a number, a column or a function is expected"), ("(a", "character 3: \")\" is expected"),
        ("foo(a)", "character 1: no function foo takes 1"), ("a b", "character 3: an operator or the end is expected"),
        ("clamp(a, 1)", "no function clamp takes 2"), ("`a", "a closing \"`\" is expected"), ("", "a number"),
        ("1.2.3", "a number is expected"), (String(repeating: "(", count: 1000), "at most 100"),
        ("a", "gives a column; one number is expected"), ("sum(e)", "no column \"e\"; its columns are a, b, c, d"),
      ] {
        let path = try folder.write("a,b,c,d\n1,2,3,4\n", "in.csv")
        let failure = try await batch.failure(["path": .string(path), "values": ["x": .string(formula)]])
        #expect(failure?.code == "invalid input", "\(formula)")
        #expect(failure?.message.contains(message) == true, "\(formula): \(failure?.message ?? "")")
      }
    }

    @Test func textIsNoNumber() async throws {
      let path = try folder.write("a\n1\nx\n", "in.csv")
      let failure = try await batch.failure(["path": .string(path), "values": ["x": "sum(a)"]])
      #expect(failure?.code == "invalid file")
      #expect(failure?.message.hasSuffix("in.csv:3: \"x\" in the column \"a\" is no number") == true)
    }

    @Test func inputIsCheckedAtRegistration() {
      #expect(batch.complaint(["path": "a", "values": ["x": "sum(a)"]]) == nil)
      #expect(batch.complaint(["path": "a", "values": ["x": "sum(${column})"]]) == nil)
      #expect(batch.complaint(["path": "a", "values": ["x": "sum(a"]])?.hasPrefix("tasks.t.input.values.x: ") == true)
      #expect(
        batch.complaint(["path": "a", "columns": [["name": "x", "formula": "a"]]])
          == "tasks.t.input.to: is missing: the file to write")
      #expect(
        batch.complaint(["path": "a", "to": "b", "columns": [["name": "x"]]])
          == "tasks.t.input.columns[0].formula: is missing")
    }
  }
#endif
