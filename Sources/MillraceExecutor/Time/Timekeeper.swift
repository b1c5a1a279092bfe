import CMillrace
import MillracePrimitives
import Synchronization

/// The thread that sleeps until the next timer of the process is due. It exists from the first timer on, and costs nothing while there is none.
///
/// It is no worker, so timers fire in time also when every worker computes. What fires is short: a flag is set, a task resumed, a job submitted.
///
/// | who | does | then |
/// |---|---|---|
/// | timekeeper | `planned = ` the earliest look (Y5) | looks at all shards once more (Y5); none earlier: sleeps until then |
/// | who has made a shard's look earlier | publishes it (Y5) | reads `planned` (Y5): later than that: takes it, and gives the timekeeper its token (P1) |
///
/// Announce and then look, on both sides, sequentially consistent: not both miss the other. Timeouts mostly come in the order of their deadlines, so hardly ever is
/// a new one the earliest, and nobody is woken.
///
/// Rejected: parked workers that sleep until their own wheel's next deadline, and a busy worker's wheel run by an idle peer: with every worker busy nobody is left to look.
// SAFETY: the parker is made for sharing; it and the shards are never freed; all else is constant or atomic.
@safe
final class Timekeeper: @unchecked Sendable {
  static let shared = Timekeeper()

  /// One for each processor, at least: see `shardOfThread`.
  let shards: [TimerShard]
  /// The same: who uses one for a moment neither retains it nor shares its count.
  private let shardsUnretained: UnsafeMutablePointer<Unmanaged<TimerShard>>
  private let parker: UnsafeMutablePointer<Parker>
  /// Until when it sleeps, in nanoseconds; 0: it is awake and will look.
  private let planned = Atomic<UInt64>(0)

  private init() {
    var count = 1
    while count < min(64, Topology.usableCPUCount) { count *= 2 }
    shards = (0..<count).map { _ in TimerShard() }
    unsafe shardsUnretained = .allocate(capacity: count)
    for index in 0..<count { unsafe (shardsUnretained + index).initialize(to: Unmanaged.passUnretained(shards[index])) }
    unsafe parker = .allocate(capacity: 1)
    unsafe parker.initialize(to: Parker())
    var thread: UInt = 0
    let error = unsafe millrace_thread_start(
      &thread, "millrace-timer", 1 << 20, { _ in Timekeeper.shared.main() }, parker)
    precondition(error == 0, "Millrace could not start the thread of its timers: error \(error)")
    millrace_thread_detach(thread)
  }

  /// The shard of the calling thread: a worker's by its index, others' by chance.
  var shardOfThread: Unmanaged<TimerShard> {
    let number = unsafe Worker.current.map { unsafe $0.pointee.index } ?? Int(millrace_thread_self() >> 12 & 0xffff)
    return unsafe shardsUnretained[number & (shards.count - 1)]
  }

  /// A shard is to be looked at by then.
  func reconsider(_ nanoseconds: UInt64) {
    // Y5: published, then look.
    if nanoseconds < planned.load(ordering: .sequentiallyConsistent) { wake() }
  }

  func wake() {
    // Y5: only one wakes it.
    if planned.exchange(0, ordering: .sequentiallyConsistent) != 0 { unsafe parker.pointee.unpark() }
  }

  /// Timers that wait, in all wheels that nobody uses at the moment.
  var timers: Int { shards.reduce(0) { $0 + ($1.count ?? 0) } }

  private func main() {
    millrace_precise_timers()
    while true {
      let next = look()
      // Y5: announce, then look.
      planned.store(next, ordering: .sequentiallyConsistent)
      if look() < next {
        // Y5: awake again. A token that comes nevertheless makes one sleep end at once.
        planned.store(0, ordering: .sequentiallyConsistent)
        continue
      }
      let now = millrace_nanoseconds()
      if next > now { _ = unsafe parker.pointee.park(nanoseconds: next == .max ? .max : next - now) }
      // Y5: awake.
      planned.store(0, ordering: .sequentiallyConsistent)
    }
  }

  /// Advances what is due, and says when to look again.
  private func look() -> UInt64 {
    var next = UInt64.max
    for shard in shards {
      var look = shard.nextLook
      if look != .max, look <= millrace_nanoseconds() {
        // Whoever holds it wakes the timekeeper.
        guard shard.advance(to: millrace_nanoseconds()) else { continue }
        look = shard.nextLook
      }
      next = min(next, look)
    }
    return next
  }
}
