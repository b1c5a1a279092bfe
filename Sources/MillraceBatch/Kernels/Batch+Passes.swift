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
  /// Additions of floating-point elements are in another order on the caller than on the workers, the same for any number of those. `Int32` wraps.
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
  where X.Element: Number & AdditiveArithmetic & ExpressibleByIntegerLiteral, Y.Element == X.Element {
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
  where X.Element: Number & AdditiveArithmetic & ExpressibleByIntegerLiteral, Y.Element == X.Element {
    var total = initial
    unsafe try withMemory("exclusivePrefixSum", x, &y) { (x, y, count) throws(E) in
      total = unsafe try runningSum(x, y, count, initial, on: place) {
        unsafe X.Element._Kernels.prefixSumExclusive($0, $1, $2, $3)
      }
    }
    return total
  }

  @inlinable
  static func runningSum<T: Number & AdditiveArithmetic, E: Batch.Failure>(
    _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>, _ count: Int, _ initial: T, on place: Place<E>,
    _ kernel: (UnsafeMutablePointer<T>, UnsafePointer<T>, T, Int) -> T
  ) throws(E) -> T {
    let block = Grain.streaming
    let blocks = (count + block - 1) / block
    if !place.isShared || blocks < Grain.sharedFrom {
      var total = initial
      try place.overGrains(Swift.min(1, count), 1) { _ in total = unsafe kernel(y, x, initial, count) }
      return total
    }
    // What comes before each block; before that, the blocks' own sums.
    var starts = [T](repeating: .zero, count: blocks)
    unsafe try starts.withMutableElements { (starts) throws(E) in
      let sums = unsafe starts.baseAddress.unsafelyUnwrapped
      try place.overGrains(blocks - 1, 1) { part in
        // SAFETY: each block has its place.
        for index in part { unsafe sums[index] = T.blockSum(x + index * block, block) }
      }
    }
    var running = initial
    for index in 0..<blocks {
      let sum = starts[index]
      starts[index] = running
      running.add(sum)
    }
    let before = starts
    var total = initial
    try place.overGrains(blocks, 1) { part in
      for index in part {
        let first = index * block
        let sum = unsafe kernel(y + first, x + first, before[index], Swift.min(block, count - first))
        if index == blocks - 1 { total = sum }
      }
    }
    return total
  }
}

extension Batch.Number where Self: AdditiveArithmetic {
  /// Wraps for integers, as the kernels do.
  @inlinable
  mutating func add(_ other: Self) {
    if Self.self == Int32.self {
      self = unsafe unsafeBitCast(
        unsafeBitCast(self, to: Int32.self) &+ unsafeBitCast(other, to: Int32.self), to: Self.self)
    } else {
      self += other
    }
  }

  @inlinable
  static func blockSum(_ x: UnsafePointer<Self>, _ count: Int) -> Self {
    let raw = unsafe UnsafeRawPointer(x)
    if Self.self == Int32.self {
      let sum = unsafe Int32(truncatingIfNeeded: millrace_batch_sum_i32(raw.assumingMemoryBound(to: Int32.self), count))
      return unsafe unsafeBitCast(sum, to: Self.self)
    }
    if Self.self == Float.self {
      return unsafe unsafeBitCast(
        millrace_batch_sum_strict_f32(raw.assumingMemoryBound(to: Float.self), count), to: Self.self)
    }
    return unsafe unsafeBitCast(
      millrace_batch_sum_strict_f64(raw.assumingMemoryBound(to: Double.self), count), to: Self.self)
  }
}
