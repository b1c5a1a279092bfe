import Foundation
import MillraceTimers

/// Timers, at a number of live ones: `wheel-…`, an entry embedded in what it times, with time as an argument, and as `heap` a binary heap. What users call, timeouts of 30 s:
/// `api-…`; `churn`, cancelled in the order in which they came; `remote`, `two-threads`, cancelled by another thread; `lateness`.
func timers(_ options: Options) -> Plan? {
  guard options.variant.hasPrefix("wheel-") else { return timeouts(options) }
  let live = options.size > 0 ? options.size : 100_000
  switch options.contender {
  case "millrace": return queue(WheelQueue(live), live, options.variant)
  case "heap": return queue(HeapQueue(live), live, options.variant)
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
  /// How often a timer was fired or moved since the beginning; nil: not counted.
  var touched: Int? { get }
  /// What a timer takes, exactly; nil: not known.
  var bytesPerTimer: Int? { get }
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
  var touched: Int? { wheel.touched }
  var bytesPerTimer: Int? { MemoryLayout<TimerEntry>.stride }
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

  var touched: Int? { nil }
  var bytesPerTimer: Int? { nil }

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
private func queue<Queue: TimerQueue>(_ queue: Queue, _ live: Int, _ variant: String) -> Plan? {
  guard variant != "wheel-churn" else { return churn(queue, live) }
  var random = SystemRandomNumberGenerator()
  let minute: UInt64 = 60_000_000_000
  let deadlines = (0..<live).map { _ in UInt64.random(in: 0..<minute, using: &random) + 1_000_000 }
  let order = Array(0..<live).shuffled()
  let fired = Place(0)
  return Plan(
    operations: live,
    measure: {
      var measured = Measured()
      measured.figures["bytes_per_timer"] = queue.bytesPerTimer.map(Double.init)
      func timed(_ isMeasured: Bool, _ body: () -> Void) {
        let (wall, cpu) = (nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_PROCESS_CPUTIME_ID))
        body()
        guard isMeasured else { return }
        measured.wall = nanoseconds(CLOCK_MONOTONIC) - wall
        measured.cpu = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu
      }
      // Once before it counts, so that the code and the places are not new.
      for index in order { queue.schedule(index, at: deadlines[index]) }
      for index in order.reversed() { queue.cancel(index) }
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
      var ticks: [Int] = []
      ticks.reserveCapacity(Int(minute >> 16) + 100)
      var excess = 0
      timed(true) {
        while fired.value < live {
          now += 1 << 16
          let before = queue.touched
          let start = nanoseconds(CLOCK_MONOTONIC)
          let due = queue.advance(to: now)
          ticks.append(nanoseconds(CLOCK_MONOTONIC) - start)
          fired.value += due
          if let before, let after = queue.touched { excess = max(excess, after - before - 2 * due) }
        }
      }
      ticks.sort()
      measured.figures["worst_tick"] = Double(ticks.last!)
      measured.figures["tick_p9999"] = Double(ticks[ticks.count * 9_999 / 10_000])
      if queue.touched != nil { measured.figures["worst_tick_excess"] = Double(excess) }
      return measured
    }, verify: { fired.value == live })
}

/// Timeouts of 30 s that are cancelled in the order in which they came, by an owner who reads the clock for each, and advances the queue now and then.
private func churn<Queue: TimerQueue>(_ queue: Queue, _ live: Int) -> Plan {
  let churns = 1_000_000
  let timeout: UInt64 = 30_000_000_000
  let start = nanoseconds(CLOCK_MONOTONIC)
  func now() -> UInt64 { UInt64(nanoseconds(CLOCK_MONOTONIC) - start) }
  let early = Place(0)
  return Plan(
    operations: churns,
    measure: {
      var measured = Measured()
      for index in 0..<live { queue.schedule(index, at: now() + timeout) }
      let (wall, cpu) = (nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_PROCESS_CPUTIME_ID))
      for number in 0..<churns {
        let time = now()
        queue.cancel(number % live)
        queue.schedule(number % live, at: time + timeout)
        if number & 63 == 0 { early.value += queue.advance(to: time) }
      }
      measured.wall = nanoseconds(CLOCK_MONOTONIC) - wall
      measured.cpu = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu
      measured.figures["bytes_per_timer"] = queue.bytesPerTimer.map(Double.init)
      return measured
    }, verify: { early.value == 0 && queue.advance(to: now() + 2 * timeout) == live })
}
