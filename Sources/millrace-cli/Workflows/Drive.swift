#if Workflow
  import ArgumentParser
  import Foundation
  import Millrace
  import MillraceDashboard
  import MillraceWorkflow

  /// How a command shows and ends a run that it drives.
  struct DriveOptions: ParsableArguments {
    @Flag(help: "Print JSON on standard output: a line for all that happens, and one for the end.")
    var json = false

    @Option(help: "Worker threads; default: one for each CPU that may be used.")
    var workers: Int?

    @Option(help: ArgumentHelp("After a signal, attempts under way have so long to end.", valueName: "seconds"))
    var grace = 10.0

    func validate() throws {
      try Analyze.validate(workers: workers)
      guard (0...86_400).contains(grace) else {
        throw ValidationError("--grace is expected to be between 0 and 86400 seconds; found \(grace)")
      }
    }
  }

  /// Drives all unfinished runs of a database, and shows one of them until it ends or is paused, or a signal comes.
  struct Drive {
    let session: Session
    let database: Database
    let options: DriveOptions
    private let follower: RunFollower
    private let relay = LineRelay()
    private let interruption = Interruption()
    /// The command that goes on with what this one leaves.
    let again: String

    /// Opens the database, or complains.
    init(
      _ database: Database, _ tasks: BuiltInTasks, isMade: Bool = false, _ options: DriveOptions, again: String
    ) async throws {
      self.database = database
      self.options = options
      self.again = again
      follower = RunFollower(json: options.json)
      session = try await Session(database, tasks, drives: true, isMade: isMade, observers: [follower, relay])
    }

    /// Drives runs, and ends the engine, also when that fails.
    func whileOpen(_ body: () async throws -> Void) async throws { try await session.whileOpen(body) }

    /// Says something among the progress.
    func say(_ text: String) { follower.say(text) }

    /// Goes on with what is unfinished in the database.
    ///
    /// - Parameter run: is not counted among the others that this says something about.
    func resumeRuns(besides run: RunRecord? = nil) async throws {
      let (resumed, unregistered) = try await session.engine.resumeRuns()
      let others = resumed - (run?.state == .initiated || run?.state == .running ? 1 : 0)
      if others > 0 {
        say(
          "\(others) other unfinished \(others == 1 ? "run" : "runs") in \(database.path) meanwhile \(others == 1 ? "goes" : "go") on, too"
        )
      }
      for (workflow, count) in unregistered.sorted(by: { $0.key < $1.key }) {
        say(
          "\(count) \(count == 1 ? "run" : "runs") of \(workflow) cannot go on: the definition is not in \(database.path)"
        )
      }
    }

    /// Says so if another process drives the run.
    func sayIfElsewhere(_ id: RunID) async throws {
      guard let holder = try await session.engine.holder(of: id) else { return }
      say(
        "\(id.short): is driven by another process (\(holder)); its end is waited for here, and if that process ends before, the run goes on here"
      )
    }

    /// Shows a run from here on.
    ///
    /// - Parameter isNew: all that has happened to it is told.
    func follow(_ id: RunID, isNew: Bool = false) async throws {
      guard let run = try await session.store.load(id) else {
        // Of a workflow that is not stored.
        guard let record = try await session.engine.record(of: id) else { return }
        return follower.follow(StoredRun(record: record), tasks: [])
      }
      follower.follow(
        isNew ? StoredRun(record: run.record) : run,
        tasks: try await session.definition(of: run.record)?.shownTasks ?? [])
    }

    /// Waits for the run, tells what came of it, and ends the engine.
    ///
    /// - Throws: the exit code, but for a run that has completed.
    func wait(for id: RunID) async throws {
      let table = Task { await follower.draw() }
      let ending = try await ending(of: id)
      if case .signal(let number) = ending {
        say(
          "\(number == SIGINT ? "SIGINT" : "SIGTERM"): attempts under way have \(Duration.seconds(options.grace).briefText) to end; a second signal ends at once. "
            + "Nothing is lost: `\(again)` goes on"
        )
      }
      await session.engine.shutdown(grace: .seconds(options.grace))
      table.cancel()
      await table.value
      let record = try await session.engine.record(of: id)
      let steps = try await session.store.load(id)?.steps ?? []
      let code = try report(record, steps, ending)
      if code != 0 { throw ExitCode(code) }
    }

    private enum Ending: Sendable {
      case run(RunRecord)
      case signal(Int32)
    }

    private func ending(of id: RunID) async throws -> Ending {
      try await withThrowingTaskGroup(of: Ending?.self) { group in
        group.addTask { .run(try await settled(id)) }
        group.addTask { await interruption.next().map { .signal($0) } }
        group.addTask {
          await CommandBox.serve(session.engine, session.opened)
          return nil
        }
        group.addTask {
          await relay.serve(session.opened)
          return nil
        }
        defer { group.cancelAll() }
        while let ending = try await group.next() { if let ending { return ending } }
        throw CancellationError()
      }
    }

    /// Waits until the run has ended, or is paused without a time at which it goes on.
    private func settled(_ id: RunID) async throws -> RunRecord {
      let engine = session.engine
      while true {
        let record = try await engine.wait(for: id, timeout: Self.longest) { $0.state.isFinal || $0.state == .paused }
        guard !record.state.isFinal,
          let timer = try await session.store.load(id)?.timers.first(where: { $0.name == TimerRecord.resume })
        else { return record }
        say("\(record.workflow): goes on by itself at \(timer.due.briefText)")
        _ = try await engine.wait(for: id, timeout: Self.longest) { $0.state != .paused }
      }
    }

    /// Every run has a deadline of its own.
    private static let longest = Duration.seconds(3650 * 86_400)

    // MARK: What came of it

    /// - Returns: the exit code.
    private func report(_ record: RunRecord?, _ steps: [StepRecord], _ ending: Ending) throws -> Int32 {
      let last: RunRecord
      switch ending {
      case .run(let record): last = record
      case .signal(let number):
        guard let record else { return 128 + number }
        // It may have ended meanwhile.
        guard record.state.isFinal else {
          let code = 128 + number
          if options.json { Self.printEnd(record, steps, code) }
          note(
            record.workflow
              + " \(record.id.short) is not finished, and nothing of it is lost: `\(again)` goes on with it")
          return code
        }
        last = record
      }
      let code = ExitCodes.code(of: last.state)
      if options.json {
        Self.printEnd(last, steps, code)
      } else {
        Self.tell(last, option: database.option, say: say)
      }
      return code
    }

    /// - Parameter option: says to another command where the run is.
    static func tell(_ record: RunRecord, option: String, say: (String) -> Void) {
      let elapsed = (record.finishedAt ?? record.updatedAt).duration(since: record.createdAt).briefText
      say(
        "\(record.workflow) \(record.id.short): \(record.state.text) after \(elapsed)"
          + (record.reason.isEmpty ? "" : ": \(record.reason.oneLine)"))
      let id = record.id.short
      switch record.state {
      case .completed:
        if case .object(let members)? = try? record.result.value() {
          for (name, value) in members.sorted(by: { $0.key < $1.key }) { print("\(name): \(value.plainText)") }
        }
      case .failed:
        say(
          "`millrace retry \(id)\(option)` goes on where it failed; `millrace show \(id)\(option)` tells what happened")
      case .paused: say("`millrace resume \(id)\(option)` lets it go on")
      default: break
      }
    }

    static func printEnd(_ record: RunRecord, _ steps: [StepRecord], _ code: Int32) {
      var members = record.members
      members["event"] = "end"
      members["time"] = .string("\(SystemWallClock().now)")
      members["exit_code"] = .int(Int64(code))
      members["steps"] = .array(steps.map { .object($0.members) })
      print(json: .object(members))
    }
  }

  extension CheckedDefinition {
    /// In the order in which they may begin; fallbacks, compensations and hooks are shown when they have.
    var shownTasks: [String] { order.map { tasks[$0].name } }
  }

  extension JSONValue {
    /// Texts as they are, all else as JSON.
    var plainText: String { if case .string(let text) = self { text } else { description } }
  }

  extension Timestamp {
    /// To the second, in UTC: `2026-11-21 12:34:56`.
    var briefText: String {
      String(description.prefix { $0 != "." }).replacing("T", with: " ")
    }
  }
#endif
