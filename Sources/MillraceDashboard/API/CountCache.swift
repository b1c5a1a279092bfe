#if Workflow
  import MillraceExecutor
  import MillraceWorkflow
  import Synchronization

  /// How many runs there are in each state: counted anew once a second for each filter, however many ask.
  final class CountCache: Sendable {
    private struct Entry {
      let at: Int64
      let counts: [RunState: Int]
    }

    private static let lifetime: Int64 = 1_000_000_000
    private static let limit = 100

    private let entries = Mutex<[RunQuery: Entry]>([:])

    /// Under the filters of a query but for its states.
    func counts(_ query: RunQuery, in stores: [any RunStore]) async throws -> [RunState: Int] {
      var query = query
      (query.states, query.before, query.limit) = ([], nil, 1)
      let now = Sockets.now()
      if let entry = entries.withLock({ $0[query] }), now - entry.at < Self.lifetime { return entry.counts }
      var counts: [RunState: Int] = [:]
      for state in RunState.allCases {
        var ofState = query
        ofState.states = [state]
        for store in stores { counts[state, default: 0] += try await store.count(ofState) }
      }
      entries.withLock { entries in
        if entries.count >= Self.limit { entries = entries.filter { now - $0.value.at < Self.lifetime } }
        if entries.count < Self.limit { entries[query] = Entry(at: now, counts: counts) }
      }
      return counts
    }
  }
#endif
