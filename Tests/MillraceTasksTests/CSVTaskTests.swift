#if Workflow
  import Foundation
  import MillraceTasks
  import MillraceWorkflow
  import Testing

  @Suite struct CSVTaskTests {
    let csv = CSVTask()
    let folder: Folder

    init() throws { folder = try Folder() }

    private func clean(_ text: String, _ more: [String: JSONValue]) throws -> JSONValue {
      let path = try folder.write(text, "in.csv")
      return .object(
        ["action": "clean", "path": .string(path), "to": .string(folder.file("out.csv"))].merging(more) { $1 })
    }

    @Test func analyzes() async throws {
      let path = try folder.write("city,temp\nA,1\nB,2\nA,NA\n\"C, D\",6\n", "in.csv")
      let output = try await csv.output(["action": "analyze", "path": .string(path)])
      #expect(output["rows"] == 4)
      let temp = output["columns"]?["temp"]
      #expect(temp?["mean"] == 3)
      #expect(temp?["missing"] == 1)
      #expect(temp?["type"] == "number")
      #expect(output["columns"]?["city"]?["distinct"] == 3)
      #expect(output["columns"]?["city"]?["name"] == nil)
      let one = try await csv.output(["action": "analyze", "path": .string(path), "columns": ["temp"]])
      #expect(one["columns"]?["city"] == nil)
    }

    @Test func selectsRenamesAndFills() async throws {
      let output = try await csv.output(
        try clean(
          "a,b,c\n1,,x\n2,5,\"y, \"\"z\"\"\"\n",
          ["select": ["c", "b"], "rename": ["c": "text"], "fill": ["b": 0]]))
      #expect(try folder.read("out.csv") == "text,b\nx,0\n\"y, \"\"z\"\"\",5\n")
      #expect(output["rows"] == 2)
      #expect(output["kept"] == 2)
      #expect(output["bytes"] == 24)
    }

    @Test func dropsAndDeduplicates() async throws {
      let output = try await csv.output(
        try clean(
          "id,n\n1,5\n2,50\n1,6\n3,7\n", ["keep": [["column": "n", "max": 10]], "unique": ["id"]]))
      #expect(try folder.read("out.csv") == "id,n\n1,5\n3,7\n")
      #expect(output["dropped"] == 1)
      #expect(output["duplicates"] == 1)
    }

    @Test func refusedRowsGoIntoQuarantine() async throws {
      let text = "id,n,kind\n1,5,a\n2,-1,a\n3,x,a\n4,,a\n5,3,z\n6,2.5,a\n7,1\n8,1,abc\n9,9,a\n"
      let output = try await csv.output(
        try clean(
          text,
          [
            "rules": [
              ["column": "n", "type": "integer", "required": true, "min": 0],
              ["column": "kind", "oneOf": ["a", "abc"], "pattern": "[a-z]", "maxLength": 3],
            ], "quarantine": .string(folder.file("bad.csv")),
          ]))
      #expect(try folder.read("out.csv") == "id,n,kind\n1,5,a\n9,9,a\n")
      #expect(
        try folder.read("bad.csv") == """
          _line,_reason,id,n,kind
          3,n is below 0,2,-1,a
          4,n is no number,3,x,a
          5,n is missing,4,,a
          6,kind is none of the expected texts,5,3,z
          7,n is no integer,6,2.5,a
          8,2 cells; 3 are expected,7,1
          9,"kind does not match ""pattern""\",8,1,abc

          """)
      #expect(output["quarantined"] == 7)
      #expect(output["reasons"]?["n is below 0"] == 1)
    }

    @Test func tooManyRefusedRowsFail() async throws {
      let rules: JSONValue = [["column": "n", "min": 0]]
      let input = try clean(
        "n\n1\n-1\n-2\n4\n", ["rules": rules, "quarantine": .string(folder.file("bad.csv")), "maxQuarantined": 0.4])
      let failure = try await csv.failure(input)
      #expect(failure?.code == "invalid rows")
      #expect(failure?.message.contains("2 of 4 rows") == true)
      #expect(failure?.message.contains("2 × n is below 0") == true)
      let bare = try await csv.failure(try clean("n\n1\n-1\n", ["rules": rules]))
      #expect(bare?.message == "line 3: n is below 0; there is no quarantine for it")
      // Neither left half a file.
      #expect(folder.names == ["in.csv"])
    }

    @Test func brokenFilesNameThePlace() async throws {
      let failure = try await csv.failure(try clean("a,b\n1,2\n\"open,2\n", [:]))
      #expect(failure?.code == "invalid file")
      #expect(failure?.isRetryable == false)
      #expect(failure?.message.contains("in.csv:3:1") == true)
      let missing = try await csv.failure(["action": "analyze", "path": .string(folder.file("none.csv"))])
      #expect(missing?.code == "not found")
      #expect(missing?.isRetryable == true)
      let column = try await csv.failure(try clean("a,b\n1,2\n", ["select": ["c"]]))
      #expect(column?.code == "invalid input")
      #expect(column?.message.contains("no column \"c\"; its columns are a, b") == true)
      let pattern = try await csv.failure(try clean("a\n1\n", ["rules": [["column": "a", "pattern": "("]]]))
      #expect(pattern?.code == "invalid input")
    }

    @Test func linesOfQuotedRecordsAreCounted() async throws {
      _ = try await csv.output(
        try clean(
          "a,b\n\"x\ny\",1\n\n2,-1\n",
          ["rules": [["column": "b", "min": 0]], "quarantine": .string(folder.file("bad.csv"))]))
      #expect(try folder.read("bad.csv").contains("\n5,b is below 0,2,-1\n"))
      #expect(try folder.read("out.csv") == "a,b\n\"x\ny\",1\n")
    }

    @Test func inputIsCheckedAtRegistration() {
      #expect(csv.complaint(["action": "analyze", "path": "a"]) == nil)
      #expect(csv.complaint(["action": "clean", "path": "a"]) == "tasks.t.input.to: is missing: the file to write")
      #expect(
        csv.complaint(["action": "clean", "path": "a", "to": "b", "rules": [["column": "x", "mni": 1]]])?
          .hasPrefix("tasks.t.input.rules[0].mni: is not known here") == true)
    }
  }
#endif
