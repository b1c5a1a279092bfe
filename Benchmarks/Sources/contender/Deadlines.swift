import Foundation
import Millrace

/// A deadline around an asynchronous call that returns at once; as `taskgroup` a race with `Task.sleep`.
func deadline(_ options: Options) -> Plan? {
  let count = options.size > 0 ? options.size : 50_000
  let sum = Place(0)
  if options.variant == "sync" { return synchronousDeadline(options, count, sum) }
  let once: @Sendable () async -> Void
  switch options.contender {
  case "millrace": once = { sum.value += try! await withTimeout(.seconds(30)) { () async in 1 } }
  case "taskgroup":
    once = {
      sum.value += await withTaskGroup(of: Int.self) { group in
        group.addTask { 1 }
        group.addTask {
          try? await Task.sleep(for: .seconds(30))
          return 0
        }
        defer { group.cancelAll() }
        return await group.next()!
      }
    }
  case "serial":
    once = { sum.value += await { () async in 1 }() }
  default: return nil
  }
  return .repeated(
    count, enter: { $0() },
    {
      sum.value = 0
      awaitHere { for _ in 0..<count { await once() } }
    }, verify: { sum.value == count })
}

/// A deadline around a closure that returns at once, on a worker.
private func synchronousDeadline(_ options: Options, _ count: Int, _ sum: Place<Int>) -> Plan? {
  let once: @Sendable () -> Void
  switch options.contender {
  case "millrace": once = { sum.value += try! withTimeout(.seconds(30)) { () throws in 1 } }
  case "serial": once = { sum.value += 1 }
  default: return nil
  }
  return .repeated(
    count, enter: { $0() },
    {
      sum.value = 0
      try! WorkStealingExecutor.shared.runBlocking { for _ in 0..<count { once() } }
    }, verify: { sum.value == count })
}

/// Sleeps of a millisecond, a hundred at a time: how late they end.
func sleeping(_ options: Options) -> Plan? {
  let count = options.size > 0 ? options.size : 5_000
  let sleep: @Sendable () async throws -> Int
  switch options.contender {
  case "millrace":
    sleep = {
      let deadline = Deadline.now + .milliseconds(1)
      try await TimerClock().sleep(until: deadline)
      return Int(deadline.duration(to: .now).components.attoseconds / 1_000_000_000)
    }
  case "default":
    sleep = {
      let deadline = ContinuousClock.now + .milliseconds(1)
      try await Task.sleep(until: deadline, tolerance: .zero)
      return Int(deadline.duration(to: .now).components.attoseconds / 1_000_000_000)
    }
  default: return nil
  }
  let late = Place([Int]())
  return Plan(
    operations: count,
    measure: {
      var measured = Measured()
      let (wall, cpu) = (nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_PROCESS_CPUTIME_ID))
      awaitHere { for _ in 0..<count { late.value.append(try! await sleep()) } }
      measured.wall = nanoseconds(CLOCK_MONOTONIC) - wall
      measured.cpu = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu
      measured.latencies = late.value
      return measured
    }, verify: { late.value.count == count && late.value.allSatisfy { $0 >= 0 } })
}
