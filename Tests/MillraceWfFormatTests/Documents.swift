import Foundation

@testable import MillraceWfFormat

/// Documents in WfFormat, put together for tests.
enum Document {
  struct Task {
    var id: String
    var seconds: Double? = 1
    var parents: [String] = []
    var children: [String] = []
    var inputs: [String] = []
    var outputs: [String] = []
    var machines: [String] = []
  }

  /// Version 1.5, a task a line.
  static func text(
    _ tasks: [Task], files: [(String, Int)]? = nil, machines: [(String, Int, Int)] = [], version: String = "1.5"
  ) -> String {
    func list(_ texts: [String]) -> String { "[" + texts.map { "\"\($0)\"" }.joined(separator: ",") + "]" }
    let specified = tasks.map {
      "{\"name\":\"kind\",\"id\":\"\($0.id)\",\"parents\":\(list($0.parents)),\"children\":\(list($0.children)),"
        + "\"inputFiles\":\(list($0.inputs)),\"outputFiles\":\(list($0.outputs))}"
    }
    let executed = tasks.compactMap { task in
      task.seconds.map {
        "{\"id\":\"\(task.id)\",\"runtimeInSeconds\":\($0),\"machines\":\(list(task.machines))}"
      }
    }
    let fileList = files.map { files in
      ",\"files\":[" + files.map { "{\"id\":\"\($0.0)\",\"sizeInBytes\":\($0.1)}" }.joined(separator: ",\n") + "]"
    }
    let machineList = machines.map {
      "{\"nodeName\":\"\($0.0)\",\"cpu\":{\"coreCount\":\($0.1),\"speedInMHz\":\($0.2)}}"
    }
    return """
      {"name":"test","schemaVersion":"\(version)","workflow":{"specification":{"tasks":[
      \(specified.joined(separator: ",\n"))]
      \(fileList ?? "")},
      "execution":{"makespanInSeconds":1,"executedAt":"2026-01-01T00:00:00Z","tasks":[
      \(executed.joined(separator: ",\n"))]\(machines.isEmpty ? "" : ",\"machines\":[\(machineList.joined(separator: ","))]")}}}
      """
  }

  static func workflow(_ text: String) throws(WfFormatError) -> RecordedWorkflow {
    try RecordedWorkflow(json: Data(text.utf8), file: "test.json")
  }
}

extension RecordedWorkflow {
  /// By label, for comparisons.
  var dependencies: Set<String> {
    var result: Set<String> = []
    for task in 0..<taskCount {
      for child in children[task] { result.insert("\(label(ofTask: task))>\(label(ofTask: Int(child)))") }
    }
    return result
  }
}
