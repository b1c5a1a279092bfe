extension WorkflowDefinition {
  /// Reads a definition in JSON.
  ///
  /// ```swift
  /// let definition = try WorkflowDefinition(json: #"{"name": "hello", "tasks": {"say": {"kind": "process"}}}"#.utf8)
  /// ```
  ///
  /// Names that are not known and values of the wrong type are all told at once. Whether the tasks fit together is told by ``check(kinds:)``.
  ///
  /// - Throws: ``WorkflowError/Code/invalidJSON``, with line and column; ``WorkflowError/Code/invalidDefinition`` with ``DefinitionFaults``.
  public init(json bytes: some Sequence<UInt8>) throws(WorkflowError) {
    self = try DefinitionSource(json: bytes).definition
  }

  /// Reads a definition from a value. Tasks and parameters that are given as an object are in alphabetical order: use lists where the order matters.
  ///
  /// - Throws: ``WorkflowError/Code/invalidDefinition`` with ``DefinitionFaults``.
  public init(_ value: JSONValue) throws(WorkflowError) {
    self = try DefinitionSource(DocumentNode(value), file: nil).definition
  }

  /// With all fields, also those that have their default, so that it means the same to a later version. Reading it gives an equal definition.
  public var value: JSONValue { Self.shape.write(self, .canonical).value }

  /// ``value`` as JSON, keys sorted: equal definitions have equal bytes.
  public var json: [UInt8] { value.json }

  /// Of ``json``. What a run is stored with, so that it finishes on the definition that it was started with.
  public var hash: ContentHash { ContentHash(of: json) }

  /// As people write it: in order, without what has its default.
  package var shortDocument: DocumentNode { Self.shape.write(self, .short) }

  /// The format as a JSON Schema (draft 2020-12), made of the table of fields that the reader uses.
  ///
  /// It knows names, types and ranges of fields; what must fit together is checked by ``check(kinds:)``.
  public static var jsonSchema: JSONValue {
    guard case .object(var schema) = shape.schema else { preconditionFailure("a definition is an object") }
    func pair<Element>(_ name: String, _ prototype: Element, _ fields: [Field<Element>]) -> [String: JSONValue] {
      [
        name: Shape<Element>.schema(prototype, fields),
        "named-\(name)": Shape<Element>.schema(prototype, fields, isNamed: true),
      ]
    }
    let parts = [
      pair("task", TaskDefinition(name: "", kind: ""), TaskDefinition.fields),
      pair("function", FunctionDefinition(name: ""), FunctionDefinition.fields),
      pair("parameter", ParameterDefinition(name: "", type: .any), ParameterDefinition.fields),
      pair("trigger", TriggerParts(), TriggerParts.fields), ["type": Shape<ValueType>.typeSchema],
    ]
    schema["$defs"] = .object(parts.reduce(into: [:]) { all, part in all.merge(part) { first, _ in first } })
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "A workflow of Millrace"
    return .object(schema)
  }
}

/// A definition that was read, and where in the file each part of it stands.
public struct DefinitionSource: Sendable {
  public let definition: WorkflowDefinition
  /// Of the file, as it appears in messages.
  public let file: String?
  private let places: [String: DocumentPlace]

  /// - Throws: as ``WorkflowDefinition/init(json:)``.
  public init(json bytes: some Sequence<UInt8>, file: String? = nil) throws(WorkflowError) {
    do throws(WorkflowError) {
      try self.init(try DocumentNode(json: Array(bytes)), file: file)
    } catch {
      guard error.code == .invalidJSON, let file else { throw error }
      throw WorkflowError(
        .invalidJSON, error.message, at: [file, error.place].compactMap { $0 }.joined(separator: ":"))
    }
  }

  package init(_ document: DocumentNode, file: String?) throws(WorkflowError) {
    var reader = DefinitionReader()
    let definition = WorkflowDefinition.shape.read(document, &reader)
    guard reader.faults.isEmpty, let definition else {
      throw DefinitionFaults(reader.faults, file: file).error
    }
    self.definition = definition
    self.file = file
    places = reader.places
  }

  /// As ``WorkflowDefinition/check(kinds:)``, with file, line and column in each fault.
  public func check(kinds: [String: any TaskHandler]) throws(WorkflowError) -> CheckedDefinition {
    do throws(WorkflowError) {
      return try definition.check(kinds: kinds)
    } catch {
      guard let faults = error.underlying as? DefinitionFaults else { throw error }
      throw DefinitionFaults(
        faults.faults.map { fault in
          var fault = fault
          fault.place = fault.place ?? place(of: fault.path)
          return fault
        }, file: file
      ).error
    }
  }

  /// Of the longest part of the path that stands in the file.
  private func place(of path: String) -> DocumentPlace? {
    var path = path[...]
    while true {
      if let place = places[String(path)] { return place }
      guard let end = path.lastIndex(where: { ".[,".contains($0) }) else { return nil }
      path = path[..<end]
    }
  }
}
