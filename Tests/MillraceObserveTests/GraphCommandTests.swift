import Foundation
import Testing

/// The command `millrace graph`.
@Suite(.serialized) struct GraphCommandTests {
  private let command: Command

  init() throws { command = try Command() }

  @Test(arguments: ["montage", "epigenomics"])
  func shippedWorkflowsAreSimulated(name: String) throws {
    defer { try? FileManager.default.removeItem(at: command.folder) }
    let path = "Benchmarks/Data/\(name).json"
    let schedule = command.folder.appending(path: "schedule.csv")
    let text = try command.run(["graph", "simulate", path, "--workers", "4", "--schedule", schedule.path])
    #expect(text.status == 0, "\(text.errors)")
    #expect(text.output.hasPrefix("\(name): 99"))
    #expect(text.output.contains("worker 3  │") && text.output.contains("running at once: "))
    let lines = try String(contentsOf: schedule, encoding: .utf8).split(separator: "\n")

    let json = try command.run(["graph", "simulate", path, "--workers", "4", "--json"])
    let object = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    let workflow = try #require(object["workflow"] as? [String: Any])
    #expect(lines.count - 1 == workflow["tasks"] as? Int)
    #expect(lines.first == "task,kind,host,worker,start,end")
    let makespan = try #require(object["makespan_seconds"] as? Double)
    let efficiency = try #require(object["efficiency"] as? Double)
    let bound = try #require((object["lower_bounds"] as? [String: Any])?["seconds"] as? Double)
    #expect(abs(bound / makespan - efficiency) < 1e-9 && efficiency > 0.5 && efficiency <= 1)
    let last = lines.dropFirst().compactMap { $0.split(separator: ",").last.flatMap { Double($0) } }.max()
    #expect(last == makespan)
    let parallelism = try #require(object["parallelism"] as? [String: Any])
    #expect(parallelism["maximum"] as? Int == 4)
    let means = try #require(parallelism["means"] as? [Double])
    #expect(abs(means.reduce(0, +) / Double(means.count) - (parallelism["mean"] as? Double ?? 0)) < 1e-6)
  }

