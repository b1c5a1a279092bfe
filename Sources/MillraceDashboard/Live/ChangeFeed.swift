#if Workflow
  import MillraceExecutor
  import MillraceWorkflow
  import Synchronization

  /// Makes live updates of what happens to runs: what changes within ``period`` becomes one event, encoded once for all who watch.
  ///
  /// While nobody watches it keeps nothing, and numbers go on, so that who comes back is told that something is missing.
  final class ChangeFeed: Sendable {
    static let period = Duration.milliseconds(200)
    /// Runs of one event; of more it says only that there are.
    static let runLimit = 200
    /// Bytes of events that are kept for those who come back.
    static let keptBytes = 1 << 20

    private struct State {
      var outlet: Outlet?
      var changed: [RunID: RunRecord] = [:]
      var hasMore = false
      var isScheduled = false
      /// In order, the last with ``last``.
      var kept: [[UInt8]] = []
      var bytes = 0
      var last = 0
    }

    /// Where events go.
    struct Outlet: Sendable {
      let isWatched: @Sendable () -> Bool
      let send: @Sendable (_ number: Int, [UInt8]) -> Void
      let encode: @Sendable (RunRecord) -> JSONValue
    }

    /// Of this process: numbers of another one mean nothing here.
    let instance = String(Sessions.random().prefix(8))
    private let executor: any TaskExecutor
    private let state = Mutex(State())

    init(executor: any TaskExecutor) { self.executor = executor }

    func attach(_ outlet: Outlet) { state.withLock { $0.outlet = outlet } }

    func observe(_ record: RunRecord) {
      let isFirst = state.withLock { state -> Bool in
        guard let outlet = state.outlet else { return false }
        guard outlet.isWatched() else {
          Self.forget(&state)
          return false
        }
        if state.changed.count < Self.runLimit || state.changed[record.id] != nil {
          // Reports of steps carry the record as it was when they began.
          let isNewer = state.changed[record.id].map { $0.revision < record.revision } ?? true
          if isNewer { state.changed[record.id] = record }
        } else {
          state.hasMore = true
        }
        defer { state.isScheduled = true }
        return !state.isScheduled
      }
      guard isFirst else { return }
      Task(executorPreference: executor) { [self] in
        try? await TimerClock().sleep(for: Self.period)
        flush()
      }
    }

    private static func forget(_ state: inout State) {
      guard !state.kept.isEmpty || !state.changed.isEmpty else { return }
      (state.kept, state.bytes, state.changed, state.hasMore) = ([], 0, [:], false)
      state.last += 1
    }

    private func flush() {
      let (records, hasMore, outlet) = state.withLock { state in
        defer { (state.changed, state.hasMore, state.isScheduled) = ([:], false, false) }
        return (state.changed.values.sorted { $0.updatedAt < $1.updatedAt }, state.hasMore, state.outlet)
      }
      guard let outlet, !records.isEmpty else { return }
      let data = JSONText.bytes(["runs": .array(records.map(outlet.encode)), "has_more": .bool(hasMore)])
      state.withLock { state in
        state.last += 1
        let event = Array("id: \(instance)-\(state.last)\nevent: runs\ndata: ".utf8) + data + Array("\n\n".utf8)
        state.kept.append(event)
        state.bytes += event.count
        while state.bytes > Self.keptBytes { state.bytes -= state.kept.removeFirst().count }
        // In the lock, so that they are sent in order.
        outlet.send(state.last, event)
      }
    }

    /// What a watcher has not seen: the events after the one that it names, or that it must read all again.
    func missed(after seen: String?) -> (bytes: [UInt8], last: Int) {
      state.withLock { state in
        let first = state.last - state.kept.count
        let parts = (seen ?? "").split(separator: "-")
        let hello = Array("retry: 2000\n".utf8)
        guard parts.count == 2, parts[0] == instance, let number = Int(parts[1]), (first...state.last).contains(number)
        else {
          return (hello + Array("id: \(instance)-\(state.last)\nevent: reset\ndata: {}\n\n".utf8), state.last)
        }
        return (hello + Array("\n".utf8) + state.kept[(number - first)...].joined(), state.last)
      }
    }
  }
#endif
