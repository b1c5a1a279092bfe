#if Workflow
  import ArgumentParser
  import Foundation
  import Millrace
  import MillraceDashboard
  import MillraceWorkflow

  struct Logs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write what has happened to runs, and what happens to them.",
      discussion: """
        A line for each entry of a run's history, oldest first: attempts, waits, events, controls, with reasons. With --follow it goes on as things \
        happen, until the run has ended, or Ctrl-C; then lines that steps log are written, too, as long as the process that drives the run is \
        a `millrace` of this version. Those lines are not stored: who asks later finds the history only. With --server a run is asked of a server, which \
        keeps lines for a while.

        Examples:
          millrace logs last
          millrace logs --follow
          millrace logs 019ab34cd0125f2e --follow --json | jq -r 'select(.event == "log").line'

        Exit codes: 0 done; 64 wrong usage, or more than one run is meant; 66 there is no such run or database; 69 the database cannot be read.
        """)

    @Argument(
      help: "The run: the beginning of its id, or `last` for the newest; without it, the newest runs.",
      completion: .custom(Completions.runs))
    var run: String?

    @Flag(name: [.short, .long], help: "Go on with what happens from now on.")
    var follow = false

    @Option(help: ArgumentHelp("Without a run: of the newest so many.", valueName: "count"))
    var limit = 20

    @OptionGroup var source: Source

    @Flag(help: "Print JSON, a line for each entry.")
    var json = false

    func validate() throws {
      if let run { try RunName.validate(run) }
      guard (0...1000).contains(limit) else {
        throw ValidationError("--limit is expected to be between 0 and 1000; found \(limit)")
      }
    }

    func run() async throws {
      try await reportingTrouble {
        if let server = try source.server() {
          guard let run else {
            throw complain(
              "--server: expected a run; all runs can be followed in a database only", code: ExitCodes.usage)
          }
          let id = try await RunName.find(run, on: server).id
          return try await write(RunBook(server), id, ServerLines(server: server, run: id))
        }
        let opened = try await source.database.open(.visitor)
        do {
          var id: RunID?
          if let run { id = try await RunName.find(run, in: opened.store, source.database).id }
          try await write(RunBook(opened.store), id, LineRelay.Request(run: id, opened: opened))
        } catch {
          try? await opened.close()
          throw error
        }
        try await opened.close()
      }
    }

    private func write(_ book: RunBook, _ id: RunID?, _ lines: any LineSource) async throws {
      guard follow else {
        var reader = HistoryReader(book: book, run: id, limit: limit)
        return try await write(reader.news(), lines.kept())
      }
      let interruption = Interruption()
      do {
        try await withThrowingTaskGroup(of: Void.self) { group in
          defer { group.cancelAll() }
          group.addTask { _ = await interruption.next() }
          group.addTask { try await goOn(book, id, lines) }
          try await group.next()
        }
      } catch {
        try? await lines.end()
        throw error
      }
      try await lines.end()
    }

    /// Writes what happens, until the run has ended.
    private func goOn(_ book: RunBook, _ id: RunID?, _ source: any LineSource) async throws {
      var reader = HistoryReader(book: book, run: id, limit: limit)
      // Rounds after the end: lines are handed on a little later.
      var late = 0
      while late < 4 {
        // Asked first: what is told before the end has been written when the end is seen.
        late += try await reader.hasEnded() ? 1 : 0
        let entries = try await reader.news()
        let (lines, dropped) = try await source.fetch()
        write(entries, lines)
        if dropped > 0 { note("\(dropped) lines were too many, and are not shown") }
        try await TimerClock().sleep(for: book.period)
      }
    }

    private func write(_ entries: [HistoryReader.News], _ lines: [LineRelay.Line]) {
      let texts =
        entries.map { news in (news.entry.at, json ? "\(news.json)" : news.text) }
        + lines.map { line in (line.at, json ? "\(line.json)" : line.text) }
      for (_, text) in texts.sorted(by: { $0.0 < $1.0 }) {
        FileHandle.standardOutput.write(Data("\(text)\n".utf8))
      }
    }
  }

  /// Where runs and their histories are read.
  struct RunBook: Sendable {
    var record: @Sendable (RunID) async throws -> RunRecord?
    var history: @Sendable (RunID) async throws -> [HistoryEntry]
    var runs: @Sendable (RunQuery) async throws -> [RunRecord]
    var now: @Sendable () async throws -> Timestamp
    /// How often it may be asked.
    var period: Duration

    init(_ store: any RunStore) {
      record = { try await store.load($0)?.record }
      history = { try await store.history(of: $0) }
      runs = { try await store.runs($0) }
      now = { try await store.now() }
      period = .milliseconds(200)
    }

    init(_ server: ServerClient) {
      record = { try await server.run($0).run.record }
      history = { try await server.run($0).history }
      runs = { try await server.runs($0).runs }
      now = { SystemWallClock().now }
      period = .milliseconds(500)
    }
  }

  /// Where lines come from that steps log.
  protocol LineSource: Sendable {
    /// Those that are still there.
    func kept() async throws -> [LineRelay.Line]
    /// What was said since the last call, and how many lines more there were.
    func fetch() async throws -> (lines: [LineRelay.Line], dropped: Int)
    /// No more are wanted.
    func end() async throws
  }

  extension LineRelay.Request: LineSource {
    /// A database keeps none.
    func kept() async throws -> [LineRelay.Line] { [] }
  }

  /// Lines that a server keeps for a while.
  actor ServerLines: LineSource {
    private let server: ServerClient
    private let run: RunID
    private var next = 0

    init(server: ServerClient, run: RunID) {
      self.server = server
      self.run = run
    }

    func kept() async throws -> [LineRelay.Line] { try await fetch().lines }

    func fetch() async throws -> (lines: [LineRelay.Line], dropped: Int) {
      var lines: [LineRelay.Line] = []
      var lost = 0
      while true {
        let list = try await server.ask(
          at: ["runs", "\(run)", "logs"], query: [("after", "\(next)"), ("limit", "500")])
        let page = (list["lines"]?.elements ?? []).compactMap { line -> LineRelay.Line? in
          guard let at = line["time"]?.text.flatMap({ Timestamp($0) }), let text = line["text"]?.text else {
            return nil
          }
          return LineRelay.Line(
            at: at, run: run, workflow: "", step: line["step"]?.text ?? "", attempt: line["attempt"]?.integer ?? 0,
            line: text)
        }
        lines += page
        if next == 0 { lost = list["lost"]?.integer ?? 0 }
        next = list["next"]?.integer ?? next
        if page.count < 500 { return (lines, lost) }
      }
    }

    func end() async throws {}
  }

  /// Entries of runs' histories, each once.
  struct HistoryReader {
    struct News {
      var run: RunRecord
      var entry: HistoryEntry
    }

    private let book: RunBook
    private let run: RunID?
    /// Of runs that have ended before, without `run`.
    private let limit: Int
    private var seen: [RunID: (revision: Revision, count: Int)] = [:]
    private var isFirst = true
    private var lookedAt = Timestamp(microseconds: 0)

    init(book: RunBook, run: RunID?, limit: Int) {
      self.book = book
      self.run = run
      self.limit = limit
    }

    /// Whether the run has ended; never for all runs.
    func hasEnded() async throws -> Bool {
      guard let run else { return false }
      guard let record = try await book.record(run) else { return true }
      return record.state.isFinal
    }

    /// What has been added to the histories since the last call, in order of time.
    mutating func news() async throws -> [News] {
      var news: [News] = []
      for record in try await changedRuns() {
        let before = seen[record.id]
        if before?.revision == record.revision { continue }
        let history = try await book.history(record.id)
        news += history.dropFirst(before?.count ?? 0).map { News(run: record, entry: $0) }
        seen[record.id] = (record.revision, history.count)
      }
      return news.sorted { $0.entry.at < $1.entry.at }
    }

    /// Runs that may have changed.
    private mutating func changedRuns() async throws -> [RunRecord] {
      if let run { return try await book.record(run).map { [$0] } ?? [] }
      defer { isFirst = false }
      let now = try await book.now()
      var query = RunQuery()
      if isFirst {
        lookedAt = now
        query.limit = limit
        return limit == 0 ? [] : try await book.runs(query)
      }
      query.limit = 1000
      query.states = Set(RunState.allCases.filter { !$0.isFinal })
      var runs = try await book.runs(query)
      // Those that have begun and ended since, and those that were unfinished before.
      query.states = []
      query.createdAfter = lookedAt.advanced(by: .seconds(-5))
      let known = Set(runs.map(\.id))
      let new = try await book.runs(query).filter { !known.contains($0.id) }
      runs += new
      let current = known.union(new.map(\.id))
      for id in unfinished.subtracting(current) {
        if let run = try await book.record(id) { runs.append(run) }
      }
      unfinished = known
      lookedAt = now
      return runs
    }

    private var unfinished: Set<RunID> = []
  }

  extension HistoryReader.News {
    fileprivate var text: String {
      var text = "\(entry.at.logText)  \(run.id.short)  \(run.workflow): "
      if !entry.step.isEmpty { text += entry.step + (entry.attempt > 0 ? " #\(entry.attempt)" : "") + ": " }
      return text + entry.kind + (entry.reason.isEmpty ? "" : ": \(entry.reason.oneLine)")
    }

    fileprivate var json: JSONValue {
      var members = entry.members
      members["event"] = "history"
      members["run"] = .string("\(run.id)")
      members["workflow"] = .string(run.workflow)
      return .object(members)
    }
  }

  extension LineRelay.Line {
    fileprivate var text: String {
      "\(at.logText)  \(run.short)  " + (workflow.isEmpty ? "" : "\(workflow): ") + "\(step) | \(line)"
    }

    fileprivate var json: JSONValue {
      [
        "event": "log", "time": .string("\(at)"), "run": .string("\(run)"), "workflow": .string(workflow),
        "step": .string(step), "attempt": .int(Int64(attempt)), "line": .string(line),
      ]
    }
  }

  extension Timestamp {
    /// For lines one below the other: always as long, to the millisecond, UTC.
    fileprivate var logText: String { "\("\(self)".prefix(23))Z" }
  }
#endif
