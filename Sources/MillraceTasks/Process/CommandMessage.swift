#if Workflow
  import Foundation
  import Millrace
  import MillraceWorkflow

  /// Tells a program something: by its standard input.
  ///
  /// ```swift
  /// import MillraceTasks
  /// let pager = CommandMessage(["sh", "-c", "mail -s alert ops@example.org"])
  /// try await pager.send(Array("the oven is too hot\n".utf8))
  /// ```
  ///
  /// The program gets this process's environment; what it writes is thrown away.
  public struct CommandMessage: Sendable {
    private let command: [String]
    private let timeout: Duration

    /// - Parameters:
    ///   - command: a program's path or name, and its arguments.
    ///   - timeout: after so long it is ended.
    public init(_ command: [String], timeout: Duration = .seconds(30)) {
      precondition(!command.isEmpty, "CommandMessage: a program is expected")
      self.command = command
      self.timeout = timeout
    }

    /// - Throws: a ``TaskFailure`` when the program cannot be started, or fails; `DeadlineExceeded`; `CancellationError`.
    public func send(_ input: [UInt8]) async throws {
      try await withTimeout(timeout) { [command] in
        _ = try await ChildProcess.output(
          of: command, environment: ProcessInfo.processInfo.environment, input: input)
      }
    }
  }
#endif
