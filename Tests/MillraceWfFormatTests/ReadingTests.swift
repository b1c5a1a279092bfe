import Foundation
import MillracePrimitives
import Testing

@testable import MillraceWfFormat

@Suite struct RecordedWorkflowTests {
  @Test func parentsChildrenAndFilesAreDependencies() throws {
    let workflow = try Document.workflow(
      Document.text(
        [
          .init(id: "d", seconds: 4, parents: ["b", "b"], inputs: ["f", "given"]),
          .init(id: "a", seconds: 1.5, children: ["b", "c"], outputs: ["f"]),
          .init(id: "b", seconds: 0.25, parents: ["a"]),
          .init(id: "c", seconds: 3e-9),
        ], files: [("f", 10), ("given", 20)]))
    #expect(workflow.dependencies == ["a>b", "a>c", "b>d", "a>d"])
    #expect(workflow.dependencyCount == 4)
    #expect((0..<4).map { workflow.label(ofTask: $0) } == ["d", "a", "b", "c"])
    #expect((0..<4).map { workflow.category(ofTask: $0) } == ["kind", "kind", "kind", "kind"])
    #expect(workflow.runNanoseconds == [4_000_000_000, 1_500_000_000, 250_000_000, 3])
    #expect(Array(workflow.parents[0]) == [1, 2])
    #expect((0..<2).map { workflow.name(ofFile: $0) } == ["f", "given"])
    #expect(workflow.fileSizes == [10, 20])
    var seen: Set<UInt32> = []
    for task in workflow.topologicalOrder {
      #expect(workflow.parents[Int(task)].allSatisfy(seen.contains))
      seen.insert(task)
    }
    #expect(seen.count == 4)
  }

