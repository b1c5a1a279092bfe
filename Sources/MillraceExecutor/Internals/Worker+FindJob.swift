import CMillrace
import MillracePrimitives
import Synchronization

/// Something for a worker to run.
@safe
enum FoundJob {
  case ready(JobWord)
  case fork(StolenFork, from: WorkerPointer)
}

/// The policy: what a worker does next.
extension UnsafeMutablePointer where Pointee == Worker {
  /// The next job, without looking at other workers.
  func takeReady(_ scheduler: Scheduler) -> FoundJob? {
    let search = unsafe pointee.search
    unsafe search.pointee.tick &+= 1
    let tick = unsafe search.pointee.tick
    if tick % Fairness.injectorInterval == 0 {
      for level in Fairness.turn(tick / Fairness.injectorInterval) {
        if let job = scheduler.injected.take(level) { return .ready(job) }
      }
    }
    let levels = tick % Fairness.levelInterval == 0 ? Fairness.turn(tick / Fairness.levelInterval) : JobUrgency.allCases
    for level in levels {
      if let job = unsafe pointee.ready.take(level) ?? scheduler.injected.take(level) { return .ready(job) }
    }
    return nil
  }

  /// Looks everywhere for the length of the spin budget. The worker is counted as searching.
  func search(_ scheduler: Scheduler) -> FoundJob? {
    let start = millrace_ticks()
    var patience = Patience()
    repeat {
      if let job = unsafe takeReady(scheduler) ?? steal(scheduler, &patience) { return job }
      patience.pause()
    } while millrace_ticks() &- start < scheduler.spinTicks && !scheduler.isClosed
    return nil
  }

  /// One round over the victims, nearest first, in each tier from a random one on.
  private func steal(_ scheduler: Scheduler, _ patience: inout Patience) -> FoundJob? {
    let search = unsafe pointee.search
    for tier in unsafe victims(scheduler) {
      let first = unsafe Int(search.pointee.random.next() % UInt64(tier.count))
      for offset in 0..<tier.count {
        let index = tier[first + offset < tier.count ? first + offset : first + offset - tier.count]
        guard let victim = unsafe scheduler.worker(index), unsafe victim != self else { continue }
        if let stolen = unsafe stealFork(from: victim, &patience) { return unsafe .fork(stolen, from: victim) }
        if unsafe isWorthTaking(from: victim, patience), let job = unsafe victim.pointee.ready.takeAny() {
          unsafe pointee.counters.steals.bump()
          return .ready(job)
        }
      }
    }
    return nil
  }

  /// A worker's only ready job is left to it for a moment: most often it runs it next (see `Scheduler.jobWasKept`).
  private func isWorthTaking(from victim: WorkerPointer, _ patience: borrowing Patience) -> Bool {
    let count = unsafe victim.pointee.ready.count
    guard count == 1 else { return count > 1 }
    let taken = unsafe victim.pointee.ready.taken
    for _ in 0..<4 * patience.looks {
      millrace_pause()
      guard unsafe victim.pointee.ready.taken == taken else { return false }
    }
    return true
  }

  /// Steals the victim's oldest fork at or above `floor`, if it has waited long enough to be worth it.
  ///
  /// A claim interrupts the victim (the heavy fence) and costs it more than a short fork, so a job must have been in its
  /// place for a while: forks that are joined at once, in a loop, are left alone.
  func stealFork(from victim: WorkerPointer, floor: UInt = 0, _ patience: inout Patience) -> StolenFork? {
    guard case .job(let cell, let function) = unsafe victim.pointee.forks.look(from: floor) else { return nil }
    for _ in 0..<patience.looks {
      millrace_pause()
      guard unsafe victim.pointee.forks.look(from: floor) == .job(cell: cell, function: function) else { return nil }
    }
    unsafe pointee.counters.stealAttempts.bump()
    guard
      let stolen = unsafe victim.pointee.forks.steal(
        cell: cell, function: function, thief: pointee.index, base: pointee.forks.nextIndex)
    else {
      patience.failed()
      return nil
    }
    unsafe pointee.counters.steals.bump()
    unsafe pointee.counters.promoted.bump()
    patience = Patience()
    return stolen
  }

  /// Workers to steal from, tiers of indices. Made anew when the number of workers has changed.
  private func victims(_ scheduler: Scheduler) -> [[Int]] {
    let count = scheduler.workersCreated
    let search = unsafe pointee.search
    if unsafe search.pointee.victimsOf != count {
      unsafe search.pointee.victims = scheduler.victimOrder(for: pointee.index, count: count)
      unsafe search.pointee.victimsOf = count
    }
    return unsafe search.pointee.victims
  }

  /// Runs what was found.
  func run(_ found: FoundJob, _ scheduler: Scheduler) {
    switch found {
    case .ready(let job): unsafe job.run(on: self, scheduler)
    case .fork(let job, let victim): unsafe run(job, from: victim)
    }
  }

  func run(_ job: StolenFork, from victim: WorkerPointer) {
    unsafe profilingFork(at: job.cell, of: victim) {
      unsafe withScope(inheriting: victim.pointee.scopes.find(cell: job.cell)) { job.run() }
    }
    if job.finish() {
      unsafe victim.noteUnpark()
      unsafe victim.pointee.joinParker.unpark()
    }
  }
}

/// How often a worker prefers what would otherwise wait: every `levelInterval`-th job is sought at another level first than the high one, at the three in turn; every
/// `injectorInterval`-th among the jobs from outside first, their levels in turn.
///
/// So the oldest job of a level on a worker's own queue waits for at most 3 × 31 jobs of that worker, and the oldest injected one of a level for at most 3 × 61.
/// Primes, so that the two do not fall together for long.
enum Fairness {
  static let injectorInterval: UInt = 61
  static let levelInterval: UInt = 31
  private static let turns: [[JobUrgency]] = [
    [.low, .medium, .high], [.medium, .low, .high], [.high, .medium, .low],
  ]

  /// The order of levels when the `number`-th such turn comes.
  static func turn(_ number: UInt) -> [JobUrgency] { turns[Int(number % 3)] }
}

/// How carefully a thief looks before it claims, and how long it rests: more of both after each claim that came to nothing.
struct Patience {
  private(set) var looks = 6
  private var rests = 4

  mutating func failed() {
    looks = min(looks * 2, 48)
    rests = min(rests * 4, 1024)
  }

  func pause() { for _ in 0..<rests { millrace_pause() } }
}
