extension Batch {
  /// Gathers the elements of `x` in a vector, lane by lane.
  ///
  /// ```swift
  /// let squares = Batch.reduce(x, identity: SIMD8<Float>.zero, lanes: { sum, v in sum + v * v }, combine: { $0 + $1 })
  /// let total = squares.sum()
  /// ```
  ///
  /// Elements go to lanes, and what lanes have gathered is combined, in an order that only the number of elements and of lanes decides: the result is the same on any number of workers.
  ///
  /// `lanes` is inlined into the loop, and compiled for the processor that your module is compiled for, see ``transform(_:into:on:lanes:)``.
  ///
  /// - Parameters:
  ///   - identity: what `combine` leaves as it is, in every lane. Every run of elements begins with it.
  ///   - lanes: what has been gathered and the next vector of elements; computes each lane from the same lanes alone.
  ///   - combine: joins what two runs have gathered, lane by lane.
  /// - Returns: a vector, of which the lanes still are to be combined: by its `sum()`, `max()` and the like. `identity` when `x` is empty.
  /// - Throws: `CancellationError` on the workers.
  /// - Complexity: O(n); on the workers an allocation of one vector for 8,192 elements.
  @inlinable @inline(__always)
  public static func reduce<X: Source & ~Copyable & ~Escapable, V: SIMD, A: SIMD, E: Batch.Failure>(
    _ x: borrowing X, identity: A, on place: Place<E> = .caller, lanes: @Sendable (A, V) -> A,
    combine: @Sendable (A, A) -> A
  ) throws(E) -> A where X.Element == V.Scalar {
    precondition(V.scalarCount == A.scalarCount, "Batch.reduce: the vectors differ in their number of lanes")
    return unsafe try x.withElements { (x) throws(E) in
      guard let base = x.baseAddress else { return identity }
      return unsafe try LaneLoop.fold(
        base, x.count, place, identity, combine,
        inlined: { unsafe LaneLoop.reduce($0, $1, $2, lanes) }, strip: { unsafe LaneLoop.reduce($0, $1, $2, lanes) })
    }
  }
}
