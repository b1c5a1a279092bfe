import CMillraceKernels
import MillraceExecutor

/// Elements that go somewhere else.
extension Batch {
  /// The elements of `table` at `indices`.
  ///
  /// ```swift
  /// Batch.gather(prices, at: items, into: &y)  // y[i] = prices[Int(items[i])]
  /// ```
  ///
  /// - Precondition: every index is in `0..<table.count`; another one traps, and the message names it.
  /// - Throws: `CancellationError` on the workers.
  @inlinable @inline(__always)
  public static func gather<
    T: Source & ~Copyable & ~Escapable, I: Source & ~Copyable & ~Escapable, Y: Target & ~Copyable & ~Escapable,
    E: Batch.Failure
  >(
    _ table: borrowing T, at indices: borrowing I, into y: inout Y, on place: Place<E> = .caller
  ) throws(E) where T.Element: Number, I.Element == Int32, Y.Element == T.Element {
    unsafe try table.withElements { (table) throws(E) in
      unsafe try withMemory("gather", indices, &y) { (indices, y, count) throws(E) in
        unsafe requireApart("gather", indices, count, y, count)
        guard let base = table.baseAddress else { unsafe Complaint.index("gather", indices[0], 0, 0) }
        unsafe requireApart("gather", base, table.count, y, count)
        try place.overGrains(count, Grain.scattered) { part in
          let first = unsafe indices + part.lowerBound
          let done = unsafe T.Element._Kernels.gather(y + part.lowerBound, base, table.count, first, part.count)
          if done < part.count { unsafe Complaint.index("gather", first[done], part.lowerBound + done, table.count) }
        }
      }
    }
  }

  /// Puts each element of `x` to its index in `y`; of several at one index the last wins.
  ///
  /// ```swift
  /// Batch.scatter(x, at: places, into: &y)  // y[Int(places[i])] = x[i]
  /// ```
  ///
  /// There is no form for the workers: which of several came last would depend on them.
  ///
  /// - Precondition: every index is in `0..<y.count`; another one traps, and the message names it.
  @inlinable @inline(__always)
  public static func scatter<
    X: Source & ~Copyable & ~Escapable, I: Source & ~Copyable & ~Escapable, Y: Target & ~Copyable & ~Escapable
  >(
    _ x: borrowing X, at indices: borrowing I, into y: inout Y
  ) where X.Element: Number, I.Element == Int32, Y.Element == X.Element {
    unsafe x.withElements { x in
      unsafe indices.withElements { indices in
        unsafe y.withMutableElements { y in
          if x.count != indices.count {
            Complaint.lengths("scatter", "the input", x.count, "the indices", indices.count)
          }
          guard let from = x.baseAddress, let places = indices.baseAddress, x.count > 0 else { return }
          guard let to = y.baseAddress else { unsafe Complaint.index("scatter", places[0], 0, 0) }
          unsafe requireApart("scatter", from, x.count, to, y.count)
          unsafe requireApart("scatter", places, x.count, to, y.count)
          let done = unsafe X.Element._Kernels.scatter(to, y.count, from, places, x.count)
          if done < x.count { unsafe Complaint.index("scatter", places[done], done, y.count) }
        }
      }
    }
  }

  /// Writes the columns of a matrix as rows.
  ///
  /// ```swift
  /// Batch.transpose(image, rows: height, columns: width, into: &turned)
  /// ```
  ///
  /// - Parameters:
  ///   - x: `rows` rows of `columns` elements, one after the other.
  ///   - y: has nothing in common with `x`.
  /// - Throws: `CancellationError` on the workers.
  @inlinable @inline(__always)
  public static func transpose<
    X: Source & ~Copyable & ~Escapable, Y: Target & ~Copyable & ~Escapable, E: Batch.Failure
  >(
    _ x: borrowing X, rows: Int, columns: Int, into y: inout Y, on place: Place<E> = .caller
  ) throws(E) where X.Element: Number, Y.Element == X.Element {
    unsafe try withMemory("transpose", x, &y) { (x, y, count) throws(E) in
      requireShape("transpose", rows, columns, count)
      unsafe requireApart("transpose", x, count, y, count)
      // Bands of rows: whole tiles of the kernel's.
      let band = Swift.max(1, Grain.streaming / columns / 64) * 64
      try place.overGrains(rows, band) { part in
        unsafe X.Element._Kernels.transpose(
          y + part.lowerBound, rows, x + part.lowerBound * columns, columns, part.count, columns)
      }
    }
  }

