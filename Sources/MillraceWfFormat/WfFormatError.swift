/// What is wrong with a recorded workflow, or with what is asked of it, and where.
public struct WfFormatError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: Sendable, Hashable {
    /// The file could not be opened or read.
    case unreadable
    /// The file is not what it should be.
    case malformed
    /// The request does not fit the workflow.
    case request
  }

  public var code: Code
  public var file: String
  /// From 1; nil when the whole file is meant.
  public var line: Int?
  /// In bytes, from 1.
  public var column: Int?
  /// The place in the JSON document, as `workflow.specification.tasks[17].parents[2]`; nil when the whole file is meant.
  public var path: String?
  public var message: String

  public init(
    code: Code, file: String, line: Int? = nil, column: Int? = nil, path: String? = nil, message: String
  ) {
    self.code = code
    self.file = file
    self.line = line
    self.column = column
    self.path = path
    self.message = message
  }

  public var description: String {
    let place = ([file] + [line, column].compactMap { $0.map(String.init) }).joined(separator: ":")
    return [place, path, message].compactMap { $0 }.joined(separator: ": ")
  }
}
