import CMillrace
import MillracePrimitives
import Synchronization

/// What all who take part in one loop share; on the stack of the worker that entered it.
@safe
@usableFromInline
struct SharedLoop: ~Copyable {
  /// The closure that runs a stolen part.
  @usableFromInline let stolenPart: ClosureParts
  /// Somebody's body threw: no more grains.
  @usableFromInline let isStopped = Atomic<Bool>(false)
  /// The loop can throw `CancellationError`.
  @usableFromInline let isCancellable: Bool

  @usableFromInline
  init(stolenPart: ClosureParts, isCancellable: Bool) {
    self.stolenPart = stolenPart
    self.isCancellable = isCancellable
  }

  @usableFromInline
  func stop() {
    // Relaxed: a request to stop; the error travels by the join.
    isStopped.store(true, ordering: .relaxed)
  }
}

/// One worker's part of a loop: hands out grains, keeps a half where others can take it, and joins what they took.
///
/// The loop itself is written where it is called (`Parallel.overRanges`), so that the user's body is inlined into it; everything that does not
/// depend on the body is here, compiled once.
///
/// Splitting is lazy: half of what is left is made stealable only when nothing of this worker is (Tzannes et al. 2010).
///
/// While it waits for a stolen part, the worker takes what that part's thief has made stealable of the same loop, and runs it as its own ("adopts" it):
/// where the loop was entered the user's body is inlined, a stolen part calls it through a pointer, so this keeps a loop with a tiny body
/// from being slower on two workers than on one.
///
/// A part is described in the worker's memory, at the place that belongs to its fork cell. Forks nest, so the cells of one driver's parts follow each other.
@safe
@usableFromInline
struct LoopDriver: ~Copyable {
  private let worker: WorkerPointer
  private let shared: UnsafePointer<SharedLoop>
  /// The cell of the first part.
  private let firstCell: UInt
  private var partCount = 0
  private var low: Int
  private var high: Int
  /// How many elements are done between two looks around.
  private var grain = 1
  /// Grains that are not timed, so that short loops read no clock.
  private var untimed = 16
  private var grainStart: UInt64 = 0

  /// Elements to be run now, after `.run`.
  @usableFromInline private(set) var part: Range<Int> = 0..<0

  /// A grain never has more elements, or more than a 64th of what is left, so that a stretch of dear ones after many cheap ones is not swallowed whole.
  private static var grainLimit: Int { 1024 }
  /// A grain is doubled while it takes less than this many microseconds, and cut to that when it takes four times as long.
  private static var grainMicroseconds: UInt64 { 8 }

  @usableFromInline
  init(_ range: Range<Int>, _ worker: WorkerPointer, _ shared: UnsafePointer<SharedLoop>) {
    unsafe self.worker = worker
    unsafe self.shared = shared
    // Relaxed: only the owner writes it.
    firstCell = unsafe worker.pointee.forks.next.load(ordering: .relaxed)
    low = range.lowerBound
    high = range.upperBound
  }

  @safe
  @usableFromInline
  enum Step {
    /// Run `part`.
    case run
    /// A thief has run this part, which comes right after all that was run so far.
    case joined(UnsafeMutablePointer<millrace_loop_part>)
    /// What follows belongs to another worker's part, until it is `returned`.
    case adopted
    /// The adopted part has been run; its value is to be left in it.
    case returned(UnsafeMutablePointer<millrace_loop_part>)
    /// All is done, by this worker or by others.
    case finished
  }

