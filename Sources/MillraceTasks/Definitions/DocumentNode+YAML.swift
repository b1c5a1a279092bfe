#if Workflow
  import MillraceWorkflow
  import Yams

  extension DocumentNode {
    /// Reads one document of YAML 1.2 (the core schema: `yes` and `on` are texts), with places.
    ///
    /// The library goes down the levels of a text by recursion, a thousand of them before it refuses: call this where there are 2 MB of stack, as workers and threads of the system have.
    ///
    /// Aliases may stand for values, and `<<` merges; what they stand for counts each time it appears, so that a small file cannot become a large definition. Refused are names that an object has twice, keys that are no texts, and tags.
    ///
    /// - Throws: ``WorkflowError/Code/invalidDefinition``, with line and column.
    package init(yaml bytes: [UInt8]) throws(WorkflowError) {
      guard bytes.count <= Self.lengthMaximum else {
        throw WorkflowError(
          .invalidDefinition, "expected at most \(Self.lengthMaximum) bytes, found more")
      }
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw WorkflowError(.invalidDefinition, "expected UTF-8, found bytes that are not")
      }
      if bytes.contains(UInt8(ascii: "&")), bytes.contains(UInt8(ascii: "*")) {
        try Self.refuseDifficultKeys(text)
      }
      guard let root = try Self.compose(text) else {
        throw WorkflowError(.invalidDefinition, "expected an object, found an empty file", at: "1:1")
      }
      var reader = YAMLReader()
      self = try reader.read(root, depth: 0)
    }

    private static func compose(_ text: String) throws(WorkflowError) -> Yams.Node? {
      do {
        return try Yams.Parser(yaml: text, encoding: .utf8).singleRoot()
      } catch let error as YamlError {
        throw error.asWorkflowError
      } catch {
        throw WorkflowError(.invalidDefinition, "not YAML: \(error)", underlying: error)
      }
    }

    /// The library compares keys when it puts an object together, and would do so for years when a key is a list that aliases have blown up. So a text with aliases is read once without: anchors have become tags, and aliases texts,
    /// which changes no structure.
    private static func refuseDifficultKeys(_ text: String) throws(WorkflowError) {
      let mark = "\u{2055}"
      var plain = ""
      for scalar in text.unicodeScalars {
        switch scalar {
        case "&": plain += "!"
        case "*": plain += mark
        default: plain.unicodeScalars.append(scalar)
        }
      }
      func check(_ node: Yams.Node) throws(WorkflowError) {
        switch node {
        case .scalar, .alias: break
        case .sequence(let nodes): for node in nodes { try check(node) }
        case .mapping(let pairs):
          for (key, value) in pairs {
            guard case .scalar(let scalar) = key, scalar.style != .plain || !scalar.string.hasPrefix(mark) else {
              throw WorkflowError(.invalidDefinition, "expected a text for a key", at: key.mark.map { "\($0)" })
            }
            try check(value)
          }
        }
      }
      if let root = try compose(plain) { try check(root) }
    }
  }

  private struct YAMLReader {
    private var count = 0

    mutating func read(_ node: Yams.Node, depth: Int) throws(WorkflowError) -> DocumentNode {
      let place = node.mark.map { DocumentPlace(line: $0.line, column: $0.column) }
      func fault(_ message: String, at mark: Mark?) -> WorkflowError {
        WorkflowError(.invalidDefinition, message, at: (mark ?? node.mark).map { "\($0)" })
      }
      count += 1
      guard depth < DocumentNode.depthMaximum else {
        throw fault("expected values at most \(DocumentNode.depthMaximum) levels deep", at: nil)
      }
      guard count <= DocumentNode.countMaximum else {
        throw fault("expected at most \(DocumentNode.countMaximum) values, aliases resolved", at: nil)
      }
      switch node {
      case .alias: throw fault("expected no alias without an anchor", at: nil)
      case .scalar(let scalar):
        return DocumentNode(try content(scalar), at: place)
      case .sequence(let nodes):
        try refuseTag(nodes.tag, like: .seq, node.mark)
        var elements: [DocumentNode] = []
        for node in nodes { elements.append(try read(node, depth: depth + 1)) }
        return DocumentNode(.array(elements), at: place)
      case .mapping(let pairs):
        try refuseTag(pairs.tag, like: .map, node.mark)
        var members: [DocumentNode.Member] = []
        var merged: [DocumentNode.Member] = []
        for (key, value) in pairs {
          guard case .scalar(let scalar) = key else { throw fault("expected a text for a key", at: key.mark) }
          let value = try read(value, depth: depth + 1)
          if scalar.string == "<<", scalar.style == .plain {
            merged += try Self.mergedMembers(value)
          } else {
            let place = key.mark.map { DocumentPlace(line: $0.line, column: $0.column) }
            members.append(DocumentNode.Member(scalar.string, at: place, value))
          }
        }
        // What is written here wins, and what is merged first.
        var names = Set(members.map(\.name))
        for member in merged where names.insert(member.name).inserted { members.append(member) }
        return DocumentNode(.object(members), at: place)
      }
    }

    private static func mergedMembers(_ node: DocumentNode) throws(WorkflowError) -> [DocumentNode.Member] {
      switch node.content {
      case .object(let members): return members
      case .array(let nodes):
        var members: [DocumentNode.Member] = []
        for node in nodes {
          guard case .object(let more) = node.content else { break }
          members += more
        }
        if nodes.allSatisfy({ if case .object = $0.content { true } else { false } }) { return members }
      default: break
      }
      throw WorkflowError(
        .invalidDefinition, "expected an object, or a list of objects, to merge", at: node.place.map { "\($0)" })
    }

    private func refuseTag(_ tag: Tag, like name: Tag.Name, _ mark: Mark?) throws(WorkflowError) {
      let text = tag.rawValue
      guard text.isEmpty || text == name.rawValue else {
        throw WorkflowError(.invalidDefinition, "expected no tag, found \(text)", at: mark.map { "\($0)" })
      }
    }

    /// By YAML's core schema.
    private func content(_ scalar: Yams.Node.Scalar) throws(WorkflowError) -> DocumentNode.Content {
      let text = scalar.string
      if scalar.tag.rawValue == Tag.Name.str.rawValue { return .string(text) }
      try refuseTag(scalar.tag, like: .str, scalar.mark)
      guard scalar.style == .plain || scalar.style == .any else { return .string(text) }
      return CoreSchema.content(of: text)
    }
  }

  /// What a text without quotes is.
  enum CoreSchema {
    static func content(of text: String) -> DocumentNode.Content {
      switch text {
      case "", "~", "null", "Null", "NULL": return .null
      case "true", "True", "TRUE": return .bool(true)
      case "false", "False", "FALSE": return .bool(false)
      default: break
      }
      guard let first = text.utf8.first, first < 0x3a else { return .string(text) }
      if text.wholeMatch(of: /[-+]?[0-9]+/) != nil, let number = Int64(text) { return .int(number) }
      if text.wholeMatch(of: /0x[0-9a-fA-F]+/) != nil, let number = Int64(text.dropFirst(2), radix: 16) {
        return .int(number)
      }
      if text.wholeMatch(of: /0o[0-7]+/) != nil, let number = Int64(text.dropFirst(2), radix: 8) {
        return .int(number)
      }
      if text.wholeMatch(of: /[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?/) != nil,
        let number = Double(text.hasPrefix("+") ? String(text.dropFirst()) : text), number.isFinite
      {
        return .double(number)
      }
      return .string(text)
    }
  }

  extension YamlError {
    fileprivate var asWorkflowError: WorkflowError {
      func error(_ problem: String, _ context: Context?, _ place: String?) -> WorkflowError {
        let context = context.map { " (\($0.text) at \($0.mark))" } ?? ""
        return WorkflowError(.invalidDefinition, "not YAML: \(problem)\(context)", at: place, underlying: self)
      }
      switch self {
      case .scanner(let context, let problem, let mark, let yaml),
        .parser(let context, let problem, let mark, let yaml),
        .composer(let context, let problem, let mark, let yaml):
        return error(problem + Self.hint(mark, yaml), context, "\(mark)")
      case .reader(let problem, let offset, _, let yaml):
        return error(problem, nil, offset.map { "\(Self.place(of: $0, in: yaml))" })
      case .duplicatedKeysInMapping(let duplicates, let context):
        let names = duplicates.map { "\"\($0)\"" }.joined(separator: ", ")
        return WorkflowError(
          .invalidDefinition, "expected every name once in an object, found \(names) once more", at: "\(context.mark)",
          underlying: self)
      case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded: return error("\(self)", nil, nil)
      }
    }

    /// The commonest reason: in `{ }` and `[ ]`, YAML takes the braces of an expression for its own.
    private static func hint(_ mark: Mark, _ yaml: String) -> String {
      let lines = yaml.split(separator: "\n", omittingEmptySubsequences: false)
      guard lines.indices.contains(mark.line - 1), hasBareExpression(lines[mark.line - 1].utf8) else { return "" }
      return "; within { } and [ ] an expression stands in quotes: \"${…}\""
    }

    /// Whether an expression begins behind a bracket with no quote between them. One look at each byte: a line may be as long as the file.
    private static func hasBareExpression(_ line: Substring.UTF8View) -> Bool {
      var isWithin = false
      var (beforeLast, last) = (UInt8(ascii: " "), UInt8(ascii: " "))
      for byte in line {
        switch byte {
        case UInt8(ascii: "{") where last == UInt8(ascii: "$"):
          if isWithin, " \t:,[{".utf8.contains(beforeLast) { return true }
        case UInt8(ascii: "{"), UInt8(ascii: "["): isWithin = true
        case UInt8(ascii: "\""), UInt8(ascii: "'"): isWithin = false
        default: break
        }
        (beforeLast, last) = (last, byte)
      }
      return false
    }

    private static func place(of offset: Int, in text: String) -> DocumentPlace {
      let lines = text.prefix(offset).split(separator: "\n", omittingEmptySubsequences: false)
      return DocumentPlace(line: lines.count, column: (lines.last?.count ?? 0) + 1)
    }
  }
#endif
