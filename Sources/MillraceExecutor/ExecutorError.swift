/// Why an executor refused something. Nothing was run or queued.
public struct ExecutorError: Error, Sendable, Hashable, CustomStringConvertible {
  public struct Code: Sendable, Hashable {
    private enum Value { case shutDown, threadRefused, takeoverUnsupported, takenOver }
    private let value: Value

    /// The executor has been shut down.
    public static let shutDown = Code(value: .shutDown)
    /// The system refused a worker's thread.
    public static let threadRefused = Code(value: .threadRefused)
    /// This build or this Swift runtime cannot hand the process's tasks over.
    public static let takeoverUnsupported = Code(value: .takeoverUnsupported)
    /// Another executor has already been installed as the global one.
    public static let takenOver = Code(value: .takenOver)
  }

  public let code: Code
  public let description: String

  init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }

  static func shutDown(_ name: String) -> ExecutorError {
    ExecutorError(.shutDown, "executor \"\(name)\" has been shut down and accepts no more work")
  }
}
