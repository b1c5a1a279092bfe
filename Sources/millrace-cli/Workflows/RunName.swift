#if Workflow
  import ArgumentParser
  import Foundation
  import MillraceDashboard
  import MillraceWorkflow

  /// Which run a command is about.
  struct RunName: ParsableArguments {
    @Argument(
      help: "The run: the beginning of its id, as long as no other begins so, or `last` for the newest.",
      completion: .custom(Completions.runs))
    var run: String

    func validate() throws { try Self.validate(run) }

    static func validate(_ run: String) throws {
      guard run == "last" || (1...32).contains(run.count) && run.allSatisfy(\.isHexDigit) else {
        throw ValidationError("a run's id is up to 32 hexadecimal digits; found \(run)")
      }
    }

    /// The run's record, or a complaint.
    func find(in store: any RunStore, _ database: Database) async throws -> RunRecord {
      try await Self.find(run, in: store, database)
    }

    static func find(_ run: String, in store: any RunStore, _ database: Database) async throws -> RunRecord {
      try await find(run, in: database.path) { try await store.runs($0) }
    }

    /// The run's record, or a complaint.
    func find(on server: ServerClient) async throws -> RunRecord { try await Self.find(run, on: server) }

    static func find(_ run: String, on server: ServerClient) async throws -> RunRecord {
      try await find(run, in: server.url) { try await server.runs($0).runs }
    }

    private static func find(
      _ run: String, in place: String, _ runs: (RunQuery) async throws -> [RunRecord]
    ) async throws -> RunRecord {
      var query = RunQuery()
      if run == "last" {
        query.limit = 1
      } else {
        query.text = run.lowercased()
      }
      var found: [RunRecord] = []
      while true {
        let page = try await runs(query)
        found += page.filter { run == "last" || "\($0.id)".hasPrefix(run.lowercased()) }
        guard run != "last", page.count == query.limit, found.count < 10 else { break }
        query.before = page.last?.id
      }
      switch found.count {
      case 1: return found[0]
      case 0:
        throw complain(
          run == "last"
            ? "there are no runs in \(place)" : "no run in \(place) has an id that begins with \(run)",
          code: ExitCodes.missing)
      default:
        let names = found.prefix(5).map { "\($0.id) (\($0.workflow))" }.joined(separator: ", ")
        throw complain(
          "more than one run has an id that begins with \(run): \(names)\(found.count > 5 ? ", …" : "")",
          code: ExitCodes.usage)
      }
    }
  }
#endif
