import CMillrace
import MillracePrimitives

/// Loops over ranges and arrays that the workers share.
///
/// ```swift
/// var squares = [Double](repeating: 0, count: 1_000_000)
/// Parallel.forEach(in: &squares) { index, element in element = Double(index * index) }
/// let total = Parallel.reduce(squares, identity: 0, { $0 }, combine: +)
/// ```
///
/// Nothing has to be tuned. A worker runs its part of the range in grains that it sizes by the clock (about ten microseconds), and gives the further half of what is left away
/// whenever others have emptied its deque (lazy binary splitting; Tzannes, Caragea, Barua & Vishkin 2010, DOI 10.1145/1837853.1693479;
/// *we differ* in that the grain is measured, not set). So cheap and dear bodies, flat and skewed ones, split as far as they must and no further.
///
/// - **Threads.** Call these anywhere. Off a worker the loop runs on ``WorkStealingExecutor/shared`` and the caller waits.
/// - **Mutation.** Closures cannot mutate what they capture. What a loop changes it is given: elements or slices of its array.
/// - **Errors.** A loop throws one of the errors that its body threw, and the rest is not started. Which elements were visited is then not defined.
/// - **Cancellation.** A loop whose body can throw *any* error sees that its task or token is cancelled within one grain, and throws
///   `CancellationError`. A body that cannot throw runs for every element: the loop could not say that it did not. Write `{ (i) throws in … }` to make
///   a loop stoppable.
public enum Parallel {}

/// How many elements a worker does between two looks around. Doubled while a grain takes less than `target`, halved when it takes more than four times as long.
@usableFromInline
struct Grain {
  @usableFromInline var count: Int = 1
  @usableFromInline let target: UInt64

  @usableFromInline
  init() { target = 8 * millrace_ticks_per_microsecond() }

  @inlinable
  mutating func adapt(_ ticks: UInt64) {
    if ticks < target {
      count &*= 2
    } else if ticks > 4 &* target, count > 1 {
      count /= 2
    }
  }
}

extension UnsafeMutablePointer where Pointee == Worker {
  /// Runs `body` over parts of `range` that together are the range.
  @inlinable
  func loop<E: Error>(_ range: Range<Int>, _ grain: Grain, _ body: (Range<Int>) throws(E) -> Void) throws(E) {
    var low = range.lowerBound
    let high = range.upperBound
    var grain = grain
    while low < high {
      if high &- low > grain.count, unsafe pointee.forks.isDrained {
        let middle = low &+ (high &- low) / 2
        return unsafe try halve(low..<middle, middle..<high, grain, body)
      }
      if let error = unsafe cancellation(E.self) { throw error }
      let end = high &- low > grain.count ? low &+ grain.count : high
      let start = millrace_ticks()
      try body(low..<end)
      grain.adapt(millrace_ticks() &- start)
      low = end
    }
  }

  @inlinable
  func halve<E: Error>(
    _ first: Range<Int>, _ second: Range<Int>, _ grain: Grain, _ body: (Range<Int>) throws(E) -> Void
  ) throws(E) {
    // SAFETY: both closures end before this returns, so the body does not escape, and it is called from two threads only because every
    // public loop takes it as `@Sendable`.
    unsafe try forkBoth(
      { (worker) throws(E) in unsafe try worker.loop(first, grain, body) },
      { (worker) throws(E) in unsafe try worker.loop(second, grain, body) })
  }

  /// `CancellationError`, if the work here has been cancelled and an `E` can say so.
  @inlinable @inline(__always)
  func cancellation<E: Error>(_: E.Type) -> E? {
    if E.self == (any Error).self, unsafe isCancelled { return (CancellationError() as! E) }
    return nil
  }
}