  @usableFromInline
  mutating func next() -> Step {
    if grainStart != 0 { adaptGrain() }
    while true {
      if low < high, !isStopped {
        if high - low > grain, unsafe worker.pointee.forks.isDrained { shareHalf() }
        let end = low + min(grain, max(Self.grainLimit, (high - low) / 64), high - low)
        part = low..<end
        low = end
        if untimed > 0 { untimed -= 1 } else { grainStart = millrace_ticks() }
        return .run
      }
      if partCount == 0 { return .finished }
      let cell = firstCell + UInt((partCount - 1) * MemoryLayout<ForkCell>.stride)
      let part = unsafe worker.loopPart(at: cell)
      if unsafe !part.pointee.is_stolen {
        let function = millrace_loop_part_function()
        if unsafe worker.pointee.forks.pop(cell, function: function) || worker.pointee.forks.settle(cell) == nil {
          partCount -= 1
          low = unsafe part.pointee.lower
          high = unsafe part.pointee.upper
          continue
        }
        unsafe worker.pointee.forks.keepStolen(cell)
        unsafe part.pointee.is_stolen = true
      } else if let adopted = unsafe part.pointee.adopted {
        unsafe part.pointee.adopted = nil
        return unsafe .returned(adopted)
      }
      unsafe giveBackAdopted(part)
      guard let (job, victim) = unsafe worker.waitOrLeapfrog(cell) else {
        unsafe worker.pointee.forks.release(cell)
        partCount -= 1
        return unsafe .joined(part)
      }
      if let other = unsafe job.loopPart,
        unsafe UnsafePointer<SharedLoop>(OpaquePointer(other.pointee.shared)) == shared
      {
        unsafe part.pointee.adopted_cell = job.cell
        unsafe part.pointee.adopted = other
        unsafe part.pointee.adopted_from = UnsafeMutableRawPointer(victim)
        low = unsafe other.pointee.lower
        high = unsafe other.pointee.upper
        return .adopted
      }
      unsafe worker.run(job, from: victim)
    }
  }

  /// Tells the worker from whom a part was adopted that it is done. Its value has been left in it.
  private func giveBackAdopted(_ part: UnsafeMutablePointer<millrace_loop_part>) {
    guard let victim = unsafe part.pointee.adopted_from else { return }
    unsafe part.pointee.adopted_from = nil
    if unsafe StolenFork(cell: part.pointee.adopted_cell).finish() {
      unsafe victim.assumingMemoryBound(to: Worker.self).noteUnpark()
      unsafe victim.assumingMemoryBound(to: Worker.self).pointee.joinParker.unpark()
    }
  }

  private var isStopped: Bool {
    // Relaxed: a request to stop.
    if unsafe shared.pointee.isStopped.load(ordering: .relaxed) { return true }
    guard unsafe shared.pointee.isCancellable, unsafe worker.isCancelled else { return false }
    unsafe shared.pointee.stop()
    return true
  }

  private mutating func shareHalf() {
    let middle = low + (high - low) / 2
    // Relaxed: only the owner writes it.
    let part = unsafe worker.loopPart(at: worker.pointee.forks.next.load(ordering: .relaxed))
    let closure = unsafe shared.pointee.stolenPart
    unsafe part.pointee = millrace_loop_part(
      function: closure.function, context: closure.context, lower: middle, upper: high,
      shared: UnsafeMutableRawPointer(mutating: shared),
      result: nil, is_stolen: false, adopted_cell: 0, adopted: nil, adopted_from: nil)
    _ = unsafe worker.share(function: millrace_loop_part_function(), context: UInt(bitPattern: part))
    partCount += 1
    high = middle
  }

  private mutating func adaptGrain() {
    let ticks = millrace_ticks() &- grainStart
    let target = unsafe worker.pointee.ticksPerMicrosecond * Self.grainMicroseconds
    if ticks < target {
      grain = part.count * 2
    } else if ticks > 4 * target {
      grain = max(1, Int(Double(part.count) * Double(target) / Double(ticks)))
    }
    grainStart = 0
  }
}

extension StolenFork {
  /// The part of a loop that this job is, if it is one.
  fileprivate var loopPart: UnsafeMutablePointer<millrace_loop_part>? {
    function == millrace_loop_part_function() ? unsafe UnsafeMutablePointer(bitPattern: context) : nil
  }
}

extension UnsafeMutablePointer where Pointee == Worker {
  /// Where the part of a loop that is forked at `cell` is described.
  func loopPart(at cell: UInt) -> UnsafeMutablePointer<millrace_loop_part> {
    unsafe pointee.loopParts.base + Int(cell - pointee.forks.cells) / MemoryLayout<ForkCell>.stride
  }

  /// Makes a job stealable, and wakes somebody if all sleep. Returns its cell.
  @inlinable @inline(__always)
  func share(function: UInt, context: UInt) -> UInt {
    let cell = unsafe pointee.forks.push(function: function, context: context)
    unsafe pointee.counters.forks.bump()
    // S1: made visible, then look; pairs with the heavy fence in `Sleepers.enter`. Without `membarrier` this look can miss a worker
    // that is just going to sleep: that costs the parallelism of one fork, never the job.
    millrace_compiler_barrier()
    // Relaxed: the fences order it.
    if unsafe Sleepers.wantsWake(pointee.sleepers.pointee.word.load(ordering: .relaxed)) { unsafe wakeOne() }
    return cell
  }
}
