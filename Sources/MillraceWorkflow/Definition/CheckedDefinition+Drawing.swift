extension CheckedDefinition {
  /// The graph in Graphviz's language. Switches are diamonds; tasks that are run for others are at dashed edges. Names need no escapes: see the rule for names.
  ///
  /// - Complexity: O(tasks + needs)
  public var dot: String {
    var text = "digraph {\n  node [shape=box, fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\"];\n"
    for task in tasks {
      let shape = task.isSwitch ? ", shape=diamond" : task.definition.foreach == nil ? "" : ", peripheries=2"
      text += "  n\(task.index) [label=\"\(task.name)\\n\(task.definition.kind)\"\(shape)];\n"
    }
    forEachEdge { from, to, label, isDashed in
      let marks = [label.map { "label=\"\($0)\"" }, isDashed ? "style=dashed" : nil].compactMap { $0 }
      text += "  n\(from) -> n\(to)" + (marks.isEmpty ? "" : " [\(marks.joined(separator: ", "))]") + ";\n"
    }
    return text + "}\n"
  }

  /// The graph in Mermaid's language, which web pages and README files show.
  ///
  /// - Complexity: O(tasks + needs)
  public var mermaid: String {
    var text = "flowchart TD\n"
    for task in tasks {
      let label = "\"\(task.name)<br/>\(task.definition.kind)\""
      let node = task.isSwitch ? "{\(label)}" : task.definition.foreach == nil ? "[\(label)]" : "[[\(label)]]"
      text += "  n\(task.index)\(node)\n"
    }
    forEachEdge { from, to, label, isDashed in
      text += "  n\(from) \(isDashed ? "-.->" : "-->")" + (label.map { "|\($0)|" } ?? "") + " n\(to)\n"
    }
    return text
  }

  /// Edges of tasks that follow each other, and dashed ones to those that are run for others.
  package func forEachEdge(_ body: (_ from: Int, _ to: Int, _ label: String?, _ isDashed: Bool) -> Void) {
    for task in tasks {
      for next in task.successors {
        let place = task.cases.firstIndex { $0.contains(next) }
        body(task.index, next, place.map { "case \($0)" }, false)
      }
      if let fallback = task.fallback { body(task.index, fallback, "fallback", true) }
      if let compensation = task.compensation { body(task.index, compensation, "compensate", true) }
    }
  }
}

extension CheckedTask {
  fileprivate var isSwitch: Bool { definition.kind == EngineKind.switch.rawValue }
}
