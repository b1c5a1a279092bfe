#if Workflow
  import ArgumentParser
  import Foundation
  import MillraceDashboard
  import MillraceWorkflow

  struct Runs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List runs, newest first.",
      discussion: """
        Reads the database, also while another process drives its runs; with --server, asks the server that does.

        Examples:
          millrace runs --state failed --workflow weather
          millrace runs --json | jq -r .run

        Exit codes: 0 done; 64 wrong usage; 66 there is no database; 69 it cannot be read.
        """)

    @Option(help: "Only runs of this workflow.", completion: .custom(Completions.workflows))
    var workflow: String?

    @Option(
      name: .customLong("state"),
      help: ArgumentHelp(
        "Only runs in this state; may be given several times: \(RunState.allCases.map(\.rawValue).joined(separator: ", ")).",
        valueName: "state"))
    var states: [RunState] = []

    @Option(
      help: "Only runs with this in their workflow's name, key, status or reason, or at the beginning of their id.")
    var text: String?

    @Option(help: ArgumentHelp("At most so many.", valueName: "count"))
    var limit = 20

    @OptionGroup var source: Source

    @Flag(help: "Print JSON, a line for each run.")
    var json = false

    func validate() throws { try checkListLimit(limit) }

    func run() async throws {
      try await reportingTrouble {
        var query = RunQuery()
        query.workflow = workflow
        query.states = Set(states)
        query.text = text
        query.limit = limit
        let (runs, count) = try await find(query)
        if json {
          for run in runs { print(json: .object(run.members)) }
          return
        }
        if runs.isEmpty { return note("no runs in \(source.name) are like this") }
        let width = min(32, max(8, runs.map(\.workflow.count).max() ?? 0))
        print("run               \("workflow".padded(width))  state       started (UTC)             took  reason")
        let now = SystemWallClock().now
        for run in runs {
          let took = (run.finishedAt ?? now).duration(since: run.createdAt).briefText
          let text =
            "\(run.id.short)  \(run.workflow.padded(width))  \(run.state.text.padded(10))  \(run.createdAt.briefText)"
            + "  \(took.padded(12, isRight: true))  \(run.reason.oneLine)"
          print(text.trimmedAtEnd)
        }
        if count > runs.count { print("… \(count - runs.count) more; --limit shows them") }
      }
    }
  }

  extension Runs {
    private func find(_ query: RunQuery) async throws -> (runs: [RunRecord], count: Int) {
      if let server = try source.server() {
        var (runs, count) = try await server.runs(query)
        if json {
          // A list has no values.
          for index in runs.indices { runs[index] = try await server.run(runs[index].id).run.record }
        }
        return (runs, count)
      }
      let opened = try await source.database.open(.visitor)
      let runs = try await opened.store.runs(query).map(opened.readable)
      let count = try await opened.store.count(query)
      try await opened.store.close()
      return (runs, count)
    }
  }

  extension RunState: ExpressibleByArgument {}

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Tell all about a run: its steps on a line of time, and its history.",
      discussion: """
        Reads the database, also while another process drives the run; with --server, asks the server that does. Hashes name what an attempt was given and what it gave: equal hashes, equal \
        values.

        Examples:
          millrace show last
          millrace show 019ab34cd0125f2e --json

        Exit codes: 0 done; 64 wrong usage, or more than one run is meant; 66 there is no such run or database; 69 the database cannot be read.
        """)

    @OptionGroup var name: RunName
    @OptionGroup var source: Source

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
      try await reportingTrouble {
        let (run, history) = try await load()
        print(json ? "\(Self.json(run, history))" : Timeline(run, history).text)
      }
    }

    private func load() async throws -> (run: StoredRun, history: [HistoryEntry]) {
      if let server = try source.server() { return try await server.run(name.find(on: server).id) }
      let opened = try await source.database.open(.visitor)
      let store = opened.store
      let found = try await name.find(in: store, source.database)
      guard let stored = try await store.load(found.id) else {
        throw WorkflowError(.unknownRun, "was purged just now", at: "run \(found.id)")
      }
      let history = try await store.history(of: found.id)
      try await store.close()
      return (try opened.readable(stored), history)
    }

    private static func json(_ run: StoredRun, _ history: [HistoryEntry]) -> JSONValue {
      var members = run.record.members
      members["steps"] = .array(
        run.steps.map { step in
          var members = step.members
          if let value = try? step.output.value() { members["output"] = value }
          return .object(members)
        })
      members["history"] = .array(history.map { .object($0.members) })
      members["timers"] = .array(run.timers.map { ["name": .string($0.name), "due": .string("\($0.due)")] })
      members["inbox"] = .array(run.inbox.map { ["id": .string($0.id), "name": .string($0.name)] })
      return .object(members)
    }
  }
#endif
