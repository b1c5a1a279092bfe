import Foundation

/// Times by the calendar and clock of a place, written as for cron.
///
/// ```swift
/// import MillraceWorkflow
/// let schedule = try CronSchedule("30 8 * * mon-fri", timeZone: "Europe/Berlin")
/// if let next = schedule.next(after: SystemWallClock().now) { print(next) }
/// ```
///
/// Five fields: minute (0 … 59), hour (0 … 23), day of the month (1 … 31, `L`: its last), month (1 … 12, `jan` …), day of the week (0 … 7, `sun` …; 0 and 7 are Sunday). A field is a list, with
/// commas, of `*`, numbers, names and ranges (`9-17`), each range with a step if you like (`*/15`, `9-17/2`, `5/20`: from 5 on). Or one of `@yearly`, `@annually`, `@monthly`, `@weekly`, `@daily`, `@midnight`, `@hourly`. Letters of either case.
///
/// - **Both day fields.** As in Vixie's cron: when neither begins with `*`, a day counts that matches either; otherwise it must match both.
/// - **Daylight saving.** A time that a day leaves out (the clock is put forward) is made up for at the first moment after the gap, once, however many there were. A time that a day has twice
///   (the clock is put back) counts the first time only. So `*/15 * * * *` rests for the repeated hour; for an even beat use an interval.
///
/// A value; any thread may use it.
public struct CronSchedule: Sendable, Hashable, CustomStringConvertible {
  /// As it was written.
  public let expression: String
  /// Its name in the IANA's database.
  public let timeZone: String
  private let clock: LocalClock
  private let minutes: CronField
  private let hours: CronField
  private let days: CronField
  private let months: CronField
  private let weekdays: CronField

  /// - Throws: ``WorkflowError/Code/invalidDefinition``: the field, what was expected there and what was found; also for a schedule that never comes, such as 30 February.
  public init(_ expression: String, timeZone: String = "UTC") throws(WorkflowError) {
    self.expression = expression
    self.timeZone = timeZone
    clock = try LocalClock(timeZone)
    var fields = try Self.fields(expression)[...]
    func read(_ unit: CronField.Unit) throws(WorkflowError) -> CronField {
      try CronField(fields.removeFirst(), unit, in: expression)
    }
    minutes = try read(.minute)
    hours = try read(.hour)
    days = try read(.day)
    months = try read(.month)
    weekdays = try read(.weekday)
    guard comesAtAll else {
      throw WorkflowError(
        .invalidDefinition, "never comes: no month that it names has a day that it names",
        at: "cron \"\(expression)\", day of the month")
    }
  }

  public var description: String { "\(expression) (\(timeZone))" }

  /// The first time after `instant`; nil from the year 9999 on.
  ///
  /// - Complexity: some microseconds; for a rare day, such as a 29 February that is a Monday, a millisecond.
  public func next(after instant: Timestamp) -> Timestamp? {
    let start = instant.microseconds.floorDivided(by: 1_000_000)
    // Nothing that the clock there has shown or skipped before comes later.
    let local = (start + clock.offset(at: start)).floorDivided(by: 60)
    var day = local.floorDivided(by: 1440)
    var firstMinute = Int(local - day * 1440)
    while let found = matchingDay(from: day, step: 1) {
      if found != day { firstMinute = 0 }
      for minute in timesOfDay(from: firstMinute) {
        let time = Timestamp(microseconds: clock.instant(of: (found * 1440 + Int64(minute)) * 60) * 1_000_000)
        if time > instant { return time }
      }
      (day, firstMinute) = (found + 1, 0)
    }
    return nil
  }

  /// The last time before `instant`; nil up to the year 1900.
  ///
  /// - Complexity: as of ``next(after:)``.
  public func previous(before instant: Timestamp) -> Timestamp? {
    let start = instant.microseconds.floorDivided(by: 1_000_000)
    // Times that the clock there has shown for the first time before it was put back, and will show again.
    let local = (start + max(clock.offset(at: start), clock.offset(at: start - 26 * 3600))).floorDivided(by: 60)
    var day = local.floorDivided(by: 1440)
    var lastMinute = Int(local - day * 1440)
    while let found = matchingDay(from: day, step: -1) {
      if found != day { lastMinute = 1439 }
      for minute in timesOfDay(through: lastMinute) {
        let time = Timestamp(microseconds: clock.instant(of: (found * 1440 + Int64(minute)) * 60) * 1_000_000)
        if time < instant { return time }
      }
      (day, lastMinute) = (found - 1, 1439)
    }
    return nil
  }

  // MARK: -

  private static func fields(_ expression: String) throws(WorkflowError) -> [Substring] {
    let words = expression.split { $0.isWhitespace }
    if words.count == 1, words[0].hasPrefix("@") {
      let macros = [
        "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
        "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
      ]
      guard let fields = macros[words[0].lowercased()] else {
        throw WorkflowError(
          .invalidDefinition,
          "expected \(macros.keys.sorted().joined(separator: ", ")) or five fields; found \"\(words[0])\"",
          at: "cron \"\(expression)\"")
      }
      return fields.split(separator: " ")
    }
    guard words.count == 5 else {
      throw WorkflowError(
        .invalidDefinition,
        "expected five fields (minute, hour, day of the month, month, day of the week); found \(words.count)",
        at: "cron \"\(expression)\"")
    }
    return words
  }

  /// Whether one day field is enough.
  private var eitherDay: Bool { !days.beginsWithStar && !weekdays.beginsWithStar }

  private var comesAtAll: Bool {
    // Every date falls on every day of the week, sooner or later.
    eitherDay || days.includesLast
      || (1...12).contains { month in
        months.contains(month) && (1...CivilMonth.longest(month)).contains { days.contains($0) }
      }
  }

  /// The nearest that matches, `day` included, forwards or backwards.
  private func matchingDay(from day: Int64, step: Int64) -> Int64? {
    var day = day
    while true {
      let (year, month, dayOfMonth) = Timestamp.civil(day)
      guard (1900..<9999).contains(year) else { return nil }
      if !months.contains(Int(month)) {
        day = step > 0 ? Timestamp.day(year, month + 1, 1) : Timestamp.day(year, month, 1) - 1
        continue
      }
      let isLast = days.includesLast && Timestamp.day(year, month + 1, 1) == day + 1
      // 1970-01-01 was a Thursday.
      let weekday = Int(day + 4 - (day + 4).floorDivided(by: 7) * 7)
      let (matches, matchesWeekday) = (isLast || days.contains(Int(dayOfMonth)), weekdays.contains(weekday))
      if eitherDay ? matches || matchesWeekday : matches && matchesWeekday { return day }
      day += step
    }
  }

  private func timesOfDay(from first: Int) -> some Sequence<Int> {
    (first / 60..<24).lazy.filter(hours.contains).flatMap { hour in
      (0..<60).lazy.filter { minutes.contains($0) && hour * 60 + $0 >= first }.map { hour * 60 + $0 }
    }
  }

  private func timesOfDay(through last: Int) -> some Sequence<Int> {
    (0...last / 60).reversed().lazy.filter(hours.contains).flatMap { hour in
      (0..<60).reversed().lazy.filter { minutes.contains($0) && hour * 60 + $0 <= last }.map { hour * 60 + $0 }
    }
  }
}

private enum CivilMonth {
  /// Its most days, in any year.
  static func longest(_ month: Int) -> Int {
    switch month {
    case 2: 29
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}
