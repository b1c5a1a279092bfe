#if Workflow
  import ArgumentParser
  import MillraceWorkflow

  struct DeadLetterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "dead-letters",
      abstract: "List events that could not start a run, and remove those that somebody has dealt with.",
      discussion: """
        An event of a file, a table, a webhook or a broker that a workflow refuses, or that is none, is kept with the reason, and does not keep others. Its \
        name is WORKFLOW/TRIGGER@ID.

        Examples:
          millrace dead-letters --json | jq -r .payload
          millrace dead-letters --remove orders/line@orders/line/0/4096

        Exit codes: 0 done; 64 wrong usage; 66 there is no database; 69 it cannot be read; 1 there is no such letter.
        """)

    @Option(
      name: .customLong("remove"),
      help: ArgumentHelp("Remove this letter; may be given several times.", valueName: "name"))
    var removed: [String] = []

    @Option(help: ArgumentHelp("At most so many.", valueName: "count"))
    var limit = 100

    @OptionGroup var database: Database

    @Flag(help: "Print JSON, a line for each letter.")
    var json = false

    func validate() throws {
      guard (1...100_000).contains(limit) else {
        throw ValidationError("--limit is expected to be between 1 and 100000; found \(limit)")
      }
    }

    func run() async throws {
      try await reportingTrouble {
        let opened = try await database.open(.visitor)
        let letters = DeadLetters(store: opened.store, codec: opened.codec)
        for name in removed {
          guard try await letters.remove(name) else {
            try await opened.store.close()
            throw complain("there is no dead letter \(name)", code: ExitCodes.failed)
          }
        }
        let found = removed.isEmpty ? try await letters.letters(limit: limit) : []
        try await opened.store.close()
        for letter in found {
          if json {
            print(json: [
              "name": .string(letter.name), "connector": .string(letter.connector), "id": .string(letter.event.id),
              "key": .string(letter.event.key), "place": .string(letter.place), "reason": .string(letter.reason),
              "time": .string("\(letter.diedAt)"),
              "payload": (try? letter.event.payload.value())
                ?? .string(String(decoding: letter.event.payload.bytes, as: UTF8.self)),
            ])
          } else {
            print("\(letter.diedAt.briefText)  \(letter.name)\n  \(letter.place): \(letter.reason.oneLine)")
          }
        }
        if found.isEmpty, removed.isEmpty, !json { note("no dead letters in \(database.path)") }
      }
    }
  }
#endif
