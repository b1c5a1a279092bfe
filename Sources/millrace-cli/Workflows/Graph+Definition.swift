#if Workflow
  import Foundation
  import MillraceWorkflow

  extension Graph {
    /// Whether a file holds a definition of a workflow to be run, rather than a recorded one.
    static func isDefinition(_ file: String) -> Bool {
      if file.hasSuffix(".yaml") || file.hasSuffix(".yml") { return true }
      // A recorded workflow has its tasks inside of `workflow`.
      guard let data = try? Data(contentsOf: URL(filePath: file), options: .mappedIfSafe),
        data.count <= 16 << 20, let value = try? JSONValue(json: data)
      else { return false }
      return value["tasks"] != nil && value["workflow"] == nil
    }

    /// Of a definition's tasks, after calls of functions have been expanded.
    static func drawing(ofDefinition file: String) throws -> Draw.Drawing {
      let tasks = BuiltInTasks(workers: 1)
      defer { tasks.executor.shutdownBlocking() }
      let checked = try DefinitionFile.read(file, tasks)
      return Draw.Drawing(dot: { checked.dot }, mermaid: { checked.mermaid }, json: { "\(checked.graph)\n" })
    }
  }

  extension CheckedDefinition {
    /// As graphs of other kinds are written in JSON: nodes, and edges between their places.
    fileprivate var graph: JSONValue {
      let nodes: [JSONValue] = tasks.map { ["name": .string($0.name), "kind": .string($0.definition.kind)] }
      let edges: [JSONValue] = tasks.flatMap { task in
        (task.successors + [task.fallback, task.compensation].compactMap { $0 }).map { next in
          ["from": .int(Int64(task.index)), "to": .int(Int64(next))]
        }
      }
      return ["nodes": .array(nodes), "edges": .array(edges)]
    }
  }
#endif
