import Foundation

extension Timestamp: LosslessStringConvertible {
  /// As in ISO 8601, in UTC: `2026-11-21T12:34:56.789012Z`.
  public var description: String {
    if self == .distantFuture { return "never" }
    let day = microseconds.floorDivided(by: 86_400_000_000)
    // Its beginning may lie before the first instant; what is left of it does not overflow.
    let rest = microseconds &- day &* 86_400_000_000
    let (year, month, dayOfMonth) = Self.civil(day)
    func pad(_ value: Int64, _ width: Int) -> String {
      let digits = String(value)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    let seconds = rest / 1_000_000
    return "\(pad(year, 4))-\(pad(month, 2))-\(pad(dayOfMonth, 2))T\(pad(seconds / 3600, 2)):"
      + "\(pad(seconds / 60 % 60, 2)):\(pad(seconds % 60, 2)).\(pad(rest % 1_000_000, 6))Z"
  }

  /// Reads ISO 8601 with a time zone, with or without fractions of a second; nil for anything else.
  public init?(_ description: String) {
    let style = Date.ISO8601FormatStyle()
    guard
      let date = (try? style.parse(description))
        ?? (try? Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(description))
    else { return nil }
    // What a fraction of a second is in microseconds, is lost in a Date of today only beyond the first six digits.
    microseconds = Int64((date.timeIntervalSince1970 * 1_000_000).rounded())
  }

  /// Year, month and day of the month, of a day counted from 1970-01-01, in the Gregorian calendar.
  static func civil(_ day: Int64) -> (Int64, Int64, Int64) {
    // Counted from 0000-03-01, so that a leap day is the last of its year.
    let shifted = day + 719_468
    let era = shifted.floorDivided(by: 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (
      yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    )
  }

  /// The other way round. A month of 13 is the next year's first.
  package static func day(_ year: Int64, _ month: Int64, _ dayOfMonth: Int64) -> Int64 {
    let shiftedYear = year + (month > 12 ? 1 : 0) - ((month - 1) % 12 < 2 ? 1 : 0)
    let shiftedMonth = (month + 9) % 12
    let era = shiftedYear.floorDivided(by: 400)
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = (153 * shiftedMonth + 2) / 5 + dayOfMonth - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}

extension Int64 {
  func floorDivided(by divisor: Int64) -> Int64 {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }
}
