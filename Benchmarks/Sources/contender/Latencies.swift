import Foundation
import Millrace

/// Submit from outside, run, back: hot, one after the other; parked, after the workers have gone to sleep.
func ping(_ options: Options) -> Plan? {
  let isParked = options.variant == "parked"
  let count = options.size > 0 ? options.size : isParked ? 1_000 : 50_000
  let answered = Place(0)
  let once: () -> Void
  switch options.contender {
  case "millrace":
    let executor = options.makeExecutor()
    once = { try! executor.runBlocking { answered.value += 1 } }
  case "dispatch":
    let queue = DispatchQueue.global()
    once = {
      let done = DispatchSemaphore(value: 0)
      queue.async {
        answered.value += 1
        done.signal()
      }
      done.wait()
    }
  default: return nil
  }
  return Plan(
    operations: count,
    measure: {
      var measured = Measured()
      for _ in 0..<100 { once() }
      answered.value = 0
      let (wall, cpu) = (nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_PROCESS_CPUTIME_ID))
      for _ in 0..<count {
        if isParked { usleep(2_000) }
        let start = nanoseconds(CLOCK_MONOTONIC)
        once()
        measured.latencies.append(nanoseconds(CLOCK_MONOTONIC) - start)
      }
      measured.wall = nanoseconds(CLOCK_MONOTONIC) - wall
      measured.cpu = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu
      return measured
    }, verify: { answered.value == count })
}

/// Eight siblings of 50 ms are forked by a parent that then computes for 400 ms: both processors are to be busy.
func longLeaf(_ options: Options) -> Plan? {
  guard options.contender == "millrace" || options.contender == "serial" else { return nil }
  let ended = Place(0)
  @Sendable func spin(_ milliseconds: Int) {
    let end = nanoseconds(CLOCK_THREAD_CPUTIME_ID) + milliseconds * 1_000_000
    while nanoseconds(CLOCK_THREAD_CPUTIME_ID) < end {}
  }
  @Sendable func fork(_ siblings: Int) -> Int {
    if siblings == 0 {
      spin(400)
      return 0
    }
    let (a, b) = join(
      { fork(siblings - 1) },
      { () -> Int in
        spin(50)
        return 1
      })
    return a + b
  }
  let body =
    options.contender == "serial"
    ? {
      spin(800)
      ended.value = 8
    } : { ended.value = fork(8) }
  return .repeated(1, enter: entrance(options), body) { ended.value == 8 }
}

/// An executor with nothing to do, for five seconds: its CPU time.
func idle(_ options: Options) -> Plan? {
  guard options.contender == "millrace" else { return nil }
  let seconds = options.size > 0 ? options.size : 5
  let executor = options.makeExecutor()
  return Plan(
    operations: seconds,
    measure: {
      try! executor.runBlocking {}
      usleep(20_000)
      let (wall, cpu) = (nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_PROCESS_CPUTIME_ID))
      sleep(UInt32(seconds))
      return Measured(wall: nanoseconds(CLOCK_MONOTONIC) - wall, cpu: nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu)
    },
    verify: {
      executor.shutdownBlocking()
      return true
    })
}
