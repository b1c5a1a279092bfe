/// Timers that are stored with runs.
extension WorkflowEngine {
  /// - Parameter time: timers of this engine's that were due then have been told.
  func watchTimers(after time: Timestamp? = nil) async {
    for store in stores {
      do {
        // What is due and is not this engine's would be found again and again.
        guard let due = try await store.earliestTimer(after: selection(in: store) == nil ? nil : time) else { continue }
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
    var isStuck = false
    let begin = wallClock.now
    for store in stores {
      while !isDraining {
        let now = wallClock.now
        guard let due = try? await store.dueRuns(at: now, limit: 1000, in: selection(in: store)), !due.isEmpty
        else { break }
        // Waited for, so that they are not found due again.
        let progressed = await withTaskGroup(of: Bool.self) { group in
          for id in due {
            group.addTask { (try? await self.tell(id, .timersDue)) != nil }
          }
          return await group.contains(true)
        }
        if !progressed {
          // Runs of workflows that are not registered: they stay due, and are not looked at all the time.
          isStuck = true
          break
        }
      }
    }
    if isDraining { return }
    if isStuck { wake(at: wallClock.now.advanced(by: .seconds(5))) } else { await watchTimers(after: begin) }
  }
}
