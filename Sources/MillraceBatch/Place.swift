import MillraceExecutor

extension Batch {
  /// Who computes: the calling thread, or all workers.
  ///
  /// ```swift
  /// Batch.exp(x, into: &y)                          // this thread, to the end
  /// try Batch.exp(x, into: &y, on: .workers)        // all workers, and it can be cancelled
  /// ```
  ///
  /// `Failure` is what the call can throw.
  public struct Place<Failure: Error>: Sendable {
    @inlinable
    init() {}
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
  /// The batch is cut in grains of some microseconds, more elements where the kernel is cheap. One of less than two grains is computed by the caller alone.
  ///
  /// - **Threads.** Off a worker, all but short batches run on ``WorkStealingExecutor/shared`` and the calling thread is blocked meanwhile; in `async` code go to a worker first, by
  ///   ``WorkStealingExecutor/run(priority:cancellation:_:)``.
  /// - **Cancellation.** When the surroundings are cancelled (a task, a token, a deadline), no grain is begun any more and the call throws `CancellationError`. Which elements of the output were written is then not
  ///   defined; inputs are as they were, unless the call works in place.
  @inlinable
  public static var workers: Self { Self() }
}

extension Batch.Place {
  /// Others may take part, and a cancellation is to be seen.
  @inlinable @inline(__always)
  var isShared: Bool { Failure.self != Never.self }

  /// Calls `body` with parts of `0..<count` that together are the range, each once; a part that is not the last ends at a multiple of `grain`.
  @inlinable @inline(__always)
  func overGrains(_ count: Int, _ grain: Int, _ body: (Range<Int>) -> Void) throws(Failure) {
    if !isShared { return body(0..<count) }
    do throws(CancellationError) {
      try shareGrains(count, grain, body)
    } catch {
      throw error as! Failure
    }
  }

  /// Calls `body` with every index of `0..<count`: work of which each piece is worth a fork.
  @inlinable @inline(__always)
  func overPieces(_ count: Int, _ body: (Int) -> Void) throws(Failure) {
    if !isShared {
      for index in 0..<count { body(index) }
      return
    }
    try overGrains(count, 1) { for index in $0 { body(index) } }
  }
}

/// Compiled once, for all kernels: a call through a pointer for each grain is nothing.
@usableFromInline
func shareGrains(_ count: Int, _ grain: Int, _ body: (Range<Int>) -> Void) throws(CancellationError) {
  let grains = (count + grain - 1) / grain
  guard grains >= 2 else {
    if CurrentWorker.withStack?.isCancelled ?? Task.isCancelled { throw CancellationError() }
    return body(0..<count)
  }
  try Parallel.overRanges(0..<grains) { (part) throws(CancellationError) in
    body(part.lowerBound * grain..<min(count, part.upperBound * grain))
  }
}
