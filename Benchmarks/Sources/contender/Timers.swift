import Dispatch
import Foundation
import Millrace
import MillraceTimers

/// Timers, at a number of live ones: `wheel-…`, an entry embedded in what it times, with time as an argument, and as `heap` a binary heap; `api-…`, what users call;
/// `churn`, timeouts of 30 s that are cancelled in the order in which they came.
func timers(_ options: Options) -> Plan? {
  let live = options.size > 0 ? options.size : 100_000
  switch (options.variant, options.contender) {
  case ("wheel-schedule", "millrace"), ("wheel-cancel", "millrace"), ("wheel-rearm", "millrace"),
    ("wheel-expire", "millrace"):
    return queue(WheelQueue(live), live, options.variant)
  case ("wheel-schedule", "heap"), ("wheel-cancel", "heap"), ("wheel-rearm", "heap"), ("wheel-expire", "heap"):
    return queue(HeapQueue(live), live, options.variant)
  case ("api-schedule", "millrace"), ("api-cancel", "millrace"), ("churn", "millrace"):
    let executor = WorkStealingExecutor(.init(workerCount: options.workers))
    return timeouts(live, options.variant, { executor.schedule(after: .seconds($0)) {} }, { $0.cancel() })
  case ("api-schedule", "dispatch"), ("api-cancel", "dispatch"), ("churn", "dispatch"):
    return timeouts(
      live, options.variant,
      { seconds in
        let timer = DispatchSource.makeTimerSource()
        timer.schedule(deadline: .now() + .seconds(seconds))
        timer.setEventHandler {}
        timer.activate()
        return timer
      }, { $0.cancel() })
  case ("api-schedule", "task-sleep"), ("api-cancel", "task-sleep"), ("churn", "task-sleep"):
    return timeouts(
      live, options.variant, { seconds in Task { try? await Task.sleep(for: .seconds(seconds)) } }, { $0.cancel() })
  default: return nil
  }
}

// MARK: Queues of embedded entries

private protocol TimerQueue: AnyObject {
  func schedule(_ index: Int, at deadline: UInt64)
  func cancel(_ index: Int)
  func reschedule(_ index: Int, at deadline: UInt64)
  /// Returns how many have fired.
  func advance(to now: UInt64) -> Int
}

private final class WheelQueue: TimerQueue {
  private let wheel = TimerWheel(now: 0)
  private let entries: UnsafeMutablePointer<TimerEntry>

  init(_ count: Int) {
    entries = .allocate(capacity: count)
    for index in 0..<count { (entries + index).initialize(to: TimerEntry()) }
  }

  func schedule(_ index: Int, at deadline: UInt64) { wheel.schedule(entries + index, at: deadline) }
  func cancel(_ index: Int) { _ = wheel.cancel(entries + index) }
  func reschedule(_ index: Int, at deadline: UInt64) { wheel.reschedule(entries + index, at: deadline) }
  func advance(to now: UInt64) -> Int { wheel.advance(to: now) { _ in } }
}

/// A binary heap whose entries know their places, so that they can be taken out.
private final class HeapQueue: TimerQueue {
  private var heap: [Int32] = []
  private var places: [Int32]
  private var deadlines: [UInt64]

  init(_ count: Int) {
    places = [Int32](repeating: -1, count: count)
    deadlines = [UInt64](repeating: 0, count: count)
  }

  func schedule(_ index: Int, at deadline: UInt64) {
    deadlines[index] = deadline
    heap.append(Int32(index))
    rise(heap.count - 1, Int32(index))
  }

  func cancel(_ index: Int) {
    let place = Int(places[index])
    guard place >= 0 else { return }
    places[index] = -1
    let last = heap.removeLast()
    if Int(last) == index { return }
    settle(place, last)
  }

  func reschedule(_ index: Int, at deadline: UInt64) {
    deadlines[index] = deadline
    settle(Int(places[index]), Int32(index))
  }

  func advance(to now: UInt64) -> Int {
    var fired = 0
    while let first = heap.first, deadlines[Int(first)] <= now {
      cancel(Int(first))
      fired += 1
    }
    return fired
  }

