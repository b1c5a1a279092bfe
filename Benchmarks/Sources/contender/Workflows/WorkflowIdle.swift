import Foundation
import Millrace
import MillraceSQLite
import MillraceWorkflow

/// What runs cost that do nothing, for five seconds: memory of the process at its peak, their start included, and CPU time. `live-…`: each in the midst of a step; `sleeping-…`: each waits for a time, a day away.
func workflowIdle(_ options: Options) -> Plan? {
  let parts = options.variant.split(separator: "-").map(String.init)
  guard options.contender == "millrace", parts.count == 2, let durability = Durability(rawValue: parts[1]) else {
    return nil
  }
  let isLive = parts[0] == "live"
  let count = options.size > 0 ? options.size : isLive ? 10_000 : 100_000
  let seconds = 5
  let found = Place(0)
  let measured = Place(Measured())
  return Plan(
    operations: seconds,
    measure: {
      awaitHere {
        do {
          let store: any RunStore =
            durability == .memory ? MemoryRunStore() : try SQLiteRunStore(path: WorkflowFolder.path + "/runs.db")
          let (begun, never) = (Countdown(count), Countdown(1))
          let engine = sleepers(options, durability, store) {
            begun.countDown()
            await never.wait()
          }
          var waiting = StateMachine<Traveller, Sleep>("waiting", initial: .asleep)
          waiting.durability = durability
          waiting.addTimeout(at: .asleep, after: .seconds(86_400), to: .awake)
          try engine.register(waiting)
          let resident = residentBytes()
          await start(count, of: isLive ? "sleepers" : "waiting", on: engine)
          if isLive { await begun.wait() }
          // What was put off is done.
          usleep(500_000)
          measured.value.figures["bytes_per_run"] = Double(residentBytes() - resident) / Double(count)
          let (wall, cpu) = (nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_PROCESS_CPUTIME_ID))
          sleep(UInt32(seconds))
          measured.value.wall = nanoseconds(CLOCK_MONOTONIC) - wall
          measured.value.cpu = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu
          var query = RunQuery()
          query.states = [isLive ? .running : .waiting]
          found.value = try await store.count(query)
        } catch {
          fail("\(error)")
        }
      }
      WorkflowFolder.remove()
      return measured.value
    }, verify: { found.value == count })
}
