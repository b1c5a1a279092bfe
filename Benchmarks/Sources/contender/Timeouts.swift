import Dispatch
import Foundation
import Millrace
import Synchronization

/// How one contender runs a closure later, and takes that back.
private struct TimeoutKind<Timeout>: Sendable {
  var schedule: @Sendable (Duration, @escaping @Sendable () -> Void) -> Timeout
  /// False: it had fired.
  var cancel: @Sendable (Timeout) -> Bool
}

/// Timers as users call them, timeouts of 30 s. See ``timers(_:)``.
func timeouts(_ options: Options) -> Plan? {
  switch options.contender {
  case "millrace":
    let executor = WorkStealingExecutor(.init(workerCount: options.workers))
    return plan(
      options, TimeoutKind(schedule: { executor.schedule(after: $0, $1) }, cancel: { $0.cancel() }))
  case "dispatch":
    return plan(
      options,
      TimeoutKind(
        schedule: { delay, body in
          let timer = DispatchSource.makeTimerSource()
          let (seconds, attoseconds) = delay.components
          timer.schedule(
            deadline: .now() + .nanoseconds(Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)))
          timer.setEventHandler(handler: body)
          timer.activate()
          return timer
        },
        cancel: {
          $0.cancel()
          return true
        }))
  case "task-sleep":
    return plan(
      options,
      TimeoutKind(
        schedule: { delay, body in Task { if (try? await Task.sleep(for: delay, tolerance: .zero)) != nil { body() } }
        },
        cancel: {
          $0.cancel()
          return true
        }))
  default: return nil
  }
}

private func plan<Timeout>(_ options: Options, _ kind: TimeoutKind<Timeout>) -> Plan? {
  let live = options.size > 0 ? options.size : 100_000
  switch options.variant {
  case "api-schedule", "api-cancel", "churn": return inOrder(live, options.variant, kind)
  case "remote": return crossing(live, together: false, kind)
  case "two-threads": return crossing(live, together: true, kind)
  case "lateness": return lateness(live, kind)
  default: return nil
  }
}

// MARK: Whether they fire

/// How many have fired. Global, so that closures that count need no context.
private let fired = Atomic<Int>(0)

@Sendable private func countFired() {
  // Relaxed: looked at again and again.
  fired.wrappingAdd(1, ordering: .relaxed)
}

/// None of those that were cancelled has fired, and those that are not cancelled do.
private func onlyTheLeftFire<Timeout>(_ kind: TimeoutKind<Timeout>) -> Bool {
  let count = 1_000
  let left = (0..<count).map { _ in kind.schedule(.milliseconds(10), countFired) }
  // Relaxed: see `countFired`.
  for _ in 0..<5_000 where fired.load(ordering: .relaxed) < count { usleep(1_000) }
  return withExtendedLifetime(left) { fired.load(ordering: .relaxed) == count }
}

func residentBytes() -> Int {
  let fields = try! String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
  return Int(fields[1])! * sysconf(Int32(_SC_PAGESIZE))
}

// MARK: One thread

/// `api-schedule`, `api-cancel`: all are scheduled, then all are cancelled. `churn`: a million more come and go, the oldest first, with `live` of them waiting.
private func inOrder<Timeout>(_ live: Int, _ variant: String, _ kind: TimeoutKind<Timeout>) -> Plan {
  let churns = variant == "churn" ? 1_000_000 : 0
  let cancelled = Place(0)
  return Plan(
    operations: variant == "churn" ? churns : live,
    measure: {
      var measured = Measured()
      func clocks() -> (Int, Int) { (nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_PROCESS_CPUTIME_ID)) }
      func schedule() -> Timeout { kind.schedule(.seconds(30), countFired) }
      func cancel(_ timeout: Timeout) { cancelled.value += kind.cancel(timeout) ? 1 : 0 }
      var begin = clocks()
      func end() {
        measured.wall = nanoseconds(CLOCK_MONOTONIC) - begin.0
        // Work that was put off is done, and counted; Netty takes the longest for it, a second.
        if variant == "churn" { usleep(1_500_000) }
        measured.cpu = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - begin.1
      }
      var waiting: [Timeout] = []
      waiting.reserveCapacity(live)
      let resident = residentBytes()
      begin = clocks()
      for _ in 0..<live { waiting.append(schedule()) }
      if variant == "api-schedule" {
        end()
        measured.figures["bytes_per_timer"] = Double(residentBytes() - resident) / Double(live)
      }
      begin = clocks()
      for number in 0..<churns {
        cancel(waiting[number % live])
        waiting[number % live] = schedule()
      }
      if variant == "churn" { end() }
      begin = clocks()
      for timeout in waiting { cancel(timeout) }
      if variant == "api-cancel" { end() }
      waiting = []
      return measured
    }, verify: { cancelled.value == live + churns && onlyTheLeftFire(kind) })
}

