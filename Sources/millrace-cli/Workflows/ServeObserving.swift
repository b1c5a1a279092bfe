#if Workflow
  import ArgumentParser
  import Foundation
  import Millrace
  import MillraceObserve
  import MillraceTasks
  import MillraceWorkflow

  /// What `millrace serve` tells of itself, and to whom.
  struct ObserveOptions: ParsableArguments {
    @Option(
      name: .customLong("alert"),
      help: ArgumentHelp(
        """
        A rule for alerts, besides the standard ones (failure, circuit, trouble, deadline=90%), or instead of the one of its name: failure[:WORKFLOW], \
        deadline[:WORKFLOW]=80%, queue[:QUEUE]=100, lag=500, circuit[:CIRCUIT], silence[:WORKFLOW]=25h, trouble. May be given several times.
        """, valueName: "rule"))
    var rules: [String] = []

    @Option(
      name: .customLong("alerts"),
      help: ArgumentHelp(
        "Rules for alerts, and who is told of them, from a file (YAML or JSON); --alert comes on top. See the guide to observing.",
        valueName: "file"),
      completion: .file(extensions: ["yaml", "yml", "json"]))
    var alertsFile: String?

    @Option(
      name: .customLong("alert-command"),
      help: ArgumentHelp(
        "Tell of alerts by a command: the shell runs it, with the alert as JSON on its standard input. May be given several times.",
        valueName: "command"))
    var commands: [String] = []

    @Option(
      name: .customLong("alert-webhook"),
      help: ArgumentHelp("Tell of alerts by an HTTP POST of JSON. May be given several times.", valueName: "url"))
    var webhooks: [String] = []

    @Option(
      name: .customLong("alert-secret"),
      help: ArgumentHelp(
        "The secret with the key under which webhooks are signed (header X-Millrace-Signature).", valueName: "secret"))
    var secret: String?

    @Option(
      name: .customLong("metrics-file"),
      help: ArgumentHelp(
        "Write all metrics, as Prometheus reads them, to a file as often as --sample says.", valueName: "file"))
    var metricsFile: String?

    @Option(
      name: .customLong("otlp"),
      help: ArgumentHelp(
        "Send spans of all runs to a collector, by OTLP over HTTP: its address, such as http://127.0.0.1:4318.",
        valueName: "url"))
    var collector: String?

    @Option(
      name: .customLong("trace-file"),
      help: ArgumentHelp(
        "Write spans of the latest runs, and what the workers did last, at the end, for ui.perfetto.dev.",
        valueName: "file"))
    var traceFile: String?

    @Option(
      name: .customLong("trace-sample"),
      help: ArgumentHelp(
        "Of how many runs spans are kept, 0 to 1. One that is started under a trace does as that one's flag says.",
        valueName: "ratio"))
    var traceRatio = 1.0

    @Flag(
      name: .customLong("trace-failures"), inversion: .prefixedNo,
      help: "With --trace-sample: keep spans of runs that fail, too.")
    var keepsFailures = true

    func validate() throws {
      for rule in rules {
        do {
          _ = try AlertRule(rule)
        } catch {
          throw ValidationError("--alert: \(error.message)")
        }
      }
      for webhook in webhooks where AlertSink.address(webhook) == nil {
        throw ValidationError("--alert-webhook is expected to be a http or https address; found \(webhook)")
      }
      if let collector, AlertSink.address(collector) == nil {
        throw ValidationError("--otlp is expected to be a http or https address; found \(collector)")
      }
      if secret != nil, webhooks.isEmpty { throw ValidationError("--alert-secret is for --alert-webhook") }
      guard (0...1).contains(traceRatio) else {
        throw ValidationError("--trace-sample is expected to be between 0 and 1; found \(traceRatio)")
      }
    }

    /// Of the file and the options, or complains.
    fileprivate func alertSettings() throws -> AlertSettings {
      var settings = try alertsFile.map { try Self.read($0) } ?? AlertSettings()
      settings.rules += try rules.map { try AlertRule($0) }
      settings.sinks += commands.map { .command($0) }
      settings.sinks += webhooks.map { .webhook(AlertSink.address($0)!, secret: secret) }
      return settings
    }

    private static func read(_ file: String) throws -> AlertSettings {
      let data: Data
      do {
        data = try DefinitionSource.read(file)
      } catch {
        throw complain("--alerts: \(file) cannot be read: \(systemReason(error))", code: ExitCodes.missing)
      }
      do throws(WorkflowError) {
        // JSON is YAML.
        return try AlertSettings(try DocumentNode(yaml: data, file: file), file: file)
      } catch {
        throw complain(error)
      }
    }

    fileprivate var sampling: TraceSampling {
      var sampling = TraceSampling()
      sampling.ratio = traceRatio
      sampling.keepsFailures = keepsFailures && traceRatio < 1
      return sampling
    }
  }

  /// Metrics and alerts of a server.
  final class ServeObserving: Sendable {
    let registry = MetricsRegistry()
    let book: AlertBook
    private let runs: RunMetrics
    private let gauges: EngineMetrics
    private let file: String?
    /// Of the stream, on which triggers wait.
    private let topics: [String]
    private let exporter: SpanExporter?
    private let recording: Recording?
    private let sampling: TraceSampling
    private let vault: Vault

    /// For a trace, from now on.
    private struct Recording {
      let file: String
      let spans = SpanRecording()
      let begun = SystemWallClock().now
      let workers: ProfileSession
    }

    /// - Parameter json: alerts are told as JSON on standard output.
    init(
      _ options: ObserveOptions, _ opened: OpenDatabase, _ definitions: [CheckedDefinition],
      _ executor: WorkStealingExecutor, json: Bool
    ) async throws {
      let settings = try options.alertSettings()
      topics = Set(definitions.flatMap(\.definition.triggers).compactMap(\.topic)).sorted()
      runs = RunMetrics(factory: registry)
      gauges = EngineMetrics(factory: registry)
      file = options.metricsFile
      vault = opened.vault
      recording = options.traceFile.map { Recording(file: $0, workers: executor.startProfile()) }
      sampling = options.sampling
      var spans = SpanExporter.Configuration()
      spans.redactor = opened.vault.redactor
      spans.report = { note($0) }
      exporter = options.collector.flatMap(AlertSink.address).map { SpanExporter(to: $0, configuration: spans) }
      var configuration = AlertBook.Configuration()
      configuration.rules = settings.rules
      configuration.repeatPeriod = settings.repeatPeriod
      var sinks = [
        AlertSink("log") { message in
          json ? print(json: ["event": "alert", "alert": message.json]) : note("alert: \(message.line.oneLine)")
        }
      ]
      var (commands, webhooks) = (0, 0)
      for sink in settings.sinks {
        switch sink {
        case .command(let command):
          commands += 1
          let program = CommandMessage(["sh", "-c", command])
          sinks.append(AlertSink("command \(commands)") { try await program.send(Array("\($0.json)\n".utf8)) })
        case .webhook(let url, let secret):
          webhooks += 1
          let key = try await secret.asyncMap { try await opened.vault.secret(named: $0).revealed }
          sinks.append(.webhook(url, secret: key, name: "webhook \(webhooks)"))
        }
      }
      book = AlertBook(store: opened.store, sinks: sinks, configuration: configuration)
      RunMetrics.follow(book, factory: registry)
      try await book.load()
    }

    var observers: [any RunObserver] { [runs, book] }

    /// nil: nobody wants spans.
    var tracer: RunTraces? {
      let all: [(any SpanSink)?] = [exporter, recording?.spans]
      let sinks = all.compactMap(\.self)
      return sinks.isEmpty ? nil : RunTraces(sinks.count == 1 ? sinks[0] : SpanSinks(sinks), sampling: sampling)
    }

    func observe(_ report: TriggerReport) { runs.observe(report) }

    /// Looks at the engine again and again, until the task is cancelled.
    func watch(_ session: Session, every period: Duration) async throws {
      let executor = session.tasks.executor
      registry.addCollector { [gauges, book, exporter] in
        gauges.record(session.engine.load)
        gauges.record(activeAlerts: book.activeCounts)
        gauges.record(executor.metrics())
        gauges.record(TimerMetrics.current)
        if let exporter { gauges.record(exporter.counts) }
      }
      let sampler = EngineSampler(session.engine, store: session.store, stream: session.stream, topics: topics)
      while true {
        do {
          let sample = try await sampler.sample()
          gauges.record(sample)
          try await book.judge(sample)
        } catch  where !(error is CancellationError) {
          // What the store does not say now, it says the next time; that it cannot be written is told by others.
          note("the database could not be looked at: \(error)")
        }
        writeFile()
        try await TimerClock().sleep(for: period)
      }
    }

    /// Waits until sinks have been told, and alerts are stored: before the database is closed.
    func finish() async {
      await exporter?.shutdown()
      await book.flush()
      writeFile()
      guard let recording else { return }
      let spans = recording.spans.spans.map { $0.redacted(by: vault.redactor) }
      do {
        let trace = ChromeTrace(ProfileTimeline(recording.workers.stop()), spans: spans, begun: recording.begun)
        try Data(trace.json.utf8).write(to: URL(filePath: recording.file))
      } catch {
        note("cannot write \(recording.file): \(systemReason(error))")
      }
    }

    private func writeFile() {
      guard let file else { return }
      do {
        // As a whole: a reader never sees a part.
        try Data(registry.text().utf8).write(to: URL(filePath: file), options: .atomic)
      } catch {
        note("cannot write \(file): \(systemReason(error))")
      }
    }
  }

  extension TriggerDefinition {
    /// Of the stream, whose events it waits for.
    fileprivate var topic: String? {
      switch source {
      case .event(let topic, _): topic
      case .workflow: RunEnd.topic
      case .cron, .interval, .file, .threshold, .connector: nil
      }
    }
  }

  extension Optional {
    fileprivate func asyncMap<Result>(_ body: (Wrapped) async throws -> Result) async rethrows -> Result? {
      guard let self else { return nil }
      return try await body(self)
    }
  }

  struct Alerts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List alerts: those that are not over first.",
      discussion: """
        Alerts are raised by `millrace serve`, and kept in its database until they are over, and for some time then.

        Examples:
          millrace alerts
          millrace alerts --json | jq -r 'select(.recoveredAt == null) | .text'

        Exit codes: 0 done; 64 wrong usage; 66 there is no database; 69 it cannot be read.
        """)

    @OptionGroup var database: Database

    @Flag(help: "Print JSON, a line for each alert.")
    var json = false

    func run() async throws {
      try await reportingTrouble {
        let opened = try await database.open(.visitor)
        let book = AlertBook(store: opened.store, sinks: [])
        try await book.load()
        try await opened.store.close()
        if json {
          for alert in book.alerts { print(json: alert.lastMessage.json) }
          return
        }
        if book.alerts.isEmpty { return note("there are no alerts in \(database.path)") }
        for alert in book.alerts {
          print("\(alert.since.briefText)  \(alert.lastMessage.line.oneLine)")
        }
      }
    }
  }
#endif
