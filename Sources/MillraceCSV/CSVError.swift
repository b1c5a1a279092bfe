/// What is wrong with a file, and where.
public struct CSVError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: Sendable, Hashable {
    /// The file could not be opened or read.
    case unreadable
    /// The file is not what it should be.
    case malformed
    /// The request does not fit the file.
    case request
  }

  public var code: Code
  public var file: String
  /// From 1; nil when the whole file is meant.
  public var line: Int?
  /// In bytes, from 1.
  public var column: Int?
  public var message: String

  public var description: String {
    ([file] + [line, column].compactMap { $0.map(String.init) }).joined(separator: ":") + ": " + message
  }
}

/// A fault at a byte of the file, or nil of the file as a whole; becomes a ``CSVError`` when line and column are counted.
struct Fault: Error, Sendable {
  var offset: Int?
  var message: String
}
