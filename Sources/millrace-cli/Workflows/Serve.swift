#if Workflow
  import ArgumentParser
  import Foundation
  import Millrace
  import MillraceConnectors
  import MillraceDashboard
  import MillraceTasks
  import MillraceWorkflow

  struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Drive all unfinished runs of a database, and what workflows' triggers start.",
      discussion: """
        Goes on until SIGINT or SIGTERM comes; then attempts under way have --grace seconds to end. All else is left to the next start. With \
        --until-idle it ends as soon as nothing is left that could run now. Several processes may drive one database: they share its runs, and what one \
        that dies has left goes on in the others after some ten seconds.

        Triggers at thresholds watch metrics that --metric gives, or one of these: \(ServeMetrics.meanings.keys.sorted().joined(separator: ", ")).

        Every hour runs are deleted that ended more than a year ago, or before a million others of their workflow, unless a file's `retention` says \
        otherwise. Only this command does that.

        With --listen there is a web page, and an API that the other commands use with --server. After a signal it says that it is not ready, answers \
        until attempts under way have ended, and then ends.

        Examples:
          millrace serve weather.yaml reports.yaml --db runs.db --listen 127.0.0.1:8080
          millrace serve alarm.yaml --metric 'waiting=ls incoming | wc -l' --sample 5
          millrace serve --until-idle

        Exit codes: \(ExitCodes.help)
        """)

    @Argument(
      help: "Workflows whose triggers start runs (YAML or JSON); runs that are stored need no file.",
      completion: .file(extensions: ["yaml", "yml", "json"]))
    var files: [String] = []

    @OptionGroup var database: Database

    @Flag(help: "End when all runs have ended, are paused, or wait.")
    var untilIdle = false

    @Option(
      name: .customLong("metric"),
      help: ArgumentHelp(
        "A metric for thresholds: the shell runs the command, which writes a number. May be given several times.",
        valueName: "name=command"))
    var metrics: [String] = []

    @Option(help: ArgumentHelp("How often metrics are looked at.", valueName: "seconds"))
    var sample = 15.0

    func validate() throws {
      guard (0.01...86_400).contains(sample) else {
        throw ValidationError("--sample is expected to be between 0.01 and 86400 seconds; found \(sample)")
      }
      for metric in metrics where metric.wholeMatch(of: /[^=]+=.+/) == nil {
        throw ValidationError("--metric is expected to be name=command; found \(metric)")
      }
    }

    @OptionGroup var observing: ObserveOptions
    @OptionGroup var server: ServerOptions
    @OptionGroup var options: DriveOptions

    func run() async throws {
      try await reportingTrouble {
        let tasks = BuiltInTasks(workers: options.workers)
        let definitions = try files.map { try DefinitionFile.read($0, tasks) }
        let (journal, relay) = (RunJournal(json: options.json), LineRelay())
        let interruption = Interruption()
        let watch = RunWatch(executor: tasks.executor)
        var watcher: ServeObserving?
        let session = try await Session(
          database, tasks, drives: true, isMade: !files.isEmpty, sweeps: true,
          observers: [journal, relay] + (server.address == nil ? [] : [watch])
        ) { opened, configuration in
          let made = try await ServeObserving(observing, opened, definitions, tasks.executor, json: options.json)
          configuration.observers += made.observers
          configuration.tracer = made.tracer
          watcher = made
        }
        // The session is there: so it has been made.
        let watching = watcher!
        let number = try await session.whileOpen {
          let receivers = try await WebhookReceivers(
            of: definitions.map(\.definition), vault: session.opened.vault, stream: session.stream)
          if server.address == nil, !receivers.names.isEmpty {
            note("nothing comes by webhook (\(receivers.names.joined(separator: ", "))): --listen says where")
          }
          let triggers = try await begin(definitions, session, watching)
          let server = try server.start(session.engine, watch, triggers, watching, receivers)
          let ending: Result<Int32, any Error>
          do {
            ending = .success(try await drive(session, triggers, interruption, relay, watching))
          } catch {
            ending = .failure(error)
          }
          server?.beginDraining()
          if case .success(let number) = ending, number != 0 {
            note(
              "\(number == SIGINT ? "SIGINT" : "SIGTERM"): attempts under way have \(Duration.seconds(options.grace).briefText) to end; a second signal ends at once. Nothing is lost: the same command goes on"
            )
          }
          // It answers until then, so that the end can be watched.
          await session.engine.shutdown(grace: .seconds(options.grace))
          await server?.stop()
          await watching.finish()
          return try ending.get()
        }
        if number != 0 { throw ExitCode(128 + number) }
      }
    }

    /// Registers workflows, and goes on with what is under way.
    private func begin(
      _ definitions: [CheckedDefinition], _ session: Session, _ watching: ServeObserving
    ) async throws -> TriggerRunner {
      var configuration = TriggerRunner.Configuration()
      configuration.stream = session.stream
      configuration.metrics = ServeMetrics.sources(session.store, path: database.path)
      configuration.samplePeriod = .seconds(sample)
      configuration.codec = session.opened.codec
      configuration.connectOutside(store: session.store, stream: session.stream, vault: session.opened.vault)
      for metric in metrics {
        let parts = metric.split(separator: "=", maxSplits: 1).map(String.init)
        let command = CommandMetric(["sh", "-c", parts[1]])
        configuration.metrics[parts[0]] = { try await command.value() }
      }
      configuration.report = { report in
        watching.observe(report)
        report.complaint.map { note($0) }
      }
      let triggers = TriggerRunner(starter: session.engine, store: session.store, configuration: configuration)
      for checked in definitions {
        try session.engine.register(checked)
        for trigger in checked.definition.triggers { try triggers.add(trigger, of: checked.definition.name) }
      }
      let (resumed, unregistered) = try await session.engine.resumeRuns()
      note("drives \(database.path): \(Check.count(resumed, "run")) under way")
      let others = try await session.engine.otherEngines()
      if !others.isEmpty { note("shares its runs with \(others.joined(separator: ", "))") }
      for (workflow, count) in unregistered.sorted(by: { $0.key < $1.key }) {
        note("\(Check.count(count, "run")) of \(workflow) cannot go on: the definition is not in \(database.path)")
      }
      return triggers
    }

    /// - Returns: the signal that has ended it; 0: none.
    private func drive(
      _ session: Session, _ triggers: TriggerRunner, _ interruption: Interruption, _ relay: LineRelay,
      _ watching: ServeObserving
    ) async throws -> Int32 {
      let (untilIdle, sample) = (untilIdle, sample)
      return try await withThrowingTaskGroup(of: Int32?.self) { group in
        defer { group.cancelAll() }
        group.addTask { await interruption.next() }
        group.addTask {
          await CommandBox.serve(session.engine, session.opened)
          return nil
        }
        group.addTask {
          await relay.serve(session.opened)
          return nil
        }
        group.addTask {
          try await watching.watch(session, every: .seconds(sample))
          return nil
        }
        group.addTask {
          if untilIdle {
            try await Self.waitUntilIdle(session)
            return 0
          }
          try await triggers.run()
          return nil
        }
        while let number = try await group.next() { if let number { return number } }
        return 0
      }
    }

    /// Waits for each run that is at work, or is about to be, until there is none.
    private static func waitUntilIdle(_ session: Session) async throws {
      var query = RunQuery()
      query.states = [.initiated, .running]
      query.limit = 1
      while true {
        await session.engine.waitUntilIdle()
        try Task.checkCancellation()
        if let run = try await session.store.runs(query).first {
          try await session.engine.wait(for: run.id) { ![.initiated, .running].contains($0.state) }
        } else if let run = try await dueRun(session) {
          try await session.engine.wait(for: run.id) { $0.revision != run.revision }
        } else {
          return
        }
      }
    }

    /// A run that has something to do now, but is not at work yet.
    private static func dueRun(_ session: Session) async throws -> RunRecord? {
      for id in try await session.store.dueRuns(at: session.store.now(), limit: 100) {
        if let run = try await session.store.load(id)?.record, try await session.definition(of: run) != nil {
          return run
        }
      }
      return nil
    }
  }

  extension TriggerReport {
    /// What somebody should look into; nil for runs that were started, of which the journal tells.
    fileprivate var complaint: String? {
      switch kind {
      case .answered: nil
      case .refused(let occasion, let reason): "\(workflow): \(trigger)@\(occasion) starts no run: \(reason)"
      case .failed(let reason): "\(workflow): trigger \(trigger) could not work, and will be tried again: \(reason)"
      }
    }
  }

  /// Tells of all runs, a line for each that begins, ends, waits or is paused.
  final class RunJournal: RunObserver {
    private let isJSON: Bool

    init(json: Bool) { isJSON = json }

    func observe(_ observation: RunObservation) {
      if isJSON { return print(json: RunFollower.json(observation)) }
      let record = observation.record
      switch observation.kind {
      case .changed(let previous) where previous != record.state:
        note(
          "\(record.workflow) \(record.id.short): \(previous == nil && !record.state.isFinal ? "begins" : record.state.text)"
            + (record.reason.isEmpty ? "" : ": \(record.reason.oneLine)"))
      case .log(let step, _, let line): note("\(record.workflow) \(record.id.short): \(step) | \(line)")
      case .entry(let entry) where entry.kind.hasSuffix("trouble") || entry.kind == "purged":
        note("\(entry.kind): \(entry.reason)")
      case .changed, .step, .entry, .progress: break
      }
    }
  }

  struct Backfill: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Start the runs that a schedule would have started in the past.",
      discussion: """
        For each scheduled time from --from up to, but without, --to a run is stored, unless that time has one. It can be called again after it was \
        cut short. The runs begin when `millrace serve` drives the database.

        Examples:
          millrace backfill report.yaml nightly --from 2026-01-01T00:00:00Z --to 2026-02-01T00:00:00Z

        Exit codes: \(ExitCodes.help)
        """)

    @OptionGroup var definition: DefinitionFile

    @Argument(help: "The trigger's name: one of kind cron or interval.")
    var trigger: String

    @Option(help: ArgumentHelp("The first time.", valueName: "time"))
    var from: String

    @Option(help: ArgumentHelp("The end; default: now.", valueName: "time"))
    var to: String?

    @OptionGroup var database: Database

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
      try await reportingTrouble {
        let tasks = BuiltInTasks()
        let checked = try definition.read(tasks)
        guard let found = checked.definition.triggers.first(where: { $0.name == trigger }) else {
          let names = checked.definition.triggers.map(\.name).joined(separator: ", ")
          throw complain(
            "\(checked.definition.name) has no trigger \(trigger); it has: \(names.isEmpty ? "none" : names)",
            code: ExitCodes.usage)
        }
        switch found.source {
        case .cron, .interval: break
        default:
          throw complain(
            "\(trigger) has no scheduled times: only triggers by cron or interval can be backfilled",
            code: ExitCodes.usage)
        }
        let (start, end) = (
          try Self.time(from, "--from"), try to.map { try Self.time($0, "--to") } ?? SystemWallClock().now
        )
        let session = try await Session(database, tasks, drives: false, isMade: true)
        try session.engine.register(checked)
        let runner = TriggerRunner(starter: session.engine, store: session.store)
        let done = try await session.whileOpen {
          try await runner.backfill(found, of: checked.definition.name, from: start, to: end)
        }
        if json {
          return print(json: [
            "workflow": .string(checked.definition.name), "trigger": .string(trigger),
            "times": .int(Int64(done.times)), "started": .int(Int64(done.started)),
            "duplicates": .int(Int64(done.duplicates)), "refused": .int(Int64(done.refused)),
          ])
        }
        print(
          "\(checked.definition.name): \(Check.count(done.times, "scheduled time")), \(Check.count(done.started, "run")) started, "
            + "\(done.duplicates) had one, \(done.refused) refused")
      }
    }

    private static func time(_ text: String, _ option: String) throws -> Timestamp {
      guard let time = Timestamp(text) else {
        throw complain(
          "\(option) is expected to be a time such as 2026-01-31T12:00:00Z; found \(text)", code: ExitCodes.usage)
      }
      return time
    }
  }
#endif
