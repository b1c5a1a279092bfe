import CMillraceKernels

/// Kernels that need several passes: the first ones find what the last one writes.
///
/// Their blocks are the same on the caller and on the workers, so their results are too.
extension Batch {
  /// *e* to the power of each element, divided by the sum of all of those. Large elements do no harm: the greatest is taken off first.
  ///
  /// ```swift
  /// Batch.softmax(scores, into: &probabilities)
  /// ```
  ///
  /// - Throws: `CancellationError` on the workers.
  /// - Complexity: O(n), three passes; on the workers an allocation of 8 bytes for 65,536 elements.
  @inlinable @inline(__always)
  public static func softmax<X: Source & ~Copyable & ~Escapable, Y: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, into y: inout Y, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real, Y.Element == X.Element {
    unsafe try withMemory("softmax", x, &y) { (x, y, count) throws(E) in
      unsafe try softmaxKernel(y, x, count, on: place)
    }
  }

  /// ``softmax(_:into:on:)``, in place.
  @inlinable @inline(__always)
  public static func softmax<X: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: inout X, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real {
    unsafe try x.withMutableElements { (x) throws(E) in
      guard let base = x.baseAddress else { return }
      unsafe try softmaxKernel(base, UnsafePointer(base), x.count, on: place)
    }
  }

  @inlinable
  static func softmaxKernel<T: Real, E: Batch.Failure>(
    _ y: UnsafeMutablePointer<T>, _ x: UnsafePointer<T>, _ count: Int, on place: Place<E>
  ) throws(E) {
    if count < 2 * Grain.dear {
      return try place.overGrains(Swift.min(1, count), 1) { _ in unsafe T._Kernels.softmax(y, x, count) }
    }
    let greatest = unsafe try max(UnsafeBufferPointer(start: x, count: count), on: place).unsafelyUnwrapped
    let sum = try Blocks.fold(count, Grain.dear, on: place, 0.0) { part in
      unsafe T._Kernels.expShiftedSum(y + part.lowerBound, x + part.lowerBound, greatest, part.count)
    } _: {
      $0 + $1
    }
    try place.overGrains(count, Grain.streaming) { part in
      let first = unsafe y + part.lowerBound
      unsafe T._Kernels.mulScalar(first, UnsafePointer(first), T(1 / sum), part.count)
    }
  }

