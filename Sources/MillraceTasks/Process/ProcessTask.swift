#if Workflow
  import Foundation
  import MillraceWorkflow
  import Synchronization

  /// Kind `process`: runs any program, which reads JSON and writes JSON.
  ///
  /// ```yaml
  /// count:
  ///   kind: process
  ///   input:
  ///     command: [python3, count.py]
  ///     input: { path: "${tasks.fetch.path}" }
  ///     environment: { API_TOKEN: "${secrets.token}" }
  /// ```
  ///
  /// | input | type | meaning |
  /// |---|---|---|
  /// | `command` | list of texts | The program, looked up in the child's `PATH` unless it has a slash, and its arguments. No shell is involved. |
  /// | `input` | any | Given on standard input; without it the input is empty. |
  /// | `inputFormat` | `json`, `text`, `lines` | How it is written: as JSON (the default); a text as it is; a list with an element on each line, texts as they are and others as JSON. |
  /// | `outputFormat` | `json`, `text`, `lines`, `jsonLines`, `none` | What standard output is: one value of JSON (the default; nothing at all is `null`); a text; texts, one on each line; values of JSON, one on each line; not looked at. |
  /// | `environment` | object of texts | Variables. The place for secrets: arguments are seen by everybody on the machine. |
  /// | `inherit` | list of texts, or `true` | Which variables of this process the child gets besides `PATH`, `HOME` and `LANG`; `true`: all. |
  /// | `folder` | text | Where it works. |
  /// | `success` | list of integers | Exit codes that are no failure; `[0]`. |
  /// | `grace` | seconds | Between SIGTERM and SIGKILL; 5. |
  /// | `outputLimit` | bytes | The most of standard output; 64 MiB. |
  ///
  /// Output: what the program wrote.
  ///
  /// The child's environment also has `TRACEPARENT`, `MILLRACE_IDEMPOTENCY_KEY`, `MILLRACE_RUN`, `MILLRACE_STEP`, `MILLRACE_ATTEMPT` and `MILLRACE_DEADLINE` (microseconds since 1970).
  ///
  /// A line of standard error is a line of the run's log, unless it is an object of JSON with the member `progress` (a number, 0 … 1, or null): that is a heartbeat, and how far the step is.
  ///
  /// **The end.** The step has ended when the program has, and everything that it has started: what is left then, or when the attempt is cancelled (by its deadline, with its run, or as the engine stops), is asked by SIGTERM, and
  /// after the grace killed, wherever it hides: `setsid` and double forks do not help. The same happens when the engine's process dies. For this Linux is needed; elsewhere the step fails.
  ///
  /// **Failures.** `exit 2`, `SIGSEGV` (after the signal), `invalid output`, `output too large` (final), `not started` (final unless the system was out of something), `invalid input` (final). The limits of the task are those
  /// of each process of it: beyond its memory (address space) an allocation fails in the program, beyond its processor time it gets `SIGXCPU`.
  public struct ProcessTask: TaskHandler {
    public let kind = "process"

    public init() {}

    private static let fields = InputFields(
      .required("command", .array(.string)), .optional("input", .any),
      .optional("inputFormat", .oneOf(["json", "text", "lines"])),
      .optional("outputFormat", .oneOf(["json", "text", "lines", "jsonLines", "none"])),
      .optional("environment", .object([:])), .optional("inherit", .any), .optional("folder", .string),
      .optional("success", .array(.integer)), .optional("grace", .number), .optional("outputLimit", .integer))

    public func check(_ task: TaskDefinition, at place: String) throws(WorkflowError) {
      try Self.fields.check(task.input, at: place)
    }

    public func run(_ value: JSONValue, _ context: TaskContext) async throws -> JSONValue {
      let input = try TaskInput(value, Self.fields)
      let command = try Self.command(input, context)
      let log = ErrorLog(context)
      let outcome = await ChildProcess.run(command) { log.take($0) }
      // Ended by us: whatever its code.
      try Task.checkCancellation()
      if case .exit(let code) = outcome.ending, (input.list("success") ?? [0]).contains(.int(Int64(code))) {
        return try Self.output(outcome.output, input.text("outputFormat") ?? "json")
      }
      var failure = outcome.failure(of: command)
      failure.message = log.explained(failure.message)
      throw failure
    }

    // MARK: What it is given

    private static func command(_ input: TaskInput, _ context: TaskContext) throws(TaskFailure) -> ChildProcess.Command
    {
      let arguments = input.texts("command")!
      guard let program = arguments.first, !program.isEmpty else {
        throw TaskFailure.invalidInput("command: a program is expected, the list is empty")
      }
      let environment = try environment(input, context)
      guard !(arguments + environment.keys + environment.values).contains(where: { $0.contains("\0") }) else {
        throw TaskFailure.invalidInput("command, environment: texts without NUL characters are expected")
      }
      let path = try ChildProcess.find(program, environment)
      return ChildProcess.Command(
        path: path, arguments: arguments, environment: environment, folder: input.text("folder"),
        input: try bytes(input["input"], input.text("inputFormat") ?? "json"),
        outputLimit: try input.byteLimit("outputLimit", default: 64 << 20),
        grace: try input.seconds("grace") ?? .seconds(5), limits: context.limits)
    }

    private static func environment(_ input: TaskInput, _ context: TaskContext) throws(TaskFailure) -> [String: String]
    {
      let ours = ProcessInfo.processInfo.environment
      var environment: [String: String]
      switch input["inherit"] {
      case nil, .bool(false): environment = ours.filter { inherited.contains($0.key) }
      case .bool(true): environment = ours
      case .array(let names) where names.allSatisfy({ $0.text != nil }):
        environment = ours.filter { inherited.contains($0.key) || names.contains(.string($0.key)) }
      default: throw TaskFailure.invalidInput("inherit: true or a list of names is expected")
      }
      for (name, value) in input.object("environment") ?? [:] {
        guard !name.isEmpty, !name.contains("=") else {
          throw TaskFailure.invalidInput("environment: a variable's name is expected, not \"\(name)\"")
        }
        guard let text = value.text else {
          throw TaskFailure.invalidInput("environment.\(name): a text is expected, not \(value.kindOfValue)")
        }
        environment[name] = text
      }
      environment["TRACEPARENT"] = context.traceparent
      environment["MILLRACE_IDEMPOTENCY_KEY"] = context.idempotencyKey
      environment["MILLRACE_RUN"] = context.run.description
      environment["MILLRACE_STEP"] = context.step
      environment["MILLRACE_ATTEMPT"] = String(context.attempt)
      environment["MILLRACE_DEADLINE"] = String(context.deadline.microseconds)
      return environment
    }

    private static let inherited: Set<String> = ["PATH", "HOME", "LANG"]

    private static func bytes(_ value: JSONValue?, _ format: String) throws(TaskFailure) -> [UInt8] {
      switch (format, value) {
      case (_, nil): return []
      case ("json", let value?): return value.json + [0x0a]
      case ("text", .string(let text)): return Array(text.utf8)
      case ("lines", .array(let values)):
        return Lines.join(values)
      case (_, let value?):
        throw .invalidInput(
          "input: \(format == "text" ? "a text" : "a list") is expected for \(format), not \(value.kindOfValue)")
      }
    }

    // MARK: What it gives

    private static func output(_ bytes: [UInt8], _ format: String) throws(TaskFailure) -> JSONValue {
      if format == "none" { return .null }
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw TaskFailure(code: "invalid output", "standard output is not UTF-8 text")
      }
      switch format {
      case "text": return .string(text)
      case "lines": return .array(Lines.split(bytes).map { .string($0) })
      case "jsonLines":
        var values: [JSONValue] = []
        for (index, line) in Lines.slices(bytes).enumerated() {
          values.append(try json(Array(line), "line \(index + 1) of standard output"))
        }
        return .array(values)
      default:
        return text.allSatisfy(\.isWhitespace) ? .null : try json(bytes, "standard output")
      }
    }

    private static func json(_ bytes: [UInt8], _ place: String) throws(TaskFailure) -> JSONValue {
      do {
        return try JSONValue(json: bytes)
      } catch {
        let beginning = String(decoding: bytes.prefix(60), as: UTF8.self)
        throw TaskFailure(
          code: "invalid output",
          "\(place) is \(error.message) It begins with \"\(beginning)\"; outputFormat says what else is expected: text, lines, jsonLines, none"
        )
      }
    }
  }

  /// What a program writes to its standard error: progress, and lines for the log, of which the last explain a failure.
  private final class ErrorLog: Sendable {
    private static let most = 10_000

    private let context: TaskContext
    private let state = Mutex((count: 0, last: [String]()))

    init(_ context: TaskContext) {
      self.context = context
    }

    func take(_ line: String) {
      if line.hasPrefix("{"), let value = try? JSONValue(json: line.utf8), let progress = value["progress"],
        progress == .null || progress.number != nil
      {
        context.heartbeat(progress: progress.number.map { min(1, max(0, $0)) })
        return
      }
      let count = state.withLock { state in
        state.count += 1
        state.last.append(String(line.prefix(1000)))
        if state.last.count > 5 { state.last.removeFirst() }
        return state.count
      }
      if count <= Self.most {
        context.log(line)
      } else if count == Self.most + 1 {
        context.log("more than \(Self.most) lines: the others are left out")
      }
    }

    func explained(_ message: String) -> String {
      let last = state.withLock { $0.last }
      return last.isEmpty ? message : message + "; its last lines:\n" + last.joined(separator: "\n")
    }
  }
#endif
