import Foundation
import MillraceExecutor
import MillraceObserve
import Testing

/// What two workers and a thread from outside might have done, with every figure known.
enum Sample {
  static let closure = ProfileJob(.closure, id: 0x10, name: "load")
  static let task = ProfileJob(.swift, id: 0x20, task: 7)
  static let child = ProfileJob(.child, id: 0x30)

  static let recording = ProfileRecording(
    [
      .init(
        worker: 0,
        [
          // A closure that waited for 1 µs and ran for 9; in it a named stretch of 4, and a task's submission.
          ProfileEvent(at: 2_000, .started(closure)),
          ProfileEvent(at: 3_000, .nameBegan("parse", isTask: false)),
          ProfileEvent(at: 4_000, .submitted(task)),
          ProfileEvent(at: 7_000, .nameEnded("parse", isTask: false)),
          ProfileEvent(at: 8_000, .submitted(child)),
          ProfileEvent(at: 11_000, .finished(closure)),
          ProfileEvent(at: 12_000, .parked(.noWork)),
          ProfileEvent(at: 20_000, .woken(by: 1, unparked: ProfileInstant(nanoseconds: 18_500))),
        ]),
      .init(
        worker: 1, lost: 3,
        [
          ProfileEvent(at: 500, .parked(.noWork)),
          ProfileEvent(at: 6_000, .woken(by: nil, unparked: ProfileInstant(nanoseconds: 4_500))),
          // The task names itself, forks, and waits for its second run.
          ProfileEvent(at: 6_500, .started(task)),
          ProfileEvent(at: 7_500, .nameBegan("fetch", isTask: true)),
          ProfileEvent(at: 8_500, .finished(task)),
          ProfileEvent(at: 9_000, .forkStarted(from: 0, cell: 0x40)),
          ProfileEvent(at: 9_500, .started(child)),
          ProfileEvent(at: 10_500, .finished(child)),
          ProfileEvent(at: 10_750, .forkFinished(from: 0, cell: 0x40)),
          ProfileEvent(at: 13_000, .submitted(task)),
          ProfileEvent(at: 14_000, .started(task)),
          ProfileEvent(at: 18_000, .timerFired(id: 1, nanosecondsLate: 250)),
        ]),
      .init(worker: nil, [ProfileEvent(at: 1_000, .submitted(closure))]),
    ], end: ProfileInstant(nanoseconds: 24_000))

  static let timeline = ProfileTimeline(recording)
}

