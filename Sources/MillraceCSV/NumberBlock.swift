/// The numbers of one block: those of its first lane, then those of the second, and so on. A lane is a column that is read as numbers.
///
/// One allocation of the exact size, whatever the number of columns: a thousand columns would else be a thousand arrays, each with room to spare.
struct NumberBlock: Sendable {
  private let values: [Double]
  /// Where each lane begins, and the end of the last.
  private let starts: [Int]

  /// No rows.
  init() { (values, starts) = ([], []) }

  /// - Parameters:
  ///   - rows: the cells of a row after each other, one for each lane; NaN where there is no number.
  ///   - counts: how many numbers each lane has; none of those of a lane for which this is 0 are taken.
  init(rows: [Double], counts: [Int]) {
    var starts = [0]
    starts.reserveCapacity(counts.count + 1)
    for count in counts { starts.append(starts[starts.count - 1] + count) }
    self.starts = starts
    let width = counts.count
    values = unsafe [Double](unsafeUninitializedCapacity: starts[width]) { place, initialized in
      var next = starts
      var lane = 0
      for index in rows.indices {
        let value = rows[index]
        if !value.isNaN, counts[lane] > 0 {
          unsafe place[next[lane]] = value
          next[lane] += 1
        }
        lane = lane + 1 == width ? 0 : lane + 1
      }
      initialized = starts[width]
    }
  }

  /// The numbers of a lane, in the order of their rows.
  subscript(lane: Int) -> Span<Double> {
    @_lifetime(borrow self)
    borrowing get {
      values.span.extracting(starts.isEmpty ? 0..<0 : starts[lane]..<starts[lane + 1])
    }
  }

  var byteCount: Int { 8 * (values.count + starts.count) }
}
