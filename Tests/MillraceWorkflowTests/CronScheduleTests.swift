import Foundation
import MillraceWorkflow
import Testing

@Suite struct CronScheduleTests {
  private func time(_ text: String) throws -> Timestamp {
    let date = try Date(text, strategy: .iso8601)
    return Timestamp(microseconds: Int64(date.timeIntervalSince1970) * 1_000_000)
  }

  private func times(_ expression: String, _ zone: String, after start: String, count: Int) throws -> [String] {
    let schedule = try CronSchedule(expression, timeZone: zone)
    var found: [String] = []
    var now = try time(start)
    for _ in 0..<count {
      now = try #require(schedule.next(after: now))
      found.append(now.description.replacing(":00.000000Z", with: "Z"))
    }
    return found
  }

  // MARK: Syntax

  @Test func listsRangesStepsAndNames() throws {
    #expect(
      try times("0,30 9-17/4 1,15 jan,Jul *", "UTC", after: "2026-01-01T10:00:00Z", count: 6) == [
        "2026-01-01T13:00Z", "2026-01-01T13:30Z", "2026-01-01T17:00Z", "2026-01-01T17:30Z", "2026-01-15T09:00Z",
        "2026-01-15T09:30Z",
      ])
    #expect(
      try times("5/20 0 * * SAT-SUN", "UTC", after: "2026-11-21T12:00:00Z", count: 4) == [
        "2026-11-22T00:05Z", "2026-11-22T00:25Z", "2026-11-22T00:45Z", "2026-11-28T00:05Z",
      ])
    #expect(try times("0 0 * * 7", "UTC", after: "2026-11-21T12:00:00Z", count: 1) == ["2026-11-22T00:00Z"])
    #expect(
      try times("0 12 L * *", "UTC", after: "2028-01-31T12:00:00Z", count: 2)
        == ["2028-02-29T12:00Z", "2028-03-31T12:00Z"])
    #expect(
      try times("@hourly", "UTC", after: "2026-01-01T10:00:01Z", count: 2)
        == ["2026-01-01T11:00Z", "2026-01-01T12:00Z"])
    #expect(try times("@YEARLY", "UTC", after: "2026-01-01T00:00:00Z", count: 1) == ["2027-01-01T00:00Z"])
  }

  @Test func bothDayFields() throws {
    // Either: the 13th, or a Friday.
    #expect(
      try times("0 0 13 * fri", "UTC", after: "2026-11-01T00:00:00Z", count: 4)
        == ["2026-11-06T00:00Z", "2026-11-13T00:00Z", "2026-11-20T00:00Z", "2026-11-27T00:00Z"])
    #expect(
      try times("0 0 1 * fri", "UTC", after: "2026-11-27T00:00:00Z", count: 2)
        == ["2026-12-01T00:00Z", "2026-12-04T00:00Z"])
    // One begins with a star: both. Odd days that are Mondays.
    #expect(
      try times("0 0 */2 * mon", "UTC", after: "2026-11-01T00:00:00Z", count: 3)
        == ["2026-11-09T00:00Z", "2026-11-23T00:00Z", "2026-12-07T00:00Z"])
  }

  @Test(arguments: [
    ("* * * *", "expected five fields", "cron"), ("60 * * * *", "expected 0 … 59", "minute"),
    ("* 24 * * *", "expected 0 … 23", "hour"), ("* * 0 * *", "expected 1 … 31, L", "day of the month"),
    ("* * * foo *", "expected 1 … 12, jan … dec; found \"foo\"", "month"),
    ("* * * * 8", "expected 0 … 7, sun … sat", "day of the week"), ("5-1 * * * *", "ends after it begins", "minute"),
    ("*/0 * * * *", "expected a step", "minute"), ("*/ * * * *", "expected a step", "minute"),
    ("1,,2 * * * *", "found \"\"", "minute"), ("- * * * *", "found \"\"", "minute"), ("+1 * * * *", "+1", "minute"),
    ("@reboot", "@hourly", "cron"), ("30 2 30 2 *", "never", "day of the month"),
    ("0 0 31 4,6,9,11 *", "never", "day of the month"), ("0 0 ? * mon", "found \"?\"", "day of the month"),
    ("99999999999999999999 * * * *", "expected 0 … 59", "minute"), ("", "expected five fields", "cron"),
    ("*/99999999999999999999 * * * *", "expected a step", "minute"), ("1-2-3 * * * *", "2-3", "minute"),
  ])
  func complaintsNameTheField(expression: String, message: String, place: String) throws {
    let error = try #require(throws: WorkflowError.self) { try CronSchedule(expression) }
    #expect(error.code == .invalidDefinition)
    #expect(error.message.contains(message), "\(error)")
    #expect(error.place?.contains(place) == true, "\(error)")
  }

  @Test func unknownTimeZoneIsNamed() throws {
    let error = try #require(throws: WorkflowError.self) { try CronSchedule("* * * * *", timeZone: "Mars/Olympus") }
    #expect(error.message.contains("Mars/Olympus"))
  }

  @Test func rareDaysAreFound() throws {
    #expect(try times("0 0 29 2 *", "UTC", after: "2096-03-01T00:00:00Z", count: 1) == ["2104-02-29T00:00Z"])
    // 29 February on a Sunday, by Vixie's rule for stars.
    #expect(try times("0 0 29 2 */7", "UTC", after: "2032-03-01T00:00:00Z", count: 1) == ["2060-02-29T00:00Z"])
    let schedule = try CronSchedule("0 0 29 2 *")
    #expect(schedule.next(after: .distantFuture) == nil)
    #expect(schedule.previous(before: Timestamp(microseconds: .min)) == nil)
  }

  // MARK: Daylight saving

  @Test func timeThatDoesNotExistComesOnceAfterTheGap() throws {
    // 02:00 … 03:00 is left out on 2026-03-29.
    #expect(
      try times("*/20 2 * * *", "Europe/Berlin", after: "2026-03-28T02:00:00Z", count: 4)
        == ["2026-03-29T01:00Z", "2026-03-30T00:00Z", "2026-03-30T00:20Z", "2026-03-30T00:40Z"])
    #expect(
      try times("0 * * * *", "Europe/Berlin", after: "2026-03-28T23:30:00Z", count: 3)
        == ["2026-03-29T00:00Z", "2026-03-29T01:00Z", "2026-03-29T02:00Z"])
    // A gap of half an hour, and one of a whole day.
    #expect(
      try times("15 2 * * *", "Australia/Lord_Howe", after: "2026-10-03T00:00:00Z", count: 1) == ["2026-10-03T15:30Z"])
    #expect(
      try times("0 12 30 12 *", "Pacific/Apia", after: "2011-12-01T00:00:00Z", count: 2)
        == ["2011-12-30T10:00Z", "2012-12-29T22:00Z"])
  }

  @Test func timeThatOccursTwiceComesOnce() throws {
    // 02:00 … 03:00 comes twice on 2026-10-25.
    #expect(
      try times("30 2 * * *", "Europe/Berlin", after: "2026-10-24T12:00:00Z", count: 2)
        == ["2026-10-25T00:30Z", "2026-10-26T01:30Z"])
    #expect(
      try times("0 * * * *", "Europe/Berlin", after: "2026-10-24T23:30:00Z", count: 2)
        == ["2026-10-25T00:00Z", "2026-10-25T02:00Z"])
    let schedule = try CronSchedule("30 2 * * *", timeZone: "Europe/Berlin")
    #expect(schedule.previous(before: try time("2026-10-25T01:10:00Z")) == (try time("2026-10-25T00:30:00Z")))
  }

  // MARK: Against a model

  /// Looks at every minute of the place's calendar: those that match and exist are times, of those that come twice the first; those that do not exist are made up for.
  private static func model(
    _ zone: TimeZone, years: ClosedRange<Int>,
    matches: (_ minute: Int, _ hour: Int, _ day: Int, _ month: Int, _ weekday: Int) -> Bool
  ) -> [Int64] {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = TimeZone(identifier: "UTC")!
    func utc(_ year: Int) -> Int64 {
      Int64(calendar.date(from: DateComponents(year: year, month: 1, day: 1))!.timeIntervalSince1970)
    }
    // What the clock there shows, minute by minute of universal time, with two days at either end.
    let (start, end) = (utc(years.lowerBound), utc(years.upperBound + 1))
    var times: [Int64] = []
    var shown = Int64.min
    var civil: (number: Int64, day: Int, month: Int) = (.min, 0, 0)
    for instant in stride(from: start - 2 * 86_400, to: end + 2 * 86_400, by: 60) {
      let local = instant + Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(instant))))
      guard local > shown else { continue }
      let skipped = shown == .min ? local : shown + 60
      shown = local
      let isTime = stride(from: skipped, through: local, by: 60).contains { local in
        guard local >= start, local < end else { return false }
        let minute = Int(local / 60)
        let day = local / 86_400
        if day != civil.number {
          let components = calendar.dateComponents([.day, .month], from: Date(timeIntervalSince1970: Double(local)))
          civil = (day, components.day!, components.month!)
        }
        return matches(minute % 60, minute / 60 % 24, civil.day, civil.month, Int((day + 4) % 7))
      }
      if isTime { times.append(instant) }
    }
    return times
  }

  @Test(arguments: [
    ("Europe/Berlin", 2025...2026), ("America/New_York", 2024...2024), ("Australia/Lord_Howe", 2026...2026),
    ("Asia/Kathmandu", 2026...2026), ("Pacific/Apia", 2011...2011), ("America/Sao_Paulo", 2018...2018),
    ("Africa/Casablanca", 2025...2025),
  ])
  func agreesWithModelOfEveryMinute(zone: String, years: ClosedRange<Int>) throws {
    let timeZone = try #require(TimeZone(identifier: zone))
    typealias Match = (Int, Int, Int, Int, Int) -> Bool
    let cases: [(String, Match)] = [
      ("*/17 1-3 * * *", { minute, hour, _, _, _ in minute % 17 == 0 && (1...3).contains(hour) }),
      (
        "10,50 0,2,23 28-31 3,10-12 sun",
        { minute, hour, day, month, weekday in
          [10, 50].contains(minute) && [0, 2, 23].contains(hour) && (month == 3 || month >= 10)
            && (day >= 28 || weekday == 0)
        }
      ),
    ]
    for (expression, match) in cases {
      let times = Self.model(timeZone, years: years, matches: match)
      let schedule = try CronSchedule(expression, timeZone: zone)
      var now = Timestamp(microseconds: (times.first! - 1) * 1_000_000)
      var forward: [Int64] = []
      while forward.count < times.count, let next = schedule.next(after: now) {
        forward.append(next.microseconds / 1_000_000)
        now = next
      }
      #expect(forward == times, "\(expression) forward")
      now = now.advanced(by: .microseconds(1))
      var backward: [Int64] = []
      while backward.count < times.count, let previous = schedule.previous(before: now) {
        backward.append(previous.microseconds / 1_000_000)
        now = previous
      }
      #expect(Array(backward.reversed()) == times, "\(expression) backward")
    }
  }
}
