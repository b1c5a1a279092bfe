import MillraceExecutor
import Synchronization

extension Batch {
  /// Who computes: the calling thread, or all workers.
  ///
  /// ```swift
  /// Batch.exp(x, into: &y)                          // this thread, to the end
  /// try Batch.exp(x, into: &y, on: .workers)        // all workers, and it can be cancelled
  /// ```
  ///
  /// `Failure` is what the call can throw.
  public struct Place<Failure: Batch.Failure>: Sendable {
    @inlinable
    init() {}
  }

  /// What a call of a kernel can throw: nothing on the caller, `CancellationError` on the workers.
  ///
  /// Not to be conformed to.
  public protocol Failure: Error {
    /// Others may take part, and a cancellation is to be seen.
    static var _isShared: Bool { get }
    static func _overGrains(_ count: Int, _ grain: Int, _ least: Int?, _ body: (Range<Int>) -> Void) throws(Self)
  }
}

// Two ways to run a loop, told apart by type: so that of the loop's body, with a user's closure inside it, there is one copy.

extension Never: Batch.Failure {
  @inlinable @inline(__always)
  public static var _isShared: Bool { false }

  @inlinable @inline(__always)
  public static func _overGrains(_ count: Int, _ grain: Int, _ least: Int?, _ body: (Range<Int>) -> Void) {
    body(0..<count)
  }
}

extension CancellationError: Batch.Failure {
  @inlinable @inline(__always)
  public static var _isShared: Bool { true }

  @inlinable @inline(__always)
  public static func _overGrains(
    _ count: Int, _ grain: Int, _ least: Int?, _ body: (Range<Int>) -> Void
  ) throws(CancellationError) {
    try shareGrains(count, grain, least, body)
  }
}

extension Batch.Place where Failure == Never {
  /// The calling thread, which computes everything before the call returns.
  @inlinable
  public static var caller: Self { Self() }
}

extension Batch.Place where Failure == CancellationError {
  /// The calling worker, and others that have nothing to do.
  ///
  /// The batch is cut in grains of some microseconds, more elements where the kernel is cheap. One that takes less than some fifty microseconds is computed by the caller alone: a worker that has to be
  /// woken, and to fetch what lies in the caller's cache, would not have it done earlier.
  ///
  /// - **Threads.** Off a worker, all but short batches run on ``WorkStealingExecutor/shared`` and the calling thread is blocked meanwhile; in `async` code go to a worker first, by
  ///   ``WorkStealingExecutor/run(priority:cancellation:_:)``.
  /// - **Cancellation.** When the surroundings are cancelled (a task, a token, a deadline), no grain is begun any more and the call throws `CancellationError`. Which elements of the output were written is then not
  ///   defined; inputs are as they were, unless the call works in place.
  @inlinable
  public static var workers: Self { Self() }
}

extension Batch.Place {
  @inlinable @inline(__always)
  var isShared: Bool { Failure._isShared }

  /// Calls `body` with parts of `0..<count` that together are the range, each once; a part that is not the last ends at a multiple of `grain`. With fewer than `least` grains the caller is alone; nil: with fewer than ``Grain/sharedFrom``.
  @inlinable @inline(__always)
  func overGrains(
    _ count: Int, _ grain: Int, least: Int? = nil, _ body: (Range<Int>) -> Void
  ) throws(Failure) {
    try Failure._overGrains(count, grain, least, body)
  }
}

/// Compiled once, for all kernels: a call through a pointer for each grain is nothing.
@usableFromInline
func shareGrains(
  _ count: Int, _ grain: Int, _ least: Int?, _ body: (Range<Int>) -> Void
) throws(CancellationError) {
  let grains = (count + grain - 1) / grain
  guard grains >= least ?? Grain.sharedFrom else {
    if CurrentWorker.withStack?.isCancelled ?? Task.isCancelled { throw CancellationError() }
    return body(0..<count)
  }
  try Parallel.overRanges(0..<grains) { (part) throws(CancellationError) in
    body(part.lowerBound * grain..<min(count, part.upperBound * grain))
  }
}

extension Grain {
  /// As many grains are worth another participant, who costs as much as several of them: he is woken, and fetches what lies in the caller's cache.
  @usableFromInline static var sharedFrom: Int {
    // Relaxed: a number of its own, and any will do.
    sharedFromChosen.load(ordering: .relaxed)
  }

  private static let sharedFromChosen = Atomic(8)

  /// Shares batches of that many grains from now on, everywhere in the process: for tests, which would have to be long.
  package static func share(from grains: Int) {
    // Relaxed: see ``sharedFrom``.
    sharedFromChosen.store(grains, ordering: .relaxed)
  }
}
