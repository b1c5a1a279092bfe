import CMillraceKernels

/// Sums, and what is made of them.
extension Batch {
  /// The sum of all elements.
  ///
  /// ```swift
  /// let total = Batch.sum(x)
  /// let roughly = Batch.sum(x, .relaxed)
  /// ```
  ///
  /// - Parameter order: ``Order/strict`` gives the same bits everywhere; ``Order/relaxed`` is faster on data that lies in a cache.
  /// - Throws: `CancellationError` on the workers.
  @inlinable @inline(__always)
  public static func sum<X: Source & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, _ order: Order = .strict, on place: Place<E> = .caller
  ) throws(E) -> X.Element where X.Element: Real {
    unsafe try x.withElements { (x) throws(E) in
      guard let base = x.baseAddress else { return 0 }
      if order == .relaxed {
        return try foldRelaxed(x.count, on: place) { part in
          unsafe X.Element._Kernels.sumRelaxed(base + part.lowerBound, part.count)
        }
      }
      if !place.isShared { return unsafe X.Element._Kernels.sumStrict(base, x.count) }
      return unsafe try withPartials(x.count, on: place, X.Element.zero) { partials, part in
        unsafe X.Element._Kernels.sumStrictBlocks(partials, base + part.lowerBound, part.count)
      } combine: {
        unsafe X.Element._Kernels.strictCombine($0, $1)
      }
    }
  }

  /// The sum of all elements, exact for fewer than 2³¹ of them.
  @inlinable @inline(__always)
  public static func sum<X: Source & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, on place: Place<E> = .caller
  ) throws(E) -> Int where X.Element == Int32 {
    unsafe try foldInteger(x, on: place) { unsafe Int(millrace_batch_sum_i32($0, $1)) }
  }

  /// The sum of all bytes.
  @inlinable @inline(__always)
  public static func sum<X: Source & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, on place: Place<E> = .caller
  ) throws(E) -> Int where X.Element == UInt8 {
    unsafe try foldInteger(x, on: place) { unsafe Int(millrace_batch_sum_u8($0, $1)) }
  }

  /// The sum of the products of each two elements.
  ///
  /// See ``sum(_:_:on:)``.
  @inlinable @inline(__always)
  public static func dot<X: Source & ~Copyable & ~Escapable, Y: Source & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, _ y: borrowing Y, _ order: Order = .strict, on place: Place<E> = .caller
  ) throws(E) -> X.Element where X.Element: Real, Y.Element == X.Element {
    unsafe try x.withElements { (x) throws(E) in
      unsafe try y.withElements { (y) throws(E) in
        if x.count != y.count { Complaint.lengths("dot", "the first input", x.count, "the second", y.count) }
        guard let first = x.baseAddress, let second = y.baseAddress else { return 0 }
        if order == .relaxed {
          return try foldRelaxed(x.count, on: place) { part in
            unsafe X.Element._Kernels.dotRelaxed(first + part.lowerBound, second + part.lowerBound, part.count)
          }
        }
        if !place.isShared { return unsafe X.Element._Kernels.dotStrict(first, second, x.count) }
        return unsafe try withPartials(x.count, on: place, X.Element.zero) { partials, part in
          unsafe X.Element._Kernels.dotStrictBlocks(
            partials, first + part.lowerBound, second + part.lowerBound, part.count)
        } combine: {
          unsafe X.Element._Kernels.strictCombine($0, $1)
        }
      }
    }
  }

  /// How many elements there are, their mean, and how they are spread, in one pass.
  ///
  /// ```swift
  /// let moments = Batch.moments(x)
  /// print(moments.mean, "±", moments.standardDeviation)
  /// ```
  ///
  /// Sums of squared distances from means are combined (Chan, Golub & LeVeque 1979), so no digits are lost when the mean is large.
  @inlinable @inline(__always)
  public static func moments<X: Source & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, _ order: Order = .strict, on place: Place<E> = .caller
  ) throws(E) -> Moments where X.Element: Real {
    unsafe try x.withElements { (x) throws(E) in
      guard let base = x.baseAddress else { return Moments(millrace_batch_moments(count: 0, mean: 0, m2: 0)) }
      return Moments(unsafe try momentsKernel(base, x.count, order, on: place))
    }
  }

  @inlinable @inline(__always)
  static func momentsKernel<T: Real, E: Batch.Failure>(
    _ x: UnsafePointer<T>, _ count: Int, _ order: Order, on place: Place<E>
  ) throws(E) -> millrace_batch_moments {
    let none = millrace_batch_moments(count: 0, mean: 0, m2: 0)
    if order == .relaxed {
      return try Blocks.fold(count, place.isShared ? Grain.reading : Swift.max(1, count), on: place, none) { part in
        unsafe T._Kernels.momentsRelaxed(x + part.lowerBound, part.count)
      } _: {
        millrace_batch_moments_merge($0, $1)
      }
    }
    if !place.isShared { return unsafe T._Kernels.momentsStrict(x, count) }
    return unsafe try withPartials(count, on: place, none) { partials, part in
      unsafe T._Kernels.momentsStrictBlocks(partials, x + part.lowerBound, part.count)
    } combine: {
      unsafe millrace_batch_strict_combine_moments($0, $1)
    }
  }

  // MARK: Mechanism

  /// Adds what `body` makes of parts. The caller alone does it in one.
  @inlinable @inline(__always)
  static func foldRelaxed<T: Real, E: Batch.Failure>(
    _ count: Int, on place: Place<E>, _ body: (Range<Int>) -> T
  ) throws(E) -> T {
    try Blocks.fold(count, place.isShared ? Grain.reading : Swift.max(1, count), on: place, 0, body) { $0 + $1 }
  }

  @inlinable @inline(__always)
  static func foldInteger<X: Source & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, on place: Place<E>, _ kernel: (UnsafePointer<X.Element>, Int) -> Int
  ) throws(E) -> Int {
    unsafe try x.withElements { (x) throws(E) in
      guard let base = x.baseAddress else { return 0 }
      return try Blocks.fold(x.count, Grain.reading, on: place, 0) { part in
        unsafe kernel(base + part.lowerBound, part.count)
      } _: {
        $0 &+ $1
      }
    }
  }

  /// A strict reduction on the workers: `body` leaves a partial result for every block of a part, and `combine` makes one of them all.
  @inlinable @inline(__always)
  static func withPartials<P, R, E: Batch.Failure>(
    _ count: Int, on place: Place<E>, _ none: P, _ body: (UnsafeMutablePointer<P>, Range<Int>) -> Void,
    combine: (UnsafePointer<P>, Int) -> R
  ) throws(E) -> R {
    let blocks = (count + Grain.block - 1) / Grain.block
    let partials = UnsafeMutablePointer<P>.allocate(capacity: Swift.max(1, blocks))
    unsafe partials.initialize(repeating: none, count: Swift.max(1, blocks))
    defer { unsafe partials.deallocate() }
    try place.overGrains(count, Grain.reading) { part in
      // SAFETY: parts begin at blocks, so no two write the same partial.
      unsafe body(partials + part.lowerBound / Grain.block, part)
    }
    return unsafe combine(partials, blocks)
  }

  /// See ``Batch/moments(_:_:on:)``.
  public struct Moments: Sendable, Hashable {
    public let count: Int
    /// Not a number when there is no element.
    public let mean: Double
    /// The sum of the squared distances from the mean.
    public let squaredDistances: Double

    @inlinable
    init(_ moments: millrace_batch_moments) {
      count = Int(moments.count)
      mean = moments.count == 0 ? .nan : moments.mean
      squaredDistances = moments.m2
    }

    /// Of the elements, when they are all that there are. Not a number without any.
    public var variance: Double { squaredDistances / Double(count) }

    /// Of what the elements were drawn from. Not a number for fewer than two.
    public var sampleVariance: Double { count < 2 ? .nan : squaredDistances / Double(count - 1) }

    /// The square root of ``variance``.
    public var standardDeviation: Double { variance.squareRoot() }
  }
}