  /// What is said of a file by tasks that read and write it.
  @Test func filesThatAreUpdatedInPlace() throws {
    let workflow = try Document.workflow(
      Document.text([
        .init(id: "make", outputs: ["f"]),
        .init(id: "first", inputs: ["f"], outputs: ["f"]),
        .init(id: "second", parents: ["first"], inputs: ["f"], outputs: ["f"]),
        .init(id: "read", inputs: ["f", "f"]),
      ]))
    #expect(
      workflow.dependencies == [
        "make>first", "make>second", "make>read", "first>second", "first>read", "second>read",
      ])
  }

  @Test func versionOnePointFour() throws {
    let workflow = try Document.workflow(
      """
      {"workflow": {"machines": [{"nodeName": "m", "cpu": {"count": 4, "speed": 2000}}],
        "tasks": [
        {"name": "join_ID2", "id": "ID2", "type": "compute", "category": "join", "runtimeInSeconds": 2, "parents": ["ID1"],
         "files": [{"link": "input", "name": "a", "sizeInBytes": 7}, {"name": "b", "sizeInBytes": 8, "link": "output"}], "machine": "m"},
        {"name": "split_ID1", "id": "ID1", "type": "compute", "runtimeInSeconds": 1.0, "parents": [], "children": ["join_ID2"], "cores": 1},
        {"name": "read_ID3", "type": "compute", "runtimeInSeconds": 1.0, "files": [{"name": "b", "sizeInBytes": 8, "link": "input"}]}
        ]}, "schemaVersion": "1.4", "name": "old"}
      """)
    #expect(workflow.dependencies == ["split_ID1>join_ID2", "join_ID2>read_ID3"])
    #expect(workflow.version == "1.4" && workflow.name == "old")
    #expect(workflow.category(ofTask: 0) == "join" && workflow.category(ofTask: 1) == "split_ID1")
    #expect(workflow.machines == [.init(name: "m", cores: 4, speedInMHz: 2000)])
    #expect(workflow.recordingMachines == [0, .max, .max])
    #expect(workflow.fileSizes == [7, 8])
  }

  @Test func executionMayComeFirst() throws {
    let workflow = try Document.workflow(
      """
      {"workflow":{"execution":{"tasks":[{"id":"b","runtimeInSeconds":2},{"runtimeInSeconds":1,"id":"a"}],"machines":null},
      "specification":{"tasks":[{"id":"a","children":["b"],"parents":[]},{"id":"b"}]}},"name":"x","schemaVersion":"1.6"}
      """)
    #expect(workflow.runNanoseconds == [1_000_000_000, 2_000_000_000])
    #expect(workflow.dependencies == ["a>b"])
    #expect(workflow.category(ofTask: 0) == "a")
  }

  @Test func escapesAndOtherAlphabets() throws {
    let parent = #"ä\"\\/\b\f\n\r\t😀"#
    let workflow = try Document.workflow(
      "\u{feff}"
        + Document.text([.init(id: #"\u00e4\"\\\/\b\f\n\r\t\ud83d\ude00"#), .init(id: "日本", parents: [parent])]))
    #expect(workflow.label(ofTask: 0) == "ä\"\\/\u{8}\u{c}\n\r\t😀")
    #expect(workflow.label(ofTask: 1) == "日本")
    #expect(workflow.dependencyCount == 1)
  }

  struct Mistake: CustomTestStringConvertible {
    var text: String
    var message: String
    var testDescription: String { message }

    init(_ text: String, _ message: String) {
      self.text = text
      self.message = message
    }
  }

  private static let head = #"{"name":"x","schemaVersion":"1.5","workflow":"#
  private static let good = Document.text([.init(id: "a"), .init(id: "b", parents: ["a"])])

  static let mistakes: [Mistake] = [
    .init("", "test.json: is empty; a WfFormat document is expected"),
    .init(" \n\n", "test.json: is empty; a WfFormat document is expected"),
    .init("name,runtime\n", "test.json:1:1: \"name\"; an object is expected"),
    .init("[]", "test.json:1:1: a list; an object is expected"),
    .init("{}", "test.json:1:1: no schemaVersion; 1.4, 1.5 or 1.6 is expected"),
    .init(#"{"schemaVersion":"1.5"}"#, "test.json:1:1: no workflow; a member of that name is expected"),
    .init(
      #"{"schemaVersion":"1.3","workflow":{}}"#,
      "test.json:1:18: schemaVersion: the version \"1.3\"; 1.4, 1.5 or 1.6 is expected"),
    .init(
      #"{"schemaVersion":1.5,"workflow":{}}"#,
      "test.json:1:18: schemaVersion: a number; a text in quotes is expected"),
    .init(good + "x", "test.json:7:52: \"x\"; the end of the document is expected"),
    .init(
      String(good.dropLast(5)),
      "workflow.execution.tasks[1]: the end of the file, which may have been cut; a comma or } in an object is expected"
    ),
    .init(
      head + #"{"specification":{"tasks":[{"id":"ab"#,
      "test.json:1:79: workflow.specification.tasks[0].id: a text that begins here is never closed; the file may have been cut"
    ),
    .init(head + "{}}", "test.json:1:46: workflow: no specification.tasks; a list of tasks is expected"),
    .init(
      head + #"{"specification":{"tasks":[]},"execution":{"tasks":[]}}}"#,
      "test.json:1:72: workflow.specification.tasks: an empty list; at least one task is expected"),
    .init(
      head + #"{"specification":{"tasks":[{"id":"a"}]}}}"#,
      "test.json:1:46: workflow: no execution; recorded run times are expected"),
    .init(
      head + #"{"specification":{"tasks":[{"name":"a"}]}}}"#,
      "workflow.specification.tasks[0]: a task without id; a text is expected"),
    .init(
      Document.text([.init(id: "a"), .init(id: "b", parents: ["a", "zz"])]),
      "test.json:3:40: workflow.specification.tasks[1].parents[1]: \"zz\", which no task is called; a task of this workflow is expected"
    ),
    .init(
      Document.text([.init(id: "a", children: ["zz"])]),
      "workflow.specification.tasks[0].children[0]: \"zz\", which no task is called; a task of this workflow is expected"
    ),
    .init(
      Document.text([.init(id: "a"), .init(id: "b"), .init(id: "a")]),
      "test.json:4:21: workflow.specification.tasks[2].id: \"a\", which is workflow.specification.tasks[0] already; another is expected"
    ),
    .init(
      Document.text([.init(id: "a", parents: ["a"])]),
      "test.json:2:1: workflow.specification.tasks[0]: a cycle: \"a\" → \"a\"; tasks that do not wait for themselves are expected"
    ),
    .init(
      Document.text([
        .init(id: "x"), .init(id: "a", parents: ["x", "c"]), .init(id: "b", inputs: ["f"]),
        .init(id: "c", parents: ["b"]), .init(id: "w", parents: ["a"], outputs: ["f"]),
        .init(id: "after", parents: ["w"]),
      ]),
      "test.json:3:1: workflow.specification.tasks[1]: a cycle: \"a\" → \"w\" → \"b\" → \"c\" → \"a\"; tasks"),
    .init(
      Document.text([.init(id: "a", seconds: -1)]),
      "workflow.execution.tasks[0].runtimeInSeconds: -1.0 seconds; a run time from 0 is expected"),
    .init(
      Document.text([.init(id: "a"), .init(id: "b", seconds: nil)]),
      "test.json:3:1: workflow.specification.tasks[1]: no recorded run time; a runtimeInSeconds for this task in workflow.execution.tasks is expected"
    ),
    .init(
      good.replacing(#""runtimeInSeconds":1.0"#, with: #""x":1.0"#),
      "workflow.execution.tasks[0]: no runtimeInSeconds; a number is expected"),
    .init(
      good.replacing(#":1.0"#, with: #":"1""#),
      "workflow.execution.tasks[0].runtimeInSeconds: a text; a number is expected"),
    .init(good.replacing(":1.0", with: ":NaN"), "runtimeInSeconds: \"NaN\"; a number is expected"),
    .init(good.replacing(":1.0", with: ":1e999"), "the number 1e999, which is too large; a finite one is expected"),
    .init(good.replacing(":1.0", with: ":01"), "a number that begins with 0; none is expected there"),
    .init(good.replacing(":1.0", with: ":1."), "a digit is expected"),
    .init(
      good.replacing(":1.0", with: ":3e9"),
      "workflow.specification.tasks[1]: run times that come to more than 4.6e9 s (146 years) with this task"),
    .init(
      good.replacing(#"{"id":"b","runtime"#, with: #"{"id":"q","runtime"#),
      "workflow.execution.tasks[1].id: a task that the specification does not have; one of its tasks is expected"),
    .init(
      good.replacing(#"{"id":"b","runtime"#, with: #"{"id":"a","runtime"#),
      "workflow.execution.tasks[1]: the task \"a\", which is workflow.execution.tasks[0] already"),
    .init(
      Document.text([.init(id: "a", inputs: ["f", "g"])], files: [("f", 1)]),
      "workflow.specification.tasks[0].inputFiles[1]: the file \"g\", which the list of files does not have"),
    .init(
      Document.text([.init(id: "a")], files: [("f", -1)]),
      "workflow.specification.files[0].sizeInBytes: -1 bytes; a size from 0 is expected"),
    .init(
      Document.text([.init(id: "a", machines: ["m"])]),
      "workflow.execution.tasks[0]: the machine \"m\", which the list of machines does not have"),
    .init(
      Document.text([.init(id: "a")], machines: [("m", 0, 1)]),
      "workflow.execution.machines[0].cpu.coreCount: 0 cores; at least one is expected"),
    .init(
      Document.text([.init(id: "a")], machines: [("m", 1, 1), ("m", 1, 1)]),
      "workflow.execution.machines[1]: the machine \"m\" once more"),
    .init(good.replacing(#""a""#, with: #""a\x""#), "an escape that JSON does not have"),
    .init(good.replacing(#""a""#, with: #""\ud800a""#), "half of a surrogate pair; both are expected"),
    .init(good.replacing(#""a""#, with: #""\u12""#), "four hexadecimal digits are expected after it"),
    .init(good.replacing(#""a""#, with: "\"a\u{1}\""), "a control character inside a text; an escape is expected"),
    .init(good.replacing(#""parents""#, with: "parents"), "\"parents\"; a member's name in quotes is expected"),
    .init(good.replacing(#""parents":"#, with: #""parents" "#), "a list; a colon after a member's name is expected"),
    .init(
      head + #"{"specification":{"tasks":[{"id":"a","x":"# + String(repeating: "[", count: 300),
      "workflow.specification.tasks[0].x: a value 256 levels deep; fewer are expected"),
  ]

  @Test(arguments: mistakes)
  func mistakeNamesItsPlace(_ mistake: Mistake) {
    let error = #expect(throws: WfFormatError.self) { try Document.workflow(mistake.text) }
    let text = error?.description ?? ""
    #expect(text.contains(mistake.message))
    #expect(text.hasPrefix("test.json"))
    #expect(error?.code == .malformed)
  }

  @Test func textThatIsNotUTF8() {
    var bytes = Array(Self.good.utf8)
    bytes[bytes.firstRange(of: Array("kind".utf8))!.lowerBound] = 0xff
    #expect(throws: WfFormatError.self) { try RecordedWorkflow(json: Data(bytes), file: "test.json") }
  }

  @Test func fileThatIsMissing() {
    let error = #expect(throws: WfFormatError.self) { try RecordedWorkflow(path: "/nowhere/x.json") }
    #expect(error?.code == .unreadable)
    #expect(error?.description == "/nowhere/x.json: cannot be read: No such file or directory")
  }

  /// Every prefix, and many documents with one byte changed, are read or refused; refusals have a place that exists.
  @Test func damagedDocuments() throws {
    let good = Array(
      Document.text(
        [.init(id: "a", outputs: ["f"]), .init(id: "b", parents: ["a"], inputs: ["f"], machines: ["m"])],
        files: [("f", 5)], machines: [("m", 2, 1000)]
      ).utf8)
    let lines = good.split(separator: 0x0a, omittingEmptySubsequences: false).count
    func check(_ bytes: [UInt8]) -> Bool {
      do throws(WfFormatError) {
        _ = try RecordedWorkflow(json: Data(bytes), file: "x")
        return true
      } catch {
        #expect((error.line ?? 1) <= lines + 1 && (error.line != nil || bytes.allSatisfy { $0 <= 0x20 }), "\(error)")
        return false
      }
    }
    #expect(check(good))
    for count in good.indices {
      let isRead = check(Array(good[..<count]))
      #expect(!isRead, "a prefix of \(count) bytes was read")
    }
    let replacements = Array("{}[]\",:0a\\-e\n\u{1}".utf8) + [0xff]
    var random = SplitMix64(seed: 1)
    for _ in 0..<5000 {
      var bytes = good
      for _ in 0...random.index(below: 2) {
        bytes[random.index(below: bytes.count)] = replacements.randomElement(using: &random)!
      }
      _ = check(bytes)
    }
  }

  /// Random values against Foundation's reader: both accept or both refuse.
  @Test func scannerAcceptsWhatJSONSerializationAccepts() {
    var random = SplitMix64(seed: 2)
    let parts =
      ["{", "}", "[", "]", ",", ":", "\"a\"", "\"\\n\"", "\"\\u0041\"", "1", "-0.5", "1e3", "true", "false", "null"]
      + [" ", "\n", "01", "-", "\"", "tru"]
    func value(_ depth: Int) -> String {
      switch random.index(below: depth > 3 ? 3 : 6) {
      case 0: return ["1", "-0", "2.50", "1E+2", "0.1e-3"].randomElement(using: &random)!
      case 1: return ["\"\"", "\"x\\\\\"", "\"\\ud83d\\ude00\"", "\"é\""].randomElement(using: &random)!
      case 2: return ["true", "false", "null", "[]", "{ }"].randomElement(using: &random)!
      case 3: return "[" + (0..<random.index(below: 4)).map { _ in value(depth + 1) }.joined(separator: " , ") + "]"
      default:
        return "{" + (0..<random.index(below: 4)).map { "\"k\($0)\":" + value(depth + 1) }.joined(separator: ",")
          + "\n}"
      }
    }
    var accepted = 0
    for round in 0..<4000 {
      var text = "{\"v\":" + value(0) + "}"
      if round % 2 == 1 {
        let place = text.index(text.startIndex, offsetBy: random.index(below: text.count))
        text.insert(contentsOf: parts.randomElement(using: &random)!, at: place)
      }
      let expected = (try? JSONSerialization.jsonObject(with: Data(text.utf8))) != nil
      let bytes = Array(text.utf8)
      let found = unsafe bytes.withUnsafeBufferPointer { bytes in
        var scanner = unsafe JSONScanner(bytes)
        do throws(Fault) {
          try scanner.skip()
          try scanner.end()
          return true
        } catch { return false }
      }
      // Foundation lets a comma pass after an object's last member.
      if text.contains(/,\s*}/) { continue }
      #expect(found == expected, "\(text.debugDescription)")
      accepted += found ? 1 : 0
    }
    #expect(accepted > 2000 && accepted < 4000)
  }

  @Test func scalingRoundsToNanoseconds() throws {
    let workflow = try Document.workflow(Document.text([.init(id: "a", seconds: 2.5), .init(id: "b", seconds: 1e-9)]))
    #expect(try workflow.scaled(by: 0.001).runNanoseconds == [2_500_000, 0])
    #expect(try workflow.scaled(by: 0).runNanoseconds == [0, 0])
    let error = #expect(throws: WfFormatError.self) { try workflow.scaled(by: 1e10) }
    #expect(error?.code == .request)
  }
}

@Suite struct NameTableTests {
  @Test func namesKeepTheirIndices() {
    var table = NameTable()
    var random = SplitMix64(seed: 3)
    var model: [String: UInt32] = [:]
    for _ in 0..<20_000 {
      var name = String(repeating: "x", count: random.index(below: 20)) + "\(random.index(below: 3000))"
      if random.index(below: 100) == 0 { name = "" }
      let index = name.withUTF8 { unsafe table.index(of: $0) }
      #expect(index == model[name] ?? UInt32(model.count))
      model[name] = index
    }
    #expect(table.count == model.count)
    #expect(model.allSatisfy { table[Int($0.value)] == $0.key })
    let other = table
    #expect(model.values.allSatisfy { table.find(Int($0), of: other) == Int($0) })
    #expect(NameTable().find(0, of: other) == nil)
  }
}
