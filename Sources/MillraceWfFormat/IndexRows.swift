/// For each of `count` rows some 32-bit indices, all in one array (compressed sparse rows): 4 bytes a row and 4 an index.
public struct IndexRows: Sendable, Hashable {
  /// Where each row begins in ``values``, and where the last one ends.
  public private(set) var starts: [UInt32] = [0]
  public private(set) var values: [UInt32] = []

  public var count: Int { starts.count - 1 }

  public subscript(row: Int) -> ArraySlice<UInt32> { values[Int(starts[row])..<Int(starts[row + 1])] }

  /// Adds to the row that ``endRow()`` will end.
  mutating func append(_ value: UInt32) { values.append(value) }

  mutating func endRow() { starts.append(UInt32(values.count)) }

  init() {}

  /// Rows and columns exchanged; every row of the result is in order. O(values + rows + columns).
  func transposed(columns: Int) -> IndexRows {
    var result = IndexRows()
    result.starts = Array(repeating: 0, count: columns + 1)
    for column in values { result.starts[Int(column) + 1] += 1 }
    for column in 0..<columns { result.starts[column + 1] += result.starts[column] }
    result.values = Array(repeating: 0, count: values.count)
    var next = result.starts
    for row in 0..<count {
      for column in self[row] {
        result.values[Int(next[Int(column)])] = UInt32(row)
        next[Int(column)] += 1
      }
    }
    return result
  }

  /// Each row in order and without repetition. O(values + rows + columns).
  func withoutRepetition(columns: Int) -> IndexRows {
    let sorted = transposed(columns: columns).transposed(columns: count)
    var result = IndexRows()
    for row in 0..<count {
      var last: UInt32?
      for value in sorted[row] where value != last {
        result.append(value)
        last = value
      }
      result.endRow()
    }
    return result
  }
}