  @Test func manyWorkersAreShownByHost() throws {
    defer { try? FileManager.default.removeItem(at: command.folder) }
    let arguments = ["graph", "simulate", "Benchmarks/Data/montage.json", "--workers", "8", "--hosts", "20"]
    let outcome = try command.run(arguments + ["--policy", "longest-path", "--bandwidth", "100", "--scale", "0.001"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("160 workers on 20 hosts, longest-path"))
    #expect(outcome.output.contains("host 15  │") && outcome.output.contains("… 4 more hosts"))
  }

  @Test(arguments: [
    (["--workers", "0"], Int32(64), "--workers is expected to be between 1 and 1048576; found 0"),
    (["--hosts", "1000000", "--workers", "1000000"], 64, "--hosts × --workers is expected to be at most 1048576"),
    (["--hosts", "2", "--machines"], 64, "--hosts and --machines exclude each other"),
    (["--machines"], 64, "records no machines; at least one is expected"),
    (["--scale=-1"], 64, "--scale is expected to be a number from 0; found -1.0"),
    (["--scale", "1e9"], 64, "less than 4.6e9 s (146 years) is expected"),
    (["--bandwidth", "0"], 64, "--bandwidth is expected to be above 0; found 0.0"),
    (["--policy", "best"], 64, "best"),
    (["--schedule", "/nowhere/s.csv"], 73, "cannot write /nowhere/s.csv: "),
  ])
  func requestsThatCannotBe(arguments: [String], status: Int32, message: String) throws {
    defer { try? FileManager.default.removeItem(at: command.folder) }
    let outcome = try command.run(["graph", "simulate", "Benchmarks/Data/montage.json"] + arguments)
    #expect(outcome.status == status)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
  }

  @Test func brokenFiles() throws {
    defer { try? FileManager.default.removeItem(at: command.folder) }
    let file = command.folder.appending(path: "cut.json")
    let good = try Data(contentsOf: Command.root.appending(path: "Benchmarks/Data/montage.json"))
    try good.prefix(good.count / 2).write(to: file)
    let cut = try command.run(["graph", "simulate", file.path])
    #expect(cut.status == 65 && cut.errors.contains("cut.json:1:") && cut.errors.contains("may have been cut"))
    for path in ["/nowhere/x.json", command.folder.path] {
      let outcome = try command.run(["graph", "simulate", path])
      #expect(outcome.status == 66 && outcome.errors.contains("\(path): cannot be read: "), "\(outcome.errors)")
    }
  }

  // MARK: run

  /// What must hold on any machine: each task ran once, after those that it waits for.
  @Test(arguments: [1, 2])
  func shippedWorkflowsRun(workers: Int) throws {
    defer { try? FileManager.default.removeItem(at: command.folder) }
    let path = "Benchmarks/Data/montage.json"
    let schedule = command.folder.appending(path: "schedule.csv")
    let arguments = ["graph", "run", path, "--workers", "\(workers)", "--scale", "1e-6"]
    let text = try command.run(arguments + ["--schedule", schedule.path])
    #expect(text.status == 0, "\(text.errors)")
    #expect(text.output.contains("worker \(workers - 1)  │") && text.output.contains(", measured\n"))
    #expect(text.output.contains("efficiency"))
    let rows = try String(contentsOf: schedule, encoding: .utf8).split(separator: "\n").dropFirst().map {
      $0.split(separator: ",")
    }
    var times: [Substring: (start: Double, end: Double)] = [:]
    for row in rows {
      times[row[0]] = (try #require(Double(row[4])), try #require(Double(row[5])))
      #expect(try #require(Int(row[3])) < workers)
    }
    let drawn = try command.run(["graph", "draw", path, "--format", "json"])
    let object = try #require(try JSONSerialization.jsonObject(with: Data(drawn.output.utf8)) as? [String: Any])
    let names = try #require(object["nodes"] as? [[String: Any]]).compactMap { $0["name"] as? String }
    let edges = try #require(object["edges"] as? [[String: Int]])
    #expect(names.count == rows.count && !edges.isEmpty)
    for edge in edges {
      let (parent, child) = (times[Substring(names[edge["from"]!])]!, times[Substring(names[edge["to"]!])]!)
      #expect(parent.end <= child.start)
    }

    let json = try command.run(arguments + ["--json"])
    let report = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    #expect(report["policy"] as? String == "measured" && report["workers"] as? Int == workers)
    let efficiency = try #require(report["efficiency"] as? Double)
    #expect(efficiency > 0 && efficiency <= 1)
  }

  @Test(arguments: [
    (["run", "--workers", "0"], Int32(64), "--workers is expected to be between 1 and"),
    (["run", "--scale=-1"], 64, "--scale is expected to be a number from 0; found -1.0"),
    (["run", "--scale", "1e9"], 64, "less than 4.6e9 s (146 years) is expected"),
    (["run", "--scale", "0", "--schedule", "/nowhere/s.csv"], 73, "cannot write /nowhere/s.csv: "),
    (["draw", "--format", "png"], 64, "png"),
    (["draw", "--format", "mermaid"], 64, "at most 500 nodes and as many edges"),
  ])
  func runsAndPicturesThatCannotBe(arguments: [String], status: Int32, message: String) throws {
    defer { try? FileManager.default.removeItem(at: command.folder) }
    let rest = [arguments[0], "Benchmarks/Data/montage.json"] + arguments.dropFirst()
    let outcome = try command.run(["graph"] + rest)
    #expect(outcome.status == status)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
  }

  // MARK: draw

  private static let small = #"""
    {"name": "small", "schemaVersion": "1.5", "workflow": {
      "specification": {"tasks": [
        {"name": "split", "id": "split \"a\"", "parents": [], "children": ["merge"]},
        {"name": "merge", "id": "merge", "parents": ["split \"a\""], "children": []}]},
      "execution": {"tasks": [
        {"id": "split \"a\"", "runtimeInSeconds": 1}, {"id": "merge", "runtimeInSeconds": 2}]}}}
    """#

  @Test func smallWorkflowIsDrawn() throws {
    defer { try? FileManager.default.removeItem(at: command.folder) }
    let file = command.folder.appending(path: "small.json")
    try Data(Self.small.utf8).write(to: file)
    let dot = try command.run(["graph", "draw", file.path, "--format", "dot"])
    #expect(dot.status == 0, "\(dot.errors)")
    #expect(dot.output.contains(#"n0 [label="split \"a\""];"#) && dot.output.contains("n0 -> n1;"))
    let mermaid = try command.run(["graph", "draw", file.path, "--format", "mermaid"])
    #expect(mermaid.output == "flowchart TD\n  n0[\"split #34;a#34;\"]\n  n1[\"merge\"]\n  n0 --> n1\n")

    // A tool that stands for Graphviz: puts what it reads into a picture.
    let tool = command.folder.appending(path: "dot")
    try Data("#!/bin/sh\n{ echo \"<svg>$1 $2 $3\"; cat \"$6\"; echo '</svg>'; } > \"$5\"\n".utf8).write(to: tool)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: tool.path)
    let svg = try command.run(["graph", "draw", file.path], path: command.folder.path + ":/usr/bin:/bin")
    #expect(svg.status == 0, "\(svg.errors)")
    #expect(svg.output == "<svg>-Tsvg -Grankdir=LR -Gnodesep=0.1\n\(dot.output)</svg>\n")
    try Data("#!/bin/sh\nexit 3\n".utf8).write(to: tool)
    let failed = try command.run(["graph", "draw", file.path], path: command.folder.path)
    #expect(failed.status == 69 && failed.errors.contains("failed (status 3)"), "\(failed.errors)")
  }

  /// A file alone is drawn: by Graphviz if it is there, and else in its language.
  @Test func fileAloneIsDrawn() throws {
    defer { try? FileManager.default.removeItem(at: command.folder) }
    let file = command.folder.appending(path: "small.json")
    try Data(Self.small.utf8).write(to: file)
    let dot = try command.run(["graph", "draw", file.path, "--format", "dot"])
    let without = try command.run(["graph", file.path], path: command.folder.path)
    #expect(without.status == 0 && without.output == dot.output)
    #expect(without.errors.contains("no dot in PATH") && without.errors.contains("apt-get install graphviz"))

    let tool = command.folder.appending(path: "dot")
    try Data("#!/bin/sh\necho '<svg/>' > \"$5\"\n".utf8).write(to: tool)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: tool.path)
    let with = try command.run(["graph", file.path], path: command.folder.path)
    #expect(with.status == 0 && with.output == "<svg/>\n" && with.errors.isEmpty, "\(with.errors)")
    // Options as of draw.
    let mermaid = try command.run(["graph", file.path, "--format", "mermaid"])
    #expect(mermaid.status == 0 && mermaid.output.hasPrefix("flowchart TD\n"))
  }

  @Test(arguments: [
    ([], Int32(64), "Missing expected argument '<file>'"),
    (["simulat"], 66, "there is no such subcommand; expected a file, draw, run or simulate"),
    (["/nowhere/x.json"], 66, "/nowhere/x.json: cannot be read: "),
    (["Benchmarks/Data/weather.csv"], 65, "weather.csv:1:1: "),
    (["Benchmarks/Data/montage.json", "--format", "png"], 64, "png"),
    (["Benchmarks/Data/montage.json", "--workers", "2"], 64, "--workers"),
  ])
  func fileAloneThatCannotBeDrawn(arguments: [String], status: Int32, message: String) throws {
    defer { try? FileManager.default.removeItem(at: command.folder) }
    let outcome = try command.run(["graph"] + arguments)
    #expect(outcome.status == status && outcome.errors.contains(message), "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
  }

  @Test func withoutGraphvizSVGIsRefused() throws {
    defer { try? FileManager.default.removeItem(at: command.folder) }
    let arguments = ["graph", "draw", "Benchmarks/Data/montage.json", "--format", "svg"]
    let outcome = try command.run(arguments, path: command.folder.path)
    #expect(outcome.status == 69 && outcome.errors.contains("apt-get install graphviz"), "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
  }
}