  /// Sorts every row, of `width` elements, ascending.
  ///
  /// ```swift
  /// Batch.sortRows(&quartets, width: 4)
  /// ```
  ///
  /// Elements that are not numbers come first when their sign is negative, else last; -0 comes before 0.
  ///
  /// - Precondition: `width` is in `1...32` and divides the number of elements.
  /// - Throws: `CancellationError` on the workers.
  @inlinable @inline(__always)
  public static func sortRows<X: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: inout X, width: Int, on place: Place<E> = .caller
  ) throws(E) where X.Element: Number {
    unsafe try x.withMutableElements { (x) throws(E) in
      let widest = Int(MILLRACE_BATCH_SORT_WIDTH_MAX)
      if !(1...widest).contains(width) || x.count % width != 0 {
        Complaint.width("sortRows", width, widest, x.count)
      }
      guard let base = x.baseAddress else { return }
      try place.overGrains(x.count / width, Swift.max(1, Grain.dear / width)) { part in
        unsafe X.Element._Kernels.sortRows(base + part.lowerBound * width, width, part.count, width)
      }
    }
  }

  // MARK: Counting values

  /// Counts elements by value: `bounds` is cut in as many intervals of one width as there are `counts`, and each count is raised by the elements in its interval.
  ///
  /// ```swift
  /// var counts = [UInt64](repeating: 0, count: 100)
  /// let outside = Batch.histogram(x, over: 0..<1, into: &counts)
  /// ```
  ///
  /// - Returns: how many elements are in none: beyond the bounds, or not numbers.
  /// - Precondition: `bounds` is not empty, and finite; there are 1...2²⁴ counts.
  /// - Throws: `CancellationError` on the workers; the counts are then as they were.
  /// - Complexity: O(n + counts); on the workers an array of counts for each.
  @discardableResult
  @inlinable @inline(__always)
  public static func histogram<
    X: Source & ~Copyable & ~Escapable, C: Target & ~Copyable & ~Escapable, E: Batch.Failure
  >(
    _ x: borrowing X, over bounds: Range<X.Element>, into counts: inout C, on place: Place<E> = .caller
  ) throws(E) -> Int where X.Element: Real, C.Element == UInt64 {
    precondition(
      !bounds.isEmpty && (bounds.upperBound - bounds.lowerBound).isFinite,
      "Batch.histogram: the bounds are expected to be finite and not empty")
    return unsafe try tally(x, &counts, 1...1 << 24, on: place) { counts, bins, x, count in
      unsafe X.Element._Kernels.histogram(counts, bins, x, bounds.lowerBound, bounds.upperBound, count)
    }
  }

  /// Counts integers from 0 on: each count is raised by how often its index occurs.
  ///
  /// - Returns: how many elements have no count.
  @discardableResult
  @inlinable @inline(__always)
  public static func histogram<
    X: Source & ~Copyable & ~Escapable, C: Target & ~Copyable & ~Escapable, E: Batch.Failure
  >(
    _ x: borrowing X, into counts: inout C, on place: Place<E> = .caller
  ) throws(E) -> Int where X.Element == Int32, C.Element == UInt64 {
    unsafe try tally(x, &counts, 1...1 << 24, on: place) { unsafe millrace_batch_histogram_i32($0, $1, $2, $3) }
  }

  /// Counts bytes: each of 256 counts is raised by how often its index occurs.
  ///
  /// - Precondition: there are 256 counts.
  @inlinable @inline(__always)
  public static func histogram<
    X: Source & ~Copyable & ~Escapable, C: Target & ~Copyable & ~Escapable, E: Batch.Failure
  >(
    _ x: borrowing X, into counts: inout C, on place: Place<E> = .caller
  ) throws(E) where X.Element == UInt8, C.Element == UInt64 {
    _ = unsafe try tally(x, &counts, 256...256, on: place) { counts, _, x, count in
      unsafe millrace_batch_histogram_u8(counts, x, count)
      return 0
    }
  }

  @inlinable @inline(__always)
  static func tally<X: Source & ~Copyable & ~Escapable, C: Target & ~Copyable & ~Escapable, E: Batch.Failure>(
    _ x: borrowing X, _ counts: inout C, _ bins: ClosedRange<Int>, on place: Place<E>,
    _ kernel: (UnsafeMutablePointer<UInt64>, Int, UnsafePointer<X.Element>, Int) -> Int
  ) throws(E) -> Int where C.Element == UInt64 {
    unsafe try x.withElements { (x) throws(E) in
      unsafe try counts.withMutableElements { (counts) throws(E) in
        if !bins.contains(counts.count) { Complaint.bins("histogram", counts.count, bins) }
        guard let from = x.baseAddress, x.count > 0 else { return 0 }
        let to = unsafe counts.baseAddress.unsafelyUnwrapped
        unsafe requireApart("histogram", from, x.count, to, counts.count)
        if !place.isShared { return unsafe kernel(to, counts.count, from, x.count) }
        // A piece, and an array of counts, for each of a few participants; fewer when the counts would outweigh the elements.
        let pieces = Swift.max(
          1, Swift.min(4 * Tally.participants, x.count / Grain.scattered, x.count / counts.count))
        if pieces < Grain.sharedFrom {
          var others = 0
          try place.overGrains(1, 1) { _ in others = unsafe kernel(to, counts.count, from, x.count) }
          return others
        }
        let size = (x.count + pieces - 1) / pieces
        var tallies = [UInt64](repeating: 0, count: pieces * counts.count)
        var outside = [Int](repeating: 0, count: pieces)
        unsafe try tallies.withMutableElements { (tallies) throws(E) in
          unsafe try outside.withMutableElements { (outside) throws(E) in
            let (place, others) = unsafe (tallies.baseAddress.unsafelyUnwrapped, outside.baseAddress.unsafelyUnwrapped)
            try Place<E>().overGrains(pieces, 1) { part in
              for index in part {
                let first = Swift.min(x.count, index * size)
                // SAFETY: each piece has its own counts.
                unsafe others[index] = unsafe kernel(
                  place + index * counts.count, counts.count, from + first, Swift.min(size, x.count - first))
              }
            }
          }
        }
        for index in tallies.indices { unsafe to[index % counts.count] &+= tallies[index] }
        return outside.reduce(0, +)
      }
    }
  }
}

