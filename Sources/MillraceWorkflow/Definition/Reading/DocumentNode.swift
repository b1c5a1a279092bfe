/// A place in a text; lines and columns (characters) from 1.
public struct DocumentPlace: Sendable, Hashable, CustomStringConvertible {
  public var line: Int
  public var column: Int

  public init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  public var description: String { "\(line):\(column)" }
}

/// A value of a file, before it is known what it means: like ``JSONValue``, but it has an order and places.
package struct DocumentNode: Sendable {
  package enum Content: Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case string(String)
    case array([DocumentNode])
    case object([Member])
  }

  package struct Member: Sendable {
    package var name: String
    /// Of the name.
    package var place: DocumentPlace?
    package var value: DocumentNode

    package init(_ name: String, at place: DocumentPlace? = nil, _ value: DocumentNode) {
      self.name = name
      self.place = place
      self.value = value
    }
  }

  package var content: Content
  /// nil: it comes from no file.
  package var place: DocumentPlace?

  package init(_ content: Content, at place: DocumentPlace? = nil) {
    self.content = content
    self.place = place
  }

  /// The deepest that a file's values may be nested.
  package static let depthMaximum = 100
  /// The most values of a file.
  package static let countMaximum = 200_000
  /// The most bytes of a file.
  package static let lengthMaximum = 4_194_304
}

extension DocumentNode {
  /// Members in alphabetical order.
  init(_ value: JSONValue) {
    switch value {
    case .null: self.init(Content.null)
    case .bool(let value): self.init(Content.bool(value))
    case .int(let value): self.init(Content.int(value))
    case .double(let value): self.init(Content.double(value))
    case .string(let value): self.init(Content.string(value))
    case .array(let elements): self.init(Content.array(elements.map { DocumentNode($0) }))
    case .object(let members):
      self.init(.object(members.sorted { $0.key < $1.key }.map { Member($0.key, DocumentNode($0.value)) }))
    }
  }

  /// A number without a fraction is an integer however it is written, as in JSON.
  package var value: JSONValue {
    switch content {
    case .null: .null
    case .bool(let value): .bool(value)
    case .int(let value): .int(value)
    case .double(let value): Int64(exactly: value).map { .int($0) } ?? .double(value)
    case .string(let value): .string(value)
    case .array(let elements): .array(elements.map(\.value))
    case .object(let members):
      .object(Dictionary(members.map { ($0.name, $0.value.value) }, uniquingKeysWith: { first, _ in first }))
    }
  }

  /// For messages: what it is, and if it is short, which.
  package var summary: String {
    if case .null = content { "nothing" } else { value.summary }
  }
}
