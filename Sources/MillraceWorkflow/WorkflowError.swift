/// What goes wrong with workflows, apart from what their steps throw.
public struct WorkflowError: Error, Sendable, CustomStringConvertible {
  public struct Code: Sendable, Hashable, CustomStringConvertible {
    public let description: String

    package init(_ description: String) {
      self.description = description
    }

    /// Bytes that should be JSON are not.
    public static let invalidJSON = Code("invalid JSON")
    /// A definition that cannot be registered; ``WorkflowError/place`` names where in it.
    public static let invalidDefinition = Code("invalid definition")
    /// A definition that running runs cannot be moved to.
    public static let incompatibleDefinition = Code("incompatible definition")
    /// No workflow of this name is registered.
    public static let unknownWorkflow = Code("unknown workflow")
    /// No run has this id.
    public static let unknownRun = Code("unknown run")
    /// What was asked is not possible in the run's state.
    public static let impossible = Code("impossible")
    /// A parameter, an input or an event's payload is missing, or of the wrong type.
    public static let invalidInput = Code("invalid input")
    /// A queue, an inbox or another bounded thing is full.
    public static let full = Code("full")
    /// A payload is larger than the store takes.
    public static let tooLarge = Code("too large")
    /// The store cannot be read or written: locked, read-only, out of space, damaged.
    public static let storeUnavailable = Code("store unavailable")
    /// The store holds what cannot be: it was damaged, or written by a newer version.
    public static let storeDamaged = Code("store damaged")
    /// Another engine drives the run, or none does at the moment.
    public static let heldElsewhere = Code("held elsewhere")
    /// What is outside, a source or a sink of events, does not answer, or not now.
    public static let unreachable = Code("unreachable")
    /// The engine has been shut down.
    public static let shutDown = Code("shut down")
    /// A bound that was computed at registration, or a deadline, was exceeded.
    public static let boundExceeded = Code("bound exceeded")
  }

  public let code: Code
  /// What was expected and what was found, for people.
  public let message: String
  /// Where: a file with line and column, or a path in a definition such as `tasks.clean.retry.attempts`.
  public let place: String?
  public let underlying: (any Error)?

  public init(_ code: Code, _ message: String, at place: String? = nil, underlying: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.place = place
    self.underlying = underlying
  }

  public var description: String { place.map { "\($0): \(message)" } ?? message }
}
