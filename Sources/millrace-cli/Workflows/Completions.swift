#if Workflow
  import ArgumentParser
  import Foundation
  import MillraceDashboard
  import MillraceWorkflow

  /// What a shell may complete words with: read from the database or asked of the server that the line names, and nothing if that does not answer.
  enum Completions {
    /// Ids of runs, the newest first.
    static let runs: @Sendable ([String], Int, String) async -> [String] = { words, _, beginning in
      var query = RunQuery()
      query.limit = 100
      if !beginning.isEmpty { query.text = beginning.lowercased() }
      let found = await records(words, query).map(\.id.short).filter { $0.hasPrefix(beginning.lowercased()) }
      return ("last".hasPrefix(beginning) ? ["last"] : []) + found
    }

    /// Names of workflows that have runs.
    static let workflows: @Sendable ([String], Int, String) async -> [String] = { words, _, beginning in
      var query = RunQuery()
      query.limit = 1000
      return Set(await records(words, query).map(\.workflow)).filter { $0.hasPrefix(beginning) }.sorted()
    }

    private static func records(_ words: [String], _ query: RunQuery) async -> [RunRecord] {
      func value(of option: String) -> String? {
        words.lastIndex(of: option).flatMap { words.indices.contains($0 + 1) ? words[$0 + 1] : nil }
      }
      let environment = ProcessInfo.processInfo.environment
      let named = value(of: "--db")
      if let address = value(of: "--server") ?? (named == nil ? environment["MILLRACE_SERVER"] : nil) {
        let server = try? ServerClient(url: address, token: environment["MILLRACE_TOKEN"])
        return (try? await server?.runs(query).runs) ?? []
      }
      // No key is needed for names and ids; without `--db` it is as in the command itself.
      let path = named ?? Database.standardPath
      guard FileManager.default.fileExists(atPath: path), let store = try? Database.visit(path) else { return [] }
      let found = (try? await store.runs(query)) ?? []
      try? await store.close()
      return found
    }
  }
#endif
