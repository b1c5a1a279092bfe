/// Pictures of a plan, and of what became of its nodes in a run.
extension Plan {
  /// The plan in Graphviz's language.
  ///
  /// ```swift
  /// print(try plan.dot(plan.run(isTimed: true).report))
  /// ```
  ///
  /// Conditions are diamonds, with the numbers of their branches at the edges; tasks are ellipses; nodes that run other plans have a double border.
  ///
  /// - Parameters:
  ///   - report: of a run: nodes that failed are red and those that did not run grey. With times, each node tells its own, and the critical path is bold.
  ///   - limit: how many nodes, and how many edges, the picture may have.
  /// - Throws: ``GraphError/Code/size``; ``json(_:)`` has no limit.
  /// - Complexity: O(nodes + edges)
  public func dot(_ report: RunReport? = nil, limit: Int = 5_000) throws(GraphError) -> String {
    let drawing = try Drawing(storage, report, limit: limit)
    var text = "digraph {\n  node [shape=box, fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\"];\n"
    for node in 0..<UInt32(count) {
      var marks = ["label=\"\(drawing.lines(node).map(dotEscaped).joined(separator: "\\n"))\""]
      switch drawing.kind(node) {
      case .task: break
      case .condition: marks.append("shape=diamond")
      case .async: marks.append("shape=ellipse")
      case .plan: marks.append("peripheries=2")
      }
      switch drawing.outcome(node) {
      case .failed, .timedOut: marks.append("style=filled, fillcolor=\"#f4b6b6\"")
      case .skipped, .notRun: marks.append("style=dashed, color=\"#888888\", fontcolor=\"#888888\"")
      case .ran, nil: break
      }
      if drawing.isCritical(node) { marks.append("penwidth=3, color=\"#c03000\"") }
      text += "  n\(node) [\(marks.joined(separator: ", "))];\n"
    }
    forEachEdge { node, successor in
      var marks: [String] = []
      let branches = drawing.branches(node, to: successor)
      if !branches.isEmpty { marks.append("label=\"\(Self.list(branches))\"") }
      if drawing.isCritical(node, to: successor) { marks.append("penwidth=3, color=\"#c03000\"") }
      text += "  n\(node) -> n\(successor)" + (marks.isEmpty ? "" : " [\(marks.joined(separator: ", "))]") + ";\n"
    }
    return text + "}\n"
  }

  /// The plan in Mermaid's language, which web pages and README files show.
  ///
  /// Conditions are diamonds, with the numbers of their branches at the edges; tasks are rounded; nodes that run other plans have a double border.
  ///
  /// - Parameters:
  ///   - report: as of ``dot(_:limit:)``.
  ///   - limit: how many nodes, and how many edges, the picture may have. Mermaid itself refuses more than 500 edges unless it is configured otherwise.
  /// - Throws: ``GraphError/Code/size``; ``json(_:)`` has no limit.
  /// - Complexity: O(nodes + edges)
  public func mermaid(_ report: RunReport? = nil, limit: Int = 500) throws(GraphError) -> String {
    let drawing = try Drawing(storage, report, limit: limit)
    var text = "flowchart TD\n"
    var classes: [(name: String, style: String, nodes: [String])] = [
      ("failed", "fill:#f4b6b6", []), ("idle", "stroke-dasharray:4,color:#888888", []),
      ("critical", "stroke:#c03000,stroke-width:3px", []),
    ]
    for node in 0..<UInt32(count) {
      let label = "\"\(drawing.lines(node).map(mermaidEscaped).joined(separator: "<br/>"))\""
      let shape =
        switch drawing.kind(node) {
        case .task: "[\(label)]"
        case .condition: "{\(label)}"
        case .async: "([\(label)])"
        case .plan: "[[\(label)]]"
        }
      text += "  n\(node)\(shape)\n"
      switch drawing.outcome(node) {
      case .failed, .timedOut: classes[0].nodes.append("n\(node)")
      case .skipped, .notRun: classes[1].nodes.append("n\(node)")
      case .ran, nil: break
      }
      if drawing.isCritical(node) { classes[2].nodes.append("n\(node)") }
    }
    forEachEdge { node, successor in
      let arrow = drawing.isCritical(node, to: successor) ? "==>" : "-->"
      let branches = drawing.branches(node, to: successor)
      text += "  n\(node) \(arrow)" + (branches.isEmpty ? "" : "|\(Self.list(branches))|") + " n\(successor)\n"
    }
    for kind in classes where !kind.nodes.isEmpty {
      text += "  classDef \(kind.name) \(kind.style)\n  class \(kind.nodes.joined(separator: ",")) \(kind.name)\n"
    }
    return text
  }