  private func settle(_ place: Int, _ index: Int32) {
    if place > 0, deadlines[Int(index)] < deadlines[Int(heap[(place - 1) / 2])] {
      rise(place, index)
    } else {
      sink(place, index)
    }
  }

  private func rise(_ place: Int, _ index: Int32) {
    var place = place
    while place > 0 {
      let parent = (place - 1) / 2
      guard deadlines[Int(index)] < deadlines[Int(heap[parent])] else { break }
      put(heap[parent], at: place)
      place = parent
    }
    put(index, at: place)
  }

  private func sink(_ place: Int, _ index: Int32) {
    var place = place
    while true {
      var child = 2 * place + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, deadlines[Int(heap[child + 1])] < deadlines[Int(heap[child])] { child += 1 }
      guard deadlines[Int(heap[child])] < deadlines[Int(index)] else { break }
      put(heap[child], at: place)
      place = child
    }
    put(index, at: place)
  }

  private func put(_ index: Int32, at place: Int) {
    heap[place] = index
    places[Int(index)] = Int32(place)
  }
}

/// Deadlines are random within a minute, and timers are visited in a random order. Only the named operation is timed.
private func queue<Queue: TimerQueue>(_ queue: Queue, _ live: Int, _ variant: String) -> Plan {
  var random = SystemRandomNumberGenerator()
  let minute: UInt64 = 60_000_000_000
  let deadlines = (0..<live).map { _ in UInt64.random(in: 0..<minute, using: &random) + 1_000_000 }
  let order = Array(0..<live).shuffled()
  let fired = Place(0)
  let worst = Place(0)
  return Plan(
    operations: live,
    measure: {
      var measured = Measured()
      func timed(_ isMeasured: Bool, _ body: () -> Void) {
        let (wall, cpu) = (nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_PROCESS_CPUTIME_ID))
        body()
        guard isMeasured else { return }
        measured.wall = nanoseconds(CLOCK_MONOTONIC) - wall
        measured.cpu = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu
      }
      timed(variant == "wheel-schedule") { for index in order { queue.schedule(index, at: deadlines[index]) } }
      timed(variant == "wheel-rearm") {
        // Half of them later, half of them earlier.
        for index in order {
          queue.reschedule(index, at: index & 1 == 0 ? deadlines[index] + minute : deadlines[index] / 2 + 1_000_000)
        }
      }
      timed(variant == "wheel-cancel") { for index in order.reversed() { queue.cancel(index) } }
      guard variant == "wheel-expire" else {
        fired.value = live
        return measured
      }
      for index in order { queue.schedule(index, at: deadlines[index]) }
      var now: UInt64 = 0
      timed(true) {
        while fired.value < live {
          now += 1 << 16
          let start = nanoseconds(CLOCK_MONOTONIC)
          fired.value += queue.advance(to: now)
          worst.value = max(worst.value, nanoseconds(CLOCK_MONOTONIC) - start)
        }
      }
      measured.worst = worst.value
      return measured
    }, verify: { fired.value == live })
}

// MARK: What users call

/// `api-schedule`, `api-cancel`: all are scheduled, then all are cancelled. `churn`: a million more come and go, the oldest first, with `live` of them waiting.
private func timeouts<Timeout>(
  _ live: Int, _ variant: String, _ schedule: @escaping (Int) -> Timeout, _ cancel: @escaping (Timeout) -> Void
) -> Plan {
  let churns = variant == "churn" ? 1_000_000 : 0
  return Plan(
    operations: variant == "churn" ? churns : live,
    measure: {
      var measured = Measured()
      func clocks() -> (Int, Int) { (nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_PROCESS_CPUTIME_ID)) }
      var begin = clocks()
      func end() {
        let now = clocks()
        measured.wall = now.0 - begin.0
        measured.cpu = now.1 - begin.1
      }
      var waiting = (0..<live).map { _ in schedule(30) }
      if variant == "api-schedule" { end() }
      begin = variant == "api-schedule" ? begin : clocks()
      for number in 0..<churns {
        cancel(waiting[number % live])
        waiting[number % live] = schedule(30)
      }
      if variant == "churn" { end() }
      for timeout in waiting { cancel(timeout) }
      waiting = []
      if variant == "api-cancel" { end() }
      return measured
    }, verify: { true })
}

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
