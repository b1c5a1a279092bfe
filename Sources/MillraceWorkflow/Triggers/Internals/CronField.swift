/// One field of a ``CronSchedule``: which numbers match.
struct CronField: Sendable, Hashable {
  struct Unit: Sendable {
    let name: String
    let range: ClosedRange<Int>
    var names: [String] = []
    /// The number of the first name.
    var firstName = 0

    static let minute = Unit(name: "minute", range: 0...59)
    static let hour = Unit(name: "hour", range: 0...23)
    static let day = Unit(name: "day of the month", range: 1...31)
    static let month = Unit(
      name: "month", range: 1...12,
      names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], firstName: 1)
    static let weekday = Unit(
      name: "day of the week", range: 0...7, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"])

    var expectation: String {
      let names = names.isEmpty ? "" : ", \(names.first!) … \(names.last!)"
      return "\(range.lowerBound) … \(range.upperBound)\(names)\(name == Unit.day.name ? ", L" : "")"
    }
  }

  private var bits: UInt64 = 0
  /// Vixie's rule for the two day fields looks at the first character only.
  let beginsWithStar: Bool
  /// The last day of any month.
  private(set) var includesLast = false

  func contains(_ number: Int) -> Bool { bits >> UInt64(number) & 1 == 1 }

  /// - Throws: ``WorkflowError/Code/invalidDefinition``.
  init(_ text: Substring, _ unit: Unit, in expression: String) throws(WorkflowError) {
    beginsWithStar = text.hasPrefix("*")
    func refuse(_ message: String) -> WorkflowError {
      WorkflowError(.invalidDefinition, message, at: "cron \"\(expression)\", \(unit.name)")
    }
    func number(_ word: Substring) throws(WorkflowError) -> Int {
      if let index = unit.names.firstIndex(of: word.lowercased()) { return index + unit.firstName }
      guard !word.isEmpty, word.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(word),
        unit.range.contains(number)
      else { throw refuse("expected \(unit.expectation); found \"\(word)\"") }
      return number
    }

    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      if unit.name == Unit.day.name, part.lowercased() == "l" {
        includesLast = true
        continue
      }
      let halves = part.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
      var step = 1
      if halves.count == 2 {
        guard halves[1].utf8.allSatisfy({ (48...57).contains($0) }), let given = Int(halves[1]),
          (1...unit.range.upperBound + 1).contains(given)
        else {
          throw refuse("expected a step of 1 … \(unit.range.upperBound + 1) after \"/\"; found \"\(halves[1])\"")
        }
        step = given
      }
      var numbers: ClosedRange<Int>
      if halves[0] == "*" {
        // 7 is Sunday once more.
        numbers = unit.range.lowerBound...min(unit.range.upperBound, unit.name == Unit.weekday.name ? 6 : 59)
      } else {
        let ends = halves[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let first = try number(ends[0])
        var last = first
        if ends.count == 2 {
          last = try number(ends[1])
          // As an end, Sunday is the week's last day.
          if last == 0, first > 0, unit.name == Unit.weekday.name { last = 7 }
        } else if halves.count == 2 {
          last = unit.name == Unit.weekday.name ? max(first, 6) : unit.range.upperBound
        }
        guard first <= last else { throw refuse("expected a range that ends after it begins; found \"\(part)\"") }
        numbers = first...last
      }
      for number in stride(from: numbers.lowerBound, through: numbers.upperBound, by: step) { bits |= 1 << number }
    }
    if unit.name == Unit.weekday.name, contains(7) { bits = bits & ~(1 << 7) | 1 }
  }
}
