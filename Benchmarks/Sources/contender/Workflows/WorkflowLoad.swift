import Foundation
import Millrace
import MillraceSQLite
import MillraceWorkflow

/// `workflow-transition`: runs of ten steps, one after the other; a latency is from one step to the next. `workflow-throughput`: so many runs at a time, each latency that of a whole run from before its start until its end is known.
///
/// Cases are durabilities, for throughput with the number of steps (`powerLoss-10`). On disk, engine and a loop around SQLite's C functions take turns: the loop makes the engine's changes in the same commits, and each in a commit of its own.
func workflowLoad(_ options: Options) -> Plan? {
  guard ["millrace", "millrace-graph"].contains(options.contender) else { return nil }
  let parts = options.variant.split(separator: "-").map(String.init)
  guard let durability = parts.first.flatMap(Durability.init(rawValue:)) else { return nil }
  let isTransition = options.workload == "workflow-transition"
  let load = WorkflowLoad(
    options: options, durability: durability, isTransition: isTransition,
    steps: isTransition ? Stop.stepCount : parts.last.flatMap { Int($0) } ?? 1,
    places: isTransition ? 1 : max(1, options.size))
  let ended = Place((measured: Measured(), runs: 0))
  awaitHere { ended.value = await load.measure() }
  WorkflowFolder.remove()
  // A run that does not complete ends the process.
  return Plan(
    operations: ended.value.runs * (isTransition ? load.steps : 1), measure: { ended.value.measured },
    verify: { ended.value.runs > 0 })
}

struct WorkflowLoad: Sendable {
  let options: Options
  let durability: Durability
  let isTransition: Bool
  let steps: Int
  /// Runs at a time.
  let places: Int

  /// Of engine and loop, in turn.
  private static let turns = 3
  static let turnLength = 500_000_000
  /// Changes of a turn that the loop makes, too.
  private static let keptChanges = 20_000

  struct Turn {
    var runs = 0
    var wall = 0
    var cpu = 0
    var latencies: [Int] = []
    var seen = WatchedStore.Seen()
    /// Changes a second.
    var rate: Double { Double(seen.changes) / Double(wall) * 1e9 }
  }

  func measure() async -> (Measured, runs: Int) {
    var measured = Measured()
    var runs = 0
    var figures: [String: [Double]] = [:]
    func note(_ name: String, _ value: Double) { figures[name, default: []].append(value) }
    for turn in 0..<Self.turns {
      let own = await engineTurn(turn)
      runs += own.runs
      measured.wall += own.wall
      measured.cpu += own.cpu
      measured.latencies += own.latencies
      note("rate", Double(own.runs * (isTransition ? steps : 1)) / Double(own.wall) * 1e9)
      guard durability != .memory else { continue }
      let sync = WorkflowFolder.syncTimes()
      note("fsync_p50", Double(sync[sync.count / 2]))
      note("commits_per_run", Double(own.seen.commits) / Double(own.runs))
      note("changes_per_commit", Double(own.seen.changes) / Double(own.seen.commits))
      let group = await rawTurn(own.seen.batches)
      let single = await rawTurn(own.seen.batches.lazy.flatMap(\.self).prefix(2_000).map { [$0] })
      note("raw_group", group)
      note("raw_single", single)
      note("by_raw_group", own.rate / group)
      note("by_raw_single", own.rate / single)
    }
    for (name, values) in figures { measured.figures[name] = values.sorted()[values.count / 2] }
    return (measured, runs)
  }

  // MARK: The engine

  func engineTurn(_ turn: Int, watching: Watching = .nothing, length: Int = Self.turnLength) async -> Turn {
    let watched: WatchedStore?
    let store: any RunStore
    if durability == .memory {
      (watched, store) = (nil, MemoryRunStore())
    } else {
      let file = WorkflowFolder.path + "/engine-\(turn).db"
      do {
        let own = WatchedStore(try SQLiteRunStore(path: file), keeping: Self.keptChanges)
        (watched, store) = (own, own)
      } catch {
        fail("\(error)")
      }
    }
    let bed = WorkflowBed(options, durability, store: store, places: places, watching: watching)
    // Definitions are stored, threads begun.
    for _ in 0..<3 { await bed.run(place: 0, steps: steps) }
    let warm = watched?.counts
    var result = Turn()
    let (wall, cpu) = (nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_PROCESS_CPUTIME_ID))
    await withTaskGroup(of: [Int].self) { group in
      for place in 0..<places {
        group.addTask { [self] in
          var latencies: [Int] = []
          repeat {
            let start = nanoseconds(CLOCK_MONOTONIC)
            await bed.run(place: place, steps: steps)
            if isTransition {
              latencies += bed.stamps.gaps(place, steps: steps)
            } else {
              latencies.append(nanoseconds(CLOCK_MONOTONIC) - start)
            }
          } while nanoseconds(CLOCK_MONOTONIC) - wall < length
          return latencies
        }
      }
      for await latencies in group { result.latencies += latencies }
    }
    result.wall = nanoseconds(CLOCK_MONOTONIC) - wall
    result.cpu = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu
    result.runs = result.latencies.count / (isTransition ? steps - 1 : 1)
    if let watched, let warm {
      result.seen = watched.counts
      result.seen.commits -= warm.commits
      result.seen.changes -= warm.changes
    }
    await bed.end()
    return result
  }

  // MARK: Without an engine

  /// - Returns: changes a second.
  private func rawTurn(_ batches: some Sequence<[RunChange]>) async -> Double {
    let file = WorkflowFolder.path + "/raw.db"
    for suffix in ["", "-wal", "-shm", "-lock"] { unlink(file + suffix) }
    // Makes the tables.
    do { try await SQLiteRunStore(path: file).close() } catch { fail("\(error)") }
    let loop = RawLoop(path: file, isSynced: durability == .powerLoss)
    let start = nanoseconds(CLOCK_MONOTONIC)
    var changes = 0
    for batch in batches where nanoseconds(CLOCK_MONOTONIC) - start < 2 * Self.turnLength {
      loop.commit(batch)
      changes += batch.count
    }
    let wall = nanoseconds(CLOCK_MONOTONIC) - start
    loop.close()
    return Double(changes) / Double(wall) * 1e9
  }
}
