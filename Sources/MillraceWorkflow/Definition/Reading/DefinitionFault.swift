/// Something that is wrong in a definition.
public struct DefinitionFault: Error, Sendable, Hashable, CustomStringConvertible {
  /// Where in the definition: `tasks.clean.retry.attempts`.
  public var path: String
  /// Where in the file, if it comes from one.
  public var place: DocumentPlace?
  /// What was expected and what was found.
  public var message: String

  public init(_ message: String, path: String, place: DocumentPlace? = nil) {
    self.path = path
    self.place = place
    self.message = message
  }

  /// `FILE:LINE:COLUMN: path: message`, without what is not known.
  public func description(inFile file: String?) -> String {
    let position = place.map { file == nil ? "line \($0.line), column \($0.column)" : "\(file!):\($0)" } ?? file
    return [position, path.isEmpty ? nil : path, message].compactMap { $0 }.joined(separator: ": ")
  }

  public var description: String { description(inFile: nil) }
}

/// All that is wrong in a definition: ``WorkflowError/underlying`` of an error with ``WorkflowError/Code/invalidDefinition``.
public struct DefinitionFaults: Error, Sendable, Hashable, CustomStringConvertible {
  /// In the order of the file.
  public var faults: [DefinitionFault]
  /// The file's name, if it is known.
  public var file: String?

  public init(_ faults: [DefinitionFault], file: String? = nil) {
    self.faults = faults
    self.file = file
  }

  /// One a line.
  public var description: String { faults.map { $0.description(inFile: file) }.joined(separator: "\n") }

  /// The error that tells of all of them.
  public var error: WorkflowError {
    guard faults.count == 1 else {
      return WorkflowError(.invalidDefinition, "\(faults.count) faults:\n\(self)", underlying: self)
    }
    let fault = faults[0]
    return WorkflowError(
      .invalidDefinition, fault.message,
      at: DefinitionFault("", path: fault.path, place: fault.place).description(inFile: file).trimmedPlace,
      underlying: self)
  }
}

extension String {
  /// Without the colon before an empty message.
  fileprivate var trimmedPlace: String { hasSuffix(": ") ? String(dropLast(2)) : self }
}