  /// Each element less their mean, divided by their standard deviation.
  ///
  /// ```swift
  /// Batch.normalise(x, into: &y, epsilon: 1e-5)
  /// ```
  ///
  /// - Parameter epsilon: is added to the variance, for elements that are all the same. With 0 those become something that is not a number.
  /// - Throws: `CancellationError` on the workers.
  @inlinable @inline(__always)
  public static func normalise<
    X: Source & ~Copyable & ~Escapable, Y: Target & ~Copyable & ~Escapable, E: Batch.Failure
  >(
    _ x: borrowing X, into y: inout Y, epsilon: Double = 0, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real, Y.Element == X.Element {
    unsafe try withMemory("normalise", x, &y) { (x, y, count) throws(E) in
      unsafe try normaliseKernel(y, x, count, epsilon, on: place)
    }
  }

  /// ``normalise(_:into:epsilon:on:)``, in place.
  @inlinable @inline(__always)
  public static func normalise<X: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: inout X, epsilon: Double = 0, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real {
    unsafe try x.withMutableElements { (x) throws(E) in
      guard let base = x.baseAddress else { return }
      unsafe try normaliseKernel(base, UnsafePointer(base), x.count, epsilon, on: place)
    }
  }

  @inlinable
  static func normaliseKernel<T: Real, E: Batch.Failure>(
    _ y: UnsafeMutablePointer<T>, _ x: UnsafePointer<T>, _ count: Int, _ epsilon: Double, on place: Place<E>
  ) throws(E) {
    if count < 2 * Grain.streaming {
      return try place.overGrains(Swift.min(1, count), 1) { _ in unsafe T._Kernels.normalise(y, x, epsilon, count) }
    }
    let moments = try Blocks.fold(
      count, Grain.streaming, on: place, millrace_batch_moments(count: 0, mean: 0, m2: 0)
    ) { part in
      unsafe T._Kernels.momentsRelaxed(x + part.lowerBound, part.count)
    } _: {
      millrace_batch_moments_merge($0, $1)
    }
    let scale = 1 / (moments.m2 / moments.count + epsilon).squareRoot()
    try place.overGrains(count, Grain.streaming) { part in
      unsafe T._Kernels.shiftScale(
        y + part.lowerBound, x + part.lowerBound, T(moments.mean), T(scale), part.count)
    }
  }

  // MARK: Running sums

  /// Each element with all before it, and `initial`, added.
  ///
  /// ```swift
  /// let end = Batch.prefixSum(lengths, into: &ends)
  /// ```
  ///
  /// Floating-point elements are added in an order that only their number decides, so that every sum is the same to the last bit at every ``level`` and on any number of workers: running sums of sixteen elements, to which
  /// is added what came before these in their block of 4,096, and to that what came before the block. `Int32` wraps.
  ///
  /// - Returns: the sum of all, and `initial`.
  /// - Throws: `CancellationError` on the workers.
  /// - Complexity: O(n); on the workers two passes.
  @discardableResult
  @inlinable @inline(__always)
  public static func prefixSum<
    X: Source & ~Copyable & ~Escapable, Y: Target & ~Copyable & ~Escapable, E: Batch.Failure
  >(
    _ x: borrowing X, into y: inout Y, from initial: X.Element = 0, on place: Place<E> = .caller
  ) throws(E) -> X.Element
  where X.Element: Number & ExpressibleByIntegerLiteral, Y.Element == X.Element {
    var total = initial
    unsafe try withMemory("prefixSum", x, &y) { (x, y, count) throws(E) in
      total = unsafe try runningSum(x, y, count, initial, on: place) {
        unsafe X.Element._Kernels.prefixSum($0, $1, $2, $3)
      }
    }
    return total
  }

  /// All that is before each element, and `initial`, added: where pieces begin that are that long.
  ///
  /// See ``prefixSum(_:into:from:on:)``.
  @discardableResult
  @inlinable @inline(__always)
  public static func exclusivePrefixSum<
    X: Source & ~Copyable & ~Escapable, Y: Target & ~Copyable & ~Escapable, E: Batch.Failure
  >(
    _ x: borrowing X, into y: inout Y, from initial: X.Element = 0, on place: Place<E> = .caller
  ) throws(E) -> X.Element
  where X.Element: Number & ExpressibleByIntegerLiteral, Y.Element == X.Element {
    var total = initial
    unsafe try withMemory("exclusivePrefixSum", x, &y) { (x, y, count) throws(E) in
      total = unsafe try runningSum(x, y, count, initial, on: place) {
        unsafe X.Element._Kernels.prefixSumExclusive($0, $1, $2, $3)
      }
    }
    return total
  }

  @inlinable
  static func runningSum<T: Number, E: Batch.Failure>(
    _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>, _ count: Int, _ initial: T, on place: Place<E>,
    _ kernel: (UnsafeMutablePointer<T>, UnsafePointer<T>, T, Int) -> T
  ) throws(E) -> T {
    let grain = Grain.streaming
    if !place.isShared || count < Grain.sharedFrom * grain {
      var total = initial
      try place.overGrains(Swift.min(1, count), 1) { _ in total = unsafe kernel(y, x, initial, count) }
      return total
    }
    // What comes before each block; before that, what the blocks add.
    let block = Grain.block
    let blocks = (count + block - 1) / block
    var starts = [T](repeating: initial, count: blocks)
    unsafe try starts.withMutableElements { (starts) throws(E) in
      let steps = unsafe starts.baseAddress.unsafelyUnwrapped
      try place.overGrains(count, grain) { part in
        // SAFETY: each block has its place, and parts begin with a block.
        unsafe T._Kernels.prefixSumBlocks(steps + part.lowerBound / block, x + part.lowerBound, part.count)
      }
    }
    var running = initial
    for index in 0..<blocks {
      let step = starts[index]
      starts[index] = running
      running = T._Kernels.next(running, step)
    }
    let before = starts
    try place.overGrains(count, grain) { part in
      let first = part.lowerBound
      _ = unsafe kernel(y + first, x + first, before[first / block], part.count)
    }
    return running
  }
}