@Suite struct TimelineTests {
  @Test func slicesAreWhatHappened() {
    let slices = Sample.timeline.slices.map {
      "\(Sample.timeline.tracks[$0.track] ?? -1) \(ProfileTimeline.kindName($0.kind)) \($0.name?.description ?? "-") \($0.depth) \($0.start.nanoseconds)-\($0.end.nanoseconds) \($0.hasEnded)"
    }
    #expect(
      Set(slices) == [
        "0 closure load 0 2000-11000 true", "0 named parse 1 3000-7000 true", "1 Swift job fetch 0 6500-8500 true",
        "1 stolen fork load 0 9000-10750 true", "1 scope child load 1 9500-10500 true",
        "1 Swift job fetch 0 14000-24000 false",
      ])
  }

  @Test func reportHasTheKnownFigures() throws {
    let report = LatencyReport(Sample.timeline)
    func figure(_ measure: LatencyReport.Measure, _ name: String) throws -> (UInt64, Duration, Duration) {
      let row = try #require(report.row(measure, name), "\(measure) \(name)")
      return (row.count, row.minimum, row.maximum)
    }
    func about(_ duration: Duration, _ nanoseconds: Double) -> Bool {
      abs(duration / .nanoseconds(1) - nanoseconds) <= nanoseconds / 1000
    }
    // The fork began within `load`; it and the child, which ran in it, are both called so.
    let wait = try figure(.queueWait, "load")
    #expect(wait.0 == 2 && about(wait.1, 1_000) && about(wait.2, 1_500))
    let run = try figure(.runTime, "load")
    #expect(run.0 == 3 && about(run.1, 1_000) && about(run.2, 9_000))
    let both = try figure(.endToEnd, "load")
    #expect(both.0 == 2 && about(both.1, 2_500) && about(both.2, 10_000))
    // The task's first run began before its name; the second has no end.
    let task = try figure(.queueWait, "fetch")
    #expect(task.0 == 2 && about(task.1, 1_000) && about(task.2, 2_500))
    #expect(try figure(.runTime, "fetch").0 == 1)
    let span = try figure(.named, "parse")
    #expect(span.0 == 1 && about(span.2, 4_000))
    let fromOutside = try figure(.wakeUp, "from outside")
    #expect(fromOutside.0 == 1 && about(fromOutside.2, 1_500))
    #expect(about(try figure(.wakeUp, "by a worker").2, 1_500))
    #expect(about(try figure(.timerLateness, "timer").2, 250))
    #expect(report.lost == 3)
    #expect(about(try figure(.suspended, "fetch").2, 4_500))
    // It was not seen again.
    #expect(report.row(.wholeTask, "fetch") == nil)
    #expect(report.rows.count == 11)
  }

  @Test func percentilesAreOfAllThatWasCounted() throws {
    var report = LatencyReport()
    for microsecond in 1...10_000 { report.record(.runTime, "x", .microseconds(microsecond)) }
    let row = try #require(report.row(.runTime, "x"))
    func about(_ duration: Duration, _ microseconds: Double) -> Bool {
      abs(duration / .microseconds(1) - microseconds) <= microseconds / 1000
    }
    #expect(row.count == 10_000)
    #expect(about(row.p50, 5_000) && about(row.p90, 9_000) && about(row.p99, 9_900))
    #expect(about(row.p999, 9_990) && about(row.p9999, 9_999) && row.maximum == .milliseconds(10))
    #expect(about(row.mean, 5_000.5))
  }

  @Test func mergedReportsAreOneReport() {
    var (one, odd, even) = (LatencyReport(), LatencyReport(), LatencyReport())
    for number in 1...1000 {
      one.record(.queueWait, "a", .nanoseconds(number * number))
      if number % 2 == 0 {
        even.record(.queueWait, "a", .nanoseconds(number * number))
      } else {
        odd.record(.queueWait, "a", .nanoseconds(number * number))
      }
    }
    odd.record(.endToEnd, "b", .seconds(90))
    one.record(.endToEnd, "b", .seconds(90))
    even.merge(odd)
    #expect(even.rows == one.rows)
    even.merge(LatencyReport(Sample.timeline))
    #expect(even.lost == 3)
  }

  @Test func tableAndFilesAreReadable() throws {
    let report = LatencyReport(Sample.timeline)
    let lines = report.description.split(separator: "\n")
    #expect(lines.count == 13)
    #expect(lines[0].split(separator: " ").prefix(3) == ["measure", "name", "count"])
    #expect(lines[12].hasPrefix("3 events were lost"))
    #expect(LatencyReport().description == "nothing was recorded")
    let object = try #require(try JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any])
    #expect((object["rows"] as? [Any])?.count == 11)
    #expect(report.distributions.count == 11)
    #expect(report.distributions.allSatisfy { $0.text.contains("Percentile") && $0.text.contains("#[Mean") })
    #expect(report.distributions.first?.stem == "queue-wait-fetch")
  }

  @Test func utilisationIsTheShareOfBusyTime() {
    let utilisation = Utilisation(Sample.timeline, columns: 24, workerCount: 3)
    #expect(utilisation.workers.map(\.index) == [0, 1, 2])
    #expect(abs(utilisation.workers[0].busy - 9.0 / 24) < 1e-9)
    #expect(abs(utilisation.workers[1].busy - (2 + 1.75 + 10) / 24) < 1e-9)
    #expect(utilisation.workers[2].busy == 0)
    #expect(utilisation.workers[0].columns[2] == 1 && utilisation.workers[0].columns[11] == 0)
    #expect(abs(utilisation.workers[1].columns[6] - 0.5) < 1e-9)
    #expect(utilisation.description.contains("worker 0 │  █████████             │"))
  }

  @Test func sleepInAJobIsNotBusy() {
    let job = ProfileJob(.closure, id: 16)
    let timeline = ProfileTimeline(
      ProfileRecording(
        [
          .init(
            worker: 0,
            [
              ProfileEvent(at: 0, .started(job)), ProfileEvent(at: 20, .parked(.join)),
              ProfileEvent(at: 60, .woken(by: 1, unparked: nil)), ProfileEvent(at: 100, .finished(job)),
            ])
        ], end: ProfileInstant(nanoseconds: 100)))
    #expect(abs(Utilisation(timeline, columns: 5).workers[0].busy - 0.6) < 1e-9)
    #expect(LatencyReport(timeline).row(.wakeUp, "by a worker") == nil)
  }

  /// What a task did when a job of its ended, told by who has its memory next.
  @Test func tasksSuspendOrEnd() throws {
    func run(_ task: UInt64, _ start: Int64) -> [ProfileEvent] {
      let job = ProfileJob(.swift, id: 64, task: task)
      return [
        ProfileEvent(at: start, .submitted(job)), ProfileEvent(at: start + 100, .started(job)),
        ProfileEvent(at: start + 400, .finished(job)),
      ]
    }
    let timeline = ProfileTimeline(
      ProfileRecording([.init(worker: 0, run(1, 0) + run(1, 1000) + run(2, 2000) + run(0, 3000) + run(3, 4000))]))
    #expect(timeline.slices.map(\.then) == [.suspended, .ended, .ended, nil, nil])
    let report = LatencyReport(timeline)
    #expect(report.row(.suspended, "task")?.maximum == .nanoseconds(600))
    let whole = try #require(report.row(.wholeTask, "task"))
    #expect(whole.count == 2 && whole.minimum == .nanoseconds(400) && whole.maximum == .nanoseconds(1400))
  }

  /// Resumed by another thread before it has returned.
  @Test func tasksThatDoNotWaitAreSuspendedForNothing() {
    let job = ProfileJob(.swift, id: 64, task: 1)
    let timeline = ProfileTimeline(
      ProfileRecording([
        .init(
          worker: 0,
          [
            ProfileEvent(at: 0, .submitted(job)), ProfileEvent(at: 10, .started(job)),
            ProfileEvent(at: 50, .finished(job)),
          ]),
        .init(worker: 1, [ProfileEvent(at: 40, .submitted(job)), ProfileEvent(at: 45, .started(job))]),
      ]))
    #expect(LatencyReport(timeline).row(.suspended, "task")?.maximum == .zero)
  }

  /// Ends without beginnings, beginnings without ends, twice the same.
  @Test func incompleteRecordingsAreRead() {
    let (one, two) = (ProfileJob(.closure, id: 16), ProfileJob(.closure, id: 32))
    let timeline = ProfileTimeline(
      ProfileRecording([
        .init(
          worker: 0, lost: 5,
          [
            ProfileEvent(at: 1, .finished(one)), ProfileEvent(at: 2, .woken(by: nil, unparked: nil)),
            ProfileEvent(at: 3, .nameEnded("x", isTask: false)), ProfileEvent(at: 4, .nameEnded("x", isTask: true)),
            ProfileEvent(at: 5, .started(one)), ProfileEvent(at: 6, .started(two)),
            ProfileEvent(at: 7, .forkStarted(from: 9, cell: 1)), ProfileEvent(at: 8, .finished(two)),
            ProfileEvent(at: 9, .finished(one)),
          ])
      ]))
    let slices = timeline.slices
    #expect(slices.map(\.hasEnded) == [false, true, false])
    #expect(slices.map(\.end.nanoseconds) == [6, 8, 8])
    #expect(timeline.sleeps.isEmpty && timeline.lost == 5)
    #expect(ProfileTimeline(ProfileRecording()).slices.isEmpty)
  }
}
