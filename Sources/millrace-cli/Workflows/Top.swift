#if Workflow
  import ArgumentParser
  import Foundation
  import Millrace
  import MillraceDashboard
  import MillraceWorkflow

  struct Top: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Watch what goes on: runs, rates, steps at work, queues, circuits, engines.",
      discussion: """
        Reads the database every second, also while other processes drive its runs, or with --server asks that, and draws it in place; q or Ctrl-C ends it. Where standard output \
        is no terminal, and with --once, it is written once. Rates are of the last minute. Steps and queues are those of the newest \
        \(TopSnapshot.runLimit) runs at work.

        Examples:
          millrace top
          millrace top --once --db runs.db
          millrace top --json | jq '.steps | length'

        Exit codes: 0 done; 64 wrong usage; 66 there is no database; 69 it cannot be read, or the server does not answer.
        """)

    @OptionGroup var source: Source

    @Flag(help: "Write it once, as plain text.")
    var once = false

    @Flag(help: "Write it once, as JSON.")
    var json = false

    @Option(help: ArgumentHelp("How often it is drawn.", valueName: "seconds"))
    var interval = 1.0

    func validate() throws {
      guard (0.1...3600).contains(interval) else {
        throw ValidationError("--interval is expected to be between 0.1 and 3600 seconds; found \(interval)")
      }
    }

    func run() async throws {
      try await reportingTrouble {
        if let server = try source.server() { return try await show { try await TopSnapshot(of: server) } }
        let opened = try await source.database.open(.visitor)
        let definitions = DefinitionCache()
        do {
          try await show { try await TopSnapshot(of: opened.store, definitions: definitions) }
        } catch {
          try? await opened.close()
          throw error
        }
        try await opened.close()
      }
    }

    private func show(_ look: @escaping @Sendable () async throws -> TopSnapshot) async throws {
      guard json || once || !Screen.isThere else { return try await watch(look) }
      let snapshot = try await look()
      if json { return print(json: snapshot.json) }
      for line in TopScreen().lines(snapshot, title: source.name) { print(line) }
    }

    /// Draws until somebody ends it.
    private func watch(_ look: @escaping @Sendable () async throws -> TopSnapshot) async throws {
      let (title, interval) = (source.name, Duration.seconds(interval))
      let interruption = Interruption()
      let screen = Screen()
      defer { screen.leave() }
      try await withThrowingTaskGroup(of: Void.self) { group in
        defer { group.cancelAll() }
        group.addTask { _ = await interruption.next() }
        group.addTask { await screen.waitForQuit() }
        group.addTask {
          while true {
            let snapshot = try await look()
            let size = screen.size
            screen.draw(TopScreen(width: size.width, height: size.height).lines(snapshot, title: title))
            try await TimerClock().sleep(for: interval)
          }
        }
        // Whichever is first: somebody ends it, or the database cannot be read.
        try await group.next()
      }
    }
  }
#endif
