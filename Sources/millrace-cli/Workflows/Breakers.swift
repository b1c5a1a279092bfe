#if Workflow
  import ArgumentParser
  import Foundation
  import MillraceDashboard
  import MillraceWorkflow

  struct Breakers: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List circuit breakers: which dependencies are called, and which are not for the time being.",
      discussion: """
        A database has those that have ever opened; a server, with --server, also those of its workflows that never have.

        Examples:
          millrace breakers
          millrace breakers --server http://127.0.0.1:8080 --json

        Exit codes: 0 done; 64 wrong usage; 66 there is no database; 69 it cannot be read, or the server does not answer.
        """)

    @OptionGroup var source: Source

    @Flag(help: "Print JSON, a line for each breaker.")
    var json = false

    func run() async throws {
      try await reportingTrouble {
        let breakers = try await find()
        if json {
          for breaker in breakers { print(json: breaker) }
          return
        }
        if breakers.isEmpty { return note("no breakers in \(source.name)") }
        let width = max(8, breakers.map { $0["name"]?.text?.count ?? 0 }.max() ?? 0)
        print("\("breaker".padded(width))  state      since (UTC)          failures  changes")
        for breaker in breakers {
          let state = breaker["state"]?.text == "halfOpen" ? "half open" : breaker["state"]?.text ?? ""
          let since = breaker["changed_at"]?.text ?? ""
          print(
            "\((breaker["name"]?.text ?? "").padded(width))  \(state.padded(9))"
              + "  \((Timestamp(since)?.briefText ?? "").padded(19))"
              + "  \("\(breaker["failures"]?.integer ?? 0)".padded(8, isRight: true))"
              + "  \("\(breaker["changes"]?.integer ?? 0)".padded(7, isRight: true))")
        }
      }
    }

    /// Each as the API gives it.
    private func find() async throws -> [JSONValue] {
      if let server = try source.server() { return try await server.breakers() }
      let opened = try await source.database.open(.visitor)
      var found: [JSONValue] = []
      var last: String?
      while true {
        let page = try await opened.store.documents(in: CircuitBreaker.collection, after: last, limit: 1000)
        for document in page {
          let snapshot = try JSONDecoder().decode(CircuitBreaker.Snapshot.self, from: Data(document.value.bytes))
          found.append(.object(snapshot.members(name: document.name.key)))
        }
        guard page.count == 1000 else { break }
        last = page.last!.name.key
      }
      try await opened.store.close()
      return found
    }
  }
#endif
