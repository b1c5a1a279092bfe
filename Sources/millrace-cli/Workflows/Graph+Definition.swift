#if Workflow
  import Foundation
  import Millrace
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

    /// The graph of a definition's tasks, after calls of functions have been expanded. Tasks that run for another follow that one.
    static func plan(ofDefinition file: String) throws -> Plan {
      let tasks = BuiltInTasks(workers: 1)
      defer { tasks.executor.shutdownBlocking() }
      let checked = try DefinitionFile.read(file, tasks)
      var graph = TaskGraph()
      let nodes = checked.tasks.map { graph.addNode($0.label(in: checked)) }
      for task in checked.tasks {
        for need in task.needs { graph.addEdge(from: nodes[need], to: nodes[task.index]) }
        switch task.role {
        case .fallback(let owner), .compensation(let owner): graph.addEdge(from: nodes[owner], to: nodes[task.index])
        case .ordinary, .hook: break
        }
      }
      return try graph.finalize()
    }
  }

  extension CheckedTask {
    fileprivate func label(in checked: CheckedDefinition) -> String {
      switch role {
      case .ordinary: definition.foreach == nil ? name : "\(name) (for each)"
      case .fallback(let owner): "\(name) (if \(checked.tasks[owner].name) fails)"
      case .compensation(let owner): "\(name) (undoes \(checked.tasks[owner].name))"
      case .hook(let event): "\(name) (when \(event.rawValue))"
      }
    }
  }
#endif
