#if Workflow
  import Foundation
  import MillraceWorkflow

  /// A number that a program writes to its standard output, for a trigger's threshold.
  ///
  /// ```swift
  /// import MillraceTasks
  /// import MillraceWorkflow
  /// let backlog = CommandMetric(["sh", "-c", "ls incoming | wc -l"])
  /// var configuration = TriggerRunner.Configuration()
  /// configuration.metrics["backlog"] = { try await backlog.value() }
  /// ```
  ///
  /// The program gets this process's environment, and nothing to read.
  public struct CommandMetric: Sendable {
    private let command: [String]

    /// - Parameter command: a program's path or name, and its arguments.
    public init(_ command: [String]) {
      precondition(!command.isEmpty, "CommandMetric: a program is expected")
      self.command = command
    }

    /// - Throws: a ``TaskFailure`` when the program fails, or writes something else; `CancellationError` when the surrounding task is cancelled, which ends the program.
    public func value() async throws -> Double {
      let output = try await ChildProcess.output(of: command, environment: ProcessInfo.processInfo.environment)
      let text = String(decoding: output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
      guard let number = Double(text), number.isFinite else {
        throw TaskFailure(
          code: "invalid output", "\(command[0]) is expected to write a number; found \"\(text.prefix(100))\"")
      }
      return number
    }
  }
#endif
