import Foundation
import Millrace
import Synchronization

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

/// From the call that shares a job to the job's start, on a worker that was parked: `submit` from outside, or a `fork` by a worker whose other closure computes until then.
func forkToStart(_ options: Options) -> Plan? {
  let count = options.size > 0 ? options.size : 1_000
  let started = StartTime()
  let once: () -> Int
  switch (options.contender, options.variant) {
  case ("millrace", "submit"):
    let executor = options.makeExecutor()
    once = {
      let start = nanoseconds(CLOCK_MONOTONIC)
      try! executor.submit { started.note() }
      return started.wait() - start
    }
  case ("millrace", "fork") where options.workers > 1:
    let executor = options.makeExecutor()
    once = {
      try! executor.runBlocking {
        let start = nanoseconds(CLOCK_MONOTONIC)
        let (end, _) = join({ started.wait() }, { started.note() })
        return end - start
      }
    }
  case ("dispatch", "submit"):
    let queue = DispatchQueue.global()
    once = {
      let start = nanoseconds(CLOCK_MONOTONIC)
      queue.async { started.note() }
      return started.wait() - start
    }
  default: return nil
  }
  return Plan(
    operations: count,
    measure: {
      var measured = Measured()
      for _ in 0..<100 { _ = once() }
      let (wall, cpu) = (nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_PROCESS_CPUTIME_ID))
      for _ in 0..<count {
        usleep(2_000)
        measured.latencies.append(once())
      }
      measured.wall = nanoseconds(CLOCK_MONOTONIC) - wall
      measured.cpu = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu
      return measured
    }, verify: { started.notes == count + 100 })
}

/// When a job has started; who waits for that computes, as a forking closure does.
private final class StartTime: Sendable {
  private let time = Atomic<Int>(0)
  private let count = Atomic<Int>(0)

  // Relaxed: read when all is over.
  var notes: Int { count.load(ordering: .relaxed) }

  func note() {
    // Relaxed: it travels with the time.
    count.wrappingAdd(1, ordering: .relaxed)
    // T1: pairs with `wait`; the count travels.
    time.store(nanoseconds(CLOCK_MONOTONIC), ordering: .releasing)
  }

  /// Gives up after a second: then the job does not start while another computes.
  func wait() -> Int {
    let end = nanoseconds(CLOCK_MONOTONIC) + 1_000_000_000
    while true {
      // T1: pairs with `note`.
      let value = time.exchange(0, ordering: .acquiring)
      if value != 0 { return value }
      let now = nanoseconds(CLOCK_MONOTONIC)
      if now > end { return now }
    }
  }
}

/// An executor with nothing to do, for ten seconds: its CPU time, and how often its threads were switched to.
func idle(_ options: Options) -> Plan? {
  guard options.contender == "millrace" else { return nil }
  let seconds = options.size > 0 ? options.size : 10
  let executor = options.makeExecutor()
  return Plan(
    operations: seconds,
    measure: {
      var measured = Measured()
      try! executor.runBlocking {}
      usleep(20_000)
      let switches = contextSwitchesOfOthers()
      let (wall, cpu) = (nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_PROCESS_CPUTIME_ID))
      sleep(UInt32(seconds))
      measured.wall = nanoseconds(CLOCK_MONOTONIC) - wall
      measured.cpu = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu
      measured.figures["context_switches"] = Double(contextSwitchesOfOthers() - switches)
      return measured
    },
    verify: {
      executor.shutdownBlocking()
      return true
    })
}

/// Context switches, voluntary or not, of all threads of the process but the main one, which measures.
private func contextSwitchesOfOthers() -> Int {
  let tasks = "/proc/self/task"
  let others = try! FileManager.default.contentsOfDirectory(atPath: tasks).filter { $0 != "\(getpid())" }
  return others.reduce(0) { sum, task in
    // A thread that has ended meanwhile says nothing.
    let status = (try? String(contentsOfFile: "\(tasks)/\(task)/status", encoding: .utf8)) ?? ""
    return status.split(separator: "\n").filter { $0.contains("ctxt_switches") }
      .reduce(sum) { $0 + (Int($1.split(whereSeparator: { $0 == "\t" || $0 == " " }).last ?? "") ?? 0) }
  }
}
