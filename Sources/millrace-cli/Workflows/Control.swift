#if Workflow
  import ArgumentParser
  import Foundation
  import MillraceDashboard
  import MillraceWorkflow

  /// Why somebody pauses, cancels or retries a run: stored in its history.
  struct Reason: ParsableArguments {
    @Option(help: ArgumentHelp("Why; stored in the run's history.", valueName: "text"))
    var reason = "by command"
  }

  /// What a command does to one run, and who does what follows.
  struct Control: ParsableArguments {
    @OptionGroup var name: RunName
    @OptionGroup var reason: Reason
    @OptionGroup var source: Source

    @Flag(
      help:
        "Drive the run here, until it has ended, instead of leaving that to the next `millrace run`; with --server, wait until it has ended there."
    )
    var wait = false

    @OptionGroup var options: DriveOptions

    /// Has the run changed, by the process that drives it or here, and tells how it stands then.
    func perform(_ command: RunCommand, done: String) async throws {
      try await reportingTrouble {
        if let server = try source.server() {
          let id = try await command.perform(on: name.find(on: server).id, by: server)
          if wait { return try await ServerWait(server, options, source).wait(for: id) }
          return tell(try await server.run(id).run.record, done, isDriven: true)
        }
        let database = source.database
        let tasks = BuiltInTasks(workers: options.workers)
        let outcome: (RunRecord, isDriven: Bool)
        do {
          outcome = (try await change(command, tasks), false)
        } catch let trouble as WorkflowError where trouble.code == .storeUnavailable {
          outcome = (try await ask(command, insteadOf: trouble), true)
        }
        let record = outcome.0
        if wait, !outcome.isDriven {
          let drive = try await Drive(
            database, tasks, options, again: "millrace resume \(record.id.short)\(database.option) --wait")
          return try await drive.whileOpen {
            try await drive.follow(record.id)
            try await drive.resumeRuns(besides: record)
            try await drive.wait(for: record.id)
          }
        }
        await tasks.executor.shutdown()
        tell(record, done, isDriven: outcome.isDriven)
      }
    }

    /// Nobody drives the run: the change is stored here.
    private func change(_ command: RunCommand, _ tasks: BuiltInTasks) async throws -> RunRecord {
      let session = try await Session(source.database, tasks, drives: false)
      return try await session.whileOpen {
        let record = try await name.find(in: session.store, source.database)
        let id = try await command.perform(on: record.id, by: session.engine)
        return try await session.engine.record(of: id)!
      }
    }

    /// Another process drives the run.
    private func ask(_ command: RunCommand, insteadOf trouble: WorkflowError) async throws -> RunRecord {
      let opened = try await source.database.open(.visitor)
      let record = try await name.find(in: opened.store, source.database)
      guard let id = try await CommandBox.ask(command, for: record.id, in: opened) else { throw trouble }
      let after = try await opened.store.load(id)!.record
      try await opened.close()
      return try opened.readable(after)
    }

    private func tell(_ record: RunRecord, _ done: String, isDriven: Bool) {
      if options.json { return print(json: .object(record.members)) }
      print("\(record.workflow) \(record.id.short): \(done)")
      if isDriven { return }
      let next = "`millrace serve\(source.option)`, or any `millrace run` in this database"
      if let closing = record.closing {
        print("its \(closing == .paused ? "hook runs" : "compensations and hooks run") when it is driven next: \(next)")
      } else if !record.state.isFinal, record.state != .paused {
        print("it goes on when it is driven next: \(next)")
      }
    }
  }

  struct Pause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Pause a run: no further attempt begins until it is resumed.", discussion: Control.discussion)
    @OptionGroup var control: Control
    func run() async throws { try await control.perform(.pause(reason: control.reason.reason), done: "paused") }
  }

  struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let a paused run go on.", discussion: Control.discussion)
    @OptionGroup var control: Control
    func run() async throws { try await control.perform(.resume(reason: control.reason.reason), done: "resumed") }
  }

  struct Cancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Cancel a run: what has succeeded is compensated.", discussion: Control.discussion)
    @OptionGroup var control: Control
    func run() async throws { try await control.perform(.cancel(reason: control.reason.reason), done: "cancelled") }
  }

  struct Retry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let a failed or cancelled run go on where it failed; what has succeeded is not done again.",
      discussion: Control.discussion)
    @OptionGroup var control: Control
    func run() async throws { try await control.perform(.retry(reason: control.reason.reason), done: "goes on") }
  }

  struct Restart: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Do a step of a run again, and all that follows it.",
      discussion: "The run has ended, or is paused. To keep what it gave, fork it instead.\n\n" + Control.discussion)
    @OptionGroup var control: Control
    @Option(name: .customLong("from"), help: ArgumentHelp("The step.", valueName: "step"))
    var step: String
    func run() async throws {
      try await control.perform(.restart(from: step, reason: control.reason.reason), done: "goes on from \(step)")
    }
  }

  struct Fork: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Start a new run that takes over what another has done, up to a step.",
      discussion: """
        The other run stays as it is. The new one does the step itself, all that follows it, and all that the other has not done well.


        """ + Control.discussion)
    @OptionGroup var control: Control
    @Option(name: .customLong("from"), help: ArgumentHelp("The step.", valueName: "step"))
    var step: String
    func run() async throws {
      try await control.perform(.fork(from: step, reason: control.reason.reason), done: "is the new run")
    }
  }

  struct Erase: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Delete the data of a run that has ended: parameters, results, history, events.",
      discussion: """
        A record without content stays, so that ids and counts are right. Results that it has kept for other runs to use again, and events that it has \
        told and the database still keeps, go as well. What is deleted is overwritten in the database's files. Files that tasks have written, and \
        what other runs were given, are not the run's data; --with-parts deletes that of the runs that it has started as its parts.

        Exit codes: \(ExitCodes.help)
        """)
    @OptionGroup var name: RunName
    @OptionGroup var source: Source
    @Flag(help: "Delete the data of runs that are parts of it, too, and of theirs.")
    var withParts = false
    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
      try await reportingTrouble {
        let (record, report) = try await erase()
        if json { return print(json: report) }
        print("\(record.workflow) \(record.id.short): \(Self.text(report))")
      }
    }

    /// - Returns: the report as the API gives it.
    private func erase() async throws -> (RunRecord, JSONValue) {
      if let server = try source.server() {
        let record = try await name.find(on: server)
        try check(record)
        return (record, try await server.erase(record.id, includingParts: withParts))
      }
      let tasks = BuiltInTasks(workers: 1)
      let session = try await Session(source.database, tasks, drives: false)
      let (record, report) = try await session.whileOpen {
        let record = try await name.find(in: session.store, source.database)
        try check(record)
        return (record, try await session.engine.erase(record.id, includingParts: withParts))
      }
      await tasks.executor.shutdown()
      return (record, .object(report.members))
    }

    private func check(_ record: RunRecord) throws {
      guard !record.state.isFinal else { return }
      throw complain(
        "run \(record.id.short) is \(record.state.text); only the data of runs that have ended can be deleted: "
          + "`millrace cancel \(record.id.short)\(source.option)` ends it", code: ExitCodes.usage)
    }

    private static func text(_ report: JSONValue) -> String {
      func total(_ name: String) -> Int { report[name]?.integer ?? 0 }
      let parts = (report["runs"]?.elements?.count ?? 1) - 1
      return "deleted " + (parts > 0 ? "with \(Check.count(parts, "part")) " : "")
        + "\(total("payload_bytes")) bytes of payloads, \(total("steps")) steps, "
        + "\(total("history_entries")) entries of history, \(total("inbox_events")) events received, "
        + "\(total("outbox_events")) not yet sent, \(total("stream_events")) sent, "
        + Check.count(total("cached_results"), "kept result")
    }
  }

  extension Control {
    fileprivate static let discussion = """
      If a `millrace run` or `millrace serve` drives the run, that is told, or with --server asked by its API. Else the change is stored, with its reason, and what follows from it is \
      done when the run is driven next; with --wait at once.

      Examples:
        millrace pause last --reason "the other side is down"
        millrace retry 019ab34cd0125f2e --wait

      Exit codes: \(ExitCodes.help)
      """
  }
#endif
