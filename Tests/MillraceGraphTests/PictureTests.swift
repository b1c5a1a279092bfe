import Foundation
import Millrace
import Testing

@testable import MillraceGraph

@Suite struct PictureTests {
  /// A condition with two branches that meet again, a task and a node that runs a plan.
  private func flow() throws -> Plan {
    var inner = TaskGraph()
    inner.addNode {}
    let part = try inner.finalize()
    var graph = TaskGraph()
    let kind = graph.addCondition("kind", branches: 3) { 0 }
    let fetch = graph.addAsyncNode("fetch") {}
    let build = graph.addNode("build", running: part)
    let end = graph.addNode("end") {}
    graph.addBranch(0, of: kind, to: fetch)
    graph.addBranch(1, of: kind, to: build)
    graph.addBranch(2, of: kind, to: build)
    graph.succeed(end, fetch, build)
    return try graph.finalize()
  }

  private func flowReport(_ plan: Plan) -> RunReport {
    report(
      plan, [(0, 1_000, 0), (1_000, 2_501_000, -1), nil, (2_600_000, 2_600_050, 1)], of: 2_700_000,
      outcomes: [2: .skipped, 3: .failed])
  }

  @Test func dotOfAPlan() throws {
    #expect(
      try flow().dot() == """
        digraph {
          node [shape=box, fontname="sans-serif"];
          edge [fontname="sans-serif"];
          n0 [label="kind", shape=diamond];
          n1 [label="fetch", shape=ellipse];
          n2 [label="build", peripheries=2];
          n3 [label="end"];
          n0 -> n1 [label="0"];
          n0 -> n2 [label="1,2"];
          n1 -> n3;
          n2 -> n3;
        }

        """)
  }

  @Test func dotOfARun() throws {
    let plan = try flow()
    #expect(
      try plan.dot(flowReport(plan)) == """
        digraph {
          node [shape=box, fontname="sans-serif"];
          edge [fontname="sans-serif"];
          n0 [label="kind\\n1.00 µs", shape=diamond, penwidth=3, color="#c03000"];
          n1 [label="fetch\\n2.50 ms", shape=ellipse, penwidth=3, color="#c03000"];
          n2 [label="build\\nskipped", peripheries=2, style=dashed, color="#888888", fontcolor="#888888"];
          n3 [label="end\\nfailed\\n50 ns", style=filled, fillcolor="#f4b6b6", penwidth=3, color="#c03000"];
          n0 -> n1 [label="0", penwidth=3, color="#c03000"];
          n0 -> n2 [label="1,2"];
          n1 -> n3 [penwidth=3, color="#c03000"];
          n2 -> n3;
        }

        """)
  }

  @Test func mermaidOfAPlan() throws {
    #expect(
      try flow().mermaid() == """
        flowchart TD
          n0{"kind"}
          n1(["fetch"])
          n2[["build"]]
          n3["end"]
          n0 -->|0| n1
          n0 -->|1,2| n2
          n1 --> n3
          n2 --> n3

        """)
  }

  @Test func mermaidOfARun() throws {
    let plan = try flow()
    #expect(
      try plan.mermaid(flowReport(plan)) == """
        flowchart TD
          n0{"kind<br/>1.00 µs"}
          n1(["fetch<br/>2.50 ms"])
          n2[["build<br/>skipped"]]
          n3["end<br/>failed<br/>50 ns"]
          n0 ==>|0| n1
          n0 -->|1,2| n2
          n1 ==> n3
          n2 --> n3
          classDef failed fill:#f4b6b6
          class n3 failed
          classDef idle stroke-dasharray:4,color:#888888
          class n2 idle
          classDef critical stroke:#c03000,stroke-width:3px
          class n0,n1,n3 critical

        """)
  }

  private struct Picture: Decodable {
    struct Node: Decodable {
      var index: Int
      var name: String
      var kind: String
      var outcome: String?
      var startNanoseconds: Int?
      var endNanoseconds: Int?
      var worker: Int?
    }
    struct Edge: Decodable {
      var from: Int
      var to: Int
      var branches: [Int]?
    }
    struct Run: Decodable {
      struct Parallelism: Decodable {
        var average: Double
        var maximum: Int
        var steps: [[Int]]
      }
      var nanoseconds: Int
      var criticalPath: [Int]
      var criticalPathNanoseconds: Int
      var parallelism: Parallelism
    }
    var nodes: [Node]
    var edges: [Edge]
    var run: Run?
  }

  private func parsed(_ json: String) throws -> Picture {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Picture.self, from: Data(json.utf8))
  }

  @Test func jsonOfAPlan() throws {
    let picture = try parsed(try flow().json())
    #expect(picture.nodes.map(\.name) == ["kind", "fetch", "build", "end"])
    #expect(picture.nodes.map(\.kind) == ["condition", "async", "plan", "task"])
    #expect(picture.nodes.allSatisfy { $0.outcome == nil } && picture.run == nil)
    #expect(picture.edges.map(\.from) == [0, 0, 1, 2] && picture.edges.map(\.to) == [1, 2, 3, 3])
    #expect(picture.edges.map(\.branches) == [[0], [1, 2], nil, nil])
  }

  @Test func jsonOfARun() throws {
    let plan = try flow()
    let picture = try parsed(plan.json(flowReport(plan)))
    #expect(picture.nodes.map(\.outcome) == ["ran", "ran", "skipped", "failed"])
    #expect(picture.nodes.map(\.startNanoseconds) == [0, 1_000, nil, 2_600_000])
    #expect(picture.nodes.map(\.endNanoseconds) == [1_000, 2_501_000, nil, 2_600_050])
    #expect(picture.nodes.map(\.worker) == [0, nil, nil, 1])
    let run = try #require(picture.run)
    #expect(run.nanoseconds == 2_700_000)
    #expect(run.criticalPath == [0, 1, 3] && run.criticalPathNanoseconds == 2_501_050)
    #expect(run.parallelism.maximum == 1)
    #expect(run.parallelism.steps == [[0, 1], [2_501_000, 0], [2_600_000, 1], [2_600_050, 0]])
  }

  /// Names that would end a label, or be taken for a command.
  @Test func namesAreEscaped() throws {
    var graph = TaskGraph()
    let name = "a\"b\\c<d>&#e\nf\tg\u{1}[ü]"
    graph.addNode(name) {}
    let plan = try graph.finalize()
    #expect(try plan.dot().contains(#"n0 [label="a\"b\\c<d>&amp;#e f g [ü]"];"#))
    #expect(
      try plan.mermaid().contains(#"n0["a#34;b#92;c#60;d#62;#38;#35;e f g #91;ü#93;"]"#))
    #expect(try parsed(plan.json()).nodes[0].name == name)
  }

  @Test func nodesWithoutANameAreNumbered() throws {
    var graph = TaskGraph()
    graph.addNodes(count: 2) { _ in }
    #expect(try graph.finalize().mermaid() == "flowchart TD\n  n0[\"node 0\"]\n  n1[\"node 1\"]\n")
  }

  @Test func emptyPlan() throws {
    let plan = try TaskGraph().finalize()
    #expect(try plan.mermaid() == "flowchart TD\n")
    #expect(try parsed(plan.json(plan.run(isTimed: true).report)).nodes.isEmpty)
  }

  @Test func picturesThatNobodyCouldLookAtAreRefused() throws {
    var graph = TaskGraph()
    let nodes = graph.addNodes(count: 4) { _ in }
    for (from, to) in [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3)] {
      graph.addEdge(from: nodes[from].untyped, to: nodes[to].untyped)
    }
    let plan = try graph.finalize()
    #expect(try !plan.dot(limit: 5).isEmpty)
    for refuse in [{ try plan.dot(limit: 4) }, { try plan.mermaid(limit: 3) }] {
      let error = try #require(throws: GraphError.self) { _ = try refuse() }
      #expect(error.code == .size && error.description.contains("the plan has 4 nodes and 5 edges"))
    }
  }

  @Test(arguments: [
    (0, "0 ns"), (999, "999 ns"), (1_000, "1.00 µs"), (12_349, "12.3 µs"), (123_400, "123 µs"), (9_999, "10.00 µs"),
    (1_005_000, "1.01 ms"), (3_000_000_000, "3.00 s"), (7_200_000_000_000, "7200 s"),
  ])
  func timesAreShort(nanoseconds: Int64, text: String) {
    #expect(Drawing.text(nanoseconds: nanoseconds) == text)
  }
}
