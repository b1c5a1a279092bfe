/// What a pass asks of each column.
enum ColumnRole: UInt8, Sendable {
  /// Nothing.
  case skip
  case number
  case text
}

/// What a pass asks of the columns of a file. Cells of which nothing is asked are passed over, neither parsed nor counted.
struct ReadingPlan: Sendable {
  /// For each place: of the columns that the analysis is about.
  let roles: [ColumnRole]
  /// The column of the file at each place; no two are equal.
  let columns: [Int]
  /// The place of each lane: of each column of a ``NumberBlock``, and of each of a ``BlockReading``'s texts.
  let numbers: [Int]
  let texts: [Int]

  init(_ roles: [ColumnRole], columns: [Int]) {
    self.roles = roles
    self.columns = columns
    numbers = roles.indices.filter { roles[$0] == .number }
    texts = roles.indices.filter { roles[$0] == .text }
  }
}
