#if Workflow
  import MillraceExecutor
  import MillraceWorkflow
  import Synchronization

  /// Makes live updates of what happens to runs, and of alerts: what changes within ``period`` becomes one event of each kind, encoded once for all who watch.
  ///
  /// While nobody watches it keeps nothing, and numbers go on, so that who comes back is told that something is missing.
  final class ChangeFeed: Sendable {
    static let period = Duration.milliseconds(200)
    /// Runs of one event, and alerts; of more it says only that there are. A run that somebody watches by itself is always among them.
    static let limit = 200
    /// Bytes of events that are kept for those who come back.
    static let keptBytes = 1 << 20

    private struct State {
      var outlet: Outlet?
      var changed: [RunID: RunRecord] = [:]
      var alerts: Set<String> = []
      var hasMore = false
      var isScheduled = false
      /// In order, the last with ``last``.
      var kept: [(bytes: [UInt8], runs: Set<RunID>)] = []
      var bytes = 0
      var last = 0

      var isEmpty: Bool { changed.isEmpty && alerts.isEmpty }
    }

    /// Where events go, and what they are made of.
    struct Outlet: Sendable {
      let isWatched: @Sendable () -> Bool
      /// By itself.
      var isRunWatched: @Sendable (RunID) -> Bool = { _ in false }
      let send: @Sendable (LiveEvent) -> Void
      let encode: @Sendable (RunRecord) -> JSONValue
      var alerts: @Sendable () async -> [AlertView] = { [] }
      var encodeAlert: @Sendable (AlertView) -> JSONValue = { $0.value }
    }

    /// Of an event: what is said of one run, or of one alert.
    private struct Part {
      let run: RunID?
      let bytes: [UInt8]
    }

    /// Of this process: numbers of another one mean nothing here.
    let instance = String(Sessions.random().prefix(8))
    private let executor: any TaskExecutor
    private let state = Mutex(State())

    init(executor: any TaskExecutor) { self.executor = executor }

    func attach(_ outlet: Outlet) { state.withLock { $0.outlet = outlet } }

    // MARK: What happens

    func observe(_ record: RunRecord) {
      note { state, outlet in
        let old = state.changed[record.id]
        guard old != nil || state.changed.count < Self.limit || outlet.isRunWatched(record.id) else {
          state.hasMore = true
          return
        }
        // Reports of steps carry the record as it was when they began.
        if old.map({ $0.revision < record.revision }) ?? true { state.changed[record.id] = record }
      }
    }

    /// It is read when the event is made, so that the last word counts.
    func observe(alert id: String) { note { state, _ in state.alerts.insert(id) } }

    private func note(_ change: (inout State, Outlet) -> Void) {
      let isFirst = state.withLock { state -> Bool in
        guard let outlet = state.outlet else { return false }
        guard outlet.isWatched() else {
          Self.forget(&state)
          return false
        }
        change(&state, outlet)
        defer { state.isScheduled = true }
        return !state.isScheduled
      }
      guard isFirst else { return }
      Task(executorPreference: executor) { [self] in
        repeat { try? await TimerClock().sleep(for: Self.period) } while await flush()
      }
    }

    private static func forget(_ state: inout State) {
      guard !state.kept.isEmpty || !state.isEmpty else { return }
      (state.kept, state.bytes, state.changed, state.alerts, state.hasMore) = ([], 0, [:], [], false)
      state.last += 1
    }

    // MARK: Telling

    /// One at a time.
    ///
    /// - Returns: whether more has come meanwhile.
    private func flush() async -> Bool {
      let (records, alerts, hasMore, outlet) = state.withLock { state in
        defer { (state.changed, state.alerts, state.hasMore) = ([:], [], false) }
        return (state.changed.values.sorted { $0.updatedAt < $1.updatedAt }, state.alerts, state.hasMore, state.outlet)
      }
      if let outlet {
        tell(
          "runs", records.map { Part(run: $0.id, bytes: JSONText.bytes(outlet.encode($0))) }, hasMore: hasMore, outlet)
        if !alerts.isEmpty {
          let found = await outlet.alerts().filter { alerts.contains($0.id) }
          tell(
            "alerts",
            found.prefix(Self.limit).map { Part(run: $0.run, bytes: JSONText.bytes(outlet.encodeAlert($0))) },
            hasMore: found.count > Self.limit, outlet)
        }
      }
      return state.withLock { state in
        state.isScheduled = !state.isEmpty
        return state.isScheduled
      }
    }

    private func tell(_ name: String, _ parts: [Part], hasMore: Bool, _ outlet: Outlet) {
      guard !parts.isEmpty else { return }
      let list = Self.members(name, parts, hasMore: hasMore)
      let runs = Set(parts.compactMap(\.run))
      state.withLock { state in
        state.last += 1
        let head = Array("id: \(instance)-\(state.last)\nevent: \(name)\ndata: ".utf8)
        let bytes = head + list
        // Who begins to watch a run is counted before it asks for what it has missed, which is in this lock, too.
        let own = runs.filter(outlet.isRunWatched).map { run in
          (run, head + Self.members(name, parts.filter { $0.run == run }, hasMore: false))
        }
        state.kept.append((bytes, runs))
        state.bytes += bytes.count
        while state.bytes > Self.keptBytes { state.bytes -= state.kept.removeFirst().bytes.count }
        // In the lock, so that they are sent in order.
        outlet.send(LiveEvent(number: state.last, bytes: bytes, own: Dictionary(uniqueKeysWithValues: own)))
      }
    }

    /// The data of an event, and its end.
    private static func members(_ name: String, _ parts: [Part], hasMore: Bool) -> [UInt8] {
      var bytes = Array("{\"has_more\":\(hasMore),\"\(name)\":[".utf8)
      bytes.reserveCapacity(bytes.count + parts.reduce(8) { $0 + $1.bytes.count + 1 })
      for (place, part) in parts.enumerated() {
        if place > 0 { bytes.append(UInt8(ascii: ",")) }
        bytes += part.bytes
      }
      return bytes + Array("]}\n\n".utf8)
    }

    /// What a watcher has not seen: the events after the one that it names, or that it must read all again.
    ///
    /// - Parameter run: what it watches; nil: all.
    func missed(after seen: String?, of run: RunID? = nil) -> (bytes: [UInt8], last: Int) {
      state.withLock { state in
        let first = state.last - state.kept.count
        let parts = (seen ?? "").split(separator: "-")
        let hello = Array("retry: 2000\n".utf8)
        let reset = hello + Array("id: \(instance)-\(state.last)\nevent: reset\ndata: {}\n\n".utf8)
        guard parts.count == 2, parts[0] == instance, let number = Int(parts[1]), (first...state.last).contains(number)
        else { return (reset, state.last) }
        let missed = state.kept[(number - first)...]
        guard let run else { return (hello + Array("\n".utf8) + missed.map(\.bytes).joined(), state.last) }
        // What was said of it is not kept by itself: it is one run to be read.
        return (missed.contains { $0.runs.contains(run) } ? reset : hello + Array("\n".utf8), state.last)
      }
    }
  }
#endif