@usableFromInline
enum Tally {
  /// How many workers there are to take part.
  @usableFromInline static var participants: Int { (WorkStealingExecutor.current ?? .shared).workerCount }
}

extension Complaint {
  @usableFromInline
  @inline(never)
  static func room(_ name: StaticString, _ needed: Int, _ room: Int) -> Never {
    fatalError("Batch.\(name): \(needed) elements are kept, and the output has room for \(room)")
  }

  @usableFromInline
  @inline(never)
  static func index(_ name: StaticString, _ index: Int32, _ position: Int, _ count: Int) -> Never {
    fatalError("Batch.\(name): indices[\(position)] is \(index), outside 0..<\(count)")
  }

  @usableFromInline
  @inline(never)
  static func shape(_ name: StaticString, _ rows: Int, _ columns: Int, _ count: Int) -> Never {
    fatalError("Batch.\(name): \(rows) rows of \(columns) columns are expected to be all elements; found \(count)")
  }

  @usableFromInline
  @inline(never)
  static func width(_ name: StaticString, _ width: Int, _ widest: Int, _ count: Int) -> Never {
    fatalError(
      "Batch.\(name): the width is expected to be in 1...\(widest) and to divide the number of elements; found \(width), and \(count) elements"
    )
  }

  @usableFromInline
  @inline(never)
  static func bins(_ name: StaticString, _ count: Int, _ expected: ClosedRange<Int>) -> Never {
    fatalError("Batch.\(name): there are \(count) counts; expected \(expected.lowerBound) to \(expected.upperBound)")
  }
}
