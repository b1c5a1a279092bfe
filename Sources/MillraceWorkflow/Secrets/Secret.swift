/// A password, a token, a key: a text that neither prints nor encodes.
///
/// ```swift
/// let token = Secret("s3cr3t")
/// print("token: \(token)")         // token: •••
/// request.authorize(token.revealed)
/// ```
///
/// It is not `Codable`, so that no type that holds one can be stored by oversight, and not `Equatable`: whoever needs the text says ``revealed``.
public struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The text itself. For whom it is meant, and nobody else.
  public let revealed: String

  public init(_ text: String) {
    revealed = text
  }

  /// What stands for a secret wherever it is shown.
  public static let mask = "•••"

  public var description: String { Self.mask }
  public var debugDescription: String { Self.mask }
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}
