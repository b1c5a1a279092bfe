import CMillraceKernels

/// Kernels over rows and columns.
extension Batch {
  /// The product of two matrices.
  ///
  /// ```swift
  /// Batch.matmul(a, b, rows: 512, columns: 512, depth: 512, into: &c)
  /// ```
  ///
  /// The order of additions depends on the sizes and the ``level`` alone.
  ///
  /// - Parameters:
  ///   - a: `rows` rows of `depth` elements.
  ///   - b: `depth` rows of `columns` elements.
  ///   - c: becomes `rows` rows of `columns` elements; it has nothing in common with the others.
  ///   - isAdded: the product is added to what is in `c`.
  /// - Throws: `CancellationError` on the workers.
  /// - Complexity: O(rows · columns · depth); 1 MiB of scratch for each participant.
  @inlinable @inline(__always)
  public static func matmul<
    A: Source & ~Copyable & ~Escapable, B: Source & ~Copyable & ~Escapable, C: Target & ~Copyable & ~Escapable,
    E: Batch.Failure
  >(
    _ a: borrowing A, _ b: borrowing B, rows: Int, columns: Int, depth: Int, into c: inout C, isAdded: Bool = false,
    on place: Place<E> = .caller
  ) throws(E) where A.Element: Real, B.Element == A.Element, C.Element == A.Element {
    unsafe try a.withElements { (a) throws(E) in
      unsafe try b.withElements { (b) throws(E) in
        unsafe try c.withMutableElements { (c) throws(E) in
          requireShape("matmul", rows, depth, a.count)
          requireShape("matmul", depth, columns, b.count)
          requireShape("matmul", rows, columns, c.count)
          guard let to = c.baseAddress, c.count > 0 else { return }
          // Empty factors: a product of nothing, for which the kernels read nothing.
          let first = unsafe a.baseAddress ?? UnsafePointer(to)
          let second = unsafe b.baseAddress ?? UnsafePointer(to)
          if depth > 0 {
            unsafe requireApart("matmul", first, a.count, to, c.count)
            unsafe requireApart("matmul", second, b.count, to, c.count)
          }
          unsafe try matmulKernel(to, first, second, rows, columns, depth, isAdded, on: place)
        }
      }
    }
  }

  @inlinable
  static func matmulKernel<T: Real, E: Batch.Failure>(
    _ c: UnsafeMutablePointer<T>, _ a: UnsafePointer<T>, _ b: UnsafePointer<T>, _ rows: Int, _ columns: Int,
    _ depth: Int, _ isAdded: Bool, on place: Place<E>
  ) throws(E) {
    // Bands of rows, for each of which `b` is packed again: one for each participant, and a few more where each has enough to do.
    let products = rows * columns * depth
    let most = products >> 29 > 0 ? 4 * Tally.participants : Tally.participants
    let bands = place.isShared ? Swift.max(1, Swift.min(most, products >> 24)) : 1
    try place.overGrains(rows, Swift.max(1, (rows + bands - 1) / bands), least: 2) { part in
      let scratch = AlignedBuffer<UInt8>(scratch: millrace_batch_matmul_scratch_bytes())
      let first = part.lowerBound
      unsafe T._Kernels.matmul(
        c + first * columns, columns, a + first * depth, depth, b, columns, part.count, columns, depth, isAdded,
        UnsafeMutableRawPointer(scratch.base))
    }
  }

  // MARK: Stencils

