import Foundation
import MillraceSQLite
import MillraceWorkflow

/// A transition in the store alone, without an engine, in commits of so many; an operation is a transition. On disk the store and a loop around SQLite's C functions take turns.
func workflowStore(_ options: Options) -> Plan? {
  guard let durability = Durability(rawValue: options.variant), options.contender == "millrace" else { return nil }
  let size = max(1, options.size)
  let runs = (0..<1_000).map { Fleet.record($0) }
  let new = runs.map { RunChange(record: $0, expected: nil) }
  let total = max(size * (durability == .powerLoss ? 20 : 50), durability == .powerLoss ? 200 : 5_000) / size * size
  let turns = 5
  let committed = Place(0)
  /// - Returns: changes a second.
  @Sendable func turn(_ store: any RunStore, _ batches: [[RunChange]]) async -> Double {
    let start = nanoseconds(CLOCK_MONOTONIC)
    do {
      for batch in batches { committed.value += try await store.commit(batch).count { $0 == .committed } }
    } catch {
      fail("\(error)")
    }
    return Double(total) / Double(nanoseconds(CLOCK_MONOTONIC) - start) * 1e9
  }
  return Plan(
    operations: total * turns,
    measure: {
      let measured = Place(Measured())
      awaitHere {
        var own: [Double] = []
        var raw: [Double] = []
        for number in 0..<turns {
          for isRaw in durability == .memory ? [false] : number % 2 == 0 ? [false, true] : [true, false] {
            var fleet = Fleet(runs)
            let batches = (0..<total / size).map { _ in fleet.changes(size, durability) }
            let file = WorkflowFolder.path + "/\(number)-\(isRaw).db"
            do {
              let store: any RunStore = durability == .memory ? MemoryRunStore() : try SQLiteRunStore(path: file)
              _ = try await store.commit(new)
              if isRaw {
                try await store.close()
                let loop = RawLoop(path: file, isSynced: durability == .powerLoss)
                let start = nanoseconds(CLOCK_MONOTONIC)
                for batch in batches { loop.commit(batch) }
                raw.append(Double(total) / Double(nanoseconds(CLOCK_MONOTONIC) - start) * 1e9)
                loop.close()
              } else {
                let cpu = nanoseconds(CLOCK_PROCESS_CPUTIME_ID)
                own.append(await turn(store, batches))
                measured.value.cpu += nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu
                try await store.close()
              }
            } catch {
              fail("\(error)")
            }
          }
        }
        func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
        measured.value.wall = Int(own.reduce(0) { $0 + Double(total) / $1 * 1e9 })
        measured.value.figures["rate"] = median(own)
        guard durability != .memory else { return }
        measured.value.figures["raw_group"] = median(raw)
        measured.value.figures["by_raw_group"] = median(zip(own, raw).map { $0 / $1 })
        let sync = WorkflowFolder.syncTimes()
        measured.value.figures["fsync_p50"] = Double(sync[sync.count / 2])
      }
      WorkflowFolder.remove()
      return measured.value
    }, verify: { committed.value == total * turns })
}