  /// The plan as JSON, for programs: `nodes` with `index`, `name` and `kind` (`task`, `condition`, `async` or `plan`), and `edges` with `from`, `to` and, where they are of a condition, `branches`.
  ///
  /// With a report, each node has its `outcome`. With times, those that ran have `start_nanoseconds`, `end_nanoseconds` and `worker` (null: it held none), and there is a `run` with
  /// `nanoseconds`, its `critical_path` (indices) and `critical_path_nanoseconds`, and `parallelism` with `average`, `maximum` and `steps` (nanoseconds and how many ran from then on).
  ///
  /// - Complexity: O(nodes + edges), with times O(n log n)
  public func json(_ report: RunReport? = nil) -> String {
    let drawing = Drawing(storage, report)
    var nodes: [String] = []
    for node in 0..<UInt32(count) {
      var text =
        "{\"index\":\(node),\"name\":\(jsonQuoted(storage.name(node))),\"kind\":\"\(drawing.kind(node).rawValue)\""
      if let outcome = drawing.outcome(node) { text += ",\"outcome\":\"\(outcome.words)\"" }
      if let time = drawing.time(node) {
        text += ",\"start_nanoseconds\":\(time.start),\"end_nanoseconds\":\(time.end)"
        text += ",\"worker\":\(time.worker < 0 ? "null" : "\(time.worker)")"
      }
      nodes.append(text + "}")
    }
    var edges: [String] = []
    forEachEdge { node, successor in
      let branches = drawing.branches(node, to: successor)
      let marks = branches.isEmpty ? "" : ",\"branches\":[\(Self.list(branches))]"
      edges.append("{\"from\":\(node),\"to\":\(successor)\(marks)}")
    }
    var text =
      "{\n\"nodes\":[\n\(nodes.joined(separator: ",\n"))\n],\n\"edges\":[\n\(edges.joined(separator: ",\n"))\n]"
    if let timeline = report?.timeline, let path = drawing.path {
      let parallelism = timeline.parallelism()
      let steps = parallelism.steps.map { "[\(Self.nanoseconds($0.time)),\($0.running)]" }
      text += """
        ,
        "run":{"nanoseconds":\(Self.nanoseconds(timeline.duration)),
        "critical_path":[\(path.nodes.map { "\($0.index)" }.joined(separator: ","))],
        "critical_path_nanoseconds":\(Self.nanoseconds(path.length)),
        "parallelism":{"average":\(parallelism.average),"maximum":\(parallelism.maximum),"steps":[\(steps.joined(separator: ","))]}}
        """
    }
    return text + "\n}\n"
  }

  private func forEachEdge(_ body: (_ node: UInt32, _ successor: UInt32) -> Void) {
    for node in 0..<UInt32(count) {
      for successor in storage.successors.of(node) { body(node, successor) }
    }
  }

  private static func list(_ numbers: [Int]) -> String { numbers.map(String.init).joined(separator: ",") }

  private static func nanoseconds(_ duration: Duration) -> Int64 {
    duration.components.seconds * 1_000_000_000 + duration.components.attoseconds / 1_000_000_000
  }
}

// MARK: Escapes

/// Within double quotes; a line break goes on as a space, for labels have lines of their own.
private func dotEscaped(_ text: String) -> String {
  text.unicodeScalars.reduce(into: "") { result, scalar in
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    // Graphviz knows HTML's names of characters.
    case "&": result += "&amp;"
    case "\0"..<" ", "\u{7f}": result += " "
    default: result.unicodeScalars.append(scalar)
    }
  }
}

/// Within double quotes. What Mermaid, HTML or Markdown could take for its own is written as a number.
private func mermaidEscaped(_ text: String) -> String {
  text.unicodeScalars.reduce(into: "") { result, scalar in
    switch scalar {
    case "\"", "#", "&", "<", ">", "`", ";", "\\", "*", "_", "[", "]", "{", "}", "(", ")", "|":
      result += "#\(scalar.value);"
    case "\0"..<" ", "\u{7f}": result += " "
    default: result.unicodeScalars.append(scalar)
    }
  }
}

private func jsonQuoted(_ text: String) -> String {
  let hexadecimal = Array("0123456789abcdef")
  return text.unicodeScalars.reduce(into: "\"") { result, scalar in
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\n": result += "\\n"
    case "\t": result += "\\t"
    case "\0"..<" ": result += "\\u00\(hexadecimal[Int(scalar.value >> 4)])\(hexadecimal[Int(scalar.value & 15)])"
    default: result.unicodeScalars.append(scalar)
    }
  } + "\""
}