  /// Of each element and its two neighbours: `left` times the one before, `centre` times itself, `right` times the one behind, added.
  ///
  /// ```swift
  /// Batch.stencil(x, left: 0.25, centre: 0.5, right: 0.25, into: &y)
  /// ```
  ///
  /// - Parameters:
  ///   - x: has one element more than `y` at either end.
  ///   - y: has nothing in common with `x`.
  /// - Throws: `CancellationError` on the workers.
  @inlinable @inline(__always)
  public static func stencil<X: Source & ~Copyable & ~Escapable, Y: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, left: X.Element, centre: X.Element, right: X.Element, into y: inout Y,
    on place: Place<E> = .caller
  ) throws(E) where X.Element: Real, Y.Element == X.Element {
    unsafe try x.withElements { (x) throws(E) in
      unsafe try y.withMutableElements { (y) throws(E) in
        if x.count != y.count + 2 { Complaint.ring("stencil", x.count, y.count + 2) }
        guard let from = x.baseAddress, let to = y.baseAddress, y.count > 0 else { return }
        unsafe requireApart("stencil", from, x.count, to, y.count)
        try place.overGrains(y.count, Grain.streaming) { part in
          let first = part.lowerBound
          unsafe X.Element._Kernels.stencil3(to + first, from + (first + 1), left, centre, right, part.count)
        }
      }
    }
  }

  /// Of each element of a grid and its four neighbours: the weighted sum.
  ///
  /// - Parameters:
  ///   - x: `rows + 2` rows of `columns + 2` elements: the grid, and a ring around it that is read but for its corners.
  ///   - y: becomes `rows` rows of `columns` elements; it has nothing in common with `x`.
  /// - Throws: `CancellationError` on the workers.
  @inlinable @inline(__always)
  public static func stencil<X: Source & ~Copyable & ~Escapable, Y: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, rows: Int, columns: Int, centre: X.Element, left: X.Element, right: X.Element, above: X.Element,
    below: X.Element, into y: inout Y, on place: Place<E> = .caller
  ) throws(E) where X.Element: Real, Y.Element == X.Element {
    unsafe try x.withElements { (x) throws(E) in
      unsafe try y.withMutableElements { (y) throws(E) in
        requireShape("stencil", rows, columns, y.count)
        if x.count != (rows + 2) * (columns + 2) { Complaint.ring("stencil", x.count, (rows + 2) * (columns + 2)) }
        guard let from = x.baseAddress, let to = y.baseAddress, y.count > 0 else { return }
        unsafe requireApart("stencil", from, x.count, to, y.count)
        let stride = columns + 2
        try place.overGrains(rows, Swift.max(1, Grain.streaming / columns)) { part in
          unsafe X.Element._Kernels.stencil5(
            to + part.lowerBound * columns, columns, from + (part.lowerBound + 1) * stride + 1, stride, part.count,
            columns, centre, left, right, above, below)
        }
      }
    }
  }

  /// For each point of a row: after how many steps of `z = z² + point`, from 0, the distance of `z` from 0 is more than 2; at most `limit`.
  ///
  /// - Parameters:
  ///   - x: of the first point.
  ///   - step: from one point to the next.
  ///   - y: of them all.
  @inlinable @inline(__always)
  public static func mandelbrot<T: Real, I: Target & ~Copyable & ~Escapable>(
    x: T, step: T, y: T, limit: Int32, into counts: inout I
  ) where I.Element == Int32 {
    unsafe counts.withMutableElements { counts in
      guard let to = counts.baseAddress else { return }
      unsafe T._Kernels.mandelbrot(to, x, step, y, limit, counts.count)
    }
  }

  @inlinable
  static func requireShape(_ name: StaticString, _ rows: Int, _ columns: Int, _ count: Int) {
    if rows < 0 || columns < 0 || rows.multipliedReportingOverflow(by: columns) != (count, false) {
      Complaint.shape(name, rows, columns, count)
    }
  }
}

extension AlignedBuffer where Element == UInt8 {
  @inlinable
  init(scratch bytes: Int) { unsafe self.init(unsafeUninitializedCount: bytes) }
}

extension Complaint {
  @usableFromInline
  @inline(never)
  static func ring(_ name: StaticString, _ count: Int, _ expected: Int) -> Never {
    fatalError(
      "Batch.\(name): the input has \(count) elements; with one more at every end than the output it has \(expected)")
  }
}
