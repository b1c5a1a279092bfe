/// What a pass asks of each column.
enum ColumnRole: UInt8, Sendable {
  /// Nothing.
  case skip
  /// Whether its cells are missing.
  case presence
  case number
  case text
}

/// What a pass asks of the columns of a file. Cells of which nothing is asked are passed over, neither parsed nor counted.
struct ReadingPlan: Sendable {
  struct Step: Sendable {
    var role = ColumnRole.skip
    /// Of the column among those that the analysis is about.
    var place = 0
    /// Among the columns of a ``NumberBlock`` or the texts of a ``BlockReading``.
    var lane = 0
  }

  /// For each column of the file.
  private(set) var steps: [Step]
  /// The place of each lane's column.
  private(set) var numbers: [Int] = []
  private(set) var texts: [Int] = []
  let placeCount: Int

  /// - Parameters:
  ///   - roles: one for each place.
  ///   - columns: the column of the file at each place; no two are equal.
  init(_ roles: [ColumnRole], columns: [Int], of columnCount: Int) {
    placeCount = columns.count
    steps = [Step](repeating: Step(), count: columnCount)
    for (place, role) in roles.enumerated() {
      var step = Step(role: role, place: place)
      if role == .number {
        step.lane = numbers.count
        numbers.append(place)
      } else if role == .text {
        step.lane = texts.count
        texts.append(place)
      }
      steps[columns[place]] = step
    }
  }
}
