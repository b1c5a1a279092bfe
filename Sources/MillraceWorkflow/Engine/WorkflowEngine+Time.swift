/// Timers that are stored with runs.
extension WorkflowEngine {
  /// - Parameters:
  ///   - time: timers of this engine's that were due then have been told.
  ///   - isComplete: all of them.
  func watchTimers(after time: Timestamp? = nil, isComplete: Bool = true) async {
    for store in stores {
      do {
        // What is due and is not this engine's, or cannot be told, would be found again and again.
        let isEverything = isComplete && selection(in: store) == nil
        guard let due = try await store.earliestTimer(after: isEverything ? nil : time) else { continue }
        wake(at: due)
      } catch {
        observeTrouble("timer trouble", error)
        wake(at: wallClock.now.advanced(by: .seconds(1)))
      }
    }
  }

  func wake(at due: Timestamp) {
    timekeeper.wake(at: due) { [weak self] in await self?.timersDue() }
  }

  /// The different stores.
  var stores: [any RunStore] {
    (store as AnyObject) === (memoryStore as AnyObject) ? [store] : [store, memoryStore]
  }

  /// Tells all runs with a timer that is due, and then looks for the next.
  func timersDue() async {
    let begin = wallClock.now
    var untold = state.withLock { $0.untold.runs(at: begin) }
    for store in stores {
      while !isDraining {
        let now = wallClock.now
        // More than those that are left out, so that they hide nobody.
        let limit = 1000 + untold.count
        guard let due = try? await store.dueRuns(at: now, limit: limit, in: selection(in: store)) else { break }
        let left = untold
        let runs = due.filter { !left.contains($0) }
        if runs.isEmpty { break }
        // Waited for, so that they are not found due again.
        let failed = await withTaskGroup(of: RunID?.self) { group in
          for id in runs {
            group.addTask { (try? await self.tell(id, .timersDue)) == nil ? id : nil }
          }
          return await group.reduce(into: Set<RunID>()) { failed, id in if let id { failed.insert(id) } }
        }
        untold.formUnion(failed)
      }
    }
    if isDraining { return }
    if !untold.isEmpty {
      let next = state.withLock { state in
        state.untold.add(untold)
        return state.untold.next
      }
      wake(at: next)
    }
    await watchTimers(after: begin, isComplete: untold.isEmpty)
  }
}

/// Runs that could not be told that a timer is due: of workflows that are not registered, say. They stay due, and are tried again every few seconds; the timers of all others count meanwhile.
struct UntoldRuns {
  private var since = Timestamp(microseconds: .min)
  private var all: Set<RunID> = []

  private static let period = Duration.seconds(5)

  /// When they are tried again.
  var next: Timestamp { since.advanced(by: Self.period) }

  /// Those that are not tried now.
  mutating func runs(at now: Timestamp) -> Set<RunID> {
    // Also when the clock was set back.
    if now < since || now >= next { (since, all) = (now, []) }
    return all
  }

  mutating func add(_ runs: Set<RunID>) { all.formUnion(runs) }
}
