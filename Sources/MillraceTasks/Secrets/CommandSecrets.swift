#if Workflow
  import Foundation
  import MillraceWorkflow

  /// Secrets that a program writes to its standard output: a password manager's.
  ///
  /// ```swift
  /// let provider = CommandSecrets(["pass", "show", "{name}"])
  /// ```
  ///
  /// The program gets this process's environment, and nothing to read. A line end at the end is no part of the secret.
  public struct CommandSecrets: SecretProvider {
    private let command: [String]

    /// - Parameter command: a program's path or name, and its arguments, in which `{name}` stands for the secret's name.
    public init(_ command: [String]) {
      precondition(!command.isEmpty, "CommandSecrets: a program is expected")
      self.command = command
    }

    /// - Returns: nil when the program writes nothing.
    /// - Throws: a ``TaskFailure`` when the program fails; `CancellationError` when the surrounding task is cancelled, which ends the program.
    public func secret(named name: String) async throws -> Secret? {
      let output = try await ChildProcess.output(
        of: command.map { $0.replacing("{name}", with: name) }, environment: ProcessInfo.processInfo.environment)
      guard let text = String(validating: output, as: UTF8.self) else {
        throw TaskFailure(code: "invalid output", "\(command[0]) wrote what is not UTF-8 text")
      }
      let line = text.hasSuffix("\n") ? String(text.dropLast()) : text
      return line.isEmpty ? nil : Secret(line)
    }
  }
#endif
