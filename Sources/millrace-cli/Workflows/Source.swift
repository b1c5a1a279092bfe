#if Workflow
  import ArgumentParser
  import Foundation
  import MillraceDashboard
  import MillraceWorkflow

  /// Whose runs a command is about: those of a database, or those of a server.
  struct Source: ParsableArguments {
    @OptionGroup var database: Database

    @Option(
      name: .customLong("server"),
      help: ArgumentHelp(
        "Ask this server, instead of a database; with the token in $MILLRACE_TOKEN, if it wants one. Default: $MILLRACE_SERVER.",
        valueName: "url"))
    var address: String?

    func validate() throws {
      if address != nil, database.file != nil { throw ValidationError("--server and --db: one of them is expected") }
    }

    /// nil: a database is meant.
    func server() throws -> ServerClient? {
      let environment = ProcessInfo.processInfo.environment
      guard let address = address ?? (database.file == nil ? environment["MILLRACE_SERVER"] : nil) else { return nil }
      let client = try ServerClient(url: address, token: environment["MILLRACE_TOKEN"])
      if client.isExposed { note("the token goes to \(client.url) in clear: expected https") }
      return client
    }

    var isServer: Bool { (try? server()) != nil }

    /// For people.
    var name: String { (try? server())?.url ?? database.path }

    /// As it must be said to another command to get the same runs.
    var option: String { address.map { " --server " + quotedForShell($0) } ?? database.option }
  }

  /// Waits for a run that a server drives, and tells what came of it.
  struct ServerWait {
    private let server: ServerClient
    private let options: DriveOptions
    private let source: Source

    init(_ server: ServerClient, _ options: DriveOptions, _ source: Source) {
      self.server = server
      self.options = options
      self.source = source
    }

    /// - Throws: the exit code, but for a run that has completed.
    func wait(for id: RunID) async throws {
      let record = try await server.settledRun(id)
      let code = ExitCodes.code(of: record.state)
      if options.json {
        Drive.printEnd(record, try await server.run(id).run.steps, code)
      } else {
        Drive.tell(record, option: source.option) { note($0) }
      }
      if code != 0 { throw ExitCode(code) }
    }
  }

  extension RunCommand {
    /// - Returns: the run that is there afterwards: this one, or a new one.
    func perform(on id: RunID, by server: ServerClient) async throws -> RunID {
      switch self {
      case .pause(let reason): try await server.control(id, .pause(reason: reason))
      case .resume(let reason): try await server.control(id, .resume(reason: reason))
      case .cancel(let reason): try await server.control(id, .cancel(reason: reason))
      case .retry(let reason): try await server.control(id, .retry(reason: reason))
      case .restart(let step, let reason): try await server.control(id, .restart(from: step, reason: reason))
      case .fork(let step, let reason):
        return try Self.newRun(of: try await server.fork(id, from: step, reason: reason), from: id)
      case .send(let eventID, let name, let payload):
        try await server.send(InboxEvent(id: eventID, name: name), payload: payload, to: id)
      }
      return id
    }
  }
#endif
