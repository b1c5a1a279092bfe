#if Workflow
  import ArgumentParser
  import Foundation
  import MillraceWorkflow

  struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Run a workflow to its end, or go on with a run that was interrupted.",
      discussion: """
        Checks the file, starts a run with the parameters given, and shows every task until the run has ended. All of it is stored in the database \
        as it happens, so that the run can be ended at any moment, even by SIGKILL: the same command goes on with it, and what has been done is \
        not done again. Only an attempt that was under way is made once more, unless the task says otherwise (retry.interrupted).

        A run of this workflow with the same parameters that is not finished is gone on with; --new starts another one. Other unfinished runs in \
        the database go on meanwhile, too. If another process drives the run, its end is waited for, and the run goes on here if that process ends \
        before. After SIGINT or SIGTERM no attempt begins any more, those under way have --grace seconds to end; a second \
        signal ends at once.

        Progress goes to standard error: a table on a terminal, else a line for each step that begins or ends. What the run gives in the end goes to \
        standard output, a line for each output.

        Examples:
          millrace run weather.yaml
          millrace run weather.yaml --set out=weather --db runs.db
          millrace run weather.yaml --json | jq -c 'select(.event == "step")'

        Exit codes: \(ExitCodes.help)
        """)

    @OptionGroup var definition: DefinitionFile
    @OptionGroup var parameters: Parameters
    @OptionGroup var database: Database

    @Option(help: "Whom or what the run is about: runs with one key take turns in queues.")
    var key = ""

    @Flag(help: "Start another run, even if one with these parameters is unfinished.")
    var new = false

    @OptionGroup var options: DriveOptions

    func run() async throws {
      try await reportingTrouble {
        let tasks = BuiltInTasks(workers: options.workers)
        let checked = try definition.read(tasks)
        let values = try parameters.values(for: checked.definition)
        let drive = try await Drive(database, tasks, isMade: true, options, again: again)
        try await drive.whileOpen { try await run(checked, values, drive) }
      }
    }

    private func run(_ checked: CheckedDefinition, _ values: JSONValue, _ drive: Drive) async throws {
      let engine = drive.session.engine
      try engine.register(checked)
      let id: RunID
      if let unfinished = try await unfinished(of: checked, values, drive.session.opened) {
        id = unfinished.id
        drive.say(
          "\(unfinished.workflow) \(id.short): was begun at \(unfinished.createdAt.briefText) UTC, is not finished, and "
            + (unfinished.state == .paused ? "is paused" : "goes on")
            + (unfinished.definition == checked.hash
              ? "" : ", as the file was then; --new starts a run of the file as it is now"))
        try await drive.follow(id)
        try await drive.resumeRuns(besides: unfinished)
      } else {
        try await drive.resumeRuns()
        var request = StartRequest(workflow: checked.definition.name, input: values)
        request.key = key
        let verdict = try await engine.start(request)
        id = verdict.run
        switch verdict {
        case .started: drive.say("\(checked.definition.name) \(id.short): begins, in \(database.path)")
        case .duplicate: drive.say("\(checked.definition.name) \(id.short): was started before")
        case .keyHeld: drive.say("\(checked.definition.name) \(id.short): holds the key, and is waited for")
        }
        try await drive.follow(id, isNew: verdict == .started(id))
      }
      try await drive.sayIfElsewhere(id)
      try await drive.wait(for: id)
    }

    /// The newest run of the workflow with these parameters that is not finished.
    private func unfinished(
      of checked: CheckedDefinition, _ values: JSONValue, _ opened: OpenDatabase
    ) async throws -> RunRecord? {
      if new { return nil }
      var query = RunQuery()
      query.workflow = checked.definition.name
      query.states = Set(RunState.allCases.filter { !$0.isFinal })
      query.limit = 1000
      while true {
        let runs = try await opened.store.runs(query)
        let found = runs.first { run in
          run.parent == nil && (key.isEmpty || run.key == key)
            && (try? opened.readable(run).payload.value()) == values
        }
        if let found { return found }
        guard runs.count == query.limit else { return nil }
        query.before = runs.last?.id
      }
    }

    private var again: String {
      (["millrace", "run", definition.file] + parameters.settings.flatMap { ["--set", $0] }
        + (key.isEmpty ? [] : ["--key", key])).map(quotedForShell).joined(separator: " ") + database.option
    }
  }

  /// Errors of workflows and their stores become a message and an exit code.
  func reportingTrouble<Result>(_ body: () async throws -> Result) async throws -> Result {
    do {
      return try await body()
    } catch let error as WorkflowError {
      throw complain(error)
    }
  }
#endif
