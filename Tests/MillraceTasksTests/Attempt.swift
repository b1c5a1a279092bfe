#if Workflow
  import Foundation
  import MillraceTasks
  import MillraceWorkflow
  import Synchronization

  /// An attempt as an engine would make it, and what the task says meanwhile.
  final class Attempt: Sendable {
    private let said = Mutex([TaskReport]())
    private let lines: AsyncStream<String>
    private let feed: AsyncStream<String>.Continuation
    private let limits: ProcessLimits
    private let number: Int

    init(limits: ProcessLimits = ProcessLimits(), number: Int = 1) {
      (lines, feed) = AsyncStream.makeStream()
      self.limits = limits
      self.number = number
    }

    static let run = RunID(high: 1, low: 2)
    static let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    var context: TaskContext {
      TaskContext(
        run: Self.run, workflow: "test", step: "step", attempt: number, deadline: Timestamp(microseconds: 77),
        traceparent: Self.trace, limits: limits
      ) { [self] report in
        said.withLock { $0.append(report) }
        if case .log(let line) = report { feed.yield(line) }
      }
    }

    var reports: [TaskReport] { said.withLock { $0 } }

    /// The first line of the log that begins so; waits for it.
    func line(_ beginning: String) async -> String? { await lines.first { $0.hasPrefix(beginning) } }
  }

  extension TaskHandler {
    /// An attempt of which nothing but its output counts.
    func output(_ input: JSONValue, _ attempt: Attempt = Attempt()) async throws -> JSONValue {
      try await run(input, attempt.context)
    }

    /// The failure of an attempt, nil if it does not fail.
    func failure(_ input: JSONValue, _ attempt: Attempt = Attempt()) async throws -> TaskFailure? {
      do {
        _ = try await run(input, attempt.context)
        return nil
      } catch let failure as TaskFailure {
        return failure
      }
    }

    /// What the definition's check says of an input, nil if nothing.
    func complaint(_ input: JSONValue) -> String? {
      var task = TaskDefinition(name: "t", kind: kind)
      task.input = Template(input)
      do {
        try check(task, at: "tasks.t.input")
        return nil
      } catch {
        return error.description
      }
    }
  }

  /// A folder that goes away with the value.
  final class Folder: Sendable {
    let path: String

    init() throws {
      path = FileManager.default.temporaryDirectory.appending(path: "millrace-tasks-\(UUID().uuidString)").path
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Nothing of it is in use after this.
    func file(_ name: String) -> String { path + "/" + name }

    func write(_ text: String, _ name: String) throws -> String {
      try Data(text.utf8).write(to: URL(filePath: file(name)))
      return file(name)
    }

    func read(_ name: String) throws -> String { try String(contentsOfFile: file(name), encoding: .utf8) }

    var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? [] }
  }
#endif
