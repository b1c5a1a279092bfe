/// What something did that the contract of its protocol does not allow.
public struct ConformanceFailure: Error, Sendable, CustomStringConvertible {
  /// Of the protocol's contract.
  public let clause: Int
  public let caseName: String
  /// What was expected and what was found.
  public let message: String

  public var description: String { "clause \(clause), \(caseName): \(message)" }
}
