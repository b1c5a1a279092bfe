import MillraceWfFormat

/// Goes through a definition with its shapes, keeps the path, and gathers what is wrong.
struct DefinitionReader {
  private(set) var faults: [DefinitionFault] = []
  /// Places of what has been read, by path: for faults that are found later.
  private(set) var places: [String: DocumentPlace] = [:]
  private var path: [PathStep] = []

  mutating func fail(_ message: String, at place: DocumentPlace?) {
    faults.append(DefinitionFault(message, path: PathStep.text(path), place: place))
  }

  mutating func expected(_ what: String, at node: DocumentNode) {
    fail("expected \(what), found \(node.summary)", at: node.place)
  }

  /// - Parameter suffix: as of a text in a template: `headers.url, column 8`.
  mutating func fail(_ message: String, at place: DocumentPlace?, below suffix: String) {
    let path = PathStep.text(path)
    let separator = suffix.isEmpty ? "" : suffix.hasPrefix("[") ? "" : suffix.hasPrefix("column") ? ", " : "."
    faults.append(DefinitionFault(message, path: path + separator + suffix, place: place))
  }

  mutating func inside<Value>(
    _ step: PathStep, at place: DocumentPlace?, _ read: (inout DefinitionReader) -> Value
  ) -> Value {
    path.append(step)
    defer { path.removeLast() }
    if let place { places[PathStep.text(path)] = place }
    return read(&self)
  }
}
