#if Workflow
  import ArgumentParser
  import Foundation
  import MillraceDashboard
  import MillraceWorkflow

  struct Trigger: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Store the start of a run, to be driven later.",
      discussion: """
        The run begins when `millrace serve`, or any `millrace run`, drives the database; with --wait at once. When the command has ended well, the \
        start is stored.

        With --server the workflow is one that the server knows, by its name.

        Examples:
          millrace trigger weather.yaml --set out=weather --idempotency-key weather-2013
          millrace trigger weather --wait

        Exit codes: \(ExitCodes.help)
        """)

    @Argument(
      help:
        "The workflow: a file, or the name of one that has runs in the database, of which the newest one's definition is taken.",
      completion: .file(extensions: ["yaml", "yml", "json"]))
    var workflow: String

    @OptionGroup var parameters: Parameters

    @Option(help: "A second start of the workflow with this text is answered with the first one's run.")
    var idempotencyKey: String?

    @Option(help: "Whom or what the run is about: runs with one key take turns in queues.")
    var key = ""

    @Option(help: "Of runs that wait in a queue, those with more go first.")
    var priority = 0

    @OptionGroup var source: Source

    @Flag(help: "Drive the run here, until it has ended; with --server, wait until it has ended there.")
    var wait = false

    @OptionGroup var options: DriveOptions

    func run() async throws {
      try await reportingTrouble {
        if let server = try source.server() { return try await start(on: server) }
        let database = source.database
        let tasks = BuiltInTasks(workers: options.workers)
        let isFile = FileManager.default.fileExists(atPath: workflow) || workflow.contains(/[.\/]/)
        let ofFile = isFile ? try DefinitionFile.read(workflow, tasks) : nil
        let session = try await Session(database, tasks, drives: false, isMade: isFile)
        let (verdict, record) = try await session.whileOpen { try await start(ofFile, session) }
        guard wait else {
          await tasks.executor.shutdown()
          return tell(verdict, record)
        }
        let drive = try await Drive(
          database, tasks, options, again: "millrace resume \(record.id.short)\(database.option) --wait")
        try await drive.whileOpen {
          try await drive.follow(record.id)
          try await drive.resumeRuns(besides: record)
          try await drive.wait(for: record.id)
        }
      }
    }

    private func start(_ ofFile: CheckedDefinition?, _ session: Session) async throws -> (StartVerdict, RunRecord) {
      let checked: CheckedDefinition
      if let ofFile { checked = ofFile } else { checked = try await newest(session) }
      guard wait || checked.definition.durability != .memory else {
        throw complain(
          "\(checked.definition.name) has durability memory, so its runs are not stored: take --wait, or `millrace run`",
          code: ExitCodes.usage)
      }
      try session.engine.register(checked)
      var request = StartRequest(
        workflow: checked.definition.name, input: try parameters.values(for: checked.definition))
      request.key = key
      request.priority = priority
      request.idempotencyKey = idempotencyKey
      let verdict = try await session.engine.start(request)
      return (verdict, try await session.engine.record(of: verdict.run)!)
    }

    /// The server checks the parameters.
    private func start(on server: ServerClient) async throws {
      var request = StartRequest(workflow: workflow)
      let texts = try await server.textParameters(of: workflow)
      request.input = parameters.given { texts.contains($0) ? .string : .any }
      request.key = key
      request.priority = priority
      request.idempotencyKey = idempotencyKey
      let (verdict, record) = try await server.start(request)
      if wait { return try await ServerWait(server, options, source).wait(for: record.id) }
      tell(verdict, try await server.run(record.id).run.record)
    }

    private func newest(_ session: Session) async throws -> CheckedDefinition {
      var query = RunQuery()
      query.workflow = workflow
      query.limit = 1
      guard let record = try await session.store.runs(query).first,
        let checked = try await session.definition(of: record)
      else {
        throw complain(
          "there is no file \(workflow), and no run of a workflow with this name in \(source.database.path)",
          code: ExitCodes.missing)
      }
      return checked
    }

    private func tell(_ verdict: StartVerdict, _ record: RunRecord) {
      if options.json { return print(json: .object(record.members)) }
      let name = "\(record.workflow) \(record.id.short)"
      switch verdict {
      case .started where source.isServer: print("\(name): is stored, and driven there")
      case .started: print("\(name): is stored, and begins when it is driven: `millrace serve\(source.option)`")
      case .duplicate: print("\(name): was started before with this idempotency key, and is \(record.state.text)")
      case .keyHeld: print("\(name): holds the key \(record.key), and is \(record.state.text); no run is started")
      }
    }
  }
#endif