// MARK: Two threads

/// An operation cancels a timer that the other thread has scheduled, and schedules another one. `remote`: the threads take turns of all timers; `two-threads`, `together`:
/// both work, each on half of the timers.
private func crossing<Timeout>(_ live: Int, together: Bool, _ kind: TimeoutKind<Timeout>) -> Plan {
  let passes = 10
  let parts = together ? 2 : 1
  let size = live / parts
  let cancelled = [Place(0), Place(0)]
  return Plan(
    operations: passes * size * parts,
    measure: {
      var measured = Measured()
      // Of part n, those that have been scheduled last.
      let waiting = (0..<parts).map { _ in Place<[Timeout]>([]) }
      let barrier = Barrier(2)
      /// Pass 0 schedules, passes 1 … 10 are measured, pass 11 cancels.
      @Sendable func passThrough(_ thread: Int, _ pass: Int) {
        let part = (thread + pass) & 1
        guard part < parts else { return }
        let own = waiting[part]
        if pass == 0 {
          own.value = (0..<size).map { _ in kind.schedule(.seconds(30), countFired) }
          return
        }
        for place in 0..<size {
          cancelled[thread].value += kind.cancel(own.value[place]) ? 1 : 0
          if pass <= passes { own.value[place] = kind.schedule(.seconds(30), countFired) }
        }
        if pass > passes { own.value = [] }
      }
      Thread.detachNewThread {
        for pass in 0...passes + 1 {
          barrier.wait()
          passThrough(1, pass)
        }
        barrier.wait()
      }
      var begin = (0, 0)
      for pass in 0...passes + 1 {
        barrier.wait()
        let now = (nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_PROCESS_CPUTIME_ID))
        if pass == 1 { begin = now }
        if pass == passes + 1 { (measured.wall, measured.cpu) = (now.0 - begin.0, now.1 - begin.1) }
        passThrough(0, pass)
      }
      barrier.wait()
      return measured
    }, verify: { cancelled[0].value + cancelled[1].value == (passes + 1) * size * parts && onlyTheLeftFire(kind) })
}

/// All threads arrive before one goes on. Who waits sleeps.
private final class Barrier: @unchecked Sendable {  // SAFETY: made for sharing, and never moved.
  private let barrier = UnsafeMutablePointer<pthread_barrier_t>.allocate(capacity: 1)

  init(_ count: UInt32) { precondition(pthread_barrier_init(barrier, nil, count) == 0) }
  func wait() { pthread_barrier_wait(barrier) }
}

// MARK: Lateness

/// A thousand timers that are due at random times within two seconds, while `live` others wait: how late each runs its closure.
private func lateness<Timeout>(_ live: Int, _ kind: TimeoutKind<Timeout>) -> Plan {
  let late = (0..<1_000).map { _ in Place(-1) }
  return Plan(
    operations: late.count,
    measure: {
      var measured = Measured()
      let waiting = (0..<live).map { _ in kind.schedule(.seconds(60)) {} }
      // Those that are tasks have begun to wait.
      usleep(500_000)
      let (wall, cpu) = (nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_PROCESS_CPUTIME_ID))
      let timers = late.map { place in
        let delay = Int.random(in: 10_000_000..<2_000_000_000)
        let due = nanoseconds(CLOCK_MONOTONIC) + delay
        return kind.schedule(.nanoseconds(delay)) {
          place.value = nanoseconds(CLOCK_MONOTONIC) - due
          // T2: pairs with the look below; the place travels.
          fired.wrappingAdd(1, ordering: .releasing)
        }
      }
      // T2: pairs with the timers' end.
      for _ in 0..<5_000 where fired.load(ordering: .acquiring) < late.count { usleep(2_000) }
      measured.wall = nanoseconds(CLOCK_MONOTONIC) - wall
      measured.cpu = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu
      measured.latencies = late.map(\.value)
      withExtendedLifetime(timers) { for timeout in waiting { _ = kind.cancel(timeout) } }
      return measured
      // Relaxed: read when all is over.
    }, verify: { fired.load(ordering: .relaxed) == late.count && late.allSatisfy { $0.value >= 0 } })
}
