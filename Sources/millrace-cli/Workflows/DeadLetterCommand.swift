#if Workflow
  import ArgumentParser
  import MillraceWorkflow

  struct DeadLetterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "dead-letters",
      abstract:
        "List events that could not start a run, have them tried again, and remove those that somebody has dealt with.",
      discussion: """
        An event of a file, a table, a webhook or a broker that a workflow refuses, or that is none, is kept with the reason, and does not keep others. Its \
        name is WORKFLOW/TRIGGER@ID.

        What is to be tried again is offered to the workflow as it is by then, by the process that serves its trigger, now or when there is one: a letter that has started a run is gone, \
        one that is refused again has the new reason.

        Examples:
          millrace dead-letters --json | jq -r .payload
          millrace dead-letters --retry-all
          millrace dead-letters --remove orders/line@orders/line/1795310517431446/4096

        Exit codes: 0 done; 64 wrong usage; 66 there is no database; 69 it cannot be read; 1 there is no such letter.
        """)

    @Option(
      name: .customLong("remove"),
      help: ArgumentHelp("Remove this letter; may be given several times.", valueName: "name"))
    var removed: [String] = []

    @Option(
      name: .customLong("retry"),
      help: ArgumentHelp("Have this letter tried again; may be given several times.", valueName: "name"))
    var retried: [String] = []

    @Flag(name: .customLong("retry-all"), help: "Have all letters tried again.")
    var retriesAll = false

    @Option(help: ArgumentHelp("At most so many.", valueName: "count"))
    var limit = 100

    @OptionGroup var database: Database

    @Flag(help: "Print JSON, a line for each letter.")
    var json = false

    func validate() throws { try checkListLimit(limit) }

    private var changes: Bool { retriesAll || !retried.isEmpty || !removed.isEmpty }

    func run() async throws {
      try await reportingTrouble {
        let opened = try await database.open(.visitor)
        let letters = DeadLetters(store: opened.store, codec: opened.codec)
        do {
          for name in removed where try await !letters.remove(name) { throw missing(name) }
          for name in retried where try await !letters.retry(name) { throw missing(name) }
          if retriesAll { note("\(try await retryAll(letters)) dead letters will be tried again") }
        } catch {
          try await opened.store.close()
          throw error
        }
        let found = changes ? [] : try await letters.letters(limit: limit)
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
        if found.isEmpty, !changes, !json { note("no dead letters in \(database.path)") }
      }
    }

    private func missing(_ name: String) -> ExitCode {
      complain("there is no dead letter \(name)", code: ExitCodes.failed)
    }

    private func retryAll(_ letters: DeadLetters) async throws -> Int {
      var (count, last) = (0, String?.none)
      while true {
        let page = try await letters.letters(after: last, limit: 1000)
        for letter in page where try await letters.retry(letter.name) { count += 1 }
        guard let next = page.last?.name, page.count == 1000 else { return count }
        last = next
      }
    }
  }
#endif
