#if Workflow
  import ArgumentParser
  import Foundation
  import Millrace
  import MillraceWorkflow

  struct Top: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Watch what goes on: runs, rates, steps at work, queues, circuits, engines.",
      discussion: """
        Reads the database every second, also while other processes drive its runs, and draws it in place; q or Ctrl-C ends it. Where standard output \
        is no terminal, and with --once, it is written once. Rates are of the last minute. Steps and queues are those of the newest \
        \(TopSnapshot.runLimit) runs at work.

        Examples:
          millrace top
          millrace top --once --db runs.db
          millrace top --json | jq '.steps | length'

        Exit codes: 0 done; 64 wrong usage; 66 there is no database; 69 it cannot be read.
        """)

    @OptionGroup var database: Database

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
        let opened = try await database.open(.visitor)
        do {
          if json || once || !Screen.isThere {
            var definitions = DefinitionCache()
            let snapshot = try await TopSnapshot(of: opened.store, definitions: &definitions)
            if json {
              print(json: snapshot.json)
            } else {
              for line in TopScreen().lines(snapshot, title: database.path) { print(line) }
            }
          } else {
            try await watch(opened.store)
          }
        } catch {
          try? await opened.close()
          throw error
        }
        try await opened.close()
      }
    }

    /// Draws until somebody ends it.
    private func watch(_ store: any RunStore) async throws {
      let (title, interval) = (database.path, Duration.seconds(interval))
      let interruption = Interruption()
      let screen = Screen()
      defer { screen.leave() }
      try await withThrowingTaskGroup(of: Void.self) { group in
        defer { group.cancelAll() }
        group.addTask { _ = await interruption.next() }
        group.addTask { await screen.waitForQuit() }
        group.addTask {
          var definitions = DefinitionCache()
          while true {
            let snapshot = try await TopSnapshot(of: store, definitions: &definitions)
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
