#if Workflow
  import Foundation
  import MillraceWorkflow
  import Yams

  extension DefinitionSource {
    /// Reads a definition in YAML.
    ///
    /// - Parameter file: the name that messages have.
    /// - Throws: ``WorkflowError/Code/invalidDefinition``, with line and column, and with ``DefinitionFaults`` for what is YAML and no definition.
    public init(yaml bytes: some Sequence<UInt8>, file: String? = nil) throws(WorkflowError) {
      try self.init(try DocumentNode(yaml: bytes, file: file), file: file)
    }

    /// Reads a file: as JSON if its name ends with `.json`, as YAML otherwise.
    ///
    /// - Throws: as ``init(yaml:file:)`` and ``init(json:file:)``; ``WorkflowError/Code/invalidDefinition`` if the file cannot be read.
    public init(contentsOf path: String) throws(WorkflowError) {
      let data: Data
      do {
        data = try Self.read(path)
      } catch {
        throw WorkflowError(
          .invalidDefinition, "expected a file that can be read: \(error.localizedDescription)", at: path,
          underlying: error)
      }
      if path.hasSuffix(".json") {
        try self.init(json: data, file: path)
      } else {
        try self.init(yaml: data, file: path)
      }
    }

    /// A file, or of one that is larger than a definition may be, just more than that: a device has no end.
    package static func read(_ path: String) throws -> Data {
      let file = try FileHandle(forReadingFrom: URL(filePath: path))
      defer { try? file.close() }
      var data = Data()
      // A pipe gives what it has.
      while data.count <= DocumentNode.lengthMaximum,
        let part = try file.read(upToCount: DocumentNode.lengthMaximum + 1 - data.count), !part.isEmpty
      {
        data += part
      }
      return data
    }
  }

  extension DocumentNode {
    /// As ``init(yaml:)``; messages have the file's name.
    package init(yaml bytes: some Sequence<UInt8>, file: String?) throws(WorkflowError) {
      do throws(WorkflowError) {
        try self.init(yaml: Array(bytes))
      } catch {
        guard let file else { throw error }
        let place = [file, error.place].compactMap { $0 }.joined(separator: ":")
        throw WorkflowError(error.code, error.message, at: place, underlying: error.underlying)
      }
    }
  }

  extension WorkflowDefinition {
    /// Reads a definition in YAML.
    ///
    /// - Throws: as ``DefinitionSource/init(yaml:file:)``.
    public init(yaml text: some StringProtocol) throws(WorkflowError) {
      self = try DefinitionSource(yaml: text.utf8).definition
    }

    /// As people write it: tasks in their order, and nothing that has its default. Reading it gives an equal definition.
    public var yaml: String {
      do {
        return try Yams.serialize(node: shortDocument.asYAML, width: -1, allowUnicode: true)
      } catch {
        preconditionFailure("a definition cannot be written as YAML: \(error)")
      }
    }
  }

  extension DocumentNode {
    fileprivate var asYAML: Yams.Node {
      func plain(_ text: String) -> Yams.Node { Yams.Node(text, .implicit, .plain) }
      switch content {
      case .null: return plain("null")
      case .bool(let value): return plain("\(value)")
      case .int(let value): return plain("\(value)")
      case .double(let value): return plain("\(value)")
      case .string(let text): return Self.yaml(text)
      case .array(let nodes): return Yams.Node(nodes.map(\.asYAML))
      case .object(let members): return Yams.Node(members.map { (Self.yaml($0.name), $0.value.asYAML) })
      }
    }

    /// In quotes unless everybody reads it as a text without.
    private static func yaml(_ text: String) -> Yams.Node {
      if text.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_.\/-]*( [A-Za-z0-9_.\/-]+)*/) != nil,
        text.wholeMatch(of: /(?i:y|n|yes|no|on|off|true|false|null)/) == nil
      {
        return Yams.Node(text, .implicit, .plain)
      }
      return Yams.Node(text, Tag(.str), .doubleQuoted)
    }
  }
#endif
