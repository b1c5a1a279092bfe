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
    static var _cancelled: Self { get }
  }
}

extension Never: Batch.Failure {
  @inlinable @inline(__always)
  public static var _isShared: Bool { false }

  public static var _cancelled: Never { fatalError("what the caller computes alone is not cancelled") }
}

extension CancellationError: Batch.Failure {
  @inlinable @inline(__always)
  public static var _isShared: Bool { true }

  public static var _cancelled: CancellationError { CancellationError() }
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

  // Which way is taken is decided while compiling, so that of a user's closure inside `body` one copy is left.

  /// Calls `body` with parts of `0..<count` that together are the range, each once; a part that is not the last ends at a multiple of `grain`. With fewer than `least` grains the caller is alone; nil: with fewer than ``Grain/sharedFrom``.
  @inlinable @inline(__always)
  func overGrains(
    _ count: Int, _ grain: Int, least: Int? = nil, _ body: (Range<Int>) -> Void
  ) throws(Failure) {
    guard isShared else { return body(0..<count) }
    if !Grains.share(count, grain, least, body) { throw Failure._cancelled }
  }

  /// The same for loops that a user's closure is inlined into.
  ///
  /// The compiler inlines a closure into what is written here, but not into a closure that others call and that also holds something else, such as the addresses of its elements. So the same loop is given twice: `body` is
  /// inlined here, and `other` is handed to others; it should call a closure that holds the user's and nothing else.
  @inlinable @inline(__always)
  func overGrains(
    _ count: Int, _ grain: Int, inlined body: (Range<Int>) -> Void, elsewhere other: (Range<Int>) -> Void
  ) throws(Failure) {
    guard isShared else { return body(0..<count) }
    if !Grains.share(count, grain, inlined: body, elsewhere: other) { throw Failure._cancelled }
  }
}

/// Loops shared with the workers, in grains. They return false when they were cancelled.
@usableFromInline
enum Grains {
  /// Compiled once, for all kernels: a call through a pointer for each grain is nothing.
  @usableFromInline
  static func share(_ count: Int, _ grain: Int, _ least: Int?, _ body: (Range<Int>) -> Void) -> Bool {
    share(count, grain, least, inlined: body, elsewhere: body)
  }

  @inlinable @inline(__always)
  static func share(
    _ count: Int, _ grain: Int, _ least: Int? = nil, inlined body: (Range<Int>) -> Void,
    elsewhere other: (Range<Int>) -> Void
  ) -> Bool {
    let grains = (count + grain - 1) / grain
    guard grains >= least ?? Grain.sharedFrom else {
      if isCancelled() { return false }
      body(0..<count)
      return true
    }
    do throws(any Error) {
      try Parallel.overRanges(
        0..<grains,
        { (part) throws(any Error) in body(part.lowerBound * grain..<min(count, part.upperBound * grain)) },
        elsewhere: { (part) throws(any Error) in
          other(part.lowerBound * grain..<min(count, part.upperBound * grain))
        })
      return true
    } catch {
      // Nothing but a cancellation: the bodies do not throw.
      return false
    }
  }

  @usableFromInline
  static func isCancelled() -> Bool { CurrentWorker.withStack?.isCancelled ?? Task.isCancelled }
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
