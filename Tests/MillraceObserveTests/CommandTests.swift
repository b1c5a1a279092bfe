import Foundation
import MillraceObserve
import Testing

/// The command `millrace profile`, as it was built beside this test.
@Suite(.serialized) struct CommandTests {
  private let command: Command
  private var folder: URL { command.folder }

  init() throws { command = try Command() }

  private func run(_ arguments: [String], path: String? = nil) throws -> Command.Outcome {
    try command.run(arguments, path: path)
  }

  @Test func pipelineIsProfiled() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let (trace, histograms) = (folder.appending(path: "t.json"), folder.appending(path: "h.hgrm"))
    let outcome = try run(
      ["profile", "--workers", "2", "--trace", trace.path, "--histograms", histograms.path, "--", "analyze"]
        + ["Benchmarks/Data/weather.csv"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("26115 rows, 15 columns"))
    #expect(outcome.output.contains("run time") && outcome.output.contains("p99.99"))
    #expect(outcome.output.contains("worker 0 │") && outcome.output.contains("worker 1 │"))
    let read = try ReadTrace(String(contentsOf: trace, encoding: .utf8))
    #expect(read.complaints() == [])
    #expect(try read.shapeComplaints() == [])
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(names.contains { $0.hasPrefix("h.run-time-") && $0.hasSuffix(".hgrm") })
  }

  /// The trace has a box for each task, under the task's name.
  @Test func workflowIsProfiledByName() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let (path, trace) = ("Benchmarks/Data/montage.json", folder.appending(path: "t.json"))
    let outcome = try run(["profile", "--workers", "2", "--trace", trace.path, "--", "graph", path, "--scale", "0"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let read = try ReadTrace(String(contentsOf: trace, encoding: .utf8))
    #expect(read.complaints() == [])
    #expect(try read.shapeComplaints() == [])
    let boxes = read.of("X").filter { $0["cat"] as? String == "node" }.map { $0["name"] as! String }
    let drawn = try run(["graph", "draw", path, "--format", "json"])
    let object = try #require(try JSONSerialization.jsonObject(with: Data(drawn.output.utf8)) as? [String: Any])
    let names = try #require(object["nodes"] as? [[String: Any]]).map { $0["name"] as! String }
    #expect(boxes.sorted() == names.sorted())
    #expect(outcome.output.hasPrefix("graph \(path): \(names.count) tasks, "))
  }

  @Test(arguments: [
    ("fib 20", "6765"), ("skynet 12345", "\(12345 * 12344 / 2)"), ("taskgroup 500", "500 children"),
    ("ping 50", "50 answers"),
  ])
  func workloadsAnswer(workload: String, answer: String) throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let words = workload.split(separator: " ").map(String.init)
    let outcome = try run(["profile", "--json", "--workers", "3", "--"] + words)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let object = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    #expect(object["answer"] as? String == answer)
    #expect((object["workers"] as? [Any])?.count == 3)
    #expect(object["lost_events"] as? Int == 0)
    let allocations = try #require(object["allocations"] as? [String: Any])
    #expect((allocations["needs"] != nil) != (allocations["before"] != nil))
    let rows = try #require(object["rows"] as? [[String: Any]])
    #expect(rows.contains { $0["measure"] as? String == "run time" && ($0["count"] as! Int) > 0 })
  }

  @Test(arguments: [
    (["profile"], 64, "expected a workload"), (["profile", "--", "fob"], 64, "there is no workload \"fob\""),
    (["profile", "--", "fib", "x"], 64, "fib takes one number between 0 and 60"),
    (["profile", "--", "fib", "20", "--json"], 64, "options of profile come before --"),
    (["profile", "--workers", "0", "--", "fib"], 64, "--workers is expected"),
    (["profile", "--capacity", "0", "--", "fib"], 64, "--capacity is expected"),
    (["profile", "--", "analyze"], 64, "analyze: "),
    (["profile", "--", "analyze", "/no/such.csv"], 66, "/no/such.csv"),
    (["profile", "--", "graph"], 64, "graph: "),
    (["profile", "--", "graph", "/no/such.json"], 66, "/no/such.json"),
    (["profile", "--trace", "/no/such/t.json", "--", "fib", "5"], 73, "cannot write /no/such/t.json"),
  ])
  func mistakesAreNamed(arguments: [String], status: Int, message: String) throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let outcome = try run(arguments)
    #expect(outcome.status == Int32(status))
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
  }

  @Test func helpIsHelp() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let outcome = try run(["profile", "--help"])
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("queue wait") && outcome.output.contains("--flamegraph"))
  }

  @Test func flameGraphNeedsPerf() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "f.svg").path
    let outcome = try run(["profile", "--flamegraph", file, "--", "fib", "5"], path: "/nowhere")
    #expect(outcome.status == 69)
    #expect(outcome.errors.contains("needs perf") && !FileManager.default.fileExists(atPath: file))
  }
}

/// Counts the rectangles of an SVG, and finds whether it is XML, by as much of XML as `FlameGraph` writes.
struct XMLBoxes {
  private(set) var isValid = true
  private(set) var boxes = 0

  init(_ text: String) {
    var open: [Substring] = []
    for match in text.matches(of: /<(\/?)([A-Za-z?]+)([^<>]*?)(\/?)>/) {
      if match.2 == "rect" { boxes += 1 }
      if match.2.hasPrefix("?") || match.4 == "/" { continue }
      if match.1 == "/" { isValid = isValid && open.popLast() == match.2 } else { open.append(match.2) }
    }
    isValid = isValid && open.isEmpty && !text.contains(/&(?!amp;|lt;|gt;|quot;)/)
  }
}
